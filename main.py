"""The command line: a table and a question in, a checked report out.

    python main.py                                  the bundled sample and its question
    python main.py sales.csv "Which products grew most in Q4?"
    python main.py COMMAND                          gateway, cache, prices, load tests and more: --help lists them

Exit codes: 0 done, 1 an error of ours, 2 a mistake the user can fix, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import lab.commands
from analyst.apps.cli import commands
from analyst.apps.cli.commands import Command, run_command
from analyst.apps.cli.parser import PROGRAM, WELCOME, analysis_parser
from analyst.core.background import Background
from analyst.core.errors import SettingsError
from analyst.core.events import Progress
from analyst.core.exit_codes import exit_code
from analyst.core.outputs import check_folder
from analyst.core.settings import Settings, load_settings
from analyst.protocol.results import AnalysisResult
from analyst.protocol.table import TableSource
from analyst.samples.catalog import DEFAULT, SAMPLES
from lab.loadtest.options import add_options

if TYPE_CHECKING:
    from analyst.llm.gateway.launcher import GatewayInfo
    from routing import SmartRouter

COMMANDS: Mapping[str, Command] = {**commands.COMMANDS, **lab.commands.COMMANDS}
"""Everything that is not an analysis."""


def build_parser() -> argparse.ArgumentParser:
    """The arguments of an analysis, and of the load test that `--load-test` makes of it."""
    parser = analysis_parser(COMMANDS)
    parser.add_argument("--load-test", action="store_true", help="run many analyses at once (see load-test --help)")
    add_options(parser)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    return parser


def choose_input(arguments: argparse.Namespace) -> tuple[Path, str]:
    """The table and the question, from the arguments or from the bundled sample."""
    if arguments.table is None:
        sample = SAMPLES[DEFAULT]
        return sample.path, sample.question
    for sample in SAMPLES.values():
        same = arguments.table.exists() and arguments.table.resolve() == sample.path.resolve()
        if same and arguments.question is None:
            return sample.path, sample.question
    if arguments.question is None:
        return arguments.table, "Give me an overview of this table."
    return arguments.table, arguments.question


def _warm_up(settings: Settings) -> None:
    """Import CrewAI, then make ready what calls and the report need: it takes seconds, and can be done meanwhile."""
    import agents  # noqa: F401
    from analyst.llm.client import preload
    from analyst.reporting.charts.drawing import grammar_version
    from analyst.reporting.charts.library import library

    preload()
    grammar_version()
    library(settings.cache_dir)


def analyse(arguments: argparse.Namespace, settings: Settings, on_event: Callable[[Progress], None]) -> AnalysisResult:
    """The analysis that `arguments` ask for. The gateway starts and CrewAI is imported while the table is profiled, the
    latter only if no kept answer is found by its words: it takes longer than all that giving one again needs."""
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.answers.question import check_question
    from analyst.datasets.preparing import check_input
    from monitoring import PerformanceMonitor
    from workflow import Platform, run_analysis

    path, question = choose_input(arguments)
    asked = check_question(question)
    check_input(path)
    check_folder(arguments.out or settings.runs_dir)
    gateway = Background(lambda: _start_gateway(settings, on_event))
    monitor = PerformanceMonitor(settings)

    def router() -> SmartRouter:
        from routing import build_router

        return build_router(settings, gateway.wait(), monitor, lambda text: on_event(Progress("note", text)))

    cache = AnswerCache(lambda: monitor.store, size=settings.cache_size, ttl_s=settings.cache_ttl_s)
    platform = Platform(
        settings,
        router,
        monitor,
        on_event,
        cache=cache,
        fresh=arguments.no_cache,
        consensus=arguments.consensus,
        get_ready=lambda: Background(lambda: _warm_up(settings), abandoned=False),
    )
    return run_analysis(TableSource(path, arguments.sheet), asked, platform, out=arguments.out)


def serve_worker(folder: Path, threads: int) -> int:
    """Be a worker of a load test: one gateway, router and monitor for all of its analyses."""
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.answers.question import check_question
    from analyst.execution.pool import WorkerPool
    from lab.loadtest.worker import serve
    from monitoring import PerformanceMonitor
    from routing import build_router
    from workflow import Platform, run_analysis

    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings = load_settings()
    _warm_up(settings)
    monitor = PerformanceMonitor(settings)
    router = build_router(settings, _start_gateway(settings, lambda event: None), monitor)

    pool = WorkerPool(threads, memory_mb=settings.sql_memory_mb)
    cache = AnswerCache(lambda: monitor.store, size=settings.cache_size, ttl_s=settings.cache_ttl_s)

    def analyse_one(table: Path, question: str, on_event: Callable[[Progress], None], out: Path) -> AnalysisResult:
        platform = Platform(settings, lambda: router, monitor, on_event, workers=pool, cache=cache)
        return run_analysis(TableSource(table), check_question(question), platform, out=out)

    try:
        serve(analyse_one, threads=threads, folder=folder, output=output)
    finally:
        pool.close()
    return 0


def _start_gateway(settings: Settings, on_event: Callable[[Progress], None]) -> GatewayInfo:
    from analyst.llm.gateway.launcher import ensure_running

    return ensure_running(settings, on_note=lambda text: on_event(Progress("note", text)))


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code."""
    if arguments.worker:
        return serve_worker(Path(arguments.worker[0]), int(arguments.worker[1]))
    if arguments.load_test:
        from lab.loadtest.command import load_test

        if arguments.table is not None:
            raise SettingsError(
                f"--load-test analyzes the sample tables and takes no file: {str(arguments.table)!r}.",
                "Remove one of them.",
            )
        return load_test(arguments)
    from analyst.apps.cli.terminal import ProgressView, show_result, terminal

    settings = load_settings()
    view = ProgressView(terminal(stderr=True))
    with view.running():
        result = analyse(arguments, settings, view)
    if arguments.json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        from analyst.answers.composing import key_picture

        out = terminal()
        unicode = "utf" in (out.encoding or "").lower()
        show_result(out, result, key_picture(result, min(out.width, 100), unicode=unicode))
    if arguments.explain_routing:
        from analyst.apps.cli.terminal import show_routing

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
        return run_command(f"{PROGRAM} {given[0]}", COMMANDS[given[0]], given[1:])
    arguments = build_parser().parse_args(given)
    if not given:
        sys.stderr.write(WELCOME)
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
