"""The service looks for alerts by itself, and the command once; a receiver on this machine gets what they send."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.apps.alerts.watching import Watch
from analyst.core.errors import SettingsError
from analyst.core.settings import Settings, load_settings
from analyst.observability.alerts import recent
from analyst.protocol.models import ModelStatus
from analyst.storage.database import Store
from main import main
from monitoring import PerformanceMonitor
from tests.observability.receiving import Received, webhook
from tests.recorded import metrics

PATIENCE_S = 60.0


@dataclass
class Platform:
    """A platform that has spent all of its budget, and no model."""

    settings: Settings
    store: Store

    @classmethod
    def at(cls, folder: Path, url: str | None) -> Platform:
        settings = load_settings(
            folder / "none.env", alert_webhook_url=url, metrics_export_path=folder / "metrics.db", database_url=None,
            daily_budget_usd=1,
        )  # fmt: skip
        PerformanceMonitor(settings).record_request(metrics("a", cost_usd=Decimal(1), timestamp=time.time()))
        return cls(settings, Store.at(settings.metrics_export_path))

    def budget(self) -> object:
        return PerformanceMonitor(self.settings, store=self.store).check_budget_compliance()

    def models(self) -> list[ModelStatus]:
        return []


@pytest.fixture
def told() -> Iterator[Received]:
    with webhook() as received:
        yield received


def address(told: Received) -> str:
    return f"http://127.0.0.1:{told.port}/hook"


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_the_watch_sends_what_is_due_and_goes_on_after_a_failure(
    tmp_path: Path, told: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyst.apps.alerts.watching.LOOK_S", 0.02)
    monkeypatch.setattr("analyst.observability.alerts.FIRST_PAUSE_S", 0.05)
    told.status = 503
    platform = Platform.at(tmp_path, address(told))
    watch = Watch(platform)  # type: ignore[arg-type]
    watch.start()
    try:
        wait_for(lambda: [row for row in recent(platform.store, time.time()) if row["problem"]])
        told.status = 200
        wait_for(lambda: told.posts)
        wait_for(lambda: recent(platform.store, time.time())[0]["sent_at"])
    finally:
        watch.stop()
    assert [post["text"].startswith("Analyst alert: Today's spending is $1.00") for post in told.posts] == [True]


def test_without_a_receiver_nothing_looks(tmp_path: Path) -> None:
    watch = Watch(Platform.at(tmp_path, None))  # type: ignore[arg-type]
    watch.start()
    assert not any(thread.name == "alerts" for thread in threading.enumerate())
    watch.stop()


def test_a_receiver_that_can_be_none_ends_the_start(tmp_path: Path) -> None:
    platform = Platform.at(tmp_path, None)
    platform.settings = platform.settings.model_copy(update={"alert_mail_to": "ops@example.com"})
    with pytest.raises(SettingsError, match="no mail server"):
        Watch(platform)  # type: ignore[arg-type]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("STATE_DIR", "RUNS_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("METRICS_EXPORT_PATH", str(tmp_path / "metrics.db"))
    return monkeypatch


def test_a_trial_alert_tells_whether_it_was_delivered(
    environment: pytest.MonkeyPatch, told: Received, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("ALERT_WEBHOOK_URL", address(told))
    assert main(["alerts", "--test"]) == 0
    assert capsys.readouterr().out == "webhook: delivered\n" and "This is a trial" in told.posts[0]["text"]
    told.status = 500
    assert main(["alerts", "--test"]) == 1
    assert capsys.readouterr().out == "webhook: The webhook at 127.0.0.1 answered 500.\n"


def test_the_command_looks_once_and_lists_what_was_raised(
    environment: pytest.MonkeyPatch, tmp_path: Path, told: Received, capsys: pytest.CaptureFixture[str]
) -> None:
    Platform.at(tmp_path, None)
    environment.setenv("ALERT_WEBHOOK_URL", address(told))
    environment.setenv("DAILY_BUDGET_USD", "1")
    assert [main(["alerts"]), main(["alerts"])] == [0, 0] and len(told.posts) == 1
    assert capsys.readouterr().out.count("webhook, delivered\n  Today's spending is $1.00") == 2


def test_nobody_to_alert_is_a_mistake(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.delenv("ALERT_WEBHOOK_URL", raising=False)
    assert main(["alerts", "--test"]) == 2
    assert "Nobody receives alerts. Set ALERT_WEBHOOK_URL" in capsys.readouterr().err
