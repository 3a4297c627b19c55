"""Replies as models of every strength write them (tests/answers/replies/*.txt), checked by the real checks on a real table.

Each is read as it was meant and gives the right figures, or goes back with an error that names the fix, or is passed over
by the router. None is believed wrongly: a figure is compared with one that plain Python computes from the same rows.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyst.answers.accepted import Explained, FurtherResults, Planned
from analyst.answers.composing import Composer
from analyst.answers.guards import Guards
from analyst.core.errors import ChainExhaustedError, PlanError, ReplyError
from analyst.datasets.card import card_evidence
from analyst.datasets.opening import open_table
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.profiling import profile_table
from analyst.execution.pool import WorkerPool
from analyst.execution.runner import PlanRunner
from analyst.protocol.calls import CallRequest
from analyst.protocol.evidence import Evidence
from analyst.protocol.table import TableProfile
from analyst.reporting.filling import Filler
from tests.sales_table import sales_csv
from tests.scripted import ScriptedClient, scripted_router

FOLDER = Path(__file__).parent / "replies"
QUESTION = "Which region sold most? Answer as @total_revenue[value] and @mean_revenue[value]."
PLAN = """{"steps":[{"id":"s1","method":"describe","columns":["Revenue"]},
{"id":"by_region","sql":"SELECT Region, sum(Revenue) AS total FROM data GROUP BY Region ORDER BY total DESC"},
{"id":"totals","sql":"SELECT sum(Revenue) AS revenue, count(*) AS orders FROM data"}]}"""
INSIGHT = '{"insights":[{"title":"South leads","statement":"It made {{by_region[1].total}}."}]}'
ROWS = list(csv.DictReader(io.StringIO(sales_csv())))


def replies(task: str) -> Iterator[Any]:
    """The corpus of one task: each reply with what is expected of it."""
    for part in (FOLDER / f"{task}.txt").read_text(encoding="utf-8").split("\n##### ")[1:]:
        name, _, rest = part.partition("\n")
        head, _, text = rest.partition("-----\n")
        wanted: dict[str, Any] = yaml.safe_load(head) or {}
        text = (text.rstrip("\n") + "\n") * wanted.get("repeat", 1) if text.strip() else ""
        text = wanted.get("wrap", "%s").replace("%s", text)
        yield pytest.param(wanted.get("prefix", "") + text, wanted, id=name)


def dollars() -> list[float]:
    """The amounts of `diff`, of which one cell is a word."""
    return [float(row["diff"].replace("$", "").replace(",", "")) for row in ROWS if row["diff"].startswith("$")]


def revenue(**where: str) -> list[float]:
    return [float(row["Revenue"]) for row in ROWS if all(row[key] == value for key, value in where.items())]


def prices() -> list[float]:
    return [float(row["Unit Price"]) for row in ROWS]


def by(key: str) -> dict[str, float]:
    return {value: sum(revenue(**{key: value})) for value in {row[key] for row in ROWS}}


def ranked(key: str) -> list[tuple[str, float]]:
    return sorted(by(key).items(), key=lambda item: -item[1])


def span() -> int:
    days = [date.fromisoformat(row["When"]) for row in ROWS]
    return (max(days) - min(days)).days


TRUTHS: Mapping[str, Any] = {
    "revenue_by_region": lambda: ranked("Region"),
    "mean_revenue": lambda: [("mean", statistics.fmean(revenue()))],
    "mean_of_north": lambda: [("mean", statistics.fmean(revenue(Region="North")))],
    "mean_unit_price": lambda: [("", statistics.fmean(prices()))],
    "price_and_revenue": lambda: [(statistics.fmean(prices()), sum(revenue()))],
    "male_orders": lambda: [("", len(revenue(Sex="male")))],
    "north_orders": lambda: [("", len(revenue(Region="North")))],
    "above_hundred": lambda: [("", sum(value >= 100 for value in revenue()))],
    "dollar_amounts": lambda: [("", len(dollars()))],
    "mean_diff": lambda: [("", statistics.fmean(dollars()))],
    "third_of_revenue": lambda: [("", sum(revenue()) / 7)],
    "span_days": lambda: [("", span())],
    "first_region": lambda: ranked("Region")[:1],
    "second_region": lambda: ranked("Region")[1:2],
    "top_product": lambda: ranked("Product")[:1],
    "orders_by_month": lambda: sorted(Counter(row["When"][:7] for row in ROWS).items()),
    "sex_difference": lambda: [
        ("difference", abs(statistics.fmean(revenue(Sex="male")) - statistics.fmean(revenue(Sex="female"))))
    ],
    "churn_of_yes": lambda: [
        ("difference", abs(statistics.fmean(revenue(Churn="yes")) - statistics.fmean(revenue(Churn="no"))))
    ],
    "price_revenue_r": lambda: [("r", statistics.correlation(prices(), revenue()))],
}
"""What the questions' answers are, by plain Python: rows of labels and figures, or the figure of a named column."""


