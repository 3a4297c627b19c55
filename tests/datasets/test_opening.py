from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analyst.core.errors import TableError
from analyst.datasets.opening import open_table
from analyst.engine.duckdb import open_locked
from analyst.engine.errors import EngineError, InterruptedQueryError
from analyst.protocol.table import OpenedTable

ROOT = Path(__file__).resolve().parents[2]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]


def test_parquet_types_are_made_plain_and_nan_becomes_missing(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "t.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 1::TINYINT AS a, 2.50::DECIMAL(9,2) AS b, 'NaN'::FLOAT AS c, [1,2] AS d, 'x'::BLOB AS e,"
        f" TIMESTAMPTZ '2024-01-01 00:00:00+02' AS f, 'NA' AS g) TO '{path}'"
    )
    table = open_table(path, tmp_path / "w")
    first = rows(table)[0]
    assert first[:5] == (1, 2.5, None, "[1,2]", "78")
    assert first[5].isoformat() == "2023-12-31T22:00:00" and first[6] is None
    assert table.format == "parquet"


@pytest.mark.parametrize(
    ("name", "words"), [("absent.csv", "no file"), (".", "not a regular file"), ("a\0b", "can't be read")]
)
def test_what_is_not_a_file_is_named(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=words):
        open_table(tmp_path / name, tmp_path / "w")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match="not a regular file"):
        open_table(tmp_path / "pipe.csv", tmp_path / "w")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with pytest.raises(TableError, match="may not be read"):
        open_table(path, tmp_path / "w")


def test_a_full_disk_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i * 7919}\n" for i in range(200_000)))
    code = f"""
import resource, signal
from pathlib import Path
from analyst.core.errors import StoreError
from analyst.datasets.opening import open_table
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    open_table(Path({str(tmp_path / "t.csv")!r}), Path({str(tmp_path / "w")!r}))
except StoreError as error:
    print("told:", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "told:" in done.stdout and "disk" in done.stdout, done.stderr


def test_a_file_that_grows_while_it_is_read_is_taken_as_it_was(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "log.csv"
    path.write_text("a,b\n" + "1,x\n" * 400_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("a") as file:
            while not stop.wait(0.001):
                file.write("2,y\n")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        table = open_table(path, tmp_path / "w")
    finally:
        stop.set()
        writer.join()
    assert any(note.kind == "changed" for note in table.notes)
    read = rows(table)
    assert len(read) == table.rows >= 400_000
    assert set(read) <= {(1, "x"), (2, "y")}


def test_the_fingerprint_is_the_content_s_and_rows_keep_their_place(opened: Callable[..., OpenedTable]) -> None:
    content = b"a\n" + b"".join(b"%d\n" % (i * 7 % 5000) for i in range(5000))
    table = opened(content)
    assert table.fingerprint == hashlib.sha256(content).hexdigest()
    with duckdb.connect(str(table.database), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM data WHERE a <> _row * 7 % 5000").fetchone() == (0,)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY data TO '/tmp/stolen.csv'",
        "ATTACH '/tmp/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE TABLE t AS SELECT 1",
        "DELETE FROM data",
        "SET memory_limit='100GB'",
        "SET enable_external_access=true",
        "SELECT * FROM secret",
    ],
)
def test_the_locked_connection_refuses_files_writing_and_settings(sql: str, opened: Callable[..., OpenedTable]) -> None:
    secret = [1]
    engine = open_locked(opened("a\n1\n2\n").database, memory_mb=300)
    assert secret and engine.rows("SELECT sum(a) FROM data") == [(3,)]
    with pytest.raises(EngineError):
        engine.rows(sql)


@pytest.mark.skipif(int(duckdb.__version__.split(".")[0]) < 2, reason="max_execution_time came with 2.0")
def test_the_locked_connection_ends_an_endless_query(opened: Callable[..., OpenedTable]) -> None:
    engine = open_locked(opened("a\n1\n2\n").database, memory_mb=300, timeout_s=0.3)
    with pytest.raises(InterruptedQueryError):
        engine.rows("SELECT count(*) FROM range(10000000000) a, range(10000000000) b")
