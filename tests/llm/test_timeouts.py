"""How long each model is waited for: by its published figures first, then by what was measured of its streams."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analyst.core.agents import EMBEDDED_MODEL
from analyst.llm.chains import load_chains
from analyst.llm.resilience.health import Health
from analyst.llm.resilience.signals import Signals, StreamPace, paces
from analyst.llm.timeouts import (
    FIRST_LATE_S,
    FIRST_LOST_S,
    FIRST_SILENCE_S,
    LEAST_LATE_S,
    LEAST_LOST_S,
    LEAST_SILENCE_S,
    LONGEST_S,
    MEASURED_CALLS,
    Timeouts,
)
from analyst.protocol.calls import CallRequest

GROQ, LOCAL = "groq-gpt-oss-120b", "ollama-llama3.1"
REQUEST = CallRequest("query_interpreter", [], 900)


class Measured(Signals):
    """Signals with these streams."""

    def __init__(self, streams: Mapping[str, StreamPace]) -> None:
        super().__init__(None, Health())
        self._streams = dict(streams)


def timeouts(**streams: StreamPace) -> Timeouts:
    return Timeouts(load_chains(), Measured({GROQ if name == "groq" else LOCAL: of for name, of in streams.items()}))


@pytest.mark.parametrize(
    ("first_p95_s", "silent_s"), [(None, FIRST_SILENCE_S), (0.1, LEAST_SILENCE_S), (1.0, 2.0), (3.0, 6.0)]
)
def test_a_stream_may_be_silent_for_twice_its_usual_first_token(first_p95_s: float | None, silent_s: float) -> None:
    seen = StreamPace(MEASURED_CALLS, first_p95_s, 500.0)
    assert timeouts(groq=seen).of(REQUEST, GROQ, others=True, alone=False).silent_s == silent_s


@pytest.mark.parametrize(("first_p90_s", "late_s"), [(None, FIRST_LATE_S), (0.1, LEAST_LATE_S), (0.9, 0.9), (3.0, 3.0)])
def test_a_first_token_is_late_after_the_models_own_p90(first_p90_s: float | None, late_s: float) -> None:
    seen = StreamPace(MEASURED_CALLS, 5.0, 500.0, first_p90_s)
    assert timeouts(groq=seen).of(REQUEST, GROQ, others=True, alone=False).late_s == late_s


@pytest.mark.parametrize(("first_p95_s", "lost_s"), [(None, FIRST_LOST_S), (0.1, LEAST_LOST_S), (3.0, 3.0)])
def test_a_call_is_as_good_as_lost_after_the_models_own_p95(first_p95_s: float | None, lost_s: float) -> None:
    seen = StreamPace(MEASURED_CALLS, first_p95_s, 500.0, 0.1)
    assert timeouts(groq=seen).of(REQUEST, GROQ, others=True, alone=False).lost_s == lost_s


def test_a_call_that_another_may_be_asked_beside_is_given_up_no_sooner_than_the_last_one() -> None:
    raced = timeouts().of(REQUEST, GROQ, others=True, alone=False, raced=True)
    last, first = (timeouts().of(REQUEST, GROQ, others=others, alone=False) for others in (False, True))
    assert (raced.whole_s, raced.silent_s) == (last.whole_s, last.silent_s)
    assert raced.silent_s == 2 * first.silent_s and raced.lost_s == first.lost_s


def test_a_few_calls_are_no_measure() -> None:
    few = timeouts(groq=StreamPace(MEASURED_CALLS - 1, 0.1, 5000.0)).of(REQUEST, GROQ, others=True, alone=False)
    assert few == timeouts().of(REQUEST, GROQ, others=True, alone=False)


def test_a_stream_four_times_slower_than_usual_is_given_up_while_others_can_be_asked() -> None:
    seen = timeouts(groq=StreamPace(MEASURED_CALLS, 0.2, 400.0))
    assert seen.of(REQUEST, GROQ, others=True, alone=False).least_tokens_per_s == 100.0
    assert seen.of(REQUEST, GROQ, others=False, alone=False).least_tokens_per_s == 50.0
    assert seen.of(REQUEST, GROQ, others=False, alone=True).least_tokens_per_s == 0.0


def test_a_slow_local_model_that_stands_alone_gets_the_time_it_needs_to_write_its_answer() -> None:
    slow = timeouts(ollama=StreamPace(MEASURED_CALLS, 20.0, 5.0))
    assert slow.of(REQUEST, LOCAL, others=False, alone=True).whole_s == 2 * (20 + 900 / 5)
    assert timeouts().of(REQUEST, GROQ, others=False, alone=True).whole_s == LONGEST_S


def test_the_embedded_analyst_is_waited_for_whatever_its_pace() -> None:
    patience = timeouts().of(REQUEST, EMBEDDED_MODEL, others=False, alone=True)
    assert (patience.least_tokens_per_s, patience.read_s) == (0.0, patience.whole_s)


def test_the_pace_of_a_model_is_measured_over_all_agents_from_streams_that_ended_well() -> None:
    row = {"success": True, "model_used": "m", "latency_s": 3.0, "first_token_s": 1.0, "output_tokens": 100}
    rows = [row, row | {"first_token_s": 2.0}, row | {"success": False}, row | {"first_token_s": None}]
    assert paces(rows) == {"m": StreamPace(2, 2.0, 50.0, 2.0)}
