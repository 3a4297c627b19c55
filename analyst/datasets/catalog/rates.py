"""Tables of exchange rates: the column with the rates, and the currency that an amount times its rate is in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from analyst.core.currencies import CODES
from analyst.datasets.headers import words
from analyst.protocol.table import TableProfile

_RATES = frozenset("rate rates fx exchange kurs wechselkurs kurz taux tasa cambio tasso taxa koers".split())  # noqa: SIM905
_TO = ("to", "in", "into", "nach", "vers")


@dataclass(frozen=True)
class Rate:
    """A column of rates; an amount times its rate is in `currency`."""

    column: str
    currency: str


def exchange_rate(profile: TableProfile) -> Rate | None:
    """The one column of rates of a table whose header says to which currency they lead ("rate_to_eur"): a header that
    only names two of them does not say which one a rate divides."""
    found = [
        Rate(column.name, code)
        for column in profile.columns
        if column.kind == "number" and (code := _target(words(column.name)))
    ]
    return found[0] if len(found) == 1 else None


def _target(said: list[str]) -> str:
    """The currency behind "to" in the words of a header of rates; or ""."""
    if not _RATES & set(said):
        return ""
    behind = [word.upper() for before, word in pairwise(said) if before in _TO]
    return behind[0] if len(behind) == 1 and behind[0] in CODES else ""
