"""The client's documents hold every heading, row and question of the client's outline, in its order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyst.core.agents import AGENTS
from analyst.core.settings import ROOT
from analyst.protocol.prompting import roles

OUTLINE: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("outline.yaml").read_text(encoding="utf-8")
)
DOCUMENTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in OUTLINE}


def headings(text: str) -> list[str]:
    """The headings without their numbers."""
    return [re.sub(r"^[\d.]+ ", "", line) for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row, without emphasis."""
    lines = re.findall(r"^\|(.+)\|$", text, re.MULTILINE)
    return [[cell.strip(" *·") for cell in line.split("|")] for line in lines]


def in_order(wanted: list[str], found: list[str]) -> bool:
    rest = iter(found)
    return all(one in rest for one in wanted)


@pytest.mark.parametrize("name", OUTLINE)
def test_every_heading_of_the_outline_is_there_in_its_order(name: str) -> None:
    assert in_order(OUTLINE[name]["headings"], headings(DOCUMENTS[name]))


@pytest.mark.parametrize("name", OUTLINE)
def test_every_row_of_the_outline_is_there_with_a_figure(name: str) -> None:
    filled = {row[0] for row in table_rows(DOCUMENTS[name]) if any(row[1:])}
    assert set(OUTLINE[name]["rows"]) <= filled


@pytest.mark.parametrize("name", OUTLINE)
def test_every_table_of_the_outline_has_its_columns(name: str) -> None:
    for columns in OUTLINE[name]["columns"]:
        assert any(in_order(columns, row) for row in table_rows(DOCUMENTS[name])), columns


@pytest.mark.parametrize("name", OUTLINE)
def test_every_text_of_the_outline_is_there(name: str) -> None:
    flat = " ".join(DOCUMENTS[name].split())
    for text in OUTLINE[name]["texts"]:
        assert text in flat


@pytest.mark.parametrize("question", OUTLINE["analysis.md"]["questions"])
def test_every_question_is_answered_where_it_is_asked(question: str) -> None:
    answer = DOCUMENTS["analysis.md"].partition(f"**{question}**")[2].partition("\n")[0]
    assert len(answer.split()) >= 8
    assert "not measured" not in answer.lower()


def test_the_questions_come_in_the_order_of_the_outline() -> None:
    asked = re.findall(r"^\*\*(.+?\?)\*\*", DOCUMENTS["analysis.md"], re.MULTILINE)
    assert asked == OUTLINE["analysis.md"]["questions"]


@pytest.mark.parametrize("agent", AGENTS)
def test_the_strategy_tells_all_that_is_asked_of_each_agent(agent: str) -> None:
    outline = OUTLINE["backend_strategy.md"]["for_each_agent"]
    section = re.split(r"^### 1\.\d (.+)$|^## ", DOCUMENTS["backend_strategy.md"], flags=re.MULTILINE)
    told = section[section.index(roles()[agent].role) + 1]
    assert all(text in told for text in outline["texts"])
    rows = {row[0]: row[1] for row in table_rows(told)}
    assert set(outline["rows"]) <= set(rows)
    assert rows["Task complexity"] in ("low", "medium", "high")
    assert rows["Latency requirement"] in ("< 500 ms", "< 2 s", "< 5 s", "flexible")
    assert rows["Quality requirement"] in ("adequate", "good", "excellent")


def test_each_of_three_to_five_recommendations_has_the_form_asked_for() -> None:
    section = DOCUMENTS["analysis.md"].split("## 5. ")[1].split("\n## ")[0]
    recommended = section.split("\n### ")[1:]
    assert 3 <= len(recommended) <= 5
    for text in recommended:
        parts = OUTLINE["analysis.md"]["recommendation"]
        assert in_order(parts, re.findall(r"^\* \*\*(.+?)\*\*", text, re.MULTILINE))
        impact = text.split("**Expected impact.**")[1].split("\n")[0]
        assert in_order(["Cost:", "Latency:", "Quality:"], re.findall(r"(?:Cost|Latency|Quality):", impact))


def test_what_the_outline_does_not_ask_for_comes_after_it() -> None:
    sections = re.findall(r"^## (.+)$", DOCUMENTS["analysis.md"], re.MULTILINE)
    assert [section[:2] for section in sections[:5]] == ["1.", "2.", "3.", "4.", "5."]
    assert sections[5] == "Success criteria"
    strategy = re.findall(r"^## (.+)$", DOCUMENTS["backend_strategy.md"], re.MULTILINE)
    assert [section[:2] for section in strategy[:3]] == ["1.", "2.", "3."]
