"""What the profile and the card say of how measures add up: by their figures first, else by their headers."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from analyst.datasets.card import build_card
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.protocol.table import Meaning, TableProfile, read_card, write_card

Profiler = Callable[..., TableProfile]
NEVER = [
    *("conversion_rate", "CTR", "Click-through rate", "win ratio", "pct_paid", "Margin %", "percent complete"),
    *("unit_price", "Preis", "Einzelpreis (EUR)", "prix unitaire", "precio", "цена", "価格", "list price", "Unit cost"),
    *("avg_basket", "Average salary", "Durchschnitt Umsatz", "Montant moyen", "promedio", "mean_wait", "median_income"),
    *("age", "Alter", "edad", "CustomerAge", "rating", "NPS", "satisfaction score", "GPA", "temperature", "Temp (C)"),
    *("Verkaufspreis", "Durchschnittspreis", "Krankenquote", "平均単価", "転換率", "평균가격", "CPC", "ARPU (USD)"),
    *("latency ms", "bpm", "fuel economy mpg"),
    *("latitude", "lng", "price_index", "humidity", "reviews_per_month", "speed km/h", "EUR/m²", "population density"),
]
ROWS = [
    *("sales", "amount", "Umsatz", "quantity", "units sold", "visits", "total price", "Gesamtpreis", "order_value"),
    *("Tax 5%", "Age 0 to 17", "Aged 65 plus count 2", "pages", "storage_cost", "orders", "hours", "points"),
    *("売上", "数量", "매출", "Bestellungen", "indexed pages", "Preisnachlass gesamt", "Total averted"),
]


def numbers(header: str, *, whole: bool = True) -> str:
    chance = random.Random(7)
    values = [chance.randint(3, 120) if whole else round(chance.uniform(3, 90), 2) for _ in range(40)]
    return f'name,"{header}"\n' + "".join(f"n{i % 9},{value}\n" for i, value in enumerate(values))


@pytest.mark.parametrize("header", NEVER)
def test_rates_prices_averages_and_levels_are_never_added(header: str, profiled: Profiler) -> None:
    assert profiled(numbers(header)).column(header).meaning.adds == "never"


@pytest.mark.parametrize("header", ROWS)
def test_amounts_and_counts_are_added(header: str, profiled: Profiler) -> None:
    assert profiled(numbers(header)).column(header).meaning.adds == "rows"


SHARES = {
    "discount": [0.0, 0.1, 0.25],
    "margin": [12.5, 8.25, 31.4],
    "turnout": [59.8, 88.4, 42.1],
    "share": [0.1, 0.4],
}


@pytest.mark.parametrize("header", SHARES)
def test_words_for_shares_count_only_where_values_are_shares(header: str, profiled: Profiler) -> None:
    def adds(scale: float) -> str | None:
        lines = "".join(f"n{i % 7},{value * scale + i / 1000}\n" for i, value in enumerate(SHARES[header] * 12))
        return profiled(f"name,{header}\n{lines}").column(header).meaning.adds

    assert adds(1) == "never"
    assert adds(1000) == "rows"


def monthly(header: str) -> str:
    lines = [
        f"2024-{month:02}-01,{site},{100 + 7 * month + 31 * place}"
        for month in range(1, 9)
        for place, site in enumerate("ABC")
    ]
    return f"month,site,{header}\n" + "\n".join(lines)


STOCKS = [
    *("headcount", "inventory", "Stock", "Bestand", "balance", "Kontostand", "population", "Einwohner", "subscribers"),
    *("employees", "stock_on_hand", "loan balance", "在庫", "saldo", "units on hand", "in_stock", "MRR", "closing"),
    *("subscriptions", "enrolment", "open tickets", "active_users", "active customers"),
]


@pytest.mark.parametrize("header", STOCKS)
def test_stocks_of_the_same_things_over_time_are_not_added_over_time(header: str, profiled: Profiler) -> None:
    assert profiled(monthly(header)).column(header).meaning.adds == "last"


@pytest.mark.parametrize(
    "header",
    [
        "units on order",
        "new mrr",
        "new subscribers",
        "hires",
        "stock_sold",
        "population_growth_count",
        "net inventory change",
    ],
)
def test_what_comes_and_goes_is_added_over_time(header: str, profiled: Profiler) -> None:
    assert profiled(monthly(header)).column(header).meaning.adds == "rows"


QUOTES = {
    "ticker,day,close": ("close", "never"),
    "day,open,high,low,close": ("low", "never"),
    "team,day,open": ("open", "rows"),
    "shop,day,high": ("high", "rows"),
}
"""Headers of a table, one of them, and how it adds up: prices of a market are known by what stands beside them."""


@pytest.mark.parametrize("headers", QUOTES)
def test_prices_of_a_market_are_never_added(headers: str, profiled: Profiler) -> None:
    chance, asked = random.Random(3), QUOTES[headers]
    figures = headers.count(",") - headers[: headers.index("day")].count(",")
    named = [f"n{i % 4}," if headers.index("day") else "" for i in range(40)]
    lines = [
        f"{name}2024-{i // 4 + 1:02}-01," + ",".join(str(chance.randint(20, 900)) for _ in range(figures))
        for i, name in enumerate(named)
    ]
    assert profiled(headers + "\n" + "\n".join(lines)).column(asked[0]).meaning.adds == asked[1]


@pytest.mark.parametrize("header", ["cumulative_cases", "Sales YTD", "running total", "kumuliert", "累計"])
def test_running_totals_are_known_by_name(header: str, profiled: Profiler) -> None:
    assert profiled(monthly(header)).column(header).meaning.adds == "last"


def test_a_population_of_places_that_appear_once_is_added(profiled: Profiler) -> None:
    lines = "".join(f"land{i},{2015 + i % 5},{i * 977 % 8000 + 1000}\n" for i in range(30))
    assert profiled("country,year,population\n" + lines).column("population").meaning.adds == "rows"


def ledger(backwards: bool = False) -> str:
    chance, balance, lines = random.Random(3), 500.0, []
    for day in range(1, 29):
        out, into = (
            (round(chance.uniform(5, 200), 2), None)
            if chance.random() < 0.7
            else (None, round(chance.uniform(50, 400), 2))
        )
        balance = round(balance - (out or 0) + (into or 0), 2)
        lines.append(f"2024-02-{day:02},{out or ''},{into or ''},{balance}")
    return "date,debit,credit,remaining\n" + "\n".join(reversed(lines) if backwards else lines)


@pytest.mark.parametrize("backwards", [False, True], ids=["oldest first", "newest first"])
def test_a_running_balance_is_known_by_its_figures(backwards: bool, profiled: Profiler) -> None:
    profile = profiled(ledger(backwards))
    assert [profile.column(name).meaning.adds for name in ("debit", "credit", "remaining")] == ["rows", "rows", "last"]


def test_a_running_total_is_known_by_its_figures(profiled: Profiler) -> None:
    chance, total, lines = random.Random(5), 0, []
    for day in range(1, 29):
        cases = chance.randint(20, 400)
        total += cases
        lines.append(f"2024-02-{day:02},{cases},{total}")
    profile = profiled("day,cases,so_far\n" + "\n".join(lines))
    assert (profile.column("cases").meaning.adds, profile.column("so_far").meaning.adds) == ("rows", "last")


def test_parts_of_a_level_are_levels_too(profiled: Profiler) -> None:
    chance, jobs, lines = random.Random(2), 5000, []
    for month in range(1, 13):
        change = chance.choice((-1, 1)) * chance.randint(30, 300)
        jobs += change
        state = chance.randint(800, 1200)
        lines.append(f"2024-{month:02}-01,{jobs},{jobs - state},{state},{change}")
    profile = profiled("month,jobs,private,government,jobs_change\n" + "\n".join(lines))
    assert [c.meaning.adds for c in profile.columns if c.role == "measure"] == ["last", "last", "last", "rows"]


def test_small_whole_numbers_are_no_running_total(profiled: Profiler) -> None:
    chance = random.Random(1)
    lines = "".join(f"g{i},{chance.choice((0, 0, 1))},{chance.choice((0, 1, 1))}\n" for i in range(200))
    profile = profiled("guest,adults_more,nights_more\n" + lines)
    assert "last" not in [column.meaning.adds for column in profile.columns]


def test_a_quotient_of_two_columns_is_a_ratio_whatever_it_is_called(profiled: Profiler) -> None:
    chance, lines = random.Random(4), []
    for i in range(40):
        views, clicks = chance.randint(2000, 90000), chance.randint(20, 900)
        lines.append(f"ad{i % 6},{views},{clicks},{round(100 * clicks / views, 3)}")
    meaning = profiled("ad,views,clicks,engagement\n" + "\n".join(lines)).column("engagement").meaning
    assert (meaning.adds, meaning.ratio_of, meaning.weight) == ("never", ("clicks", "views"), "views")


def test_of_revenue_quantity_and_price_only_the_price_is_never_added(profiled: Profiler) -> None:
    chance, lines = random.Random(4), []
    for i in range(40):
        pieces, price = chance.randint(2, 60), chance.randint(5, 300)
        lines.append(f"p{i % 6},{price},{pieces},{pieces * price}")
    profile = profiled("item,price,qty,revenue\n" + "\n".join(lines))
    assert profile.column("price").meaning == Meaning(adds="never")
    assert (profile.column("qty").meaning.adds, profile.column("revenue").meaning.adds) == ("rows", "rows")


def test_a_share_of_a_part_in_two_parts_names_both(profiled: Profiler) -> None:
    chance, lines = random.Random(4), []
    for i in range(40):
        jobless, working = chance.randint(50, 900), chance.randint(2000, 9000)
        lines.append(f"major{i},{jobless},{working},{round(jobless / (jobless + working), 4)}")
    meaning = profiled("major,jobless,working,u\n" + "\n".join(lines)).column("u").meaning
    assert (meaning.adds, meaning.ratio_of, meaning.weight) == ("never", ("jobless", "jobless", "working"), None)


def test_sums_and_unrelated_columns_are_no_ratios(profiled: Profiler) -> None:
    chance = random.Random(4)
    rows = [(chance.randint(5, 99), chance.randint(5, 99), round(chance.uniform(1, 9), 1)) for _ in range(60)]
    profile = profiled(
        "n,a,b,both,x\n" + "".join(f"r{i % 8},{a},{b},{a + b},{x}\n" for i, (a, b, x) in enumerate(rows))
    )
    assert [column.meaning.ratio_of for column in profile.columns] == [None] * 5


WEIGHTS = {
    "an average beside the count of its cases": ("hospital,discharges,Average payment", "discharges"),
    "a click rate beside impressions": ("ad,impressions,CTR", "impressions"),
    "a conversion rate beside visits": ("page,visits,conversion_rate", "visits"),
    "an average beside heads": ("dept,headcount,avg_salary", "headcount"),
    "a price beside a quantity": ("item,Menge,Einzelpreis", None),
    "a temperature beside visitors": ("city,visitors,temperature", None),
}  # fmt: skip


@pytest.mark.parametrize("kind", WEIGHTS)
def test_the_column_that_weighs_an_average_is_known(kind: str, profiled: Profiler) -> None:
    header, weight = WEIGHTS[kind]
    chance = random.Random(9)
    lines = "".join(f"n{i % 9},{chance.randint(100, 9000)},{round(chance.uniform(1, 60), 2)}\n" for i in range(40))
    assert profiled(f"{header}\n{lines}").columns[2].meaning.weight == weight


def test_the_card_tells_models_what_is_not_simply_added(profiled: Profiler) -> None:
    profile = profiled(monthly("headcount"))
    card = build_card(profile, "How many are we?", {}, Pseudonyms(profile))
    assert read_card(write_card(card)).columns[2].adds == "last"
    plain = replace(profile, columns=profiled(monthly("sales")).columns)
    assert build_card(plain, "How many?", {}, Pseudonyms(plain)).columns[2].adds is None


@pytest.mark.parametrize("header", ["customers", "users", "Kunden", "paying accounts"])
@pytest.mark.parametrize("other", ["mrr", "churned", "cancelled_customers"])
def test_customers_beside_contracts_that_come_and_go_are_those_of_a_moment(
    header: str, other: str, profiled: Profiler
) -> None:
    head, *rows = monthly(header).splitlines()
    lines = [f"{head},{other}", *(f"{row},{place % 7}" for place, row in enumerate(rows))]
    found = profiled("\n".join(lines))
    assert found.column(header).meaning.adds == "last"
    assert found.column(other).meaning.adds == ("last" if other == "mrr" else "rows")


@pytest.mark.parametrize(("header", "other"), [("customers", "sales"), ("new_customers", "mrr"), ("orders", "churned")])
def test_customers_of_a_shop_and_new_ones_are_added(header: str, other: str, profiled: Profiler) -> None:
    head, *rows = monthly(header).splitlines()
    lines = [f"{head},{other}", *(f"{row},{place % 7}" for place, row in enumerate(rows))]
    assert profiled("\n".join(lines)).column(header).meaning.adds == "rows"
