"""The dialect of a CSV file, from its first part: delimiter, quote, escape, lines before the header, the header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SAMPLE = 1 << 18
"""Characters looked at. Everything found is checked against the whole file when it is read."""
DELIMITERS = (",", ";", "\t", "|", "^", "~", ":")
_NUMBER = re.compile(r"[-+]?[$€£]?\s?[\d.,]*\d[\d.,]*\s?%?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")


@dataclass(frozen=True)
class Dialect:
    """How to split a CSV. `skip` lines stand before the header; `header` is None when the first row is data."""

    delimiter: str
    quote: str
    escape: str | None
    skip: int
    header: tuple[str, ...] | None
    width: int

    def reader_options(self) -> dict[str, str | bool | int | None]:
        """Options for Python's csv.reader."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape,
            "doublequote": self.escape is None,
        }


def read_sample(path: Path) -> str:
    """The first SAMPLE characters of a UTF-8 file, cut at a line's end; one whole line at least."""
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        text = file.read(SAMPLE)
        if len(text) < SAMPLE:
            return text
        end = text.rfind("\n")
        return text[: end + 1] if end > 0 else text + file.readline()


def sniff(text: str) -> Dialect:
    """The dialect of `text`."""
    declared = re.match(r"sep=(.)\r?\n", text)
    quote = _quote(text)
    escape = "\\" if quote and re.search(r"[^\\]\\" + quote, text) and quote * 2 not in text else None
    delimiter = declared[1] if declared else _delimiter(text, quote, escape)
    start = 1 if declared else 0
    rows = _rows(text, delimiter, quote, escape)
    skip = start + _preamble(rows[start:])
    body = rows[skip:]
    first = body[0] if body else []
    header = tuple(first) if _is_header(body) else None
    return Dialect(delimiter, quote, escape, skip, header, _width(body, header))


def _quote(text: str) -> str:
    """The quote sign: a single one only when fields begin and end with it and none does with a double one."""
    if '"' not in text and len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|]|\r?$)", text, re.M)) >= 3:
        return "'"
    return '"'


def _rows(text: str, delimiter: str, quote: str, escape: str | None, limit: int = 1000) -> list[list[str]]:
    options = Dialect(delimiter, quote, escape, 0, None, 0).reader_options()
    csv.field_size_limit(1 << 30)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), **options):  # type: ignore[arg-type]
            rows.append(row)
            if len(rows) >= limit:
                break
    except csv.Error:
        pass
    return rows


def _delimiter(text: str, quote: str, escape: str | None) -> str:
    """The delimiter that splits most lines into the same number (over one) of fields."""
    scores = {mark: _score(_rows(text, mark, quote, escape, 300)) for mark in DELIMITERS if mark in text}
    best = max(scores, key=lambda mark: scores[mark], default=",")
    return best if scores.get(best, (0.0, 0))[0] > 0 else ","


def _score(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    if not widths:
        return 0.0, 0
    width, times = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if width < 2:
        return 0.0, 0
    share = times / sum(widths.values())
    return round(share, 1), width


def _preamble(rows: Sequence[Sequence[str]]) -> int:
    """How many lines stand before the table: titles, remarks and blank lines with fewer fields than the rest."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    wide = Counter(len(row) for row, cells in zip(rows, filled, strict=True) if cells)
    if not wide:
        return 0
    width = wide.most_common(1)[0][0]
    blank = next((place for place, cells in enumerate(filled) if cells), 0)
    if width < 2:
        return blank
    for place, (row, cells) in enumerate(zip(rows[:50], filled, strict=False)):
        narrow = cells <= max(1, width // 3) and (len(row) < width or (cells == 1 and width > 2))
        remark = bool(row) and row[0].lstrip().startswith("#") and len(row) < width
        if cells and not narrow and not remark:
            return place
    return blank


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it holds no number or date, or looks unlike the rows below it."""
    if not rows:
        return False
    first, below = rows[0], [row for row in rows[1:200] if any(cell.strip() for cell in row)]
    values = [cell.strip() for cell in first if cell.strip()]
    data_like = sum(_is_value(cell) for cell in values)
    if not below or data_like == 0:
        return True
    unlike = sum(_unlike(cell, [row[i] for row in below if i < len(row)]) for i, cell in enumerate(first))
    return data_like < len(values) / 2 or unlike > data_like or _is_series(values)


def _is_series(values: Sequence[str]) -> bool:
    """Years or numbers in a row, as wide tables have them for headers."""
    whole = [int(value) for value in values if value.isdigit() and len(value) < 10]
    in_a_row = all(two - one == 1 for one, two in pairwise(whole))
    years = len(whole) >= 2 and all(1900 <= year <= 2100 for year in whole)
    return in_a_row and (years or len(whole) >= 3) and len(whole) >= len(values) - 1


def _is_value(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def _unlike(cell: str, column: Sequence[str]) -> bool:
    """Whether `cell` is text above a column of values."""
    cells = [value.strip() for value in column if value.strip()]
    return bool(cells) and not _is_value(cell.strip()) and sum(map(_is_value, cells)) > len(cells) / 2


def _width(rows: Sequence[Sequence[str]], header: tuple[str, ...] | None) -> int:
    """The number of columns: the header's, without empty ends that no row fills, or that of most rows."""
    widths = Counter(len(row) for row in rows if row)
    usual = widths.most_common(1)[0][0] if widths else 0
    if header is None:
        return usual
    named = len(header)
    while (
        named > 1
        and not header[named - 1].strip()
        and not any(len(r) >= named and r[named - 1].strip() for r in rows[1:])
    ):
        named -= 1
    return named
