"""Text as people write and read it: months, lists in words, plurals, comparison without accents, aligned columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e"
"""What `\\w` leaves out of words: signs beside letters of Hebrew, Arabic, Indian and Thai scripts, for a character
class."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_INVARIANT = ("series", "species", "news", "data", "people", "staff", "equipment", "information")
_IRREGULAR = {"person": "people", "child": "children", "man": "men", "woman": "women", "staff": "staff"}


def listed(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; `last` stands before the last one."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def plural(noun: str) -> str:
    """The plural of an English noun phrase: "category" → "categories", "sales" stays, "kind of" → "kinds of"."""
    head, joint, rest = noun.partition(" of ")
    if joint:
        return f"{plural(head)}{joint}{rest}"
    lead, space, last = noun.rpartition(" ")
    word = last.lower()
    if word in _INVARIANT or not word.isalpha() or is_plural(noun):
        return noun
    if word in _IRREGULAR:
        return f"{lead}{space}{_IRREGULAR[word]}"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def singular(word: str) -> str:
    """A plural word as a singular one; other words as they are."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def counted(count: int, noun: str) -> str:
    """ "1 row", "2 rows", "1,200 rows"."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def is_plural(noun: str) -> bool:
    """Whether a verb after `noun` takes the plural: "sales rose and are", "revenue is", "number of rows is"."""
    last = re.split(r" (?:of|in|per|for|to|at) ", noun)[0].rpartition(" ")[2].lower()
    return last in ("people", "children", "men", "women", "data") or (
        last.endswith("s") and not last.endswith(("ss", "us", "is"))
    )


def fold(text: str) -> str:
    """`text` without case and accents (a letter without a Latin base stays as it is): how words are compared."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def aligned(rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,), ruled: bool = False) -> list[str]:
    """One line a row (all of one length), the columns at places `left` flush left and the others flush right.

    `ruled` draws a line below the first row.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]] if ruled and lines else lines
