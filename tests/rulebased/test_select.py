"""A SELECT in parts: conditions, bounds and orders are added to it, and it is written once."""

from __future__ import annotations

from dataclasses import replace

from analyst.rulebased.steps import Select

STORES = Select(('"store" AS "store"', 'sum("fare") AS "total"'), keys=1, order='"total" DESC', limit=5)


def test_the_parts_are_written_in_the_order_of_sql() -> None:
    every = replace(STORES, where=('"a" > 1',), having=("count(*) > 2", "count(*) < 9"))
    assert every.sql == (
        'SELECT "store" AS "store", sum("fare") AS "total" FROM data WHERE "a" > 1 GROUP BY 1'
        ' HAVING count(*) > 2 AND count(*) < 9 ORDER BY "total" DESC LIMIT 5'
    )


def test_a_further_condition_joins_those_that_are_there() -> None:
    assert " WHERE " not in STORES.sql
    assert ' WHERE "a" IS NOT NULL GROUP BY' in STORES.where_also('"a" IS NOT NULL').sql
    both = replace(STORES, where=('"b" = \' WHERE \' OR "b" = 2',)).where_also('"a" IS NOT NULL')
    assert """ WHERE ("b" = ' WHERE ' OR "b" = 2) AND "a" IS NOT NULL GROUP BY""" in both.sql


def test_a_condition_that_is_asked_twice_is_written_once() -> None:
    assert STORES.where_also('"a" = 1', '"a" = 1').sql.count('"a" = 1') == 1


def test_a_select_reads_another_without_its_order() -> None:
    assert Select(("count(*)",), STORES.unordered()).sql == (
        'SELECT count(*) FROM (SELECT "store" AS "store", sum("fare") AS "total" FROM data GROUP BY 1)'
    )
