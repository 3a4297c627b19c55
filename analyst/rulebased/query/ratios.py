"""Two numbers divided by or subtracted from each other: prices per unit, margins, totals per thing."""

from __future__ import annotations

from analyst.protocol.lexicon import GENERIC, HIGHEST, LOWEST
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import (
    adds_up,
    heads,
    is_key,
    is_measure,
    is_time,
    meanings,
    name_words,
    names_deals,
    spoken,
)
from analyst.rulebased.link.likeness import alike
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.tokens import Token
from analyst.rulebased.query.computed import Values, never_adds
from analyst.rulebased.query.cues import CUES, RATIOS, THINGS
from analyst.rulebased.query.defaults import is_money, ratio_columns, speaking_measure
from analyst.rulebased.query.hints import MONEY
from analyst.rulebased.query.model import NOWHERE, Aggregate, Measure, Ratio, places
from analyst.rulebased.query.roles import Named, Roles
from analyst.rulebased.query.scene import Scene

_BEGUN = frozenset(
    "order create created open opened start started placed request requested submit submitted booking "
    "signup signed joined registered registration subscribed hire hired admitted admission".split()
)
"""Words of names of the moment from which time is counted where a question names only the other end."""
UNITS_OF_TIME = frozenset("day week month quarter year".split())


def elapsed(scene: Scene, roles: Roles, made: Values) -> bool:
    """`days from order to shipping`: the time between two moments that the words after the cue name."""
    cue = next(iter(scene.all("elapsed")), None)
    times = [c for c in scene.card.columns if is_time(c)]
    if cue is None or len(times) < 2:
        return False
    found: list[tuple[int, ColumnCard]] = []
    for at in range(cue.first, min(cue.end + 7, len(scene.linked.tokens))):
        token = scene.linked.tokens[at]
        named = [c for c in times if _calls(token, c)]
        if len(named) == 1 and named[0] not in [c for _, c in found]:
            found.append((at, named[0]))
    began = [c for c in times if _BEGUN & meanings(c.name) and c not in [c for _, c in found]]
    if len(found) == len(began) == 1:
        made.said.append(f"The time is counted from {spoken(began[0])}.")
        found.insert(0, (cue.first, began[0]))
    if len(found) != 2:
        return False
    (one, start), (other, end) = found
    unit = next((u for u in ("hour", "week") if u in {scene.linked.tokens[i].stem for i in cue.at}), "day")
    told = next((c.kind for c in scene.all("mean", "median", "max", "min")), "mean")
    at_words = cue.at | scene.at("mean", "median", "max", "min") | frozenset(range(cue.end, other + 1))
    made.found.append((one, Measure(told, end, at_words, minus=start, unit=unit)))  # type: ignore[arg-type]
    used = set(range(cue.first, other + 1))
    for group in (roles.entities, roles.asked, roles.subjects, roles.times):
        group[:] = [n for n in group if used.isdisjoint(n.at)]
    return True


def _calls(token: Token, column: ColumnCard) -> bool:
    """Whether a word names a moment: `shipping`, of ship_date."""
    told = [word for word in name_words(column.name) if word not in GENERIC]
    return any(alike(token.stem, token.word, word) >= 0.75 for word in told)


def named_ratio(scene: Scene, roles: Roles, made: Values) -> bool:
    """`profit margin`, `click-through rate`: a ratio with a name, where the table has its columns and not itself."""
    for kind in RATIOS:
        cue, columns = next(iter(scene.all(kind)), None), ratio_columns(scene.card, kind)
        if cue is None or columns is None:
            continue
        top, bottom = columns
        named = [m for m in (*roles.measures, *roles.below) if m.column in (top, bottom)]
        places = cue.at.union(*(m.at for m in named)) | scene.at("mean", "divided", "rate")
        words = [scene.linked.word(place) for place in sorted(cue.at)]
        words = CUES[kind].split(";")[0].split() if (HIGHEST | LOWEST) & set(words) else words
        name = "_".join(words)
        made.found.append((cue.first, Ratio(Measure("sum", top), Measure("sum", bottom), places, name)))
        made.said.append(f"This is {spoken(top)} by {spoken(bottom)}.")
        return True
    return False


