"""What a question wants computed: sums, means, counts, rates and ratios, each with the words that ask for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from analyst.protocol.lexicon import HIGHEST, HINTED, LOWEST, synonyms
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import (
    adds_up,
    alike,
    is_key,
    is_measure,
    is_number,
    meanings,
    name_words,
    spoken,
    yes_no,
)
from analyst.rulebased.query.conditions import Rows
from analyst.rulebased.query.cues import Cue
from analyst.rulebased.query.defaults import is_money, speaking_measure
from analyst.rulebased.query.model import (
    NOWHERE,
    Aggregate,
    At,
    Condition,
    Days,
    During,
    Measure,
    Members,
    Ratio,
    Value,
)
from analyst.rulebased.query.roles import Named, Roles
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.vocabulary import EVENTS, GRAMMAR, IDLE, LEADS, RATIOS, SPENDING

_TOLD: tuple[Aggregate, ...] = ("sum", "mean", "median", "min", "max", "std", "variance", "mode")
_RATIOS = frozenset(
    "rate ratio pct percent percentage share proportion fraction index nps score margin yield ctr roi density".split()
)
_SINGLE_PRICE = frozenset("unit per each list average avg".split())
_UNITS = frozenset("day week month quarter year".split())
_SOLD = frozenset("sold sell sells bought purchased ordered shipped delivered".split())
_MONEY = frozenset(
    "revenue sale turnover earning taking take money income cash spend spent earn bring worth cost".split()
)
YES = ("yes",)


@dataclass
class Values:
    """The values of a question in its order; `conditions`: those that went into a rate and pick no rows any more."""

    found: list[tuple[int, Value]] = field(default_factory=list)
    spent: list[Condition] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    flags: list[Named] = field(default_factory=list)

    @property
    def values(self) -> tuple[Value, ...]:
        """In the question's order, each once."""
        ordered = [value for _, value in sorted(self.found, key=lambda pair: pair[0])]
        seen: dict[tuple[object, ...], Value] = {}
        for value in ordered:
            seen.setdefault(_identity(value), value)
        return tuple(seen.values())[:6]


def _identity(value: Value) -> tuple[object, ...]:
    if isinstance(value, Ratio):
        return ("ratio", _identity(value.top), _identity(value.bottom))
    return (
        value.aggregate,
        value.column and value.column.name,
        value.level,
        value.minus and value.minus.name,
        value.condition,
    )


def find_values(scene: Scene, roles: Roles, rows: Rows) -> Values:
    """What the question wants computed; nothing when it names no number, no count and no rate."""
    made = Values()
    paired = _named_ratio(scene, roles, made) or _paired(scene, roles, made) or _per_thing(scene, roles, made)
    if not paired:
        _measured(scene, roles, made)
    if scene.has("rate", "share") and not paired:
        _rated(scene, roles, rows, made)
    if not paired and scene.has("count", "popular") or (scene.has("much") and not made.found):
        _counted(scene, roles, rows, made)
    if not made.found and roles.flags and scene.has("more", "relate", "difference"):
        _hinted(scene, roles, rows, made)
    _flagged(scene, roles, rows, made)
    text = _text_asked(scene, roles)
    if text is not None and not made.found:
        made.refused.append(f"{spoken(text.column)} does not hold plain numbers, so it can't be added up or averaged.")
    elif not made.found:
        _hinted(scene, roles, rows, made)
    return made


def _text_asked(scene: Scene, roles: Roles) -> Named | None:
    """A column of text that the question wants added up or averaged."""
    every = [*roles.entities, *roles.asked, *roles.keys, *roles.times, *roles.flags]
    kinds = ("sum", "mean", "median", "std", "variance", "quantile")
    for named in every:
        cue = scene.before(named.first, *kinds, past=1)
        if cue is not None and not is_number(named.column) and not yes_no(named.column):
            if (
                not any(i in scene.at("count", "popular") for i in range(cue.first, named.first))
                and named.lead not in LEADS
            ):
                return named
    return None


