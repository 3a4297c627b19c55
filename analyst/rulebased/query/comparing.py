"""Questions that set columns against each other: correlations, outcomes by group, drivers, both and never."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import is_key, is_measure, is_number, is_time, yes_no
from analyst.rulebased.query.computed import rate_of, usual
from analyst.rulebased.query.model import (
    NOWHERE,
    At,
    Bounds,
    Condition,
    During,
    Key,
    Measure,
    Members,
    Query,
    Ratio,
    Test,
    Value,
    places,
)
from analyst.rulebased.query.roles import Named
from analyst.rulebased.query.slots import Slots, features_of

_COMPARED = ("relate", "difference", "more", "significant", "than", "versus")
_CUES = (*_COMPARED, "rest", "those", "drivers", "between", "list", "by")
_CAUSING = frozenset(
    "affect affects influence influences lead leads make makes drive drives impact impacts cause causes help helps "
    "reduce increase boost hurt raise improve effect matter".split()
)
_MOST_LEVELS = 40


def correlate(slots: Slots) -> Query | None:
    """How numbers go together."""
    scene = slots.scene
    numbers = slots.numbers
    others = [n for n in (*slots.roles.flags, *slots.roles.entities, *slots.roles.keys) if n not in numbers]
    words = {t.word for t in scene.linked.tokens}
    kind = "spearman" if "spearman" in words else "kendall" if "kendall" in words else "pearson"
    told = scene.linked.words_at(("spearman", "kendall", "pearson", "everything", "others"))
    at = told | places(numbers) | scene.at("relate", "between", "much")
    if len(numbers) >= 2:
        related = _correlation(slots, numbers, kind, ("correlate", "by"), at)
        return replace(related, keys=tuple(n.key for n in slots.roles.keys[:1]))
    if others:
        return compare(slots)
    wide = tuple(c for c in scene.card.columns if is_measure(c))[:30]
    if len(wide) < 2:
        return None
    target = numbers[0].column if numbers else None
    columns = tuple(c for c in wide if c is not target)
    options = {"kind": "pearson"} if target is None else {"target": target.name}
    return slots.query("test", "correlate", "list", columns=columns, test=Test("correlation", columns, options), at=at)


def _correlation(slots: Slots, numbers: list[Named], kind: str, cues: tuple[str, ...], at: At) -> Query:
    columns = tuple(n.column for n in numbers[:6])
    return slots.query("test", *cues, columns=columns, test=Test("correlation", columns, {"kind": kind}), at=at)


def compare(slots: Slots) -> Query | None:
    """An outcome by groups: the right way round, with both sides and a test."""
    scene = slots.scene
    if slots.rows.halves is not None or (slots.conditions and (_names_rest(slots) or _is_more_of_some(slots))):
        against = _against_the_rest(slots)
        if against is not None:
            return against
    caused = scene.has("drivers") and scene.linked.word(0) in ("do", "does", "did")
    if not (scene.has("relate", "difference", "significant", "versus") or _is_more(slots) or caused):
        return None
    if any(isinstance(v, Ratio) or v.minus is not None for v in slots.values):
        return None
    numbers, others = slots.numbers, _others(slots)
    related = scene.has("relate", "versus", "more") or scene.linked.word(0) in ("do", "does", "did")
    if len(numbers) >= 2 and not others and related:
        return _correlation(slots, numbers, "pearson", _CUES, places(numbers))
    if numbers and others:
        return _mean_by_group(slots, numbers[0], others)
    if len(others) >= 2:
        return _outcome_by_group(slots, others)
    return None


def _names_rest(slots: Slots) -> bool:
    """Whether some rows are compared with all others: "the rest", or "those who" and no value that says which."""
    scene = slots.scene
    named = {value.start for value in scene.linked.values}
    apart = [cue for cue in scene.all("those") if named.isdisjoint(range(cue.end, cue.end + 3))]
    return scene.has("rest") or (bool(apart) and scene.has(*_COMPARED))


def _is_more(slots: Slots) -> bool:
    """Whether a comparative compares groups, and does not belong to a bound."""
    bounds = {i for b in slots.scene.linked.bounds for i in range(b.start, b.end)}
    bounds |= {i for c in slots.conditions for i in c.at}
    return any(bounds.isdisjoint(cue.at) for cue in slots.scene.all("more"))


def _is_more_of_some(slots: Slots) -> bool:
    """Whether a comparative is said of some rows alone: "do members churn less" means less than the rest."""
    flags = {n.column.name for n in slots.roles.flags}
    groups = [n for n in _others(slots) if n.column.name not in flags]
    members = all(isinstance(c, (Members, Bounds)) for c in slots.conditions if not isinstance(c, During))
    values = {v.start for v in slots.scene.linked.values}
    led = slots.scene.has("than", "versus") or any(cue.end not in values for cue in slots.scene.all("by"))
    return _is_more(slots) and members and not groups and not led


def _others(slots: Slots) -> list[Named]:
    """The columns named that make groups, in the question's order."""
    named = [*slots.roles.flags, *slots.roles.keys, *slots.roles.asked, *slots.roles.entities]
    fit = [n for n in named if not is_time(n.column) and not is_key(n.column, slots.scene.card.rows)]
    compared = slots.rows.compared
    if compared is not None and compared.column not in [n.column for n in fit]:
        first = min(compared.at)
        fit.append(Named(compared.column, compared.at, first, max(compared.at) + 1))
    unique = {n.column.name: n for n in sorted(fit, key=lambda n: n.first)}
    return list(unique.values())


