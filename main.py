"""The command line: a table and a question in, a checked report out.

    python main.py                                  the bundled sample and its question
    python main.py sales.csv "Which products grew most in Q4?"

Exit codes: 0 done, 1 our fault, 2 the user's mistake, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contracts.errors import PlatformError
from contracts.records import AnalysisResult, Progress
from contracts.settings import Settings, load_settings

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
    parser.add_argument("--explain-routing", action="store_true", help="tell for each call who was tried, and why")
    parser.add_argument("--open", action="store_true", help="open the report in the browser")
    return parser


def choose_input(arguments: argparse.Namespace) -> tuple[Path, str]:
    """The table and the question, from the arguments or from the bundled sample."""
    from samples import DEFAULT, SAMPLES

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
    from reports.render import library

    library()


def analyse(
    path: Path,
    question: str,
    settings: Settings,
    on_event: Callable[[Progress], None],
    out: Path | None,
    *,
    fresh: bool = False,
) -> AnalysisResult:
    """One analysis. The gateway starts and CrewAI is imported while the table is read and profiled.

    `fresh`: a kept answer is not given again.
    """
    from answers.cache import AnswerCache
    from monitoring import PerformanceMonitor
    from workflow import Platform, check_input, run_analysis

    check_input(path, question)
    gateway = Background(lambda: _start_gateway(settings, on_event))
    Background(_warm_up)
    monitor = PerformanceMonitor(settings)

    def router() -> Any:
        from wiring import build_router

        return build_router(settings, gateway.wait(), monitor, on_event)

    cache = AnswerCache(lambda: monitor.store, size=settings.cache_size, ttl_s=settings.cache_ttl_s)
    platform = Platform(settings, router, monitor, on_event, cache=cache, fresh=fresh)
    return run_analysis(path, question, platform, out=out)


def _start_gateway(settings: Settings, on_event: Callable[[Progress], None]) -> Any:
    from gateway.launcher import ensure_running

    return ensure_running(settings, on_note=lambda text: on_event(Progress("note", text)))


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code."""
    from rich.console import Console

    from console import ProgressView, show_result

    path, question = choose_input(arguments)
    settings = load_settings()
    view = ProgressView(Console(stderr=True))
    with view.running():
        result = analyse(path, question, settings, view, arguments.out, fresh=arguments.no_cache)
    if arguments.json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        from answers.composing import key_picture

        out = Console()
        unicode = "utf" in (out.encoding or "").lower()
        show_result(out, result, key_picture(result, min(out.width, 100), unicode=unicode))
    if arguments.explain_routing:
        from console import show_routing

        show_routing(Console(stderr=arguments.json), result)
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
