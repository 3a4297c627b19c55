"""compare_groups: whether a number differs between groups, by how much, and how sure that is."""

# Every name passes `quoted` and every value `literal`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from analyst.core.quoting import literal, quoted
from analyst.core.text import counted
from analyst.protocol.facts import Caution, measuring
from analyst.protocol.table import TableProfile
from analyst.stats.columns import Number, number, number_problems, profiled, rate_or_number
from analyst.stats.contrasts import Group, RankSums, anova, cohens_d, kruskal, mann_whitney, shift, t_test, welch_anova
from analyst.stats.effects import eta_interval, hedges, rank_biserial_interval, rank_eta_interval
from analyst.stats.method import Columns, Method, Parameters, Result, Schema, Source, refuse
from analyst.stats.posthoc import MAX_PAIRS, Pair, mean_pairs, rank_pairs
from analyst.stats.proportions import mean_interval, wilson
from analyst.stats.results import Fields, formats, supports, table
from analyst.stats.sampling import sampled_frame

TESTS: dict[str, tuple[str, ...]] = {
    "welch_t": ("dof", "difference", "difference_low", "difference_high", "cohens_d", "cohens_d_low", "cohens_d_high",
                "hedges_g", "p_welch", "p_student"),
    "student_t": ("dof", "difference", "difference_low", "difference_high", "cohens_d", "cohens_d_low",
                  "cohens_d_high", "hedges_g", "p_welch", "p_student"),
    "mann_whitney": ("difference", "difference_low", "difference_high", "rank_biserial", "rank_biserial_low",
                     "rank_biserial_high"),
    "anova": ("dof_between", "dof_within", "eta_squared", "eta_squared_low", "eta_squared_high", "omega_squared",
              "p_welch"),
    "kruskal": ("dof", "eta_squared", "eta_squared_low", "eta_squared_high"),
    "ks": ("largest_gap",),
    "levene": ("dof_between", "dof_within", "largest_ratio"),
}  # fmt: skip
"""The tests, each with what it reports beside statistic, p and n."""
TWO_SAMPLE = ("welch_t", "student_t", "mann_whitney", "ks")
UNPAIRED = (*TWO_SAMPLE, "levene")
"""The tests that give no table of pairs."""
_GROUPS: Fields = (
    ("level", "VARCHAR"),
    ("n", "BIGINT"),
    ("mean", "DOUBLE"),
    ("mean_low", "DOUBLE"),
    ("mean_high", "DOUBLE"),
    ("median", "DOUBLE"),
    ("std_sample", "DOUBLE"),
)
_BOX: Fields = (("level", "VARCHAR"), *((name, "DOUBLE") for name in ("low", "q1", "median", "q3", "high")))
_PAIRS: Fields = (
    ("level_a", "VARCHAR"),
    ("level_b", "VARCHAR"),
    ("n_a", "BIGINT"),
    ("n_b", "BIGINT"),
    *((name, "DOUBLE") for name in ("difference", "difference_low", "difference_high", "effect", "p", "p_adjusted")),
)
_MAX_LEVELS = 200
_SHIFT_ROWS, _WHOLE_ROWS = 1500, 100_000


class CompareParameters(Parameters):
    """A number, the groups to compare it over (`levels`: only these, in this order) and the test."""

    value: str
    group: str
    test: Literal["welch_t", "student_t", "mann_whitney", "anova", "kruskal", "ks", "levene"] = "welch_t"
    levels: tuple[str | int | float | bool, ...] | None = None


