"""The breaker of one model, step by step."""

from __future__ import annotations

import pytest

from analyst.llm.resilience.breaker import (
    DAY_CALLS,
    FIRST_PAUSE_S,
    LONG_PAUSES,
    LONGEST_PAUSE_S,
    TRIPS_AT,
    Breaker,
    read_breaker,
)

NOW = 1_000_000.0


def failing(times: int, reason: str = "unavailable", breaker: Breaker | None = None, now: float = NOW) -> Breaker:
    breaker = breaker or Breaker()
    for _ in range(times):
        breaker = breaker.failed(reason, now, 1.0)
    return breaker


def test_a_new_breaker_is_closed_and_clean() -> None:
    assert Breaker().state(NOW) == "closed"
    assert Breaker().clean


def test_it_opens_after_failures_in_a_row_and_not_before() -> None:
    assert failing(TRIPS_AT - 1).state(NOW) == "closed"
    assert failing(TRIPS_AT).state(NOW) == "open"


def test_a_time_out_weighs_twice() -> None:
    assert failing(TRIPS_AT // 2, "timeout").state(NOW) == "open"


@pytest.mark.parametrize("reason", ["rejected", "refused", "too_long", "bad_request", "over_budget"])
def test_what_says_nothing_of_its_health_never_opens_it(reason: str) -> None:
    assert failing(50, reason).state(NOW) == "closed"


def test_its_pause_over_it_lets_one_probe_pass_and_no_second_one_beside_it() -> None:
    later = NOW + FIRST_PAUSE_S
    half_open = failing(TRIPS_AT)
    assert half_open.state(later - 0.1) == "open"
    assert half_open.state(later) == "half-open"
    probing = half_open.probing(later, timeout_s=10)
    assert probing.state(later + 9.9) == "open"
    assert probing.state(later + 10) == "half-open"


def test_each_failed_probe_doubles_the_pause_up_to_a_limit() -> None:
    breaker, now, pauses = failing(TRIPS_AT), NOW, []
    for _ in range(8):
        pauses.append(breaker.open_until - now)
        now = breaker.open_until
        breaker = breaker.probing(now, 5).failed("unavailable", now, 1.0)
    assert pauses[:4] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S, 8 * FIRST_PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_calls_from_before_it_opened_that_fail_after_it_do_not_make_the_pause_longer() -> None:
    opened = failing(TRIPS_AT)
    half_open = opened.open_until + 1
    probing = opened.probing(half_open, 10)
    for late in (NOW + 1, half_open):
        assert opened.failed("timeout", late, 1.0, asked_at=NOW - 16) == opened
        assert probing.failed("timeout", late, 1.0, asked_at=NOW - 16) == probing
    assert probing.failed("timeout", half_open + 8, 1.0, asked_at=half_open).trips == opened.trips + 1


def test_a_key_that_is_refused_counts_whenever_the_call_was_made() -> None:
    assert failing(TRIPS_AT).failed("bad_key", NOW + 1, 1.0, asked_at=NOW - 1).reason == "bad_key"


@pytest.mark.parametrize(("reason", "jitter"), [("unavailable", 0.8), ("timeout", 1.0), ("unavailable", 1.2)])
def test_a_provider_that_bills_its_failures_all_day_is_asked_a_bounded_number_of_times(
    reason: str, jitter: float
) -> None:
    breaker, now, asked = Breaker(), NOW, 0
    while now < NOW + 86_400:
        asked += 1
        breaker = breaker.failed(reason, now, jitter, billed=True)
        now = max(now, breaker.open_until)
    assert 20 < asked <= DAY_CALLS


def test_a_provider_that_is_down_for_days_is_still_only_paused() -> None:
    breaker = failing(TRIPS_AT, breaker=Breaker(trips=5000))
    assert breaker.open_until - NOW == LONGEST_PAUSE_S


@pytest.mark.parametrize(("reason", "told"), [("out_of_credit", "add credit"), ("bad_key", "fix it in .env")])
def test_what_only_a_person_can_mend_opens_it_at_once_and_for_long_and_says_so(reason: str, told: str) -> None:
    breaker = failing(1, reason)
    assert breaker.state(NOW + LONG_PAUSES[reason] - 1) == "open"
    assert told in breaker.told(NOW)


def test_a_probe_that_fails_in_another_way_opens_it_again() -> None:
    breaker = failing(1, "out_of_credit")
    later = breaker.open_until
    failed = breaker.probing(later, 10).failed("unavailable", later, 1.0)
    assert (failed.state(later), failed.reason) == ("open", "unavailable")


def test_jitter_keeps_processes_from_probing_in_step() -> None:
    early, late = (Breaker(failures=TRIPS_AT).failed("unavailable", NOW, jitter) for jitter in (0.8, 1.2))
    assert late.open_until - early.open_until == pytest.approx(0.4 * FIRST_PAUSE_S)


def test_a_saved_breaker_is_read_back_and_unknown_fields_are_left_aside() -> None:
    breaker = failing(TRIPS_AT)
    assert read_breaker({**vars(breaker), "from_a_later_release": 1}) == breaker
    assert read_breaker({}) == Breaker()
