"""Token buckets, with a clock of their own."""

from __future__ import annotations

import pytest

from lab.simulator.limits import Bucket, Limiter, Need
from lab.simulator.providers import Limits


def test_a_bucket_refills_steadily_and_never_overflows() -> None:
    bucket = Bucket(60, 60.0, now=0)
    bucket.take(60, 0)
    assert [bucket.level(at) for at in (0, 15, 60, 600)] == [0, 15, 60, 60]
    assert bucket.wait(30, 0) == 30
    assert bucket.full_in(15) == 45


def test_what_is_given_back_is_there_again() -> None:
    bucket = Bucket(100, 60.0, now=0)
    bucket.take(80, 0)
    bucket.take(-30, 0)
    assert bucket.level(0) == 50


def test_a_request_is_admitted_until_one_limit_is_used_up_and_told_how_long_to_wait() -> None:
    limiter = Limiter(Limits(requests_per_minute=60, tokens_per_minute=1000), now=0)
    assert limiter.admit(Need(400, 100), 0) is None
    assert limiter.admit(Need(400, 100), 0) is None
    short = limiter.admit(Need(100, 20), 0)
    assert short is not None
    assert (short.standing.kind, short.standing.remaining, short.requested) == ("tokens", 0, 120)
    assert short.wait_s == pytest.approx(7.2)
    assert limiter.admit(Need(100, 20), 7.3) is None


def test_a_refused_request_uses_nothing() -> None:
    limiter = Limiter(Limits(requests_per_minute=2, tokens_per_minute=100), now=0)
    assert limiter.admit(Need(90, 5), 0) is None
    assert limiter.admit(Need(90, 5), 0) is not None
    assert limiter.standings(0)["requests"].remaining == 1


def test_a_request_larger_than_the_limit_is_never_admitted() -> None:
    short = Limiter(Limits(tokens_per_minute=100), now=0).admit(Need(90, 20), 0)
    assert short is not None and short.wait_s is None


def test_what_was_not_used_is_given_back_at_the_end() -> None:
    limiter, need = Limiter(Limits(tokens_per_minute=1000), now=0), Need(100, 600)
    assert limiter.admit(need, 0) is None
    assert limiter.standings(0)["tokens"].remaining == 300
    limiter.settle(need, 100, 50, 0)
    assert limiter.standings(0)["tokens"].remaining == 850


def test_input_and_output_are_limited_apart_where_the_provider_does_so() -> None:
    limiter = Limiter(Limits(input_tokens_per_minute=1000, output_tokens_per_minute=100), now=0)
    assert limiter.admit(Need(500, 100), 0) is None
    short = limiter.admit(Need(10, 10), 0)
    assert short is not None and short.standing.kind == "output_tokens"


def test_more_output_asked_for_than_the_limit_holds_counts_as_the_whole_limit() -> None:
    limiter, need = Limiter(Limits(output_tokens_per_minute=100), now=0), Need(10, 128_000)
    assert limiter.admit(need, 0) is None
    short = limiter.admit(need, 0)
    assert short is not None and short.wait_s == 60
    limiter.settle(need, 10, 30, 0)
    assert limiter.standings(0)["output_tokens"].remaining == 70


def test_without_limits_everything_is_admitted() -> None:
    limiter = Limiter(Limits(), now=0)
    assert all(limiter.admit(Need(10**9, 10**9), 0) is None for _ in range(10))
    assert limiter.standings(0) == {}
