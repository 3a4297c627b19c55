from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analyst.datasets.catalog.combining import combine
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import OpenedTable, TableProfile

Profiles = Callable[[Mapping[str, str]], dict[str, TableProfile]]
Combiner = Callable[[Mapping[str, str], str], OpenedTable]


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
    """Write tables by name and make one of them for a question."""
    return lambda tables, question: combine(list(profiles(tables).values()), question, tmp_path / "joined")
