"""What the bounds of a question are set on: a column of rows, or what is computed for groups."""

from __future__ import annotations

from itertools import takewhile

from analyst.protocol.lexicon import HINTED, synonyms
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import YEARS_ONLY, Bound, Range, in_unit_of
from analyst.rulebased.link.columns import (
    Mention,
    adds_up,
    holds_years,
    is_key,
    is_measure,
    is_number,
    is_numbered,
    is_time,
    meanings,
    name_words,
    spoken,
    yes_no,
)
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.query.cues import PERSONS
from analyst.rulebased.query.defaults import is_money, speaking_measure
from analyst.rulebased.query.model import NOWHERE, At, Bounds, Having, Measure, Members, Rows
from analyst.rulebased.query.scene import Scene

_SPENDING = frozenset(
    "spent spend spending earned earn earns earning brought generated paid pay raised gave donated".split()
)


_CURRENCIES = frozenset("dollar dollars euro euros pounds usd eur gbp bucks".split())
_AGGREGATES = ("mean", "sum", "median", "max", "min", "overall")
_GOING_ON = frozenset("but and or than versus vs against with to those ones".split())
"""Words before a bound that has no noun of its own."""
_LINKS = frozenset("is was are were of a an the than in for with has have had been be score value time times".split())


def bound_rows(scene: Scene, bound: Bound, rows: Rows) -> None:
    at = frozenset(range(bound.start, bound.end + (1 if bound.unit else 0)))
    if bound.word in YEARS_ONLY or _spanned(scene, bound):
        made = _year_bound(scene, bound)
        if made is not None:
            rows.conditions.append(made)
            rows.used |= made.at
        return
    counted = _counted(scene, bound, at)
    if counted is not None:
        rows.having.append(counted)
        rows.used |= counted.at
        return
    found = _bounded_column(scene, bound, rows)
    priced = _priced(scene, bound) if found is None else None
    if priced is not None:
        rows.conditions.append(Bounds(priced[0], bound.range, at=at | priced[1]))
        rows.said.append(f"I read the bound as one on the {spoken(priced[0])} of each row.")
        rows.used |= at | priced[1]
    if found is None:
        return
    column, places = found
    test = Bounds(column, in_unit_of(bound, column), at=at | places)
    aggregate = _aggregate_of(scene, column, places, bound)
    if yes_no(column):
        rate = Measure("rate", column, condition=Members(column, ("yes",)), at=places)
        part = 0.01 if bound.percent or max(_ends(bound.range)) > 1 else 1
        rows.having.append(Having(rate, Bounds(column, bound.range.times(part), at=test.at), test.at))
    elif aggregate is None:
        rows.conditions.append(test)
    else:
        rows.having.append(Having(aggregate, test, test.at | aggregate.at))
    rows.used |= test.at


def _in_fractions(column: ColumnCard) -> bool:
    """Whether the column holds parts of one, where a question speaks in percent."""
    return isinstance(column.max, (int, float)) and column.max <= 1


def _bounded_column(scene: Scene, bound: Bound, rows: Rows) -> tuple[ColumnCard, At] | None:
    """The column that a bound is set on, and its words: named right beside, hinted at, or the nearest before."""
    rated = _bounded_rate(scene, bound)
    if rated is not None:
        return rated
    beside = [
        (column, frozenset(range(mention.start, mention.end)))
        for mention in _beside(scene, bound)
        if (column := next((c for c in mention.options if _takes_bounds(c)), None)) is not None
        and mention.start not in rows.used
        and _fits(column, bound)
        and not _clock(column, bound)
    ]
    told = [(c, at) for c, at in beside if max(at) < bound.start or _inside(c, bound)]
    again = [*told[:1], *_again(scene, bound, rows)]
    return again[0] if again else _bound_meant(scene, bound) or next(iter(beside), None)


