"""The documents on backends add up and come from what the code uses."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from analyst.core.agents import AGENTS, EMBEDDED_MODEL, JUDGE
from analyst.llm.chains import load_chains
from analyst.protocol.prompting import roles
from lab.documents.diagram import diagram_png, diagram_svg
from lab.documents.document import strategy_text
from lab.documents.figures import ANALYSES_A_DAY, agent_plans, naive, total
from lab.documents.flow import DOORS, placed, steps
from lab.loadtest.results import document, write
from main import main
from tests.lab.loadtest.lines import line
from tests.lab.loadtest.test_results import OPTIONS

RESULTS = document(
    [line(1), line(2)], options=OPTIONS, wall_s=10.0, target_s=8.0, models=[], extra={}, interrupted=False
)


def test_the_total_is_the_sum_of_the_agents_lines_as_they_stand_in_the_table() -> None:
    table = strategy_text(RESULTS, "results.json").split("## 3. Cost-benefit")[1].split("### Naive")[0]
    days = [
        Decimal(row.split("|")[5].strip(" *$")) for row in table.splitlines() if row.startswith("| ") and "$" in row
    ]
    *agents, together = days
    assert len(agents) == len(AGENTS)
    assert sum(agents) == together == total(agent_plans(RESULTS))


def test_each_line_is_tokens_times_price_and_the_arithmetic_is_shown() -> None:
    plan = agent_plans(RESULTS)[1]
    assert plan.primary.call_usd == (Decimal("0.15") * 1000 + Decimal("0.60") * 100) / 1_000_000
    assert plan.primary.day_usd == plan.primary.call_usd * ANALYSES_A_DAY
    assert plan.primary.arithmetic == "1,000 ÷ 1,000 × $0.00015 + 100 ÷ 1,000 × $0.0006"
    assert plan.primary.arithmetic in strategy_text(RESULTS, "results.json")


def test_a_day_fits_the_budget_and_there_is_a_local_a_budget_and_a_premium_agent() -> None:
    plans = agent_plans(RESULTS)
    assert total(plans) < 20
    assert {"local", "budget cloud", "premium"} <= {plan.tier for plan in plans}
    assert naive(plans) == Decimal("0.144") * ANALYSES_A_DAY


@pytest.mark.parametrize("agent", [*AGENTS, JUDGE])
def test_every_candidate_of_every_chain_stands_in_the_document_with_its_reason(agent: str) -> None:
    text = strategy_text(RESULTS, "results.json")
    for candidate in load_chains()[agent].candidates:
        judged_by_rules = agent == JUDGE and candidate.model == EMBEDDED_MODEL
        assert candidate.model in text and (judged_by_rules or candidate.reason in text)


def test_the_diagram_shows_every_agent_model_and_edge_and_is_wide_enough_to_read() -> None:
    svg, png = (drawn := diagram_svg(RESULTS)), diagram_png(drawn)
    edges = sum(len(chain.models) for agent, chain in load_chains().items() if agent in AGENTS)
    assert svg.count("<circle") == edges
    assert all(model in svg for chain in load_chains().values() for model in chain.models)
    assert "Judge" in svg and load_chains()[JUDGE].models[0] in svg
    assert all(text in svg for text in (*DOORS, "Service", "Store", "Engine", "SmartRouter", "LiteLLM gateway"))
    assert png.startswith(b"\x89PNG") and int.from_bytes(png[16:20], "big") == 1600
    assert not re.search(r"None|nan", svg)


def test_the_diagram_says_what_each_step_hands_to_the_next_in_a_column_without_overlaps() -> None:
    column = [box for box, _ in placed(agent_plans(RESULTS), 300.0, 1400.0).values()]
    assert [box.title for box in column if box.title in {role.role for role in roles().values()}] == [
        roles()[agent].role for agent in AGENTS
    ]
    assert all(above.bottom + 20 < below.y for above, below in pairwise(column))
    svg = diagram_svg(RESULTS)
    handed = [step.hands_on for step in steps(agent_plans(RESULTS)) if step.hands_on]
    assert len(handed) == 6 and all(text in svg for text in handed)


def test_no_text_of_the_diagram_is_too_small_to_read() -> None:
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', diagram_svg(RESULTS))]
    ranks = diagram_svg(RESULTS).count("<circle")
    assert sum(size < 15 for size in sizes) == ranks


def test_check_fails_for_a_document_that_is_out_of_date(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    write(results, RESULTS)
    given = ["documents", "--results", str(results), "--out", str(tmp_path)]
    assert main([*given, "--check"]) == 1
    assert main(given) == 0
    assert main([*given, "--check"]) == 0


def test_the_committed_document_is_what_the_committed_results_give() -> None:
    assert main(["documents", "--check"]) == 0
