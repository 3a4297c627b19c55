"""Kept answers as a user meets them: main.py, the real gateway, the embedded analyst, no key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyst.core.settings import load_settings
from analyst.protocol.table import TableSource
from analyst.samples.catalog import SAMPLES
from analyst.storage.database import Store
from tests.gateway_process import RunningGateway, running_gateway
from tests.test_main import CommandLine

SALES = SAMPLES["sales"].path
ASKED = "What is the total revenue by region?"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("kept")) as running:
        yield running


@pytest.fixture(scope="module")
def asked(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandLine, dict[str, Any]]:
    """A command line that has asked one question already, and its answer."""
    command = CommandLine(gateway, tmp_path_factory.mktemp("asked"))
    return command, command.analyse(SALES, ASKED)


def without_its_run(result: dict[str, Any]) -> dict[str, Any]:
    own = ("id", "question", "calls", "cost_usd", "latency_s", "files", "cached", "kept", "report")
    return {name: value for name, value in result.items() if name not in own}


@pytest.mark.parametrize(
    ("question", "tier", "calls"),
    [
        ("what is the  total revenue by region", 1, 0),
        ("Please show the total revenue for each region", 2, 0),
        ("What were the total sales by region?", 3, 2),
    ],
)
def test_each_tier_gives_the_answer_again_as_a_run_of_its_own(
    asked: tuple[CommandLine, dict[str, Any]], question: str, tier: int, calls: int
) -> None:
    command, first = asked
    again = command.analyse(SALES, question)
    assert again["cached"] and again["kept"]["tier"] == tier and again["kept"]["run"] == first["id"] != again["id"]
    assert len(again["calls"]) == calls and float(again["cost_usd"]) == 0
    assert without_its_run(again) == without_its_run(first)
    assert set(again["files"]) == set(first["files"])
    saved = json.loads(Path(again["files"]["result.json"]).read_text())
    assert saved["kept"] == again["kept"] and saved["question"] == " ".join(question.split())
    assert f"Cached answer from run {first['id']}" in Path(again["files"]["report.md"]).read_text()


@pytest.mark.parametrize(
    "question",
    [
        "What is the average revenue by region?",
        "What is the total quantity by region?",
        "What is the total revenue by branch?",
        "Which region has the lowest total revenue?",
        "What is the total revenue by region without South?",
    ],
)
def test_a_question_that_means_something_else_is_answered_anew(
    asked: tuple[CommandLine, dict[str, Any]], question: str
) -> None:
    command, _ = asked
    assert not command.analyse(SALES, question)["cached"]


def test_no_cache_asks_anew_and_keeps_the_new_answer(command: CommandLine) -> None:
    first = command.analyse(SALES, ASKED)
    done = command("main.py", str(SALES), ASKED, "--json", "--no-cache")
    fresh = json.loads(done.stdout)
    assert not fresh["cached"] and len(fresh["calls"]) == 4
    again = command.analyse(SALES, ASKED)
    assert again["kept"]["run"] == fresh["id"] != first["id"]


def test_the_terminal_says_that_an_answer_was_kept_and_the_statistics_count_it(command: CommandLine) -> None:
    first = command.analyse(SALES, ASKED)
    shown = command("main.py", str(SALES), ASKED)
    assert f"(run {first['id']}). Use --no-cache to ignore it." in " ".join(shown.stdout.split())
    stats = command("main.py", "cache", "--stats")
    assert "2 questions looked up, 1 answered from the cache (50%)" in stats.stdout
    assert "Cached answers cleared: 1." in command("main.py", "cache", "--clear").stdout
    assert not command.analyse(SALES, ASKED)["cached"]


def test_changed_data_a_deleted_run_and_a_cache_that_is_off_are_asked_anew(
    command: CommandLine, tmp_path: Path
) -> None:
    table = tmp_path / "sales.csv"
    shutil.copy(SALES, table)
    first = command.analyse(table, ASKED)
    assert not json.loads(command("main.py", str(table), ASKED, "--json", CACHE_SIZE="0").stdout)["cached"]
    shutil.rmtree(Path(first["files"]["result.json"]).parent)
    second = command.analyse(table, ASKED)
    assert not second["cached"] and command.analyse(table, ASKED)["cached"]
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, lines[-1]]) + "\n")
    assert not command.analyse(table, ASKED)["cached"]


@pytest.fixture
def command(gateway: RunningGateway, tmp_path: Path) -> CommandLine:
    return CommandLine(gateway, tmp_path)


def test_an_answer_of_the_embedded_analyst_is_not_given_when_a_model_is_in_reach(
    command: CommandLine, gateway: RunningGateway, tmp_path: Path
) -> None:
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.answers.cache.recall import Recall
    from analyst.answers.run import Run
    from analyst.core.agents import AGENTS, EMBEDDED_MODEL
    from analyst.core.events import RunEvents

    command.analyse(SALES, ASKED)
    store = Store.at(command.folder / "metrics.db")
    settings = load_settings(tmp_path / ".env")
    cache = AnswerCache(lambda: store, size=5, ttl_s=3600)

    def found(models: list[str]) -> bool:
        run = Run("r", ASKED, tmp_path, RunEvents("r", lambda event: None), lambda: 0.0)
        recall = Recall(cache, run, settings, lambda: dict.fromkeys(AGENTS, models))
        return recall.by_words(TableSource(SALES)) is not None

    assert found([EMBEDDED_MODEL])
    assert not found(["claude-sonnet-5-5", EMBEDDED_MODEL])
