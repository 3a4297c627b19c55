"""Every fault as a plain HTTP client meets it, at every provider, over real sockets."""

from __future__ import annotations

import itertools
import json
import socket
from typing import Any

import httpx
import pytest

from analyst.core.errors import PlanError, ReplyError
from analyst.rulebased.analyst import reply
from lab.simulator.faults import FAULTS
from lab.simulator.providers import PROVIDERS
from lab.simulator.running import SimulatedProviders
from lab.simulator.scenarios import Conduct, Phase, Scenario, of_fault
from tests.lab.simulator.conftest import HELLO, SPEED, WORKING, Caller, Case, finish_in, text_in

EVERY = tuple(PROVIDERS)


def error_in(body: dict[str, Any]) -> str:
    """The provider's words."""
    error = body["error"]
    return f"{error['message']} {error.get('code')}" if isinstance(error, dict) else str(error)


def strikes(providers: SimulatedProviders, fault: str, **conduct: Any) -> None:
    """From now on `fault` strikes every request of every provider."""
    conducted = Conduct(faults={fault: 1.0}, **conduct)
    providers.set_scenario(Scenario(phases=(Phase(providers={"all": conducted}),)), seed=1)


def counted(providers: SimulatedProviders, provider: str, fault: str) -> dict[str, Any]:
    """The provider's account, once it holds exactly one request struck by `fault`."""
    account: dict[str, Any] = providers.stats()["providers"][provider]
    assert (account["requests"], account["answered"], account["faults"]) == (1, 0, {fault: 1})
    return account


REFUSALS = {
    "rate_limited": {"groq": 429, "openrouter": 429, "anthropic": 429, "openai": 429, "ollama": 429},
    "rate_limited_silently": {"groq": 429, "openrouter": 429, "anthropic": 429, "openai": 429, "ollama": 429},
    "server_error": {"groq": 500, "openrouter": 500, "anthropic": 500, "openai": 500, "ollama": 500},
    "bad_gateway": {"groq": 502, "openrouter": 502, "anthropic": 502, "openai": 502, "ollama": 502},
    "unavailable": {"groq": 503, "openrouter": 503, "anthropic": 503, "openai": 503, "ollama": 503},
    "overloaded": {"groq": 503, "openrouter": 503, "anthropic": 529, "openai": 503, "ollama": 503},
    "too_long": {"groq": 400, "openrouter": 400, "anthropic": 400, "openai": 400, "ollama": 400},
    "bad_key": {"groq": 401, "openrouter": 401, "anthropic": 401, "openai": 401, "ollama": 401},
    "out_of_credit": {"groq": 400, "openrouter": 402, "anthropic": 400, "openai": 429, "ollama": 402},
    "html": {"groq": 200, "openrouter": 200, "anthropic": 200, "openai": 200, "ollama": 200},
}
WORDS = {
    ("rate_limited", "groq"): "tokens per minute (TPM): Limit 250000, Used 250000",
    ("rate_limited", "openai"): "Please try again in",
    ("rate_limited", "anthropic"): "rate limit of 500,000 input tokens per minute",
    ("overloaded", "groq"): "over capacity",
    ("overloaded", "anthropic"): "Overloaded",
    ("too_long", "groq"): "context_length_exceeded",
    ("too_long", "anthropic"): "prompt is too long",
    ("too_long", "openrouter"): "maximum context length",
    ("bad_key", "openai"): "Incorrect API key provided: sk-proj-****",
    ("bad_key", "anthropic"): "invalid x-api-key",
    ("out_of_credit", "groq"): "blocked_api_access",
    ("out_of_credit", "openrouter"): "requires more credits",
    ("out_of_credit", "anthropic"): "Your credit balance is too low",
    ("out_of_credit", "openai"): "insufficient_quota",
    ("unavailable", "ollama"): "server busy",
}


def test_every_fault_is_tested_here() -> None:
    tested = {
        *REFUSALS,
        *LOST,
        "connect_refused",
        "empty",
        "invalid_json",
        "truncated",
        "refusal",
        "wrong_plan",
        *SPOILED,
    }
    assert tested == set(FAULTS)