def _of_rows(slots: Slots, *spent: ColumnCard) -> tuple[Condition, ...]:
    """The conditions that still pick rows when `spent` columns are grouped by or rated."""
    flags = {n.column.name for n in slots.roles.flags} & {c.name for c in spent}
    return tuple(c for c in slots.conditions if c.column.name not in flags)


def _mean_by_group(slots: Slots, number: Named, others: list[Named]) -> Query | None:
    flags = [n for n in others if yes_no(n.column)]
    groups = [n for n in others if n.column is not number.column]
    fit = [n for n in groups if _groups(n.column)]
    if not fit:
        return None
    group = next((n for n in fit if n in slots.roles.keys), (flags or fit)[0] if not slots.rows.compared else fit[-1])
    told = [v for v in slots.values if isinstance(v, Measure) and v.column is number.column]
    beside = [v for v in slots.values if v.column is not number.column] if len(slots.numbers) > 1 else []
    value = told[0] if told else usual(number.column, number.at)
    paired = slots.scene.has("relate", "difference", "more", "significant")
    if value.aggregate == "sum" and paired and not slots.scene.has("sum"):
        value = replace(value, aggregate="mean")
    keys = (group.key, *(slots.part_keys if slots.scene.has("by") else ()))[:2]
    at = slots.scene.at("mean", "median") | slots.ordered_at | slots.subjects_at
    at = at.union(*(n.negated for n in flags))
    return slots.query(
        "aggregate", *_CUES, values=(value, *beside), keys=keys, conditions=_of_rows(slots, group.column),
        order=slots.direction, at=at,
    )  # fmt: skip


def _groups(column: ColumnCard) -> bool:
    return (
        yes_no(column) or ((column.distinct or 99) <= _MOST_LEVELS and column.role != "identifier") or is_number(column)
    )


def _outcome_by_group(slots: Slots, others: list[Named]) -> Query | None:
    """The rate of an outcome by another column; two columns of categories are counted against each other."""
    rated = [n for n in others if yes_no(n.column)]
    if not rated:
        keys = tuple(n.key for n in others[:2])
        pair = tuple(key.column for key in keys)
        test = Test("chi_square", pair)
        return slots.query("test", *_CUES, columns=pair, keys=keys, test=test) if all(map(_groups, pair)) else None
    outcome = rated[0]
    if len(rated) > 1 and (_causes(slots, rated[0], rated[-1]) or _is_last_outcome(slots, rated)):
        outcome = rated[-1]
    group = next(n for n in others if n is not outcome)
    rate = replace(rate_of(replace(outcome, negated=NOWHERE)), at=outcome.at)
    at = slots.scene.at("rate") | slots.ordered_at | slots.subjects_at
    return slots.query(
        "aggregate", *_CUES, values=(rate,), keys=(group.key,),
        conditions=_of_rows(slots, group.column, outcome.column), order=slots.direction, limit=slots.limit, at=at,
    )  # fmt: skip


