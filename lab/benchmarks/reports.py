"""How long the monitoring commands take on many stored calls, each in a process of its own as cron would start it.

    python lab/benchmarks/reports.py [--calls 100000] [--runs 5] [--database-url postgresql://…]

The calls are made up (seeded): runs of four agents over thirty days, with failures, fallbacks and rejections.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analyst.core.agents import AGENTS, EMBEDDED_MODEL  # noqa: E402
from analyst.core.scratch import scratch  # noqa: E402
from analyst.storage.calls import add_call  # noqa: E402
from analyst.storage.database import Store  # noqa: E402
from analyst.storage.runs import open_run  # noqa: E402

MODELS = {
    "data_profiler": ("ollama-llama3.1", "groq-gpt-oss-20b", EMBEDDED_MODEL),
    "query_interpreter": ("groq-gpt-oss-120b", "claude-haiku-5-5", EMBEDDED_MODEL),
    "insight_generator": ("claude-haiku-5-5", "groq-gpt-oss-120b", EMBEDDED_MODEL),
    "report_writer": ("claude-sonnet-5-5", "claude-haiku-5-5", EMBEDDED_MODEL),
}
DAYS = 30
COMMANDS = {
    "--report": ["--report"],
    "--report --since 7d": ["--report", "--since", "7d"],
    "--report --by day": ["--report", "--by", "day"],
    "--report --json": ["--report", "--json"],
    "--budget": ["--budget"],
}


def call_rows(seed: int, calls: int) -> Any:
    """Rows of `calls` and `runs`, oldest first, the last of them now."""
    rng, now, made, run = random.Random(seed), time.time(), 0, 0
    runs = max(calls // 5, 1)
    while made < calls:
        moment = now - DAYS * 86_400 * (1 - min(run / runs, 1))
        run_id = f"run{run:07}"
        run += 1
        yield "run", run_row(run_id, moment, rng)
        for agent in AGENTS:
            for row in attempts(agent, run_id, moment, rng):
                if made < calls:
                    made += 1
                    yield "call", row | {"request_id": f"call{made:08}"}


def day(moment: float) -> int:
    return int(time.strftime("%Y%m%d", time.gmtime(moment)))


def run_row(run_id: str, moment: float, rng: random.Random) -> dict[str, Any]:
    row = {"run_id": run_id, "question": "Which products grew most?", "dataset": "sales.csv", "started_at": moment}
    status = rng.choices(("done", "degraded", "failed"), (0.9, 0.08, 0.02))[0]
    latency = rng.lognormvariate(1.5, 0.4)
    return row | {"day": day(moment), "owner": "host/1/1", "status": status, "latency_s": latency, "scenario": None}


def attempts(agent: str, run_id: str, moment: float, rng: random.Random) -> Any:
    """The attempts of one request: one in ten fails and the next model is asked."""
    primary, lost, reason = MODELS[agent][0], 0.0, None
    for model in MODELS[agent]:
        failed = model != EMBEDDED_MODEL and rng.random() < 0.1
        took = rng.lognormvariate(0.3, 0.5)
        priced = 0 if failed or model in (EMBEDDED_MODEL, "ollama-llama3.1") else rng.randrange(200, 20_000)
        tokens = (0, 0) if failed else (rng.randrange(800, 4000), rng.randrange(50, 900))
        yield {
            "route_id": f"{run_id}-{agent}", "run_id": run_id, "timestamp": moment, "day": day(moment),
            "agent_name": agent, "primary_model": primary, "model_used": model, "fallback_used": model != primary,
            "fallback_reason": reason, "input_tokens": tokens[0], "output_tokens": tokens[1], "cached_tokens": 0,
            "cost_micros": priced, "cost_source": "pinned" if priced else "none", "latency_s": took,
            "success": not failed, "error_reason": rng.choice(("timeout", "rate_limited")) if failed else None,
            "rejected": not failed and rng.random() < 0.03, "called": True, "failover_s": lost, "detail": "",
            "escalated": False, "hedged": False, "cache_write_tokens": 0, "scenario": None,
            "claimed_micros": None, "first_token_s": None,
        }  # fmt: skip
        if not failed:
            return
        reason, lost = reason or "timeout", lost + took


def fill(store: Store, calls: int, seed: int = 7) -> None:
    """Store the calls and runs, in one transaction."""
    with store.write() as transaction:
        for kind, row in call_rows(seed, calls):
            (open_run if kind == "run" else add_call)(transaction, row)


def timed(arguments: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from starting `python -m monitoring` to its end, and of CPU that it took (a busy machine adds none)."""
    began, before = time.perf_counter(), cpu_of_children()
    done = subprocess.run(
        [sys.executable, "-m", "monitoring", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    took = time.perf_counter() - began
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return took, cpu_of_children() - before


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--database-url")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; the exit code."""
    with scratch("reports") as folder:
        path = folder / "metrics.db"
        store = Store.named(path, arguments.database_url)
        fill(store, arguments.calls)
        store.close()
        environment = os.environ | {"METRICS_EXPORT_PATH": str(path), "DATABASE_URL": arguments.database_url or ""}
        print(
            f"{arguments.calls:,} calls, {'PostgreSQL' if arguments.database_url else 'SQLite'}, median of {arguments.runs}"
        )
        for name, command in COMMANDS.items():
            wall, cpu = zip(*(timed(command, environment) for _ in range(arguments.runs)), strict=True)
            ends = f"best {min(wall):.2f}, worst {max(wall):.2f}"
            print(f"{name:22} {median(wall):.2f} s ({ends}), CPU {median(cpu):.2f} s")
    return 0
