"""Which rows a question is about: values, bounds, gaps, days and comparisons of columns, as typed conditions."""

from __future__ import annotations

from collections.abc import Iterator

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.bounds import NEEDS_THAN, OVER, YEARS_ONLY, Range, compared
from analyst.rulebased.link.columns import Mention, is_measure, is_number, is_time, meanings, name_words, yes_no
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.tokens import Token, derived
from analyst.rulebased.link.values import ValueMention, negation
from analyst.rulebased.query.bounding import bound_rows
from analyst.rulebased.query.cues import EVENTS, PLACED
from analyst.rulebased.query.lacking import BEING, is_of_rows, never_sold, none_of
from analyst.rulebased.query.model import NOWHERE, Against, At, Bounds, Condition, Days, During, Members, Missing, Rows
from analyst.rulebased.query.scene import Scene

_DAYS = {
    "weekend": (6, 7), "weekday": (1, 2, 3, 4, 5), "workday": (1, 2, 3, 4, 5), "monday": (1,), "tuesday": (2,),
    "wednesday": (3,), "thursday": (4,), "friday": (5,), "saturday": (6,), "sunday": (7,),
}  # fmt: skip


_LACKING = frozenset("no without missing lacking lack lacks never".split())
_OWNING = frozenset("with had have has having got get gets used received receive ended carries".split())
_DONE = frozenset("left sent paid sold lost won built done begun written met".split())
"""Participles that do not end in "ed"."""
_STANDING = frozenset("open pending outstanding ongoing".split())
_PRESENT = frozenset("active current".split())
"""Words that say of anything that it has not ended, also where they stand before a number."""
_ENDED = frozenset(
    "close closed resolve resolved complete completed finish finished settle settled done end cancel cancelled "
    "canceled cancellation termination terminated churn churned exit left leave".split()
)
"""What has not happened yet to what stands open, in names of dates."""
_SAY_NO = frozenset(("no", "none", "not applicable"))
"""Values of a category that say that there is none of what the column is about."""


def find_rows(scene: Scene) -> Rows:
    """Every condition that the question sets on rows or on groups of them."""
    rows = Rows()
    smoothed = scene.at("moving", "forecast", "quantile")
    for bound in scene.linked.bounds:
        if not smoothed & set(range(bound.start, bound.end)):
            bound_rows(scene, bound, rows)
    rows.part_ranges()
    for mention in scene.linked.mentions:
        for rule in (_against, _equal, _lacking, _owning, _signed, _happened):
            made = rule(scene, mention, rows.used)
            if made is not None:
                rows.conditions.append(made)
                rows.used |= made.at
                break
    rows.conditions += [*never_sold(scene), *_undone(scene, rows.used)]
    rows.conditions += list(_aged(scene, rows.used))
    rows.conditions += list(_weekdays(scene))
    _members(scene, rows)
    rows.conditions += list(_periods(scene))
    return rows


def _against(scene: Scene, mention: Mention, used: set[int]) -> Condition | None:
    """`sold above their list price`: one number column against another."""
    right = next(iter(numbers_in(mention)), None)
    at = mention.start - 1
    while at >= 0 and scene.linked.word(at) in ("a", "an", "any", "their", "its", "his", "her", "of", "the", "than"):
        at -= 1
    word = scene.linked.word(at)
    if right is None or at < 1 or at in used or word not in OVER or word in YEARS_ONLY or word == "over":
        return None
    grows = any(cue.end == at for cue in scene.all("change"))  # growing faster than another is no bound on rows
    if grows or (word in NEEDS_THAN and scene.linked.word(at + 1) != "than"):
        return None
    earlier = [m for m in scene.linked.mentions if m.end <= at and at - m.end <= 3]
    lefts = [(c, m.start) for m in reversed(earlier) for c in numbers_in(m) if c is not right]
    lefts += [(c, place) for c, place in _alike_before(scene, right, at)]
    if not lefts:
        return None
    left, first = max(lefts, key=lambda pair: len(set(name_words(pair[0].name)) & set(name_words(right.name))))
    return Against(left, OVER[word], right, frozenset([first, *range(at, mention.end)]))


def _alike_before(scene: Scene, right: ColumnCard, at: int) -> Iterator[tuple[ColumnCard, int]]:
    """Columns that share a word with `right`, and whose other word stands before `at`: `sold above list price`."""
    shared = set(name_words(right.name))
    for column in scene.card.columns:
        own = set(name_words(column.name))
        if column is right or not is_measure(column) or not own & shared:
            continue
        for place in (at - 1, at - 2):
            if (place >= 0 and scene.linked.tokens[place].stem in own - shared) or scene.linked.word(
                place
            ) in own - shared:
                yield column, place


