"""The command line: a table and a question in, a checked report out.

    python main.py                                  the bundled sample and its question
    python main.py sales.csv "Which products grew most in Q4?"
    python main.py COMMAND                          gateway, cache, prices, load tests and more: --help lists them

Exit codes: 0 done, 1 an error of ours, 2 a mistake the user can fix, 130 interrupted.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import lab.commands
from analyst.apps.cli import commands
from analyst.apps.cli.commands import Command, run_command
from analyst.apps.cli.naming import added_tables, choose_input, named_tables, split_followed, split_given
from analyst.apps.cli.parser import PROGRAM, WELCOME, analysis_parser
from analyst.core.background import Background
from analyst.core.errors import SettingsError, StoreError
from analyst.core.events import Progress
from analyst.core.exit_codes import exit_code
from analyst.core.outputs import check_folder
from analyst.core.settings import Settings, load_settings
from analyst.protocol.relations import parse_all_key_pairs
from analyst.protocol.table import TableSource
from analyst.samples.catalog import DEFAULT, SAMPLES
from analyst.service.presence import running
from analyst.service.requests import LAST, AnalysisRequest, FollowUp
from lab.loadtest.options import add_options

if TYPE_CHECKING:
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.datasets.previewing import Preview
    from analyst.llm.gateway.launcher import GatewayInfo
    from analyst.protocol.models import ModelStatus
    from analyst.protocol.results import AnalysisResult
    from analyst.protocol.table import TableProfile
    from analyst.service.worker import Claimed
    from analyst.storage.database import Store
    from monitoring import PerformanceMonitor
    from routing import SmartRouter
    from workflow import Platform

COMMANDS: Mapping[str, Command] = {**commands.COMMANDS, **lab.commands.COMMANDS}
"""Everything that is not an analysis."""
MB = 10**6
WARM_AGAIN_S = (2.0, 60.0)
"""Seconds until a warm-up that failed is tried again: at first, and at most."""
OUTDATED = "The running service has other settings or older code, so it is not used. Restart it to use it."


def build_parser() -> argparse.ArgumentParser:
    """The arguments of an analysis, and of the load test that `--load-test` makes of it."""
    parser = analysis_parser(COMMANDS)
    parser.add_argument("--load-test", action="store_true", help="run many analyses at once (see load-test --help)")
    add_options(parser)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    return parser


def _asked(arguments: argparse.Namespace, settings: Settings) -> AnalysisRequest | FollowUp:
    """What the arguments ask: a question about tables, or a follow-up that may add some. SettingsError: both."""
    options = (arguments.no_cache, arguments.consensus, arguments.out)
    if not arguments.follow:
        tables, question = split_given(arguments.given)
        source = named_tables(tables, arguments.sheet, settings.state_dir, arguments.on) if tables else None
        table, asked = choose_input(source, question)
        return AnalysisRequest(table.place, asked, table.sheet, *options, others=table.others, on=table.on)
    run, following, added = split_followed(arguments.follow)
    others = added_tables([*arguments.given, *added], arguments.sheet, settings.state_dir)
    return FollowUp(run or LAST, following, *options, others=others, on=parse_all_key_pairs(arguments.on))


def _warm_up(settings: Settings) -> None:
    """Import CrewAI, then make ready what calls and the report need: it takes seconds, and can be done meanwhile."""
    import agents  # noqa: F401
    from analyst.llm.client import preload
    from analyst.reporting.charts.drawing import grammar_version
    from analyst.reporting.charts.library import library

    preload()
    grammar_version()
    library(settings.cache_dir)


def analyse(
    given: AnalysisRequest | FollowUp, settings: Settings, on_event: Callable[[Progress], None]
) -> AnalysisResult:
    """The analysis that is asked for, made in this process. The gateway starts and CrewAI is imported while the table
    is profiled, the latter only if no kept answer is found by its words: it takes longer than all that giving one again
    needs."""
    from analyst.answers.question import check_question
    from analyst.answers.run import new_run_id
    from analyst.datasets.preparing import check_input
    from analyst.service.access import LOCAL
    from analyst.service.forgetting import forget_at_terminal
    from analyst.service.threads import Threads
    from monitoring import PerformanceMonitor
    from workflow import Platform, run_analysis

    monitor = PerformanceMonitor(settings)
    threads = Threads(lambda: monitor.store, settings.runs_dir)
    request = threads.request(given, LOCAL) if isinstance(given, FollowUp) else given
    before = threads.before(request.follows) if request.follows else ()
    asked = check_question(request.question, before, request.selection)
    check_input(request.source)
    check_folder(request.out or settings.runs_dir)
    gateway = Background(lambda: _start_gateway(settings, on_event))
    run_id = new_run_id()
    try:
        threads.begin(run_id, LOCAL, request)
        forget_at_terminal(monitor.store, settings)
    except StoreError as error:
        on_event(Progress("note", f"This question can't be followed up: {error}"))

    def router() -> SmartRouter:
        from routing import build_router

        return build_router(settings, gateway.wait(), monitor, lambda text: on_event(Progress("note", text)))

    platform = Platform(
        settings,
        router,
        monitor,
        on_event,
        cache=_answer_cache(settings, monitor),
        fresh=request.fresh,
        consensus=request.consensus,
        get_ready=lambda: Background(lambda: _warm_up(settings), abandoned=False),
    )
    return run_analysis(request.source, asked, platform, out=request.out, run_id=run_id)


def _answer_cache(settings: Settings, monitor: PerformanceMonitor) -> AnswerCache:
    """The answers kept in the monitor's store."""
    from analyst.answers.cache.answer_cache import AnswerCache

    return AnswerCache(lambda: monitor.store, size=settings.cache_size, ttl_s=settings.cache_ttl_s)


