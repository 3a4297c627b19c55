"""Amounts in several currencies that a plan puts together, and cells that were read unsurely, are cautioned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.planning.language import MethodStep
from analyst.planning.mixing import Doubts
from analyst.planning.sql_guard import inspect
from analyst.protocol.facts import Caution
from analyst.protocol.table import ColumnProfile, IngestNote, Meaning, OpenedTable, Suspicion, TableProfile

PAY = Meaning(currency="ccy", converted="pay_eur")
COLUMNS = (
    ColumnProfile("pay", "DOUBLE", "number", "measure", meaning=PAY),
    ColumnProfile("ccy", "VARCHAR", "text", "dimension"),
    ColumnProfile("pay_eur", "DOUBLE", "number", "measure", meaning=Meaning(unit="EUR")),
    ColumnProfile("team", "VARCHAR", "text", "dimension"),
    ColumnProfile("visits", "DOUBLE", "number", "measure"),
    ColumnProfile("area", "VARCHAR", "text", "measure", number_pattern="12",
                  suspicious=(Suspicion("unread_numbers", 3, "10 - 20"),)),
)  # fmt: skip
NOTES = (IngestNote("number_bounds", "9 of 9 values of 'visits' are bounds.", 9, "visits"),)


@pytest.fixture
def doubts() -> Doubts:
    names = tuple(column.name for column in COLUMNS)
    table = OpenedTable(Path("d"), Path("t.csv"), "t", "csv", 9, names, "f", NOTES)
    return Doubts(TableProfile(table, COLUMNS))


def codes(doubts: Doubts, sql: str, columns: str = "", used: tuple[str, ...] = (), id: str = "s1") -> list[str]:
    statement = inspect(sql, ["data", "s1"])
    return [caution.code for caution in doubts.of_sql(id, statement, columns.split(), used)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(pay) FROM data",
        "SELECT team, avg(pay) AS mean_pay FROM data GROUP BY team",
        "SELECT team, max(pay) FROM data WHERE team <> 'A' GROUP BY 1",
        "SELECT sum(pay), count(DISTINCT ccy) FROM data",
        "SELECT sum(pay) FROM data WHERE ccy <> 'JPY'",
        "SELECT sum(pay) FROM data WHERE ccy IN ('USD', 'EUR')",
        "WITH t AS (SELECT pay AS p, team FROM data) SELECT team, sum(p) / sum(pay) FROM t, data GROUP BY 1",
        "SELECT team, pay FROM data ORDER BY pay DESC LIMIT 3",
        "SELECT quantile_cont(pay, 0.9) FROM data",
    ],
)
def test_putting_currencies_together_is_cautioned_of(sql: str, doubts: Doubts) -> None:
    assert codes(doubts, sql) == ["mixed_currencies"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ccy, sum(pay) FROM data GROUP BY ccy",
        "SELECT team, ccy, avg(pay) FROM data GROUP BY ALL",
        "SELECT sum(pay) FROM data WHERE ccy = 'USD'",
        "SELECT sum(pay) FROM data WHERE lower(ccy) = 'usd' AND team = 'A'",
        "SELECT sum(pay) FILTER (WHERE ccy = 'USD') AS usd FROM data",
        "SELECT sum(CASE WHEN ccy = 'USD' THEN pay END) AS usd FROM data",
        "SELECT sum(pay_eur) FROM data",
        "SELECT count(pay) FROM data",
        "SELECT team, pay FROM data LIMIT 3",
    ],
)
def test_currencies_kept_apart_are_not(sql: str, doubts: Doubts) -> None:
    assert codes(doubts, sql) == []


def test_the_caution_names_the_column_to_use_instead(doubts: Doubts) -> None:
    told = doubts.of_sql("s1", inspect("SELECT sum(pay) FROM data", ["data"]), ["s"], ())
    text = "'pay' is in several currencies (see 'ccy'), and this result mixes them: use 'pay_eur', which is in one currency"
    assert told == (Caution("mixed_currencies", text),)


def test_mixed_amounts_are_followed_through_steps_until_one_currency_is_left(doubts: Doubts) -> None:
    assert codes(doubts, "SELECT * FROM data WHERE team = 'A'", "pay ccy team") == []
    assert codes(doubts, "SELECT sum(pay) FROM s1", "s", id="s2") == ["mixed_currencies"]
    assert codes(doubts, "SELECT * FROM data WHERE ccy = 'USD'", "pay ccy team", id="s1") == []
    assert codes(doubts, "SELECT sum(pay) FROM s1", "s", id="s3") == []


def test_methods_over_mixed_amounts_are_cautioned_of_but_by_currency(doubts: Doubts) -> None:
    step = MethodStep(id="s1", method="describe", parameters={"columns": ["pay"], "source": "data"})
    assert [caution.code for caution in doubts.of_method(step, ("pay",))] == ["mixed_currencies"]
    apart = step.model_copy(update={"parameters": {"columns": ["pay"], "by": "ccy", "source": "data"}})
    assert doubts.of_method(apart, ("pay", "ccy")) == ()


def test_unsure_values_are_told_wherever_they_are_used_and_unread_cells_where_text_is_read(doubts: Doubts) -> None:
    assert codes(doubts, "SELECT sum(visits) FROM data", used=("visits",)) == ["unsure_values"]
    assert codes(doubts, 'SELECT avg(num("area")) FROM data', used=("area",)) == ["unread_numbers"]
    assert codes(doubts, "SELECT area, count(*) FROM data GROUP BY 1", used=("area",)) == []


def test_amounts_without_a_sign_are_doubtful_until_a_plan_reads_what_tells_it() -> None:
    amount = ColumnProfile("amount", "DOUBLE", "number", "measure", suspicious=(Suspicion("signs_apart", 9, "kind"),))
    columns = (amount, ColumnProfile("kind", "VARCHAR", "text", "dimension"))
    table = OpenedTable(Path("d"), Path("t.csv"), "t", "csv", 9, ("amount", "kind"), "f")
    doubts = Doubts(TableProfile(table, columns))
    assert codes(doubts, "SELECT sum(amount) AS s FROM data", "s", ("amount",)) == ["unsure_values"]
    by_kind = "SELECT kind, sum(amount) AS s FROM data GROUP BY kind"
    assert codes(doubts, by_kind, "kind s", ("amount", "kind")) == []
    assert codes(doubts, "SELECT kind, count(*) AS n FROM data GROUP BY kind", "kind n", ("kind",)) == []


def test_sums_of_what_stands_in_several_rows_are_doubtful() -> None:
    total = ColumnProfile("total", "DOUBLE", "number", "measure", meaning=Meaning(adds="rows", per="order"))
    users = ColumnProfile("users", "BIGINT", "number", "measure", meaning=Meaning(adds="distinct"))
    columns = (total, users, ColumnProfile("order", "VARCHAR", "text", "dimension"))
    table = OpenedTable(Path("d"), Path("t.csv"), "t", "csv", 9, ("total", "users", "order"), "f")
    doubts = Doubts(TableProfile(table, columns))
    assert codes(doubts, "SELECT sum(total) AS s FROM data", "s", ("total",)) == ["unsure_values"]
    assert codes(doubts, "SELECT sum(users) AS s FROM data", "s", ("users",)) == ["unsure_values"]
    once = 'SELECT sum(total) AS s FROM (SELECT DISTINCT "order", total FROM data)'
    assert codes(doubts, once, "s", ("total", "order")) == []
    assert codes(doubts, "SELECT avg(total) AS a FROM data", "a", ("total",)) == ["unsure_values"]
    assert codes(doubts, "SELECT avg(users) AS a, max(total) AS m FROM data", "a m", ("users", "total")) == []


def of_codes(sql: str, mean: float, count: int = 9) -> list[str]:
    coded = Suspicion("sentinel", count, "999")
    column = ColumnProfile("age", "DOUBLE", "number", "measure", mean=mean, suspicious=(coded,))
    table = OpenedTable(Path("d"), Path("t.csv"), "t", "csv", 100, ("age",), "f", ())
    told = Doubts(TableProfile(table, (column,))).of_sql("s1", inspect(sql, ["data"]), ["a"], ("age",))
    return [caution.text for caution in told]


def test_codes_for_missing_values_that_move_a_result_are_cautioned_of() -> None:
    (told,) = of_codes("SELECT avg(age) AS a FROM data", mean=130.0)
    assert told == "9 values of 'age' are 999, which looks like a code for missing: this result counts them as values"


@pytest.mark.parametrize(
    ("sql", "mean", "count"),
    [
        ("SELECT avg(age) AS a FROM data WHERE age <> 999", 130.0, 9),
        ("SELECT avg(CASE WHEN age NOT IN (999) THEN age END) AS a FROM data", 130.0, 9),
        ("SELECT avg(age) AS a FROM data", 998.0, 1),
    ],
)
def test_codes_that_are_left_out_or_change_nothing_are_not(sql: str, mean: float, count: int) -> None:
    assert of_codes(sql, mean, count) == []
