"""What a load test is asked for: its options, on the command line and as a value. Imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from analyst.core.errors import SettingsError
from analyst.core.outputs import check_file
from analyst.core.settings import ROOT

MAX_REQUESTS = 100_000
MAX_BUDGET_USD = Decimal(1_000_000)
RESULTS = ROOT / "load_test_results.json"
"""The file a load test writes unless told otherwise."""


@dataclass(frozen=True)
class Options:
    """What a load test is asked for. `rate` requests a second (0: as fast as they are answered); `cache`: kept answers
    may be used; `consensus`: several models plan every request; `budget` USD a day; `warm_up` analyses are made before
    and counted nowhere but in the books; `settings` are further settings by variable name, for experiments."""

    requests: int = 50
    concurrency: int = 8
    processes: int = 2
    scenario: str | None = None
    speed: float = 1.0
    rate: float = 0.0
    budget: Decimal | None = None
    seed: int = 7
    cache: bool = False
    consensus: bool = False
    warm_up: int = 0
    out: Path = RESULTS
    settings: Mapping[str, str] | None = None

    def checked(self) -> Options:
        """These options, or SettingsError for the first that makes no sense."""
        for name, least in (("requests", 1), ("concurrency", 1), ("processes", 1)):
            if not least <= getattr(self, name) <= MAX_REQUESTS:
                raise SettingsError(f"--{name} {getattr(self, name)!r} is not between {least} and {MAX_REQUESTS:,}.")
        if self.rate < 0 or self.speed <= 0:
            raise SettingsError(f"--rate {self.rate!r} or --speed {self.speed!r} is not a positive number.")
        if self.budget is not None and not (self.budget.is_finite() and 0 < self.budget <= MAX_BUDGET_USD):
            raise SettingsError(
                f"--budget {self.budget} is not an amount above 0 and up to {MAX_BUDGET_USD:,}.",
                "For example: --budget 20.",
            )
        check_file(self.out, "--out")
        return self

    def told(self) -> dict[str, Any]:
        """As the result file keeps them."""
        plain = {name: value for name, value in asdict(self).items() if name not in ("out", "settings")}
        return plain | {"budget": None if self.budget is None else str(self.budget), "settings": self.settings or {}}


def usd(text: str) -> Decimal:
    """An amount as it is typed; what is none is told by argparse."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite():
        raise ValueError(text)
    return amount


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a load test, as a group of their own."""
    test = parser.add_argument_group("load test")
    test.add_argument("--requests", type=int, default=50, metavar="N", help="how many analyses (50)")
    test.add_argument("--concurrency", type=int, default=8, metavar="N", help="how many at a time (8)")
    test.add_argument("--processes", type=int, default=2, metavar="N", help="worker processes (2)")
    test.add_argument("--simulate", metavar="SCENARIO", help="simulate the model providers: a scenario or its file")
    test.add_argument("--speed", type=float, default=1.0, metavar="X", help="run simulated time X times as fast (1)")
    test.add_argument("--rate", type=float, default=0.0, metavar="R", help="requests per second (default: no limit)")
    test.add_argument("--budget", type=usd, metavar="USD", help="daily budget for the test")
    test.add_argument("--cache", action="store_true", help="allow cached answers (default: off)")
    test.add_argument("--seed", type=int, default=7, help="the same seed draws the same requests (7)")


def options_of(arguments: argparse.Namespace) -> Options:
    """The options as given on the command line."""
    return Options(
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
        out=arguments.out or RESULTS,
    )