def rate_of(flag: Named) -> Measure:
    """The share of rows in which a yes/no column says yes (no, where it is negated)."""
    return Measure("rate", flag.column, flag.at | flag.negated, condition=Members(flag.column, YES, bool(flag.negated)))


def usual(column: ColumnCard, at: At = NOWHERE) -> Measure:
    """The column, aggregated as it is when nobody says how."""
    if column.adds == "last":
        return Measure("sum", column, at, last=True)
    return Measure("sum" if adds_up(column) else "mean", column, at)


def never_adds(column: ColumnCard) -> bool:
    """Whether a sum of the column says nothing: rates, ratios, prices of one, scores."""
    words = meanings(column.name)
    named = bool(words & _RATIOS) or ("price" in words and bool(words & _SINGLE_PRICE))
    return (
        column.adds == "never" or column.ratio_of is not None or (column.adds is None and named and not adds_up(column))
    )


# --- numbers, aggregated -------------------------------------------------------------------------------------------


def _measured(scene: Scene, roles: Roles, made: Values) -> None:
    for place, named in enumerate(roles.measures[:5]):
        previous = roles.measures[place - 1].end if place else 0
        for measure in _aggregates(scene, named, previous, roles):
            made.found.append((named.first, _lawful(scene, measure, named, made)))


def _aggregates(scene: Scene, named: Named, previous: int, roles: Roles) -> list[Measure]:
    """A number aggregated as the words before it say, else as they say anywhere, else as is usual."""
    near = [c for c in scene.all(*_TOLD) if previous <= c.first and c.end <= named.first and named.first - c.end <= 4]
    told = near or (
        [c for c in scene.all(*_TOLD) if _is_free(c.first, roles)] if not _own_cues(scene, roles, named) else []
    )
    out = [Measure(c.kind, named.column, named.at | c.at) for c in _apart(told)]  # type: ignore[arg-type]
    for cue in scene.all("quantile"):
        level = _level(scene, cue)
        if level is not None:
            out.append(Measure("quantile", named.column, named.at | cue.at, level=level / 100))
    if scene.has("quartiles"):
        out += [Measure("quantile", named.column, named.at | scene.at("quartiles"), level=q) for q in (0.25, 0.5, 0.75)]
    if out:
        return out
    ends = scene.at("extreme_both")
    if ends:
        return [Measure(kind, named.column, named.at | ends) for kind in ("min", "max")]
    return [_extreme(scene, named, roles) or usual(named.column, named.at | scene.at("much", "overall"))]


def _level(scene: Scene, cue: Cue) -> float | None:
    """The quantile of `90th percentile`, `p95`, in percent."""
    found = re.search(r"\d+(?:\.\d+)?", " ".join(scene.linked.tokens[at].raw for at in sorted(cue.at)))
    return float(found[0]) if found and 0 < float(found[0]) < 100 else None


def _apart(cues: list[Cue]) -> list[Cue]:
    """Cues of different kinds, each kind once."""
    return list({cue.kind: cue for cue in cues}.values())


def _is_free(at: int, roles: Roles) -> bool:
    """Whether an aggregating word belongs to no other number more closely."""
    return not any(0 <= named.first - at <= 2 for named in roles.measures)


def _own_cues(scene: Scene, roles: Roles, named: Named) -> bool:
    """Whether the aggregating words of the question all belong to other numbers."""
    return (
        len(roles.measures) > 1
        and any(
            other is not named and any(0 <= other.first - c.end <= 2 for c in scene.all(*_TOLD))
            for other in roles.measures
        )
        and named is not roles.measures[0]
    )


