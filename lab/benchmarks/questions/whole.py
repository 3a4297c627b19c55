"""Asks through the whole of `python main.py`: crew, router, gateway, report. Says also whether the answer's text tells it.

The gateway and the models are those of the settings (environment or .env), as for any run; without keys the embedded
analyst answers.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from types import TracebackType
from typing import Any

from analyst.core.errors import PlatformError
from analyst.core.settings import load_settings
from analyst.protocol.evidence import Evidence, table_of
from analyst.protocol.results import AnalysisResult
from lab.benchmarks.dabench import Bench
from lab.benchmarks.questions.asking import Answer
from lab.benchmarks.questions.trade import Trade

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6}


class WholeDesk:
    """One trade's table, asked by whole analyses. A context manager, like asking.Desk."""

    def __init__(self, trade: Trade, folder: Path) -> None:
        self._path = trade.write(folder)
        self._bench = Bench(load_settings(), None, folder)

    def __enter__(self) -> WholeDesk:
        self._analyse = self._bench.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bench.__exit__(kind, error, trace)

    def ask(self, question: str) -> Answer:
        """The answer to `question`, with its text."""
        try:
            result = self._analyse(self._path, question)
        except PlatformError as error:
            return Answer("", None, (), Evidence(), 0.0, str(error))
        steps = tuple(result.plan.get("steps", ()))
        return Answer(
            result.reading, result.unanswered, steps, _evidence(result), result.latency_s, None, result.answer
        )


def _evidence(result: AnalysisResult) -> Evidence:
    tables = json.loads(json.dumps(result.evidence))
    return Evidence(tuple(table_of(t) for t in tables if t["id"] not in ("table", "profile", "issues")))


def tells(expected: dict[str, Any], text: str) -> bool:
    """Whether the answer's text names what is expected: its figures as people write them, and the first group's name."""
    kind = expected["kind"]
    if kind == "any":
        return any(tells(one, text) for one in expected["of"])
    if kind in ("tested", "partial"):
        return tells(expected["expected"], text)
    if kind == "values":
        return all(_told(one, text) for one in expected["values"])
    if kind in ("groups", "top"):
        best = max(expected["rows"], key=lambda row: row[1][0] or 0) if kind == "groups" else expected["rows"][0]
        named = [key.rpartition(":")[2] for key in best[0] if key not in ("yes", "no")]
        return any(key.casefold() in text.casefold() for key in named) or _told(best[1][0], text)
    if kind in ("listed", "leads"):
        names = expected.get("keys") or expected["first"]
        return any(
            name.rpartition(":")[2].replace("_", " ").casefold() in text.casefold().replace("_", " ") for name in names
        )
    return True


def _told(item: Any, text: str) -> bool:
    """Whether a figure stands in the text: rounded as written there, perhaps in percent, thousands or millions."""
    if isinstance(item, str):
        return item in text
    for found in _NUMBER.finditer(text):
        shown = found[0].replace(",", "")
        digits = len(shown.partition(".")[2])
        after = re.match(r"\s?([a-z]+)", text[found.end() :].casefold())
        scale = _SCALES.get(after[1], 1.0) if after else 1.0
        for wanted in (item, 100 * item):
            if math.isclose(float(shown) * scale, wanted, rel_tol=0, abs_tol=0.51 * 10**-digits * scale):
                return True
    return False
