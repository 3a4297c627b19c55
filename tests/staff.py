"""A made-up table of staff whose cells are secrets: every name, note and salary stands in one row only."""

from __future__ import annotations

from pathlib import Path

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import TableProfile

DEPARTMENTS = ("Sales", "Ops", "IT", "HR")
ROWS = 120


def name(i: int) -> str:
    return f"Zel{chr(97 + i % 26)}{chr(97 + i // 26)} Quorbin"


def note(i: int) -> str:
    return f"keeps the key of vault zebra {chr(97 + i * 7 % 26)}{chr(97 + i // 26)} under the mat"


def salary(i: int) -> int:
    return 400_000 + (i * i * 9973 + i * 24_691) % 499_979


def department(i: int) -> str:
    return "Board" if i == 7 else DEPARTMENTS[i % 4]


def row(i: int) -> tuple[object, ...]:
    joined = f"2021-{1 + i % 12:02d}-{1 + i % 28:02d}"
    active = "yes" if i % 3 else "no"
    return (
        f"E{i:04d}",
        name(i),
        department(i),
        f"City {chr(65 + i % 20)}",
        joined,
        salary(i),
        i % 7 * 100,
        note(i),
        active,
    )


def open_staff(folder: Path) -> TableProfile:
    """The table in a DuckDB file below `folder`, profiled."""
    lines = ["staff_id,name,department,city,joined,salary,bonus,note,active"]
    lines += [",".join(map(str, row(i))) for i in range(ROWS)]
    file = folder / "staff.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return profile_table(open_table(file, folder))


def secrets(card: str) -> list[str]:
    """All names, notes, ids and salaries that the table's card does not show itself (as samples, minimum, maximum)."""
    cells = [str(cell) for i in range(ROWS) for cell in (f"E{i:04d}", name(i), note(i), salary(i))]
    return [cell for cell in cells if cell not in card]
