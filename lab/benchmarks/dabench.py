"""InfiAgent-DABench through the very path of `python main.py`: one gateway and one router for all questions.

    python main.py bench dabench FOLDER [--model groq-gpt-oss-120b] [--limit N] [--questions 0,5,6] [--write]
    python main.py bench dabench FOLDER --compare runs/dabench/A runs/dabench/B

FOLDER holds questions.jsonl, labels.jsonl and tables/. Results are added to results.jsonl as they come; a question that
has an answer there is not asked again, one that failed is. Without `--model` the chains decide; with it that model is
first in every chain, in the order of the file, and what it could not do is seen in the column "by others".
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from analyst.answers.question import check_question
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import KeyRejectedError, PlatformError, PortTakenError, SettingsError, StoreError
from analyst.core.events import Progress
from analyst.core.scratch import scratch
from analyst.core.settings import ROOT, Settings, load_settings
from analyst.execution.pool import WorkerPool
from analyst.llm.chains import CHAINS_FILE
from analyst.llm.gateway.launcher import ensure_running
from analyst.protocol.results import AnalysisResult
from analyst.protocol.table import TableSource
from lab.benchmarks.dabench_report import compare, failures, tables, write
from lab.benchmarks.dabench_scoring import Answer, Question
from monitoring import PerformanceMonitor
from routing import build_router
from workflow import Platform, run_analysis

if TYPE_CHECKING:
    from analyst.llm.gateway.launcher import GatewayInfo

Analyse = Callable[[Path, str], AnalysisResult]
"""Analyses a table for a question."""


def read_questions(folder: Path) -> list[Question]:
    """The questions of `folder` with their labels. SettingsError when it has not the shape described above."""
    try:
        labels = {row["id"]: dict(row["common_answers"]) for row in _lines(folder / "labels.jsonl")}
        return [
            Question(
                **{k: q[k] for k in ("id", "question", "constraints", "format", "file_name", "level")},
                concepts=tuple(q["concepts"]),
                expected=labels[q["id"]],
            )
            for q in _lines(folder / "questions.jsonl")
        ]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise SettingsError(
            f"{str(folder)!r} is not a set of questions: {error!r}.",
            "It needs questions.jsonl (id, question, concepts, constraints, format, file_name, level), labels.jsonl "
            "(id, common_answers) and tables/.",
        ) from None


def _lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


class Results:
    """The answers of one run, kept in `folder`/results.jsonl; the last line of a question counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "results.jsonl"

    def answers(self) -> dict[int, Answer]:
        """All answers by question; a last line that was cut is left out."""
        found: dict[int, Answer] = {}
        for line in self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []:
            try:
                given = json.loads(line)
            except ValueError:
                continue
            found[given["id"]] = Answer(**given | {"cost_usd": Decimal(given["cost_usd"])})
        return found

    def add(self, answer: Answer) -> None:
        """Write one more answer to the end of the file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        row = {name: getattr(answer, name) for name in Answer.__dataclass_fields__}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


def ask(question: Question, folder: Path, analyse: Analyse, clock: Callable[[], float] = time.perf_counter) -> Answer:
    """One question asked of its table in `folder`; an error of the analysis is its answer, one of the set-up is not."""
    started = clock()
    try:
        result = analyse(folder / "tables" / question.file_name, question.asked)
    except (SettingsError, KeyRejectedError, PortTakenError, StoreError):
        raise
    except PlatformError as error:
        return Answer(question.id, seconds=round(clock() - started, 3), error=str(error))
    return to_answer(question.id, result, clock() - started)


def to_answer(id: int, result: AnalysisResult, seconds: float) -> Answer:
    """What is kept of an analysis: what it shows, and what it computed."""
    told = [part for i in result.insights for part in (i.title, i.statement, i.caveat or "")]
    kept = ("call_id", "agent", "primary", "model_used", "reason", "rejected", "input_tokens", "output_tokens")
    return Answer(
        id=id,
        fields=result.fields,
        texts=[result.answer, result.summary, *told],
        evidence=[{k: t[k] for k in ("id", "method", "sql", "columns", "rows")} for t in result.evidence],
        plan=result.plan,
        reading=result.reading,
        unanswered=result.unanswered,
        calls=[call.model_dump(include=set(kept)) for call in result.calls],
        cost_usd=result.cost_usd,
        seconds=round(seconds, 3),
        degraded=bool(result.degraded),
    )


def chains_with(model: str) -> str:
    """chains.yaml with `model` first in every agent's chain. SettingsError for a model that has no line there."""
    document: dict[str, Any] = yaml.safe_load(CHAINS_FILE.read_text(encoding="utf-8"))
    if model not in document["models"]:
        raise SettingsError(f"Unknown model {model!r}.", f"Choose one of: {', '.join(document['models'])}.")
    for chain in document["agents"].values():
        others = [c for c in (chain["primary"], *chain["fallbacks"]) if c["model"] != model]
        chain["primary"] = {"model": model, "reason": "this model is being measured"}
        chain["fallbacks"] = others
    return yaml.safe_dump(document, sort_keys=False)


