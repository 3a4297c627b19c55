"""What verified escalation costs, beside always asking the premium model and always the cheapest one.

    python main.py bench escalation [--requests 60] [--write]

Half of the cheap models' answers are of no use and a tenth of Claude's (scenario bad-answers, simulated providers).
An answer that fails our check goes back once, then up the chain; a chain that is used up ends in the embedded analyst.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from analyst.core.scratch import scratch
from analyst.llm.chains import CHAINS_FILE
from lab.benchmarks.tables import markdown, write_section
from lab.loadtest.options import Options
from lab.loadtest.running import WORKER, run_load_test

PREMIUM, CHEAPEST = "claude-sonnet-5-5", "groq-gpt-oss-20b"


def one_model_chains(model: str) -> str:
    """chains.yaml with `model` as every agent's only one before the embedded analyst."""
    document: dict[str, Any] = yaml.safe_load(CHAINS_FILE.read_text(encoding="utf-8"))
    for chain in document["agents"].values():
        chain["primary"] = {"model": model, "reason": "the benchmark asks nobody else"}
        chain["fallbacks"] = []
    return yaml.safe_dump(document, sort_keys=False)


def measured(name: str, chains: str | None, requests: int, folder: Path) -> list[str]:
    """One load test with these chains; its line."""
    settings = {}
    if chains is not None:
        (folder / "chains.yaml").write_text(chains, encoding="utf-8")
        settings["CHAINS_FILE"] = str(folder / "chains.yaml")
    options = Options(requests=requests, scenario="bad-answers", out=folder / "out.json", settings=settings)
    content = run_load_test(options, WORKER, Console(stderr=True))
    summary, books = content["summary"], content["books"]
    return [
        name,
        f"{summary['success_rate']:.1%}",
        f"{summary['degraded_call_rate']:.1%}",
        f"{summary['rejection_rate']:.1%}",
        f"${float(books['spent_usd']) / summary['requests']:.6f}",
        f"{summary['avg_latency_s']:.1f} s",
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--write", action="store_true")


def run(given: argparse.Namespace) -> int:
    """Run the three, print, and write the section if asked to."""
    with scratch("escalation") as place:
        rows = [
            measured("verified escalation", None, given.requests, place),
            measured(f"always {PREMIUM}", one_model_chains(PREMIUM), given.requests, place),
            measured(f"always {CHEAPEST}", one_model_chains(CHEAPEST), given.requests, place),
        ]
    columns = [
        "strategy",
        "complete",
        "answers by the rule-based analyst",
        "replies rejected",
        "cost per analysis",
        "latency",
    ]
    table = markdown(columns, rows)
    print(table)
    if given.write:
        about = f"`python main.py bench escalation --requests {given.requests}`; providers simulated, the rest real."
        write_section("escalation", "What verified escalation costs", about, table)
    return 0
