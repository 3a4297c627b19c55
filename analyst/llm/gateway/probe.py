"""Who answers at the gateway's address: nobody, our gateway, a LiteLLM that refuses our key, or something else."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import SettingsError
from analyst.llm.gateway.admission import MADE_OF_HEADER
from analyst.llm.gateway.certificates import trusted

Who = Literal["nobody", "ours", "wrong_key", "foreign", "silent"]
PROBE_TIMEOUT_S, WARM_UP_TIMEOUT_S = 3.0, 20.0
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Where the gateway listens. `localhost` means 127.0.0.1: ::1 might be somebody else's."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether it is this machine's loopback, so that we may start the gateway ourselves."""
        return self.host in LOCAL_HOSTS and self.scheme == "http"


def parse_address(url: str) -> Address:
    """The address in `url` (scheme://host[:port]). SettingsError for one without a host or with a bad port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        host, port = None, 0
    if not host:
        raise SettingsError(
            f"LITELLM_PROXY_URL={url!r} is not a valid address.", "Use one such as http://localhost:4000."
        )
    return Address(parts.scheme, "127.0.0.1" if host == "localhost" else host, port)


@dataclass(frozen=True)
class Answer:
    """What was found at an address; the models offered when it is ours, and what it is made of (empty: not told)."""

    who: Who
    models: tuple[str, ...] = ()
    fingerprint: str = ""


def probe(url: str, key: str, *, timeout_s: float = PROBE_TIMEOUT_S) -> Answer:
    """Ask the address for its models with our key. Only our gateway has the embedded analyst among them."""
    import httpx

    try:
        with httpx.Client(base_url=url, trust_env=False, verify=trusted(), timeout=timeout_s) as client:
            reply = client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})
            if reply.status_code in (400, 401, 403):
                return Answer("wrong_key" if refuses_key(_json(reply)) else "foreign")
            return _judged(_json(reply), reply.headers.get(MADE_OF_HEADER, ""))
    except httpx.ConnectError:
        return Answer("nobody")
    except httpx.TimeoutException:
        return Answer("silent")
    except httpx.HTTPError:
        return Answer("foreign")


def warm_up(url: str, key: str, *, timeout_s: float = WARM_UP_TIMEOUT_S) -> None:
    """Make one free call, whatever it answers, so that the gateway has loaded what a streamed call needs."""
    import httpx

    ping = [{"role": "user", "content": "ping"}]
    body = {"model": EMBEDDED_MODEL, "messages": ping, "max_tokens": 1, "stream": True}
    with (
        suppress(httpx.HTTPError),
        httpx.Client(base_url=url, trust_env=False, verify=trusted(), timeout=timeout_s) as client,
    ):
        client.post("/v1/chat/completions", headers={"Authorization": f"Bearer {key}"}, json=body)


def _json(reply: Any) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None


def _judged(body: Any, fingerprint: str) -> Answer:
    try:
        models = tuple(str(model["id"]) for model in body["data"])
    except (KeyError, TypeError):
        return Answer("foreign")
    return Answer("ours", models, fingerprint) if EMBEDDED_MODEL in models else Answer("foreign")


def refuses_key(body: object) -> bool:
    """Whether this error of LiteLLM is about its own key. Without a database it says so by "No connected db."."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return False
    return error.get("type") in ("no_db_connection", "auth_error", "token_not_found_in_db", "expired_key")
