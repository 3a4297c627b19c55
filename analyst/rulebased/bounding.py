"""What the bounds of a question are set on: a column of rows, a ratio of two, or what is computed for groups."""

from __future__ import annotations

from analyst.core.text import plural
from analyst.protocol.lexicon import HINTED, synonyms
from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.link.bounds import SIGNS, YEARS_ONLY, Bound, in_unit_of, plain
from analyst.rulebased.link.columns import Mention, is_group, is_measure, is_number, meanings, name_words, spoken
from analyst.rulebased.reading import Reading, holds_years, numbers_in
from analyst.rulebased.request import Having, is_added, is_money, speaking_measure, yes_no

_AGGREGATE_WORDS = {
    "average": "mean", "mean": "mean", "avg": "mean", "median": "median", "total": "sum", "sum": "sum",
    "overall": "sum", "combined": "sum", "maximum": "max", "minimum": "min",
}  # fmt: skip
_PERSONS = frozenset(
    "woman women man men people person persons patient patients customer customers student students employee employees "
    "subject subjects member members adult adults girl girls boy boys female females male males anyone those".split()
)
_SPENDING = frozenset(
    "spent spend spending earned earn earns earning brought generated paid raised gave donated".split()
)


def bounded(reading: Reading, bound: Bound) -> sql.Condition | Having | None:
    """What a bound sets: on a column of rows, on a ratio of two, or on what is computed for groups."""
    if bound.word in YEARS_ONLY:
        return _bounded_year(reading, bound)
    rated = _bounded_rate(reading, bound)
    if rated is not None:
        return rated
    counted = _counted_rows(reading, bound)
    if counted is not None:
        return counted
    column, mention = _bound_column(reading, bound)
    if column is None:
        return _bounded_money(reading, bound)
    if bound.percent and not is_percent(column):
        return _bounded_ratio(reading, bound, column)
    bound = in_unit_of(bound, column)
    kind = _group_kind(reading, bound, column, mention)
    if kind is None:
        return bound_condition(bound, column)
    words = f"{kind} {spoken(column)} {SIGNS[bound.sign]} {bound.shown}"
    return Having(kind, column, bound.sign, plain(bound.value), words, _upper(bound))


def _bounded_rate(reading: Reading, bound: Bound) -> Having | None:
    """`carriers with a late rate above 20%`: a bound on a yes/no column's rate in each group."""
    near = [reading.word(at) for at in range(max(0, bound.start - 2), bound.start)]
    flags = [c for m in reading.mentions if m.end <= bound.start for c in m.options if yes_no(c)]
    if (
        not {"rate", "share", "percentage", "proportion", "rates"} & set(near)
        or not flags
        or not names_groups(reading, bound.start)
    ):
        return None
    part = 100 if bound.percent or bound.value > 1 else 1
    words = f"a {spoken(flags[-1])} rate {SIGNS[bound.sign]} {bound.shown}"
    upper = None if bound.upper is None else plain(bound.upper / part)
    return Having("rate", flags[-1], bound.sign, plain(bound.value / part), words, upper)


def _bounded_money(reading: Reading, bound: Bound) -> sql.Condition | Having | None:
    """`customers who spent over 1000`: what a verb of money is about, summed for what has several rows."""
    spent = {reading.word(at) for at in range(max(0, bound.start - 3), bound.start)} & _SPENDING
    money = speaking_measure(reading.card)
    if not spent or money is None or not is_money(money):
        return None
    if not names_groups(reading, bound.start):
        return bound_condition(bound, money)
    words = f"a total {spoken(money)} {SIGNS[bound.sign]} {bound.shown}"
    return Having("sum", money, bound.sign, plain(bound.value), words, _upper(bound))


def _upper(bound: Bound) -> str | None:
    return None if bound.upper is None else plain(bound.upper)


def _bounded_year(reading: Reading, bound: Bound) -> sql.Condition | None:
    """`built before 1980`: a column of years, named just before."""
    near = [m for m in reading.mentions if 0 <= bound.start - m.end <= 1]
    column = next((c for m in near for c in m.options if holds_years(c)), None)
    return None if column is None else bound_condition(bound, column)


