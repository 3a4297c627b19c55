"""Each provider's protocol, read by that provider's own client: whole, streamed, with tools, with a schema."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import anthropic
import httpx
import ollama
import openai
import pytest

from analyst.protocol.replies import PlanReply
from lab.simulator.counting import count_prompt, count_text
from lab.simulator.providers import PROVIDERS
from lab.simulator.running import SimulatedProviders
from tests.lab.simulator.conftest import HELLO, Caller, Case, finish_in, text_in

CHAT = ("groq", "openrouter", "openai")
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "n": {"type": "integer", "minimum": 3}, "left_out": {"type": "string"}},
    "required": ["a", "n"],
    "additionalProperties": False,
}
TOOL = {"name": "look_up", "description": "Look something up.", "parameters": SCHEMA}


def client_of(provider: str, caller: Caller) -> openai.OpenAI:
    return openai.OpenAI(
        api_key=PROVIDERS[provider].key,
        base_url=caller.url(provider),
        max_retries=0,
        http_client=httpx.Client(trust_env=False),
    )


def claude(caller: Caller) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key=PROVIDERS["anthropic"].key, base_url=caller.url("anthropic"), max_retries=0)


def llama(caller: Caller) -> ollama.Client:
    return ollama.Client(host=caller.url("ollama"), trust_env=False)


def limit(provider: str) -> dict[str, Any]:
    return {"max_completion_tokens" if provider == "openai" else "max_tokens": 500}


@pytest.mark.parametrize("provider", CHAT)
def test_openais_client_reads_whole_answers(provider: str, caller: Caller, providers: SimulatedProviders) -> None:
    told = client_of(provider, caller).chat.completions.create(
        model=PROVIDERS[provider].models[0].name,
        messages=HELLO,
        **limit(provider),
    )
    assert "rule-based analyst" in (told.choices[0].message.content or "")
    assert told.choices[0].finish_reason == "stop"
    assert told.usage is not None
    assert told.usage.prompt_tokens == count_prompt(HELLO, None)
    assert told.usage.completion_tokens == count_text(told.choices[0].message.content or "")
    assert told.usage.total_tokens == told.usage.prompt_tokens + told.usage.completion_tokens


@pytest.mark.parametrize("provider", CHAT)
def test_openais_client_reads_streams_with_their_usage(provider: str, caller: Caller) -> None:
    client, model = client_of(provider, caller), PROVIDERS[provider].models[0].name
    create: Any = client.chat.completions.create
    chunks = list(
        create(
            model=model,
            messages=HELLO,
            stream=True,
            stream_options={"include_usage": True},
            **limit(provider),
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert len(chunks) > 10 and "rule-based analyst" in text
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None and chunks[-1].usage.completion_tokens == count_text(text)


@pytest.mark.parametrize("provider", CHAT)
@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_called_when_the_caller_insists(provider: str, stream: bool, caller: Caller) -> None:
    client, model = client_of(provider, caller), PROVIDERS[provider].models[0].name
    given: dict[str, Any] = {"tools": [{"type": "function", "function": TOOL}], "tool_choice": "required"}
    create: Any = client.chat.completions.create
    told = create(
        model=model,
        messages=HELLO,
        stream=stream,
        **given,
        **limit(provider),
    )
    if stream:
        deltas = [chunk.choices[0].delta for chunk in told if chunk.choices]
        calls = [delta.tool_calls[0] for delta in deltas if delta.tool_calls]
        name, arguments = calls[0].function.name, "".join(call.function.arguments or "" for call in calls)
    else:
        assert told.choices[0].finish_reason == "tool_calls"
        name, arguments = (
            told.choices[0].message.tool_calls[0].function.name,
            told.choices[0].message.tool_calls[0].function.arguments,
        )
    assert (name, json.loads(arguments)) == ("look_up", {"a": "none", "n": 3})


def test_a_conversation_with_a_tools_result_ends_in_words(caller: Caller) -> None:
    tools = [{"type": "function", "function": TOOL}]
    first = caller.ask("groq", tools=tools).json()["choices"][0]["message"]
    assert first["tool_calls"][0]["function"]["name"] == "look_up"
    result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "42"}
    second = caller.ask("groq", tools=tools, messages=[*HELLO, first, result]).json()["choices"][0]
    assert second["finish_reason"] == "stop" and second["message"]["content"]


def test_the_analysts_tasks_are_worked_on_even_when_tools_are_offered(caller: Caller, case: Case) -> None:
    tools = [{"type": "function", "function": TOOL}]
    told = caller.ask("groq", tools=tools, messages=case.messages["plan"], max_tokens=900).json()
    assert PlanReply.model_validate_json(told["choices"][0]["message"]["content"]).steps


@pytest.mark.parametrize("provider", CHAT)
def test_a_schema_that_was_asked_for_is_kept_to(provider: str, caller: Caller) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    text = text_in(provider, caller.ask(provider, response_format=wanted).json())
    assert json.loads(text or "") == {"a": "none", "n": 3}


@pytest.mark.parametrize("provider", [*CHAT, "anthropic", "ollama"])
def test_every_task_gets_a_reply_that_passes_its_real_check(provider: str, caller: Caller, case: Case) -> None:
    for task, messages in case.messages.items():
        system, user = messages
        sent = {"system": system["content"], "messages": [user]} if provider == "anthropic" else {"messages": messages}
        body = caller.ask(provider, max_tokens=900, **sent).json()
        assert finish_in(provider, body) in ("stop", "end_turn")
        case.check(task, text_in(provider, body) or "")


def test_a_reply_is_kept_short_rather_than_cut_where_its_lists_allow_it(caller: Caller, case: Case) -> None:
    body = caller.ask("groq", messages=case.messages["review"], max_tokens=300).json()
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["completion_tokens"] <= 300
    case.check("review", body["choices"][0]["message"]["content"])


def test_a_reply_that_cannot_be_short_enough_is_cut_at_max_tokens(caller: Caller, case: Case) -> None:
    body = caller.ask("groq", messages=case.messages["plan"], max_tokens=20).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 20


def test_groq_says_its_service_tier_and_its_times(caller: Caller) -> None:
    body = caller.ask("groq").json()
    assert body["service_tier"] == "on_demand"
    times = body["usage"]
    assert times["total_time"] == pytest.approx(times["prompt_time"] + times["completion_time"], abs=1e-5)
    last = caller.ask("groq", stream=True).text.split("\n\n")[-3]
    assert json.loads(last.removeprefix("data: "))["x_groq"]["usage"]["prompt_tokens"] == times["prompt_tokens"]


def test_openrouter_says_what_the_call_cost_and_which_host_did_it(
    caller: Caller, providers: SimulatedProviders
) -> None:
    body = caller.ask("openrouter").json()
    assert body["provider"] in ("DeepInfra", "Fireworks", "Together")
    assert Decimal(str(body["usage"]["cost"])) == providers.billed_usd() > 0


@pytest.mark.parametrize("stream", [False, True])
def test_anthropics_client_reads_answers(stream: bool, caller: Caller) -> None:
    given: dict[str, Any] = {"model": "claude-haiku-5-5", "max_tokens": 300, "messages": HELLO, "system": "Be brief."}
    if stream:
        with claude(caller).messages.stream(**given) as told:
            pieces = list(told.text_stream)
            message = told.get_final_message()
        assert len(pieces) > 10
    else:
        message = claude(caller).messages.create(**given)
    assert "rule-based analyst" in message.content[0].text  # type: ignore[union-attr]
    assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 61)


@pytest.mark.parametrize("stream", [False, True])
def test_anthropics_client_reads_tool_calls(stream: bool, caller: Caller) -> None:
    tools = [{"name": "look_up", "input_schema": SCHEMA}]
    given: dict[str, Any] = {"model": "claude-haiku-5-5", "max_tokens": 300, "messages": HELLO, "tools": tools}
    given["tool_choice"] = {"type": "tool", "name": "look_up"}
    if stream:
        with claude(caller).messages.stream(**given) as told:
            message: Any = told.get_final_message()
    else:
        message = claude(caller).messages.create(**given)
    assert message.stop_reason == "tool_use"
    assert (message.content[0].name, message.content[0].input) == ("look_up", {"a": "none", "n": 3})


def test_claude_keeps_to_a_schema_and_counts_tokens(caller: Caller) -> None:
    wanted = {"type": "json_schema", "schema": SCHEMA}
    for field in ({"output_format": wanted}, {"output_config": {"format": wanted}}):
        assert json.loads(text_in("anthropic", caller.ask("anthropic", **field).json()) or "") == {"a": "none", "n": 3}
    counted = claude(caller).messages.count_tokens(model="claude-haiku-5-5", messages=HELLO)
    assert counted.input_tokens == count_prompt(HELLO, None, 3.5)


def test_claudes_cached_tokens_are_counted_apart(caller: Caller, providers: SimulatedProviders) -> None:
    marked = [{"type": "text", "text": "Rules. " * 1000, "cache_control": {"type": "ephemeral"}}]
    first = caller.ask("anthropic", system=marked).json()["usage"]
    second = caller.ask("anthropic", system=marked).json()["usage"]
    assert first["cache_creation_input_tokens"] == second["cache_read_input_tokens"] > 1500
    assert first["input_tokens"] == second["input_tokens"] < 100
    assert caller.ask("anthropic", system="Rules. " * 1000).json()["usage"]["cache_read_input_tokens"] == 0


@pytest.mark.parametrize("provider", ["groq", "openai"])
def test_cached_tokens_show_in_usage_where_caching_is_automatic(
    provider: str, caller: Caller, providers: SimulatedProviders
) -> None:
    messages = [{"role": "system", "content": "Rules. " * 1000}, *HELLO]
    first, second = (caller.ask(provider, messages=messages).json()["usage"] for _ in range(2))
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] == second["prompt_tokens"] // 128 * 128
    if provider == "openai":
        assert first["prompt_tokens_details"]["cache_write_tokens"] > 1024


@pytest.mark.parametrize("stream", [False, True])
def test_ollamas_client_reads_answers(stream: bool, caller: Caller) -> None:
    chat: Any = llama(caller).chat
    told = chat(model="llama3.1", messages=HELLO, stream=stream, options={"num_predict": 300})
    parts = list(told) if stream else [told]
    assert "rule-based analyst" in "".join(part.message.content for part in parts)
    assert (parts[-1].done, parts[-1].done_reason) == (True, "stop")
    assert (parts[-1].prompt_eval_count, parts[-1].eval_count) == (count_prompt(HELLO, None), 54)
    assert len(parts) == 1 or len(parts) > 10


def test_ollama_generates_calls_tools_and_keeps_to_a_schema(caller: Caller) -> None:
    client = llama(caller)
    assert "rule-based analyst" in str(client.generate("llama3.1", prompt="Say hello.", system="Be brief.").response)
    called = client.chat("llama3.1", messages=HELLO, tools=[{"type": "function", "function": TOOL}])
    assert called.message.tool_calls is not None
    # Ollama's client drops what it does not know of a tool's schema, the minimum among it.
    assert called.message.tool_calls[0].function.arguments == {"a": "none", "n": 0}
    kept = client.chat("llama3.1", messages=HELLO, format=SCHEMA)
    assert json.loads(kept.message.content or "") == {"a": "none", "n": 3}


def test_ollama_lists_and_shows_its_models(caller: Caller) -> None:
    client = llama(caller)
    assert [model.model for model in client.list().models] == ["llama3.1:latest"]
    assert client.show("llama3.1").modelinfo["llama.context_length"] == 131_072  # type: ignore[index]
    with pytest.raises(ollama.ResponseError, match="not found"):
        client.show("llama9")


def test_ollama_drops_the_beginning_of_a_long_prompt_without_a_word(caller: Caller, case: Case) -> None:
    long = [{"role": "user", "content": case.messages["plan"][1]["content"] + "\n" + "Think. " * 3000}]
    body = caller.ask("ollama", messages=long).json()
    assert body["prompt_eval_count"] <= 8192 or body["done"]
    short = caller.http.post(
        caller.url("ollama") + "/api/chat",
        json={"model": "llama3.1", "messages": long, "stream": False, "options": {"num_ctx": 2048}},
    ).json()
    assert short["prompt_eval_count"] <= 2048
    assert "rule-based analyst" in short["message"]["content"]


@pytest.mark.parametrize("provider", CHAT)
def test_models_are_listed(provider: str, caller: Caller) -> None:
    listed = [model.id for model in client_of(provider, caller).models.list()]
    assert listed == [model.name for model in PROVIDERS[provider].models]


def test_claudes_models_are_listed_and_openrouters_key_is_described(caller: Caller) -> None:
    assert [model.id for model in claude(caller).models.list()] == ["claude-haiku-5-5", "claude-sonnet-5-5"]
    assert client_of("openrouter", caller).get("/key", cast_to=httpx.Response).status_code == 200


@pytest.mark.parametrize("provider", [*CHAT, "anthropic"])
def test_a_wrong_key_is_refused_in_the_providers_own_words(provider: str, caller: Caller) -> None:
    path = {"anthropic": "/v1/messages"}.get(provider, "/chat/completions")
    wrong = {"x-api-key": "wrong"} if provider == "anthropic" else {"authorization": "Bearer wrong"}
    refused = caller.http.post(caller.url(provider) + path, json=caller.body(provider), headers=wrong)
    assert refused.status_code == 401 and "error" in refused.json()
    listing = caller.http.get(caller.url(provider) + path.replace("messages", "models"), headers=wrong)
    assert listing.status_code in (401, 404)


@pytest.mark.parametrize("provider", [*CHAT, "anthropic", "ollama"])
@pytest.mark.parametrize(
    ("given", "status"),
    [({"model": "no-such-model"}, 404), ({"messages": []}, 400), ({"messages": "hello"}, 400), ({"model": 7}, 400)],
)
def test_a_bad_request_is_refused(provider: str, given: dict[str, Any], status: int, caller: Caller) -> None:
    body = {**caller.body(provider), **given}
    path = {"anthropic": "/v1/messages", "ollama": "/api/chat"}.get(provider, "/chat/completions")
    refused = caller.http.post(caller.url(provider) + path, json=body, headers=caller.headers(provider))
    assert refused.status_code == status
    assert refused.json()["error"]


def test_openais_models_refuse_what_earlier_ones_took(caller: Caller) -> None:
    for given, told in (({"max_tokens": 5}, "max_completion_tokens"), ({"temperature": 0.2}, "temperature")):
        body = {**caller.body("openai"), **given}
        refused = caller.http.post(
            caller.url("openai") + "/chat/completions", json=body, headers=caller.headers("openai")
        )
        assert refused.status_code == 400 and told in refused.json()["error"]["message"]


def test_what_is_not_json_or_not_served_is_told_so(caller: Caller) -> None:
    headers = caller.headers("groq")
    assert caller.http.post(caller.url("groq") + "/chat/completions", content=b"{", headers=headers).status_code == 400
    assert caller.http.get(caller.url("groq") + "/embeddings", headers=headers).status_code == 404
    assert caller.http.get(caller.url("ollama") + "/").text == "Ollama is running"
