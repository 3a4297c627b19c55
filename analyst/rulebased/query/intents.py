"""What kinds of questions there are: a table of intents, each with the cues that ask for it and what fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from analyst.rulebased.link.columns import adds_up, holds_years, is_number, is_time, names_deals, spoken
from analyst.rulebased.link.linking import is_panel, span_of
from analyst.rulebased.link.units import PERIODS
from analyst.rulebased.query.changes import change, stepwise, trend
from analyst.rulebased.query.comparing import both, compare, correlate, drivers
from analyst.rulebased.query.computed import usual
from analyst.rulebased.query.judging import losing, seasons, worrying
from analyst.rulebased.query.model import NOWHERE, Key, Measure, Query, Test, Value, Window, places
from analyst.rulebased.query.ranking import JUDGING, extreme, first_of_groups, listing, moment
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.sharing import share
from analyst.rulebased.query.slots import Slots, fill

Fill = Callable[[Slots], "Query | None"]
_MOST_TESTED = 30


@dataclass(frozen=True)
class Intent:
    """A kind of question: it is tried when one of its `cues` is there (or always, without any); `fill` gives None when
    the slots do not make such a question."""

    name: str
    fill: Fill
    cues: tuple[str, ...] = ()


def read_query(scene: Scene) -> Query:
    """What the question asks."""
    slots = fill(scene)
    for intent in INTENTS:
        if not intent.cues or scene.has(*intent.cues):
            query = intent.fill(slots)
            if query is not None:
                return _together(query, slots)
    return overview(slots)


def _together(query: Query, slots: Slots) -> Query:
    """The query, which says where periods that are to be compared are taken as one."""
    dated = any(key.unit for key in query.keys) or query.options.get("grain") or query.window or query.compared
    if dated or len(slots.periods) < 2 or not slots.scene.has("versus", "difference", "prior", "yearly"):
        return query
    told = " and ".join(period.words for period in slots.periods)
    return replace(query, refused=(*query.refused, f"{told} are taken together here, not compared."))


def quality(slots: Slots) -> Query | None:
    """What is wrong with the data."""
    if slots.values or slots.rows.having or slots.numbers or slots.roles.keys:
        return None
    return slots.query("quality", "quality", "missing", conditions=())


def forecast(slots: Slots) -> Query | None:
    """What the next periods should bring."""
    ahead = _lies_ahead(slots)
    if slots.time is None or not (slots.scene.has("forecast") or ahead):
        return None
    lead = slots.lead
    if not isinstance(lead, Measure) or lead.aggregate in ("distinct", "quantile"):
        return None
    unit, count = _horizon(slots)
    conditions = slots.undated
    at = slots.dated_at | slots.parts_at
    return slots.query(
        "forecast", "forecast", "mean", "sum", "count", values=(lead,), conditions=conditions,
        options={"grain": unit, "horizon": count}, at=at,
    )  # fmt: skip


def _lies_ahead(slots: Slots) -> bool:
    span = span_of(slots.time) if slots.time is not None else None
    return bool(span and slots.periods and slots.periods[-1].start > span.high and slots.scene.has("drivers"))


def _horizon(slots: Slots) -> tuple[str | None, int | None]:
    """The grain and the number of periods to forecast."""
    tokens = slots.scene.linked.tokens
    for cue in slots.scene.all("forecast"):
        unit = next((tokens[at].stem for at in sorted(cue.at) if tokens[at].stem in PERIODS), None)
        count = next((tokens[at].count for at in sorted(cue.at) if tokens[at].count), None)
        if unit:
            finer = {"quarter": ("month", 3), "year": ("month", 12)}.get(unit) if not count or count == 1 else None
            return finer or (unit, min(count or 1, 60))
    return slots.grain, None


def segments(slots: Slots) -> Query | None:
    """Groups of rows that are alike."""
    features = tuple(n.column for n in slots.roles.measures)
    return slots.query("segments", "segments", columns=features, at=_named(slots))


def odd(slots: Slots) -> Query | None:
    """Values or periods that stand out."""
    measure = slots.numbers[0].column if slots.numbers else slots.main
    grain = slots.grain or _period_noun(slots)
    if slots.time is not None and (grain or not slots.numbers):
        lead = slots.lead
        options = {"grain": grain}
        at = _named(slots) | frozenset(i for i, t in enumerate(slots.scene.linked.tokens) if t.stem in PERIODS)
        return slots.query("anomalies", "odd", "list", values=(lead,), options=options, at=at)
    if measure is None or not is_number(measure):
        return None
    by = tuple(n.key for n in slots.roles.keys[:1])
    return slots.query(
        "outliers", "odd", "count", "list", values=(Measure("mean", measure),), keys=by, at=_named(slots)
    )


def _period_noun(slots: Slots) -> str | None:
    """`which days had unusual downtime`, `any unusual weeks`."""
    units = [t.stem for t in slots.scene.linked.tokens if t.stem in PERIODS]
    return units[0] if units else None


def _named(slots: Slots) -> frozenset[int]:
    """The places of the measures named."""
    return places(slots.roles.measures)


def normality(slots: Slots) -> Query | None:
    """Whether numbers are normally distributed."""
    if not slots.numbers:
        return None
    columns = tuple(n.column for n in slots.numbers[:8])
    test = Test("normality_test", columns, {"test": "shapiro"})
    return slots.query("test", "normality", "distribution", columns=columns, test=test, at=_named(slots))


def described(slots: Slots) -> Query | None:
    """How the values of columns are spread."""
    keys = tuple(n.key for n in slots.roles.keys[:1])
    if slots.numbers:
        columns = tuple(n.column for n in slots.numbers[:8])
        return slots.query(
            "describe", "distribution", "shape", "mean", "median", "std", columns=columns, keys=keys, at=_named(slots)
        )
    groups = [*slots.roles.keys, *slots.roles.asked, *slots.roles.entities, *slots.roles.flags]
    if groups and slots.scene.has("distribution"):
        key = groups[0].key
        at = slots.scene.linked.rows | slots.scene.at("count")
        return slots.query("share", "distribution", values=(Measure("count", at=at),), keys=(key,))
    return None


def regression(slots: Slots) -> Query | None:
    """How a number depends on others, by least squares."""
    named = [n.column for n in slots.numbers]
    if len(named) < 2:
        return None
    first = slots.numbers[0]
    led, last = slots.scene.linked.lead(first.first), slots.scene.linked.word(slots.numbers[-1].first - 1)
    backwards = led in ("from", "using") or (last in ("predict", "predicting") and led not in ("predict", "between"))
    target = named[-1] if backwards else named[0]
    columns = (target, *(c for c in named if c is not target))
    test = Test("linear_regression", columns)
    kinds = ("regression", "drivers", "relate", "correlate")
    return slots.query("test", *kinds, columns=columns, test=test, at=_named(slots))


def cohort(slots: Slots) -> Query | None:
    """`new customers per month`, `members who borrowed for the first time`: things by their first date."""
    named = [
        n
        for n in (*slots.roles.entities, *slots.roles.keys, *slots.roles.asked, *slots.roles.subjects)
        if not is_time(n.column)
    ]
    named = [n for n in named if (n.column.distinct or 0) < slots.scene.card.rows]
    entity = max(named, key=lambda n: n.column.distinct or 0, default=None)
    if slots.time is None or entity is None:
        return None
    keys = tuple(k for k in slots.part_keys if k.unit in PERIODS)[:1]
    counted = Measure("distinct", entity.column, entity.at | slots.scene.at("count", "first"))
    return slots.query("cohort", "first", "count", values=(counted,), keys=keys)


def windowed(slots: Slots) -> Query | None:
    """A running total or a moving average."""
    if slots.time is None:
        return None
    running = slots.scene.has("running")
    tokens = slots.scene.linked.tokens
    unit = slots.grain
    size = 0
    if not running:
        cued = [tokens[at] for at in sorted(places(slots.scene.all("moving")))]
        size = next((token.count or 0 for token in cued if token.count), 3)
        unit = next((token.stem for token in cued if token.stem in PERIODS), None) or unit
    lead = slots.lead
    if isinstance(lead, Measure) and lead.aggregate == "mean" and lead.column is not None and adds_up(lead.column):
        lead = replace(lead, aggregate="sum")
    at = slots.scene.at("running", "moving") | slots.parts_at
    window = Window("running" if running else "moving", unit or "month", min(max(size, 2), 365), at)
    keys = tuple(n.key for n in slots.roles.keys[:1] if not is_time(n.column))
    return slots.query("window", "mean", "sum", "count", values=(lead,), keys=keys, window=window)


def missing(slots: Slots) -> Query | None:
    """How many values each column lacks, or one of them."""
    if slots.values or slots.conditions or slots.roles.measures:
        return None
    return slots.query("quality", "missing", "quality", "count")


def aggregated(slots: Slots) -> Query | None:
    """The value asked for: in all, by group, or for the first of a ranking."""
    values = slots.values
    if not values:
        asked = slots.conditions or slots.keys or slots.counts_events or slots.rows.having or slots.roles.entities
        if not asked:
            return None
        at = slots.scene.linked.rows | slots.events | slots.subjects_at
        values = (_counted(slots, at),)
    keys = slots.keys
    order = slots.direction if keys else None
    at = slots.ordered_at if order else NOWHERE
    if order and not slots.values:
        at -= slots.scene.linked.words_at(JUDGING)
    why = slots.scene.has("drivers") and bool(order)
    together = _is_together(slots, values)
    tested = _is_tested(values[0], keys)
    kinds = {
        "between": len(keys) > 1, "drivers": why, "single": order, "than": slots.rows.compared,
        "significant": tested, "difference": tested,
    }  # fmt: skip
    return slots.query(
        "aggregate", "by", "list", "versus", "including", *(kind for kind, fits in kinds.items() if fits),
        values=values, keys=keys, having=tuple(slots.rows.having), order=order,
        limit=slots.limit if order else None, at=at | slots.scene.at("count") if slots.rows.having else at,
        options={"why": why, "counted": slots.scene.has("count"), "together": together},
    )  # fmt: skip


def _is_tested(value: Value, keys: tuple[Key, ...]) -> bool:
    """Whether a test stands beside the groups: of one column of few values, rated or averaged."""
    few = len(keys) == 1 and keys[0].unit is None and 2 <= (keys[0].column.distinct or 0) <= _MOST_TESTED
    return few and isinstance(value, Measure) and value.aggregate in ("rate", "mean", "median") and not value.weight


def _counted(slots: Slots, at: frozenset[int]) -> Measure:
    """What is counted when nothing is measured: rows, the deals that they make, or of cells what they hold."""
    main = slots.main
    if is_panel(slots.scene.card) and main is not None and not slots.scene.has("count"):
        slots.read.said.append(f"I read this as {spoken(main)}.")
        return usual(main)
    named = (*slots.roles.subjects, *slots.roles.entities)
    deal = next((n for n in named if names_deals(n.column, slots.scene.card.rows)), None)
    token = slots.scene.linked.tokens[0]
    if deal is None and token.word != token.stem and slots.keys:  # customers by region
        deal = next((n for n in slots.roles.entities if n.first == 0 and n.end == 1), None)
    return Measure("count", at=at) if deal is None else Measure("distinct", deal.column, at | deal.at)


def _is_together(slots: Slots, values: tuple[Value, ...]) -> bool:
    """`total revenue of gold and silver members`: values named together, not against each other."""
    apart = slots.roles.keys or slots.roles.asked or slots.direction or slots.part_keys or slots.scene.asks_which
    told = slots.scene.has("versus", "difference", "more", "by", "relate", "between", "list")
    lead = values[0]
    added = isinstance(lead, Measure) and lead.aggregate in ("sum", "count", "distinct")
    said = any(slots.scene.linked.word(at) == "or" for at in range(len(slots.scene.linked.tokens))) or not told
    return (
        slots.rows.compared is not None and not apart and added and said and not slots.scene.has("versus", "difference")
    )


def per_period(slots: Slots) -> Query | None:
    """`average revenue per month`, `average daily sales`: a mean of totals, when the measure adds up."""
    parts = [part for part in slots.scene.linked.parts if part.rate and part.unit in PERIODS]
    if (
        slots.time is None
        or len(parts) != 1
        or not slots.scene.has("mean")
        or slots.column_keys
        or len(slots.values) > 1
    ):
        return None
    lead = slots.lead
    if not isinstance(lead, Measure) or lead.condition is not None:
        return None
    total = lead.aggregate == "count" or (lead.aggregate == "mean" and lead.column is not None and adds_up(lead.column))
    if not total or slots.scene.has("trend", "value"):
        return None
    added = lead if lead.aggregate == "count" else Measure("sum", lead.column, lead.at)
    key = next(k for k in slots.part_keys if k.unit == parts[0].unit)
    window = Window("average", parts[0].unit, at=key.at)
    said = f"This is the mean of the totals of each {parts[0].unit}, not the mean of single rows."
    query = slots.query("window", "mean", values=(added,), window=window)
    return replace(query, said=(*query.said, said))


def overview(slots: Slots) -> Query:
    """What serves best when nothing in particular is asked: what the columns hold, how the main measure is spread."""
    return slots.query("overview", "overview", at=slots.scene.linked.rows if slots.scene.has("overview") else NOWHERE)


def asked_overview(slots: Slots) -> Query | None:
    """An overview, where nothing of the table is named."""
    named = slots.roles.groups or slots.roles.measures or slots.roles.flags or slots.conditions
    return None if named or slots.scene.has("count") else overview(slots)


def yearly_columns(slots: Slots) -> Query | None:
    """A course over a column of years, where the table has no dates."""
    years = next((c for c in slots.scene.card.columns if holds_years(c)), None)
    told = slots.scene.has("trend", "change") or any(p.unit == "year" for p in slots.scene.linked.parts)
    if slots.time is not None or years is None or not told:
        return None
    keys = [n.key for n in slots.roles.keys if n.column is not years][:1]
    at = places(slots.scene.linked.parts) | places(slots.roles.keys)
    lead = slots.values or (usual(slots.main) if slots.main is not None else Measure("count"),)
    return slots.query(
        "aggregate", "trend", "change", "by", values=lead, keys=(*keys, Key(years, at=at)), options={"in_time": True}
    )


INTENTS: tuple[Intent, ...] = (
    Intent("overview", asked_overview, ("overview",)),
    Intent("losing", losing, ("loss",)),
    Intent("worrying", worrying, ("worry",)),
    Intent("seasons", seasons, ("seasons",)),
    Intent("quality", quality, ("quality",)),
    Intent("forecast", forecast, ("forecast",)),
    Intent("segments", segments, ("segments",)),
    Intent("cohort", cohort, ("first",)),
    Intent("window", windowed, ("running", "moving")),
    Intent("growth", stepwise, ("stepwise", "speeding")),
    Intent("regression", regression, ("regression",)),
    Intent("normality", normality, ("normality",)),
    Intent("correlation", correlate, ("correlate",)),
    Intent("anomalies", odd, ("odd",)),
    Intent("both", both, ("both",)),
    Intent("change", change, ()),
    Intent("compare", compare, ("relate", "difference", "more", "than", "significant", "rest", "versus", "drivers")),
    Intent("drivers", drivers, ("drivers",)),
    Intent("describe", described, ("distribution", "shape")),
    Intent("moment", moment, ("when",)),
    Intent("first of groups", first_of_groups, ()),
    Intent("listing", listing, ()),
    Intent("extreme", extreme, ()),
    Intent("share", share, ("share", "rate")),
    Intent("average of periods", per_period, ("mean",)),
    Intent("years", yearly_columns, ()),
    Intent("trend", trend, ()),
    Intent("missing", missing, ("missing",)),
    Intent("aggregate", aggregated, ()),
)
"""The kinds of questions, the more particular ones first."""
