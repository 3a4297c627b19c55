"""The dialect of a CSV file, from its first part: delimiter, quote, escape, and the head that precedes the data."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyst.datasets.sources.cells import usual_width
from analyst.datasets.sources.heading import NO_HEAD, Head, find_head

SAMPLE = 1 << 18
"""Characters looked at. Everything found is checked against the whole file when it is read."""
_LOOKED_AT = 400
"""Records by which the head is known."""
DELIMITERS = ("\t", ";", "|", ",", "^", "~", ":")
"""From the one that is seldom anything else to the one that is mostly something else."""
RARE = ("^", "~", ":")
"""Signs that part fields in few files only, and are part of the text in most."""

_LINES = 3
"""Records that one delimiter finds: then another that finds a single one is none."""


@dataclass(frozen=True)
class Dialect:
    """How to split a CSV. `skip` lines stand before the last line of the head, `head_lines` before the data.

    `head_records` counts the records of the head that are not blank; `head.names` is None when the first row is data.
    """

    delimiter: str
    quote: str
    escape: str | None
    width: int
    head: Head = NO_HEAD
    skip: int = 0
    head_lines: int = 0
    head_records: int = 0
    blanks_after: bool = False
    """Whether blanks follow delimiters and stand before quotes."""

    def reader_options(self) -> dict[str, str | bool | int | None]:
        """Options for Python's csv.reader."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape,
            "doublequote": self.escape is None,
            "skipinitialspace": self.blanks_after,
        }


def read_sample(path: Path) -> str:
    """The first SAMPLE characters of a UTF-8 file, cut at a line's end; one whole line at least."""
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        text = file.read(SAMPLE)
        if len(text) < SAMPLE:
            return text
        end = text.rfind("\n")
        return text[: end + 1] if end > 0 else text + file.readline()


@dataclass(frozen=True)
class Text:
    """A UTF-8 file, its first part and the dialect that this shows."""

    path: Path
    sample: str
    dialect: Dialect


def read_text(path: Path) -> Text:
    """The file at `path` with its dialect."""
    sample = read_sample(path)
    return Text(path, sample, sniff(sample))


def sniff(text: str) -> Dialect:
    """The dialect of `text`."""
    declared = re.match(r'"?sep=(.)"?\r?\n', text, re.IGNORECASE)
    quote = _quote(text)
    escape = "\\" if quote and re.search(r"[^\\]\\" + quote, text) and quote * 2 not in text else None
    delimiter = declared[1] if declared else _delimiter(text, quote, escape)
    blanks_after = text.count(f"{delimiter} {quote}") > text.count(f"{delimiter}{quote}")
    plain = Dialect(delimiter, quote, escape, 0, blanks_after=blanks_after)
    rows, ends = _rows(text, plain)
    start = 1 if declared else 0
    head = find_head(rows[start : start + _LOOKED_AT])
    before = start + head.rows
    last = before - (head.names is not None)
    return Dialect(
        delimiter,
        quote,
        escape,
        _width(rows[before:], head),
        head,
        skip=ends[last - 1] if last else 0,
        head_lines=ends[before - 1] if before else 0,
        head_records=sum(1 for row in rows[:before] if row),
        blanks_after=blanks_after,
    )


def read_rows(text: str, dialect: Dialect) -> list[list[str]]:
    """The first records of `text`."""
    return _rows(text, dialect)[0]


def first_rows(text: Text) -> list[list[str]]:
    """The first rows of data, as far as the first part of the file goes."""
    rows, ends = _rows(text.sample, text.dialect)
    return [row for row, end in zip(rows, ends, strict=True) if end > text.dialect.head_lines]


def _quote(text: str) -> str:
    """The quote sign: a single one only when fields begin and end with it and none does with a double one."""
    if '"' not in text and len(re.findall(r"(?:^|[,;\t|])'(?:[^'\n]|'')*'(?=[,;\t|]|\r?$)", text, re.M)) >= 3:
        return "'"
    return '"'


def _rows(text: str, dialect: Dialect, limit: int = 1000) -> tuple[list[list[str]], list[int]]:
    """The first records, and the number of lines read after each."""
    csv.field_size_limit(1 << 30)
    rows: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), **dialect.reader_options())  # type: ignore[arg-type]
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) >= limit:
                break
    except csv.Error:
        pass
    return rows, ends


def _delimiter(text: str, quote: str, escape: str | None) -> str:
    """The delimiter that splits most lines, the first one too, into the same number (over one) of fields."""
    found = {mark: _rows(text, Dialect(mark, quote, escape, 0), 300)[0] for mark in DELIMITERS if mark in text}
    if any(len(rows) > _LINES for rows in found.values()):  # a sign within quotes lets a quote swallow all lines
        found = {mark: rows for mark, rows in found.items() if len(rows) > 1}
    scores = {mark: _score(rows, strict=mark in RARE) for mark, rows in found.items()}
    usual = [mark for mark in scores if mark not in RARE and scores[mark][0] >= 0.7]
    best = max(usual or scores, key=lambda mark: scores[mark], default=",")
    return best if scores.get(best, (0.0, 0))[0] > 0 else ","


def _score(rows: Sequence[Sequence[str]], *, strict: bool) -> tuple[float, int]:
    """The share of rows of the commonest width over one, and that width. `strict`: the first row must have it.

    Where most rows have one field only, the others must stand together, as a table below a preamble does: signs amid
    texts stand anywhere.
    """
    given = _below_remarks([row for row in rows if any(cell.strip() for cell in row)])
    widths = Counter(len(row) for row in given)
    if not widths:
        return 0.0, 0
    width, times = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if width < 2 or (strict and len(given[0]) != width):
        return 0.0, 0
    split = [place for place, row in enumerate(given) if len(row) > 1]
    if 2 * len(split) < len(given) and (len(split) < 2 or split[-1] - split[0] >= len(split)):
        return 0.0, 0
    return round(times / len(given), 1), width


def _below_remarks(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """The rows below the remarks at the top of a file, which begin with #; all where hardly any are left."""
    top = next((place for place, row in enumerate(rows) if not row[0].lstrip().startswith("#")), len(rows))
    return rows[top:] if len(rows) - top > 1 else rows


def _width(body: Sequence[Sequence[str]], head: Head) -> int:
    """The number of columns: that of the names or, without any, that of most rows."""
    return len(head.names) if head.names else usual_width(body)