def _per_unit(scene: Scene, roles: Roles) -> Named | None:
    """`cost per km`: the one number column that is counted in a unit after "per"."""
    for cue in scene.all("by"):
        place = cue.end + (scene.linked.tokens[cue.end].number is not None if cue.end < len(scene.linked.tokens) else 0)
        word = scene.linked.tokens[place].stem if place < len(scene.linked.tokens) else ""
        follows = place + 2 if scene.linked.word(place + 1) == "of" else -1
        of = next((m for m in scene.linked.mentions if m.start == follows), None)
        number = next(iter(numbers_in(of)), None) if of is not None else None
        if scene.linked.word(cue.first) == "per" and of is not None and number is not None:
            roles.measures[:] = [n for n in roles.measures if n.first != of.start]
            return Named(number, cue.at | frozenset(range(place, of.end)), place, of.end, "per")
        taken = any(m.start <= place < m.end for m in scene.linked.mentions) or word in UNITS_OF_TIME
        fit = [c for c in scene.card.columns if is_measure(c) and word and word in name_words(c.name)]
        if scene.linked.word(cue.first) == "per" and not taken and len(fit) == 1:
            return Named(fit[0], cue.at | {place}, place, place + 1, "per")
    return None


def paired(scene: Scene, roles: Roles, made: Values) -> bool:
    """Two numbers divided by or subtracted from each other."""
    unit = _per_unit(scene, roles)
    if unit is not None and roles.measures and not roles.below:
        roles.below.append(unit)
    if roles.below and roles.measures:
        top, bottom = roles.measures[-1], roles.below[0]
        told = scene.at("mean", "sum", "median", "divided")
        factor = scene.linked.tokens[bottom.first - 1].number if bottom.first else None
        at = top.at | bottom.at | told | ({bottom.first - 1} if factor else NOWHERE)
        if _is_mean(top.column):
            made.found.append((top.first, Measure("mean", top.column, at, weight=bottom.column)))
            made.said.append(f"The average of {spoken(top.column)} is weighted by {spoken(bottom.column)}.")
            return True
        name = f"per_{factor:g}" if factor else ""
        made.found.append((top.first, Ratio(Measure("sum", top.column), Measure("sum", bottom.column), at, name)))
        return True
    if len(roles.measures) >= 2:
        one, other = roles.measures[0], roles.measures[1]
        between = range(one.end, other.first)
        minus = next((c for c in scene.all("minus") if c.first in between), None)
        gap = next(
            (c for c in scene.all("difference") if c.end <= one.first and not roles.keys and one.first - c.end <= 2),
            None,
        )
        gap = gap or next((c for c in scene.all("difference") if c.end <= one.first), None)
        if minus or (gap and scene.linked.word(other.first - 1) in ("and", "to")):
            told = (minus or gap).at | scene.at("mean", "difference", "sum", "net")  # type: ignore[union-attr]
            added = minus is not None and adds_up(one.column) and adds_up(other.column) and not scene.has("mean")
            kind: Aggregate = "sum" if added or scene.has("sum", "net") else "mean"
            made.found.append((one.first, Measure(kind, one.column, one.at | other.at | told, minus=other.column)))
            return True
        divided = [c for c in scene.all("divided", "versus", "rate", "share") if one.end <= c.first < other.first]
        if divided and scene.linked.word(divided[0].first) not in ("vs", "versus", "against", "compare"):
            at = one.at | other.at | frozenset(between) | scene.at("mean", "rate")
            made.found.append((one.first, Ratio(Measure("sum", one.column), Measure("sum", other.column), at)))
            return True
    return False


def _is_mean(column: ColumnCard) -> bool:
    """Whether each value of the column is itself an average."""
    return bool(set(name_words(column.name)) & {"average", "avg", "mean"})


def per_thing(scene: Scene, roles: Roles, made: Values) -> bool:
    """`revenue per customer`, `how many loans does a member have on average`: a total by how many things there are."""
    total = _total(scene, roles)
    divided = by_things(scene, roles, made, total) if total is not None else None
    if divided is not None:
        made.found.append((min(divided.at, default=0), divided))
        return True
    things = [n for n in roles.entities if _is_thing(scene, n.column)]
    entity = next((n for n in things if scene.linked.word(n.first - 1) in ("a", "each", "per")), None)
    if entity is not None and scene.has("count") and scene.has("mean") and not roles.measures:
        at = scene.at("count", "mean") | entity.at | scene.linked.rows | places(roles.subjects)
        made.found.append((entity.first, Ratio(Measure("count"), Measure("distinct", entity.column), at)))
        return True
    return _part_of_sibling(scene, roles, made)


