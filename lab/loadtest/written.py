"""How figures are written in analysis.md: dollars, shares, seconds and counts; a dash for what was not measured."""

from __future__ import annotations


def usd(amount: float | None) -> str:
    """Dollars as people write them: cents for dollars, more digits for less."""
    if amount is None:
        return "-"
    if not amount:
        return "$0"
    return f"${amount:,.2f}" if abs(amount) >= 0.1 else f"${amount:.6f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A fraction as percent."""
    return "-" if share is None else f"{100 * share:.{digits}f}%"


def share(part: float | None) -> str:
    """A fraction as whole percent."""
    return percent(part, 0)


def seconds(value: float | None) -> str:
    """Seconds, or another measure of that size, to the hundredth."""
    return "-" if value is None else f"{value:.2f}"


def whole(number: float | None) -> str:
    """A count, rounded."""
    return "-" if number is None else f"{number:,.0f}"


def change(before: float | None, after: float | None) -> str:
    """How much more or less `after` is, in whole percent of `before`."""
    if not before or after is None:
        return "-"
    rounded = round(100 * (after - before) / before)
    return f"{rounded:+d}%" if rounded else "0%"
