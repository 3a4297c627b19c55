"""What part of a day's budget can be spent although each call reserves its worst case: `python main.py bench reservations`.

A call reserves a token for each byte of its prompt and all the output it may write; English prose has about a quarter
of that (BYTES_PER_TOKEN) and a reply half. So many calls are always in flight, on a real ledger; the table shows what
is spent when the first one is refused, and when none is in flight any more and still none is granted. A refused call
goes to a cheaper model.
"""

from __future__ import annotations

import argparse
from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from analyst.budget.ledger import DailyBudget, Ledger, Reservation
from analyst.budget.prices import load_prices
from analyst.core.errors import CallError
from analyst.core.scratch import scratch
from analyst.protocol.calls import CallRequest
from analyst.storage.database import Store

BUDGET = Decimal(20)
BYTES_PER_TOKEN = 4
MODELS = ("groq-gpt-oss-120b", "claude-haiku-5-5", "claude-sonnet-5-5")
IN_FLIGHT = (1, 8, 50, 200)
PROMPT_BYTES, MAX_TOKENS = 10_000, 600


@dataclass(frozen=True)
class Use:
    """Shares of the budget: spent when the first call was refused, and in the end."""

    reserved: Decimal
    cost: Decimal
    at_first_refusal: float
    in_the_end: float


def use(store: Store, model: str, in_flight: int) -> Use:
    """Spend a budget on calls of `model`, `in_flight` at a time, until none is granted."""
    prices = load_prices()
    messages = [{"role": "user", "content": "x" * PROMPT_BYTES}]
    reserved = prices.worst_case_of(model, CallRequest("report_writer", messages, MAX_TOKENS))
    cost = prices.list_cost(model, PROMPT_BYTES // BYTES_PER_TOKEN, MAX_TOKENS // 2)
    # The second half of the budget only: the books are the same, and a cheap model takes many calls.
    ledger = Ledger(store, DailyBudget(BUDGET, "UTC"), clock=lambda: 1_795_392_000.0, scope=f"{model} {in_flight}")
    ledger.charge(BUDGET / 2, agent="before", model=model)
    flying, first = deque[Reservation](), None
    while True:
        try:
            while len(flying) < in_flight:
                flying.append(ledger.reserve(reserved, agent="report_writer", model=model, ttl_s=600))
        except CallError:
            first = first or ledger.spent_today() / BUDGET
            if not flying:
                return Use(reserved, cost, float(first), float(ledger.spent_today() / BUDGET))
        ledger.settle(flying.popleft(), cost)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; the exit code."""
    print(f"Budget ${BUDGET} a day, prompts of {PROMPT_BYTES:,} bytes, at most {MAX_TOKENS} tokens out")
    print(f"{'model':20} {'reserved':>10} {'cost':>10} {'in flight':>9} {'first refusal at':>17} {'in the end':>11}")
    with scratch("reservations") as folder:
        store = Store.at(folder / "m.db")
        for model in MODELS:
            for in_flight in IN_FLIGHT:
                told = use(store, model, in_flight)
                print(
                    f"{model:20} {told.reserved:>10.6f} {told.cost:>10.6f} {in_flight:>9} "
                    f"{told.at_first_refusal:>17.2%} {told.in_the_end:>11.2%}"
                )
    return 0
