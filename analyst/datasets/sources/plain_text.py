"""Text that is no table: programs, settings, logs, prose, system files. Read as CSV they would give nonsense rows.

A file is taken for a table when its lines have the same number of fields, whatever its name says; one column is a table
too, unless its lines are sentences below a line that is no name.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from analyst.core.errors import TableError
from analyst.datasets.sources.cells import filled
from analyst.datasets.sources.sniffing import RARE, Dialect, Text, read_rows
from analyst.protocol.table import IngestNote

_TABLE_NAMES = (".csv", ".tsv", ".tab", ".psv", ".dat", ".data", ".asc")
_EXCEL_NAMES = (".xls", ".xlsx", ".xlsm", ".xlsb", ".xlt")
_KINDS = {
    "a program": ".py .js .ts .jsx .tsx .java .c .h .cpp .cc .cs .go .rs .rb .php .pl .r .jl .swift .kt .scala .lua",
    "a script": ".sh .bat .ps1 .sql .zsh .bash",
    "a configuration file": ".ini .cfg .conf .toml .yaml .yml .env .properties .plist",
    "a log file": ".log",
    "a text document": ".md .rst .tex .adoc .org .eml .srt .vtt",
    "a notebook": ".ipynb",
}
_KIND_OF = {suffix: kind for kind, suffixes in _KINDS.items() for suffix in suffixes.split()}
"""What a file is by its suffix, when its lines are no table."""
_CODE = re.compile(
    r"\s*(import \w|from [\w.]+ import |def \w+\(|class \w+|#include|#!/|function \w|public |package |const \w|return\b"
    r"|let \w|var \w|if \(|for \(|\}|\{$|</?\w+>)"
)
_SETTING = re.compile(r"\s*([\w.-]+:(\s|$)|- |\[[\w. -]+\]$|[\w.-]+ ?= ?\S|#)")
_SURE, _LIKELY = 0.9, 0.5
"""The share of lines with as many fields as most, from which a file is a table by whatever name, or by a usual one."""
_LONG_NAME, _SENTENCE, _PHRASE = 6, 6, 4
"""Words from which a first line is no name of a column, lines are sentences, and fields are parts of them."""
_CODE_LINES = 0.2
"""The share of lines of code from which a text is a program."""
_PARTED = 0.1
"""The share of blank lines from which a text has paragraphs."""


@dataclass(frozen=True)
class _Shape:
    """How much the lines of a text look like the rows of a table."""

    even: float
    """The share of lines with the commonest number of fields over one."""
    words: float
    """The mean of words in a field."""
    blank: float
    """The share of blank lines."""
    first: str
    code: float
    """The share of lines as programs have them."""
    settings: float
    """The share of lines with a name and its setting."""


def check_text(text: Text, file: str) -> tuple[IngestNote, ...]:
    """What must be told of `text`, called `file`. TableError: what it is that is no table."""
    dialect = text.dialect
    shape, suffix = _shape(text.sample, dialect), Path(file).suffix.lower()
    if suffix in _EXCEL_NAMES and shape.even < _LIKELY:
        raise TableError(
            f"{file!r} is not an Excel workbook but plain text.", "Export it again as .xlsx, or rename it to .csv."
        )
    kind = _kind(shape, suffix, dialect)
    if kind:
        raise TableError(f"{file!r} is {kind}, not a table.", "Use a CSV, Excel (.xlsx), Parquet or JSON file.")
    if dialect.delimiter in RARE and dialect.width > 1 and dialect.head.names is None and suffix not in _TABLE_NAMES:
        told = f"{file!r} has no header line: its lines hold {dialect.width} fields separated by {dialect.delimiter!r}."
        raise TableError(told, "Add a line with the names of the columns, and save it as CSV.")
    named = f"The file is named {suffix}, but contains plain text, which was read as CSV."
    return (IngestNote("named", named, 1),) if suffix in _EXCEL_NAMES else ()


def _shape(sample: str, dialect: Dialect) -> _Shape:
    lines = sample.splitlines()
    told = [line for line in lines[:300] if line.strip()]
    rows = [row for row in read_rows(sample, dialect) if filled(row)]
    widths = Counter(len(row) for row in rows)
    fields = [len(cell.split()) for row in rows for cell in row if cell.strip()]
    return _Shape(
        even=max((count for width, count in widths.items() if width > 1), default=0) / max(1, len(rows)),
        words=mean(fields) if fields else 0,
        blank=sum(not line.strip() for line in lines) / max(1, len(lines)),
        first=told[0].strip() if told else "",
        code=sum(1 for line in told if _CODE.match(line)) / max(1, len(told)),
        settings=sum(1 for line in told if _SETTING.match(line)) / max(1, len(told)),
    )


def _kind(shape: _Shape, suffix: str, dialect: Dialect) -> str | None:
    """What the text is when it is no table."""
    if shape.even >= _SURE and dialect.delimiter not in RARE:
        return None
    if suffix in _KIND_OF:
        return _KIND_OF[suffix]
    if suffix not in _TABLE_NAMES and shape.settings >= _LIKELY and dialect.delimiter in (":", ","):
        return "a list of settings"
    if shape.words >= _PHRASE and shape.blank > _PARTED:
        return "a text of sentences"
    if shape.code > _CODE_LINES and suffix not in _TABLE_NAMES:
        return "a program"
    if shape.even >= _LIKELY:
        return None
    sentence = len(shape.first.split()) > _LONG_NAME or shape.first.endswith((".", "!"))
    return "a text of sentences" if shape.words >= _SENTENCE and sentence else None
