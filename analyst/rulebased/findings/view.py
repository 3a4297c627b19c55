"""A result table as the readers see it: values to reason with, references to write.

Rows count from 0 here and from 1 in a reference. Row numbers are used instead of key=value selectors: a cell that
holds `]`, `=` or quotes can't break them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.rulebased.naming import group_noun, human

_SAFE_FIELD = re.compile(r"[^\s{}|\[\]](?:[^{}|\[\]\r\n\t]*[^\s{}|\[\]])?")
_TABLE_ID = re.compile(r"\w+")
SHOWN_AS_SMALLER = 0.00005
"""Below this the renderer shows a p value as "< 0.0001"."""
_BINARY = ({"yes", "no"}, {"true", "false"}, {"y", "n"}, {"1", "0"}, {"1.0", "0.0"})


class View:
    """One evidence table. Only fields and cells that can be cited count as present.

    A withheld cell (protocol.evidence) can be cited too, but its value is not known here: it is no number, equals no
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

    def show(self, row: int, field: str, *, sign: bool = False) -> str:
        """The reference to one number, written as the renderer sees fit; `sign`: with a plus."""
        return self.ref(row, field, "+" if sign else "")

    def short(self, row: int, field: str) -> str:
        """The reference to a coefficient: two decimals, however small."""
        return self.ref(row, field, "2")

    def label(self, row: int, fields: Sequence[str], named: str = "") -> str:
        """What the row is about: "{{s1[1].product}}", "store {{s1[2].store}}", "rows without a region".

        `named`: what the groups are called where the column's own name does not tell ("level").
        """
        parts = [self._part(row, field, named) for field in fields if field in self.columns]
        return (f"{parts[0]} ({', '.join(parts[1:])})" if len(parts) > 1 else "".join(parts)) or "this row"

    def among(self, row: int, fields: Sequence[str], named: str = "") -> str:
        """The same behind a measure: "for {{s1[1].product}}", "where smoker is {{s1[1].smoker}}"."""
        own = [field for field in fields if field in self.columns]
        if len(own) == 1 and self.binary(own[0]) and visible(self.value(row, own[0])):
            return f"where {named or human(own[0])} is {self.ref(row, own[0])}"
        return f"for {self.label(row, fields, named)}"

    def binary(self, field: str) -> bool:
        """Whether the column says yes or no (or 1 or 0) and nothing else."""
        known = {str(v).casefold() for i in range(len(self.rows)) if (v := self.value(i, field)) is not None}
        return bool(known) and any(known <= pair for pair in _BINARY)

    def _part(self, row: int, field: str, named: str = "") -> str:
        value, name = self.value(row, field), named or human(field)
        if not visible(value) or value == "(missing)":
            return f"records without {name}"
        if self.binary(field):
            return f"{name} {self.ref(row, field)}"
        numeric = isinstance(value, (int, float)) or self.table.formats.get(field) == "integer"
        numeric = numeric or bool(re.fullmatch(r"-?\d{1,6}(\.\d+)?", str(value)) and named)
        if numeric and field.lower() not in ("year", "month", "quarter", "week", "day"):
            return f"{group_noun(name)} {self.ref(row, field)}"
        return self.ref(row, field)

    def p(self, row: int, field: str = "p") -> str:
        """ "p = {{…}}", or "p {{…}}" where the renderer writes "< 0.0001"; empty without a p value."""
        number = self.number(row, field)
        if number is None:
            return ""
        return f"p {'' if number < SHOWN_AS_SMALLER else '= '}{self.ref(row, field)}"


def visible(value: Any) -> bool:
    """Whether a cell shows anything: not null, and no text of spaces and invisible characters only."""
    return value is not None and (not isinstance(value, str) or any(c.isprintable() and c != " " for c in value))
