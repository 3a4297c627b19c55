"""The syntax of a reference: where it begins and ends in a text, and every way its body can be read.

Values and column names may themselves hold `]`, `=`, `|`, `.` or quotes, so a body can often be read in several ways.
All readings are offered, the likeliest first; analyst.reporting.resolving takes the first that the evidence bears out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

MAX_DIGITS = 15
"""Decimals that a reference may ask for: a double holds no more."""
MAX_BODY = 2000
"""Characters between the braces; what is longer is not a reference."""
_MAX_CLOSINGS = 6
_MAX_SPLITS = 40
_PLAIN = re.compile(r"\{\{([^{}]*)\}\}")
_TABLE = re.compile(r"\s*([^\[\].{}|]+?)\s*(?=[\[.|]|$)", re.DOTALL)
_SHAPE = re.compile(r"\s*(\+?)\s*\.?(\d{0,3})\s*f?\s*(%?)\s*(\+?)\s*$")


@dataclass(frozen=True)
class Shape:
    """How the value is to be written: `digits` decimals (None: by its kind and size), as percent, with a plus; without
    its sign; only the year or the month of a date."""

    digits: int | None = None
    percent: bool = False
    sign: bool = False
    absolute: bool = False
    part: Literal["year", "month"] | None = None


@dataclass(frozen=True)
class Body:
    """One reading of a reference's body. `selector` is the text between the brackets, None without brackets."""

    table: str
    selector: str | None
    field: str
    shape: Shape


@dataclass(frozen=True)
class Opening:
    """A `{{` at `start`, and where it may close: (body, end) with the nearest closing first. None: never closed."""

    start: int
    closings: tuple[tuple[str, int], ...]


def bodies(text: str) -> list[str]:
    """The bodies of the references in `text` that hold no brace of their own."""
    return _PLAIN.findall(text)


def cited(text: str) -> set[str]:
    """What the references in `text` stand for, in whatever form they are written."""
    return {body.partition("|")[0] for body in bodies(text)}


def replaced(text: str, by: Callable[[str], str]) -> str:
    """`text` with each such reference replaced by what `by` makes of its body."""
    return _PLAIN.sub(lambda found: by(found[1]), text)


def plain_reference(text: str, at: int) -> str | None:
    """The reference, braces and all, that begins at `at` on one line; None where none does."""
    found = _PLAIN.match(text, at)
    return found[0] if found and "\n" not in found[0] else None


def next_opening(text: str, start: int) -> Opening | None:
    """The next `{{` at or after `start`, or None."""
    at = text.find("{{", start)
    if at < 0:
        return None
    begin = at + 2
    extra = len(text[begin:]) - len(text[begin:].lstrip("{")) if text.startswith("{", begin) else 0
    closings: list[tuple[str, int]] = []
    end = text.find("}}", begin)
    while 0 <= end <= begin + MAX_BODY and len(closings) < _MAX_CLOSINGS:
        after = end + 2
        while extra and after - end - 2 < extra and text.startswith("}", after):
            after += 1
        closings.append((text[begin + extra : end], after))
        end = text.find("}}", end + 1)
    return Opening(at, tuple(closings))


def readings(body: str) -> Iterator[Body]:
    """Every way to read `body`, the likeliest first; none when it can't be a reference."""
    named = _TABLE.match(body)
    if named is None:
        return
    rest = body[named.end() :].lstrip()
    if not rest.startswith("["):
        yield from (Body(named[1], None, name, shape) for name, shape in _fields(rest))
        return
    closings = [place for place, char in enumerate(rest) if char == "]"][:_MAX_SPLITS]
    for place in closings:
        for name, shape in _fields(rest[place + 1 :]):
            yield Body(named[1], rest[1:place].strip(), name, shape)


def _fields(tail: str) -> Iterator[tuple[str, Shape]]:
    """Field and shape in `.field|shape|shape`; a `|` that begins no shape belongs to the field's name."""
    tail = tail.strip()
    if not tail.startswith("."):
        return
    found = [(tail[1:], Shape())]
    while shaped := _shaped(*found[-1]):
        found.append(shaped)
    yield from ((unquoted(name), shape) for name, shape in reversed(found) if name.strip())


def _shaped(text: str, shape: Shape) -> tuple[str, Shape] | None:
    """`text` without its last `|shape`, and both shapes as one; None where none stands there."""
    name, bar, asked = text.rpartition("|")
    word, found = asked.strip().casefold(), _SHAPE.match(asked)
    if not bar or not name.strip():
        return None
    if word == "abs":
        return name, replace(shape, absolute=True)
    if word in ("year", "month"):
        return name, replace(shape, part="year" if word == "year" else "month")
    if found is None:
        return None
    digits = min(int(found[2]), MAX_DIGITS) if found[2] else shape.digits
    return name, replace(shape, digits=digits, percent=bool(found[3]), sign=bool(found[1] or found[4]))


def conditions(selector: str, columns: list[str]) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every way to read `a=x, b=y` as (column, value) pairs, where a `, b=` splits only before a known column."""
    marks = list(_keys(selector, columns))
    if not marks or selector[: marks[0][0]].strip():
        return
    yield tuple(_cut(selector, marks))
    if len(marks) > 1:
        yield tuple(_cut(selector, marks[:1]))


def _keys(selector: str, columns: list[str]) -> Iterator[tuple[int, int, str]]:
    """(start, where the value starts, column) of each `column=` that stands outside quotes."""
    names = sorted({re.escape(name): name for name in columns}.items(), key=lambda pair: -len(pair[1]))
    known = "|".join(re.sub(r"(\\ |_|\\-)+", r"[\\s_-]+", pattern) for pattern, _ in names)
    key = re.compile(rf"""(?:^|,)\s*(["'`]?)({known})\1\s*==?\s*""", re.IGNORECASE)
    at = 0
    while found := key.search(selector, at):
        column = next(name for _, name in names if normal(name) == normal(found[2]))
        yield found.start(), found.end(), column
        at = _after_quote(selector, found.end())


def _after_quote(selector: str, start: int) -> int:
    """Where a quoted value that begins at `start` ends; `start` itself when it is not quoted."""
    quote = selector[start : start + 1]
    if quote not in ('"', "'"):
        return start
    ends = re.compile(rf"{quote}\s*(?=,|$)").search(selector, start + 1)
    return ends.end() if ends else start


def _cut(selector: str, marks: list[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    ends = [mark[0] for mark in marks[1:]] + [len(selector)]
    for (_, begin, column), end in zip(marks, ends, strict=True):
        yield column, unquoted(selector[begin:end])


def unquoted(text: str) -> str:
    """`text` without spaces around it and without the pair of quotes that it stands in."""
    text = text.strip()
    for quote in ('"', "'", "`"):
        if len(text) >= 2 and text[0] == text[-1] == quote:
            inner = text[1:-1]
            return inner.replace(f"\\{quote}", quote).replace(quote * 2, quote)
    return text


def normal(name: str) -> str:
    """A name as compared when it is not found as written: case, spaces, underscores and hyphens don't count."""
    return re.sub(r"[\s_-]+", " ", name.strip()).casefold()
