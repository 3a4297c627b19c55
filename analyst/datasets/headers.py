"""Headers as column names: cleaned of control characters, never empty, never twice, never too many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from analyst.core.errors import TableError
from analyst.core.text import MARKS, counted
from analyst.protocol.table import IngestNote

MAX_COLUMNS = 6_000
"""More columns than this and profiling takes minutes: the file is most likely turned on its side."""
MAX_HEADER = 120
"""Characters of a column's name."""
_SHOWN = 5
"""Headers that stand twice and are named."""
ROW = "_row"
"""The name of the column that holds a row's place."""

ID_WORDS = {"id", "ids", "uuid", "guid", "key", "pk", "rowid", "nr", "num", "no", "number", "nummer", "identifier"}
ID_WORDS |= {"ref", "reference", "index", "serial", "sku", "ean", "isbn", "invoice", "ticket"}
"""Words of a header that say that a column tells rows or things apart."""

_KEYED = frozenset(
    """
    user order customer client product item session patient account transaction event store employee member record row
    case visit invoice ticket device player team school student contract vendor supplier campaign document
    """.split()  # noqa: SIM905
)
"""What stands before a final "id" that a header writes without a sign between: userid."""
_NO_KEYS = frozenset(
    "paid unpaid prepaid repaid grid acid covid fluid rapid valid solid liquid hybrid void raid".split()  # noqa: SIM905
)
"""Words that only look as if an id ended them."""


def clean_headers(raw: Sequence[str]) -> tuple[tuple[str, ...], tuple[IngestNote, ...]]:
    """Unique column names and what was changed. Names compare without case, as SQL does."""
    if len(raw) > MAX_COLUMNS:
        raise TableError(
            f"The table has {len(raw):,} columns; the maximum is {MAX_COLUMNS:,}.",
            "Keep only the columns you need, or transpose the table.",
        )
    cleaned, empty = 0, 0
    again: list[tuple[str, str]] = []
    taken = {ROW}
    columns = []
    for place, header in enumerate(raw, 1):
        text = clean_header(header)
        cleaned += text != header.strip()
        if not text:
            empty += 1
            text = f"column_{place}"
        name = unique(text, taken)
        again += [(text, name)] if name != text else []
        taken.add(name.casefold())
        columns.append(name)
    return tuple(columns), tuple(_notes(cleaned, empty, again))


def clean_header(header: str) -> str:
    """`header` on one line, without control or invisible characters, cut at MAX_HEADER characters."""
    visible = "".join(_visible(char) for char in header)
    return " ".join(visible.split())[:MAX_HEADER].rstrip()


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cf", "Cs", "Co"):
        return ""
    return " " if category in ("Cc", "Zl", "Zp", "Zs") else char


def unique(text: str, taken: set[str]) -> str:
    """`text`, or with a number behind it when it is among `taken` (in lower case)."""
    candidate, number = text, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{text}_{number}"
    return candidate


def _notes(cleaned: int, empty: int, again: Sequence[tuple[str, str]]) -> Iterator[IngestNote]:
    """What was changed; `again` are the headers that stand twice, and the names that their columns got."""
    if cleaned:
        told = "cleaned of line breaks and invisible characters, or cut"
        yield IngestNote("headers_cleaned", f"{counted(cleaned, 'header')} {_were(cleaned)} {told}.", cleaned)
    if empty:
        told = f"{counted(empty, 'column')} had no header and {_were(empty)} named column_<number>."
        yield IngestNote("headers_empty", told, empty)
    if again:
        named = ", ".join(f"a further {header!r} is named {name!r}" for header, name in again[:_SHOWN])
        more = ", …" if len(again) > _SHOWN else ""
        column = again[0][1] if len(again) == 1 else None
        yield IngestNote("headers_duplicate", f"Duplicate headers: {named}{more}.", len(again), column)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def words(header: str) -> list[str]:
    """The words of a header: split at signs, digits and capitals and before a final "id"; lower case."""
    spaced = re.sub(r"([a-zà-ÿ0-9])([A-Z])", r"\1 \2", header)
    found: list[str] = []
    for word in re.split(rf"(?:[^\w{MARKS}]|_)+", spaced):
        stem, lower = word[:-2].casefold(), word.casefold()
        key = len(word) > 3 and (word.endswith("ID") or stem in _KEYED) and lower.endswith("id")
        found += [stem, "id"] if key and lower not in _NO_KEYS else [lower] if word else []
    return found