@pytest.mark.parametrize("provider", EVERY)
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_has_the_providers_status_and_words_and_costs_nothing(
    fault: str, provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, fault)
    told = caller.ask(provider)
    assert told.status_code == REFUSALS[fault][provider]
    is_page = told.headers["content-type"].startswith("text/html")
    assert is_page == (fault == "html" or (fault == "bad_gateway" and provider != "openrouter"))
    if not is_page:
        assert WORDS.get((fault, provider), "") in error_in(told.json())
    account = counted(providers, provider, fault)
    assert account["billed_usd"] == "0" or float(account["billed_usd"]) == 0


@pytest.mark.parametrize("provider", EVERY)
def test_a_rate_limit_says_when_to_come_back_in_the_clients_seconds(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "rate_limited", retry_after_s=4 * SPEED)
    headers = caller.ask(provider).headers
    assert headers["retry-after"] == "4"
    if provider == "openai":
        assert headers["retry-after-ms"] == "4000"
    if provider in ("groq", "openai"):
        assert (headers["x-ratelimit-remaining-tokens"], headers["x-ratelimit-reset-tokens"]) == ("0", "4s")
    if provider == "anthropic":
        assert headers["anthropic-ratelimit-input-tokens-remaining"] == "0"
        assert headers["anthropic-ratelimit-tokens-remaining"] == "0"


@pytest.mark.parametrize("provider", EVERY)
def test_a_silent_rate_limit_says_nothing_of_it(provider: str, providers: SimulatedProviders, caller: Caller) -> None:
    strikes(providers, "rate_limited_silently")
    told = caller.ask(provider)
    assert not [name for name in told.headers if "retry" in name or "ratelimit" in name]
    assert "try again in" not in told.text


@pytest.mark.parametrize("provider", EVERY)
def test_a_provider_that_is_down_refuses_connections_and_takes_them_again(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    assert caller.ask(provider).status_code == 200
    providers.set_scenario(of_fault("connect_refused", provider=provider))
    address = httpx.URL(caller.url(provider))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.host, address.port or 0), timeout=5).close()
    with pytest.raises(httpx.ConnectError):
        caller.ask(provider)
    assert all(caller.ask(other).status_code == 200 for other in EVERY if other != provider)
    providers.set_scenario("calm")
    assert caller.ask(provider).status_code == 200


def test_a_share_of_refusal_is_a_share_of_time() -> None:
    from lab.simulator.timing import SimulatedTime
    from lab.simulator.world import World

    at = [0.0]
    world = World(of_fault("connect_refused", 0.3, "groq"), time=SimulatedTime(clock=lambda: at[0]))
    open_at = []
    for step in range(1000):
        at[0] = step / 10
        open_at.append(world.listens("groq"))
    assert open_at.count(False) == pytest.approx(300, abs=2)
    assert sum(a != b for a, b in itertools.pairwise(open_at)) <= 22
    assert world.listens("openai")


LOST = ("reset", "hang", "cut", "slow_drip", "broken_body", "error_in_reply")
ENDS = (b"[DONE]", b"message_stop", b'"done": true')
"""What the last part of a stream holds, whatever the protocol."""


def post(caller: Caller, provider: str, stream: bool, timeout_s: float = 15.0) -> tuple[httpx.Response, bytes]:
    """Ask on a connection of its own, and read what comes before the answer breaks off or the time is over."""
    url, body = caller.url(provider) + WORKING[provider], caller.body(provider, stream=stream)
    received = b""
    with (
        httpx.Client(trust_env=False, timeout=timeout_s) as http,
        http.stream("POST", url, json=body, headers=caller.headers(provider)) as response,
    ):
        try:
            for part in response.iter_raw():
                received += part
        except httpx.HTTPError as error:
            response.extensions["broke"] = error
        return response, received


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", EVERY)
def test_a_reset_is_an_rst_before_any_answer(
    provider: str, stream: bool, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "reset")
    with pytest.raises(httpx.ReadError) as failed:
        post(caller, provider, stream)
    reason: BaseException | None = failed.value
    while reason is not None and not isinstance(reason, ConnectionResetError):
        reason = reason.__cause__ or reason.__context__
    assert isinstance(reason, ConnectionResetError)
    assert float(counted(providers, provider, "reset")["billed_usd"]) == 0