def _equal(scene: Scene, mention: Mention, used: set[int]) -> Condition | None:
    """`class 3`, `rating of 5`, `3 bedroom homes`: a number column of few values beside one of them."""
    at = mention.end
    while scene.linked.word(at) in ("of", "is", "=", "equals", "equal", "to"):
        at += 1
    found = _equal_to(scene, mention, at, used) if at <= mention.end + 2 else None
    if found is not None:
        return found
    before = mention.start - 1
    lead = scene.linked.word(before - 1)
    told = lead in ("top", "bottom", "first", "last", "best", "worst", "past", "next", "for", "and", "per")
    return None if told or before < 0 else _equal_to(scene, mention, before, used)


def _equal_to(scene: Scene, mention: Mention, at: int, used: set[int]) -> Condition | None:
    tokens = scene.linked.tokens
    column = next((c for c in mention.options if is_number(c) and c.role not in ("constant", "identifier")), None)
    if column is None or not 0 <= at < len(tokens) or at in used or mention.start in used:
        return None
    number = 0.0 if tokens[at].word in ("zero", "nothing") else tokens[at].number
    dated = any(p.first <= at < p.last for p in scene.linked.periods) or any(
        b.start <= at < b.end for b in scene.linked.bounds
    )
    ranked = scene.counted is not None and scene.counted[1] == at
    if number is None or dated or ranked or "%" in tokens[at].raw or not _may_equal(column, number):
        return None
    told = [(at, number), *(_more_numbers(scene, column, at) if at >= mention.end else [])]
    first = min(mention.start, at)
    spent = frozenset([*range(first, mention.end), *range(at, told[-1][0] + 1)])
    negated = negation(tokens, first)
    return Members(column, tuple(item for _, item in told), bool(negated), spent | negated)


def _more_numbers(scene: Scene, column: ColumnCard, at: int) -> list[tuple[int, float]]:
    """`1 or 2`, `1, 2 and 3`: the numbers that follow the first one."""
    found = []
    place = at + 1
    while place < len(scene.linked.tokens):
        if scene.linked.word(place) in ("or", "and"):
            place += 1
        number = scene.linked.tokens[place].number if place < len(scene.linked.tokens) else None
        if number is None or not _may_equal(column, number):
            break
        found.append((place, number))
        place += 1
    return found


def _may_equal(column: ColumnCard, number: float) -> bool:
    """Whether the number is (or may well be) one of the column's values."""
    if column.complete:
        return number in {float(v) for v in column.values or () if isinstance(v, (int, float))}
    low, high = column.min, column.max
    inside = isinstance(low, (int, float)) and isinstance(high, (int, float)) and low <= number <= high
    return inside and ((column.distinct or 99) <= 100 or number == int(number))


def _lacking(scene: Scene, mention: Mention, used: set[int]) -> Condition | None:
    """`no NPS score`, `age is missing`, `don't have a discount`, `without internet`: rows where the column is empty, or
    nothing, or says no."""
    if mention.start in used:
        return None
    column = next((c for c in mention.options if c.missing and not yes_no(c)), None)
    lead, (owned, denied) = scene.linked.lead(mention.start), _owned(scene, mention)
    after = next((c for c in scene.all("missing") if 0 <= c.first - mention.end <= 2), None)
    before = next((c for c in scene.all("missing") if 0 <= mention.start - c.end <= 1), None)
    cue = after or before
    if not (lead in _LACKING or cue is not None or denied):
        return None
    how = cue.at if cue else owned | denied if denied else _led(scene, mention)
    places = frozenset(range(mention.start, mention.end)) | how
    if cue is None and (said := _no_of(mention)) is not None:
        return Members(said[0], (said[1],), at=places)
    if column is not None:
        negated = bool(cue and negation(scene.linked.tokens, cue.first))
        return Missing(column, negated, places)
    if not (denied or lead in ("no", "without", "never")):
        return None
    number = next((c for c in numbers_in(mention) if c.min == 0), None)
    if number is not None:
        return Bounds(number, Range(0.0, 0.0), at=places)
    valued = any(v.column in mention.options for v in scene.linked.values)
    every = not valued and is_of_rows(scene, min(how, default=mention.start))
    return none_of(mention.column, places) if every else None


def _led(scene: Scene, mention: Mention) -> At:
    """The places from the telling word before a mention on: `without a`."""
    leads = [at for at in range(max(0, mention.start - 4), mention.start) if scene.linked.word(at) in _LACKING]
    return frozenset(range(leads[-1], mention.start)) if leads else NOWHERE


def _owned(scene: Scene, mention: Mention) -> tuple[At, At]:
    """The words that say that rows have something (`with a fine`), and those that deny it (`don't have a bonus`)."""
    at = mention.start - 1
    while scene.linked.word(at) in ("a", "an", "any", "some"):
        at -= 1
    denied = negation(scene.linked.tokens, at)
    owning = scene.linked.word(at) in _OWNING or (denied and scene.linked.word(at) in EVENTS | PLACED)
    return (frozenset(range(at, mention.start)), denied) if owning else (NOWHERE, NOWHERE)


