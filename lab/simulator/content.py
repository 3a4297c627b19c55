"""What the simulated models say: the embedded analyst's replies, so that it is valid work; samples of a schema else.

A conversation without one of the analyst's tasks gets its plain sentence, or the smallest value that fits the schema
asked for. Tools: the analyst has no use for them, so one is called only when the caller insists, or when there is no
task and no result of a tool yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from analyst.rulebased.analyst import WHO
from analyst.rulebased.analyst import reply as analyst_reply
from lab.simulator.chance import Luck
from lab.simulator.counting import text_of
from lab.simulator.judging import verdict
from lab.simulator.spoiling import SPOILED, spoil

Finish = Literal["stop", "length", "tool", "refusal"]
DECLINED = "I'm sorry, but I can't help with that."
KEPT_REPLIES = 512
MAX_DEPTH = 8
"""How deep a sample of a schema that refers to itself may go."""


@dataclass(frozen=True)
class Tool:
    """A function that the model may call."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """One request, whatever the protocol. `messages` have role and content; `forced` is a tool's name or "any";
    `marked` is the part of the prompt to be cached, where the caller marks one; `extras` counts as prompt."""

    model: str
    messages: tuple[Mapping[str, Any], ...]
    max_tokens: int | None = None
    stream: bool = False
    tools: tuple[Tool, ...] = ()
    forced: str | None = None
    schema: Mapping[str, Any] | None = None
    json_mode: bool = False
    marked: str | None = None
    extras: Any = None
    include_usage: bool = False
    context: int | None = None

    @property
    def prompt(self) -> str:
        """All texts of the conversation."""
        return "\n".join(text_of(message.get("content")) for message in self.messages)

    @property
    def identity(self) -> Any:
        """What tells this request from another: not how it is delivered."""
        return [list(self.messages), [tool.name for tool in self.tools], self.schema, self.max_tokens]


@dataclass(frozen=True)
class Reply:
    """What the model says; `tool` with its arguments in `text` when it calls one."""

    text: str
    finish: Finish = "stop"
    tool: str | None = None


class Speaker:
    """Answers asks by the embedded analyst, remembering the latest replies: the rules are a pure function."""

    def __init__(self, rules: Callable[[list[dict[str, Any]]], str] = analyst_reply) -> None:
        self._rules = lru_cache(KEPT_REPLIES)(lambda conversation: _said(json.loads(conversation), rules))

    def answer(self, ask: Ask) -> Reply:
        """The honest reply, not yet cut at max_tokens."""
        text = self._by_rules(ask)
        tool = _tool(ask, worked=text != WHO)
        if tool is not None:
            fits = _is_object(text) and ask.forced is not None
            return Reply(text if fits else json.dumps(sample(tool.schema)), "tool", tool.name)
        if ask.schema is not None and not _is_object(text):
            return Reply(json.dumps(sample(ask.schema)))
        return Reply(json.dumps({"answer": text}) if ask.json_mode and not _is_object(text) else text)

    def _by_rules(self, ask: Ask) -> str:
        told = [{"role": m.get("role", "user"), "content": text_of(m.get("content"))} for m in ask.messages]
        return self._rules(json.dumps(told))


def _said(conversation: list[dict[str, Any]], rules: Callable[[list[dict[str, Any]]], str]) -> str:
    """What the rules say; the judge of plans is no task of theirs."""
    return verdict(conversation, rules) or rules(conversation)


def concise(text: str, fits: Callable[[str], bool]) -> str:
    """`text` with its lists shortened from the end until it fits, as a model does that was told to be brief; else
    unchanged. A review by rules names everything it found."""
    try:
        reply = json.loads(text)
    except ValueError:
        return text
    shown = text
    while isinstance(reply, dict) and not fits(shown):
        lists = [name for name, value in reply.items() if isinstance(value, list) and len(value) > 1]
        if not lists:
            return text
        longest = max(lists, key=lambda name: len(json.dumps(reply[name])))
        reply[longest].pop()
        shown = json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
    return shown


def faulty(fault: str, reply: Reply, ask: Ask, luck: Luck) -> Reply | None:
    """`reply` as `fault` makes it; None where that fault has nothing to act on."""
    rng = luck.stream("content")
    if fault == "empty":
        return Reply("")
    if fault == "refusal":
        return Reply(DECLINED, "refusal")
    if fault == "truncated":
        return replace(reply, text=reply.text[: int(len(reply.text) * rng.uniform(0.3, 0.8))], finish="length")
    if fault == "invalid_json":
        return replace(reply, text=_broken(reply.text, rng.randrange(3)))
    if fault in SPOILED:
        text = spoil(fault, reply.text, ask.prompt, rng)
        return None if text is None else replace(reply, text=text)
    raise KeyError(fault)


def _broken(text: str, kind: int) -> str:
    """Not JSON: prose only, a stray half, or keys without quotes."""
    if kind == 0 or not text.startswith("{"):
        return "Sure! Here is what I would do: first look at the totals, then compare the groups."
    return f"{text[: len(text) // 2]} ... }}" if kind == 1 else "{plan: [first step, second step]; done}"


def _is_object(text: str) -> bool:
    return text.startswith("{")


def _tool(ask: Ask, worked: bool) -> Tool | None:
    if not ask.tools:
        return None
    if ask.forced is not None:
        return next((tool for tool in ask.tools if tool.name == ask.forced), ask.tools[0])
    answered = any(m.get("role") == "tool" or _holds_result(m.get("content")) for m in ask.messages)
    return None if worked or answered else ask.tools[0]


def _holds_result(content: Any) -> bool:
    parts = content if isinstance(content, list) else []
    return any(isinstance(part, Mapping) and part.get("type") == "tool_result" for part in parts)


def sample(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 0) -> Any:
    """The smallest value that a JSON schema takes: required properties only, first choices, lower bounds."""
    root = schema if root is None else root
    if depth > MAX_DEPTH:
        return None
    if "$ref" in schema:
        return sample(_resolved(str(schema["$ref"]), root), root, depth + 1)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            return sample(schema[name][0], root, depth + 1)
    return _of_type(schema, root, depth)


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties") or {}
        return {name: sample(properties.get(name) or {}, root, depth + 1) for name in schema.get("required") or ()}
    if kind == "array":
        return [sample(schema.get("items") or {}, root, depth + 1) for _ in range(int(schema.get("minItems") or 0))]
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    plain = {"boolean": False, "null": None}
    return plain[kind] if kind in plain else "none".ljust(int(schema.get("minLength") or 0), ".")


def _resolved(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    place: Any = root
    for name in reference.removeprefix("#/").split("/"):
        place = place.get(name, {}) if isinstance(place, Mapping) else {}
    return place if isinstance(place, Mapping) else {}
