"""Tables in a text that is laid out otherwise than a CSV: lines in quotes, columns lined up by blanks, boxes of dashes.

Most look like one column to the dialect. They are rewritten as a CSV where the layout is proved by every line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from analyst.datasets.sources.cells import is_value
from analyst.datasets.sources.sniffing import Text, read_text, sniff
from analyst.protocol.table import IngestNote

_MOST = 64 << 20
"""Bytes of a file that is rewritten."""
_QUOTED = re.compile(r'\s*"(?:[^"]|"")*"\s*')
_LEAST_LINES = 4
"""Lines, that of the names among them, by which columns are known."""
_RULE = re.compile(r"\s*[-=+|:][-=+|: ]*[-=]{2}[-=+|: ]*")
"""A line of dashes."""
_TITLES = 6
"""Lines among which the first rule of a box is."""
_GAP = re.compile(r"  +")


def as_csv(text: Text, workdir: Path) -> tuple[Text, tuple[IngestNote, ...]]:
    """The table of `text` as a CSV in `workdir`, and a note; `text` itself where it is laid out as one already."""
    if text.path.stat().st_size > _MOST:
        return text, ()
    lines = [line for line in text.sample.splitlines() if line.strip()]
    target = workdir / "laid_out.csv"
    if _is_boxed(lines):
        _write_rows(
            target,
            ([cell.strip() for cell in line.strip()[1:-1].split("|")] for line in _lines(text.path) if _is_row(line)),
        )
        return read_text(target), (IngestNote("boxed", "The lines drawn around the cells were left out.", 1),)
    if text.dialect.width != 1:
        return text, ()
    if _is_quoted(lines):
        _write(target, (_unquoted(line) for line in _lines(text.path)))
        return read_text(target), (
            IngestNote("lines_quoted", "Every line stood in quotes as a whole: they were left out.", 1),
        )
    edges = _edges([line for line in lines if not _RULE.fullmatch(line)])
    if edges:
        rows = (_cut(line, edges) for line in _lines(text.path) if line.strip() and not _RULE.fullmatch(line))
        _write_rows(target, rows)
        told = f"The columns are lined up by blanks: {len(edges)} columns of a fixed width were read."
        return read_text(target), (IngestNote("fixed_width", told, 1),)
    return text, ()


def _lines(path: Path) -> Iterator[str]:
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        for line in file:
            yield line.rstrip("\r\n")


def _write(target: Path, lines: Iterable[str]) -> None:
    with target.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"{line}\n" for line in lines)


def _write_rows(target: Path, rows: Iterable[Sequence[str]]) -> None:
    with target.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)


def _is_boxed(lines: Sequence[str]) -> bool:
    """Whether a table is drawn as databases and SAP print it: rules above and below rows of "| a | b |"; titles may
    stand above the first rule."""
    drawn = [line.strip() for line in lines]
    first = next((place for place, line in enumerate(drawn[:_TITLES]) if _RULE.fullmatch(line)), 0)
    body = drawn[first:]
    rows = [line for line in body if line.startswith("|") and line.endswith("|") and not _RULE.fullmatch(line)]
    rules = [line for line in body if _RULE.fullmatch(line)]
    return (
        len(rows) > 1
        and len(rules) > 1
        and len(rows) + len(rules) >= len(body) - 1
        and len({row.count("|") for row in rows}) == 1
    )


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|") and not _RULE.fullmatch(line)


def _is_quoted(lines: Sequence[str]) -> bool:
    """Whether every line is one text in quotes that holds several fields."""
    if len(lines) < 2 or not all(map(_QUOTED.fullmatch, lines)):
        return False
    return sniff("\n".join(map(_unquoted, lines))).width > 1


def _unquoted(line: str) -> str:
    return line.strip()[1:-1].replace('""', '"')


def _edges(lines: Sequence[str]) -> list[int]:
    """Where each column begins: behind blanks that stand in all lines, in a header and rows that fill every column.

    One column at least has a value in every row and a name above.
    """
    if len(lines) < _LEAST_LINES or not _GAP.search(lines[0].strip()) or any("\t" in line for line in lines):
        return []
    width = max(map(len, lines))
    blank = [all(len(line) <= place or line[place] == " " for line in lines) for place in range(width)]
    edges = [place for place in range(width) if not blank[place] and (place == 0 or blank[place - 1])]
    names, *rows = (_cut(line, edges) for line in lines)
    values = [all(is_value(row[place]) for row in rows) and not is_value(names[place]) for place in range(len(edges))]
    full = all(names) and sum(all(row) for row in rows) >= 0.9 * len(rows)
    return edges if len(edges) > 1 and full and any(values) else []


def _cut(line: str, edges: Sequence[int]) -> list[str]:
    ends = [*edges[1:], len(line)]
    return [line[start : max(start, end)].strip() for start, end in zip(edges, ends, strict=True)]
