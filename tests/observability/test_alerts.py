"""Alerts are due when they should be, are sent once a day by one of several processes, and again where that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analyst.core.errors import DeliveryError
from analyst.observability.alerts import LEASE_S, Alert, Alerts, due, recent
from analyst.protocol.models import ModelStatus
from analyst.storage import alerts as kept
from analyst.storage.database import Store
from monitoring import PerformanceMonitor
from tests.recorded import NOON, Clock, metrics

SONNET = ModelStatus("claude-sonnet-5-5", "anthropic", Decimal(2), Decimal(10), True, "closed", "", 0.0, ())
EMPTY = replace(SONNET, breaker="open", why="out_of_credit")
SPENT = Alert("budget", "", "82% of the budget")
TWO = [SPENT, Alert("out_of_credit", "anthropic", "no credit")]


@dataclass
class Inbox:
    """A receiver; while it is `away` nothing reaches it."""

    name: str = "webhook"
    away: bool = False
    texts: list[str] = field(default_factory=list)

    def send(self, text: str) -> None:
        if self.away:
            raise DeliveryError("The webhook at hooks.example.com answered 503.")
        self.texts.append(text)


def found(watched: PerformanceMonitor, models: Sequence[ModelStatus] = (SONNET,)) -> list[tuple[str, str]]:
    settings, budget = watched.settings, watched.check_budget_compliance()
    return [(alert.kind, alert.subject) for alert in due(watched.store, settings, budget, models, NOON)]


def alerts(store: Store, *inboxes: Inbox) -> Alerts:
    return Alerts(store, inboxes, ZoneInfo("UTC"))


def test_nothing_is_due_on_a_calm_day(watched: PerformanceMonitor) -> None:
    for number in range(20):
        watched.record_request(metrics(f"a{number}", success=number > 3, cost_usd=Decimal("0.01")))
    watched.record_request(metrics("old", timestamp=NOON - 86_400, cost_usd=Decimal(5)))
    tripped, tried = replace(EMPTY, why="timeout"), replace(EMPTY, breaker="closed")
    assert found(watched, [SONNET, tripped, tried]) == []


def test_spending_is_due_from_the_share_on_with_what_is_reserved(watched: PerformanceMonitor) -> None:
    watched.record_request(metrics("a", cost_usd=Decimal("0.79")))
    assert found(watched) == []
    watched.record_request(metrics("b", cost_usd=Decimal("0.01")))
    [alert] = due(watched.store, watched.settings, watched.check_budget_compliance(), (), NOON)
    assert alert.text.startswith("Today's spending is $0.80, with what is reserved: 80% of the daily budget of $1.00.")
    watched.record_request(metrics("c", cost_usd=Decimal("0.2")))
    assert found(watched) == [("budget", "used up")]


@pytest.mark.parametrize(
    ("calls", "failed", "expected"), [(9, 9, False), (10, 2, False), (12, 3, True), (40, 9, False), (40, 10, True)]
)
def test_failures_are_due_by_their_share_of_enough_calls(
    watched: PerformanceMonitor, calls: int, failed: int, expected: bool
) -> None:
    for number in range(calls):
        bad: dict[str, Any] = {"success": False, "error_reason": "timeout"} if number < failed else {}
        watched.record_request(metrics(f"a{number}", cost_usd=Decimal(0), **bad))
    watched.record_request(metrics("passed over", called=False, success=False, error_reason="over_budget"))
    assert found(watched) == ([("failures", "")] if expected else [])


def test_an_account_without_credit_is_one_alert_for_all_its_models(watched: PerformanceMonitor) -> None:
    haiku, other = (
        replace(EMPTY, model="claude-haiku-5-5", breaker="half-open"),
        replace(EMPTY, model="g", account="groq"),
    )
    told = due(watched.store, watched.settings, watched.check_budget_compliance(), [EMPTY, haiku, other], NOON)
    assert [(alert.kind, alert.subject) for alert in told] == [
        ("out_of_credit", "anthropic"),
        ("out_of_credit", "groq"),
    ]
    assert told[0].text.startswith(
        "The account 'anthropic' is out of credit, so claude-sonnet-5-5, claude-haiku-5-5 can't"
    )


def test_an_alert_is_sent_once_a_day_to_each_receiver_whichever_process_looks(store: Store, noon: Clock) -> None:
    hook, mail = Inbox(), Inbox("mail")
    for process in (alerts(store, hook, mail), alerts(store, hook, mail)):
        for _ in range(3):
            process.raise_new(TWO, noon())
            process.deliver(noon())
            noon.now += 3600
    assert hook.texts == mail.texts == [alert.text for alert in TWO]
    noon.now += 86_400
    process.raise_new([SPENT], noon())
    process.deliver(noon())
    assert len(hook.texts) == len(mail.texts) == 3


def test_what_one_process_is_sending_another_leaves_alone_until_its_lease_is_over(store: Store, noon: Clock) -> None:
    slow, quick = Inbox(), Inbox()
    alerts(store, slow).raise_new([SPENT], noon())
    with store.write() as transaction:
        assert kept.take(transaction, "webhook", noon(), noon() + LEASE_S, 0.0)
    alerts(store, quick).deliver(noon())
    assert quick.texts == []
    noon.now += LEASE_S
    alerts(store, quick).deliver(noon())
    assert quick.texts == [SPENT.text]


def test_a_receiver_that_is_away_holds_up_no_other_and_gets_it_later(store: Store, noon: Clock) -> None:
    hook, mail = Inbox(away=True), Inbox("mail")
    watch = alerts(store, hook, mail)
    watch.raise_new(TWO, noon())
    watch.deliver(noon())
    problems = {(row["receiver"], row["kind"]): row["problem"] for row in recent(store, noon())}
    assert problems["webhook", "budget"] == "The webhook at hooks.example.com answered 503."
    assert mail.texts == [alert.text for alert in TWO] and problems["mail", "budget"] is None
    hook.away = False
    watch.deliver(noon() + 1)
    assert SPENT.text not in hook.texts, "it waits before it tries again"
    watch.deliver(noon() + 31)
    assert sorted(hook.texts) == sorted(alert.text for alert in TWO)
    assert {row["problem"] for row in recent(store, noon() + 31)} == {None}


def test_tries_grow_rarer_and_end_after_a_day(store: Store, noon: Clock) -> None:
    hook = Inbox(away=True)
    watch = alerts(store, hook)
    watch.raise_new([SPENT], noon())
    waits = []
    for _ in range(8):
        watch.deliver(noon())
        [row] = recent(store, noon())
        waits.append(row["next_try_at"] - noon())
        noon.now = row["next_try_at"]
    assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800]
    hook.away, noon.now = False, NOON + 86_401
    watch.deliver(noon())
    assert hook.texts == []
