"""One of the client's questions with its answer, computed from a load test's document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analyst.protocol.prompting import roles


@dataclass(frozen=True)
class Answered:
    """A question in the client's words, and the answer as Markdown."""

    question: str
    answer: str


def role_of(agent: str) -> str:
    """The agent's name as people read it."""
    return roles()[agent].role


def calls_of(content: Mapping[str, Any], agent: str) -> Iterator[Mapping[str, Any]]:
    """The calls of `agent` in all requests of the document."""
    return (call for line in content["requests"] for call in line["calls"] if call["agent"] == agent)


def cost_by_model_of(content: Mapping[str, Any], agent: str) -> Counter[str]:
    """USD of the calls of `agent` by model."""
    spent: Counter[str] = Counter()
    for call in calls_of(content, agent):
        spent[call["model"]] += call["cost_usd"]
    return spent


def calls_by_model_of(content: Mapping[str, Any], agent: str) -> Counter[str]:
    """The calls of `agent` by model."""
    return Counter(call["model"] for call in calls_of(content, agent))