class Bench:
    """The platform as `python main.py` wires it, started once for all questions. A context manager."""

    def __init__(self, settings: Settings, model: str | None, folder: Path) -> None:
        self._settings, self._model = settings, model
        self.sent_back: list[str] = []
        if model not in (None, EMBEDDED_MODEL):
            folder.mkdir(parents=True, exist_ok=True)
            chains = folder / "chains.yaml"
            chains.write_text(chains_with(str(model)), encoding="utf-8")
            self._settings = settings.model_copy(update={"chains_file": chains, "routing_policy": "fixed"})

    def __enter__(self) -> Analyse:
        settings = self._settings
        info = self._offered(ensure_running(settings))
        monitor = PerformanceMonitor(settings)
        router = build_router(settings, info, monitor, on_event=self._hear)
        self._pool = WorkerPool(1, memory_mb=settings.sql_memory_mb)
        platform = Platform(settings, lambda: router, monitor, workers=self._pool)

        def analyse(table: Path, question: str) -> AnalysisResult:
            with scratch("dabench") as folder:
                return run_analysis(TableSource(table), check_question(question), platform, out=folder / "run")

        return analyse

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def _hear(self, event: Progress) -> None:
        if event.kind == "rejected":
            self.sent_back.append(event.text)

    def _offered(self, info: GatewayInfo) -> GatewayInfo:
        """The gateway with the model that is measured; with the embedded analyst alone if that is it."""
        if self._model == EMBEDDED_MODEL:
            return replace(info, models=())
        if self._model is not None and self._model not in info.models:
            fix = info.dropped.get(self._model, "run `python main.py gateway doctor` to see what is missing")
            raise SettingsError(f"The gateway does not offer {self._model!r}.", f"{fix}.")
        return info


def ask_all(questions: Sequence[Question], folder: Path, bench: Bench, results: Results) -> None:
    """Ask what has no answer yet, each answer kept as it comes."""
    done = results.answers()
    left = [q for q in questions if q.id not in done or done[q.id].error]
    if not left:
        return
    with bench as analyse:
        for number, question in enumerate(left, 1):
            bench.sent_back.clear()
            answer = replace(ask(question, folder, analyse), sent_back=tuple(bench.sent_back))
            results.add(answer)
            told = answer.error or f"{answer.seconds:.1f} s"
            print(f"{number}/{len(left)}  question {question.id}  {told}", file=sys.stderr, flush=True)


def chosen(questions: Sequence[Question], ids: str | None, limit: int | None) -> list[Question]:
    """The questions asked for. SettingsError for an id that the set has not."""
    wanted = [int(part) for part in ids.split(",")] if ids else [q.id for q in questions]
    known = {q.id: q for q in questions}
    missing = [id for id in wanted if id not in known]
    if missing:
        raise SettingsError(f"Unknown question {missing[0]!r}.", "See the ids in questions.jsonl.")
    return [known[id] for id in wanted][:limit]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which questions, which model, and what to show."""
    parser.add_argument("folder", type=Path, help="questions.jsonl, labels.jsonl and tables/")
    parser.add_argument("--model", help="a model of the gateway, first in every chain (embedded-analyst: it alone)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where results.jsonl is saved (runs/dabench/MODEL)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions")
    parser.add_argument("--questions", metavar="IDS", help="only these questions, such as 0,5,6")
    parser.add_argument("--report", action="store_true", help="don't ask anything, report existing results")
    parser.add_argument("--show", action="store_true", help="list each wrong answer next to the expected one")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("A", "B"), help="compare two result folders")
    parser.add_argument("--write", action="store_true", help="write the tables into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Ask, score, print; the exit code."""
    questions = chosen(read_questions(arguments.folder), arguments.questions, arguments.limit)
    if arguments.compare:
        first, second = (Results(folder).answers() for folder in arguments.compare)
        print(compare(questions, first, second, [folder.name for folder in arguments.compare]))
        return 0
    name = arguments.model or "chains"
    results = Results(arguments.out or ROOT / "runs" / "dabench" / name)
    if not arguments.report:
        ask_all(questions, arguments.folder, Bench(load_settings(), arguments.model, results.folder), results)
    answers: Mapping[int, Answer] = results.answers()
    print(tables(name, questions, answers))
    if arguments.show:
        print(failures(questions, answers))
    if arguments.write:
        write(name, questions, answers, whole=arguments.questions is None and arguments.limit is None)
    return 0