class Resident:
    """What a process that makes many analyses keeps between them: gateway and router, monitor, workers, open tables."""

    def __init__(self, settings: Settings, at_once: int | None = None) -> None:
        from analyst.datasets.kept_tables import KeptTables
        from analyst.datasets.opened_tables import OpenedTables
        from analyst.execution.pool import WorkerPool
        from analyst.service.drafts import Drafts
        from monitoring import PerformanceMonitor

        self.settings, self.monitor = settings, PerformanceMonitor(settings)
        self.drafts = Drafts(lambda: self.monitor.store)
        self._workers = WorkerPool(at_once or settings.analyses_at_once, memory_mb=settings.sql_memory_mb)
        kept = MB * settings.open_tables_mb
        self.tables = OpenedTables(KeptTables(settings.state_dir / "tables", kept) if kept else None)
        self._cache = _answer_cache(settings, self.monitor)
        self._router: SmartRouter | None = None
        self._routing = threading.Lock()
        self._warming: Background[None] | None = None
        self._closing = threading.Event()

    @property
    def store(self) -> Store:
        """The store that everything is recorded in."""
        return self.monitor.store

    def warm_up(self) -> None:
        """Begin to load what analyses need: seconds in which requests can be taken already. What fails is tried again
        until it works: a gateway that can't start yet, a file that changes just now."""

        def work() -> None:
            told, wait_s = "", WARM_AGAIN_S[0]
            while not self._closing.is_set():
                try:
                    return self._load()
                except Exception as error:
                    if str(error) != told:
                        told = str(error)
                        _log(Progress("note", f"Warming up failed and is tried again: {error}"))
                self._closing.wait(wait_s)
                wait_s = min(2 * wait_s, WARM_AGAIN_S[1])

        self._warming = Background(work, abandoned=False)

    def _load(self) -> None:
        gateway = Background(self.router)
        self._workers.fill()
        self.profile(SAMPLES[DEFAULT].path)
        _warm_up(self.settings)
        gateway.wait()

    def is_ready(self) -> bool:
        """Whether everything is loaded and the gateway answered."""
        return self._router is not None and (self._warming is None or self._warming.done)

    def router(self) -> SmartRouter:
        """The router of all analyses; made, with its gateway, by whoever asks first. GatewayError and others."""
        with self._routing:
            if self._router is None:
                from routing import build_router

                info, hear = _start_gateway(self.settings, _log), self.drafts.hear
                self._router = build_router(self.settings, info, self.monitor, on_text=hear)
            return self._router

    def analyse(self, claimed: Claimed) -> AnalysisResult:
        """Make the analysis of a job."""
        from analyst.answers.question import check_question
        from analyst.service.threads import Threads
        from workflow import run_analysis

        asked, router = claimed.request, lambda: claimed.asking(self.router())
        platform = replace(self.platform(claimed.tell), router=router, fresh=asked.fresh, consensus=asked.consensus)
        platform = replace(platform, check=claimed.check, already_s=claimed.already_s)
        before = Threads(lambda: self.store, self.settings.runs_dir).before(asked.follows) if asked.follows else ()
        question = check_question(asked.question, before, asked.selection)
        with self.drafts.heard(claimed.id):
            return run_analysis(asked.source, question, platform, out=asked.out, run_id=claimed.id)

    def platform(self, on_event: Callable[[Progress], None]) -> Platform:
        """The platform as one analysis sees it."""
        from workflow import Platform

        kept = Platform(self.settings, self.router, self.monitor, on_event, self._workers)
        return replace(kept, cache=self._cache, tables=self.tables)

    def run(self, source: TableSource, question: str, platform: Platform, out: Path) -> AnalysisResult:
        """Make one analysis that is no job."""
        from analyst.answers.question import check_question
        from workflow import run_analysis

        return run_analysis(source, check_question(question), platform, out=out)

    def profile(self, table: Path) -> TableProfile:
        """The profile of the table in a file."""
        with self.tables.open(TableSource(table), self.settings, _silent) as opened:
            return opened.profiled(_silent)

    def preview(self, source: TableSource, like: str = "") -> Preview:
        """The table's profile and first rows; of several, joined as in the table with the fingerprint `like`."""
        with self.tables.open(source, self.settings, _silent, like=like) as opened:
            return opened.preview(_silent)

    def budget(self) -> Mapping[str, object]:
        """Today's spending against the budget."""
        return self.monitor.check_budget_compliance()

    def spent_by(self, asker: str) -> Decimal:
        """USD that today's calls of a user of the service cost, reserved ones included."""
        from analyst.budget.ledger import Ledger

        return Ledger.of(self.store, self.settings).spent_by(asker)

    def models(self) -> list[ModelStatus]:
        """The configured models, with their chains, prices and breakers."""
        from analyst.budget.prices import load_prices
        from analyst.llm.chains import CHAINS_FILE, load_chains
        from analyst.llm.listing import list_models

        chains, router = load_chains(self.settings.chains_file or CHAINS_FILE), self._router
        offered = None if router is None else {model for agent in chains for model in router.candidates(agent)}
        return list_models(chains, load_prices(), self.store, time.time(), offered)

    def metrics(self) -> str:
        """The platform's figures for Prometheus."""
        return self.monitor.prometheus_text()

    def close(self) -> None:
        """Let go of processes and folders."""
        self._closing.set()
        if self._warming is not None:
            self._warming.join()
        self._workers.close()
        self.tables.close()


