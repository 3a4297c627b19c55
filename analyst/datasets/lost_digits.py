"""Long numbers that a spreadsheet has written as 8.71E+12: digits are lost, and different ids look the same."""

# Every name goes into SQL as a column of ours.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from analyst.datasets.headers import ID_WORDS, words
from analyst.datasets.marks import CODE_WORDS
from analyst.datasets.scanning import per_column
from analyst.datasets.sources.csv_reading import STAGE
from analyst.engine.interface import Engine
from analyst.protocol.table import IngestNote

_FIRST = 100
_CUT = r"\d(?:[.,]\d{1,5})?E\+(?:1[1-9]|2\d)"
"""What is left of a whole number of at least twelve digits: at most six of them."""
_SPOKEN = ID_WORDS | CODE_WORDS | {"barcode", "upc", "imei", "iccid", "account", "card", "order", "customer", "product"}


def lost_digits(engine: Engine, columns: Sequence[str], headers: Mapping[str, str]) -> Iterator[IngestNote]:
    """A note on each column of the stage whose cells are what is left of long numbers, or that and shorter numbers."""
    if not columns:
        return
    first = engine.rows(f"SELECT {', '.join(columns)} FROM {STAGE} WHERE rowid < {_FIRST}")
    likely = [c for c, cells in zip(columns, zip(*first, strict=True), strict=True) if _is_cut(cells, headers[c])]
    counts = per_column(engine, STAGE, likely, [f"count(*) FILTER (regexp_full_match({{v}}, '{_CUT}'))"])
    for column, (count,) in counts.items():
        header = headers[column]
        told = f"{count:,} values of {header!r} were cut to a few digits by a spreadsheet (such as 8.71E+12)"
        yield IngestNote("digits_lost", f"{told}: different ones may look the same.", int(count), header)


def _is_cut(cells: Sequence[str | None], header: str) -> bool:
    bare = [cell.strip() for cell in cells if cell and cell.strip()]
    cut = [cell for cell in bare if re.fullmatch(_CUT, cell)]
    whole = sum(bool(re.fullmatch(r"\d{1,11}", cell)) for cell in bare)
    alike = len(cut) + whole >= 0.9 * len(bare)
    return bool(cut) and alike and (bool(_SPOKEN & set(words(header))) or len(cut) > 0.9 * len(bare))
