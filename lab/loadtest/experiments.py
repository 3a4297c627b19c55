"""Optimizations measured by switching each one off and on: the same requests, scenario and seed, one thing changed.

Each side is a whole load test of its own (gateway, workers, books). The sides with everything at its default are one
and the same run, so three switches cost four runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from statistics import median
from typing import Any

from rich.console import Console

from analyst.core.errors import SettingsError
from analyst.core.scratch import scratch
from analyst.core.settings import Settings
from lab.loadtest.options import Options
from lab.loadtest.results import environment
from lab.loadtest.running import run_load_test

Run = Callable[[Options], Mapping[str, Any]]
"""Options → the document of the load test that was run with them."""


@dataclass(frozen=True)
class Side:
    """One position of a switch: settings by variable name, and whether kept answers may be given again."""

    settings: Mapping[str, str] = field(default_factory=dict)
    cache: bool = False

    @property
    def told(self) -> str:
        """As a person would set it."""
        parts = [f"{name}={value}" for name, value in self.settings.items()]
        return ", ".join([*parts, *(["--cache"] if self.cache else [])]) or "the defaults, without the cache"


@dataclass(frozen=True)
class Experiment:
    """A switch. `needs` is the setting without which it can't be thrown; `title` names what is switched on."""

    title: str
    switch: str
    before: Side
    after: Side
    needs: str | None = None
    remark: str = ""


DEFAULTS, FIXED_ORDER = Side(), {"ROUTING_POLICY": "fixed"}
EXPERIMENTS: Mapping[str, Experiment] = {
    "cache": Experiment(
        "Answer cache",
        "without → with --cache",
        DEFAULTS,
        Side(cache=True),
        remark="this test decides how often a question is repeated (lab/loadtest/cases.py); your workload may differ",
    ),
    "tables": Experiment(
        "Opened tables kept",
        "OPEN_TABLES_MB 0 → 4096",
        DEFAULTS,
        Side({"OPEN_TABLES_MB": "4096"}),
        needs="open_tables_mb",
        remark="the service keeps opened tables by default; this test asks about three tables only, so it reads "
        "each anew otherwise",
    ),
    "parallel": Experiment(
        "Table reviewed while other agents work",
        "PARALLEL_AGENTS false → true",
        Side({"PARALLEL_AGENTS": "false"}),
        DEFAULTS,
        needs="parallel_agents",
    ),
    "routing": Experiment(
        "Dynamic routing",
        "ROUTING_POLICY fixed → dynamic",
        Side(FIXED_ORDER),
        DEFAULTS,
        needs="routing_policy",
    ),
    "hedging": Experiment(
        "A second model beside a late one",
        "HEDGE_SHARE 0 → default",
        Side({"HEDGE_SHARE": "0"}),
        DEFAULTS,
        needs="hedge_share",
        remark="this pays for some answers twice to wait less when a model hangs",
    ),
    "prompt": Experiment(
        "Shorter prompts: six columns per table",
        "CARD_COLUMNS 40 → 6",
        Side(FIXED_ORDER),
        Side(FIXED_ORDER | {"CARD_COLUMNS": "6"}),
        needs="card_columns",
        remark="both sides use the fixed order, so that they ask the same models; a question may need a column that is "
        "left out, and lab/benchmarks/README.md shows how many correct answers that costs, hence the default of 40",
    ),
    "consensus": Experiment(
        "Consensus for every question",
        "CONSENSUS critical → always",
        DEFAULTS,
        Side({"CONSENSUS": "always"}),
        needs="consensus",
        remark="this buys certainty, not speed or savings",
    ),
}
"""The switches by name. One whose setting this release does not have is left out."""


def known() -> dict[str, Experiment]:
    """The switches that this release has."""
    return {name: e for name, e in EXPERIMENTS.items() if e.needs is None or e.needs in Settings.model_fields}


def chosen(names: Sequence[str]) -> dict[str, Experiment]:
    """The switches called `names` (none: all). SettingsError for one that there is not."""
    there = known()
    for name in names:
        if name not in there:
            raise SettingsError(f"Unknown experiment {name!r}.", f"Known: {', '.join(there)}.")
    return {name: there[name] for name in names or there}


def experiment(options: Options, names: Sequence[str], run: Run, done: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Make the experiments called `names` with `options`; the section after each, with what was `done` before."""
    rows = {name: row for name, row in done.get("rows", {}).items() if name in EXPERIMENTS}
    sides: dict[str, dict[str, Any]] = {}

    def figures(side: Side) -> dict[str, Any]:
        if side.told not in sides:
            asked = replace(options, settings=side.settings, cache=side.cache)
            sides[side.told] = {"switch": side.told, **side_figures(run(asked))}
        return sides[side.told]

    for name, one in chosen(names).items():
        before, after = figures(one.before), figures(one.after)
        rows[name] = {
            "title": one.title,
            "switch": one.switch,
            "remark": one.remark,
            "before": before,
            "after": after,
            "about": about(options),
        }
        ordered = {name: rows[name] for name in EXPERIMENTS if name in rows}
        yield {"rows": ordered}


def about(options: Options) -> dict[str, Any]:
    """What a section was measured with, for whoever reads it later."""
    return {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "requests": options.requests,
        "concurrency": options.concurrency,
        "processes": options.processes,
        "scenario": options.scenario,
        "speed": options.speed,
        "seed": options.seed,
        "command": re.sub(r" --results \S+", "", environment()["command"]),  # where it was written says nothing
    }


def side_figures(content: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of one side: counts, medians and means in seconds, USD an analysis, shares."""
    lines = [line for line in content["requests"] if line["success"]]
    summary = content["summary"]
    asked = [line["latency_s"] for line in lines if not line["cached"]]
    return {
        "n": len(lines),
        "failed": len(content["requests"]) - len(lines),
        "p50_latency_s": summary["p50_latency_s"],
        "mean_latency_s": summary["avg_latency_s"],
        "p95_latency_s": summary["p95_latency_s"],
        "p50_asked_s": round(median(asked), 4) if asked else None,
        "p50_cost_usd": round(median(line["cost_usd"] for line in lines), 8) if lines else None,
        "mean_cost_usd": summary["cost_per_request_usd"],
        "cached_rate": summary["cached_rate"],
        "fallback_rate": summary["fallback_rate"],
        "calls": summary["calls"],
        "tokens": summary["tokens_per_request"],
        "cpu": content.get("cpu"),
        "by_model": content["by_model"],
    }


def load_tests(worker: Sequence[str], console: Console, *, partly: bool = False) -> Run:
    """Runs a load test whose file is not kept. Ctrl-C: KeyboardInterrupt, or what was done if `partly` will do."""

    def run(options: Options) -> Mapping[str, Any]:
        with scratch("loadtest") as folder:
            content = run_load_test(replace(options, out=folder / "results.json"), worker, console)
        if content["interrupted"] and not partly:
            raise KeyboardInterrupt
        return content

    return run