@pytest.mark.parametrize("provider", EVERY)
def test_a_hang_never_answers_and_ends_when_the_client_leaves(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "hang")
    with pytest.raises(httpx.ReadTimeout):
        post(caller, provider, False, timeout_s=0.3)
    assert float(counted(providers, provider, "hang")["billed_usd"]) == 0
    abandoned = [providers.stats()["providers"][provider]["abandoned"] for _ in range(20)]
    assert abandoned[-1] == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", EVERY)
def test_a_cut_closes_the_connection_in_the_middle_and_is_billed(
    provider: str, stream: bool, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "cut")
    response, received = post(caller, provider, stream)
    assert response.status_code == 200 and received
    assert isinstance(response.extensions["broke"], httpx.RemoteProtocolError)
    account = counted(providers, provider, "cut")
    assert account["output_tokens"] > 0
    assert (float(account["billed_usd"]) > 0) == PROVIDERS[provider].cloud


@pytest.mark.parametrize("provider", EVERY)
def test_a_broken_body_ends_in_its_middle_as_if_whole(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "broken_body")
    told = caller.ask(provider)
    assert told.status_code == 200 and told.content
    with pytest.raises(json.JSONDecodeError):
        told.json()
    response, received = post(caller, provider, True)
    assert "broke" not in response.extensions
    assert not any(end in received for end in ENDS)
    assert providers.stats()["providers"][provider]["faults"] == {"broken_body": 2}


@pytest.mark.parametrize("provider", EVERY)
def test_an_error_in_a_stream_comes_after_the_text_has_begun(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "error_in_reply")
    response, received = post(caller, provider, True)
    assert response.status_code == 200
    last = received.strip().splitlines()[-1].removeprefix(b"data: ")
    assert received.count(b"\n") > 10 and "error" in json.loads(last)
    assert not any(end in received for end in ENDS)
    assert float(counted(providers, provider, "error_in_reply")["billed_usd"]) == 0


@pytest.mark.parametrize("provider", EVERY)
def test_an_error_in_an_unstreamed_answer_has_status_200_at_openrouter_only(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "error_in_reply")
    told = caller.ask(provider)
    assert told.status_code == (200 if provider == "openrouter" else 500)
    assert error_in(told.json())
    counted(providers, provider, "error_in_reply")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", EVERY)
def test_a_slow_drip_keeps_sending_and_arrives_whole(
    provider: str, stream: bool, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "slow_drip")
    response, received = post(caller, provider, stream)
    assert "broke" not in response.extensions
    assert any(end in received for end in ENDS) if stream else json.loads(received)
    assert response.elapsed.total_seconds() > 40 / SPEED
    counted(providers, provider, "slow_drip")


@pytest.mark.parametrize("provider", EVERY)
def test_an_empty_answer_is_well_formed_and_billed(
    provider: str, providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "empty")
    body = caller.ask(provider).json()
    assert text_in(provider, body) == ""
    assert finish_in(provider, body) in ("stop", "end_turn")
    assert counted(providers, provider, "empty")["output_tokens"] == 1


@pytest.mark.parametrize("provider", EVERY)
def test_an_answer_that_is_no_json(provider: str, providers: SimulatedProviders, caller: Caller, case: Case) -> None:
    strikes(providers, "invalid_json")
    body = ask_task(caller, provider, case, "plan").json()
    with pytest.raises((ReplyError, PlanError)):
        case.check("plan", text_in(provider, body) or "")
    counted(providers, provider, "invalid_json")


