"""Running simulated providers, a plain HTTP client for them, and a real analysis' messages with its real checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analyst.answers.accepted import Explained, Planned, Reviewed
from analyst.answers.composing import allowed_words
from analyst.answers.guards import Guards
from analyst.core.settings import ROOT, load_settings
from analyst.datasets.preparing import open_source, prepare
from analyst.execution.runner import PlanRunner
from analyst.protocol.blocks import block, quote
from analyst.protocol.table import TableSource
from analyst.reporting.filling import Filler
from analyst.rulebased.analyst import reply
from lab.simulator.providers import PROVIDERS
from lab.simulator.running import SimulatedProviders, simulated_providers

QUESTION = "Which products had the highest revenue growth in Q4?"
SPEED = 50.0
"""How much faster than real time the tests' providers are: a minute's limit refills in 1.2 real seconds."""
WORKING = {
    "ollama": "/api/chat",
    "groq": "/chat/completions",
    "openrouter": "/chat/completions",
    "anthropic": "/v1/messages",
    "openai": "/chat/completions",
}
HELLO: Any = [{"role": "user", "content": "Say hello."}]


class Caller:
    """Asks the simulated providers as a plain HTTP client would, in each one's protocol."""

    def __init__(self, providers: SimulatedProviders) -> None:
        self._settings = providers.settings()
        self.http = httpx.Client(trust_env=False, timeout=httpx.Timeout(15, connect=5))

    def url(self, provider: str) -> str:
        """The provider's base URL."""
        return self._settings.get(f"{provider}_api_base") or self._settings["ollama_base_url"]

    def headers(self, provider: str) -> dict[str, str]:
        """The headers with its key."""
        key = PROVIDERS[provider].key
        if provider == "ollama":
            return {}
        return {"x-api-key": key} if provider == "anthropic" else {"authorization": f"Bearer {key}"}

    def body(self, provider: str, model: str | None = None, **given: Any) -> dict[str, Any]:
        """A small request in the provider's protocol; `max_tokens` and `stream` are put where it wants them."""
        tokens, stream = given.pop("max_tokens", 200), given.pop("stream", False)
        body = {"model": model or PROVIDERS[provider].models[0].name, "messages": HELLO, "stream": stream, **given}
        if provider == "ollama":
            return {**body, "options": {"num_predict": tokens, "num_ctx": 8192, **given.get("options", {})}}
        return {**body, "max_completion_tokens" if provider == "openai" else "max_tokens": tokens}

    def ask(self, provider: str, model: str | None = None, **given: Any) -> httpx.Response:
        """The provider's answer to a small request."""
        url = self.url(provider) + WORKING[provider]
        return self.http.post(url, json=self.body(provider, model, **given), headers=self.headers(provider))


def text_in(provider: str, body: dict[str, Any]) -> str | None:
    """What the model says in an unstreamed answer."""
    if provider == "anthropic":
        return "".join(part.get("text", "") for part in body["content"])
    message = body["message"] if provider == "ollama" else body["choices"][0]["message"]
    return message["content"]  # type: ignore[no-any-return]


def finish_in(provider: str, body: dict[str, Any]) -> str:
    """Why the model stopped, in the provider's word."""
    if provider == "anthropic":
        return str(body["stop_reason"])
    return str(body["done_reason"] if provider == "ollama" else body["choices"][0]["finish_reason"])


@pytest.fixture(scope="session")
def running() -> Iterator[SimulatedProviders]:
    with simulated_providers("calm", seed=1, speed=SPEED) as providers:
        yield providers


@pytest.fixture
def providers(running: SimulatedProviders) -> SimulatedProviders:
    """The running providers as new: calm, seed 1, nothing counted."""
    running.set_scenario("calm", seed=1)
    running.clear()
    return running


@pytest.fixture
def caller(running: SimulatedProviders) -> Iterator[Caller]:
    made = Caller(running)
    yield made
    made.http.close()


class Case:
    """An analysis of the bundled sample: each task's messages as the agents send them, and the check of its reply."""

    def __init__(self, folder: Path) -> None:
        settings = load_settings(folder / ".env")
        opened = open_source(
            TableSource(ROOT / "analyst" / "samples" / "sales.csv"), folder, settings, lambda event: None
        )
        self._prepared = prepare(opened, QUESTION, folder, settings, lambda event: None)
        self.runner = PlanRunner(self._prepared.profile)
        allowed = allowed_words(self._prepared.profile)
        self._guards = Guards(
            self.runner,
            self._prepared.privacy,
            self._prepared.cited,
            Filler(QUESTION, allowed),
        )
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.messages |= {task: self._message(task) for task in ("review", "plan")}
        self._reviewed: Reviewed = self._guards.review(reply(self.messages["review"]))
        self._planned: Planned = self._guards.plan(reply(self.messages["plan"]))
        so_far = [self._reviewed.shown, self._planned.shown]
        self.messages["insights"] = self._message("insights", *so_far)
        explained = self._guards.insights(reply(self.messages["insights"]), self._planned)
        assert isinstance(explained, Explained)
        self._explained = explained
        self.messages["report"] = self._message("report", *so_far, explained.shown)

    def _message(self, task: str, *further: str) -> list[dict[str, Any]]:
        table = block("table", self._prepared.card) if task in ("review", "plan") else ""
        told = [block("task", task), block("question", quote(QUESTION)), table, *further]
        return [{"role": "system", "content": "You do one task."}, {"role": "user", "content": "\n".join(told)}]

    def check(self, task: str, text: str) -> object:
        """The accepted reply; PlanError or ReplyError when it is of no use."""
        guards: dict[str, Callable[[], object]] = {
            "review": lambda: self._guards.review(text),
            "plan": lambda: self._guards.plan(text),
            "insights": lambda: self._guards.insights(text, self._planned),
            "report": lambda: self._guards.report(text, self._explained),
        }
        return guards[task]()


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    made = Case(tmp_path_factory.mktemp("case"))
    yield made
    made.runner.close()
