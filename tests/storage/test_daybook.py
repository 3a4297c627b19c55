"""Books that vanish between runs grant nothing again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.budget.ledger import DailyBudget, Ledger, Reservation
from analyst.core.errors import CallError
from analyst.protocol.calls import Payer
from analyst.storage.database import Store
from analyst.storage.daybook import Daybook
from tests.stores import fresh_database, run_plain, running_postgres

NOON = 1_795_435_200.0
CAP = DailyBudget(Decimal(10), "UTC", {"report_writer": Decimal("0.5")})


def ledger(store: Store, now: float = NOON) -> Ledger:
    return Ledger(store, CAP, clock=lambda: now)


def spend(books: Ledger, usd: str, agent: str = "report_writer") -> None:
    held = books.reserve(Decimal(usd), agent=agent, model="m", ttl_s=60)
    assert books.settle(held, Decimal(usd))


def deleted(path: Path) -> None:
    for file in (path, *path.parent.glob(f"{path.name}-*")):
        file.unlink(missing_ok=True)


def emptied(path: Path) -> None:
    deleted(path)
    path.touch()


@pytest.mark.parametrize("vanish", [deleted, emptied])
def test_the_days_spending_and_each_agents_survives_books_that_vanish(
    tmp_path: Path, vanish: Callable[[Path], None]
) -> None:
    path = tmp_path / "metrics.db"
    first = Store.at(path)
    spend(ledger(first), "4.5")
    spend(ledger(first), "3.25", agent="data_profiler")
    ledger(first).charge(Decimal("0.25"), agent="data_profiler", model="free")
    released = ledger(first).reserve(Decimal("0.5"), agent="report_writer", model="m", ttl_s=60)
    ledger(first).release(released)
    before = ledger(first).totals(), ledger(first).totals("report_writer")
    first.close()
    for _ in range(2):
        vanish(path)
        again = Store.at(path)
        assert (ledger(again).totals(), ledger(again).totals("report_writer")) == before
        with pytest.raises(CallError, match="daily budget"):
            spend(ledger(again), "2.5", agent="data_profiler")
        with pytest.raises(CallError, match="report_writer's share"):
            spend(ledger(again), "1")
        again.close()


def ask_of(books: Ledger, asker: str, usd: str) -> Reservation:
    payer = Payer(asker, Decimal(2))
    return books.reserve(Decimal(usd), agent="report_writer", model="m", ttl_s=60, payer=payer)


@pytest.mark.parametrize("vanish", [deleted, emptied])
def test_each_users_own_limit_survives_books_that_vanish(tmp_path: Path, vanish: Callable[[Path], None]) -> None:
    path = tmp_path / "metrics.db"
    first = Store.at(path)
    books = ledger(first)
    books.settle(ask_of(books, "ann", "1.5"), Decimal("1.25"))
    books.release(ask_of(books, "ann", "0.5"))
    books.charge(Decimal("0.25"), agent="data_profiler", model="free", payer=Payer("ann"))
    ask_of(books, "bob", "0.5")
    spend(books, "0.75")
    first.close()
    for _ in range(2):
        vanish(path)
        again = Store.at(path)
        books = ledger(again)
        assert (books.spent_by("ann"), books.spent_by("bob"), books.spent_by("cleo")) == (
            Decimal("1.5"),
            Decimal("0.5"),
            Decimal(0),
        )
        with pytest.raises(CallError, match=r"ann's daily limit of 2 USD; 0\.50* USD left"):
            ask_of(books, "ann", "0.51")
        again.close()
    last = ledger(Store.at(path))
    held = ask_of(last, "ann", "0.5")
    with pytest.raises(CallError, match="ann's daily limit"):
        ask_of(last, "ann", "0.01")
    last.settle(held, Decimal("0.25"))
    assert last.spent_by("ann") == Decimal("1.75")


def test_what_another_process_notes_is_read_on_from_where_the_last_look_ended(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    one, other = Daybook(path, str(path)), Daybook(path, str(path))
    row = {"scope": "platform", "day": 20261130, "agent": "a", "asker": "ann"}
    books = {"scope": "platform", "day": 20261130}
    for at in range(3):
        other.note({**row, "id": f"{at}"}, 100)
        assert one.spent(books) == one.spent({**books, "asker": "ann"}) == 100 * (at + 1)
    other.note({**row, "id": "1"}, 40)
    other.note({**row, "id": "9", "asker": None}, 7)
    assert (one.spent(books), one.spent({**books, "asker": "ann"}), one.spent({**books, "agent": "b"})) == (247, 240, 0)
    [file] = tmp_path.glob("*.spent-*")
    with file.open("ab") as cut:
        cut.write(b'["platform", "a", "10", 5')
    assert one.spent(books) == 247
    with file.open("ab") as rest:
        rest.write(b"]\n")
    assert one.spent(books) == 252
    file.unlink()
    assert one.spent(books) == 0
    other.note({**row, "id": "1"}, 30)
    assert one.spent(books) == 30


def test_another_day_begins_with_nothing_spent_and_only_the_last_days_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    store = Store.at(path)
    for day in range(5):
        spend(ledger(store, NOON + 86_400 * day), "4.5")
    assert len(list(tmp_path.glob("metrics.db.spent-*"))) == 3
    store.close()
    deleted(path)
    assert ledger(Store.at(path), NOON + 86_400 * 5).spent_today() == 0


def test_books_that_are_there_are_not_added_to_and_a_line_that_is_not_ours_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    store = Store.at(path)
    spend(ledger(store), "4.5")
    store.close()
    [file] = tmp_path.glob("metrics.db.spent-*")
    assert file.stat().st_mode & 0o777 == 0o600
    lines = ['["platform", "a", "x", 1e400]', f'["platform", "a", "x", {10**30}]', '["platform", "a", "x", -9]', "7"]
    with file.open("a") as writer:
        writer.write("\n".join([*lines, '["platform", {}, "x", null]', "\0\0", '["platform", 2026']))
    again = Store.at(path)
    assert ledger(again).spent_today() == Decimal("4.5")
    again.close()
    deleted(path)
    assert ledger(Store.at(path)).spent_today() == Decimal("4.5")


def test_what_was_never_settled_and_what_expired_count_at_their_estimate(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    store = Store.at(path)
    ledger(store).reserve(Decimal(2), agent="a", model="m", ttl_s=600)
    ledger(store).reserve(Decimal(1), agent="a", model="m", ttl_s=60)
    late = ledger(store).reserve(Decimal(3), agent="a", model="m", ttl_s=60)
    spend(ledger(store, NOON + 100), "0.5", agent="a")
    assert ledger(store).settle(late, Decimal("0.25"))
    store.close()
    deleted(path)
    again = ledger(Store.at(path), NOON + 700)
    assert (again.totals(), again.totals("a")) == ((Decimal("3.75"), Decimal(0)),) * 2


def test_a_simulations_money_is_not_noted(tmp_path: Path) -> None:
    spend(Ledger(Store.at(tmp_path / "metrics.db"), CAP, scope="simulated calm", clock=lambda: NOON), "1")
    assert not list(tmp_path.glob("*.spent-*"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_postgres(tmp_path_factory.mktemp("server")) as address:
        yield address


DAMAGES = [
    "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    "TRUNCATE budget, agent_budget, reservations, calls, runs",
    "DELETE FROM budget; DELETE FROM agent_budget",
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("reopened", [True, False])
def test_a_servers_books_that_vanish_grant_nothing_again(
    server: str, tmp_path: Path, damage: str, reopened: bool
) -> None:
    with fresh_database(server) as address:
        store = Store.named(tmp_path / "metrics.db", address)
        spend(ledger(store), "4.5")
        spend(ledger(store), "4.75", agent="data_profiler")
        run_plain(address, damage)
        if reopened or damage.startswith("DROP"):
            store.close()
        again = Store.named(tmp_path / "metrics.db", address) if reopened else store
        with pytest.raises(CallError, match="report_writer's share"):
            spend(ledger(again), "0.51")
        with pytest.raises(CallError, match="daily budget"):
            spend(ledger(again), "0.76", agent="data_profiler")
        assert ledger(again).totals() == (Decimal("9.25"), Decimal(0))
        again.close()
        store.close()


def test_databases_of_one_server_have_daybooks_of_their_own(server: str, tmp_path: Path) -> None:
    with fresh_database(server) as one, fresh_database(server) as other:
        stores = [Store.named(tmp_path / "metrics.db", address) for address in (one, other)]
        spend(ledger(stores[0]), "4.5")
        assert ledger(stores[1]).spent_today() == 0
        assert len(list(tmp_path.glob("metrics.db-*.spent-*"))) == 1
        for store in stores:
            store.close()


def test_the_files_of_two_machines_put_together_tell_the_sum_of_both(tmp_path: Path) -> None:
    place, of = "postgresql://db/books", {"scope": "platform", "day": 20261130}
    machines = [Daybook(tmp_path / name / "metrics.db", place) for name in ("one", "two")]
    for number, daybook in enumerate(machines, 1):
        row = {**of, "agent": "report_writer", "asker": None}
        daybook.note({**row, "id": f"settled {number}"}, 900)
        daybook.note({**row, "id": f"settled {number}"}, 100 * number)
        daybook.note({**row, "id": f"open {number}"}, 1000)
    [one], [two] = ((tmp_path / name).iterdir() for name in ("one", "two"))
    assert one.name == two.name
    with one.open("ab") as file:
        file.write(two.read_bytes())
    assert machines[0].spent(of) == 100 + 200 + 2 * 1000