def run(source: Source, wanted: CompareParameters) -> list[Result]:
    """The test, a row a level with the 95 % interval of its mean (Wilson's for a rate), and the boxes of a plot.

    For more than two groups also every pair of them, corrected for their number (analyst.stats.posthoc). Formulas and
    sources: analyst.stats.contrasts, intervals of effects analyst.stats.effects. difference = first level less second
    (`level_a`, `level_b`); for mann_whitney it is Hodges and Lehmann's shift. ks: Smirnov's test (1939) of two
    distributions; levene: of spreads about the medians (Brown & Forsythe 1974). Rows without value or group are left
    out.
    """
    value = number(source, wanted.value)
    groups, warnings = groups_of(source, value, wanted)
    if wanted.test in TWO_SAMPLE and len(groups) != 2:
        names = ", ".join(source.told(wanted.group, g.level) for g in groups[:8])
        raise refuse(
            f"{wanted.test} compares two groups, but {wanted.group!r} has {len(groups)} with values ({names}): "
            "name two in levels, or use anova or kruskal"
        )
    row, told, pairs = _tested(source, value, wanted, groups)
    warnings += told + _doubts(source, wanted, groups)
    counts = [g.n for g in groups]
    fields = _fields(wanted.test)
    average = rate_or_number(value)
    shown = {"p_welch": "p_value", "p_student": "p_value", "difference": average, "difference_low": average,
             "difference_high": average, "dof_between": "integer", "dof_within": "integer", "mean": average,
             "mean_low": average, "mean_high": average, "median": "number"}  # fmt: skip
    rated = value.is_rate and source.is_label(wanted.value)
    spelt = f"{wanted.value} by {wanted.group}" + (f" (rate of {value.yes!r})" if rated else "")
    facts = measuring("", wanted.value, groups=[wanted.group], test=wanted.test)
    return [
        table(fields, [row], formats=formats(fields, shown), warnings=tuple(warnings),
              values_of={name: wanted.group for name, _ in fields if name.startswith("level_")},
              facts=facts, cautions=_cautions(wanted, groups), what=f"{wanted.test} of {spelt}"),
        table(_GROUPS, [_level_row(g, value) for g in groups], suffix="groups", key=("level",),
              formats=formats(_GROUPS, shown), values_of={"level": wanted.group},
              supports=supports([name for name, _ in _GROUPS if name != "n"], counts),
              facts=facts, what=f"{spelt}: one row per level, with the 95% interval of the mean"),
        *_pair_tables(wanted, pairs, average, spelt),
        table(_BOX, _boxes(source, value, wanted, groups), suffix="box", key=("level",), audience="chart",
              values_of={"level": wanted.group}, supports=supports([name for name, _ in _BOX], counts),
              what=f"spread of {spelt}; low and high are the furthest values within 1.5 IQR"),
    ]  # fmt: skip


def groups_of(source: Source, value: Number, wanted: CompareParameters) -> tuple[list[Group], list[str]]:
    """The levels with values (in the order of `levels`, else of their names) and what was left out."""
    rows = source.query(
        "SELECT g, count(*), count(x), avg(x), var_samp(x), median(x), "
        f"CASE WHEN count(x) < 40 THEN skewness(x) END FROM ({_pairs(source, value, wanted)}) "
        "GROUP BY g ORDER BY g"
    )
    found = {str(g): Group(str(g), n, *statistics) for g, _, n, *statistics in rows if n}
    warnings = [
        f"{source.told(wanted.group, g)} has no values of {wanted.value!r} and is left out"
        for g, _, n, *_ in rows
        if not n
    ]
    if wanted.levels is None:
        groups = list(found.values())
    else:
        names = [_spelt(level, found) for level in wanted.levels]
        warnings += [f"{wanted.group!r} has no value {name!r}" for name in names if name not in found]
        groups = [found[name] for name in dict.fromkeys(names) if name in found]
    if len(groups) < 2:
        raise refuse(
            f"compare_groups: {wanted.group!r} has {counted(len(groups), 'level')} with values of {wanted.value!r}; it "
            "needs 2" + ("; ".join(["", *warnings]) if warnings else "")
        )
    if len(groups) > _MAX_LEVELS:
        raise refuse(f"compare_groups: {wanted.group!r} has {len(groups)} levels: group them, or use correlation")
    return groups, warnings


def _pairs(source: Source, value: Number, wanted: CompareParameters) -> str:
    group = quoted(wanted.group)
    return f"SELECT CAST({group} AS VARCHAR) AS g, {value.sql} AS x FROM {source.table} WHERE {group} IS NOT NULL"