def _bound_meant(scene: Scene, bound: Bound) -> tuple[ColumnCard, At] | None:
    """The column of a bound that stands beside none: hinted at, spent, or the nearest before."""
    hinted = _of_unit(scene, bound) or _hinted(scene, bound)
    if hinted is not None:
        named = [m for m in scene.linked.mentions if hinted in m.options and m.end <= bound.start]
        named = [m for m in named if m.end == bound.start or not _is_measured(scene, m)]
        return hinted, frozenset(range(named[-1].start, named[-1].end)) if named else _hint_places(scene, bound)
    spent = {scene.linked.word(at) for at in range(max(0, bound.start - 3), bound.start)} & _SPENDING
    money = speaking_measure(scene.card)
    if spent and money is not None and is_money(money):
        return money, frozenset(
            at for at in range(max(0, bound.start - 3), bound.start) if scene.linked.word(at) in _SPENDING
        )
    earlier = [m for m in scene.linked.mentions if m.end <= bound.start and bound.start - m.end <= 4]
    for mention in reversed(earlier):
        column = next((c for c in mention.options if _takes_bounds(c) and _inside(c, bound)), None)
        if column is not None and _fits(column, bound):
            return column, frozenset(range(mention.start, mention.end))
    return None


def _again(scene: Scene, bound: Bound, rows: Rows) -> list[tuple[ColumnCard, At]]:
    """`over 10 but under 50`, `under 12 months against those over 48`: one more bound on the same column."""
    earlier = rows.conditions[-1] if rows.conditions else None
    goes_on = scene.linked.word(bound.start - 1) in _GOING_ON
    fits = goes_on and isinstance(earlier, Bounds) and _inside(earlier.column, bound)
    return [(earlier.column, NOWHERE)] if fits and earlier is not None else []


def _is_measured(scene: Scene, mention: Mention) -> bool:
    """Whether a column is what is asked for, not what rows are chosen by: "average age of members under 40"."""
    return any(cue.end == mention.start for cue in scene.all(*_AGGREGATES))


def _priced(scene: Scene, bound: Bound) -> tuple[ColumnCard, At] | None:
    """`homes under 150 dollars`, `orders over 500`: the money of rows, where a currency or only the rows are named."""
    money = speaking_measure(scene.card)
    after = bound.end if scene.linked.word(bound.end) in _CURRENCIES else None
    signed = _is_signed(scene, bound)
    before = bound.start - 1
    alone = before in scene.linked.rows and not bound.unit and scene.linked.tokens[before].stem not in PERSONS
    if money is None or not (is_money(money) or "cost" in meanings(money.name)) or not _inside(money, bound):
        return None
    alone = alone and bound.end not in scene.linked.rows and not _hinted(scene, bound)
    return (money, NOWHERE if after is None else frozenset([after])) if after or signed or alone else None


def _is_signed(scene: Scene, bound: Bound) -> bool:
    return scene.linked.tokens[bound.end - 1].raw[:1] in "$€£"


def _bounded_rate(scene: Scene, bound: Bound) -> tuple[ColumnCard, At] | None:
    """`carriers with a late rate above 20%`: a bound on a yes/no column's rate in each group."""
    near = [cue for cue in scene.all("rate", "share") if 0 <= bound.start - cue.end <= 1]
    flags = [m for m in scene.linked.mentions if m.end <= bound.start and yes_no(m.column)]
    if not near or not flags or not _groups_named(scene, bound.start):
        return None
    return flags[-1].column, near[0].at | frozenset(range(flags[-1].start, flags[-1].end))


def _fits(column: ColumnCard, bound: Bound) -> bool:
    """Whether a bound in percent is set on a column of parts or percents."""
    words = meanings(column.name)
    parts = words & {"rate", "pct", "percent", "percentage", "share", "ratio", "margin", "discount", "%"}
    return not bound.percent or bool(parts) or _in_fractions(column) or column.unit == "%" or "%" in column.name


def _clock(column: ColumnCard, bound: Bound) -> bool:
    """Whether the column only holds a part of a moment: the minute, where `30 minutes` are told."""
    return column.name.casefold() == bound.unit in ("minute", "hour", "second", "day")


