"""Rate limits: headers as the providers write them, and limits learnt from refusals."""

from __future__ import annotations

import json

import pytest

from analyst.llm.resilience.limits import FORGET_S, LONGEST_WAIT_S, MOST_LEARNT, Limits, Usage, read_limits, read_window

NOW = 1_795_392_000.0
GROQ = {
    "llm_provider-x-ratelimit-limit-requests": "14400",
    "llm_provider-x-ratelimit-limit-tokens": "18000",
    "llm_provider-x-ratelimit-remaining-requests": "14370",
    "llm_provider-x-ratelimit-remaining-tokens": "4500",
    "llm_provider-x-ratelimit-reset-requests": "2m59.56s",
    "llm_provider-x-ratelimit-reset-tokens": "7.66s",
}
ANTHROPIC = {
    "llm_provider-anthropic-ratelimit-requests-limit": "50",
    "llm_provider-anthropic-ratelimit-requests-remaining": "5",
    "llm_provider-anthropic-ratelimit-requests-reset": "2026-11-23T00:00:30Z",
    "llm_provider-anthropic-ratelimit-tokens-limit": "40000",
    "llm_provider-anthropic-ratelimit-tokens-remaining": "40000",
    "llm_provider-anthropic-ratelimit-tokens-reset": "2026-11-23T00:00:00Z",
}


def test_groqs_headers_give_what_is_left_and_when_it_is_full_again() -> None:
    window = read_window(GROQ, NOW)
    assert window is not None
    assert window.share_left(NOW, Usage()) == pytest.approx(0.25)
    assert window.wait(NOW, Usage(), 4000) == 0
    assert window.wait(NOW, Usage(), 4500) == 0
    assert window.wait(NOW, Usage(), 4501) == pytest.approx(7.66)
    assert window.wait(NOW, Usage(1, 4000), 1000) == pytest.approx(7.66)
    assert window.wait(NOW + 8, Usage(1, 4000), 1000) == 0
    assert window.resets_at["requests"] == pytest.approx(NOW + 179.56)


def test_anthropics_headers_are_read_too() -> None:
    window = read_window(ANTHROPIC, NOW)
    assert window is not None
    assert window.left == {"requests": 5, "tokens": 40000}
    assert window.share_left(NOW, Usage(3, 100)) == pytest.approx(2 / 50)
    assert window.wait(NOW, Usage(5, 0), 10) == pytest.approx(30)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("20", 20), ("250ms", 0.25), ("6m0s", 360), ("1h2m3s", 3723), ("1m26.4s", 86.4), ("", 60), ("soon", 0)],
)
def test_spans_are_read_as_the_providers_write_them(written: str, seconds: float) -> None:
    window = read_window({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": written}, NOW)
    assert window is not None
    assert window.wait(NOW, Usage(), 1) == pytest.approx(seconds)


def test_openrouters_moment_in_milliseconds_is_a_moment() -> None:
    at = str(int((NOW + 12) * 1000))
    window = read_window({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": at}, NOW)
    assert window is not None and window.wait(NOW, Usage(), 1) == pytest.approx(12)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/json"},
        {"x-ratelimit-remaining-requests": "many"},
        {"x-ratelimit-remaining-requests": "\u00b2"},
        {"x-ratelimit-remaining-tokens": "9" * 5000},
    ],
)
def test_headers_that_say_nothing_of_limits_give_no_window(headers: dict[str, str]) -> None:
    assert read_window(headers, NOW) is None


def test_a_provider_that_says_when_to_come_back_is_believed() -> None:
    limits = Limits().refused(NOW, 17.0, Usage(30, 9000))
    assert limits.wait(NOW, Usage()) == pytest.approx(17)
    assert limits.wait(NOW + 17, Usage()) == 0
    assert limits.allowed(NOW) == {}


def test_a_short_pause_never_shortens_a_long_one() -> None:
    limits = Limits().refused(NOW, 30.0, Usage())
    assert limits.refused(NOW, 1.0, Usage()).wait(NOW, Usage()) == pytest.approx(30)
    assert limits.refused(NOW, None, Usage()).wait(NOW, Usage()) == pytest.approx(30)


def test_a_pause_of_days_is_cut_to_an_hour() -> None:
    assert Limits().refused(NOW, 1e9, Usage()).wait(NOW, Usage()) == 3600


def refused_thrice(used: Usage) -> Limits:
    """The limits after three refusals in a row that named no pause."""
    told = Limits()
    for _ in range(3):
        told = told.refused(NOW, None, used)
    return told


def test_a_provider_that_says_nothing_is_backed_away_from_and_its_limit_learnt_at_the_third_refusal() -> None:
    once = Limits().refused(NOW, None, Usage(40, 9000))
    assert once.wait(NOW, Usage()) == pytest.approx(2)
    assert once.allowed(NOW) == {}
    twice = once.refused(NOW + 2, None, Usage(40, 9000))
    assert twice.wait(NOW + 2, Usage()) == pytest.approx(4)
    assert twice.allowed(NOW + 2) == {}
    thrice = twice.refused(NOW + 6, None, Usage(40, 9000))
    assert thrice.wait(NOW + 6, Usage()) == pytest.approx(8)
    assert thrice.allowed(NOW + 6) == {"requests": pytest.approx(36), "tokens": pytest.approx(8100)}
    assert thrice.share_left(NOW + 6, Usage(18, 100)) == pytest.approx(0.5)
    assert thrice.wait(NOW + 20, Usage(40, 100)) == 1.0


def test_a_quota_that_is_used_up_for_days_is_still_only_backed_away_from() -> None:
    limits = Limits(refusals=5000).refused(NOW, None, Usage(40, 9000))
    assert limits.wait(NOW, Usage()) == LONGEST_WAIT_S


def test_no_number_of_answers_makes_a_learnt_limit_infinite() -> None:
    told = refused_thrice(Usage(40, 9000))
    for _ in range(10_000):
        told = told.answered(NOW)
    assert json.loads(json.dumps(vars(told), allow_nan=False))["requests_per_minute"] == MOST_LEARNT


def test_where_headers_name_the_limits_none_is_learnt() -> None:
    told = Limits()
    for _ in range(5):
        told = told.refused(NOW, None, Usage(40, 9000), learn=False)
    assert told.allowed(NOW) == {}
    assert told.wait(NOW, Usage()) > 2


def test_a_learnt_limit_grows_while_no_refusal_comes_and_is_forgotten() -> None:
    learnt = refused_thrice(Usage(40, 0))
    assert learnt.allowed(NOW + 240)["requests"] == pytest.approx(72)
    assert learnt.allowed(NOW + FORGET_S + 1) == {}
    assert learnt.answered(NOW + FORGET_S + 1).requests_per_minute == 0


def test_each_answer_proves_a_learnt_limit_a_little_too_low() -> None:
    learnt = refused_thrice(Usage(40, 100))
    answered = learnt.answered(NOW)
    assert answered.refusals == 0
    assert answered.allowed(NOW) == {"requests": pytest.approx(36 * 1.1), "tokens": pytest.approx(90 * 1.1)}
    assert Limits().answered(NOW) == Limits()


def test_refusals_by_chance_never_learn_a_limit_that_stops_all_work() -> None:
    assert refused_thrice(Usage(1, 0)).allowed(NOW)["requests"] == 10


def test_saved_limits_are_read_back() -> None:
    limits = refused_thrice(Usage(40, 10))
    assert limits.allowed(NOW)
    assert read_limits(vars(limits)) == limits
