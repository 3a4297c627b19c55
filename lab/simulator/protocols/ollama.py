"""Ollama's /api/chat, /api/generate, /api/tags and /api/show. Streams unless told not to, as newline-separated JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from lab.simulator.content import Ask, Tool
from lab.simulator.limits import Standing
from lab.simulator.protocols.wire import BadRequest, Said, Stream, count_of, messages_of, model_of, object_of
from lab.simulator.providers import Provider

NDJSON = "application/x-ndjson"
DEFAULT_CONTEXT = 4096
"""Ollama's own, whatever the model could take: longer prompts lose their beginning without a word."""
_NANO = 1_000_000_000


def _line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


def _tools(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    functions = [object_of(object_of(tool).get("function")) for tool in body.get("tools") or ()]
    return tuple(Tool(str(f.get("name")), object_of(f.get("parameters"))) for f in functions if f.get("name"))


class OllamaWire:
    """Ollama's protocol."""

    paths: tuple[str, ...] = ("/api/chat", "/api/generate")

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def read(self, path: str, body: Mapping[str, Any]) -> Ask:
        """The request in `body`. BadRequest says what is wrong with it."""
        options = object_of(body.get("options"))
        wanted = body.get("format")
        predict = options.get("num_predict")
        return Ask(
            model=model_of(body).removesuffix(":latest"),
            messages=messages_of(body) if path == "/api/chat" else self._prompt(body),
            max_tokens=None if predict in (None, -1, -2) else count_of(options, "num_predict"),
            stream=body.get("stream") is not False,
            tools=_tools(body),
            schema=object_of(wanted) or None,
            json_mode=wanted == "json",
            extras=[part for part in (body.get("tools"), wanted) if part] or None,
            context=count_of(options, "num_ctx") or DEFAULT_CONTEXT,
        )

    def _prompt(self, body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        if not isinstance(body.get("prompt"), str):
            raise BadRequest("prompt: must be a text")
        system = [{"role": "system", "content": body["system"]}] if body.get("system") else []
        return (*system, {"role": "user", "content": body["prompt"]})

    def whole(self, path: str, said: Said) -> dict[str, Any]:
        """The body of an unstreamed answer."""
        return {**self._frame(path, said, said.reply.text), **self._ending(said)}

    def stream(self, path: str, ask: Ask, said: Said, texts: Sequence[str]) -> Stream:
        """The lines of a streamed answer."""
        pieces = texts if said.reply.tool is None else [said.reply.text]
        parts = tuple(_line({**self._frame(path, said, text), "done": False}) for text in pieces)
        tail = {**self._frame(path, said, "", ending=True), **self._ending(said)}
        error = _line({"error": "an error was encountered while running the model: unexpected EOF"})
        return Stream(NDJSON, (), parts, (_line(tail),), error)

    def error_in_reply(self, said: Said) -> dict[str, Any] | None:
        """Ollama has errors inside an answer only when it is streamed."""
        return None

    def _frame(self, path: str, said: Said, text: str, ending: bool = False) -> dict[str, Any]:
        created = datetime.fromtimestamp(said.created, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        frame = {"model": said.model, "created_at": created}
        if path == "/api/generate":
            return {**frame, "response": text}
        if said.reply.tool is None or ending:
            return {**frame, "message": {"role": "assistant", "content": text}}
        arguments = json.loads(text) if text.startswith("{") else {}
        call = {"function": {"name": said.reply.tool, "arguments": arguments}}
        return {**frame, "message": {"role": "assistant", "content": "", "tool_calls": [call]}}

    def _ending(self, said: Said) -> dict[str, Any]:
        reading, total = int(said.first_token_s * _NANO), int(said.total_s * _NANO)
        return {
            "done": True,
            "done_reason": "length" if said.reply.finish == "length" else "stop",
            "total_duration": total,
            "load_duration": 0,
            "prompt_eval_count": said.input_tokens,
            "prompt_eval_duration": reading,
            "eval_count": said.output_tokens,
            "eval_duration": max(total - reading, 0),
        }

    def key_of(self, headers: Mapping[str, str]) -> str:
        """Ollama takes no key."""
        return ""

    def limit_headers(self, standings: Mapping[str, Standing], wall_s: float) -> dict[str, str]:
        """Ollama has no limits."""
        return {}

    def listing(self, path: str) -> dict[str, Any] | None:
        """What GET requests are answered: the pulled models and the version."""
        if path == "/api/tags":
            return {"models": [self._model(model.name) for model in self._provider.models]}
        return {"version": "0.13.0"} if path == "/api/version" else None

    def _model(self, name: str) -> dict[str, Any]:
        details = {"format": "gguf", "family": "llama", "parameter_size": "8.0B", "quantization_level": "Q4_K_M"}
        tag = f"{name}:latest"
        return {"name": tag, "model": tag, "size": 4_920_753_328, "digest": "simulated", "details": details}

    def show(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer to /api/show; None when there is no such model."""
        model = self._provider.model(str(body.get("model") or body.get("name") or "").removesuffix(":latest"))
        if model is None:
            return None
        info = {"general.architecture": "llama", "llama.context_length": model.context}
        capabilities = ["completion", "tools"]
        template = "{{ .System }}{{ .Prompt }}{{ .Tools }}"
        return {**self._model(model.name), "model_info": info, "capabilities": capabilities, "template": template}