def _of_unit(scene: Scene, bound: Bound) -> ColumnCard | None:
    """`weighed more than 40 kg`: the one column whose name tells the unit of the number."""
    fit = [c for c in scene.card.columns if _takes_bounds(c) and bound.unit in name_words(c.name)[1:]]
    return fit[0] if len(fit) == 1 else None


def _takes_bounds(column: ColumnCard) -> bool:
    numbered = column.role in ("constant", "identifier") or is_numbered(column)
    return is_number(column) and not numbered and not is_time(column)


def _inside(column: ColumnCard, bound: Bound) -> bool:
    low, high = column.min, column.max
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return True
    return all(low <= end <= high for end in _ends(in_unit_of(bound, column))[:1])


def _ends(given: Range) -> list[float]:
    return [end for end in (given.low, given.high) if end is not None]


def _beside(scene: Scene, bound: Bound) -> list[Mention]:
    """The mentions right before or after a bound, small words apart; one after where its noun follows the number."""
    before, after = bound.start, bound.end
    ends = {m.end for m in scene.linked.mentions}
    while before and before not in ends and scene.linked.word(before - 1) in _LINKS:
        before -= 1
    if bound.unit:
        after += 0 if any(m.start == after for m in scene.linked.mentions) else 1
    while scene.linked.word(after) in ("of", "in", "their", "the"):
        after += 1
    places = scene.linked.mentions
    taken = {b.start for b in scene.linked.bounds}  # "earning less than 3000" is no noun of the number before it
    found = [m for m in places if m.start == after and m.column.role != "identifier" and m.end not in taken]
    earlier = [m for m in places if m.end == before]
    if bound.end == len(scene.linked.tokens) or (bound.unit and any(map(numbers_in, earlier))):
        return earlier  # "tenure under 12 months charged more": the number has a noun, and behind its unit goes on
    return [*found, *earlier]


def _hinted(scene: Scene, bound: Bound) -> ColumnCard | None:
    """`older than 60`, `60 years or older`, `under 30 years old`: the column that a comparative speaks of."""
    word = bound.word
    words = [word, scene.linked.word(bound.end - 1), *(scene.linked.word(at) for at in _behind(scene, bound))]
    words += [part for at in range(max(0, bound.start - 2), bound.start) for part in _verb_forms(scene.linked.word(at))]
    if word in ("over", "above", "under", "below", "aged", "between") and _are_persons(scene, bound.start - 1):
        words.append("older")
    if any(v.end == bound.start and meanings(v.column.name) & {"gender", "sex"} for v in scene.linked.values):
        words.append("older")
    for told in words:
        hints = "age" if told in ("old", "older", "aged") else HINTED.get(told, "")
        for hint in hints.split():
            fit = [c for c in scene.card.columns if is_measure(c) and not synonyms(hint).isdisjoint(meanings(c.name))]
            if fit and (_inside(fit[0], bound) or told != word):
                return fit[0]
    return None


def _behind(scene: Scene, bound: Bound) -> list[int]:
    """The places behind a bound that may tell its unit: "under 30 happier than" compares something else."""
    near = range(bound.end, bound.end + 2)
    return list(takewhile(lambda at: not scene.linked.word(at).endswith(("er", "more", "less")), near))


def _are_persons(scene: Scene, at: int) -> bool:
    """Whether a word names people whose age the table tells: one for people, or one that the column's name holds."""
    ages = [c for c in scene.card.columns if is_measure(c) and "age" in meanings(c.name)]
    told = scene.linked.tokens[at].stem if at >= 0 else ""
    plural = at >= 0 and told != scene.linked.word(at) and at not in scene.linked.rows
    named = any(m.start <= at < m.end for m in scene.linked.mentions)
    return told in PERSONS or any(told in name_words(c.name) for c in ages) or (len(ages) == 1 and plural and not named)


def _verb_forms(word: str) -> tuple[str, ...]:
    """A verb as it stands, and without its ending: `earning`, `weighed`."""
    return (word, *(word.removesuffix(ending) for ending in ("ing", "ed", "s") if word.endswith(ending)))


