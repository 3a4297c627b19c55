"""Counts and rates: what "how many" counts, what a share of rows is of, and what yes/no columns do."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.lexicon import KINDS
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import (
    adds_up,
    heads,
    is_key,
    is_measure,
    meanings,
    name_words,
    names_deals,
    spoken,
    yes_no,
)
from analyst.rulebased.link.likeness import alike
from analyst.rulebased.link.linking import is_panel
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.query.computed import YES, Values, never_adds, rate_of, usual
from analyst.rulebased.query.defaults import is_money, speaking_measure
from analyst.rulebased.query.model import (
    NOWHERE,
    At,
    Condition,
    Days,
    During,
    Measure,
    Members,
    Ratio,
    Rows,
    Together,
    Value,
    places,
)
from analyst.rulebased.query.ratios import UNITS_OF_TIME
from analyst.rulebased.query.roles import Named, Roles
from analyst.rulebased.query.scene import Scene

_MONEY = frozenset("money sale sales revenue turnover income spend spending takings business".split())
_OF_RATES = frozenset("highest lowest worst worse best better".split())
"""Words that rank the rates of an outcome; "most" and "fewest" rank how often it happened."""
_PICKING = frozenset("who that were was are with not without have had".split())
"""Words before a yes/no column that picks rows: those who left."""
_PAID = frozenset(
    "fee cost charge payment bill tariff premium freight expense tax salary wage donation refund fine deposit".split()
)
"""Words of names of amounts of which there is one a row."""
_CALLED = frozenset("title label".split())
"""Words of names of columns that say what a thing is called."""
_SOLD = frozenset("sold sell sells bought purchased ordered shipped delivered".split())


def money_told(scene: Scene) -> frozenset[int]:
    """The words that say that a share is of money: sales, revenue, spending."""
    main = speaking_measure(scene.card)
    if main is None or not is_money(main):
        return NOWHERE
    return scene.linked.words_at(_MONEY)


def rated(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """The share of rows that say yes, or that meet the condition asked about."""
    money = money_told(scene)
    if not roles.flags and money and (scene.has("share") or any(scene.linked.lead(at) == "of" for at in money)):
        return
    cues = scene.at("rate", "share")
    first = min(cues)
    whole = _whole_of(scene, roles, rows)
    if whole is not None:
        rows.conditions.append(Members(whole.column, YES, bool(whole.negated), whole.at | whole.negated))
        made.flags.append(whole)
        roles = replace(roles, flags=[flag for flag in roles.flags if flag is not whole])
    if roles.flags:
        flag = _rated_flag(roles, first)
        if not (roles.measures and scene.has("share")):
            made.found.append((first, replace(rate_of(flag), at=rate_of(flag).at | cues)))
            made.flags.append(flag)
            return
    told = [c for c in rows.conditions if isinstance(c, Members) or c.at]
    positive = [c for c in told if not _is_period(c)] or ([] if roles.groups or scene.linked.parts else told)
    if is_panel(scene.card) and speaking_measure(scene.card) is not None:
        return
    if (
        roles.measures
        or not positive
        or (rows.compared is not None and rows.compared in positive and len(positive) == 1)
    ):
        return
    positive = [c for c in positive if whole is None or min(c.at, default=0) >= whole.end]
    beside = [c for c in positive if c.at and 0 <= first - max(c.at) <= 2]
    chosen = (beside or sorted(positive, key=lambda c: min(c.at, default=0)))[-1 if not beside else 0]
    deal = next((n for n in roles.subjects if names_deals(n.column, scene.card.rows)), None)
    sources = scene.linked.words_at(("from",))
    behind = [c for c in positive if any(source in c.at or source < min(c.at, default=0) for source in sources)]
    if chosen in behind and len(behind) > 1:
        made.spent += behind
        chosen = Together(tuple(behind), places(behind))  # type: ignore[arg-type]
    at = chosen.at | cues | _own_name(roles, chosen)
    value: Value = Measure("rate", chosen.column, at, condition=chosen)
    if deal is not None:
        part = Measure("distinct", deal.column, at | deal.at, condition=chosen)
        value = Ratio(part, Measure("distinct", deal.column), name="share")
    made.found.append((first, value))
    made.spent.append(chosen)


def _own_name(roles: Roles, chosen: Condition) -> At:
    """The words that name the column of the rated value itself, by which its rate is not grouped: "missed the SLA"."""
    own: list[Named] = []
    for group in (roles.keys, roles.asked, roles.entities):
        own += [named for named in group if named.column is chosen.column]
        group[:] = [named for named in group if named.column is not chosen.column]
    return places(own)


def _whole_of(scene: Scene, roles: Roles, rows: Rows) -> Named | None:
    """`percent of leavers who travel`, `share of churned customers with fiber`: the outcome that only picks the rows,
    of which the words behind it tell a part."""
    for flag in roles.flags:
        parts = [*roles.flags, *(c for c in rows.conditions if not _is_period(c))]
        behind = any(min(part.at, default=0) >= flag.end for part in parts if part is not flag)
        led = scene.before(flag.first, "rate", "share") is not None and scene.linked.lead(flag.first) == "of"
        if behind and led:
            return flag
    return None


def _is_period(condition: Condition) -> bool:
    return isinstance(condition, (During, Days))


def _rated_flag(roles: Roles, first: int) -> Named:
    """The yes/no column beside the word "rate"; else the one after it, else the last."""
    near = [f for f in roles.flags if 0 <= first - f.end <= 1]
    return (near or roles.flags[-1:])[0]


def counted(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """What "how many" and "number of" count: rows, different values, or the sum of a column of counts."""
    cue = next(iter(scene.all("count", "popular", "much")))
    if cue.kind == "much":
        return
    if cue.kind == "popular":
        made.found.append((cue.first, Measure("count", at=cue.at)))
        return
    apart = [c for c in scene.all("distinct") if cue.end <= c.first + 1 and c.first - cue.end <= 1]
    at = cue.at | (apart[0].at if apart else NOWHERE)
    at |= scene.at("sum", "overall") if not made.found else NOWHERE
    place = apart[0].end if apart else cue.end
    named = _noun(scene, roles, rows, place)
    if named is None:
        unit = scene.linked.tokens[place].stem if place < len(scene.linked.tokens) else ""
        if unit in UNITS_OF_TIME and scene.time is not None:
            made.found.append((cue.first, Measure("distinct", scene.time, at | {place}, unit=unit)))
            return
        nouns = frozenset(i for i in range(place, min(place + 4, len(scene.linked.tokens))) if i in scene.linked.rows)
        word = scene.linked.word(min(nouns)) if nouns else ""
        made.found.append((cue.first, _sold(scene, at | nouns, nouns) or Measure("count", at=at | nouns, noun=word)))
        return
    made.found.append((cue.first, _count_of(scene, roles, named, at, bool(apart), made)))


def _noun(scene: Scene, roles: Roles, rows: Rows, place: int) -> Named | None:
    """The column named as what is counted, right after "how many" (adjectives and values apart)."""
    every = [*roles.measures, *roles.entities, *roles.asked, *roles.keys, *roles.flags, *roles.subjects]
    near = [n for n in every if 0 <= n.first - place <= 3 and not _is_kind_of(scene, n)]
    valued = {i for v in scene.linked.values for i in range(v.start, v.end)}
    for named in sorted(near, key=lambda n: n.first):
        between = [
            i
            for i in range(place, named.first)
            if i not in valued and scene.linked.word(i) not in ("the", "of", "all", "our")
        ]
        if len(between) <= 1 and not any(i in scene.linked.rows for i in between):
            return named
    return None


def _is_kind_of(scene: Scene, named: Named) -> bool:
    """Whether a noun comes upon a column of its kinds, or of what belongs to it: "how many customers" asks neither for
    customer types nor for customer owners."""
    column = named.column
    if is_measure(column) or column.role != "dimension" or len(name_words(column.name)) == 1:
        return False
    tokens = scene.linked.tokens[named.first : named.end]
    kinds = meanings(column.name) & KINDS
    kind = bool(kinds) and kinds.isdisjoint(token.stem for token in tokens)
    headed = any(alike(token.stem, token.word, head) > 0 for token in tokens for head in heads(column))
    return kind or not (headed or _CALLED & meanings(column.name))


def _count_of(scene: Scene, roles: Roles, named: Named, at: At, apart: bool, made: Values) -> Measure:
    column, at = named.column, at | named.at
    word = scene.linked.word(named.end - 1)
    if is_measure(column) and not yes_no(column) and named in roles.measures:
        made.found[:] = [pair for pair in made.found if isinstance(pair[1], Ratio) or pair[1].column is not column]
        if not apart and column.adds == "last":
            return usual(column, at)
        if not apart and _is_amount(column):
            return Measure("count", at=at, noun=word)
        if apart or not (adds_up(column) or (column.adds is None and _counts(column))):
            return Measure("distinct", column, at)
        made.said.append(f"{spoken(column)} is added up over its rows.")
        return replace(usual(column, at), aggregate="sum")
    if is_key(column, scene.card.rows) or yes_no(column) or (named in roles.keys and not apart):
        return Measure("count", at=at, noun=word)
    if set(range(named.first, named.end)) <= scene.linked.rows and not apart and column.role != "identifier":
        return Measure("count", at=at, noun=word)
    sold = None if apart else _sold(scene, at, named.at, column)
    return sold or Measure("distinct", column, at)


def _is_amount(column: ColumnCard) -> bool:
    """Whether "how many payments" counts the rows, as the numbers are amounts of money or what is never counted."""
    whole = "INT" in column.type.upper()
    numbers = whole and any(token.word != token.stem for token in tokenize(column.name))
    money = is_money(column) or not _PAID.isdisjoint(meanings(column.name))
    return (money and not numbers) or not (whole or adds_up(column))


def _counts(column: ColumnCard) -> bool:
    """Whether a whole number column without a telling name may well be a count of things."""
    whole = "INT" in column.type.upper() and isinstance(column.min, (int, float)) and column.min >= 0
    return whole and not never_adds(column)


def _sold(scene: Scene, at: At, nouns: At, column: ColumnCard | None = None) -> Measure | None:
    """`how many desks were sold`: the units of them, where the table counts units."""
    units = [c for c in scene.card.columns if is_measure(c) and "quantity" in meanings(c.name)]
    sold = scene.linked.words_at(_SOLD)
    if (
        not units
        or not sold
        or (column is not None and not {"product", "item", "article", "good"} & meanings(column.name))
    ):
        return None
    if column is None and nouns:
        return None
    return Measure("sum", units[0], at | sold)


def flagged(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """Yes/no columns that were not rated: they pick rows, or are what is counted (`alarms by machine`)."""
    for flag in roles.flags:
        if flag in made.flags:
            continue
        grouped = bool(roles.keys or roles.asked or roles.entities or scene.linked.parts or rows.compared)
        picks = _picks_rows(scene, flag, roles)
        if made.found or picks or not (grouped or scene.direction):
            alone = not made.found and not picks and not roles.measures
            made.flags.append(flag)
            if alone and not scene.has("count", "much") and not flag.negated:
                made.found.append((flag.first, rate_of(flag)))
            else:
                rows.conditions.append(Members(flag.column, YES, bool(flag.negated), flag.at | flag.negated))
            continue
        made.flags.append(flag)
        yes = Members(flag.column, YES, bool(flag.negated), flag.at | flag.negated)
        ranks_rates = scene.superlative is not None and scene.linked.word(scene.superlative[0]) in _OF_RATES
        if _is_plural(scene, flag) or (scene.direction and not ranks_rates):
            made.found.append((flag.first, Measure("count", at=flag.at, condition=yes, noun=flag.column.name)))
        made.found.append((flag.first, rate_of(flag)))


def _is_plural(scene: Scene, flag: Named) -> bool:
    token = scene.linked.tokens[flag.end - 1]
    return token.word != token.stem


def _picks_rows(scene: Scene, flag: Named, roles: Roles) -> bool:
    """Whether a yes/no column only picks rows: `late trips excluding West`, `employees who left`."""
    rows = scene.linked.rows
    led = scene.linked.word(flag.first - 1) in _PICKING
    nouns = [n.first for n in (*roles.entities, *roles.subjects)]
    return flag.end in rows or (any(noun < flag.first for noun in rows) and led) or flag.end in nouns
