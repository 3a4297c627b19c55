"""What a result measures, in words: "average tenure", counted in months; and how a value of it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyst.core.text import is_plural, plural
from analyst.rulebased.findings.view import View
from analyst.rulebased.naming import human, measured, name_of, rate_name
from analyst.rulebased.wording import be

_AGGREGATES = {
    "avg": "average", "mean": "average", "average": "average", "sum": "total", "total": "total", "min": "lowest",
    "minimum": "lowest", "lowest": "lowest", "max": "highest", "maximum": "highest", "highest": "highest",
    "median": "median", "std": "standard deviation of",
}  # fmt: skip
COUNT = re.compile(r"^(n|count|rows?|records|cnt|all_records|num_\w+|n_\w+|(?:\w+_)?count|total_rows)$", re.IGNORECASE)
"""The names of columns that count rows."""
_AVERAGED = ("average ", "mean ", "median ")
"""How a column begins that is an average by itself: no average of it is told."""
_RATES = ("conversion rate", "interest rate", "exchange rate", "heart rate", "hourly rate", "daily rate", "tax rate")
"""Rates that are values of their own, not shares of rows."""


@dataclass(frozen=True)
class Subject:
    """`name` without its aggregate ("revenue"), `agg` ("average", "total", ""), `unit` ("months", "%", ""); `kind`:
    count (of rows or things), share (of rows), amount."""

    name: str
    agg: str = ""
    unit: str = ""
    kind: str = "amount"

    @property
    def words(self) -> str:
        """ "average tenure", "number of records"; nothing twice ("total votes" of a column total_votes)."""
        if self.kind == "count":
            return f"number of {self.name}"
        if self.agg and self.name.lower().startswith((self.agg, *_AVERAGED)):
            return self.name
        return f"{self.agg} {self.name}".strip()

    @property
    def start(self) -> str:
        """`words` as a sentence begins: "the number of records"."""
        return f"the {self.words}" if self.kind == "count" else self.words

    @property
    def be(self) -> str:
        """ "is" or "are" behind `words`."""
        return "is" if self.kind == "count" else be(self.words)

    def value(self, reference: str) -> str:
        """A value with its unit."""
        if not self.unit or self.kind != "amount":
            return reference
        return f"{reference}%" if self.unit == "%" else f"{reference} {self.unit}"

    def more(self, *, low: bool = False) -> str:
        """ "more records", "a lower average price", for a comparison of two."""
        if self.kind == "count":
            return f"{'fewer' if low else 'more'} {self.name}"
        degree = f"{'lower' if low else 'higher'} {self.words}"
        return degree if is_plural(self.words) else f"a {degree}"

    def shown(self, view: View, row: int, field: str) -> str:
        """The cell with its unit; a share in percent, also where its column is not declared as one."""
        number = view.number(row, field)
        fraction = number is not None and 0 <= number <= 1
        if fraction and self.unit == "%":
            return view.show(row, field)
        if fraction and self.kind == "share" and view.table.formats.get(field) != "percent":
            return view.ref(row, field, "1%")
        return self.value(view.show(row, field))

    def span(self, low: str, high: str) -> str:
        """ "18 and 55 months", for a range."""
        return f"{self.value(low) if self.unit == '%' else low} and {self.value(high)}"

    def most(self, *, low: bool = False) -> str:
        """ "the most records", "the fewest records", "the highest average revenue"."""
        if self.kind == "count":
            return f"the {'fewest' if low else 'most'} {self.name}"
        if self.agg == "total" and is_plural(self.name) and not self.name.lower().startswith("total"):
            return f"the {'fewest' if low else 'most'} {self.name}"
        if self.agg == ("lowest" if low else "highest"):
            return f"the {self.words}"
        return f"the {'lowest' if low else 'highest'} {self.words}"


def of_column(column: str, question: str, known: tuple[str, ...] = (), agg: str = "") -> Subject:
    """The subject of a method over `column` of the data."""
    name, unit = measured(name_of(column, question, known))
    return Subject(name, agg, unit)


def of_alias(column: str, question: str, records: str = "", known: tuple[str, ...] = ()) -> Subject:
    """The subject of an SQL result's column by its name: "average_waiting_minutes", "churn_rate", "count".

    `records` is what the question calls the rows.
    """
    words = name_of(column, question, known)
    if words.startswith(("distinct ", "different ")):
        return Subject(f"different {plural(words.partition(' ')[2])}", kind="count")
    if COUNT.match(column):
        return Subject(_counted(column, records), kind="count")
    if words.endswith(" rate") and not words.endswith(_RATES):
        return Subject(_rate(words.removesuffix(" rate"), question), kind="share")
    first, _, rest = words.partition(" ")
    agg = _AGGREGATES.get(first.lower(), "") if rest and first.lower() != human(column) else ""
    rest = rest.removeprefix("of ") if agg else words
    if agg == "total" and any(human(source).lower().startswith("total") for source in known):
        rest = rest if rest.lower().startswith("total") else words
    name, unit = measured(rest)
    headers = (measured(human(source)) for source in known)
    unit = unit or next((told for own, told in headers if own.lower() == name.lower()), "")
    return Subject(_per(name), agg, unit)


def _rate(base: str, question: str) -> str:
    return f"share not {base[4:]}" if base.startswith("not ") else rate_name(base, question)


def _per(name: str) -> str:
    """ "price per nights" → "price per night"."""
    lead, per, last = name.partition(" per ")
    singular = last[:-1] if per and last.endswith("s") and not last.endswith("ss") else last
    return f"{lead}{per}{singular}"


def _counted(column: str, records: str) -> str:
    rest = re.sub(r"^(n|num|count|all|total)_|_?(count|n|cnt|records|rows)$", "", column, flags=re.IGNORECASE)
    if rest and rest != column and not COUNT.match(rest):
        return f"{human(rest)} records" if column.lower().endswith("_count") else plural(human(rest))
    return records if records and column.lower() in ("count", "n", "cnt") else "records"
