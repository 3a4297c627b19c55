from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from analyst.datasets.catalog.combining import Parts, find_relations, join, plan_joining
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.relations import parse_all_key_pairs
from analyst.protocol.table import OpenedTable, TableProfile

Profiles = Callable[[Mapping[str, str]], dict[str, TableProfile]]


class Combiner(Protocol):
    def __call__(self, tables: Mapping[str, str], question: str, *on: str) -> OpenedTable: ...


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    """Write tables by name, as CSV text, and profile them."""

    def write_and_profile(tables: Mapping[str, str]) -> dict[str, TableProfile]:
        found = {}
        for name, content in tables.items():
            path = tmp_path / f"{name}.csv"
            path.write_text(content)
            found[name] = profile_table(open_table(path, tmp_path / f"open_{name}"))
        return found

    return write_and_profile


@pytest.fixture
def combined(profiles: Profiles, tmp_path: Path) -> Combiner:
    """Write tables by name and make one of them for a question, with the keys that are chosen."""

    def written_and_joined(tables: Mapping[str, str], question: str, *on: str) -> OpenedTable:
        parts = Parts.of(list(profiles(tables).values()), parse_all_key_pairs(on))
        planned = plan_joining(parts, find_relations(parts, tmp_path / "plan"), question, tmp_path / "plan")
        return join(parts, planned, tmp_path / "joined")

    return written_and_joined
