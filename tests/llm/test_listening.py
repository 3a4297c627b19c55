"""When a stream is given up: it does not begin, it falls silent, it drips, it takes too long in all."""

from __future__ import annotations

import pytest

from analyst.core.errors import CallError
from analyst.llm.listening import LOST_PAUSE_S, PAUSE_S, Heard, Patience, Pulse, Watch

PATIENCE = Patience(whole_s=30.0, silent_s=2.0, least_tokens_per_s=10.0)
Part = tuple[float, str]


def heard(*parts: Part, patience: Patience = PATIENCE) -> Watch:
    watch = Watch("m", patience, began=100.0)
    for after, text in parts:
        watch.heard(text, 100.0 + after)
    return watch


@pytest.mark.parametrize(
    "parts",
    [
        [(1.9, "hello"), (3.8, "x" * 200), (5.7, "x" * 200)],
        [(0.1, ""), (1.9, "x" * 400)],
        [(0.1 * n, "x" * 8) for n in range(1, 290)],
        [(2.1, "late, but here")],
        [(0.1, "x" * 400), (9.9, "more")],
    ],
)
def test_a_stream_that_goes_on_is_waited_for(parts: list[Part]) -> None:
    assert heard(*parts).first == 100.0 + next(after for after, text in parts if text)


@pytest.mark.parametrize(
    "parts",
    [
        [(2.1, "")],
        [(0.5, ""), (1.0, ""), (1.9, ""), (2.1, "")],
        [(0.1, "x" * 900), (2.2, "")],
        [(30.1, "too late")],
        [(n, "x" * 8) for n in range(1, 5)],
        [(0.1 * n, "x" * 8) for n in range(1, 302)],
    ],
)
def test_a_stream_that_stalls_is_given_up_and_may_be_billed(parts: list[Part]) -> None:
    with pytest.raises(CallError) as stalled:
        heard(*parts)
    assert (stalled.value.reason, stalled.value.billed) == ("timeout", True)


def test_without_limits_of_its_own_only_the_whole_time_counts() -> None:
    drip = [(5.0 * n, "x") for n in range(1, 6)]
    assert heard(*drip, patience=Patience(30.0)).written == 5


@pytest.mark.parametrize("text", ['{"a": "n', '{"a": [1, 2', "Here:\n```json\n{", '{"a":', '[{"b": 1},'])
def test_json_that_ends_too_early_was_broken_off_unless_the_limit_cut_it(text: str) -> None:
    assert Heard({}, [text]).broken_off
    assert not Heard({}, [text], finish="length").broken_off


@pytest.mark.parametrize("text", ['{"a": 1}', "plain words", '{"a": 1} and more', '{"a": oops}', "see [s1] for that"])
def test_what_is_whole_or_wrong_in_the_middle_was_not_broken_off(text: str) -> None:
    assert not Heard({}, [text]).broken_off


def test_a_call_is_late_when_its_first_text_is_and_again_when_it_pauses() -> None:
    pulse = Pulse()
    assert pulse.late_in(0.0) == float("inf")
    pulse.ask(Patience(30.0, late_s=1.5), 100.0)
    assert (pulse.late_in(101.0), pulse.late_in(102.0)) == (0.5, 0.0)
    pulse.beat(102.0)
    assert pulse.late_in(102.0) == pytest.approx(PAUSE_S)
    assert pulse.late_in(102.0 + PAUSE_S) == 0.0


def test_a_call_is_as_good_as_lost_after_a_longer_silence() -> None:
    pulse = Pulse()
    assert pulse.lost_in(0.0) == float("inf")
    pulse.ask(Patience(30.0, late_s=1.5, lost_s=2.5), 100.0)
    assert (pulse.lost_in(102.0), pulse.lost_in(103.0)) == (0.5, 0.0)
    pulse.beat(103.0)
    assert pulse.lost_in(103.0) == pytest.approx(LOST_PAUSE_S) and LOST_PAUSE_S > PAUSE_S


def test_a_call_that_nobody_could_join_is_never_late() -> None:
    pulse = Pulse()
    pulse.ask(Patience(30.0), 100.0)
    pulse.beat(101.0)
    assert pulse.late_in(200.0) == float("inf")
