"""Result tables built from the very column lists that the schema promises, so that the two can't drift apart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analyst.stats.method import Result

Fields = Sequence[tuple[str, str]]
"""Columns with their DuckDB types, in order."""

_SHARES = re.compile(r"(?:^|_)(?:pct|percent|percentage|share|rate|growth|margin|ratio_pct)(?:_|$)", re.IGNORECASE)
MAX_ROWS = 5000
"""More rows than these of one result are not handed over as Python rows: nobody reads them."""


def table(fields: Fields, rows: Iterable[Sequence[Any]], *, suffix: str = "", what: str = "", **more: Any) -> Result:
    """A Result of `fields`; `rows` are cut at MAX_ROWS (row_count keeps their number) and hold Python scalars."""
    listed = [tuple(plain(value) for value in row) for row in rows]
    more.setdefault("row_count", len(listed))
    columns, types = zip(*fields, strict=True)
    return Result(columns=columns, types=types, rows=listed[:MAX_ROWS], suffix=suffix, what=what, **more)


def are_shares(name: str, values: Iterable[Any]) -> bool:
    """Whether a column of shares, growth or rates by its name holds fractions: 0.45 is 45 %."""
    numbers = [abs(value) for value in values if isinstance(value, (int, float))]
    top = 10.0 if "growth" in name.lower() else 1.0
    return bool(_SHARES.search(name)) and bool(numbers) and max(numbers) <= top


def supports(names: Iterable[str], counts: Sequence[int]) -> dict[str, Sequence[int]]:
    """How many rows of the data stand behind the cells of the columns `names`, row by row (Result.supports)."""
    return {name: counts for name in names}


def plain(value: Any) -> Any:
    """`value` as a Python scalar; NaN and infinity as None."""
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def formats(fields: Fields, given: Mapping[str, str]) -> dict[str, str]:
    """The format of each column that has one: `given` first, then counts and p values by their names."""
    known = {"p": "p_value", "p_adjusted": "p_value", "f_p": "p_value", "n": "integer", "count": "integer"}
    names = [name for name, _ in fields]
    return {name: (dict(known) | dict(given))[name] for name in names if name in given or name in known}


def ratio(part: float | None, whole: float | None) -> float | None:
    """part / whole, or None where either is missing or the whole is zero."""
    if part is None or whole is None or whole == 0:
        return None
    share = part / whole
    return share if math.isfinite(share) else None