def serve_worker(folder: Path, threads: int) -> int:
    """Be a worker of a load test: one gateway, router and monitor for all of its analyses."""
    from lab.loadtest.worker import serve

    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings = load_settings()
    _warm_up(settings)
    resident = Resident(settings, threads)
    resident.router()

    def analyse_one(table: Path, question: str, on_event: Callable[[Progress], None], out: Path) -> AnalysisResult:
        return resident.run(TableSource(table), question, resident.platform(on_event), out)

    try:
        serve(analyse_one, threads=threads, folder=folder, output=output)
    finally:
        resident.close()
    return 0


def _silent(event: Progress) -> None:
    """Nobody watches."""


def _log(event: Progress) -> None:
    logging.getLogger("service").warning(event.text)


def _start_gateway(settings: Settings, on_event: Callable[[Progress], None]) -> GatewayInfo:
    from analyst.llm.gateway.launcher import ensure_running

    return ensure_running(settings, on_note=lambda text: on_event(Progress("note", text)))


def _answered(asked: AnalysisRequest | FollowUp, settings: Settings, *, local: bool) -> AnalysisResult:
    """The answer of the running service of this checkout, or of this process where there is none, or `local`.

    A database is read by this process: the service does not have the passwords of this terminal.
    """
    from analyst.apps.cli.remote import ask_service

    here = local or asked.needs_passwords
    presence = None if here else running(settings)
    current = presence if presence is not None and presence.fits(settings) else None
    accepted = ask_service(current, asked) if current is not None else None
    with accepted.cancelled_by_interrupt() if accepted else nullcontext():
        # The service works already: what is imported from here on costs no time.
        from analyst.apps.cli.terminal import ProgressView, terminal

        view = ProgressView(terminal(stderr=True))
        with view.running():
            if presence is not current:
                view(Progress("note", OUTDATED))
            return accepted.answer(view) if accepted else analyse(asked, settings, view)


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code."""
    if arguments.worker:
        return serve_worker(Path(arguments.worker[0]), int(arguments.worker[1]))
    if arguments.load_test:
        from lab.loadtest.command import load_test

        if arguments.given:
            raise SettingsError(
                f"--load-test analyzes the sample tables and takes no table: {arguments.given[0]!r}.",
                "Remove one of them.",
            )
        return load_test(arguments)
    settings = load_settings()
    result = _answered(_asked(arguments, settings), settings, local=arguments.local)
    from analyst.apps.cli.terminal import show_result, show_routing, terminal

    if arguments.json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        show_result(terminal(), result)
    if arguments.explain_routing:
        show_routing(terminal(stderr=arguments.json), result)
    sys.stdout.flush()
    if arguments.open:
        webbrowser.open(Path(result.files["report.html"]).as_uri())
    return 0


def main(given: list[str] | None = None) -> int:
    """Run the command that is named, else an analysis; the exit code."""
    return exit_code(lambda: _dispatch(sys.argv[1:] if given is None else given))


def _dispatch(given: list[str]) -> int:
    if given and given[0] in COMMANDS:
        return run_command(f"{PROGRAM} {given[0]}", COMMANDS[given[0]], given[1:], resident=Resident)
    arguments = build_parser().parse_intermixed_args(given)
    if not given:
        sys.stderr.write(WELCOME)
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
