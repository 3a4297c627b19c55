"""What is computed: a sum, a mean, a count, a rate, a ratio of two measures, or several of these."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.drafting import Measured, Rate
from analyst.rulebased.link.columns import is_group, is_measure, is_number, meanings, spoken
from analyst.rulebased.ratios import as_conditions, difference, is_key, ratio
from analyst.rulebased.request import Request, is_added, is_money, yes_no
from analyst.rulebased.words import COUNTED, RATE, SIGNIFICANT, SOLD

_WORDS = {
    "sum": ("total", "sum({})"), "mean": ("average", "avg({})"), "median": ("median", "median({})"),
    "min": ("lowest", "min({})"), "max": ("highest", "max({})"), "std": ("std", "stddev_samp({})"),
}  # fmt: skip
_MOST = 6
_SPEND = "revenues?|sales|turnover|earnings|takings|takes?|took"
_MANY = frozenset(("different", "distinct", "unique", "separate", "individual"))


def aggregate(column: ColumnCard, kind: str, quantile: float | None = None) -> Measured:
    """`kind` of `column`: sum, mean, median, min, max, std or quantile."""
    read = sql.number(column)
    if kind == "quantile" and quantile is not None:
        told = f"p{quantile * 100:g}".replace(".", "_")
        words = f"{told} of {spoken(column)}"
        return Measured(f"quantile_cont({read}, {quantile})", sql.alias(told, column.name), words, kind, column)
    word, pattern = _WORDS[kind]
    row = read if kind in ("sum", "mean") else None
    return Measured(pattern.format(read), sql.alias(word, column.name), f"{word} {spoken(column)}", kind, column, row)


def counting(request: Request, noun: str = "") -> Measured:
    """The number of rows."""
    return Measured("count(*)", "count", f"number of {noun}" if noun else "number of records", "count")


def distinct(column: ColumnCard) -> Measured:
    """The number of different values of a column."""
    words = f"number of different {spoken(column)}"
    return Measured(
        f"count(DISTINCT {sql.grouping(column)})", sql.alias("distinct", column.name), words, "distinct", column
    )


def measured(request: Request) -> tuple[list[Measured], Request]:
    """What the question wants computed, and the request without the conditions that went into it."""
    found = difference(request) or ratio(request)
    if found is not None:
        return [found[0]], found[1]
    counts = request.says(COUNTED)
    rates = request.says_apart(RATE)
    if request.binary and not request.measures and not rates and (counts or request.direction):
        return _yes_counted(request, ranked=request.direction is not None or request.says("most"))
    if request.binary and not request.measures and not rates and _is_plural(request):
        return _yes_counted(request, ranked=_grouped(request))
    if rates or (request.binary and not request.measures and not _filters(request)):
        share = _rate(request)
        if share is not None:
            return _with_measures(request, share)
    if counts:
        counted = _count(request)
        if counted is not None:
            return _counted_and_measured(request, counted), as_conditions(request)
    if request.measures:
        return _aggregates(request), as_conditions(request)
    return _of_speaking_measure(request)


def _is_plural(request: Request) -> bool:
    """Whether a yes/no column is named as things that happened: `returns by product`, `alarms by weekday`."""
    token = request.tokens[request.place(request.binary[0])]
    return token.word != token.stem and not request.subjects


def _grouped(request: Request) -> bool:
    return bool(request.groups or request.parts or request.entities or request.compared)


def _filters(request: Request) -> bool:
    """Whether a yes/no column only picks rows: `late trips excluding West`, `employees who left`."""
    at = request.place(request.binary[0])
    rows = request.reading.rows
    return at + 1 in rows or any(noun < at for noun in rows)


def _of_speaking_measure(request: Request) -> tuple[list[Measured], Request]:
    asked = set(request.aggregates) & {"mean", "median", "sum", "quantile", "std"}
    main = request.main_measure
    meant = _only_measure(request) or request.says("value|values|amounts?|size|worth|spend|spent|money")
    if asked and meant and main is not None and main.role == "measure":
        return _aggregates(replace(request, measures=(main,))), as_conditions(request)
    if main is not None and is_money(main) and _ranks_by_money(request):
        return [aggregate(main, "sum")], as_conditions(request)
    return ([counting(request)] if _rows_asked(request) else []), as_conditions(request)


def _ranks_by_money(request: Request) -> bool:
    """`top 10 customers`: ranked by the money that they bring, when nothing else is said."""
    ranks = request.says("top|best|biggest|largest|leading|worst|bottom|most valuable")
    return ranks and bool(request.entities or request.groups or request.parts) and not request.says(COUNTED)


def _with_measures(request: Request, share: tuple[Measured, Request]) -> tuple[list[Measured], Request]:
    """A rate, together with what else is aggregated by name: `average price and return rate`."""
    made, rest = share
    named = [c for c in request.measures if _kinds_before(request, c)]
    others = _aggregates(replace(request, measures=tuple(named))) if named else []
    before = [m for m in others if m.column is not None and request.place(m.column) < _first_rate(request)]
    return [*before, made, *(m for m in others if m not in before)][:_MOST], rest


def _first_rate(request: Request) -> int:
    return min((at for at, _ in request.spans(RATE)), default=0)


def _counted_and_measured(request: Request, counted: Measured) -> list[Measured]:
    """A count, together with what else is aggregated by name: `number of orders and total revenue`."""
    named = [c for c in request.measures if _kinds_before(request, c) and c is not counted.column]
    others = _aggregates(replace(request, measures=tuple(named))) if named else []
    at = min((first for first, _ in request.spans(COUNTED)), default=0)
    before = [m for m in others if m.column is not None and request.place(m.column) < at]
    return [*before, counted, *(m for m in others if m not in before)][:_MOST]


def _kinds_before(request: Request, column: ColumnCard) -> list[str]:
    """The ways of aggregating named just before the column."""
    place = request.place(column)
    earlier = [request.place(c) for c in request.measures if request.place(c) < place]
    least = max(earlier, default=-1)
    return [kind for at, kind in request.aggregate_places if least < at < place and place - at <= 4]


def _yes_counted(request: Request, *, ranked: bool) -> tuple[list[Measured], Request]:
    """How many rows say yes; in a ranking also which part of each group's rows."""
    column = request.binary[0]
    if not ranked or column.name in request.negated:
        return [_count(request) or counting(request)], as_conditions(request)
    rest = as_conditions(replace(request, binary=request.binary[1:]))
    test = sql.is_yes(column)
    text, words = f"sum(CASE WHEN {test} THEN 1 ELSE 0 END)", f"number of {spoken(column)}"
    made = Measured(text, sql.alias(column.name, "count"), words, "yes_count")
    return [made, rated(test, column, spoken(column), False)], rest