def _spelt(level: object, found: dict[str, Group]) -> str:
    """The name of `level` among the groups: 1 and 1.0 are one, true and True too."""
    text = str(level).lower() if isinstance(level, bool) else str(level)
    if text in found or isinstance(level, (str, bool)):
        return text
    return next((name for name in found if _as_float(name) == level), text)


def _as_float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _tested(
    source: Source, value: Number, wanted: CompareParameters, groups: list[Group]
) -> tuple[tuple[Any, ...], list[str], list[Pair]]:
    """The test's row, warnings, and the pairs where more than two groups are compared."""
    n, pair = sum(g.n for g in groups), (groups[0].level, groups[1].level)
    if wanted.test in ("welch_t", "student_t"):
        welch, student = (t_test(groups[0], groups[1], pooled=pooled) for pooled in (False, True))
        main = welch if wanted.test == "welch_t" else student
        effect = cohens_d(groups[0], groups[1])
        return (main.statistic, main.p, n, *pair, main.dof, main.difference, main.low, main.high, *effect,
                hedges(effect[0], n - 2), welch.p, student.p), [], []  # fmt: skip
    if wanted.test == "anova":
        f = anova(groups)
        ends = eta_interval(f.statistic, f.between, f.within)
        return (f.statistic, f.p, n, f.between, f.within, f.eta_squared, *ends, f.omega_squared,
                welch_anova(groups)), [], mean_pairs(groups)  # fmt: skip
    if wanted.test in ("ks", "levene"):
        row, told = _distributions(source, value, wanted, groups)
        return row, told, []
    ranked = _rank_sums(source, value, wanted, groups)
    if wanted.test == "kruskal":
        h, p, eta = kruskal(ranked)
        return (h, p, n, len(groups) - 1, eta, *rank_eta_interval(h, len(groups), n)), [], rank_pairs(groups, ranked)
    u, p, biserial = mann_whitney(ranked)
    (a, b), told = _samples(source, value, wanted, groups, _SHIFT_ROWS)
    if min(ranked.counts) <= 8 and ranked.ties == 0:
        p = _exact(a, b)
    return (u, p, n, *pair, *shift(a, b), biserial, *rank_biserial_interval(biserial, *ranked.counts)), told, []


def _distributions(
    source: Source, value: Number, wanted: CompareParameters, groups: list[Group]
) -> tuple[tuple[Any, ...], list[str]]:
    """Row and warnings of a test that looks at whole samples."""
    from scipy.stats import ks_2samp, levene

    samples, told = _samples(source, value, wanted, groups, _WHOLE_ROWS)
    n = sum(g.n for g in groups)
    if wanted.test == "ks":
        gap = ks_2samp(*samples)
        return (float(gap.statistic), float(gap.pvalue), n, groups[0].level, groups[1].level, gap.statistic), told
    found, spreads = levene(*samples, center="median"), _spreads(groups)
    ratio = max(spreads) / min(spreads) if spreads and min(spreads) > 0 else None
    return (float(found.statistic), float(found.pvalue), n, len(groups) - 1, n - len(groups), ratio), told


def _pair_tables(wanted: CompareParameters, pairs: Sequence[Pair], average: str, spelt: str) -> list[Result]:
    if wanted.test in UNPAIRED:
        return []
    rows = [
        (x.a.level, x.b.level, x.a.n, x.b.n, x.difference, x.low, x.high, x.effect, x.p, x.p_adjusted) for x in pairs
    ]
    kind, effect = ("Welch's t test", "Hedges' g") if wanted.test == "anova" else ("Dunn's test", "rank-biserial")
    shown = {"difference": average, "difference_low": average, "difference_high": average, "n_a": "integer",
             "n_b": "integer"}  # fmt: skip
    both = {"level_a": wanted.group, "level_b": wanted.group}
    behind = {"level_a": [row[2] for row in rows], "level_b": [row[3] for row in rows]}
    what = f"every two groups of {spelt} by {kind}; effect is {effect}, p_adjusted by Holm's method"
    listed = table(_PAIRS, rows[:MAX_PAIRS], suffix="pairs", key=("level_a", "level_b"), formats=formats(_PAIRS, shown),
                   values_of=both, supports=behind, row_count=len(rows), what=what)  # fmt: skip
    return [listed]


