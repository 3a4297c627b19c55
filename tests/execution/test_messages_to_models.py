"""Every message of a whole analysis, word by word: no cell of the table in it, and the report still answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from analyst.answers.question import Question
from analyst.core.settings import load_settings
from analyst.datasets.card import build_card
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.llm.listening import Patience
from analyst.protocol.blocks import read_block
from analyst.protocol.calls import CallRequest, GatewayReply
from analyst.protocol.results import AnalysisResult
from analyst.protocol.table import TableSource, write_card
from analyst.rulebased.analyst import reply
from tests import staff
from tests.planning.test_disclosure import HOSTILE, Step, holds
from tests.scripted import scripted_router
from workflow import Platform, run_analysis


class Analyst:
    """A model: the planner writes the plan given, the others are the embedded analyst. Keeps all that it was sent."""

    def __init__(self, steps: Sequence[str | Step]) -> None:
        given = [{"sql": step} if isinstance(step, str) else step for step in steps]
        self._plan = {"reading": "as asked", "steps": [{"id": f"s{n}"} | step for n, step in enumerate(given, 1)]}
        self._asked = 0
        self.sent: list[str] = []

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        text = "\n".join(str(message["content"]) for message in request.messages)
        self.sent.append(text)
        written = reply([dict(message) for message in request.messages])
        if (read_block(text, "task") or "").strip() == "plan" and self._asked < 2:
            self._asked += 1
            written = json.dumps(self._plan)
        return GatewayReply(written, model, model, input_tokens=100, output_tokens=20, latency_s=0.0)


def analysed(steps: Sequence[str | Step], question: str, folder: Path) -> tuple[AnalysisResult, Analyst]:
    analyst = Analyst(steps)
    router, monitor = scripted_router(analyst, folder)
    settings = load_settings(folder / ".env", metrics_export_path=folder / "metrics.db", runs_dir=folder / "runs")
    platform = Platform(settings, lambda: router, monitor)
    return run_analysis(TableSource(folder / "staff.csv"), Question(question), platform), analyst


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("messages")


@pytest.fixture(scope="module")
def secrets(folder: Path) -> list[str]:
    profile = staff.open_staff(folder)
    return staff.secrets(write_card(build_card(profile, "", {}, Pseudonyms(profile))))


@pytest.mark.parametrize(
    "kind",
    ["rows by rank", "joined text", "groups of one", "rows, then described", "text that is no number", "anomalies"],
)
def test_no_message_holds_a_cell(kind: str, folder: Path, secrets: list[str]) -> None:
    _, analyst = analysed(HOSTILE[kind], "What stands out?", folder)
    assert {(read_block(text, "task") or "").strip() for text in analyst.sent} == {
        "review",
        "plan",
        "insights",
        "report",
    }
    leaked = [cell for cell in secrets for text in analyst.sent if holds(text, cell) and cell not in str(HOSTILE[kind])]
    assert not leaked


def test_the_top_of_a_ranking_is_answered_without_seeing_it(folder: Path, secrets: list[str]) -> None:
    result, _ = analysed(HOSTILE["rows by rank"], "Which 5 people have the highest salary?", folder)
    first, second, *_ = sorted(range(staff.ROWS), key=staff.salary, reverse=True)
    assert staff.name(first) in result.answer and f"{staff.salary(first):,}" in result.answer
    assert staff.name(second) in result.answer
    assert "highest salary" in result.answer


def test_a_lowest_one_is_answered_too(folder: Path, secrets: list[str]) -> None:
    steps = ["SELECT name, salary FROM data ORDER BY salary LIMIT 1"]
    result, _ = analysed(steps, "Who has the lowest salary?", folder)
    last = min(range(staff.ROWS), key=staff.salary)
    assert staff.name(last) in result.answer and f"{staff.salary(last):,}" in result.answer


def test_rows_in_no_order_are_listed_and_not_ranked(folder: Path, secrets: list[str]) -> None:
    steps = ["SELECT name, salary FROM data WHERE bonus = 100"]
    result, _ = analysed(steps, "What do people with a bonus of 100 earn?", folder)
    assert staff.name(1) in result.answer and f"{staff.salary(1):,}" in result.answer
    assert "highest" not in result.answer and "lowest" not in result.answer


def test_groups_of_one_row_are_ranked_by_their_order(folder: Path, secrets: list[str]) -> None:
    steps = ["SELECT name, sum(salary) AS total FROM data GROUP BY name ORDER BY total DESC"]
    result, _ = analysed(steps, "Who was paid most in total?", folder)
    first = max(range(staff.ROWS), key=staff.salary)
    assert f"{staff.name(first)} has the highest total" in result.answer
    assert "share" not in result.answer
