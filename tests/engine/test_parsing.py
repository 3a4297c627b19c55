"""Queries as trees: the kinds of statements, a tree written again, and one parser for all threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from analyst.engine.errors import EngineError
from analyst.engine.parsing import MAX_BYTES, parse, statement_kinds, write


def test_the_kinds_of_the_statements_are_told_without_running_them() -> None:
    assert statement_kinds("SELECT 1; COPY t TO 'x.csv'; DROP TABLE t") == ["SELECT", "COPY", "DROP"]


def test_a_tree_is_written_so_that_it_reads_the_same_again() -> None:
    (statement,) = parse("SELECT a, sum(b) AS s FROM t WHERE a <> 'it''s' GROUP BY ALL")
    assert parse(write(statement["node"]))[0]["node"]["select_list"][1]["alias"] == "s"
    assert "it''s" in write(statement["node"])


@pytest.mark.parametrize("sql", ["SELECT FROM FROM", "DELETE FROM t"])
def test_what_is_no_select_has_no_tree(sql: str) -> None:
    with pytest.raises(EngineError):
        parse(sql)


def test_a_tree_that_is_too_large_is_refused() -> None:
    with pytest.raises(EngineError, match="too large"):
        parse(f"SELECT '{'x' * MAX_BYTES}'")


def test_threads_share_the_parser_without_mixing_their_trees() -> None:
    def alias(number: int) -> str:
        return str(parse(f"SELECT 1 AS n{number}")[0]["node"]["select_list"][0]["alias"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(alias, range(200))) == [f"n{number}" for number in range(200)]