def _counted_rows(reading: Reading, bound: Bound) -> Having | None:
    """`more than 250 transactions`, `at least 3 times`: a bound on how many rows each group has."""
    noun = (
        bound.end in reading.rows
        or reading.word(bound.end) == "times"
        or reading.word(bound.end - 1) in ("once", "twice")
    )
    named = next((m for m in reading.mentions if m.start == bound.end), None)
    if noun and (named is None or named.score < 0.95 or not numbers_in(named)) and names_groups(reading, bound.end):
        return Having(
            "count", None, bound.sign, plain(bound.value), f"{SIGNS[bound.sign]} {bound.shown} records", _upper(bound)
        )
    if named is None or numbers_in(named) or yes_no(named.column) or not is_group(named.column):
        return None
    words = f"{SIGNS[bound.sign]} {bound.shown} different {spoken(named.column)}"
    return (
        Having("distinct", named.column, bound.sign, plain(bound.value), words, _upper(bound))
        if names_groups(reading, bound.end)
        else None
    )


def names_groups(reading: Reading, but: int) -> bool:
    """Whether the question names something else, before token `but`, that rows fall into."""
    return any(
        m.end <= but
        and any(is_group(c) and not is_measure(c) and c.role != "constant" for c in m.options)
        and not set(range(m.start, m.end)) <= reading.rows
        and not (
            m.column.role == "identifier" and (m.column.distinct or 0) >= reading.card.rows - (m.column.missing or 0)
        )
        for m in reading.mentions
    )


def _group_kind(reading: Reading, bound: Bound, column: ColumnCard, mention: Mention | None) -> str | None:
    """How the column is aggregated before the bound is set, or None when it is set on rows."""
    if mention is None or not names_groups(reading, max(mention.start, bound.start)):
        return None
    kind = _AGGREGATE_WORDS.get(reading.lead(mention.start))
    if kind is not None:
        return kind
    beyond = isinstance(column.max, (int, float)) and bound.value > column.max
    return "sum" if beyond and is_added(column) else None


def _bound_column(reading: Reading, bound: Bound) -> tuple[ColumnCard | None, Mention | None]:
    """The column that a bound is about, and the mention that names it: after the number, by a hint of its word or unit,
    named before the bound, or as the only one there is."""
    numbers = [c for c in reading.card.columns if _is_bounded(c)]
    named = [(m, c) for m in reading.mentions for c in [_number_of(m)] if c is not None]
    following = [(c, m) for m, c in named if m.start == bound.end and not _is_unit(bound, m)]
    if following:
        return following[0]
    earlier = [(c, m) for m, c in named if m.end <= bound.start and bound.start - m.end <= 4]
    clue = HINTED.get(bound.word) or _age_of_persons(reading, bound, numbers)
    if earlier and (bound.start - earlier[-1][1].end <= 1 or (clue and _hits(clue, earlier[-1][0]))):
        return earlier[-1]
    old = "age" if bound.unit == "year" and reading.word(bound.end + 1) == "old" else None
    for told in filter(None, (clue, old, _noun(reading, bound))):
        fitting = [c for c in numbers if _hits(told, c)]
        if fitting:
            return fitting[0], None
    return _likely_column(reading, bound, numbers, earlier, [(c, m) for m, c in named])


def _likely_column(
    reading: Reading,
    bound: Bound,
    numbers: list[ColumnCard],
    earlier: list[tuple[ColumnCard, Mention]],
    named: list[tuple[ColumnCard, Mention]],
) -> tuple[ColumnCard | None, Mention | None]:
    """The column that a bound may be about, when no word beside it tells."""
    measured = [
        c for c in numbers if in_unit_of(bound, c) is not bound or (bound.unit and bound.unit in name_words(c.name))
    ]
    if len(measured) == 1:
        return measured[0], None
    money = speaking_measure(reading.card)
    if bound.shown[:1] in "$€£" and money is not None:
        return money, None
    later = [(c, m) for c, m in named if m.start >= bound.end and m.start - bound.end <= 4]
    near = [(c, m) for c, m in [*earlier[-1:], *later[:1]] if _may_pass(c, bound)]
    if near:
        return near[0]
    alone = [c for c in numbers if c.role == "measure"]
    return (alone[0] if len(alone) == 1 else None), None