def holds(evidence: Evidence, truth: str) -> bool:
    """Whether the plan's last result holds just these rows (labels and figures, the figure of a named column)."""
    wanted = TRUTHS[truth]()
    table = [t for t in evidence.tables if t.audience == "answer" and (t.method or t.sql)]
    main = next(t for t in reversed(table) if not any(t.id.startswith(f"{other.id}_") for other in table))
    if len(wanted) == 1 and wanted[0][0] in main.columns:
        return main.row_count == 1 and abs(main.column(wanted[0][0])[0]) == pytest.approx(abs(wanted[0][1]))
    named = [tuple(part for part in row if part != "") for row in wanted]
    return main.row_count == len(named) and all(map(_in_row, main.rows, named))


def _in_row(row: tuple[Any, ...], parts: tuple[Any, ...]) -> bool:
    return all(any(cell == (part if isinstance(part, str) else pytest.approx(part)) for cell in row) for part in parts)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    folder = tmp_path_factory.mktemp("orders")
    file = folder / "orders.csv"
    file.write_text(sales_csv(), encoding="utf-8")
    return profile_table(open_table(file, folder))


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    kept = WorkerPool(1, memory_mb=512)
    yield kept
    kept.close()


@pytest.fixture
def runner(profile: TableProfile, pool: WorkerPool) -> Iterator[PlanRunner]:
    """A runner for one analysis, on a worker that is kept for the next."""
    with PlanRunner(profile, timeout_s=20, memory_mb=512, pool=pool) as running:
        yield running


@pytest.fixture
def guards(profile: TableProfile, runner: PlanRunner) -> Guards:
    fill = Filler(QUESTION, profile.table.columns)
    return Guards(runner, Pseudonyms(profile), Evidence(card_evidence(profile)), fill)


@pytest.fixture
def planned(guards: Guards) -> Planned:
    """The plan PLAN, accepted."""
    return guards.plan(PLAN)


@pytest.fixture
def explained(guards: Guards, planned: Planned) -> Explained:
    """The insight INSIGHT, accepted."""
    found = guards.insights(INSIGHT, planned)
    assert isinstance(found, Explained)
    return found


def goes_back(guard: Callable[[], object], words: str) -> None:
    with pytest.raises((PlanError, ReplyError)) as caught:
        guard()
    assert words in "; ".join(caught.value.texts)


def shown(evidence: Evidence, text: str) -> str:
    return Composer(evidence, Filler(QUESTION, evidence.table("profile").column("column"))).text(text)


@pytest.mark.parametrize(("text", "wanted"), replies("plan"))
def test_a_plan_is_read_as_meant_or_goes_back(
    text: str, wanted: dict[str, Any], guards: Guards, tmp_path: Path
) -> None:
    if wanted.get("escalated"):
        assert passed_over(text, tmp_path)
    elif "told" in wanted:
        goes_back(lambda: guards.plan(text), wanted["told"])
    else:
        evidence = guards.plan(text).evidence
        assert holds(evidence, wanted["gives"]), evidence.tables[3:]


def passed_over(text: str, folder: Path) -> bool:
    """Whether the router takes the next model's reply instead of this one."""
    client = ScriptedClient({"Query Interpreter": [text, PLAN]})
    router, _ = scripted_router(client, folder)
    messages = [{"role": "system", "content": "You are Query Interpreter."}, {"role": "user", "content": "plan"}]
    try:
        reply = router.route_with_fallback(CallRequest("query_interpreter", messages, 600))
    except ChainExhaustedError:
        return False
    return reply.text == PLAN and reply.fallback_used


@pytest.mark.parametrize(("text", "wanted"), replies("review"))
def test_a_review_is_read_as_meant_or_goes_back(text: str, wanted: dict[str, Any], guards: Guards) -> None:
    if "told" in wanted:
        goes_back(lambda: guards.review(text), wanted["told"])
    else:
        assert shown(guards.cited, guards.review(text).review.summary) == wanted["shows"]


@pytest.mark.parametrize(("text", "wanted"), replies("insights"))
def test_insights_are_read_as_meant_or_go_back(
    text: str, wanted: dict[str, Any], guards: Guards, planned: Planned
) -> None:
    if "told" in wanted:
        goes_back(lambda: guards.insights(text, planned), wanted["told"])
        return
    found = guards.insights(text, planned)
    if "asks" in wanted:
        assert isinstance(found, FurtherResults)
        assert found.evidence.table(wanted["asks"]).row_count == 2
    else:
        assert isinstance(found, Explained)
        assert shown(found.evidence, found.insights.insights[0].statement) == wanted["shows"]


@pytest.mark.parametrize(("text", "wanted"), replies("report"))
def test_a_report_is_read_as_meant_or_goes_back(
    text: str, wanted: dict[str, Any], guards: Guards, explained: Explained
) -> None:
    if "told" in wanted:
        goes_back(lambda: guards.report(text, explained), wanted["told"])
        return
    report = guards.report(text, explained).reply
    assert shown(explained.evidence, report.answer) == wanted["shows"]
    found = {field.name: shown(explained.evidence, field.value).replace(",", "") for field in report.fields}
    assert found == wanted.get("fields", {})


def test_the_corpus_is_large_and_covers_every_outcome() -> None:
    cases = [case.values[1] for task in ("plan", "review", "insights", "report") for case in replies(task)]
    assert len(cases) >= 150
    for outcome in ("gives", "told", "escalated", "shows", "asks", "fields"):
        assert any(outcome in wanted for wanted in cases)
