"""Opening the store, and every way in which a disk can fail it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import StoreError
from analyst.core.settings import ROOT
from analyst.storage.calls import add_call, all_calls
from analyst.storage.database import Store
from analyst.storage.migrations import SCHEMA_VERSION
from tests.stores import call_row, open_together, record


def run_child(code: str, *arguments: str, **given: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **given)


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "var" / "metrics.db")
    yield opened
    opened.close()


def test_the_file_and_its_folder_are_the_owners_alone(file_store: Store) -> None:
    file = Path(file_store.place)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    record(file_store, call_row("a"))
    beside = [path for path in file.parent.iterdir() if path != file]
    assert beside
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in beside)


def test_it_uses_the_write_ahead_log_and_waits_for_writers(file_store: Store) -> None:
    with file_store.read() as transaction:
        assert transaction.row("PRAGMA journal_mode") == ("wal",)
        assert transaction.row("PRAGMA busy_timeout") == (5000,)


def test_what_was_recorded_is_there_after_opening_again(tmp_path: Path) -> None:
    first = Store.at(tmp_path / "m.db")
    record(first, call_row("a"))
    first.close()
    assert [row["request_id"] for row in all_calls(Store.at(tmp_path / "m.db"))] == ["a"]


def test_a_write_that_fails_half_way_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.write() as transaction:
        add_call(transaction, call_row("a"))
        raise KeyboardInterrupt
    assert list(all_calls(store)) == []
    record(store, call_row("b"))
    assert [row["request_id"] for row in all_calls(store)] == ["b"]


def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    with store.write() as writing:
        add_call(writing, call_row("a"))
        assert list(all_calls(store)) == []
    assert len(list(all_calls(store))) == 1


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    Store.at(path).close()
    with sqlite3.connect(path) as plain:
        plain.execute("UPDATE schema_version SET version = ?", (SCHEMA_VERSION + 1,))
    with pytest.raises(
        StoreError, match=f"schema version {SCHEMA_VERSION + 1}; this release supports version {SCHEMA_VERSION}"
    ):
        Store.at(path)
    with sqlite3.connect(path) as plain:
        assert plain.execute("SELECT version FROM schema_version").fetchall() == [(SCHEMA_VERSION + 1,)]


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StoreError, match="another program's database"):
        Store.at(path)
    with sqlite3.connect(path) as plain:
        assert plain.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


def test_a_corrupt_file_is_named_with_what_to_do_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    path.write_bytes(b"not a database at all " * 500)
    before = path.read_bytes()
    with pytest.raises(StoreError) as told:
        Store.at(path)
    assert str(path) in told.value.message
    assert "Move the file away" in told.value.fix
    assert path.read_bytes() == before


def test_a_file_torn_in_the_middle_is_told_not_raised_raw(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    first = Store.at(path)
    for number in range(200):
        record(first, call_row(f"call-{number}", detail="x" * 500))
    first.close()
    content = bytearray(path.read_bytes())
    content[8192:40960] = os.urandom(40960 - 8192)
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match=r"malformed|not a database"):
        list(all_calls(Store.at(path)))


@pytest.mark.parametrize("place", ["", "taken/m.db"])
def test_a_place_where_no_file_can_be_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(StoreError) as told:
        Store.at(tmp_path / place)
    assert "METRICS_EXPORT_PATH" in told.value.fix


WRITES_UNTIL_FULL = """
import resource, sys
from pathlib import Path
from tests.stores import call_row, record
from analyst.core.errors import StoreError
from analyst.storage.calls import all_calls
from analyst.storage.database import Store
store = Store.at(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
written = 0
try:
    for number in range(5000):
        record(store, call_row(f"call-{number}", detail="x" * 1000))
        written += 1
except StoreError as error:
    print(written, len(list(all_calls(store))), error)
"""


def test_a_full_disk_is_one_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    done = run_child(WRITES_UNTIL_FULL, str(path))
    assert done.returncode == 0, done.stderr
    written, readable, told = done.stdout.split(" ", 2)
    assert int(written) == int(readable) > 10
    assert str(path) in told
    assert "Check the disk" in told or "Free up disk space" in told
    assert len(list(all_calls(Store.at(path)))) == int(written)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach (tmp_path is the owner's alone)."""
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


WRITES_ONE = """
import os, sys
from pathlib import Path
from tests.stores import call_row, record
from analyst.core.errors import StoreError
from analyst.storage.database import Store
os.setuid(65534)
try:
    record(Store.at(Path(sys.argv[1])), call_row("b"))
    print("written")
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("name", ["m.db", "new.db"])
def test_a_file_of_another_user_is_told_with_what_to_do(open_folder: Path, name: str) -> None:
    store = Store.at(open_folder / "m.db")
    record(store, call_row("a"))
    done = run_child(WRITES_ONE, str(open_folder / name))
    assert "Make the file and its folder writable" in done.stdout, done.stdout + done.stderr
    assert [row["request_id"] for row in all_calls(store)] == ["a"]


def test_many_processes_may_make_the_store_at_once(address: str) -> None:
    assert open_together(address, 6) == [""] * 6


def test_a_forked_child_opens_connections_of_its_own(store: Store) -> None:
    record(store, call_row("parent"))
    pid = os.fork()
    if pid == 0:
        try:
            record(store, call_row("child"))
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    record(store, call_row("parent again"))
    assert {row["request_id"] for row in all_calls(store)} == {"parent", "child", "parent again"}


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2@127.0.0.1:9/x", "postgres://127.0.0.1:9/x?user=u&password=hunter2"]
)
def test_a_server_that_is_not_there_is_told_without_its_password(url: str) -> None:
    with pytest.raises(StoreError, match=r"postgresql://127\.0\.0\.1:9/x can't be used") as told:
        Store.on_server(url)
    assert "hunter2" not in str(told.value)
    assert "Start the database server" in told.value.fix


@pytest.mark.parametrize("url", ["mysql://u:hunter2@localhost/x", "hunter2", "sqlite:///x.db"])
def test_an_address_that_is_not_postgresql_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(StoreError, match="not the address of a PostgreSQL database") as told:
        Store.on_server(url)
    assert "hunter2" not in str(told.value)
