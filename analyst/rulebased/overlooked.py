"""What a plan of statistics or of a model leaves out of the rows and columns that a question speaks of.

Such questions are long and full of method (levels of significance, libraries, rounding), so the general audit would
complain of every other word. This one looks only for what changes the result: values, columns, bounds, periods and
groups that are named in the question and stand in no step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyst.core.text import listed
from analyst.rulebased.families import Heeded, by
from analyst.rulebased.formats import NAMED
from analyst.rulebased.link.bounds import Bound
from analyst.rulebased.link.columns import Mention, is_group, is_number
from analyst.rulebased.link.values import ValueMention
from analyst.rulebased.plan_facts import PlanFacts, read_plan
from analyst.rulebased.reading import holds_years
from analyst.rulebased.request import Request
from analyst.rulebased.steps import Step

_METHOD = frozenset(
    "alpha significance level p p-value value pvalue probability threshold z z-score score zscore iqr quartile "
    "percentile decimal place digit seed state ratio size test train confidence error skewness kurtosis coefficient r "
    "degree fold".split()
)
"""Words beside a number that make it one of method: it picks no rows."""
_FIRST = by(calls="rank dense_rank row_number", does=["limit"])
_SPLIT: tuple[tuple[str, Heeded], ...] = (
    (r"(?:above|below|over|under|greater|less|higher|lower)\w*(?: (?:and|or) (?:above|below|over|under))?(?: than)? "
     r"(?:or equal to )?(?:the |its |their )?(?:median|average|mean)\b", by(calls="median avg")),
    (r"(?:occur\w*|appear\w*) most (?:frequently|often)\b", _FIRST),
    (r"(?:during|of|in|for|to) the \w+ (?:with|having|that has) the (?:highest|lowest|most|least|largest|smallest)\b",
     by(calls="arg_max arg_min max_by min_by", does=["order", "subquery"])),
    (r"(?:top|first|last|bottom) (?:\d+|two|three|four|five|six|ten)\b",
     lambda plan: _FIRST(plan) or any(sign == "<=" for sign, _ in plan.comparisons)),
    (r"(?:\d+|two|three|four|five|ten) (?:most|least) (?:common|frequent)\b", _FIRST),
    (r"(?:at least|more than|fewer than|less than|minimum of) \d+ "
     r"(?:rows|records|entries|observations|occurrences|times)\b", by(calls="count", does=["having"])),
    (r"\b(?:each|every|per) (?:year|month|quarter|week|weekday|hour)\b",
     by(calls="strftime", does=["group"], sets="by grain")),
    (r"\bseparately\b", by(does=["group", "case"], sets="by group")),
    (r"same \w+ as\b|of that (?:same )?\w+\b", by(does=["subquery"])),
)  # fmt: skip
"""Phrases that pick or split rows, and whether a plan heeds them."""
MOST_TOLD = 4
_GROUPING = ("each", "every", "per", "by")
_NO_NAME = r"['’]s test| (?:an?|the|this|these|all|any|each|it|its) | (?:data|dataset|table|file)\b"
_NAME = re.compile(rf"(?<=[a-z,] )[A-Z][a-z]{{3,}}\b(?!{_NO_NAME})")
"""A capital in the middle of a sentence: a name, unless an article follows, as after a verb ("then, Compute the"), or
the word for a table, whose name it then is ("in the Census data")."""
_QUOTED = re.compile(r"""['"‘“`](\w[\w ]*)['"’”`]""")
_KNOWN = frozenset(
    "pearson spearman kendall shapiro wilk kolmogorov smirnov anderson darling mann whitney kruskal wallis welch "
    "student root mean square squared error score analysis variance interquartile range absolute object panda question "
    "bonferroni python pandas numpy scipy sklearn fisher levene bartlett gauss gaussian jarque bera tukey chi anova "
    "scikit true false note null linear logistic regression forest random decision tree excel boolean celsius".split()
)
"""Names of methods, tools and kinds, which pick no rows."""


def overlooked(question: str, request: Request, steps: Sequence[Step]) -> str | None:
    """What of the rows and columns in `question` no step uses, told to the reader; None when nothing is."""
    plan = read_plan(steps)
    told = [
        *_values(request, plan),
        *_columns(request, plan),
        *_bounds(request, plan),
        *_periods(request, plan),
        *_groups(request, plan),
        *_splits(question, read_plan(step for step in steps if step.id != NAMED)),
        *_people(question, request, plan),
    ]
    said = list(dict.fromkeys(told))[:MOST_TOLD]
    return f"The analysis does not cover {listed(said)}." if said else None