def _rank_sums(source: Source, value: Number, wanted: CompareParameters, groups: list[Group]) -> RankSums:
    rows = source.query(
        f"SELECT g, sum(place + (tied - 1) / 2), sum(tied * tied - 1) FROM ("
        f"SELECT g, rank() OVER (ORDER BY x) AS place, CAST(count(*) OVER (PARTITION BY x) AS DOUBLE) AS tied "
        f"FROM ({_pairs(source, value, wanted)}) WHERE x IS NOT NULL AND g IN ({_listed(groups)})) GROUP BY g"
    )
    sums = {str(g): float(total) for g, total, _ in rows}
    ties = math.fsum(float(row[2]) for row in rows)
    return RankSums([sums[g.level] for g in groups], [g.n for g in groups], ties)


def _listed(groups: Sequence[Group]) -> str:
    return ", ".join(literal(g.level) for g in groups)


def _samples(
    source: Source, value: Number, wanted: CompareParameters, groups: list[Group], most: int
) -> tuple[list[Any], list[str]]:
    """The values of each group, at most `most` of each, and what was left out."""
    group, samples, warnings = quoted(wanted.group), [], []
    for level in groups:
        where = f"CAST({group} AS VARCHAR) = {literal(level.level)} AND ({value.sql}) IS NOT NULL"
        frame, told = sampled_frame(source, {"x": value.sql}, most, where=where)
        samples.append(frame["x"].to_numpy(dtype=float))
        warnings += [f"difference of {source.told(wanted.group, level.level)}: {note}" for note in told]
    return samples, warnings


def _exact(a: Any, b: Any) -> float:
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(a, b, alternative="two-sided", method="exact").pvalue)


def _level_row(group: Group, value: Number) -> tuple[Any, ...]:
    std = math.sqrt(group.variance) if group.variance is not None else None
    low, high = wilson(group.mean * group.n, group.n) if value.is_rate else mean_interval(group.mean, std, group.n)
    return group.level, group.n, group.mean, low, high, group.median, std


def _boxes(source: Source, value: Number, wanted: CompareParameters, groups: list[Group]) -> list[tuple[Any, ...]]:
    rows = source.query(
        f"WITH pairs AS (SELECT * FROM ({_pairs(source, value, wanted)}) WHERE x IS NOT NULL AND g IN "
        f"({_listed(groups)})), cuts AS (SELECT g, quantile_cont(x, 0.25) AS a, median(x) AS m, "
        "quantile_cont(x, 0.75) AS c FROM pairs GROUP BY g) "
        "SELECT g, min(x) FILTER (WHERE x >= a - 1.5 * (c - a)), any_value(a), any_value(m), any_value(c), "
        "max(x) FILTER (WHERE x <= c + 1.5 * (c - a)) FROM pairs JOIN cuts USING (g) GROUP BY g"
    )
    found = {row[0]: row for row in rows}
    return [found[g.level] for g in groups]


def _cautions(wanted: CompareParameters, groups: Sequence[Group]) -> tuple[Caution, ...]:
    spreads = _spreads(groups)
    if wanted.test not in ("student_t", "anova") or len(spreads) < 2 or max(spreads) <= 2 * min(spreads):
        return ()
    told = "the groups' spreads differ more than twofold: use p_welch instead of p"
    return (Caution("unequal_spreads", told),)


def _spreads(groups: Sequence[Group]) -> list[float]:
    """The groups' standard deviations, of those that have one."""
    return [math.sqrt(group.variance) for group in groups if group.variance is not None]


