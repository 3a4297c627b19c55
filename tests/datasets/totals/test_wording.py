"""Cells that may name a total are picked by one pattern in the engine, which leaves out none that the words mean."""

from __future__ import annotations

from random import Random

import duckdb
import pytest

from analyst.core.quoting import literal
from analyst.core.text import fold
from analyst.datasets.totals.wording import Says, says_average, says_total, sql_pattern
from analyst.engine.duckdb import in_memory

NAMED = [
    *(
        "Total",
        "GRAND TOTAL",
        "Sub-Total",
        "Summe 2024",
        "total_2024",
        "Total général",
        "Итого",
        "ИТОГО",
        "合計",
        "合计",
    ),
    *("Ogółem", "ŁĄCZNIE", "Yhteensä", "YHTEENSÄ", "Součet", "Összesen", "Σ", "المجموع", "All regions", "  ***  "),
    *("Average", "Průměr", "ÁTLAG", "Średnia", "平均", "Median", "Todos", "North Total", "sum"),
]
PLAIN = [
    "North",
    "Totalis",
    "Sumatra",
    "Allison",
    "Łódź",
    "Überlingen",
    "12",
    "",
    "Mediation",
    "Countess",
    "Berlin-Mitte",
]


@pytest.fixture(scope="module")
def picked() -> duckdb.DuckDBPyConnection:
    return in_memory()


def passes(connection: duckdb.DuckDBPyConnection, text: str) -> bool:
    found = connection.execute(f"SELECT regexp_matches($1, {literal(sql_pattern())})", [text]).fetchone()
    return bool(found and found[0])


@pytest.mark.parametrize("cell", NAMED)
def test_a_cell_that_names_a_total_or_an_average_is_picked_among_the_cells_of_its_row(
    cell: str, picked: duckdb.DuckDBPyConnection
) -> None:
    assert says_total(cell) is not Says.NOTHING or says_average(cell)
    for row in ([cell], [cell, "North"], ["North", cell], ["Łódź", cell, "12"]):
        assert passes(picked, "\n".join(row))


@pytest.mark.parametrize("cell", PLAIN)
def test_other_cells_are_not_even_looked_at(cell: str, picked: duckdb.DuckDBPyConnection) -> None:
    assert says_total(cell) is Says.NOTHING and not says_average(cell)
    assert not passes(picked, "\n".join(["North", cell, "Lyon"]))


def test_whatever_the_words_mean_in_any_writing_is_picked(picked: duckdb.DuckDBPyConnection) -> None:
    random = Random(11)
    for _ in range(300):
        word = random.choice(NAMED)
        cell = random.choice(["", " ", "North ", "(", "2024 ", "_"]) + random.choice([word, word.upper(), fold(word)])
        cell += random.choice(["", "  ", " North", ")", ":", "_x", " 3"])
        if says_total(cell) is not Says.NOTHING or says_average(cell):
            assert passes(picked, f"Nice\n{cell}\nLamp"), cell


@pytest.mark.parametrize("cell", ["391 min", "3 max", "12 count", "5 avg"])
def test_a_number_before_the_name_of_a_statistic_is_a_value(cell: str) -> None:
    assert not says_average(cell)


@pytest.mark.parametrize("cell", ["Average 2023", "2023 average", "Mean (12)", "Median"])
def test_a_year_beside_the_name_of_a_statistic_leaves_it_one(cell: str) -> None:
    assert says_average(cell)