def _extreme(scene: Scene, named: Named, roles: Roles) -> Measure | None:
    """`highest price`, `longest wait`: a superlative right before a number, where no groups are ranked."""
    if scene.superlative is None:
        return None
    at, direction = scene.superlative
    near = 0 <= named.first - at - 1 <= 2 or (scene.linked.word(at - 1) in ("the", "is", "are") and at > named.first)
    ranked = bool(roles.asked or roles.entities) or bool(scene.linked.parts) or scene.counted
    each = roles.keys and at < named.first and not roles.asked and scene.linked.word(at) not in ("top", "best", "most")
    if not near or (ranked and not each):
        return None
    return Measure("max" if direction == "highest" else "min", named.column, named.at | {at})


def _lawful(scene: Scene, measure: Measure, named: Named, made: Values) -> Value:
    """The measure, unless it says nothing: then what is computed in its place, and why."""
    column = measure.column
    if column is None or measure.aggregate not in ("sum", "mean"):
        return measure
    name = spoken(column)
    if measure.aggregate == "sum" and column.role == "identifier":
        made.refused.append(f"{name} only tells rows apart, so adding it up says nothing: rows are counted instead.")
        return replace(measure, aggregate="count", column=None)
    if measure.aggregate == "sum" and never_adds(column):
        made.refused.append(f"{name} can't be added up, so its average is shown.")
        measure = replace(measure, aggregate="mean")
    if measure.aggregate == "sum" and column.adds == "last" and not measure.last:
        made.said.append(f"{name} is a level, not a flow: of each group its last moment counts.")
        return replace(measure, last=True)
    return _weighted(scene, measure, made) if measure.aggregate == "mean" and never_adds(column) else measure


def _weighted(scene: Scene, measure: Measure, made: Values) -> Value:
    """The mean of a ratio or price: weighted by what the table gives, else plain, which is said."""
    column = measure.column
    every = {c.name: c for c in scene.card.columns}
    if column is None:
        return measure
    if column.ratio_of and all(name in every for name in column.ratio_of) and len(column.ratio_of) == 2:
        top, bottom = (every[name] for name in column.ratio_of)
        made.said.append(f"{spoken(column)} is taken over all rows together, as {spoken(top)} by {spoken(bottom)}.")
        return Ratio(Measure("sum", top), Measure("sum", bottom), measure.at, column.name)
    if column.weight in every:
        made.said.append(f"The average of {spoken(column)} is weighted by {spoken(every[str(column.weight)])}.")
        return replace(measure, weight=every[str(column.weight)])
    if scene.has("overall", "sum"):
        made.refused.append(
            f"The average of {spoken(column)} counts every row alike: the table does not say how to weight it."
        )
    return measure


# --- two numbers ---------------------------------------------------------------------------------------------------


def _paired(scene: Scene, roles: Roles, made: Values) -> bool:
    """Two numbers divided by or subtracted from each other."""
    unit = _per_unit(scene)
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
            told = (minus or gap).at | scene.at("mean", "difference")  # type: ignore[union-attr]
            kind: Aggregate = "sum" if scene.has("sum", "net") else "mean"
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


def _per_thing(scene: Scene, roles: Roles, made: Values) -> bool:
    """`revenue per customer`, `how many loans does a member have on average`: a total by how many things there are."""
    per = next((n for n in roles.keys if n.lead == "per" and _is_thing(scene, n.column)), None)
    if per is not None and len(roles.measures) == 1 and not (scene.direction and scene.counted):
        top = roles.measures[0]
        at = top.at | per.at | scene.at("mean", "sum")
        roles.keys.remove(per)
        bottom = Measure("count") if is_key(per.column, scene.card.rows) else Measure("distinct", per.column)
        made.found.append((top.first, Ratio(Measure("sum", top.column), bottom, at)))
        made.said.append(
            f"This is the total by the number of different {spoken(per.column)}; it could also be asked for each one."
        )
        return True
    entity = next(
        (
            n
            for n in roles.entities
            if _is_thing(scene, n.column) and scene.linked.word(n.first - 1) in ("a", "each", "per")
        ),
        None,
    )
    if entity is not None and scene.has("count") and scene.has("mean") and not roles.measures:
        at = (
            scene.at("count", "mean")
            | entity.at
            | scene.linked.rows
            | frozenset(i for n in roles.subjects for i in n.at)
        )
        made.found.append((entity.first, Ratio(Measure("count"), Measure("distinct", entity.column), at)))
        return True
    return _part_of_sibling(scene, roles, made)