def _said(request: Request, start: int, end: int) -> str:
    return '"' + " ".join(token.raw for token in request.tokens[start:end]) + '"'


def _values(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Values of a category that no step keeps, leaves out or groups by."""
    for value in request.reading.values:
        grouped = value.column.name in plan.columns
        known = plan.holds(value.item) or plan.speaks_of(str(value.item))
        if _is_noun(request, value):
            continue
        if value.score >= 1.0 and not grouped and not known and value.column.role in ("dimension", "target"):
            yield f"the filter {_said(request, value.start, value.end)}"


def _is_noun(request: Request, value: ValueMention) -> bool:
    """Whether the word is what the question calls its rows: "per hotel", or it stands there in the plural too."""
    if request.reading.lead(value.start) in _GROUPING:
        return True
    stems = {token.stem for token in request.tokens[value.start : value.end]}
    return any(token.stem in stems and token.word != token.stem for token in request.tokens)


def _columns(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Columns of numbers named outright that no step reads; other columns' names may just be the nouns of the rows."""
    for mention in request.reading.mentions:
        served = any(option.name in plan.columns for option in (*mention.options, *mention.rivals))
        if mention.score >= 1.0 and not served and is_number(mention.column) and not _about_rows(request, mention):
            yield f"the column {_said(request, mention.start, mention.end)}"


def _about_rows(request: Request, mention: Mention) -> bool:
    """Whether the mention only says what the rows are (passengers, orders)."""
    rows = set(range(mention.start, mention.end)) <= request.reading.rows
    year = holds_years(mention.column) and mention.end - mention.start == 1
    return rows or year or (mention.column.role in ("identifier", "constant") and not is_group(mention.column))


def _groups(request: Request, plan: PlanFacts) -> Iterator[str]:
    """Columns that are to divide the rows ("for each year") where no step is grouped by them."""
    for mention in request.reading.mentions:
        if mention.score < 1.0 or request.reading.lead(mention.start) not in _GROUPING:
            continue
        if is_group(mention.column) and not any(option.name in plan.groups for option in mention.options):
            yield f"figures for each {request.tokens[mention.start].raw}"


def _people(question: str, request: Request, plan: PlanFacts) -> Iterator[str]:
    """Names that neither a column, a value, nor a step holds: somebody or something that picks rows.

    Not where the question itself says which columns they are ("votes of the Democratic party", 'votes_dem').
    """
    columns = " ".join(column.name for column in request.card.columns).casefold()
    known = _KNOWN | plan.methods | plan.parameters
    asked = {token.raw for token in request.tokens}
    names = [
        name
        for name in dict.fromkeys(_NAME.findall(question))
        if name in asked
        and name.casefold() not in columns
        and not plan.speaks_of(name)
        and name.casefold() not in known
    ]
    if len(names) > len(_quoted_columns(question, request, plan)):
        yield from (f'"{name}", which is not in the table' for name in names)


def _quoted_columns(question: str, request: Request, plan: PlanFacts) -> set[str]:
    """The columns that a question puts in quotation marks and that a step reads."""
    quoted = set(_QUOTED.findall(question))
    return {column.name for column in request.card.columns if column.name in quoted & plan.columns}


def _bounds(request: Request, plan: PlanFacts) -> Iterator[str]:
    for bound in request.reading.bounds:
        if not _of_method(request, bound) and not _shown(bound, plan):
            yield f"the filter {_said(request, bound.start, bound.end)}"


def _of_method(request: Request, bound: Bound) -> bool:
    near = request.tokens[max(bound.start - 5, 0) : bound.end + 3]
    return any(token.stem in _METHOD or token.word in _METHOD for token in near)


def _shown(bound: Bound, plan: PlanFacts) -> bool:
    values = [bound.value] if bound.upper is None else [bound.value, bound.upper]
    return all(map(plan.holds, values))


def _periods(request: Request, plan: PlanFacts) -> Iterator[str]:
    for period in request.reading.periods:
        told = {str(period.start.year), str(period.end.year), period.start.isoformat(), period.label}
        if not any(map(plan.speaks_of, told)) and not {period.start.year, period.end.year} & plan.numbers:
            yield f'the period "{period.words}"'


def _splits(question: str, plan: PlanFacts) -> Iterator[str]:
    plain = question.casefold()
    for spoken, heeded in _SPLIT:
        found = re.search(spoken, plain)
        if found and not heeded(plan):
            yield f'"{found[0]}"'
