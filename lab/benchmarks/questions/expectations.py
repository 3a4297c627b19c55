"""What a right answer holds, as JSON: built from pandas results by the trades, read by scoring.

Keys of groups are text; a key that names a time carries its unit ("month:2024-10", "week:2024-10-07" by its Monday,
"weekday:Monday", "hour:13"), since a result may write it in several ways. "yes" and "no" stand for any pair of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

Expected = dict[str, Any]
"""One expectation: `kind` and what that kind needs. See the functions below."""


def _plain(item: Any) -> Any:
    if isinstance(item, pd.Timestamp):
        return item.date().isoformat()
    return item.item() if hasattr(item, "item") else item


def _keys(index: Any, named: Callable[[Any], str] | None) -> list[str]:
    given = index if isinstance(index, tuple) else (index,)
    return [named(key) if named else str(_plain(key)) for key in given]


def _rows(found: pd.Series | pd.DataFrame, named: Callable[[Any], str] | None = None) -> list[list[list[Any]]]:
    frame = found.to_frame() if isinstance(found, pd.Series) else found
    return [
        [_keys(index, named), [_plain(v) for v in row]]
        for index, row in zip(frame.index, frame.to_numpy(dtype=object).tolist(), strict=True)
    ]


def value(item: Any) -> Expected:
    """One figure (or text): a result of one row that holds it."""
    return {"kind": "values", "values": [_plain(item)]}


def values(*items: Any) -> Expected:
    """Several figures: each in a result of one row, or all in one row or column of a small result."""
    return {"kind": "values", "values": [_plain(item) for item in items]}


def groups(
    found: pd.Series | pd.DataFrame, named: Callable[[Any], str] | None = None, *, more: bool = False
) -> Expected:
    """A figure (or several) for each group: a result with just these groups, in any order; `more`: others may stand by."""
    return {"kind": "groups", "rows": _rows(found, named), "more": more}


def top(
    found: pd.Series | pd.DataFrame, n: int, named: Callable[[Any], str] | None = None, *, exact: bool | None = None
) -> Expected:
    """The first `n` of a ranking, in order; `exact` (by default for n > 1): and no others."""
    rows = _rows(found, named)
    assert len(rows) <= n or rows[n - 1][1] != rows[n][1], f"a tie decides the top {n}: {rows[n - 1 : n + 1]}"
    return {"kind": "top", "rows": rows[:n], "exact": n > 1 if exact is None else exact}


def listed(keys: Sequence[Any], *, at_most: int | None = None) -> Expected:
    """These entities, whatever figures stand with them, and no more than `at_most` (by default: no others)."""
    return {"kind": "listed", "keys": [str(_plain(key)) for key in keys], "at_most": at_most or len(keys)}


def tested(significant: bool, expected: Expected) -> Expected:
    """`expected`, with a test whose p-value is below 0.05, or is not."""
    return {"kind": "tested", "significant": significant, "expected": expected}


def leads(*first: str) -> Expected:
    """A ranking of features in which one of `first` comes first, with a p-value or an importance."""
    return {"kind": "leads", "first": list(first)}


def trend(sign: int, found: pd.Series, named: Callable[[Any], str]) -> Expected:
    """A series that holds these periods, and a slope of this sign."""
    return {"kind": "trend", "sign": sign, "rows": _rows(found, named)}


def forecast(ranges: Mapping[str, tuple[float, float]]) -> Expected:
    """For each future period a value in its range, and no other periods."""
    return {"kind": "forecast", "ranges": {key: list(pair) for key, pair in ranges.items()}}


def none(*missing: str) -> Expected:
    """The table can't answer; the reply says so and names one of the words that it has nothing for."""
    return {"kind": "none", "missing": list(missing)}


def partial(expected: Expected, *missing: str) -> Expected:
    """`expected` can be answered, and the rest is said to be missing by name."""
    return {"kind": "partial", "expected": expected, "missing": list(missing)}


def any_of(*expected: Expected) -> Expected:
    """Any of several readings that a careful analyst could defend."""
    return {"kind": "any", "of": list(expected)}


def month(stamp: Any) -> str:
    return f"month:{pd.Period(stamp, 'M')}"


def quarter(stamp: Any) -> str:
    return f"quarter:{pd.Period(stamp, 'Q')}"


def week(stamp: Any) -> str:
    return f"week:{pd.Period(stamp, 'W-SUN').start_time.date()}"


def day(stamp: Any) -> str:
    return f"day:{pd.Timestamp(stamp).date()}"


def yes(flag: Any) -> str:
    return "yes" if flag in (True, 1, "yes", "Yes", "Y", "ja", "oui", "sí") else "no"
