"""The method steps that a question for statistics needs, each once, with the parameters that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from analyst.protocol.table import ColumnCard
from analyst.rulebased.inquiry import Inquiry, described_columns, splits
from analyst.rulebased.link.columns import is_measure, is_number
from analyst.rulebased.steps import Method, method

TESTS = (
    ("chi_square", r"chi-? ?squared?"),
    ("mann_whitney", r"mann-? ?whitney|u test|rank-? ?sum"),
    ("kruskal", r"kruskal"),
    ("anova", r"\banova\b|analysis of variance"),
    ("welch_t", r"welch(?!e[mnrs]?\b)|unequal variance"),
    ("student_t", r"t-? ?tests?\b|student'?s t"),
)
_NORMALITY = (
    ("anderson", r"anderson"),
    ("ks", r"kolmogorov|\bk-?s test"),
    ("jarque_bera", r"jarque"),
    ("dagostino", r"agostino|normaltest"),
    ("shapiro", r""),
)


@dataclass
class Computing:
    """Steps in the making, each method once."""

    source: str
    steps: list[Method] = field(default_factory=list)

    def need(self, name: str, **parameters: object) -> str:
        """The id of the step that runs the method with these parameters."""
        made = method("", name, self.source, **parameters)
        for step in self.steps:
            if replace(step, id="") == made:
                return step.id
        self.steps.append(replace(made, id=f"s{len(self.steps) + 1}"))
        return f"s{len(self.steps)}"


def normality(asked: Inquiry, plan: Computing) -> str:
    """The step that tests whether the columns are normally distributed, by the test named (else Shapiro's)."""
    test = next(name for name, pattern in _NORMALITY if asked.says(pattern))
    columns = [c.name for c in described_columns(asked) if is_number(c)]
    by = asked.by.name if asked.by else None
    return plan.need("normality_test", columns=columns, test=test, by=by)


def outlying(asked: Inquiry, plan: Computing, column: ColumnCard) -> str:
    """The step that finds a column's outliers, by the rule and threshold named."""
    zscore = asked.says(r"z[- ]?scores?|standard deviations? (?:from|away|of the mean)") and not asked.says(
        r"1\.5 ?[*x×]? ?\(?(?:iqr|interquartile)"
    )
    pattern = (
        r"(?:threshold (?:value )?(?:of|is|=)?|"
        r"z[- ]?scores?[^\n]{0,60}?(?:greater|more|higher|larger|above|exceeding)(?: than)?|"
        r"outside (?:of )?(?:the )?-\d+(?:\.\d+)? (?:to|and)) ?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) standard dev"
        if zscore
        else r"(\d+(?:\.\d+)?) ?[*x×]? ?(?:the )?\(?(?:iqr|interquartile)"
    )
    found = re.search(pattern, asked.text)
    threshold = float(next(n for n in found.groups() if n)) if found else None
    by = asked.by.name if asked.by and asked.by != column else None
    rule = "zscore" if zscore else "iqr"
    usual = 3.0 if zscore else 1.5
    return plan.need(
        "outliers", column=column.name, rule=rule, threshold=None if threshold == usual else threshold, by=by
    )


def _kind(asked: Inquiry) -> str:
    kinds = (("spearman", "spearman|rank correlation"), ("kendall", "kendall"))
    return next((k for k, pattern in kinds if asked.says(pattern)), "pearson")


def correlated(asked: Inquiry, plan: Computing) -> str | None:
    """The step that correlates the columns named, or all of them where the strongest is wanted."""
    every = [c.name for c in asked.card.columns if is_measure(c)][:30]
    strongest = asked.asks(
        r"strongest|highest|most (?:strongly )?correlat|largest|all (?:other )?(?:numer\w+|variables)"
    )
    given = [c.name for c in asked.numbers]
    if len(given) >= 2:
        by = asked.by.name if asked.by and asked.by.name not in given and not asked.request.compared else None
        return plan.need("correlation", columns=given[:12], kind=_kind(asked), by=by)
    if len(given) == 1 and strongest:
        rest = [name for name in every if name != given[0]]
        return plan.need("correlation", columns=rest, target=given[0], kind=_kind(asked)) if rest else None
    if strongest and len(every) >= 2 and not given:
        return plan.need("correlation", columns=every, kind=_kind(asked))
    return None


def group_test(asked: Inquiry, plan: Computing) -> str | None:
    """The step of the test named between groups; None where it names no test, value or group."""
    test = next((name for name, pattern in TESTS if asked.says(pattern)), None)
    among = [c for c in asked.others if splits(c)]
    if test == "chi_square":
        return plan.need("chi_square", x=among[0].name, y=among[1].name) if len(among) >= 2 else None
    group = asked.group or next((c for c in among if c is not (asked.numbers or (None,))[0]), None)
    value = next((c for c in asked.numbers if c is not group), None)
    if test is None or group is None or value is None:
        return None
    levels = list(asked.levels) if 2 <= len(asked.levels) < (group.distinct or 99) else None
    return plan.need("compare_groups", value=value.name, group=group.name, test=test, levels=levels)
