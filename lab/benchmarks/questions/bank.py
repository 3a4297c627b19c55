"""The question set: every trade's questions with their expected answers and halves, kept in questions.jsonl.

`python main.py bench questions --bank` writes the file anew from the seeded tables. The half of a question (`work`: to
improve on; `measure`: for the figure alone) is drawn by a seeded shuffle within its trade.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from lab.benchmarks.questions import operations, people, services, shops
from lab.benchmarks.questions.trade import SEED, Trade

FILE = Path(__file__).with_name("questions.jsonl")
TRADES: dict[str, Trade] = {
    trade.name: trade for module in (shops, services, operations, people) for trade in module.TRADES
}
HALVES = ("work", "measure")


@dataclass(frozen=True)
class Question:
    """One question, the half it belongs to and what a right answer holds (see expectations)."""

    id: str
    trade: str
    half: str
    question: str
    expected: dict[str, Any]


def compute() -> list[Question]:
    """All questions with their answers, computed by pandas from the rows that the tables are written from."""
    found = []
    for number, trade in enumerate(TRADES.values()):
        asked = trade.asked(trade.frame())
        order = list(range(len(asked)))
        Random(f"{SEED}-{trade.name}-half").shuffle(order)
        places = {place: (rank + number) % 2 for rank, place in enumerate(order)}
        found += [
            Question(f"{trade.name}-{place + 1:02d}", trade.name, HALVES[places[place]], text, expected)
            for place, (text, expected) in enumerate(asked.items())
        ]
    return found


def read() -> list[Question]:
    """The questions as kept in the file."""
    return [Question(**json.loads(line)) for line in FILE.read_text(encoding="utf-8").splitlines()]


def write() -> None:
    """Write the file."""
    lines = [json.dumps(asdict(question), ensure_ascii=False) for question in compute()]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
