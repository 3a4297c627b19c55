"""The benchmark's pairs, fewer of them: the guard is never wrong on them, and of use."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.benchmarks.cache import lexical, ours, pairs_of, same_demand, same_meaning
from lab.benchmarks.cache_pairs import KINDS, Pair
from lab.benchmarks.cache_tables import AskedTable, asked_tables


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[AskedTable]:
    return list(asked_tables(tmp_path_factory.mktemp("tables"), 7))


@pytest.fixture(scope="module")
def pairs(tables: list[AskedTable]) -> list[Pair]:
    return pairs_of(tables, 7, "held-out", 3000, 500)


def test_no_generated_pair_that_differs_in_meaning_shares_an_answer(
    tables: list[AskedTable], pairs: list[Pair]
) -> None:
    for guard in (same_meaning, same_demand):
        hits = ours(tables, guard)(pairs)
        assert not [pair for pair, hit in zip(pairs, hits, strict=True) if hit and not pair.same]


def test_two_of_five_paraphrases_share_an_answer(tables: list[AskedTable], pairs: list[Pair]) -> None:
    hits = ours(tables, same_meaning)(pairs)
    other = [hit for pair, hit in zip(pairs, hits, strict=True) if pair.kind == "another sentence"]
    assert sum(other) / len(other) >= 0.4


def test_the_pairs_cover_eight_tables_and_every_kind_and_are_hard(tables: list[AskedTable], pairs: list[Pair]) -> None:
    adversarial = [pair for pair in pairs if not pair.same]
    assert len({pair.kept_table for pair in pairs}) >= 8
    assert {pair.kind for pair in adversarial} == set(KINDS.values())
    assert sum(lexical(0.8)(adversarial)) > 0.1 * len(adversarial), "too easy: a plain lexical cache must fall for some"


def test_pairs_are_the_same_for_the_same_seed(tables: list[AskedTable], pairs: list[Pair], tmp_path: Path) -> None:
    assert pairs_of(list(asked_tables(tmp_path, 7)), 7, "held-out", 3000, 500) == pairs