def _hint_places(scene: Scene, bound: Bound) -> At:
    """The words around a bound that hint at its column: `aged 80`, `earning less than`."""
    near = [*range(max(0, bound.start - 2), bound.start), *_behind(scene, bound)]
    told = ("aged", "old", "older", "years")
    return frozenset(
        at
        for at in near
        if scene.linked.word(at) in told or any(f in HINTED for f in _verb_forms(scene.linked.word(at)))
    )


def _aggregate_of(scene: Scene, column: ColumnCard, places: At, bound: Bound) -> Measure | None:
    """What a bound is set on when the question asks for groups: their average, total …; None for single rows."""
    first = min((at for at in places if at < bound.start), default=bound.start)
    cue = next((c for c in scene.all(*_AGGREGATES) if 0 <= first - c.end <= 1), None)
    groups = _groups_named(scene, bound.start)
    timed = any(p.unit in PERIODS and not p.rate and p.end <= bound.start for p in scene.linked.parts)
    if not groups and not timed:
        return None
    kinds = {"mean": "mean", "median": "median", "max": "max", "min": "min", "sum": "sum", "overall": "sum"}
    if cue is not None:
        return Measure(kinds[cue.kind], column, frozenset(cue.at))  # type: ignore[arg-type]
    single = bool(groups) and all((c.distinct or 0) >= 0.95 * scene.card.rows for c in groups)
    if single or scene.linked.rows & set(range(first)) or not (timed or adds_up(column)):
        return None
    return Measure("sum" if adds_up(column) else "mean", column)


def _groups_named(scene: Scene, but: int) -> list[ColumnCard]:
    """Columns that rows fall into, named before token `but`."""
    named = [m for m in scene.linked.mentions if m.end <= but and not set(range(m.start, m.end)) <= scene.linked.rows]
    columns = [m.column for m in named if not is_measure(m.column) and not yes_no(m.column) and not is_time(m.column)]
    return [column for column in columns if not is_key(column, scene.card.rows)]


def _counted(scene: Scene, bound: Bound, at: At) -> Having | None:
    """`more than 250 transactions`, `at least 3 times`: a bound on how many rows, or different values, a group has."""
    times = scene.linked.word(bound.end) == "times" or scene.linked.word(bound.end - 1) in ("once", "twice")
    named = next((m for m in scene.linked.mentions if m.start == bound.end), None)
    groups = _groups_named(scene, bound.end)
    noun = bound.end in scene.linked.rows and (named is None or not numbers_in(named) or named.score < 0.95)
    if (times or noun) and groups:
        places = at | {bound.end}
        return Having(Measure("count", at=places), Bounds(groups[0], bound.range, at=places), places)
    if named is None or not groups or numbers_in(named) or _is_signed(scene, bound):
        return None
    if yes_no(named.column) or is_number(named.column):
        return None
    places = at | frozenset(range(named.start, named.end))
    return Having(Measure("distinct", named.column, places), Bounds(named.column, bound.range, at=places), places)


def _year_bound(scene: Scene, bound: Bound) -> Bounds | None:
    """`built before 1980`: a column of years, named just before."""
    spanned = _spanned(scene, bound)
    if spanned is not None:
        return Bounds(spanned, bound.range, at=frozenset(range(bound.start, bound.end)))
    near = [m for m in scene.linked.mentions if 0 <= bound.start - m.end <= 1]
    for mention in near:
        column = next((c for c in mention.options if holds_years(c)), None)
        if column is not None:
            return Bounds(column, bound.range, at=frozenset(range(mention.start, bound.end)))
    return None


def _spanned(scene: Scene, bound: Bound) -> ColumnCard | None:
    """`from 2021 to 2023`, in a table without dates: the column of years that holds both."""
    years = next((c for c in scene.card.columns if holds_years(c)), None)
    ends = _ends(bound.range)
    if scene.time is not None or years is None or len(ends) != 2 or bound.unit or bound.percent:
        return None
    return years if all(isinstance(end, float) and 1000 <= end <= 2200 and end == int(end) for end in ends) else None
