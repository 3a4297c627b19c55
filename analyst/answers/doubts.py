"""What the reader must know before the figures: columns of the answer that were read in one of two possible ways."""

from __future__ import annotations

from analyst.protocol.evidence import UNASKED, Evidence
from analyst.protocol.table import TableProfile

_FIRST = ("mixed_currencies", "unread_numbers", "unsure_values")
"""The cautions that change what a figure means: they are said before it."""
_TOLD = {
    "month first": "The dates of {column!r} were read with the month first (3/4 is March 4); the day may come first.",
    "day first": "The dates of {column!r} were read with the day first (3/4 is April 3); the month may come first.",
    "hours and minutes": "{column!r} was read as hours and minutes; it may be minutes and seconds.",
    "minutes and seconds": "{column!r} was read as minutes and seconds; it may be hours and minutes.",
}


def doubts(profile: TableProfile, evidence: Evidence) -> str:
    """A sentence for each column that a result rests on and that may be read in another way too, or mixes units."""
    answered = [table for table in evidence.tables if table.method != UNASKED and table.audience == "answer"]
    cautions = [caution for table in answered for caution in table.cautions if caution.code in _FIRST]
    used = {column for table in evidence.tables if table.method != UNASKED for column in table.source}
    unsure = {column.name: column.meaning.unsure for column in profile.columns if column.name in used}
    told = [_TOLD[how].format(column=name) for name, how in unsure.items() if how]
    return " ".join(dict.fromkeys([*(f"{caution.text}." for caution in cautions), *told]))