def _no_of(mention: Mention) -> tuple[ColumnCard, object] | None:
    """The category, of those that the mention may mean, that has a value for none: `No` of an internet service."""
    for column in mention.options:
        told = [v for v in column.values or () if str(v).strip().casefold() in _SAY_NO]
        if column.complete and len(told) == 1 and not yes_no(column) and not is_number(column):
            return column, told[0]
    return None


def _owning(scene: Scene, mention: Mention, used: set[int]) -> Condition | None:
    """`ended with a fine`, `discounted orders`, `who have a bonus`, `with internet`: rows where a number that may be
    zero is above it, where a column is not empty, or says something else than no."""
    number, word = next((c for c in numbers_in(mention) if c.min == 0), None), scene.linked.word
    owned, denied = _owned(scene, mention)
    bounded = any(mention.end <= b.start <= mention.end + 2 for b in scene.linked.bounds)
    places = owned | frozenset(range(mention.start, mention.end))
    if denied or bounded or word(mention.end) in ("of", "above", "below") or mention.start in used:
        return None
    valued = any(v.column in mention.options for v in scene.linked.values)
    if owned and not valued and (said := _no_of(mention)) is not None:
        return Members(said[0], (said[1],), negated=True, at=places)
    participle = word(mention.end - 1).endswith("ed") and mention.end in scene.linked.rows
    last = scene.linked.tokens[mention.end - 1]
    several = bool(owned) and last.word != last.stem and scene.has("count", "share", "rate")  # bookings had children
    if number is not None and (len(owned) > 1 or participle or several):
        return Bounds(number, compared(">", 0.0), at=places)
    gaps = next((c for c in mention.options if c.missing and not yes_no(c)), None)
    return Missing(gaps, True, places) if len(owned) > 1 and gaps is not None else None


def _signed(scene: Scene, mention: Mention, used: set[int]) -> Condition | None:
    """`profit is negative`, `negative margin`: rows below (or above) nothing."""
    number = next(iter(numbers_in(mention)), None)
    after = mention.end + (scene.linked.word(mention.end) in ("is", "was", "are", "were"))
    at = next((i for i in (mention.start - 1, after) if scene.linked.word(i) in ("negative", "positive")), None)
    if number is None or at is None or mention.start in used or scene.has("correlate", "trend", "relate"):
        return None
    places = frozenset([at, *range(mention.start, mention.end)])
    return Bounds(number, compared("<" if scene.linked.word(at) == "negative" else ">", 0.0), at=places)


def _happened(scene: Scene, mention: Mention, used: set[int]) -> Condition | None:
    """`issues that are not resolved`, `people who left`, `cancellations by plan`: rows that have (or lack) the day on
    which that was done."""
    word, at = scene.linked.word, mention.end - 1
    column = next((c for c in mention.options if is_time(c) and c.missing), None)
    dated = column is scene.time and (scene.linked.periods or scene.linked.parts)
    alone = mention.end - mention.start == 1
    done = alone and (word(at).endswith("ed") or word(at) in _DONE)
    said = word(at - 1) in BEING or not {at - 1, at + 1}.isdisjoint(scene.linked.rows)
    event = alone and word(at) not in _DATES and not any(map(numbers_in, scene.linked.mentions))
    happened = said if done else event
    if column is None or dated or not happened or at in used or scene.has("when", "elapsed"):
        return None
    denied = negation(scene.linked.tokens, at)
    return Missing(column, not denied, denied | {at})


_DATES = frozenset("date day time when month year week".split())
"""Words that name a column of dates and nothing that happens then."""


def _undone(scene: Scene, used: set[int]) -> Iterator[Condition]:
    """`unpaid invoices`, `tickets still open`: rows without the day of what ends them."""
    ends = [c for c in scene.card.columns if is_time(c) and c.missing]
    taken = used | {i for v in scene.linked.values for i in range(v.start, v.end)}
    exact = {i for m in scene.linked.mentions if m.strength == 1.0 for i in range(m.start, m.end)}
    for at, token in enumerate(scene.linked.tokens):
        named = [c for c in ends if _denies(token, c)]
        present = token.word in _PRESENT and at not in exact
        said = present or scene.linked.word(at - 1) in BEING or at + 1 in scene.linked.rows
        if said and len(named) == 1 and at not in taken and not scene.linked.periods:
            yield Missing(named[0], False, frozenset([at]))