def _doubts(source: Source, wanted: CompareParameters, groups: Sequence[Group]) -> list[str]:
    warnings, test = [], wanted.test
    small = [g for g in groups if g.n < 10]
    if small:
        warnings.append(
            "small groups make the result uncertain: "
            + ", ".join(f"{source.told(wanted.group, g.level)} n={g.n}" for g in small[:5])
        )
    spreads = _spreads(groups)
    if spreads and max(spreads) == 0:
        warnings.append("every group is constant, so no test was run")
    skewed = [g for g in groups if g.n < 40 and g.skew is not None and abs(g.skew) > 1]
    if skewed and test in ("welch_t", "student_t", "anova"):
        other = "kruskal" if test == "anova" else "mann_whitney"
        warnings.append(f"skewed: {counted(len(skewed), 'group')} under 40 rows, so p is rough: see also test={other}")
    single = sum(g.n == 1 for g in groups)
    if single > len(groups) / 2:
        warnings.append(f"{single} of {len(groups)} groups have one row: {wanted.group!r} looks like an identifier")
    return warnings


def _fields(test: str) -> Fields:
    pair = (("level_a", "VARCHAR"), ("level_b", "VARCHAR")) if test in TWO_SAMPLE else ()
    whole = ("dof_between", "dof_within") + (("dof",) if test == "kruskal" else ())
    more = tuple((name, "BIGINT" if name in whole else "DOUBLE") for name in TESTS[test])
    return (("statistic", "DOUBLE"), ("p", "DOUBLE"), ("n", "BIGINT"), *pair, *more)


def _schema(wanted: CompareParameters, columns: Columns) -> Schema:
    pairs = {} if wanted.test in UNPAIRED else {"pairs": list(_PAIRS)}
    return {"": list(_fields(wanted.test)), "groups": list(_GROUPS), **pairs, "box": list(_BOX)}


def _check(wanted: CompareParameters, columns: Columns, profile: TableProfile | None) -> list[str]:
    problems = number_problems([wanted.value], columns, profile)
    if wanted.value == wanted.group:
        problems.append(f"compare_groups: value and group are both {wanted.value!r}: name two columns")
    known = profiled(wanted.group, profile)
    if known is not None and wanted.test in TWO_SAMPLE and wanted.levels is None and known.distinct != 2:
        problems.append(
            f"{wanted.test} compares two groups, but {wanted.group!r} has {known.distinct} values: name two in levels, "
            "or use anova or kruskal"
        )
    if wanted.levels is not None and wanted.test in TWO_SAMPLE and len(set(map(str, wanted.levels))) != 2:
        problems.append(f"{wanted.test} compares two groups, but levels names {len(wanted.levels)}: name two")
    return problems


COMPARE = Method(
    name="compare_groups",
    parameters=CompareParameters,
    run=run,
    schema=_schema,
    check=_check,
    columns_in=("value", "group"),
    synonyms={"by": "group", "group_by": "group", "groups": "levels", "column": "value", "target": "value",
              "method": "test", "kind": "test"},
    values={"test": {"t_test": "welch_t", "ttest": "welch_t", "welch": "welch_t", "student": "student_t",
                     "independent_t": "student_t", "mannwhitney": "mann_whitney", "mann_whitney_u": "mann_whitney",
                     "wilcoxon": "mann_whitney", "anova_oneway": "anova", "f_oneway": "anova",
                     "kruskal_wallis": "kruskal", "kolmogorov_smirnov": "ks",
                     "ks_2samp": "ks", "brown_forsythe": "levene"}},
    aliases=("t_test", "ttest", "anova", "group_comparison"),
    signature=(
        "compare_groups(value,group,test=welch_t|student_t|mann_whitney|anova|kruskal|ks|levene,[levels]) -> "
        "statistic,p,n; t tests: level_a,level_b,~difference(a-b),~cohens_d,p_welch,p_student; mann_whitney: "
        "~rank_biserial; anova, kruskal: ~eta_squared and _pairs: level_a,level_b,~difference,~effect,p_adjusted; "
        "_groups: level,n,~mean,median,std_sample"
    ),
)  # fmt: skip
