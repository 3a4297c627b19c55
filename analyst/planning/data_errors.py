"""What an error on the data may tell a model: what went wrong, without the cell that it went wrong on.

DuckDB and the libraries quote the value that they can't read. Their words are known, a cell's are not, so a word stays
only when it is one of theirs or the plan's own.
"""

# ruff: noqa: SIM905 - a list of words reads better without 100 quotes

from __future__ import annotations

import re

_WORDS = frozenset(
    """
a accept according all allowed and any argument arguments array arrays as at be because been before but by can cannot
cast casting char character column columns comparison contain contains convert could data date decimal destination did
different dimension divide divided division does double duplicate element elements empty end enough error exactly
expected expects failed field fields file find first fit float for format found from function functions got greater
group has have if implemented in index infinity infinite input int integer interval invalid is it its json key keys
large larger least length less limit list lists logarithm longer map match maximum memory minimum missing month more
most must nan negative no not null number numbers of on one only operator or out overflow parameter parse parsing
position positive precision query range read returned row rows same sample samples scalar scale second series shape
should single size smaller source specifier square root string struct subquery subtraction addition multiplication sum
supported than that the there this time timestamp to too try type types unexpected unknown unsupported use used value
values varchar was week when where which while width with year zero bigint hugeint smallint tinyint utinyint usmallint
uinteger ubigint int8 int16 int32 int64 int128 uint8 uint16 uint32 uint64 bool boolean blob uuid enum
    """.split()
)


def without_cells(told: str, known: str) -> str:
    """The text of an error, with "…" for every word that is neither an error's nor in `known` (the plan's text)."""
    own = {word.casefold() for word in re.findall(r"\w+", known)} | _WORDS
    kept = re.sub(r"[\w.]*\w", lambda found: found[0] if _all_known(found[0], own) else "…", told)
    return re.sub(r"…(?:[^\w…]*…)+", "…", kept)


def _all_known(word: str, own: set[str]) -> bool:
    return all(part.casefold() in own for part in re.findall(r"\w+", word))
