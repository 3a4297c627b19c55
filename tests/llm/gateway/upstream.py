"""Providers on loopback for the gateway's real adapters: OpenAI's, Anthropic's and Ollama's protocols in one server."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OPENAI_REPLY = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "service_tier": "on_demand",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40},
    },
}
ANTHROPIC_REPLY = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 60, "output_tokens": 20, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 0},
}
OLLAMA_REPLY = {
    "model": "llama3.1",
    "created_at": "2026-01-01T00:00:00Z",
    "message": {"role": "assistant", "content": "hello"},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 100,
    "eval_count": 20,
}


@dataclass(frozen=True)
class Answer:
    """What the server says next: `body` None means the protocol's good reply, `changes` are merged into it; `reset`: it
    has read the request and the connection is gone."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    delay_s: float = 0.0
    reset: bool = False
    """The connection is reset once the request is there."""


@dataclass
class Upstream:
    """A server of model providers: `requests` holds (path, body, headers) of each completion asked for."""

    url: str
    answer: Answer = field(default_factory=Answer)
    requests: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    models: list[str] = field(default_factory=lambda: ["llama3.1:latest"])
    key: str = "good-key-123456"

    def bases(self) -> dict[str, Any]:
        """Settings that send every provider of the gateway here."""
        keys = dict.fromkeys(("groq_api_key", "openrouter_api_key", "anthropic_api_key", "openai_api_key"), self.key)
        return {
            **keys,
            "groq_api_base": f"{self.url}/openai/v1",
            "openrouter_api_base": f"{self.url}/api/v1",
            "anthropic_api_base": self.url,
            "openai_api_base": f"{self.url}/v1",
            "ollama_base_url": self.url,
            "vllm_base_url": f"{self.url}/vllm/v1",
            "vllm_model": "my-model",
            "vllm_api_key": self.key,
        }


def _good_reply(path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    if path.endswith("/messages"):
        return {**ANTHROPIC_REPLY, "model": asked["model"]}
    return dict(OLLAMA_REPLY) if path == "/api/chat" else {**OPENAI_REPLY, "model": asked["model"]}


def _event(data: Any, kind: str = "") -> bytes:
    return (f"event: {kind}\n" if kind else "").encode() + f"data: {json.dumps(data)}\n\n".encode()


def openai_events(body: Any) -> list[bytes]:
    """`body`, whatever its shape, as OpenAI would stream it: its messages become deltas, its usage the last chunk."""
    if not isinstance(body, dict) or not isinstance(body.get("choices"), list):
        return [_event(body), b"data: [DONE]\n\n"]
    frame = {**body, "object": "chat.completion.chunk"}
    usage = {"usage": frame.pop("usage")} if "usage" in frame else {}
    deltas = [{**choice, "finish_reason": None} for choice in body["choices"]]
    for choice in deltas:
        if "message" in choice:
            choice["delta"] = choice.pop("message")
    ends = [{"index": 0, "delta": {}, "finish_reason": choice.get("finish_reason")} for choice in body["choices"]]
    chunks = [{**frame, "choices": deltas}, {**frame, "choices": ends}, {**frame, "choices": [], **usage}]
    return [*map(_event, chunks), b"data: [DONE]\n\n"]


def _anthropic_events(body: Any) -> list[bytes]:
    """The same in Anthropic's events; a body of another shape is one event."""
    if not isinstance(body, dict) or not isinstance(body.get("content"), list):
        return [_event(body, str(body.get("type", "message")) if isinstance(body, dict) else "message")]
    usage = body.get("usage")
    opening = {**body, "content": [], "stop_reason": None}
    events = [_event({"type": "message_start", "message": opening}, "message_start")]
    for at, block in enumerate(body["content"]):
        begun = {**block, "text": ""} if "text" in block else block
        events.append(
            _event({"type": "content_block_start", "index": at, "content_block": begun}, "content_block_start")
        )
        if "text" in block:
            delta = {"type": "text_delta", "text": block["text"]}
            events.append(_event({"type": "content_block_delta", "index": at, "delta": delta}, "content_block_delta"))
        events.append(_event({"type": "content_block_stop", "index": at}, "content_block_stop"))
    ending = {"type": "message_delta", "delta": {"stop_reason": body.get("stop_reason"), "stop_sequence": None}}
    events.append(_event({**ending, **({} if usage is None else {"usage": usage})}, "message_delta"))
    return [*events, _event({"type": "message_stop"}, "message_stop")]


class _Handler(BaseHTTPRequestHandler):
    upstream: Upstream

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        names = self.upstream.models
        if path == "/api/tags":
            self._send(200, {"models": [{"name": name, "model": name} for name in names]})
        elif self.upstream.key not in f"{self.headers.get('authorization')}{self.headers.get('x-api-key')}":
            self._send(401, {"error": {"message": "invalid api key", "type": "authentication_error"}})
        elif path.endswith("/key"):
            self._send(200, {"data": {"label": "test"}})
        else:
            listed = [{"id": n, "object": "model", "type": "model", "created": 1, "owned_by": "me"} for n in names]
            self._send(200, {"object": "list", "data": listed, "has_more": False})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        self.upstream.requests.append((self.path, asked, {k.lower(): v for k, v in self.headers.items()}))
        answer = self.upstream.answer
        if answer.delay_s:
            time.sleep(answer.delay_s)
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if answer.raw is not None:
            self._send_raw(answer.status, answer.raw, {"content-type": "text/html", **answer.headers})
            return
        body = answer.body if answer.body is not None else {**_good_reply(self.path, asked), **answer.changes}
        if asked.get("stream") and answer.status == 200 and self.path != "/api/chat":
            events = _anthropic_events(body) if self.path.endswith("/messages") else openai_events(body)
            self._send_raw(200, b"".join(events), {"content-type": "text/event-stream", **answer.headers})
        else:
            self._send(answer.status, body, answer.headers)

    def _send(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        self._send_raw(status, json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})})

    def _send_raw(self, status: int, raw: bytes, headers: Mapping[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


@contextmanager
def serving() -> Iterator[Upstream]:
    """An Upstream on a free port of loopback, gone when the block ends."""

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.upstream = Upstream(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Handler.upstream
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
