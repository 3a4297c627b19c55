"""OpenAI's /chat/completions and /models, in the flavours of OpenAI, Groq and OpenRouter."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lab.simulator.content import Ask, Tool
from lab.simulator.limits import Standing
from lab.simulator.protocols.wire import BadRequest, Said, Stream, count_of, messages_of, model_of, object_of
from lab.simulator.providers import Provider
from lab.simulator.wording import duration

SSE = "text/event-stream; charset=utf-8"
_FINISH = {"stop": "stop", "length": "length", "tool": "tool_calls", "refusal": "stop"}


def _event(data: Any) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _tools(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    functions = [object_of(object_of(tool).get("function")) for tool in body.get("tools") or ()]
    if any(not function.get("name") for function in functions):
        raise BadRequest("tools: each needs a function with a name")
    return tuple(Tool(str(f["name"]), object_of(f.get("parameters"))) for f in functions)


def _forced(choice: Any) -> str | None:
    if isinstance(choice, Mapping):
        return str(object_of(choice.get("function")).get("name") or "any")
    return "any" if choice == "required" else None


class ChatWire:
    """The protocol of one of the three providers."""

    paths: tuple[str, ...] = ("/chat/completions",)

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def read(self, path: str, body: Mapping[str, Any]) -> Ask:
        """The request in `body`. BadRequest says what is wrong with it."""
        self._refuse_old_parameters(body)
        wanted = object_of(body.get("response_format"))
        schema = object_of(object_of(wanted.get("json_schema")).get("schema")) or None
        choice = body.get("tool_choice")
        return Ask(
            model=model_of(body),
            messages=messages_of(body),
            max_tokens=count_of(body, "max_completion_tokens", "max_tokens"),
            stream=bool(body.get("stream")),
            tools=() if choice == "none" else _tools(body),
            forced=_forced(choice),
            schema=schema,
            json_mode=wanted.get("type") == "json_object",
            extras=[part for part in (body.get("tools"), schema) if part] or None,
            include_usage=bool(object_of(body.get("stream_options")).get("include_usage"))
            or self._provider.name == "openrouter",
        )

    def _refuse_old_parameters(self, body: Mapping[str, Any]) -> None:
        """OpenAI's models since GPT-5 refuse what earlier ones took."""
        if self._provider.name != "openai":
            return
        if body.get("max_tokens") is not None:
            instead = "is not supported with this model. Use 'max_completion_tokens' instead."
            raise BadRequest(f"Unsupported parameter: 'max_tokens' {instead}")
        if body.get("temperature") not in (None, 1):
            told = f"does not support {body['temperature']} with this model. Only the default (1) value is supported."
            raise BadRequest(f"Unsupported value: 'temperature' {told}")

    def whole(self, path: str, said: Said) -> dict[str, Any]:
        """The body of an unstreamed answer."""
        choice = {"index": 0, "message": self._message(said), "logprobs": None, "finish_reason": self._finish(said)}
        return {**self._frame(said, "chat.completion"), "choices": [choice], "usage": self._usage(said)}

    def stream(self, path: str, ask: Ask, said: Said, texts: Sequence[str]) -> Stream:
        """The events of a streamed answer."""
        frame = self._frame(said, "chat.completion.chunk")

        def chunk(delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return _event({**frame, "choices": [choice], **more})

        usage = {"usage": self._usage(said)}
        groq = {"x_groq": {"id": f"req_{said.id}", **usage}} if self._provider.name == "groq" else {}
        tail = [chunk({}, self._finish(said), **groq)]
        if ask.include_usage:
            tail.append(_event({**frame, "choices": [], **usage}))
        head = [b": OPENROUTER PROCESSING\n\n"] if self._provider.name == "openrouter" else []
        opening: dict[str, Any] = {"role": "assistant", "content": "" if said.reply.tool is None else None}
        if said.reply.tool is not None:
            opening["tool_calls"] = [{"index": 0, **self._call(said, "")}]
        head.append(chunk(opening))
        parts = tuple(chunk(self._delta(said, text)) for text in texts)
        return Stream(SSE, tuple(head), parts, (*tail, b"data: [DONE]\n\n"), self._mid_error(frame))

    def _delta(self, said: Said, text: str) -> dict[str, Any]:
        if said.reply.tool is not None:
            return {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}
        return {"refusal": text} if self._refuses(said) else {"content": text}

    def _refuses(self, said: Said) -> bool:
        """OpenAI has a field for it; models on Groq decline in plain words."""
        return said.reply.finish == "refusal" and self._provider.name == "openai"

    def _finish(self, said: Said) -> str:
        return _FINISH[said.reply.finish]

    def _mid_error(self, frame: Mapping[str, Any]) -> bytes:
        if self._provider.name == "openrouter":
            error = {"code": 502, "message": "Provider disconnected unexpectedly"}
            return _event({**frame, "error": error, "choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]})
        return _event({"error": {"message": "Internal Server Error", "type": "internal_server_error", "code": None}})

    def error_in_reply(self, said: Said) -> dict[str, Any] | None:
        """The body of an unstreamed answer with status 200 that is an error: OpenRouter's way only."""
        if self._provider.name != "openrouter":
            return None
        return {"error": {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": said.host}}}

    def _message(self, said: Said) -> dict[str, Any]:
        if said.reply.tool is not None:
            return {"role": "assistant", "content": None, "tool_calls": [self._call(said, said.reply.text)]}
        if self._refuses(said):
            return {"role": "assistant", "content": None, "refusal": said.reply.text}
        return {"role": "assistant", "content": said.reply.text}

    def _call(self, said: Said, arguments: str) -> dict[str, Any]:
        function = {"name": said.reply.tool, "arguments": arguments}
        return {"id": f"call_{said.id[:24]}", "type": "function", "function": function}

    def _frame(self, said: Said, kind: str) -> dict[str, Any]:
        frame = {"id": f"chatcmpl-{said.id}", "object": kind, "created": said.created, "model": said.model}
        own: dict[str, dict[str, Any]] = {
            "groq": {"system_fingerprint": "fp_simulated", "service_tier": "on_demand"},
            "openai": {"system_fingerprint": "fp_simulated", "service_tier": "default"},
            "openrouter": {"id": f"gen-{said.id}", "provider": said.host},
        }
        return frame | own[self._provider.name]

    def _usage(self, said: Said) -> dict[str, Any]:
        usage: dict[str, Any] = {
            "prompt_tokens": said.input_tokens,
            "completion_tokens": said.output_tokens,
            "total_tokens": said.input_tokens + said.output_tokens,
            "prompt_tokens_details": {"cached_tokens": said.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }
        if self._provider.name == "groq":
            reading, writing = said.first_token_s, max(said.total_s - said.first_token_s, 0.0)
            times = {"queue_time": 0.0, "prompt_time": round(reading, 6), "completion_time": round(writing, 6)}
            return {**usage, **times, "total_time": round(said.total_s, 6)}
        usage["prompt_tokens_details"]["cache_write_tokens"] = said.written_tokens
        if self._provider.name == "openrouter":
            details = {"upstream_inference_cost": None}
            return {**usage, "cost": float(said.cost_usd), "is_byok": False, "cost_details": details}
        return usage

    def key_of(self, headers: Mapping[str, str]) -> str:
        """The key that a request carries."""
        return headers.get("authorization", "").removeprefix("Bearer ").strip()

    def limit_headers(self, standings: Mapping[str, Standing], wall_s: float) -> dict[str, str]:
        """OpenAI: requests a minute; Groq: requests a day; both: tokens a minute. OpenRouter sends none."""
        if self._provider.name == "openrouter":
            return {}
        requests = "requests_per_day" if self._provider.name == "groq" else "requests"
        shown = {"requests": standings.get(requests), "tokens": standings.get("tokens")}
        told = {}
        for name, standing in shown.items():
            if standing is not None:
                told[f"x-ratelimit-limit-{name}"] = str(standing.limit)
                told[f"x-ratelimit-remaining-{name}"] = str(standing.remaining)
                told[f"x-ratelimit-reset-{name}"] = duration(standing.reset_s)
        return told

    def listing(self, path: str) -> dict[str, Any] | None:
        """What GET requests are answered: the models, and OpenRouter's account of the key."""
        if path == "/models":
            models = [
                {"id": m.name, "object": "model", "created": 1_754_400_000, "owned_by": "simulated", "active": True}
                | {"context_window": m.context, "context_length": m.context, "max_completion_tokens": m.max_output}
                for m in self._provider.models
            ]
            return {"object": "list", "data": models}
        if path in ("/key", "/auth/key") and self._provider.name == "openrouter":
            return {"data": {"label": "simulated", "usage": 0, "limit": None, "is_free_tier": False}}
        return None
