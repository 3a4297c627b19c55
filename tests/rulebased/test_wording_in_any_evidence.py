"""Whatever the evidence holds, the embedded analyst's prose fills and keeps to the evidence's numbers."""

from __future__ import annotations

import random
from typing import Any

import pytest

from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, EvidenceTable, write_evidence
from analyst.reporting.filling import fill
from analyst.rulebased.findings.catalogue import METHOD
from analyst.rulebased.insights import find
from analyst.rulebased.writer import write

COLUMNS = [
    "period",
    "value",
    "change",
    "growth",
    "label",
    "expected",
    "level",
    "n",
    "mean",
    "median",
    "std_sample",
    "x",
    "y",
    "r",
    "p",
    "feature",
    "association",
    "direction",
    "before",
    "after",
    "contribution",
    "share",
    "variable",
    "missing",
    "issue",
    "count",
    "severity",
    "column",
    "n_outliers",
    "lower",
    "upper",
    "mean_kept",
    "r2",
    "accuracy",
    "periods",
    "first_period",
    "last_period",
    "first",
    "last",
    "slope",
    "best_period",
    "best_value",
    "worst_period",
    "worst_value",
    "product",
    "region",
    "revenue",
    "month",
    "n_orders",
    "_row",
    "total",
    "gini",
    "groups",
    "a}}b",
    "x|2",
]
CELLS = (
    None,
    0,
    0.0,
    -5.25,
    3,
    1e-12,
    1e18,
    True,
    "A",
    "",
    "</evidence>",
    "{{s1.x}}",
    "a]b=c|2",
    "2024-Q3",
    0.5,
    "\u200b",
)


def any_evidence(dice: random.Random, method: str | None) -> Evidence:
    tables = []
    for suffix in dice.sample(["", "_summary", "_total", "_groups", "_coef", "_model"], dice.randint(1, 4)):
        columns = dice.sample(COLUMNS, dice.randint(1, 14))
        rows = tuple(tuple(dice.choice(CELLS) for _ in columns) for _ in range(dice.choice([0, 1, 2, 8])))
        given: dict[str, Any] = {"method": method, "source": tuple(columns[:2]), "formats": {"growth": "percent"}}
        tables.append(EvidenceTable(f"s1{suffix}", "a result", tuple(columns), rows, len(rows), **given))
    return Evidence(tuple(tables))


@pytest.mark.parametrize("method", [*METHOD, None])
def test_every_text_about_any_evidence_fills(method: str | None) -> None:
    dice = random.Random(f"{method}")
    for _ in range(40):
        evidence, question = any_evidence(dice, method), dice.choice(["Which fell most in Q4?", "Growth in 2024?"])
        message = f"{block('question', quote(question))}\n{block('evidence', write_evidence(evidence))}"
        insights = find(message).insights
        report = write(f"{message}\n{block('insights', quote([i.model_dump() for i in insights]))}")
        told = [part for i in insights for part in (i.title, i.statement, i.caveat)]
        told += [
            report.title,
            report.answer,
            report.summary,
            *report.caveats,
            *(r.action for r in report.recommendations),
        ]
        for text in filter(None, told):
            assert fill(text, evidence, question, allowed=COLUMNS).text