def test_groq_refuses_by_itself_what_is_not_the_json_that_was_asked_for(
    providers: SimulatedProviders, caller: Caller
) -> None:
    strikes(providers, "invalid_json")
    told = caller.ask("groq", response_format={"type": "json_object"})
    assert told.status_code == 400
    assert told.json()["error"]["code"] == "json_validate_failed" and told.json()["error"]["failed_generation"]
    assert float(counted(providers, "groq", "invalid_json")["billed_usd"]) > 0


@pytest.mark.parametrize("provider", EVERY)
def test_a_truncated_answer_used_up_its_max_tokens(
    provider: str, providers: SimulatedProviders, caller: Caller, case: Case
) -> None:
    strikes(providers, "truncated")
    body = ask_task(caller, provider, case, "report").json()
    assert finish_in(provider, body) in ("length", "max_tokens")
    assert counted(providers, provider, "truncated")["output_tokens"] == 900
    with pytest.raises(json.JSONDecodeError):
        json.loads(text_in(provider, body) or "")


def test_a_refusal_is_told_in_each_providers_way(providers: SimulatedProviders, caller: Caller) -> None:
    strikes(providers, "refusal")
    openai, claude = caller.ask("openai").json(), caller.ask("anthropic").json()
    assert openai["choices"][0]["message"]["refusal"] and openai["choices"][0]["message"]["content"] is None
    assert (claude["stop_reason"], claude["content"]) == ("refusal", [])
    for provider in ("groq", "ollama"):
        assert "can't help" in (text_in(provider, caller.ask(provider).json()) or "")
    flagged = caller.ask("openrouter")
    assert flagged.status_code == 403 and "flagged" in flagged.json()["error"]["message"]
    assert all(account["faults"] == {"refusal": 1} for account in providers.stats()["providers"].values())


def ask_task(caller: Caller, provider: str, case: Case, task: str) -> httpx.Response:
    """The answer to one of the analyst's tasks."""
    system, user = case.messages[task]
    sent = {"system": system["content"], "messages": [user]} if provider == "anthropic" else None
    return caller.ask(provider, max_tokens=900, **(sent or {"messages": [system, user]}))


SPOILED = {
    "unknown_columns": ("review", "plan", "insights", "report"),
    "wrong_types": ("review", "plan", "insights", "report"),
    "written_numbers": ("review", "insights", "report"),
}


@pytest.mark.parametrize(("fault", "task"), [(fault, task) for fault, tasks in SPOILED.items() for task in tasks])
def test_a_spoiled_answer_is_json_of_the_right_shape_that_the_real_check_refuses(
    fault: str, task: str, providers: SimulatedProviders, caller: Caller, case: Case
) -> None:
    strikes(providers, fault)
    body = ask_task(caller, "groq", case, task).json()
    text = text_in("groq", body) or ""
    assert isinstance(json.loads(text), dict) and finish_in("groq", body) == "stop"
    with pytest.raises((PlanError, ReplyError)):
        case.check(task, text)
    assert float(counted(providers, "groq", fault)["billed_usd"]) > 0


def test_a_wrong_plan_passes_the_real_check_and_is_not_the_honest_one(
    providers: SimulatedProviders, caller: Caller, case: Case
) -> None:
    strikes(providers, "wrong_plan")
    said = text_in("groq", ask_task(caller, "groq", case, "plan").json()) or ""
    assert case.check("plan", said) is not None
    assert json.loads(said) != json.loads(reply([dict(message) for message in case.messages["plan"]]))


def test_a_fault_of_content_without_anything_to_spoil_leaves_the_answer_as_it_is(
    providers: SimulatedProviders, caller: Caller, case: Case
) -> None:
    strikes(providers, "written_numbers")
    case.check("plan", text_in("groq", ask_task(caller, "groq", case, "plan").json()) or "")
    assert caller.ask("groq", messages=HELLO).status_code == 200
    account = providers.stats()["providers"]["groq"]
    assert (account["answered"], account["faults"]) == (2, {})
