"""What a provider bills and what our books say, for replies of every odd shape, through the real gateway and adapters.

The upstream counts what arrives: a reply that it may have billed is booked, at its cost or at the reservation, and its
model is not asked again; one that was turned away costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.budget.prices import MOST_TIMES, load_prices
from analyst.core.settings import load_settings
from analyst.llm.attempts import Attempts, Call
from analyst.llm.chains import load_chains
from analyst.llm.client import GatewayClient
from analyst.llm.listening import Patience
from analyst.llm.resilience.health import Health
from analyst.llm.resources import Books, Gateway, Models, Runtime
from analyst.llm.route import Route
from analyst.protocol.calls import CallRecord, CallRequest
from monitoring import PerformanceMonitor
from routing import SmartRouter
from tests.llm.gateway.upstream import ANTHROPIC_REPLY, OPENAI_REPLY, Answer, Upstream

AGENT = {
    "groq-gpt-oss-20b": "data_profiler",
    "claude-haiku-5-5": "data_profiler",
    "openrouter-gpt-oss-120b": "data_profiler",
    "openai-gpt-6-luna": "insight_generator",
}
MESSAGES = [{"role": "user", "content": "Say hello."}]
USAGE: Any = OPENAI_REPLY["usage"]
OWN_USAGE: Any = ANTHROPIC_REPLY["usage"]
NOTHING = Decimal(0)


def usage(**told: Any) -> Answer:
    """A good reply whose figures are `told`, by the names of both protocols."""
    both = {"input_tokens": told.get("prompt_tokens"), "output_tokens": told.get("completion_tokens")}
    own = {name: value for name, value in both.items() if value is not None}
    return Answer(changes={"usage": {**USAGE, **OWN_USAGE, **own, **told}})


def said(finish: str = "stop", **message: Any) -> Answer:
    """A good reply that holds `message`, in both protocols."""
    choice = {"index": 0, "message": {"role": "assistant", "content": "hello", **message}, "finish_reason": finish}
    text = message.get("content", "hello")
    return Answer(changes={"choices": [choice], "content": text if isinstance(text, list) else [{"text": text}]})


def failed(status: int, message: str = "internal error") -> Answer:
    return Answer(status, {"error": {"message": message}})


TOOL = [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
BILLED: Mapping[str, Answer] = {
    "ok": Answer(),
    "no_service_tier": Answer(changes={"service_tier": None}),
    "odd_service_tier": Answer(changes={"service_tier": {"name": "x"}}),
    "usage_null": Answer(changes={"usage": None}),
    "usage_list": Answer(changes={"usage": []}),
    "usage_empty": Answer(changes={"usage": {}}),
    "usage_floats": usage(prompt_tokens=100.5, completion_tokens=20.5),
    "usage_strings": usage(prompt_tokens="100", completion_tokens="20"),
    "usage_negative": usage(prompt_tokens=-100, completion_tokens=-20),
    "usage_zero": usage(prompt_tokens=0, completion_tokens=0),
    "usage_huge": usage(prompt_tokens=10**9, completion_tokens=10**9),
    "usage_more_cached_than_sent": usage(
        prompt_tokens_details={"cached_tokens": 10**5}, input_tokens=60, cache_read_input_tokens=10**5
    ),
    "usage_beyond_integers": usage(prompt_tokens=10**30, completion_tokens=20),
    "cost_absurd": usage(cost=5),
    "cost_beyond_all": usage(cost=1e9),
    "cost_tiny": usage(cost=1e-7),
    "cost_string": usage(cost="5"),
    "cost_negative": usage(cost=-1),
    "created_string": Answer(changes={"created": "yesterday"}),
    "created_null": Answer(changes={"created": None}),
    "id_null": Answer(changes={"id": None}),
    "id_number": Answer(changes={"id": 7}),
    "model_null": Answer(changes={"model": None}),
    "content_list": said(content=[{"type": "text", "text": "hello"}]),
    "content_null": said(content=None),
    "content_number": said(content=7),
    "content_object": said(content={"text": "hello"}),
    "empty_text": said(content=""),
    "tool_call": said("tool_calls", content=None, tool_calls=TOOL),
    "reasoning_object": said(reasoning={"text": "hm"}),
    "unknown_block": said(content=[{"type": "hologram", "data": "x"}, {"type": "text", "text": "hello"}]),
    "finish_unknown": said("because"),
    "finish_filter": said("content_filter"),
    "choices_empty": Answer(changes={"choices": [], "content": []}),
    "choices_null": Answer(changes={"choices": None, "content": None}),
    "choice_without_message": Answer(changes={"choices": [{"index": 0, "finish_reason": "stop"}]}),
    "array": Answer(body=[{"text": "hello"}]),
    "string": Answer(body="hello"),
    "error_in_200": Answer(body={"error": {"message": "internal", "code": 502}}),
    "overload_in_200": Answer(body={"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "limit_in_200": Answer(body={"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}),
    "status_429_in_200": Answer(body={"error": {"message": "slow down", "code": 429}}),
    "status_503_in_200": Answer(body={"error": {"message": "at capacity", "code": 503}}),
    "cost_of_own_key": usage(cost=1e-7, is_byok=True, cost_details={"upstream_inference_cost": 4e-5}),
    "thoughts_apart": usage(total_tokens=620, completion_tokens_details={"reasoning_tokens": 500}),
    "usage_beyond_floats": usage(prompt_tokens=10**400, completion_tokens=20),
    "usage_not_a_number": usage(prompt_tokens=float("nan"), completion_tokens=float("inf")),
    "cost_beyond_numbers": usage(cost="1e999999999"),
    "redirect": Answer(307, {}, {"location": "/elsewhere"}),
    "e500_of_a_connection": failed(500, "getaddrinfo failed"),
    "html": Answer(raw=b"<html>ok</html>"),
    "empty": Answer(raw=b""),
    "cut": Answer(raw=b'data: {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "del'),
    "e500": failed(500),
    "e502": failed(502, "bad gateway"),
    "e502_page": Answer(502, raw=b"<html>bad gateway</html>"),
    "e504": failed(504),
    "e520": failed(520),
    "e524": failed(524, "error code: 524"),
    "e408": failed(408),
    "e409": failed(409, "conflict"),
    "e425": failed(425, "too early"),
    "e501": failed(501),
    "e599": failed(599, "strange"),
    "reset": Answer(reset=True),
}
"""Replies after the provider has worked, or of which nobody knows."""
TURNED_AWAY: Mapping[str, Answer] = {
    "e400": failed(400, "unsupported parameter"),
    "e401": failed(401, "invalid api key"),
    "e402": failed(402, "insufficient credits"),
    "e403": failed(403, "forbidden"),
    "e404": failed(404, "no such model"),
    "e429": failed(429, "slow down"),
    "e503": failed(503, "at capacity"),
    "e529": Answer(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
}
"""Replies by which the provider says that it did nothing."""


@dataclass
class Desk:
    """Books that all shapes share, and a router for each that knows nothing of the others."""

    books: Books
    gateway: Gateway

    def routed(self, model: str) -> CallRecord:
        router = SmartRouter(Models(load_chains(), (model,), Health()), self.gateway, self.books)
        return router.route_with_fallback(CallRequest(AGENT[model], MESSAGES, 900))

    def tried(self, model: str) -> CallRecord:
        request = CallRequest(AGENT[model], MESSAGES, 900)
        attempts = Attempts(self.gateway, self.books, Health(), Runtime())
        return attempts.make(Call(Route(request, model, 0.0, "r"), request, model, Patience(20.0)))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    folder = tmp_path_factory.mktemp("books")
    settings = load_settings(folder / "none.env", metrics_export_path=folder / "m.db", database_url=None)
    monitor = PerformanceMonitor(settings)
    yield Books(load_prices(), Ledger(monitor.store, DailyBudget(Decimal(20), "UTC")), monitor)
    monitor.store.close()


@pytest.fixture
def desk(books: Books, client: GatewayClient) -> Desk:
    return Desk(books, Gateway(client))


@pytest.mark.parametrize("model", AGENT)
@pytest.mark.parametrize("shape", BILLED)
def test_what_may_be_billed_is_booked_once_and_asked_for_once(
    shape: str, model: str, desk: Desk, upstream: Upstream
) -> None:
    upstream.answer, before = BILLED[shape], desk.books.ledger.totals()[0]
    record = desk.routed(model)
    spent, held = desk.books.ledger.totals()
    billed = desk.books.prices.list_cost(model, 100, 20, 40)
    worst = desk.books.prices.worst_case_of(model, CallRequest(AGENT[model], MESSAGES, 900))
    assert len(upstream.requests) == 1
    assert min(billed, worst) <= spent - before <= MOST_TIMES * worst + Decimal("0.000001")
    assert (held, record.success) == (NOTHING, True)


PLAIN = {name: value for name, value in USAGE.items() if name != "prompt_tokens_details"}
EXACT: Mapping[str, tuple[Answer, tuple[int, int, int]]] = {
    "ok": (Answer(), (100, 20, 40)),
    "no_details": (Answer(changes={"usage": PLAIN}), (100, 20, 0)),
    "cost_zero": (Answer(changes={"usage": {**PLAIN, "cost": 0}}), (100, 20, 0)),
    "cost_absurd": (Answer(changes={"usage": {**PLAIN, "cost": 5}}), (100, 20, 0)),
    "cost_of_own_key": (
        Answer(changes={"usage": {**PLAIN, "cost": 1e-7, "is_byok": True, "cost_details": {}}}),
        (100, 20, 0),
    ),
    "thoughts_within": (
        Answer(changes={"usage": {**PLAIN, "completion_tokens": 520, "total_tokens": 620}}),
        (100, 520, 0),
    ),
    "thoughts_in_the_total": (Answer(changes={"usage": {**PLAIN, "total_tokens": 620}}), (100, 520, 0)),
    "thoughts_apart": (
        Answer(changes={"usage": {**PLAIN, "completion_tokens_details": {"reasoning_tokens": 500}}}),
        (100, 520, 0),
    ),
}
"""Replies with figures that can be true: (input, output, cached) tokens that are billed."""


@pytest.mark.parametrize("model", ["groq-gpt-oss-20b", "openrouter-gpt-oss-120b", "openai-gpt-6-luna"])
@pytest.mark.parametrize("shape", EXACT)
def test_a_reply_with_figures_is_booked_at_what_it_is_billed(
    shape: str, model: str, desk: Desk, upstream: Upstream
) -> None:
    (upstream.answer, tokens), before = EXACT[shape], desk.books.ledger.totals()[0]
    assert desk.tried(model).success
    billed = desk.books.prices.list_cost(model, *tokens)
    assert 0 <= desk.books.ledger.totals()[0] - before - billed < Decimal("0.000001")


def test_openrouter_with_a_key_of_ones_own_is_booked_at_its_fee_and_the_keys_cost(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.answer = usage(cost=1e-6, is_byok=True, cost_details={"upstream_inference_cost": 2e-5})
    record = desk.tried("openrouter-gpt-oss-120b")
    assert (record.cost_usd, record.cost_source) == (Decimal("0.000021"), "provider")


@pytest.mark.parametrize("model", AGENT)
@pytest.mark.parametrize("shape", TURNED_AWAY)
def test_what_was_turned_away_costs_nothing(shape: str, model: str, desk: Desk, upstream: Upstream) -> None:
    upstream.answer, before = TURNED_AWAY[shape], desk.books.ledger.totals()
    record = desk.tried(model)
    assert (record.success, record.cost_usd, record.cost_source) == (False, NOTHING, "none")
    assert desk.books.ledger.totals() == before
    assert len(upstream.requests) == 1
