"""One whole analysis in this process: the bundled table, the real crew and router, the rule-based analyst's replies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analyst.answers.illustrating import Illustrator
from analyst.answers.question import Question
from analyst.core.events import Progress
from analyst.core.settings import load_settings
from analyst.llm.listening import Patience
from analyst.protocol.blocks import read_block
from analyst.protocol.calls import CallRequest, GatewayReply, Router
from analyst.protocol.results import AnalysisResult
from analyst.protocol.table import TableSource
from analyst.rulebased.analyst import reply
from analyst.samples.catalog import SAMPLES
from analyst.service.answered_once import AnsweredOnce
from analyst.service.queue import JobQueue, Limits, Submission
from analyst.service.requests import AnalysisRequest
from routing import SmartRouter
from tests.scripted import scripted_router
from workflow import Platform, run_analysis


class RuleBased:
    """Answers as the rule-based analyst does, but for the first insights; notes each task that it was asked."""

    def __init__(self) -> None:
        self.tasks: list[str] = []

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        task = (read_block("\n".join(str(message["content"]) for message in request.messages), "task") or "").strip()
        self.tasks.append(task)
        spoiled = task == "insights" and self.tasks.count(task) == 1
        text = "no insights" if spoiled else reply([dict(message) for message in request.messages])
        return GatewayReply(text, model, model, input_tokens=100, output_tokens=20, latency_s=0.0)


class EndsAtReport:
    """Answers as `client` does, until the report is asked for."""

    def __init__(self, client: RuleBased) -> None:
        self._client = client

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        if request.agent == "report_writer":
            raise RuntimeError("the process ends")
        return self._client.complete(model, request, patience, on_text)


STARTING_S = 500.0
"""How long the gateway takes to start: longer than the analysis may."""


@dataclass(frozen=True)
class Analysed:
    """One analysis with all that was told and asked on the way."""

    result: AnalysisResult
    events: tuple[Progress, ...]
    asked: tuple[str, ...]
    asked_before_drawing: tuple[str, ...]


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    folder = tmp_path_factory.mktemp("workflow")
    client, events, drawing, begin = RuleBased(), list[Progress](), list[tuple[str, ...]](), Illustrator.begin

    def noted(self: Illustrator, choose: Callable[[], Any]) -> None:
        drawing.append(tuple(client.tasks))
        begin(self, choose)

    router, monitor = scripted_router(client, folder)
    settings = load_settings(folder / ".env", metrics_export_path=folder / "metrics.db", runs_dir=folder / "runs")
    started = list[float]()

    def gateway_started() -> SmartRouter:
        started.append(STARTING_S)
        return router

    clock = lambda: time.monotonic() + sum(started)  # noqa: E731
    platform = Platform(settings, gateway_started, monitor, events.append, clock=clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Illustrator, "begin", noted)
        question = Question("What is the total revenue by region?")
        result = run_analysis(TableSource(SAMPLES["sales"].path), question, platform, run_id="run-7")
    [before] = drawing
    return Analysed(result, tuple(events), tuple(client.tasks), before)


def test_a_run_has_the_id_that_it_is_given_and_its_folder_that_name(analysed: Analysed) -> None:
    assert analysed.result.id == "run-7"
    assert Path(analysed.result.files["report.md"]).parent.name == "run-7"


def test_the_time_in_which_the_gateway_starts_is_none_of_the_analysis(analysed: Analysed) -> None:
    assert analysed.result.degraded == ()
    assert analysed.result.latency_s >= STARTING_S, "what the user waited is told whole"


def test_every_event_of_an_analysis_carries_its_run_and_its_stage(analysed: Analysed) -> None:
    assert {event.run_id for event in analysed.events} == {"run-7"}
    begun = [event.stage for event in analysed.events if event.kind == "stage"]
    assert begun == ["reading", "profiling", "agents", "report"]
    assert list(dict.fromkeys(event.stage for event in analysed.events)) == begun


def test_charts_are_begun_once_the_insights_pass_and_before_the_writer_is_asked(analysed: Analysed) -> None:
    assert sorted(analysed.asked_before_drawing) == ["insights", "insights", "plan", "review"]
    assert analysed.asked[-1] == "report" and analysed.result.charts


def given(router: Router) -> Callable[[], Router]:
    return lambda: router


def test_an_analysis_that_broke_off_asks_only_what_was_not_answered(tmp_path: Path) -> None:
    """As in two processes: the first one ends in its third call, the second one has nothing but the store."""
    monitor, asked = None, list[str]()
    for ends in (True, False):
        client = RuleBased()
        router, monitor = scripted_router(EndsAtReport(client) if ends else client, tmp_path)
        queue = JobQueue(monitor.store, Limits())
        if ends:
            request = AnalysisRequest(SAMPLES["sales"].path, "What is the total revenue by region?")
            queue.submit(Submission("run-9", request, "ann"))
        else:
            queue.release("p1")
        job = queue.claim("p1" if ends else "p2")
        assert job is not None
        asking = AnsweredOnce(router, queue, job.lease)
        settings = load_settings(tmp_path / ".env", metrics_export_path=tmp_path / "metrics.db")
        platform = Platform(settings, given(asking), monitor)
        question, source = Question("What is the total revenue by region?"), TableSource(SAMPLES["sales"].path)
        if ends:
            with pytest.raises(RuntimeError, match="the process ends"):
                run_analysis(source, question, platform, out=tmp_path / "run", run_id="run-9")
        else:
            result = run_analysis(source, question, platform, out=tmp_path / "run", run_id="run-9")
        asked.append(" ".join(client.tasks))
    assert sorted(asked[0].split()) == ["insights", "insights", "plan", "review"]
    assert asked[1] == "report"
    assert len(result.calls) == 5 and monitor is not None and monitor.runs()[0]["status"] == "done"
