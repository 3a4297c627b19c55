from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import OpenedTable, TableProfile

Opener = Callable[..., OpenedTable]
Profiler = Callable[..., TableProfile]


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    """Write content to a file and open it."""

    def write_and_open(content: bytes | str, name: str = "given.csv") -> OpenedTable:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_table(path, tmp_path / "work")

    return write_and_open


@pytest.fixture
def profiled(opened: Opener) -> Profiler:
    """Write content to a file, open and profile it."""
    return lambda content, name="given.csv": profile_table(opened(content, name))


def rows_of(table: OpenedTable) -> list[tuple[Any, ...]]:
    """All rows without `_row`, in the file's order."""
    with duckdb.connect(str(table.database), read_only=True) as connection:
        return connection.execute("SELECT * EXCLUDE (_row) FROM data ORDER BY _row").fetchall()


def types_of(table: OpenedTable) -> list[str]:
    with duckdb.connect(str(table.database), read_only=True) as connection:
        return [row[1] for row in connection.execute("DESCRIBE data").fetchall() if row[0] != "_row"]


@pytest.fixture
def rows() -> Callable[[OpenedTable], list[tuple[Any, ...]]]:
    return rows_of


@pytest.fixture
def types() -> Callable[[OpenedTable], list[str]]:
    return types_of
