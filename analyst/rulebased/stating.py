"""Plans for statistics asked for by name: moments and quantiles, normality, outliers, correlations, tests of groups.

A question may also name the fields that its answer is wanted in (rulebased.formats); they become the columns of the
step NAMED, after the steps that compute them.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyst.core.text import fold, listed
from analyst.protocol.table import TableCard
from analyst.rulebased import sql
from analyst.rulebased.clauses import mark
from analyst.rulebased.computing import TESTS, Computing, correlated, group_test, normality, outlying
from analyst.rulebased.drafting import Draft, finished, preparing
from analyst.rulebased.formats import NAMED
from analyst.rulebased.inquiry import LINKED, Inquiry, core_of, described_columns, inquire, statistic_in
from analyst.rulebased.link.columns import is_number, spoken
from analyst.rulebased.plan_facts import read_plan
from analyst.rulebased.select import DATA
from analyst.rulebased.steps import Step, query
from analyst.rulebased.valuing import is_label, named

MOST_STEPS = 7
_NORMALITY_TESTS = r"shapiro|kolmogorov|anderson-|jarque|d'?agostino"
_NORMAL = rf"normal(?:ly)? distribut|distribut\w*[^.]*\bnormal|normality|adher\w*[^.]*normal|{_NORMALITY_TESTS}"
_OUTLIERS = r"\boutliers?\b|\boutlying\b"
_SKEWED = r"\bskew\w*|\bkurtosis\b"


def state(question: str, card: TableCard, table: str = DATA) -> Draft | None:
    """The plan for a question that asks `table` for statistics by name, or for fields of them; None for any other."""
    asked = inquire(question, card, table)
    kinds = _kinds(asked)
    if not kinds or not (asked.fields or _technical(asked, kinds)):
        return None
    if kinds == ["describe"] and any(is_label(wish, asked, kinds) for wish in asked.fields):
        return None  # "which country has the highest …" is a ranking
    before, source = preparing(asked.request)
    plan = Computing(source)
    told = [text for kind in kinds if (text := _RULES[kind](asked, plan))]
    if not told:
        return None
    fields = named(asked, plan, kinds)
    if asked.fields and not fields:
        return None
    parts = [f"{value} AS {sql.quoted(name)}" for name, value in fields.items()]
    last = [query(NAMED, f"SELECT {', '.join(parts)}")] if parts else []
    steps = finished((*before, *plan.steps, *last), MOST_STEPS)
    reading = f"{'; '.join(told)}{asked.request.conditions_in_words()}."
    return Draft(reading, steps, _left_open(question, asked, fields, steps))


def _left_open(question: str, asked: Inquiry, fields: Mapping[str, str], steps: tuple[Step, ...]) -> str | None:
    """What the plan does not answer: fields without a value, and quoted texts that it does not rest on."""
    missing = [wish.name for wish in asked.fields if wish.name not in fields]
    facts, options = read_plan(steps), [option for wish in asked.fields for option in wish.options]
    quoted = [
        text
        for text in mark(core_of(question), asked.card).quoted
        if len(text) > 1 and not facts.speaks_of(text) and not any(fold(text) in fold(option) for option in options)
    ]
    parts = [f"The plan does not compute {listed(missing)}."] if missing else []
    if quoted:
        names = listed([f'"{text}"' for text in dict.fromkeys(quoted)])
        parts.append(f"The table has no data for {names}, so this part was left out.")
    return " ".join(parts) or None


def _technical(asked: Inquiry, kinds: list[str]) -> bool:
    """Whether a question without fields names a statistic that only this module computes."""
    if "outliers" in kinds and not asked.says(r"z[- ]?score|\biqr\b|interquartile"):
        return False
    return kinds != ["describe"] and kinds != ["linked"] and (kinds != ["linked", "describe"])


def _kinds(asked: Inquiry) -> list[str]:
    """What is asked for, the first leads the report."""
    kinds = []
    test = next((name for name, pattern in TESTS if asked.says(pattern)), None)
    if test is not None:
        kinds.append("tested")
    if asked.says(_NORMAL) and not (
        asked.says(r"skew") and not asked.says("shapiro|kolmogorov|anderson|jarque|agostino")
    ):
        kinds.append("normal")
    if asked.says(_OUTLIERS) and not asked.says(r"(?:ignor\w*|do not|don't|not consider|no)\b[^.]*\boutlier"):
        kinds.append("outliers")
    if asked.says(LINKED) and test is None:
        kinds.append("linked")
    described = any(statistic_in(f.words) for f in asked.fields) or asked.says(_SKEWED)
    if described:
        kinds.append("describe")
    return kinds


def _describe(asked: Inquiry, plan: Computing) -> str:
    if not asked.numbers and not asked.others:
        return ""
    return f"Statistics of {listed([spoken(c) for c in described_columns(asked)])}{_by_words(asked)}"


def _by_words(asked: Inquiry) -> str:
    return f" by {spoken(asked.by)}" if asked.by else ""


def _normal(asked: Inquiry, plan: Computing) -> str:
    columns = [c for c in described_columns(asked) if is_number(c)]
    if not columns:
        return ""
    normality(asked, plan)
    return f"Whether {listed([spoken(c) for c in columns])} are normally distributed{_by_words(asked)}"


def _outliers(asked: Inquiry, plan: Computing) -> str:
    column = next((c for c in described_columns(asked) if is_number(c)), None)
    if column is None:
        return ""
    outlying(asked, plan, column)
    return f"Outliers of {spoken(column)}{_by_words(asked)}"


def _linked(asked: Inquiry, plan: Computing) -> str:
    id = correlated(asked, plan)
    return f"The correlation of {listed([spoken(c) for c in asked.numbers[:6]]) or 'the number columns'}" if id else ""


def _groups(asked: Inquiry, plan: Computing) -> str:
    return "Whether groups differ" if group_test(asked, plan) else ""


_RULES = {"tested": _groups, "normal": _normal, "outliers": _outliers, "linked": _linked, "describe": _describe}
