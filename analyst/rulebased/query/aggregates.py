"""Numbers aggregated as the question says: averages, totals, extremes, quantiles; sums that say nothing are refused."""

from __future__ import annotations

import re
from dataclasses import replace

from analyst.rulebased.link.columns import adds_up, spoken
from analyst.rulebased.query.computed import TOLD, Values, is_price, never_adds, usual
from analyst.rulebased.query.cues import Cue
from analyst.rulebased.query.model import Measure, Ratio, Value
from analyst.rulebased.query.roles import Named, Roles
from analyst.rulebased.query.scene import Scene


def measured(scene: Scene, roles: Roles, made: Values) -> None:
    for place, named in enumerate(roles.measures[:5]):
        previous = roles.measures[place - 1].end if place else 0
        for measure in aggregates(scene, named, previous, roles):
            made.found.append((named.first, lawful(scene, measure, made)))


def aggregates(scene: Scene, named: Named, previous: int, roles: Roles) -> list[Measure]:
    """A number aggregated as the words before it say, else as they say anywhere, else as is usual."""
    near = [c for c in scene.all(*TOLD) if previous <= c.first and c.end <= named.first and named.first - c.end <= 4]
    told = near or (
        [c for c in scene.all(*TOLD) if _is_free(c.first, roles)] if not _own_cues(scene, roles, named) else []
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
            other is not named and any(0 <= other.first - c.end <= 2 for c in scene.all(*TOLD))
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
    if not near or ((ranked or (roles.keys and adds_up(named.column))) and not each):
        return None
    return Measure("max" if direction == "highest" else "min", named.column, named.at | {at})


def lawful(scene: Scene, measure: Measure, made: Values) -> Value:
    """The measure, unless it says nothing: then what is computed in its place, and why."""
    column = measure.column
    if column is None or measure.aggregate not in ("sum", "mean"):
        return measure
    name = spoken(column)
    if measure.aggregate == "sum" and column.role == "identifier":
        made.refused.append(f"{name} only tells rows apart, so adding it up says nothing: rows are counted instead.")
        return replace(measure, aggregate="count", column=None)
    if measure.aggregate == "sum" and is_price(column):
        made.said.append(f"{name} is added up over its rows; if it is the price of one piece, its average says more.")
        return measure
    if measure.aggregate == "sum" and never_adds(column):
        made.refused.append(f"{name} can't be added up, so its average is shown.")
        measure = replace(measure, aggregate="mean")
    if column.per is not None:
        rows = "a sum of rows" if measure.aggregate == "sum" else "an average of rows"
        made.refused.append(f"{name} stands on every row of its {column.per}: {rows} counts it several times.")
    if measure.aggregate == "sum" and column.adds == "distinct":
        made.said.append(f"Rows of {name} may count the same ones, so the sum is the most that there can be.")
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
    if column.ratio_of and all(name in every for name in column.ratio_of) and len(column.ratio_of) > 1:
        top, bottom, *more = (every[name] for name in column.ratio_of)
        below = " and ".join(spoken(part) for part in (bottom, *more))
        made.said.append(f"{spoken(column)} is taken over all rows together, as {spoken(top)} by {below}.")
        return Ratio(Measure("sum", top), Measure("sum", bottom, plus=tuple(more)), measure.at, column.name)
    if column.weight in every:
        made.said.append(f"The average of {spoken(column)} is weighted by {spoken(every[str(column.weight)])}.")
        return replace(measure, weight=every[str(column.weight)])
    if scene.has("overall", "sum"):
        made.refused.append(
            f"The average of {spoken(column)} counts every row alike: the table does not say how to weight it."
        )
    return measure
