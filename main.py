"""The command line: a table and a question in, a checked report out.

    python main.py                                  the bundled sample and its question
    python main.py sales.csv "Which products grew most in Q4?"

Exit codes: 0 done, 1 our fault, 2 the user's mistake, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from analyst.core.errors import PlatformError
from analyst.core.events import Progress
from analyst.core.settings import ROOT, Settings, load_settings
from analyst.protocol.results import AnalysisResult

EXIT_INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """The arguments of `python main.py`."""
    parser = argparse.ArgumentParser(
        prog="main.py", description="Answer a question about a table with checked numbers."
    )
    parser.add_argument("table", nargs="?", type=Path, help="CSV, Parquet, Excel or JSON; without it a bundled sample")
    parser.add_argument("question", nargs="?", help="what you want to know, in plain words")
    parser.add_argument("--json", action="store_true", help="result.json on stdout and nothing else there")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the run here instead of runs/<id>")
    parser.add_argument("--no-cache", action="store_true", help="ask anew, whatever answer is kept; keep the new one")
    parser.add_argument(
        "--consensus",
        "--critical",
        action="store_true",
        help="up to three different models plan it, a judge decides where their results differ; "
        'the same for a question that begins with "critical:", and for all with CONSENSUS=always',
    )
    parser.add_argument("--explain-routing", action="store_true", help="tell for each call who was tried, and why")
    parser.add_argument("--open", action="store_true", help="open the report in the browser")
    _add_load_test(parser)
    return parser


def _add_load_test(parser: argparse.ArgumentParser) -> None:
    test = parser.add_argument_group("load test")
    test.add_argument("--load-test", action="store_true", help="many analyses of the samples at once")
    test.add_argument("--requests", type=int, default=50, metavar="N", help="how many analyses (50)")
    test.add_argument("--concurrency", type=int, default=8, metavar="N", help="how many at once (8)")
    test.add_argument("--processes", type=int, default=2, metavar="N", help="worker processes (2)")
    test.add_argument(
        "--simulate", metavar="SCENARIO", help="simulated providers: a name or a file (python -m simulator)"
    )
    test.add_argument("--speed", type=float, default=1.0, metavar="X", help="simulated time runs X times as fast (1)")
    test.add_argument("--rate", type=float, default=0.0, metavar="R", help="requests a second (as fast as answered)")
    test.add_argument("--budget", type=Decimal, metavar="USD", help="the day's budget for the test")
    test.add_argument("--cache", action="store_true", help="kept answers may be given again (else none is kept)")
    test.add_argument("--seed", type=int, default=7, help="the same seed draws the same requests (7)")
    test.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)


def choose_input(arguments: argparse.Namespace) -> tuple[Path, str]:
    """The table and the question, from the arguments or from the bundled sample."""
    from analyst.samples.catalog import DEFAULT, SAMPLES

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


class Background:
    """A piece of work on a thread whose result or error is had by `wait`."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def wait(self) -> Any:
        """The result; raises what the work raised. Wakes up often, so that Ctrl-C is heard."""
        while self._thread.is_alive():
            self._thread.join(0.1)
        if self._error is not None:
            raise self._error
        return self._result


def _warm_up() -> None:
    """Import CrewAI, then make ready what the report will need: both take seconds, and both can be done meanwhile."""
    import agents  # noqa: F401
    from analyst.reporting.html import library

    library()


def analyse(
    path: Path,
    question: str,
    settings: Settings,
    on_event: Callable[[Progress], None],
    out: Path | None,
    *,
    fresh: bool = False,
    consensus: bool = False,
) -> AnalysisResult:
    """One analysis. The gateway starts and CrewAI is imported while the table is read and profiled.

    `fresh`: a kept answer is not given again; `consensus`: several models plan it, whatever the question.
    """
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.answers.question import check_question
    from analyst.datasets.preparing import check_input, check_output
    from monitoring import PerformanceMonitor
    from workflow import Platform, run_analysis

    asked = check_question(question)
    check_input(path)
    check_output(out or settings.runs_dir)
    gateway = Background(lambda: _start_gateway(settings, on_event))
    Background(_warm_up)
    monitor = PerformanceMonitor(settings)

    def router() -> Any:
        from wiring import build_router

        return build_router(settings, gateway.wait(), monitor, on_event)

    cache = AnswerCache(lambda: monitor.store, size=settings.cache_size, ttl_s=settings.cache_ttl_s)
    platform = Platform(settings, router, monitor, on_event, cache=cache, fresh=fresh, consensus=consensus)
    return run_analysis(path, asked, platform, out=out)


def load_test(arguments: argparse.Namespace) -> int:
    """Run a load test and show its summary; the exit code (130 when it was interrupted)."""
    from rich.console import Console

    from lab.loadtest.running import WORKER, Options, run_load_test
    from lab.loadtest.summary import show_summary

    options = Options(
        requests=arguments.requests,
        concurrency=arguments.concurrency,
        processes=min(arguments.processes, arguments.concurrency),
        scenario=arguments.simulate,
        speed=arguments.speed,
        rate=arguments.rate,
        budget=arguments.budget,
        seed=arguments.seed,
        cache=arguments.cache,
        consensus=arguments.consensus,
        out=arguments.out or ROOT / "load_test_results.json",
    )
    content = run_load_test(options, WORKER, Console(stderr=True))
    if arguments.json:
        print(json.dumps(content["summary"], indent=2))  # noqa: T201
    else:
        show_summary(Console(), content, options.out)
    return EXIT_INTERRUPTED if content["interrupted"] else 0


def serve_worker(folder: Path, threads: int) -> int:
    """Be a worker of a load test: one gateway, router and monitor for all of its analyses."""
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.answers.question import check_question
    from analyst.execution.pool import WorkerPool
    from lab.loadtest.worker import serve
    from monitoring import PerformanceMonitor
    from wiring import build_router
    from workflow import Platform, run_analysis

    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings = load_settings()
    _warm_up()
    monitor = PerformanceMonitor(settings)
    router = build_router(settings, _start_gateway(settings, lambda event: None), monitor, lambda event: None)

    pool = WorkerPool(threads, memory_mb=settings.sql_memory_mb)
    cache = AnswerCache(lambda: monitor.store, size=settings.cache_size, ttl_s=settings.cache_ttl_s)

    def analyse_one(table: Path, question: str, on_event: Callable[[Progress], None], out: Path) -> AnalysisResult:
        platform = Platform(settings, lambda: router, monitor, on_event, workers=pool, cache=cache)
        return run_analysis(table, check_question(question), platform, out=out)

    try:
        serve(analyse_one, threads=threads, folder=folder, output=output)
    finally:
        pool.close()
    return 0


def _start_gateway(settings: Settings, on_event: Callable[[Progress], None]) -> Any:
    from analyst.llm.gateway.launcher import ensure_running

    return ensure_running(settings, on_note=lambda text: on_event(Progress("note", text)))


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code."""
    if arguments.worker:
        return serve_worker(Path(arguments.worker[0]), int(arguments.worker[1]))
    if arguments.load_test:
        return load_test(arguments)
    from analyst.apps.cli.terminal import ProgressView, show_result, terminal

    path, question = choose_input(arguments)
    settings = load_settings()
    view = ProgressView(terminal(stderr=True))
    with view.running():
        result = analyse(
            path, question, settings, view, arguments.out, fresh=arguments.no_cache, consensus=arguments.consensus
        )
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
    """Parse, run, and translate every error once into an exit code."""
    arguments = build_parser().parse_args(given)
    try:
        return run(arguments)
    except PlatformError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