def _is_last_outcome(slots: Slots, rated: list[Named]) -> bool:
    """`do people who work overtime quit more`: what stands before "more" is the outcome."""
    more = slots.scene.all("more")
    return bool(more) and not slots.scene.has("relate") and rated[-1].end <= more[-1].first


def _causes(slots: Slots, one: Named, other: Named) -> bool:
    """Whether the words between say that the first does something to the other."""
    return any(slots.scene.linked.word(at) in _CAUSING for at in range(one.end, other.first))


def _against_the_rest(slots: Slots) -> Query | None:
    """`do fiber customers with electronic check churn more than everyone else`: those who meet the conditions and all
    others, or those of another range: `members under 30 against those over 50`."""
    flags = {n.column.name for n in slots.roles.flags}
    halves = slots.rows.halves
    rows = tuple(c for c in slots.conditions if c.column.name not in flags)
    among = tuple(c for c in rows if not isinstance(c, During))
    value = _compared_value(slots)
    if value is None or not among:
        return None
    key = halves or Key(among[0].column, at=places(among), among=among)
    rest = rows if halves else tuple(c for c in slots.conditions if isinstance(c, During))
    kinds = (*_CUES, "mean", "median", "count", "rate")
    return slots.query("aggregate", *kinds, values=(value,), keys=(key,), conditions=rest)


def _compared_value(slots: Slots) -> Value | None:
    """What two sets of rows are compared by: the rate of an outcome, a number's average, or what is asked for."""
    outcome = next(iter(slots.roles.flags), None)
    if outcome is not None:
        return rate_of(replace(outcome, negated=NOWHERE))
    told = next(iter(slots.values), None)
    if slots.numbers and not slots.scene.has("sum", "median"):
        return Measure("mean", slots.numbers[0].column, slots.numbers[0].at)
    if told is not None or slots.rows.halves is None:
        return told
    return Measure("count", at=slots.scene.linked.rows | slots.subjects_at)


def drivers(slots: Slots) -> Query | None:
    """Which columns go with an outcome, and how strongly."""
    if (slots.direction and (slots.roles.asked or slots.part_keys)) or (slots.roles.keys and slots.values):
        return None
    target = _target(slots)
    if target is None:
        return None
    column, at = target
    conditions = tuple(c for c in slots.conditions if c.column is not column)
    features = features_of(slots.scene.card, column)
    if not features:
        return None
    at |= frozenset([slots.scene.superlative[0]]) if slots.scene.superlative else NOWHERE
    kinds = ("drivers", "relate", "much", "difference", "correlate", "rate")
    return slots.query("drivers", *kinds, columns=(column, *features), conditions=conditions, at=at)


def _target(slots: Slots) -> tuple[ColumnCard, frozenset[int]] | None:
    for named in (*slots.roles.flags, *slots.numbers, *slots.roles.asked, *slots.roles.entities):
        if named.column.role in ("dimension", "target", "measure") or yes_no(named.column):
            return named.column, named.at
    valued = [c for c in slots.conditions if isinstance(c, Members)]
    return (valued[0].column, valued[0].at) if valued else None


def both(slots: Slots) -> Query | None:
    """`how many customers bought both desks and chairs`: those with rows of every value named."""
    compared = slots.rows.compared
    lead = slots.values[0] if slots.values else None
    if compared is None or not isinstance(lead, Measure) or lead.aggregate != "distinct" or lead.column is None:
        return None
    rest = tuple(c for c in slots.conditions if c is not compared)
    key = Key(compared.column, at=compared.at, among=(compared,))
    return slots.query("both", "both", "count", values=(lead,), keys=(key,), conditions=rest)