def _only_measure(request: Request) -> bool:
    return sum(is_measure(c) and c.role == "measure" and not yes_no(c) for c in request.card.columns) == 1


def _rows_asked(request: Request) -> bool:
    found = (request.groups, request.conditions, request.part, request.direction, request.entities, request.binary)
    return any(found) or bool(request.subjects) or bool(request.having)


def _kinds(request: Request, column: ColumnCard) -> list[str]:
    """The ways of aggregating a column: those told nearest before it, else all that are told, else the usual one."""
    told = [kind for kind in request.aggregates if kind != "quantile"]
    if (
        told == ["sum"]
        and not request.says_apart("total|totals|sum|overall|combined|altogether|in all")
        and not is_added(column)
    ):
        told = []  # "how much" asks for no sum of ages
    if "mean" in told and "sum" in told and not request.says_apart("total|totals|sum"):
        told.remove("sum")
    near = [kind for kind in _kinds_before(request, column) if kind in told] if len(request.measures) > 1 else []
    if near or told:
        return near or told
    if request.quantiles:
        return []
    ends = both_ends(request)
    if ends:
        return ends
    grouped = request.groups or request.entities or request.part or request.compared
    if request.groups and not request.asked and not request.asked_n and _extreme_of_each(request, column):
        return ["min" if request.direction == "lowest" else "max"]
    if request.direction and not grouped:
        return ["min" if request.direction == "lowest" else "max"]
    if yes_no(column) or request.says(f"differ|differs|difference|differences|different|{SIGNIFICANT}"):
        return ["mean"]
    if request.says(_SPEND) and column is request.measures[0]:
        return ["sum"]
    return ["sum" if is_added(column) else "mean"]


def _extreme_of_each(request: Request, column: ColumnCard) -> bool:
    """`highest fare per driver`: the extreme within each group, not the group that is highest."""
    at = request.place(column)
    if column is request.hinted:  # `longest trip by zone`
        return at + 1 in request.reading.rows
    lead = request.reading.lead(at)
    led = request.reading.lead(request.place(request.groups[0]))
    return lead in ("highest", "lowest", "largest", "smallest", "longest", "shortest") and (
        led != "by" or not is_added(column)
    )


def both_ends(request: Request) -> list[str]:
    """`youngest and oldest`, `highest and lowest`: both extremes of one column."""
    if len(request.measures) != 1:
        return []
    low = request.says("lowest|smallest|youngest|shortest|cheapest|lightest|slowest|coldest|worst|minimum")
    high = request.says(
        "highest|largest|biggest|oldest|longest|heaviest|fastest|hottest|best|maximum|most expensive|tallest"
    )
    return ["min", "max"] if low and high else []


def _aggregates(request: Request) -> list[Measured]:
    out: list[Measured] = []
    for column in request.measures[:4]:
        out += [aggregate(column, kind) for kind in _kinds(request, column)]
        out += [aggregate(column, "quantile", q) for q in request.quantiles]
    unique = {m.shown: m for m in out}
    return list(unique.values())[:_MOST]


