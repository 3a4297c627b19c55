"""Made tables that hang together by keys, with the truth of what is asked of them: where joins go wrong by fan-out.

Each schema has a table of events, one or two tables that it refers to, and often a second table of events; keys are
numbers or codes, written differently on either side, some without a match. Amounts are whole, so sums compare exactly.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Rows = list[dict[str, object]]
_THINGS = (
    ("customers", "customer", ("segment", ("Consumer", "Corporate", "Public")), "credit limit"),
    ("products", "sku", ("category", ("Tools", "Toys", "Food", "Books")), "launch cost"),
    ("stores", "store", ("format", ("Mall", "Street", "Outlet")), "rent"),
    ("machines", "machine", ("maker", ("Acme", "Bolt", "Crane")), "purchase price paid"),
)
_EVENTS = (("orders", "revenue"), ("shipments", "freight"), ("visits", "minutes"), ("repairs", "labour cost"))
_FURTHER = (("tickets", "handling effort"), ("complaints", "refund"), ("surveys", "points"))


@dataclass(frozen=True)
class Asked:
    """A question, the column of the joined table that its grouping is in, that of its amount, and the true sums."""

    question: str
    group: str
    amount: str
    truth: dict[object, int]


@dataclass
class Schema:
    """Tables by name, and what is asked of them."""

    tables: dict[str, Rows] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def write(self, folder: Path) -> list[Path]:
        """The tables as CSV files in `folder`."""
        return [_write(folder / f"{name}.csv", rows) for name, rows in self.tables.items()]


@dataclass(frozen=True)
class _Thing:
    """A table with one row a key: its rows, the key's header in the events, and how the events write a key."""

    name: str
    key: str
    rows: Rows
    group: str
    amount: str
    header: str
    spelled: Callable[[object], object]


def make_schema(seed: int) -> Schema:
    """The schema of this seed."""
    chance = random.Random(seed)
    things = [_thing(chance, *given) for given in chance.sample(_THINGS, chance.randint(1, 2))]
    (events, amount), made = chance.choice(_EVENTS), Schema()
    rows = [_event(chance, number, things, amount) for number in range(chance.randint(150, 400))]
    for thing in things:
        made.tables[thing.name] = thing.rows
        own = _summed((str(row[thing.group]), row[thing.amount]) for row in thing.rows)
        made.asked.append(Asked(f"What is the total {thing.amount} by {thing.group}?", thing.group, thing.amount, own))
        found = {row[thing.key]: row[thing.group] for row in thing.rows}
        truth = _summed((found.get(row[f"_{thing.key}"]), row[amount]) for row in rows)
        made.asked.append(Asked(f"What is the total {amount} by {thing.group}?", thing.group, amount, truth))
    made.tables[events] = [{name: cell for name, cell in row.items() if not name.startswith("_")} for row in rows]
    if chance.random() < 0.7:
        _add_further(chance, made, things[0], rows, amount)
    return made


def _thing(chance: random.Random, name: str, key: str, group: tuple[str, Sequence[str]], amount: str) -> _Thing:
    """A table of things, some of which no event refers to."""
    count, style = chance.randint(25, 90), chance.choice(("number", "code", "padded", "shouted"))
    keys = [_key(style, number) for number in range(1, count + 1)]
    header = {"number": f"{key}_id", "code": f"{key} code", "padded": f"{key}_no", "shouted": key}[style]
    rows: Rows = [
        {f"{key}_id": each, group[0]: chance.choice(group[1]), amount: chance.randrange(100, 9000)} for each in keys
    ]
    spelled: Callable[[object], object] = {
        "padded": lambda cell: str(cell).lstrip("0"),
        "shouted": lambda cell: f" {str(cell).upper()}",
    }.get(style, lambda cell: cell)
    return _Thing(name, f"{key}_id", rows, group[0], amount, header, spelled)


def _key(style: str, number: int) -> object:
    return {"number": number + 1000, "code": f"K{number:04d}", "padded": f"{number:06d}", "shouted": f"ab-{number}x"}[
        style
    ]


def _event(chance: random.Random, number: int, things: Sequence[_Thing], amount: str) -> dict[str, object]:
    """A row that refers to one of each of `things`, or now and then to none that there is."""
    row: dict[str, object] = {"entry": 50_000 + number, amount: chance.randrange(1, 500)}
    for thing in things:
        used = thing.rows[: max(3, len(thing.rows) * 4 // 5)]
        cell = chance.choice(used)[thing.key]
        if chance.random() < 0.02:
            cell = 999_999 if isinstance(cell, int) else "gone-0"
        row |= {thing.header: thing.spelled(cell), f"_{thing.key}": cell}
    return row | {"channel": chance.choice(("web", "phone", "desk"))}


def _add_further(chance: random.Random, made: Schema, thing: _Thing, rows: Rows, amount: str) -> None:
    """A second table of events about the same things; both amounts are asked, which no single join gives."""
    name, effort = chance.choice(_FURTHER)
    further: Rows = []
    for number in range(chance.randint(80, 250)):
        cell = chance.choice(thing.rows)[thing.key]
        further.append({"case": f"T{number:05d}", thing.key: cell, effort: chance.randrange(1, 90)})
    made.tables[name] = further
    found = {row[thing.key]: row[thing.group] for row in thing.rows}
    question = f"Compare total {effort} and total {amount} by {thing.group}."
    for value, table, key in ((effort, further, thing.key), (amount, rows, f"_{thing.key}")):
        truth = _summed((found[row[key]], row[value]) for row in table if row[key] in found)
        made.asked.append(Asked(question, thing.group, value, truth))


def _summed(pairs: Iterable[tuple[object, object]]) -> dict[object, int]:
    sums: dict[object, int] = {}
    for group, value in pairs:
        sums[group] = sums.get(group, 0) + int(str(value))
    return sums


def _write(path: Path, rows: Rows) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
