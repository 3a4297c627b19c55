"""The ledger: never over the cap by a reservation, never a lie about what was spent."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from decimal import Decimal
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyst.budget.ledger import DailyBudget, Ledger, Reservation
from analyst.budget.prices import load_prices
from analyst.core.errors import CallError
from analyst.core.process import this_process
from analyst.protocol.calls import CallRequest, Payer
from analyst.storage import budget
from analyst.storage.database import Store


class Clock(Protocol):
    now: float

    def __call__(self) -> float: ...


NOTHING = Decimal(0)


def dollars(text: str) -> Decimal:
    return Decimal(text)


def take(ledger: Ledger, amount: str, ttl_s: float = 60.0) -> Reservation:
    return ledger.reserve(Decimal(amount), agent="report_writer", model="claude-sonnet-5-5", ttl_s=ttl_s)


@pytest.fixture
def ledger(store: Store, clock: Clock) -> Ledger:
    return Ledger(store, DailyBudget(Decimal("1.00"), "UTC"), clock=clock)


def test_reserved_money_is_not_free_and_settled_money_is_spent(ledger: Ledger) -> None:
    held = take(ledger, "0.40")
    assert (ledger.spent_today(), ledger.remaining()) == (NOTHING, dollars("0.60"))
    assert ledger.settle(held, dollars("0.10"))
    assert (ledger.spent_today(), ledger.remaining()) == (dollars("0.10"), dollars("0.90"))


def test_the_cap_itself_may_be_reached_and_not_passed(ledger: Ledger) -> None:
    take(ledger, "0.60")
    take(ledger, "0.40")
    with pytest.raises(CallError, match=r"0.000001 USD would exceed the daily budget of 1.00 USD") as told:
        take(ledger, "0.000001")
    assert told.value.reason == "over_budget"
    assert not told.value.billed
    assert ledger.totals() == (NOTHING, dollars("1.00"))


def test_a_reservation_names_the_process_that_owns_it(ledger: Ledger, store: Store) -> None:
    take(ledger, "0.10")
    with store.read() as transaction:
        assert transaction.rows("SELECT owner, state FROM reservations") == [(this_process(), "open")]


def test_a_released_reservation_gives_its_money_back(ledger: Ledger) -> None:
    held = take(ledger, "1.00")
    assert ledger.release(held)
    assert ledger.totals() == (NOTHING, NOTHING)
    take(ledger, "1.00")


def test_a_call_that_cost_more_is_booked_at_what_it_cost(ledger: Ledger) -> None:
    held = take(ledger, "0.90")
    ledger.settle(held, dollars("1.50"))
    assert (ledger.spent_today(), ledger.remaining()) == (dollars("1.50"), NOTHING)
    with pytest.raises(CallError):
        take(ledger, "0.01")


def test_money_that_nothing_was_reserved_for_is_booked_all_the_same(ledger: Ledger) -> None:
    ledger.charge(dollars("1.20"), agent="data_profiler", model="ollama-llama3.1")
    assert ledger.totals() == (dollars("1.20"), NOTHING)


def test_closing_twice_changes_nothing(ledger: Ledger) -> None:
    held = take(ledger, "0.40")
    assert ledger.settle(held, dollars("0.10"))
    assert not ledger.settle(held, dollars("0.30"))
    assert not ledger.release(held)
    assert ledger.totals() == (dollars("0.10"), NOTHING)


def test_a_reservation_past_its_time_counts_as_spent_at_its_estimate(ledger: Ledger, clock: Clock) -> None:
    take(ledger, "0.40", ttl_s=60)
    clock.now += 61
    assert ledger.totals() == (dollars("0.40"), NOTHING)
    take(ledger, "0.60")
    with pytest.raises(CallError):
        take(ledger, "0.01")
    assert ledger.totals() == (dollars("0.40"), dollars("0.60"))


def test_one_that_expired_is_set_right_when_its_call_ends_after_all(ledger: Ledger, clock: Clock) -> None:
    late, unbilled = take(ledger, "0.40", ttl_s=60), take(ledger, "0.30", ttl_s=60)
    clock.now += 61
    last = take(ledger, "0.10")
    assert ledger.spent_today() == dollars("0.70")
    assert ledger.settle(late, dollars("0.05"))
    assert ledger.release(unbilled)
    ledger.settle(last, dollars("0.02"))
    assert ledger.totals() == (dollars("0.07"), NOTHING)


def test_the_day_starts_in_the_configured_zone(store: Store, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 24, 23, 30, tzinfo=timezone.utc).timestamp()
    assert Ledger(store, DailyBudget(Decimal(1), "UTC"), clock=clock).today() == 20261124
    assert Ledger(store, DailyBudget(Decimal(1), "Europe/Paris"), clock=clock).today() == 20261125
    assert Ledger(store, DailyBudget(Decimal(1), "America/New_York"), clock=clock).today() == 20261124


def test_a_call_over_midnight_is_booked_on_the_day_it_was_reserved(ledger: Ledger, clock: Clock, store: Store) -> None:
    clock.now = datetime(2026, 11, 24, 23, 59, 50, tzinfo=timezone.utc).timestamp()
    held = take(ledger, "0.80")
    clock.now += 20
    assert ledger.remaining() == dollars("1.00")
    ledger.settle(held, dollars("0.70"))
    assert ledger.spent_today() == 0
    with store.read() as transaction:
        rows = transaction.rows("SELECT day, spent_micros, reserved_micros FROM budget")
    assert [tuple(row) for row in rows] == [(20261124, 700_000, 0)]


def test_a_clock_that_steps_back_over_midnight_grants_no_day_twice(store: Store, clock: Clock) -> None:
    midnight = datetime(2026, 11, 24, 23, 0, tzinfo=timezone.utc).timestamp()  # of the 25th in Paris
    paris = Ledger(store, DailyBudget(Decimal(1), "Europe/Paris"), clock=clock)
    clock.now = midnight - 30
    take(paris, "0.60", ttl_s=3600)
    clock.now = midnight + 10
    held = take(paris, "0.90", ttl_s=3600)
    for step in (-20, 20, -3000, 3000):
        clock.now = midnight + step
        with pytest.raises(CallError, match=r"would exceed the daily budget of 1 USD; 0\.[14] USD left"):
            take(paris, "0.50")
        assert paris.pressure().remaining == (dollars("0.10") if step > 0 else dollars("0.40"))
    clock.now = midnight - 5
    assert paris.settle(held, dollars("0.20"))
    assert paris.remaining() == dollars("0.40")
    clock.now = midnight + 5
    assert paris.remaining() == dollars("0.80")


def test_what_is_spent_today_is_that_of_the_zones_day(store: Store, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 24, 23, 30, tzinfo=timezone.utc).timestamp()
    paris = Ledger(store, DailyBudget(Decimal(1), "Europe/Paris"), clock=clock)
    paris.settle(take(paris, "0.40"), dollars("0.30"))
    assert paris.totals() == (dollars("0.30"), NOTHING)
    clock.now += 3600
    assert paris.spent_today() == dollars("0.30")


def test_a_cap_of_a_fraction_of_a_micro_dollar_is_not_rounded_up(store: Store, clock: Clock) -> None:
    with pytest.raises(CallError, match="would exceed the daily budget"):
        take(Ledger(store, DailyBudget(Decimal("0.0000015"), "UTC"), clock=clock), "0.000002")


def test_a_charge_that_the_journal_writes_twice_is_booked_once(ledger: Ledger, store: Store) -> None:
    ledger.charge(dollars("0.20"), agent="report_writer", model="m")
    with store.read() as transaction:
        [row] = transaction.records("SELECT * FROM reservations")
    with store.write() as transaction:
        budget.charge(transaction, row)
    assert ledger.totals() == ledger.totals("report_writer") == (dollars("0.20"), NOTHING)


def test_a_cap_lowered_during_the_day_holds_at_once(store: Store, clock: Clock) -> None:
    take(Ledger(store, DailyBudget(Decimal(1), "UTC"), clock=clock), "0.50")
    lower = Ledger(store, DailyBudget(Decimal("0.40"), "UTC"), clock=clock)
    with pytest.raises(CallError):
        take(lower, "0.01")
    assert lower.remaining() == 0


def test_at_99_percent_of_the_budget_the_dearest_call_is_still_granted(store: Store, clock: Clock) -> None:
    """Not refused for its worst case although its cost would fit: a prompt of 10 kB, seven at a time."""
    ledger = Ledger(store, DailyBudget(Decimal(20), "UTC"), clock=clock)
    ledger.charge(dollars("19.80"), agent="report_writer", model="claude-sonnet-5-5")
    prompt = [{"role": "user", "content": "How did sales do? " * 560}]
    worst = load_prices().worst_case_of("claude-sonnet-5-5", CallRequest("report_writer", prompt, 600))
    for _ in range(7):
        take(ledger, str(worst))


def test_two_scopes_have_books_of_their_own(store: Store, clock: Clock) -> None:
    take(Ledger(store, DailyBudget(Decimal(1), "UTC"), clock=clock), "1.00")
    take(Ledger(store, DailyBudget(Decimal(1), "UTC"), clock=clock, scope="tenant"), "1.00")


SHARES = {"report_writer": Decimal("0.5"), "insight_generator": Decimal("0.3")}


def ask(ledger: Ledger, agent: str, amount: str, ttl_s: float = 60.0) -> Reservation:
    return ledger.reserve(Decimal(amount), agent=agent, model="m", ttl_s=ttl_s)


def test_an_agent_stays_within_its_share_and_the_others_may_have_the_rest(store: Store, clock: Clock) -> None:
    ledger = Ledger(store, DailyBudget(Decimal("1.00"), "UTC", SHARES), clock=clock)
    held = ask(ledger, "report_writer", "0.50")
    told = r"0\.01 USD would exceed report_writer's share of the daily budget, 0\.500 USD; 0\.0+ USD left"
    with pytest.raises(CallError, match=told) as error:
        ask(ledger, "report_writer", "0.01")
    assert error.value.reason == "over_budget"
    assert ledger.totals() == ledger.totals("report_writer") == (NOTHING, dollars("0.50"))
    ledger.settle(held, dollars("0.20"))
    ask(ledger, "report_writer", "0.30")
    ask(ledger, "data_profiler", "0.50")
    with pytest.raises(CallError, match="would exceed the daily budget"):
        ask(ledger, "insight_generator", "0.01")


def test_a_users_calls_stay_within_their_limit_with_what_is_reserved(store: Store, clock: Clock) -> None:
    ledger, ann = Ledger(store, DailyBudget(Decimal("5.00"), "UTC"), clock=clock), Payer("ann", Decimal("1.00"))

    def of(payer: Payer, amount: str, ttl_s: float = 60.0) -> Reservation:
        return ledger.reserve(Decimal(amount), agent="report_writer", model="m", ttl_s=ttl_s, payer=payer)

    held = of(ann, "0.60")
    with pytest.raises(
        CallError, match=r"0\.5 USD would exceed ann's daily limit of 1\.00 USD; 0\.40* USD left"
    ) as error:
        of(ann, "0.50")
    assert error.value.reason == "over_budget" and ledger.totals() == (NOTHING, dollars("0.60"))
    ledger.settle(held, dollars("0.10"))
    of(ann, "0.50", ttl_s=10)
    ledger.charge(dollars("0.10"), agent="report_writer", model="m", payer=ann)
    clock.now += 11  # the second one counts as spent from now on
    assert ledger.spent_by("ann") == dollars("0.70")
    of(Payer("bob", Decimal("1.00")), "1.00")
    of(Payer("cleo"), "1.50")
    with pytest.raises(CallError):
        of(ann, "0.31")
    ledger.release(of(ann, "0.30"))
    clock.now += 86_400
    of(ann, "1.00")


def test_many_calls_at_once_of_one_user_never_reserve_more_than_the_limit(store: Store, clock: Clock) -> None:
    ledger, ann = Ledger(store, DailyBudget(Decimal("5.00"), "UTC"), clock=clock), Payer("ann", Decimal("0.50"))

    def granted(_: int) -> bool:
        try:
            ledger.reserve(Decimal("0.10"), agent="report_writer", model="m", ttl_s=60, payer=ann)
        except CallError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(granted, range(16))) == 5
    assert ledger.spent_by("ann") == dollars("0.50") == ledger.totals()[1]


def test_a_share_counts_what_expired_and_what_was_charged(store: Store, clock: Clock) -> None:
    ledger = Ledger(store, DailyBudget(Decimal("1.00"), "UTC", SHARES), clock=clock)
    ask(ledger, "report_writer", "0.20", ttl_s=10)
    ledger.charge(dollars("0.10"), agent="report_writer", model="m")
    clock.now += 11
    assert ledger.totals("report_writer") == (dollars("0.30"), NOTHING)
    ask(ledger, "report_writer", "0.20")
    with pytest.raises(CallError):
        ask(ledger, "report_writer", "0.01")


def test_a_share_set_during_the_day_knows_what_was_spent_before(store: Store, clock: Clock) -> None:
    ask(Ledger(store, DailyBudget(Decimal("1.00"), "UTC"), clock=clock), "report_writer", "0.60")
    with pytest.raises(CallError, match="report_writer's share"):
        ask(Ledger(store, DailyBudget(Decimal("1.00"), "UTC", SHARES), clock=clock), "report_writer", "0.01")


def test_agents_with_shares_race_without_passing_them(store: Store, clock: Clock) -> None:
    ledger = Ledger(store, DailyBudget(Decimal("0.10"), "UTC", SHARES), clock=clock)

    def one(number: int) -> tuple[str, bool]:
        agent = ("report_writer", "insight_generator", "data_profiler")[number % 3]
        try:
            ledger.settle(ask(ledger, agent, "0.01"), Decimal("0.01"))
            return agent, True
        except CallError:
            return agent, False

    with ThreadPoolExecutor(8) as pool:
        granted = Counter(agent for agent, done in pool.map(one, range(90)) if done)
    assert granted["report_writer"] <= 5
    assert granted["insight_generator"] <= 3
    assert sum(granted.values()) == 10
    assert ledger.totals() == (dollars("0.10"), NOTHING)


def test_less_than_a_micro_dollar_is_rounded_up_never_away(ledger: Ledger) -> None:
    held = take(ledger, "0.0000001")
    assert held.amount == dollars("0.000001")
    ledger.settle(held, dollars("0.00000001"))
    assert ledger.spent_today() == dollars("0.000001")


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
def test_amounts_that_are_none_are_refused(ledger: Ledger, amount: str) -> None:
    with pytest.raises(ValueError, match="USD"):
        take(ledger, amount)
    held = take(ledger, "0.1")
    with pytest.raises(ValueError, match="USD"):
        ledger.settle(held, Decimal(amount))
    assert ledger.totals() == (NOTHING, dollars("0.1"))


STEPS = st.lists(
    st.tuples(st.sampled_from(["reserve", "settle", "release", "wait"]), st.integers(1, 600_000)), max_size=25
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_steps_the_books_equal_a_model_of_them(
    store: Store, clock: Clock, steps: list[tuple[str, int]]
) -> None:
    """The model: each call is open (its estimate is reserved), late (its estimate is spent) or closed (its cost is)."""
    scope = f"scope-{id(steps)}-{clock.now}"
    clock.now += 86_400
    ledger = Ledger(store, DailyBudget(Decimal(1), "UTC"), clock=clock, scope=scope)
    held: list[Reservation] = []
    booked: dict[str, int] = {}
    for step, micros in steps:
        if step == "reserve":
            try:
                held.append(take(ledger, str(Decimal(micros) / 1_000_000), ttl_s=100))
            except CallError:
                assert spent_of(held, booked, clock) + reserved_of(held, booked, clock) + micros > 1_000_000
            else:
                assert spent_of(held, booked, clock) + reserved_of(held, booked, clock) <= 1_000_000
        elif step == "wait":
            clock.now += micros % 80
        elif held:
            one = held[micros % len(held)]
            closed = ledger.settle(one, Decimal(micros) / 1_000_000) if step == "settle" else ledger.release(one)
            assert closed == (one.id not in booked)
            booked.setdefault(one.id, micros if step == "settle" else 0)
        told = tuple(int(part * 1_000_000) for part in ledger.totals())
        assert told == (spent_of(held, booked, clock), reserved_of(held, booked, clock))


def spent_of(held: list[Reservation], booked: dict[str, int], clock: Clock) -> int:
    late = [int(one.amount * 1_000_000) for one in held if one.id not in booked and one.expires_at <= clock.now]
    return sum(booked.values()) + sum(late)


def reserved_of(held: list[Reservation], booked: dict[str, int], clock: Clock) -> int:
    return sum(int(one.amount * 1_000_000) for one in held if one.id not in booked and one.expires_at > clock.now)


def test_threads_together_never_pass_the_cap(store: Store, clock: Clock) -> None:
    ledger = Ledger(store, DailyBudget(Decimal("0.10"), "UTC"), clock=clock)

    def one(_: int) -> bool:
        try:
            ledger.settle(take(ledger, "0.01"), Decimal("0.01"))
            return True
        except CallError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(60))) == 10
    assert ledger.totals() == (dollars("0.10"), NOTHING)
