"""The router as main.py gets it, on the real gateway."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.settings import Settings
from analyst.llm.gateway.launcher import GatewayInfo, status
from analyst.protocol.calls import CallRequest
from analyst.storage.calls import all_calls
from monitoring import PerformanceMonitor
from routing import build_router
from tests.gateway_process import running_gateway

REVIEW = CallRequest(
    "data_profiler",
    [{"role": "system", "content": "You review."}, {"role": "user", "content": "<task>\nreview\n</task>"}],
    400,
)


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, GatewayInfo]]:
    with running_gateway(tmp_path_factory.mktemp("router")) as gateway:
        key = SecretStr(gateway.info.key)
        yield gateway.settings.model_copy(update={"litellm_master_key": key}), gateway.info


def test_a_gateway_that_is_killed_is_started_again_by_the_next_call_and_nothing_is_booked_twice(
    running: tuple[Settings, GatewayInfo],
) -> None:
    settings, info = running
    notes: list[str] = []
    monitor = PerformanceMonitor(settings)
    router = build_router(settings, info, monitor, notes.append)
    assert router.route_with_fallback(REVIEW).model_used == EMBEDDED_MODEL
    before = status(settings).pid
    assert before is not None
    os.killpg(before, signal.SIGKILL)

    reply = router.route_with_fallback(REVIEW)
    assert reply.model_used == EMBEDDED_MODEL
    assert [attempt.reason for attempt in reply.route.attempts][-1] == "unavailable"
    assert status(settings).pid not in (None, before)
    assert any("Restarting it" in note for note in notes)
    rows = list(all_calls(monitor.store))
    assert [row["success"] for row in rows].count(True) == 2
    assert {row["cost_micros"] for row in rows} == {0}
