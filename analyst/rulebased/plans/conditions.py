"""Conditions as SQL and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from analyst.core.text import listed
from analyst.rulebased import sql
from analyst.rulebased.link.bounds import Range, plain
from analyst.rulebased.link.columns import is_number, spoken, yes_no, yes_of
from analyst.rulebased.link.periods import Period
from analyst.rulebased.query.computed import YES
from analyst.rulebased.query.model import Against, Bounds, Condition, Days, During, Members, Missing, Together


def condition(given: Condition) -> str:
    """A condition on one row."""
    match given:
        case Members():
            return _members(given)
        case Bounds():
            return _negated(bounds(sql.number(given.column), given.range), given.negated)
        case During():
            each = [sql.within(given.column, period.start, period.end) for period in given.periods]
            told = each[0] if len(each) == 1 else " OR ".join(f"({text})" for text in each)
            return _negated(told if len(each) == 1 else f"({told})", given.negated)
        case Days():
            days = ", ".join(map(str, given.days))
            return f"isodow({sql.quoted(given.column.name)}) {'NOT ' if given.negated else ''}IN ({days})"
        case Missing():
            return f"{sql.quoted(given.column.name)} IS {'NOT ' if given.negated else ''}NULL"
        case Against():
            return f"{sql.number(given.column)} {given.sign} {sql.number(given.other)}"
        case Together(each=each):
            return " AND ".join(f"({condition(c)})" for c in each)


def _negated(text: str, negated: bool) -> str:
    return f"NOT ({text})" if negated else text


def bounds(read: str, given: Range, end: Callable[[float], str] = plain) -> str:
    """An expression that lies in a range, whose ends are written by `end`."""
    if given.low is not None and given.low == given.high:
        return f"coalesce({read}, 0) = 0" if given.low == 0 else f"{read} = {end(given.low)}"
    parts = [] if given.low is None else [f"{read} {'>' if given.open_low else '>='} {end(given.low)}"]
    parts += [] if given.high is None else [f"{read} {'<' if given.open_high else '<='} {end(given.high)}"]
    return " AND ".join(parts)


def _members(given: Members) -> str:
    column = given.column
    if column.separator:
        return _any_part(given)
    if given.values == YES and yes_no(column):
        return sql.equals(column, [yes_of(column)], negated=given.negated)
    if is_number(column) and all(isinstance(item, (int, float)) for item in given.values):
        numbers = ", ".join(plain(float(str(item))) for item in given.values)
        if len(given.values) > 1:
            return f"{sql.number(column)} {'NOT ' if given.negated else ''}IN ({numbers})"
        return f"{sql.number(column)} {'IS DISTINCT FROM' if given.negated else '='} {numbers}"
    return sql.equals(column, list(given.values), negated=given.negated)


def _any_part(given: Members) -> str:
    """Cells of several values: rows of which one part is a value asked for."""
    read, separator = sql.quoted(given.column.name), sql.value(given.column.separator)
    wanted = ", ".join(sql.value(str(item).strip().casefold()) for item in given.values)
    parts = f"list_transform(string_split({read}, {separator}), lambda p: lower(trim(p)))"
    return _negated(f"list_has_any({parts}, [{wanted}])", given.negated)


def where(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """The conditions of rows."""
    return tuple(dict.fromkeys(condition(given) for given in conditions))


def words(given: Condition) -> str:
    """A condition for a reader."""
    name = spoken(given.column)
    match given:
        case Members(values=values, negated=negated):
            if values == YES:
                return f"{'not ' if negated else ''}{name}"
            told = listed([_member(given, item) for item in values])
            return f"{name} {'other than ' if negated else ''}{told}"
        case Bounds():
            return f"{name} {_outside_words(given.range) if given.negated else bound_words(given.range)}"
        case During(periods=periods, negated=negated):
            return f"{'not ' if negated else ''}{period_words(periods)}"
        case Days():
            return f"{'not ' if given.negated else ''}{given.words}"
        case Missing():
            return f"{name} {'present' if given.negated else 'missing'}"
        case Against():
            signs = {">": "above", "<": "below", ">=": "at least", "<=": "at most"}
            return f"{name} {signs.get(given.sign, given.sign)} {spoken(given.other)}"
        case Together(each=each):
            return " and ".join(map(words, each))


def _member(given: Members, item: object) -> str:
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return plain(float(item))
    return sql.canonical(given.column, item)


def bound_words(given: Range) -> str:
    """The ends of a range for a reader."""
    if given.low is not None and given.high is not None:
        return (
            f"{plain(given.low)}" if given.low == given.high else f"between {plain(given.low)} and {plain(given.high)}"
        )
    if given.low is not None:
        return f"{'above' if given.open_low else 'at least'} {plain(given.low)}"
    return f"{'below' if given.open_high else 'at most'} {plain(given.high or 0.0)}"


def _outside_words(given: Range) -> str:
    """What lies outside a range, for a reader."""
    if given.low is not None and given.low == given.high:
        return f"other than {plain(given.low)}"
    below = [] if given.low is None else [bound_words(Range(high=given.low, open_high=not given.open_low))]
    above = [] if given.high is None else [bound_words(Range(low=given.high, open_low=not given.open_high))]
    return " or ".join(below + above)


def period_words(periods: tuple[Period, ...]) -> str:
    """Periods for a reader."""
    return listed([period.words for period in periods])


def in_words(conditions: Iterable[Condition]) -> str:
    """` for branch Lyon, in 2024-Q4`, or nothing."""
    every = list(conditions)
    rows = [words(c) for c in every if not isinstance(c, During)]
    dated = [c for c in every if isinstance(c, During)]
    text = f" for {' and '.join(rows)}" if rows else ""
    for given in dated:
        text += f" {'outside' if given.negated else 'in'} {period_words(given.periods)}"
        if not all(period.whole for period in given.periods):
            text += " (the data does not cover all of it)"
    return text