def _is_unit(bound: Bound, mention: Mention) -> bool:
    """Whether a mention after a number is only the number's unit: `5 minutes` beside a column of minutes."""
    return bool(bound.unit) and mention.score < 0.6 and mention.end == bound.end + 1


def _may_pass(column: ColumnCard, bound: Bound) -> bool:
    """Whether some value of the column may pass the bound and some may not."""
    low, high = column.min, column.max
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return True
    return low <= bound.value <= high


def _noun(reading: Reading, bound: Bound) -> str | None:
    """The stem of the noun after the number, which a column may mean."""
    return reading.tokens[bound.end].stem if bound.end < len(reading.tokens) else None


def _hits(clues: str, column: ColumnCard) -> bool:
    return not _all_synonyms(column).isdisjoint(clues.split())


def _all_synonyms(column: ColumnCard) -> set[str]:
    return {other for word in meanings(column.name) for other in synonyms(word)}


def _number_of(mention: Mention) -> ColumnCard | None:
    return next((c for c in mention.options if _is_bounded(c)), None)


def _is_bounded(column: ColumnCard) -> bool:
    """Whether a bound on numbers can be set on the column."""
    return is_number(column) and column.role not in ("constant", "identifier") and not yes_no(column)


def _age_of_persons(reading: Reading, bound: Bound, numbers: list[ColumnCard]) -> str | None:
    """`women over 60`: with persons just before a bare number it is their age."""
    at = bound.start - 1
    while reading.word(at) in ("is", "are", "was", "were", "who", "that", "aged"):
        at -= 1
    word = reading.word(at)
    persons = word in _PERSONS or any(v.end == bound.start and word in _PERSONS for v in reading.values)
    aged = [c for c in numbers if "age" in meanings(c.name)]
    return "age" if persons and aged and 0 < bound.value < 120 and bound.end not in reading.rows else None


def is_percent(column: ColumnCard) -> bool:
    """Whether the column's numbers are percentages or shares."""
    return (
        bool({"percent", "pct", "rate", "share", "ratio"} & meanings(column.name))
        or "%" in f"{column.name}{column.numbers}"
    )


def _bounded_ratio(reading: Reading, bound: Bound, column: ColumnCard) -> sql.Condition | None:
    """`more than 5 % of their units scrapped`: the column relative to the one that it is a part of."""
    named = [c for m in reading.mentions for c in numbers_in(m)]
    others = [c for c in reading.card.columns if c is not column and is_measure(c) and is_added(c)]
    whole = [c for c in others if c in named] or [
        c for c in others if set(name_words(c.name)) & set(name_words(column.name))
    ]
    if len(whole) != 1:
        return None
    text = f"{sql.number(column)} / nullif({sql.number(whole[0])}, 0) {bound.sign} {plain(bound.value / 100)}"
    words = f"{spoken(column)} {SIGNS[bound.sign]} {bound.shown} of {spoken(whole[0])}"
    return sql.Condition(text, words, column.name, bound.start)


def bound_condition(bound: Bound, column: ColumnCard) -> sql.Condition:
    """The bound as a condition on rows."""
    read, low = sql.number(column), plain(bound.value)
    one = bound.shown in ("a", "an", "1")
    unit = f" {bound.unit if one else plural(bound.unit)}" if bound.unit not in ("", *name_words(column.name)) else ""
    if bound.upper is not None:
        text, words = f"{read} BETWEEN {low} AND {plain(bound.upper)}", f"{spoken(column)} between {bound.shown}{unit}"
    else:
        text, words = f"{read} {bound.sign} {low}", f"{spoken(column)} {SIGNS[bound.sign]} {bound.shown}{unit}"
    return sql.Condition(text, words, column.name, bound.start)
