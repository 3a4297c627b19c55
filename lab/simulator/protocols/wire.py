"""What a protocol is made of: reading a request, writing what was said whole or in pieces, and rate-limit headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from lab.simulator.content import Ask, Reply
from lab.simulator.limits import Standing


class BadRequest(Exception):
    """The body is not one of this protocol; the message is told to the client in the provider's form."""


@dataclass(frozen=True)
class Said:
    """A reply with all that the answer's body tells about it. Times in the client's seconds."""

    reply: Reply
    model: str
    id: str
    created: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    written_tokens: int = 0
    first_token_s: float = 0.0
    total_s: float = 0.0
    cost_usd: Decimal = Decimal(0)
    host: str = ""


@dataclass(frozen=True)
class Stream:
    """A streamed answer: what comes before the text, a piece for each part of the text, what comes after."""

    content_type: str
    head: tuple[bytes, ...]
    parts: tuple[bytes, ...]
    tail: tuple[bytes, ...]
    error: bytes
    """What the provider sends in place of the rest when it fails in the middle."""


class Wire(Protocol):
    """One provider's protocol."""

    paths: tuple[str, ...]
    """The paths (after the provider's address) of requests that make the model work."""

    def read(self, path: str, body: Mapping[str, Any]) -> Ask: ...

    def whole(self, path: str, said: Said) -> dict[str, Any]: ...

    def stream(self, path: str, ask: Ask, said: Said, texts: Sequence[str]) -> Stream: ...

    def key_of(self, headers: Mapping[str, str]) -> str: ...

    def limit_headers(self, standings: Mapping[str, Standing], wall_s: float) -> dict[str, str]: ...

    def listing(self, path: str) -> dict[str, Any] | None: ...

    def error_in_reply(self, said: Said) -> dict[str, Any] | None: ...


def messages_of(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The conversation in `body`, checked: a list of objects with a role."""
    given = body.get("messages")
    if not isinstance(given, list) or not given:
        raise BadRequest("'messages' is a required property and must be a non-empty list")
    for number, message in enumerate(given):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise BadRequest(f"messages.{number}: a message is an object with a role and content")
    return tuple(given)


def model_of(body: Mapping[str, Any]) -> str:
    """The model asked for."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest("you must provide a model parameter")
    return model


def count_of(body: Mapping[str, Any], *names: str) -> int | None:
    """The first of the fields `names` that is given, a positive whole number."""
    for name in names:
        value = body.get(name)
        if value is not None:
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise BadRequest(f"{name}: must be a whole number above 0, not {value!r}")
            return value
    return None


def object_of(value: Any) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