def _is_thing(scene: Scene, column: ColumnCard) -> bool:
    """Whether a column names things that there are many of: customers, rather than branches."""
    many = (column.distinct or 0) > max(40, scene.card.rows // 20)
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


def _per_unit(scene: Scene) -> Named | None:
    """`cost per km`: the one number column that is counted in a unit after "per"."""
    for cue in scene.all("by"):
        place = cue.end + (scene.linked.tokens[cue.end].number is not None if cue.end < len(scene.linked.tokens) else 0)
        word = scene.linked.word(place)
        taken = any(m.start <= place < m.end for m in scene.linked.mentions) or word in _UNITS
        fit = [c for c in scene.card.columns if is_measure(c) and word and word in name_words(c.name)]
        if scene.linked.word(cue.first) == "per" and not taken and len(fit) == 1:
            return Named(fit[0], cue.at | {place}, place, place + 1, "per")
    return None


def _named_ratio(scene: Scene, roles: Roles, made: Values) -> bool:
    """`profit margin`, `click-through rate`: a ratio with a name, where the table has its two columns and not itself."""
    for at, (_, above, below) in enumerate(RATIOS):
        cue = next(iter(scene.all(f"ratio {at}")), None)
        top, bottom = _of_words(scene, above), _of_words(scene, below)
        if cue is None or top is None or bottom is None or top is bottom:
            continue
        named = [m for m in (*roles.measures, *roles.below) if m.column in (top, bottom)]
        places = cue.at.union(*(m.at for m in named)) | scene.at("mean", "divided", "rate")
        name = "_".join(scene.linked.word(place) for place in sorted(cue.at))
        made.found.append((cue.first, Ratio(Measure("sum", top), Measure("sum", bottom), places, name)))
        made.said.append(f"This is {spoken(top)} by {spoken(bottom)}.")
        return True
    return False


def _of_words(scene: Scene, words: str) -> ColumnCard | None:
    """The number column that a word of `words` names, the first word first; what is per one of something is out."""
    for word in words.split():
        for column in scene.card.columns:
            told = meanings(column.name)
            if (
                is_measure(column)
                and word in told
                and not told & _SINGLE_PRICE
                and not told & {"rate", "margin", "pct"}
            ):
                return column
    return None


# --- rates ---------------------------------------------------------------------------------------------------------


def _rated(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """The share of rows that say yes, or that meet the condition asked about."""
    cues = scene.at("rate", "share")
    first = min(cues)
    if roles.flags:
        flag = _rated_flag(roles, first)
        if not (roles.measures and scene.has("share")):
            made.found.append((first, replace(rate_of(flag), at=rate_of(flag).at | cues)))
            made.flags.append(flag)
            return
    positive = [c for c in rows.conditions if isinstance(c, (Members,)) or c.at]
    positive = [c for c in positive if not _is_period(c)]
    if (
        roles.measures
        or not positive
        or (rows.compared is not None and rows.compared in positive and len(positive) == 1)
    ):
        return
    beside = [c for c in positive if c.at and 0 <= first - max(c.at) <= 2]
    chosen = (beside or sorted(positive, key=lambda c: min(c.at, default=0)))[-1 if not beside else 0]
    made.found.append((first, Measure("rate", chosen.column, chosen.at | cues, condition=chosen)))
    made.spent.append(chosen)


def _is_period(condition: Condition) -> bool:
    return isinstance(condition, (During, Days))


def _rated_flag(roles: Roles, first: int) -> Named:
    """The yes/no column beside the word "rate"; else the one after it, else the last."""
    near = [f for f in roles.flags if 0 <= first - f.end <= 1]
    return (near or roles.flags[-1:])[0]


# --- counts --------------------------------------------------------------------------------------------------------


def _counted(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """What "how many" and "number of" count: rows, different values, or the sum of a column of counts."""
    cue = next(iter(scene.all("count", "popular", "much")))
    if cue.kind == "much":
        return
    if cue.kind == "popular":
        made.found.append((cue.first, Measure("count", at=cue.at)))
        return
    apart = [c for c in scene.all("distinct") if cue.end <= c.first + 1 and c.first - cue.end <= 1]
    at = cue.at | (apart[0].at if apart else NOWHERE)
    place = apart[0].end if apart else cue.end
    named = _noun(scene, roles, rows, place)
    if named is None:
        unit = scene.linked.tokens[place].stem if place < len(scene.linked.tokens) else ""
        if unit in _UNITS and scene.time is not None:
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
    near = [n for n in every if 0 <= n.first - place <= 3]
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


def _count_of(scene: Scene, roles: Roles, named: Named, at: At, apart: bool, made: Values) -> Measure:
    column, at = named.column, at | named.at
    word = scene.linked.word(named.end - 1)
    if is_measure(column) and not yes_no(column) and named in roles.measures:
        made.found[:] = [pair for pair in made.found if isinstance(pair[1], Ratio) or pair[1].column is not column]
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


def _counts(column: ColumnCard) -> bool:
    """Whether a whole number column without a telling name may well be a count of things."""
    whole = "INT" in column.type.upper() and isinstance(column.min, (int, float)) and column.min >= 0
    return whole and not never_adds(column)


def _sold(scene: Scene, at: At, nouns: At, column: ColumnCard | None = None) -> Measure | None:
    """`how many desks were sold`: the units of them, where the table counts units."""
    units = [c for c in scene.card.columns if is_measure(c) and "quantity" in meanings(c.name)]
    sold = frozenset(i for i, token in enumerate(scene.linked.tokens) if token.word in _SOLD)
    if (
        not units
        or not sold
        or (column is not None and not {"product", "item", "article", "good"} & meanings(column.name))
    ):
        return None
    if column is None and nouns:
        return None
    return Measure("sum", units[0], at | sold)


# --- yes/no columns and hints --------------------------------------------------------------------------------------


def _flagged(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """Yes/no columns that were not rated: they pick rows, or are what is counted (`alarms by machine`)."""
    for flag in roles.flags:
        if flag in made.flags:
            continue
        grouped = bool(roles.keys or roles.asked or roles.entities or scene.linked.parts or rows.compared)
        picks = _picks_rows(scene, flag, roles)
        if made.found or picks or not (grouped or scene.direction):
            alone = not made.found and not picks and not roles.measures
            made.flags.append(flag)
            if alone and not scene.has("count"):
                made.found.append((flag.first, rate_of(flag)))
            else:
                rows.conditions.append(Members(flag.column, YES, bool(flag.negated), flag.at | flag.negated))
            continue
        made.flags.append(flag)
        yes = Members(flag.column, YES, bool(flag.negated), flag.at | flag.negated)
        if _is_plural(scene, flag) or scene.direction:
            made.found.append((flag.first, Measure("count", at=flag.at, condition=yes, noun=flag.column.name)))
        made.found.append((flag.first, rate_of(flag)))


def _is_plural(scene: Scene, flag: Named) -> bool:
    token = scene.linked.tokens[flag.end - 1]
    return token.word != token.stem


def _picks_rows(scene: Scene, flag: Named, roles: Roles) -> bool:
    """Whether a yes/no column only picks rows: `late trips excluding West`, `employees who left`."""
    rows = scene.linked.rows
    led = scene.linked.word(flag.first - 1) in (
        "who",
        "that",
        "were",
        "was",
        "are",
        "with",
        "not",
        "without",
        "have",
        "had",
    )
    nouns = [n.first for n in (*roles.entities, *roles.subjects)]
    return flag.end in rows or (any(noun < flag.first for noun in rows) and led) or flag.end in nouns


def _hinted(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """A measure that a word hints at without naming it: `cheapest`, `how much`, `spend`."""
    used = {c.column.name for c in rows.conditions} | {n.column.name for n in roles.keys}
    numbers = [c for c in scene.card.columns if is_measure(c) and not yes_no(c) and c.name not in used]
    taken = rows.places | {i for n in roles.groups for i in n.at}
    for at, token in enumerate(scene.linked.tokens):
        hints = [] if at in taken or at in scene.linked.rows else HINTED.get(token.word, "").split()
        for hint in hints:
            fit = [c for c in numbers if not synonyms(hint).isdisjoint(meanings(c.name)) and not _is_priced(hint, c)]
            if fit:
                named = [c for c in fit if any(alike(token.stem, token.word, word) for word in name_words(c.name))]
                _take_hint(scene, (named or fit)[0], at, roles, made)
                return
    money = speaking_measure(scene.card)
    said = next((i for i, t in enumerate(scene.linked.tokens) if t.stem in _MONEY and i not in taken), None)
    if money is not None and is_money(money) and said is not None:
        _take_hint(scene, money, said, roles, made)
        return
    only = [c for c in numbers if c.role == "measure"]
    told = scene.all(*_TOLD, "quantile", "much")
    meant = (
        only[0]
        if len(only) == 1
        else money
        if money is not None and is_money(money) and not _other_noun(scene, rows)
        else None
    )
    if told and meant is not None and is_number(meant) and not scene.has("count"):
        _take_hint(scene, meant, told[0].end, roles, made, scene.at("value"))
        made.said.append(f"I read this as {spoken(meant)}.")
    elif money is not None and is_money(money) and (_ranks_by_money(scene, roles) or scene.has("value")):
        at = min(scene.at("value"), default=scene.superlative[0] if scene.superlative else 0)
        _take_hint(scene, money, at, roles, made, scene.at("value") | {at})


def _other_noun(scene: Scene, rows: Rows) -> bool:
    """Whether a noun that the table does not know stands beside the aggregating word: then no other number is meant."""
    known = rows.places | {i for m in scene.linked.mentions for i in range(m.start, m.end)} | scene.linked.rows
    known |= {i for v in scene.linked.values for i in range(v.start, v.end)}
    for cue in scene.all(*_TOLD, "quantile", "much"):
        for at in range(cue.end, min(cue.end + 2, len(scene.linked.tokens))):
            word = scene.linked.word(at)
            if at not in known and word not in GRAMMAR | IDLE | SPENDING | EVENTS and not word[:1].isdigit():
                return True
            if word in ("by", "per", "in", "for"):
                break
    return False


def _is_priced(hint: str, column: ColumnCard) -> bool:
    return hint == "quantity" and not {"price", "cost", "amount"}.isdisjoint(meanings(column.name))


def _take_hint(
    scene: Scene, column: ColumnCard, at: int, roles: Roles, made: Values, places: At | None = None
) -> None:
    named = Named(column, frozenset([at]) if places is None else places, at, at + 1)
    roles.measures.append(named)
    word = scene.linked.word(at)
    superlative = word in HIGHEST | LOWEST
    if superlative and not (roles.asked or roles.entities or roles.keys or scene.counted):
        kind: Aggregate = "min" if scene.direction == "lowest" else "max"
        made.found.append((at, Measure(kind, column, named.at)))
        return
    for measure in _aggregates(scene, named, 0, roles):
        made.found.append((at, _lawful(scene, measure, named, made)))


def _ranks_by_money(scene: Scene, roles: Roles) -> bool:
    """`top 10 customers`: ranked by the money that they bring, when nothing else is said."""
    return (
        scene.direction is not None
        and bool(roles.asked or roles.entities)
        and not scene.has("count", "popular", "rate")
    )
