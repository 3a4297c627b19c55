"""A result table as the readers see it: values to reason with, references to write.

Rows count from 0 here and from 1 in a reference. Row numbers are used instead of key=value selectors: a cell that
holds `]`, `=` or quotes can't break them.
"""

from __future__ import annotations

import math
import re
from typing import Any

from contracts.evidence import EvidenceTable
from embedded.wording import human

_SAFE_FIELD = re.compile(r"[^\s{}|\[\]](?:[^{}|\[\]\r\n\t]*[^\s{}|\[\]])?")
_TABLE_ID = re.compile(r"\w+")
SHOWN_AS_SMALLER = 0.00005
"""Below this the renderer shows a p value as "< 0.0001"."""
SMALL_SHARE = 0.001
"""Below this one decimal of a percentage shows nothing."""


class View:
    """One evidence table. Only fields and cells that can be cited count as present.

    A withheld cell (contracts.evidence) can be cited too, but its value is not known here: it is no number, equals no
    other cell, and its place among others is known only where the rows are sorted by it.
    """

    def __init__(self, table: EvidenceTable) -> None:
        self.table = table
        self.id = table.id
        usable = bool(_TABLE_ID.fullmatch(table.id))
        doubled = {name for name in table.columns if table.columns.count(name) > 1}
        self.columns = [
            name for name in table.columns if usable and _SAFE_FIELD.fullmatch(name) and name not in doubled
        ]
        self.rows = [dict(zip(table.columns, row, strict=False)) for row in table.rows]
        self.row_count = max(table.row_count, len(self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        """A view is there even when it has no rows."""
        return True

    @property
    def cut(self) -> bool:
        """Whether there are rows that we do not see."""
        return self.row_count > len(self.rows)

    def value(self, row: int, field: str) -> Any:
        """The cell, or None when there is no such row or citable field."""
        if field not in self.columns or not 0 <= row < len(self.rows):
            return None
        return self.rows[row].get(field)

    def hidden(self, field: str) -> bool:
        """Whether any cell of the column is withheld."""
        return any(self.table.is_withheld(row, field) for row in range(len(self.rows)))

    def sorted_by(self, field: str) -> int:
        """-1: the rows are known to fall in this column, 1: to rise, 0: neither is known."""
        first = next(iter(self.table.order.items()), ("", ""))
        return 0 if first[0] != field else -1 if first[1] == "descending" else 1

    def equal(self, row: int, other: int, field: str) -> bool:
        """Whether two cells are known to hold the same number."""
        number = self.number(row, field)
        return number is not None and number == self.number(other, field)

    def number(self, row: int, field: str) -> float | None:
        """The cell as a number, or None: also where it is withheld."""
        value = self.value(row, field)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return None
        return float(value)

    def has(self, row: int, *fields: str) -> bool:
        """Whether all these cells can be cited."""
        return all(visible(self.value(row, field)) for field in fields)

    def numeric(self, field: str) -> bool:
        """Whether the column holds numbers only (and one at least)."""
        if self.hidden(field):
            return self.table.formats.get(field) in ("integer", "number", "percent", "p_value")
        values = [self.value(i, field) for i in range(len(self.rows))]
        given = [v for v in values if v is not None]
        return bool(given) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in given)

    def order(self, field: str, *, descending: bool = True) -> list[int]:
        """Rows with a number in `field`, largest first (or smallest); ties keep their order.

        Where numbers are withheld, their places if the rows are sorted by them, else only the rows with a known one.
        """
        way = self.sorted_by(field) if self.hidden(field) else 0
        if way:
            rows = [i for i in range(len(self.rows)) if self.has(i, field)]
            return rows if descending == (way < 0) else rows[::-1]
        known = [(i, number) for i in range(len(self.rows)) if (number := self.number(i, field)) is not None]
        return [i for i, _ in sorted(known, key=lambda pair: -pair[1] if descending else pair[1])]

    def ref(self, row: int, field: str, form: str = "") -> str:
        """The reference to one cell."""
        selector = "" if self.row_count == 1 else f"[{row + 1}]"
        return f"{{{{{self.id}{selector}.{field}{'|' + form if form else ''}}}}}"

    def show(self, row: int, field: str) -> str:
        """The reference to one cell, in a format that suits its column and size."""
        return self.ref(row, field, self._form(row, field))

    def all(self, field: str) -> str:
        """The reference to a whole column, as a list."""
        return f"{{{{{self.id}[*].{field}}}}}"

    def label(self, row: int, fields: list[str] | tuple[str, ...]) -> str:
        """What the row is about: "{{s1[1].product}}", "store {{s1[2].store}}", "rows without a region"."""
        parts = [self._part(row, field) for field in fields if field in self.columns]
        return " / ".join(parts) or "this row"

    def _part(self, row: int, field: str) -> str:
        value = self.value(row, field)
        if not visible(value):
            return f"rows without {human(field)}"
        if isinstance(value, bool):
            return f"{human(field)} = {self.ref(row, field)}"
        if isinstance(value, (int, float)) and field.lower() not in ("year", "month", "quarter", "week", "day"):
            return f"{human(field)} {self.ref(row, field)}"
        return self.ref(row, field)

    def p(self, row: int, field: str = "p") -> str:
        """ "p = {{…}}", or "p {{…}}" where the renderer writes "< 0.0001"; empty without a p value."""
        number = self.number(row, field)
        if number is None:
            return ""
        return f"p {'' if number < SHOWN_AS_SMALLER else '= '}{self.ref(row, field)}"

    def _form(self, row: int, field: str) -> str:
        number = self.number(row, field)
        if number is None or self.table.formats.get(field) != "percent":
            return ""
        return "1%" if number == 0 or abs(number) >= SMALL_SHARE else "3%"


def visible(value: Any) -> bool:
    """Whether a cell shows anything: not null, and no text of spaces and invisible characters only."""
    return value is not None and (not isinstance(value, str) or any(c.isprintable() and c != " " for c in value))