def _count(request: Request) -> Measured | None:
    """What "how many" and "number of" count: rows, different values, or the sum of a column of counts."""
    found = request.spans("how many|number of|counts? of|the number of|no of")
    if not found:
        return counting(request) if request.says(COUNTED) else None
    at = found[0][1]
    apart = request.tokens[at].word in _MANY if at < len(request.tokens) else False
    noun = next((i for i in range(at, min(at + 4, len(request.tokens))) if _is_noun(request, i)), at)
    word = request.tokens[noun].word if noun < len(request.tokens) else ""
    column = next((c for c in _named(request) if request.place(c) == noun), None)
    unit = request.tokens[at].stem if at < len(request.tokens) else ""
    if unit in ("day", "week", "month", "year") and request.time is not None:
        words = f"number of different {unit}s"
        read = f"count(DISTINCT date_trunc('{unit}', {sql.moment(request.time)}))"
        return Measured(read, sql.alias(unit, "count"), words, "distinct", request.time)
    sold = _units_sold(request, column, apart)
    if sold is not None and noun not in request.reading.rows:
        return sold
    if column is None or is_key(request, column):
        return counting(request, word if noun in request.reading.rows else "")
    if is_number(column) and column in request.measures:
        return _sum_of_counts(request, column, apart)
    if column in request.binary or (column in request.groups and not apart):
        return counting(request)
    if noun in request.reading.rows and not apart and not is_group(column):
        return counting(request, word)
    return distinct(column)


def _units_sold(request: Request, column: ColumnCard | None, apart: bool) -> Measured | None:
    """`how many desks were sold`: the units of them, where the table counts units."""
    units = [c for c in request.card.columns if is_measure(c) and "quantity" in meanings(c.name)]
    if not units or apart or not request.says_apart(SOLD) or (column is not None and is_number(column)):
        return None
    people = column is not None and not {"product", "item", "article", "good"} & meanings(column.name)
    return None if people else aggregate(units[0], "sum")


def _is_noun(request: Request, at: int) -> bool:
    return at in request.reading.rows or any(request.place(c) == at for c in _named(request))


def _sum_of_counts(request: Request, column: ColumnCard, apart: bool) -> Measured | None:
    kinds = [k for k in request.aggregates if k != "sum"]
    if kinds:
        return None
    return aggregate(column, "sum") if is_added(column) and not apart else None


def _named(request: Request) -> list[ColumnCard]:
    return [*request.entities, *request.measures, *request.groups, *request.binary, *request.subjects]


def _rate(request: Request) -> tuple[Measured, Request] | None:
    """The share of rows that say yes, that have the value named last, or that meet the condition asked about."""
    if request.binary and not _is_population(request):
        return _binary_rate(request)
    positive = [c for c in request.conditions if not request.measures]
    if not positive:
        return None
    last = _rated_condition(request, positive)
    column = next((c for c in request.card.columns if c.name == last.column), None)
    if column is None or (request.compared and request.compared[0] is column and not request.groups):
        return None
    rest = replace(request, conditions=tuple(c for c in request.conditions if c is not last), compared=None)
    return rated(last.sql, column, last.words, False), as_conditions(rest)


def _is_population(request: Request) -> bool:
    """`what percentage of bounced sessions came from email`: the yes/no column picks rows, a later value is rated."""
    at = request.place(request.binary[0])
    told = [request.reading.word(place) for place in range(max(0, at - 3), at)]
    later = [c for c in request.conditions if c.item and c.first > at]
    return at + 1 in request.reading.rows and "of" in told and bool(later) and not request.measures


def _rated_condition(request: Request, positive: list[sql.Condition]) -> sql.Condition:
    """The condition whose share is asked: the one beside the word "rate", else the one named last."""
    rates = [at for at, _ in request.spans("rates?")]
    beside = [c for c in positive if any(0 < at - c.first <= 2 for at in rates)]
    return beside[0] if beside else max(positive, key=lambda c: c.first)


def _binary_rate(request: Request) -> tuple[Measured, Request] | None:
    rates = [at for at, _ in request.spans(RATE)]
    near = [c for c in request.binary if any(0 < at - request.place(c) <= 2 for at in rates)]
    last = max(request.binary, key=request.place) if rates and len(request.binary) > 1 else request.binary[0]
    column = near[0] if near else last
    return None if request.measures and not rates else yes_rate(request, column)


def yes_rate(request: Request, column: ColumnCard) -> tuple[Measured, Request]:
    """The share of rows where `column` says yes (no, where the question negates it), and the request without it."""
    negated = column.name in request.negated
    test = sql.is_yes(column)
    condition = f"NOT ({test})" if negated else test
    rest = as_conditions(replace(request, binary=tuple(c for c in request.binary if c is not column)))
    return rated(condition, column, spoken(column), negated), rest


def rated(condition: str, column: ColumnCard, words: str, negated: bool) -> Measured:
    """The share of rows that meet `condition`, among those whose column is known."""
    rate = Rate(condition, column, negated)
    shown = sql.alias(*(["not"] if negated else []), words, *([] if "rate" in words.casefold().split() else ["rate"]))
    text, told = sql.rate(condition, column.name), f"{'not ' if negated else ''}{words} rate"
    return Measured(text, shown, told, "rate", column, rate.row("1.0", "0.0"), rate)
