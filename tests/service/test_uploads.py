"""Uploaded tables on the disk: whole or not at all, one file for the same bytes, nothing left of what broke off."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyst.core.errors import ConflictError, StoreError, UploadError
from analyst.protocol.table import TableSource
from analyst.service.queue import JobQueue, Limits, Submission
from analyst.service.requests import AnalysisRequest
from analyst.service.uploads import ABANDONED_S, Shelf, Uploads
from analyst.storage.database import Store


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[Uploads]:
    store = Store.at(tmp_path / "metrics.db")
    yield Uploads(store, Shelf(tmp_path / "uploads"), limit_mb=1)
    store.close()


def files(folder: Path) -> list[Path]:
    return [file for file in (folder / "uploads").rglob("*") if file.is_file()]


def test_two_uploads_of_one_file_at_once_are_one_table(uploads: Uploads, tmp_path: Path) -> None:
    with uploads.receive("a.csv") as first, uploads.receive("a.csv") as second:
        for receiving in (first, second):
            receiving.write(b"a\n1\n")
        kept = [uploads.keep(receiving, "a.csv", "ann") for receiving in (first, second)]
    assert kept[0] == kept[1] and files(tmp_path) == [Path(kept[0].path)]
    assert Path(kept[0].path).read_bytes() == b"a\n1\n" and uploads.of("ann") == [kept[0]]


def test_the_same_file_of_two_askers_is_two_tables(uploads: Uploads) -> None:
    ids = []
    for asker in ("ann", "bob"):
        with uploads.receive("a.csv") as receiving:
            receiving.write(b"a\n1\n")
            ids.append(uploads.keep(receiving, "a.csv", asker).id)
    uploads.delete(ids[0], "ann")
    assert Path(uploads.find(ids[1], "bob").path).is_file() and uploads.of("ann") == []


def test_a_full_disk_is_told_with_what_to_do_and_leaves_nothing(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("analyst.service.uploads.os.fsync", full)
    with pytest.raises(StoreError, match="Free some disk space"), uploads.receive("a.csv") as receiving:
        receiving.write(b"a\n1\n")
        uploads.keep(receiving, "a.csv", "ann")
    assert files(tmp_path) == [] and uploads.of("ann") == []


def test_an_empty_upload_is_no_table(uploads: Uploads, tmp_path: Path) -> None:
    with pytest.raises(UploadError, match="empty"), uploads.receive("a.csv") as receiving:
        uploads.keep(receiving, "a.csv", "ann")
    assert files(tmp_path) == []


def test_what_killed_processes_left_is_removed_and_what_comes_now_is_not(uploads: Uploads, tmp_path: Path) -> None:
    with uploads.receive("new.csv") as receiving:
        receiving.write(b"a\n")
        old = tmp_path / "uploads" / ".old.part"
        old.write_bytes(b"a")
        os.utime(old, (old.stat().st_atime - 2 * ABANDONED_S, old.stat().st_mtime - 2 * ABANDONED_S))
        uploads.sweep()
        assert not old.exists() and len(files(tmp_path)) == 1


def test_a_table_that_is_joined_in_an_open_analysis_is_not_deleted(uploads: Uploads, tmp_path: Path) -> None:
    kept = []
    for name in ("orders.csv", "customers.csv"):
        with uploads.receive(name) as receiving:
            receiving.write(b"id\n1\n")
            kept.append(uploads.keep(receiving, name, "ann"))
    others = (TableSource(Path(kept[1].path)),)
    store = Store.at(tmp_path / "metrics.db")
    JobQueue(store, Limits()).submit(Submission("r1", AnalysisRequest(Path(kept[0].path), "q", others=others), "ann"))
    for one in kept:
        with pytest.raises(ConflictError, match="being analyzed"):
            uploads.delete(one.id, "ann")
    assert uploads.forget(1e12) == 0
    store.close()
