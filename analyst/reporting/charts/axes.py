"""What the drawings of all charts share: their points, number axes, category axes and tooltips."""

from __future__ import annotations

from typing import Any

from analyst.reporting.charts.choice import Axis, ChartChoice
from analyst.reporting.charts.style import DARK
from analyst.reporting.numbers import FRACTION, MONEY, PERCENT, is_money

FORMATS = {
    "percent": ".1~%",
    FRACTION: ".1~%",
    "integer": ",.0f",
    "plain": "d",
    "p_value": ".3~f",
    "coefficient": ".2~f",
}
_BIG = "replace(format(datum.value, '.3~s'), 'G', 'B')"
_DURATION = (
    "(datum.value < 0 ? '-' : '') + floor(abs(datum.value) / 3600)"
    " + ':' + format(floor(abs(datum.value) % 3600 / 60), '02d') + ':' + format(floor(abs(datum.value) % 60), '02d')"
)
"""Seconds on an axis as hours, minutes and seconds."""


def data(rows: Any) -> Any:
    """The points, inside the specification."""
    import altair as alt

    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def number_axis(axis: Axis, rows: Any = (), *, fields: tuple[str, ...] = ("value",), **more: Any) -> Any:
    """A number axis: large numbers as 10k, 1.2M, 3B, shares as percent, amounts with their currency."""
    import altair as alt

    drawn = [row[name] for row in rows for name in fields if isinstance(row.get(name), (int, float))]
    values = [abs(value) for value in drawn]
    asked: dict[str, Any] = {"tickCount": 6, "labelOverlap": "greedy", "labelSeparation": 6} | more
    if axis.kind in FORMATS and not (axis.kind == "integer" and max(values, default=0) >= 10_000):
        asked["format"] = FORMATS[axis.kind]
        if axis.kind == "integer":
            asked["tickMinStep"] = 1
    elif axis.kind == PERCENT:
        asked["labelExpr"] = "format(datum.value, ',~f') + '%'"
    elif axis.kind == "duration":
        asked["labelExpr"] = _DURATION
    elif axis.kind is not None and is_money(axis.kind):
        asked["labelExpr"] = _money(axis.kind, big=max(values, default=0) >= 10_000)
    elif max(values, default=0) >= 10_000:
        # Values close together would all be told alike ("202k"); bars start at zero, so theirs never are.
        close = not more.get("grid") and max(drawn) - min(drawn) < 0.02 * max(values)
        asked |= {"format": ",~f"} if close else {"labelExpr": _BIG}
    return alt.Axis(title=axis.title or None, **asked)


def _money(kind: str, *, big: bool) -> str:
    """The labels of an axis of amounts, as a Vega expression; the sign of the currency is one of our own list."""
    sign = kind.removeprefix(MONEY) + (" " if kind[-1].isalpha() else "")
    figure = "replace(format(abs(datum.value), '.3~s'), 'G', 'B')" if big else "format(abs(datum.value), ',~f')"
    return f"(datum.value < 0 ? '-' : '') + {sign!r} + {figure}"


def category(choice: ChartChoice) -> Any:
    """The labels of horizontal bars, in the order chosen."""
    import altair as alt

    axis = alt.Axis(title=None, ticks=False, domain=False, grid=False, labelColor=DARK, labelFontSize=13)
    return alt.Y(field="label", type="nominal", sort=list(choice.order), axis=axis)


def tip(field: str, title: str) -> Any:
    """A line of a tooltip."""
    import altair as alt

    return alt.Tooltip(field=field, type="nominal", title=title or "Value")
