"""The models' health as several processes share it, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError
from analyst.llm.resilience.breaker import FIRST_PAUSE_S, TRIPS_AT
from analyst.llm.resilience.health import Health
from analyst.protocol.calls import GatewayReply
from analyst.storage.database import Store
from tests.stores import call_row, record

GROQ, OTHER_GROQ, CLAUDE = "groq-gpt-oss-120b", "groq-gpt-oss-20b", "claude-haiku-5-5"
ACCOUNTS = {GROQ: "groq", OTHER_GROQ: "groq", CLAUDE: "anthropic"}
DOWN = CallError("unavailable", "503")
REPLY = GatewayReply("{}", GROQ, GROQ, input_tokens=10, output_tokens=5, latency_s=0.1)


class Time:
    now = 1_795_392_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def process(store: Store | None, time: Time) -> Health:
    """Health as one process has it."""
    return Health(store, ACCOUNTS, clock=time, jitter=lambda: 1.0)


def refusal(health: Health, model: str) -> str | None:
    """Why a call of `model` may not pass now; None when it may."""
    try:
        health.admit(model, 100, 10.0)
    except CallError as error:
        return error.reason
    return None


def test_what_one_process_met_spares_the_others(store: Store, time: Time) -> None:
    one, other = process(store, time), process(store, time)
    assert refusal(other, GROQ) is None
    for _ in range(TRIPS_AT):
        one.failed(GROQ, DOWN)
    time.now += 1
    assert refusal(other, GROQ) == "unavailable"
    assert refusal(other, CLAUDE) is None
    with pytest.raises(CallError, match="failed 4 times in a row"):
        other.admit(GROQ, 100, 10)


def test_failures_of_two_processes_add_up(store: Store, time: Time) -> None:
    one, other = process(store, time), process(store, time)
    for _ in range(TRIPS_AT // 2):
        one.failed(GROQ, DOWN)
        other.failed(GROQ, DOWN)
    time.now += 1
    assert refusal(one, GROQ) == refusal(other, GROQ) == "unavailable"


def test_of_all_processes_one_probes_and_its_success_opens_the_way_for_all(store: Store, time: Time) -> None:
    processes = [process(store, time) for _ in range(3)]
    for _ in range(TRIPS_AT):
        processes[0].failed(GROQ, DOWN)
    time.now += FIRST_PAUSE_S + 1
    assert [refusal(one, GROQ) for one in processes].count(None) == 1
    processes[0].answered(GROQ, REPLY)
    time.now += 1
    assert [refusal(one, GROQ) for one in processes] == [None, None, None]


@pytest.mark.parametrize("reason", ["timeout", "unavailable"])
def test_a_call_that_ends_long_after_its_fault_says_nothing_of_a_model_that_answered_since(
    store: Store, time: Time, reason: str
) -> None:
    health = process(store, time)
    hung_at = time.now
    time.now += 10
    health.answered(GROQ, REPLY, asked_at=time.now - 2)
    for _ in range(TRIPS_AT):
        health.failed(GROQ, CallError(reason, "stalled"), asked_at=hung_at)
    assert refusal(health, GROQ) is None
    for _ in range(TRIPS_AT):
        health.failed(GROQ, CallError(reason, "stalled"), asked_at=time.now - 1)
    assert refusal(health, GROQ) == reason


def test_a_bad_key_stops_all_models_of_the_account_and_a_good_answer_frees_them(store: Store, time: Time) -> None:
    health = process(store, time)
    health.failed(GROQ, CallError("bad_key", "401"))
    assert [refusal(health, model) for model in (GROQ, OTHER_GROQ, CLAUDE)] == ["bad_key", "bad_key", None]
    time.now += 3601
    assert refusal(health, GROQ) is None
    health.answered(GROQ, REPLY)
    assert refusal(health, OTHER_GROQ) is None


def test_a_named_pause_holds_for_every_process(store: Store, time: Time) -> None:
    one, other = process(store, time), process(store, time)
    one.failed(GROQ, CallError("rate_limited", "429", retry_after_s=20))
    time.now += 1
    with pytest.raises(CallError) as refused:
        other.admit(GROQ, 100, 10)
    assert refused.value.retry_after_s == pytest.approx(19)
    time.now += 19
    assert refusal(other, GROQ) is None


def test_a_probe_that_is_told_to_wait_may_be_tried_again_after_that_wait(store: Store, time: Time) -> None:
    health = process(store, time)
    for _ in range(TRIPS_AT):
        health.failed(GROQ, DOWN)
    time.now += FIRST_PAUSE_S
    health.admit(GROQ, 100, 60.0)
    health.failed(GROQ, CallError("rate_limited", "429", retry_after_s=2))
    time.now += 2
    assert refusal(health, GROQ) is None


def test_a_call_counts_once_for_a_minute_and_one_that_was_not_made_never(store: Store, time: Time) -> None:
    health = process(store, time)
    for _ in range(3):
        health.failed(GROQ, CallError("rate_limited", "429"))
    with health.under_way(GROQ, 100):
        record(store, call_row("c1", timestamp=time.now, model_used=GROQ))
    record(store, call_row("c2", timestamp=time.now, model_used=GROQ, called=False))
    record(store, call_row("c3", timestamp=time.now - 60, model_used=GROQ))
    time.now += 1
    assert health.headroom(GROQ) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("outage", [False, True])
def test_what_was_sent_over_a_minute_ago_no_longer_counts_while_no_store_can_be_read(
    store: Store, time: Time, outage: bool
) -> None:
    health = process(store if outage else None, time)
    if outage:
        record(store, *(call_row(f"c{n}", timestamp=time.now, model_used=GROQ) for n in range(20)))
        assert health.headroom(GROQ) is None
        with store.write() as transaction:
            transaction.run("DROP TABLE model_state")
    for _ in range(20):
        with health.under_way(GROQ, 100):
            pass
    for _ in range(3):
        health.failed(GROQ, CallError("rate_limited", "429"))
    assert health.headroom(GROQ) == 0
    time.now += 61
    assert health.headroom(GROQ) == 1


def test_the_headers_of_an_answer_keep_calls_from_a_limit_that_is_used_up(time: Time) -> None:
    health = process(None, time)
    headers = {
        "x-ratelimit-remaining-tokens": "150",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-reset-tokens": "9s",
    }
    health.answered(GROQ, replace(REPLY, headers=headers))
    assert health.headroom(GROQ) == pytest.approx(0.15)
    assert refusal(health, GROQ) is None
    with health.under_way(GROQ, 100):
        assert refusal(health, GROQ) == "rate_limited"
    time.now += 10
    assert refusal(health, GROQ) is None


def test_without_a_store_a_process_still_knows_its_own(time: Time) -> None:
    health = process(None, time)
    for _ in range(TRIPS_AT):
        health.failed(GROQ, DOWN)
    assert refusal(health, GROQ) == "unavailable"


def test_a_store_that_goes_away_leaves_each_process_with_what_it_knows(store: Store, time: Time) -> None:
    health = process(store, time)
    with store.write() as transaction:
        transaction.run("DROP TABLE model_state")
    for _ in range(TRIPS_AT):
        health.failed(GROQ, DOWN)
    time.now += 1
    assert refusal(health, GROQ) == "unavailable"


def test_a_model_with_one_place_takes_one_call_at_a_time_unless_the_caller_may_queue(time: Time) -> None:
    health = Health(None, ACCOUNTS, {GROQ: 1}, clock=time)
    assert health.headroom(GROQ) == 1.0
    with health.under_way(GROQ, 100):
        assert (health.headroom(GROQ), health.pause(GROQ), refusal(health, GROQ)) == (0.0, None, "rate_limited")
        health.admit(GROQ, 100, 10.0, queue=True)
        assert refusal(health, CLAUDE) is None
    assert (health.headroom(GROQ), health.pause(GROQ), refusal(health, GROQ)) == (1.0, 0.0, None)


def test_the_pause_of_a_model_is_the_longest_that_holds_it(time: Time) -> None:
    health = process(None, time)
    assert health.pause(GROQ) == 0
    health.failed(GROQ, CallError("rate_limited", "slow down", retry_after_s=3))
    assert health.pause(GROQ) == pytest.approx(3)
    for _ in range(TRIPS_AT):
        health.failed(GROQ, DOWN)
    assert health.pause(GROQ) == pytest.approx(FIRST_PAUSE_S)
    health.failed(CLAUDE, CallError("out_of_credit", "empty"))
    assert health.pause(CLAUDE) is None


def test_the_embedded_analyst_is_never_kept_from_answering(time: Time) -> None:
    health = process(None, time)
    for _ in range(50):
        health.failed(EMBEDDED_MODEL, DOWN)
    assert refusal(health, EMBEDDED_MODEL) is None
