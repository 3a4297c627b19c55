"""Anthropic's /v1/messages, /v1/messages/count_tokens and /v1/models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from lab.simulator.content import Ask, Tool
from lab.simulator.counting import text_of
from lab.simulator.limits import Standing
from lab.simulator.protocols.wire import BadRequest, Said, Stream, count_of, messages_of, model_of, object_of
from lab.simulator.providers import Provider

SSE = "text/event-stream; charset=utf-8"
_STOP = {"stop": "end_turn", "length": "max_tokens", "tool": "tool_use", "refusal": "refusal"}
_HEADERS = {"requests": "requests", "input_tokens": "input-tokens", "output_tokens": "output-tokens"}


def _event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data}, ensure_ascii=False)}\n\n".encode()


def _marked(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """The prompt up to the last block with cache_control; None when none has it."""
    texts: list[str] = []
    reached = None
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else [content]:
            texts.append(text_of([part]))
            if isinstance(part, Mapping) and part.get("cache_control"):
                reached = len(texts)
    return "\n".join(texts[:reached]) if reached is not None else None


def _tools(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    given = [object_of(tool) for tool in body.get("tools") or ()]
    if any(not tool.get("name") for tool in given):
        raise BadRequest("tools: each needs a name")
    return tuple(Tool(str(tool["name"]), object_of(tool.get("input_schema"))) for tool in given)


class MessagesWire:
    """Anthropic's protocol."""

    paths: tuple[str, ...] = ("/v1/messages", "/v1/messages/count_tokens")

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def read(self, path: str, body: Mapping[str, Any]) -> Ask:
        """The request in `body`. BadRequest says what is wrong with it."""
        limit = count_of(body, "max_tokens")
        if limit is None and not path.endswith("/count_tokens"):
            raise BadRequest("max_tokens: Field required")
        system = [{"role": "system", "content": body["system"]}] if body.get("system") else []
        messages = (*system, *messages_of(body))
        choice = object_of(body.get("tool_choice"))
        wanted = object_of(body.get("output_format")) or object_of(object_of(body.get("output_config")).get("format"))
        forced = {"tool": choice.get("name"), "any": "any"}.get(str(choice.get("type")))
        return Ask(
            model=model_of(body),
            messages=messages,
            max_tokens=limit,
            stream=bool(body.get("stream")),
            tools=() if choice.get("type") == "none" else _tools(body),
            forced=forced,
            schema=object_of(wanted.get("schema")) or None,
            marked=_marked(messages),
            extras=[part for part in (body.get("tools"), wanted.get("schema")) if part] or None,
            include_usage=True,
        )

    def whole(self, path: str, said: Said) -> dict[str, Any]:
        """The body of an unstreamed answer."""
        return {
            **self._frame(said),
            "content": self._blocks(said),
            "stop_reason": _STOP[said.reply.finish],
            "usage": self._usage(said, said.output_tokens),
        }

    def stream(self, path: str, ask: Ask, said: Said, texts: Sequence[str]) -> Stream:
        """The events of a streamed answer."""
        opening = {**self._frame(said), "content": [], "stop_reason": None, "usage": self._usage(said, 1)}
        blocks = self._blocks(said)
        head, parts, tail = [_event("message_start", message=opening)], [], []
        if blocks:
            kind = blocks[0]["type"]
            empty = {**blocks[0], "input": {}} if kind == "tool_use" else {"type": "text", "text": ""}
            field, delta = ("partial_json", "input_json_delta") if kind == "tool_use" else ("text", "text_delta")
            head += [_event("content_block_start", index=0, content_block=empty), _event("ping")]
            parts = [_event("content_block_delta", index=0, delta={"type": delta, field: text}) for text in texts]
            tail.append(_event("content_block_stop", index=0))
        ending = {"stop_reason": _STOP[said.reply.finish], "stop_sequence": None}
        tail += [_event("message_delta", delta=ending, usage=self._usage(said, said.output_tokens))]
        error = _event("error", error={"type": "overloaded_error", "message": "Overloaded"})
        return Stream(SSE, tuple(head), tuple(parts), (*tail, _event("message_stop")), error)

    def error_in_reply(self, said: Said) -> dict[str, Any] | None:
        """Anthropic has errors inside an answer only when it is streamed."""
        return None

    def _blocks(self, said: Said) -> list[dict[str, Any]]:
        """A refusal comes without content; so does an answer of no text."""
        if said.reply.tool is not None:
            arguments = json.loads(said.reply.text) if said.reply.text.startswith("{") else {}
            return [{"type": "tool_use", "id": f"toolu_{said.id[:24]}", "name": said.reply.tool, "input": arguments}]
        said_nothing = said.reply.finish == "refusal" or not said.reply.text
        return [] if said_nothing else [{"type": "text", "text": said.reply.text}]

    def _frame(self, said: Said) -> dict[str, Any]:
        frame = {"id": f"msg_{said.id}", "type": "message", "role": "assistant", "model": said.model}
        return {**frame, "stop_sequence": None}

    def _usage(self, said: Said, output: int) -> dict[str, Any]:
        """Anthropic counts what was cached apart from `input_tokens`."""
        written = said.written_tokens
        return {
            "input_tokens": said.input_tokens - said.cached_tokens - written,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": said.cached_tokens,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output,
            "service_tier": "standard",
        }

    def key_of(self, headers: Mapping[str, str]) -> str:
        """The key that a request carries."""
        return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ").strip()

    def limit_headers(self, standings: Mapping[str, Standing], wall_s: float) -> dict[str, str]:
        """The anthropic-ratelimit-… headers; `tokens` shows the tighter of input and output."""
        shown = {name: standings[kind] for kind, name in _HEADERS.items() if kind in standings}
        tokens = [standing for name, standing in shown.items() if name != "requests"]
        if tokens:
            shown["tokens"] = min(tokens, key=lambda standing: standing.remaining / standing.limit)
        told = {}
        for name, standing in shown.items():
            at = datetime.fromtimestamp(wall_s, timezone.utc) + timedelta(seconds=standing.reset_s)
            told[f"anthropic-ratelimit-{name}-limit"] = str(standing.limit)
            told[f"anthropic-ratelimit-{name}-remaining"] = str(standing.remaining)
            told[f"anthropic-ratelimit-{name}-reset"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        return {**told, "anthropic-organization-id": "simulated"}

    def listing(self, path: str) -> dict[str, Any] | None:
        """What GET requests are answered: the models."""
        if path != "/v1/models":
            return None
        models = [
            {"type": "model", "id": m.name, "display_name": m.name, "created_at": "2026-10-01T00:00:00Z"}
            for m in self._provider.models
        ]
        return {"data": models, "has_more": False, "first_id": models[0]["id"], "last_id": models[-1]["id"]}
