"""Simulated time and latencies: with a clock and a sleep of their own, and as the client of a running provider sees."""

from __future__ import annotations

import asyncio
import random
from statistics import median, quantiles
from typing import Any

import httpx
import pytest

from lab.simulator.providers import PROVIDERS
from lab.simulator.scenarios import SCENARIOS, Conduct, Phase, Scenario
from lab.simulator.serving import ProviderApp
from lab.simulator.timing import Latency, SimulatedTime
from lab.simulator.world import World
from tests.lab.simulator.conftest import HELLO

GROQ = PROVIDERS["groq"]


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def world(clock: Clock, scenario: Scenario | None = None, speed: float = 1.0) -> World:
    time = SimulatedTime(speed, clock=clock, wall_clock=lambda: 1_800_000_000.0, sleep=clock.sleep)
    return World(scenario or SCENARIOS["calm"], seed=1, time=time)


def ask(made: World, **given: Any) -> httpx.Response:
    """One request to the simulated Groq, inside this process."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(ProviderApp(made, GROQ))
        async with httpx.AsyncClient(transport=transport, base_url="http://groq/openai/v1") as client:
            body = {"model": "openai/gpt-oss-120b", "messages": HELLO, **given}
            return await client.post("/chat/completions", json=body, headers={"authorization": f"Bearer {GROQ.key}"})

    return asyncio.run(asked())


def test_time_runs_faster_by_its_speed() -> None:
    clock = Clock()
    time = SimulatedTime(10, clock=clock, sleep=clock.sleep)
    began = time.now()
    asyncio.run(time.sleep(60))
    assert clock.slept == [6.0]
    assert time.now() - began == pytest.approx(60)
    assert time.real(60) == 6


def test_latencies_have_the_published_medians_and_a_long_tail() -> None:
    latency = Latency(0.5, 100, "here")
    drawn = [latency.sample(random.Random(seed), 0, 1.0) for seed in range(4000)]
    firsts, speeds = [first for first, _ in drawn], [1 / each for _, each in drawn]
    assert median(firsts) == pytest.approx(0.5, rel=0.03)
    assert median(speeds) == pytest.approx(100, rel=0.03)
    assert quantiles(firsts, n=20)[-1] / median(firsts) == pytest.approx(1.78, rel=0.06)


def test_reading_the_prompt_takes_time_where_the_source_tells_it_apart() -> None:
    latency = PROVIDERS["ollama"].models[0].latency
    short, long = (latency.sample(random.Random(0), tokens, 1.0)[0] for tokens in (0, 2660))
    assert long / short == pytest.approx((0.1 + 10) / 0.1)


def test_every_latency_names_its_source() -> None:
    for provider in PROVIDERS.values():
        for model in provider.models:
            assert len(model.latency.source) > 20, model.name


def test_an_unstreamed_answer_comes_when_the_model_would_have_finished() -> None:
    clock = Clock()
    usage = ask(world(clock)).json()["usage"]
    assert sum(clock.slept) == pytest.approx(usage["total_time"], abs=1e-5)


def test_a_streamed_answer_takes_as_long_part_by_part() -> None:
    whole, parts = Clock(), Clock()
    ask(world(whole))
    told = ask(world(parts), stream=True).text
    assert len(parts.slept) == told.count('"content": ') > 20
    assert sum(parts.slept) == pytest.approx(sum(whole.slept))


def test_a_faster_simulation_sleeps_less_and_a_slowdown_more() -> None:
    usual, fast, slow = Clock(), Clock(), Clock()
    ask(world(usual))
    ask(world(fast, speed=10))
    ask(world(slow, Scenario(phases=(Phase(providers={"all": Conduct(slowdown=5)}),))))
    assert sum(fast.slept) == pytest.approx(sum(usual.slept) / 10)
    assert sum(slow.slept) == pytest.approx(sum(usual.slept) * 5)


def test_limits_refill_and_resets_are_told_by_the_clock() -> None:
    clock = Clock()
    made = world(clock, Scenario(phases=(Phase(providers={"all": Conduct(requests_per_minute=2)}),)))
    assert [ask(made).status_code for _ in range(3)] == [200, 200, 429]
    clock.now += 30
    assert ask(made).status_code == 200


def test_a_limit_per_day_is_told_in_hours_minutes_and_seconds() -> None:
    clock = Clock()
    made = world(clock, Scenario(phases=(Phase(providers={"all": Conduct(free_plan=True)}),)))
    headers = ask(made, max_tokens=100).headers
    assert headers["x-ratelimit-limit-requests"] == "1000"
    assert headers["x-ratelimit-remaining-requests"] == "999"
    assert headers["x-ratelimit-reset-requests"].startswith("1m2")
    assert headers["x-ratelimit-limit-tokens"] == "8000"


def test_a_reset_needs_a_socket() -> None:
    made = world(Clock(), Scenario(phases=(Phase(providers={"all": Conduct(faults={"reset": 1.0})}),)))
    with pytest.raises(ConnectionResetError):
        ask(made)