def _total(scene: Scene, roles: Roles) -> Measure | None:
    """What is divided by things: the one number named; else the rows named right before "per"."""
    if roles.measures:
        top = roles.measures[0]
        alone = len(roles.measures) == 1 and not never_adds(top.column)
        return Measure("sum", top.column, top.at) if alone else None
    before = frozenset(n.first - 2 for n in roles.keys if scene.linked.word(n.first - 1) == "per")
    main = speaking_measure(scene.card)
    money = {at for at in before if at >= 0 and scene.linked.tokens[at].stem in MONEY}
    if money:
        return Measure("sum", main, frozenset(money)) if main is not None and is_money(main) else None
    named = [n for n in (*roles.subjects, *roles.entities) if before & n.at]
    deal = next((n for n in named if names_deals(n.column, scene.card.rows)), None)
    if deal is not None:
        return Measure("distinct", deal.column, deal.at | scene.at("count"))
    at = before & (scene.linked.rows | places(roles.subjects))
    return Measure("count", at=at | scene.at("count")) if at else None


def by_things(scene: Scene, roles: Roles, made: Values, total: Measure) -> Ratio | None:
    """A total by how many things there are, where "per" names them and nothing is ranked."""
    per = next((n for n in roles.keys if n.lead == "per" and _is_divisor(scene, roles, n, total)), None)
    if per is None or (scene.direction and scene.counted and not roles.asked):
        return None
    roles.keys.remove(per)
    bottom = Measure("count") if is_key(per.column, scene.card.rows) else Measure("distinct", per.column)
    made.said.append(
        f"This is the total by the number of different {spoken(per.column)}; it could also be asked for each one."
    )
    return Ratio(total, bottom, total.at | per.at | scene.at("mean", "sum"))


def _is_divisor(scene: Scene, roles: Roles, per: Named, total: Measure) -> bool:
    """Whether "per" leads to what a total is divided by: to things that there are many of, or right behind the total to
    things that fall into fewer groups (`revenue per customer by segment`)."""
    if total.column is not None and total.aggregate == "sum" and _is_thing(scene, per.column):
        return True
    groups = [n.column for n in (*roles.keys, *roles.asked) if n is not per and n.lead != "and"]
    coarser = any(not is_time(c) and 1 < (c.distinct or 0) < (per.column.distinct or 0) for c in groups)
    things = _is_thing(scene, per.column) or any(THINGS & meanings(head) for head in heads(per.column))
    return things and coarser and per.first - 2 in total.at


def _is_thing(scene: Scene, column: ColumnCard) -> bool:
    """Whether a column names things that there are many of: customers, rather than branches."""
    many = (column.distinct or 0) > max(40, scene.card.rows // 20) or names_deals(column, scene.card.rows)
    return not is_measure(column) and (column.role == "identifier" or many)


def _part_of_sibling(scene: Scene, roles: Roles, made: Values) -> bool:
    """`scrap rate`: the part of one count in another that shares its noun (units_scrapped by units_made)."""
    cue = next(iter(scene.all("rate")), None)
    if cue is None or len(roles.measures) != 1 or roles.flags:
        return False
    part = roles.measures[0]
    own = set(name_words(part.column.name))
    wholes = [
        c
        for c in scene.card.columns
        if c is not part.column and is_measure(c) and own & set(name_words(c.name)) and _is_more(c, part.column)
    ]
    if len(wholes) != 1 or never_adds(part.column):
        return False
    at = part.at | cue.at | scene.at("mean")
    made.found.append(
        (part.first, Ratio(Measure("sum", part.column), Measure("sum", wholes[0]), at, f"{part.column.name}_rate"))
    )
    made.said.append(f"The rate is {spoken(part.column)} by {spoken(wholes[0])}.")
    return True


def _is_more(whole: ColumnCard, part: ColumnCard) -> bool:
    """Whether the values of one column are plainly larger than those of another."""
    high, low = whole.mean, part.mean
    return isinstance(high, (int, float)) and isinstance(low, (int, float)) and high > low >= 0