def _denies(token: Token, column: ColumnCard) -> bool:
    """Whether a word says that what a column of dates tells has not happened: unresolved, or open beside closed_at."""
    if token.word in _STANDING | _PRESENT:
        return not _ENDED.isdisjoint(name_words(column.name))
    done = token.word.removeprefix("un")
    return done != token.word and any(derived(done, name) for name in name_words(column.name) if len(name) > 3)


def _aged(scene: Scene, used: set[int]) -> Iterator[Condition]:
    """`28 years old`: people of an age."""
    ages = [c for c in scene.card.columns if is_measure(c) and "age" in meanings(c.name)]
    for at, token in enumerate(scene.linked.tokens):
        words = [scene.linked.word(at + 1), scene.linked.word(at + 2)]
        old = words[:2] in (["years", "old"], ["year", "old"])
        free = at not in used and not any(b.start <= at < b.end for b in scene.linked.bounds)
        if ages and old and free and token.number is not None:
            yield Members(ages[0], (token.number,), False, frozenset(range(at, at + 3)))


def _weekdays(scene: Scene) -> Iterator[Condition]:
    """`on weekends`, `on Mondays`: rows of some days of the week."""
    if scene.time is None or any(part.unit == "weekend" for part in scene.linked.parts):
        return
    taken = {i for v in scene.linked.values for i in range(v.start, v.end)}
    taken |= {i for p in scene.linked.parts for i in range(p.start, p.end)}
    named = [(at, t) for at, t in enumerate(scene.linked.tokens) if at not in taken and t.stem in _DAYS]
    if not named:
        return
    negated = negation(scene.linked.tokens, named[0][0])
    days = tuple(sorted({day for _, token in named for day in _DAYS[token.stem]}))
    words = " and ".join(token.word for _, token in named)
    yield Days(scene.time, days, words, bool(negated), frozenset(at for at, _ in named) | negated)


def _periods(scene: Scene) -> Iterator[Condition]:
    if scene.time is None or not scene.linked.periods:
        return
    places = frozenset(at for p in scene.linked.periods for at in range(p.first, p.last))
    leads = frozenset(
        p.first - 1 for p in scene.linked.periods if scene.linked.word(p.first - 1) in YEARS_ONLY | {"from", "between"}
    )
    negated = negation(scene.linked.tokens, scene.linked.periods[0].first)
    yield During(scene.time, scene.linked.periods, bool(negated), places | leads | negated)


def _members(scene: Scene, rows: Rows) -> None:
    """The values named, those of one column together."""
    by_column: dict[tuple[str, bool], list[ValueMention]] = {}
    for value in scene.linked.values:
        negated = value.negated or bool(_denied(scene, value))
        by_column.setdefault((value.column.name, negated), []).append(value)
    for (_, negated), named in by_column.items():
        column, items = named[0].column, tuple(dict.fromkeys(v.item for v in named))
        places = frozenset(at for v in named for at in _value_places(scene, v) | _denied(scene, v))
        if scene.has("including") and _is_included(scene, named):
            rows.included |= places | scene.at("including")
            rows.used |= rows.included
            continue
        made = Members(column, items, negated, places)
        spellings = {str(item).strip().casefold() for item in items}
        if len(spellings) > 1 and not negated and rows.compared is None:
            rows.compared = made
        rows.conditions.append(made)
        rows.used |= places


def _denied(scene: Scene, value: ValueMention) -> At:
    """`orders that weren't bought online`: what negates the verb before a value, where that is said of rows."""
    verb = value.start - 1
    while scene.linked.word(verb) in ("in", "at", "by", "from", "to", "on", "with", "through", "the"):
        verb -= 1
    denied = negation(scene.linked.tokens, verb) if scene.linked.word(verb) in EVENTS | PLACED else NOWHERE
    return denied | {verb} if denied and scene.linked.rows & set(range(min(denied))) else NOWHERE


def _is_included(scene: Scene, named: list[ValueMention]) -> bool:
    """Whether the question only says that these rows count too: `including refunded`, `with refunds included`."""
    cues = scene.all("including")
    return any(
        0 <= v.start - c.end <= 1 or 0 <= c.first - v.end <= 1 or c.first <= v.start < c.end
        for v in named
        for c in cues
    )


def _value_places(scene: Scene, value: ValueMention) -> At:
    """The value's words, the name of its column right beside it, and what negates it."""
    places = set(range(value.start, value.end))
    for mention in scene.linked.mentions:
        near = mention.start == value.end or value.start == mention.end
        close = value.start - mention.end == 1 and value.column is mention.column
        if (near and value.column in mention.options) or close:
            places |= set(range(mention.start, mention.end))
    if value.negated:
        tokens = scene.linked.tokens
        first = min(places)
        places |= negation(tokens, value.start) | negation(tokens, first)
        places |= scene.linked.words_at(("nor", "neither"))
    return frozenset(places)
