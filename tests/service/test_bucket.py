"""Uploads on object storage: every machine copies what it needs, keeps a bounded part, and notices what is damaged."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from analyst.core.errors import NotFoundError, SettingsError, StoreError
from analyst.protocol.places import Url
from analyst.service import bucket as bucket_module
from analyst.service.bucket import Bucket
from analyst.service.uploads import IN_USE_S, Shelf, Uploads
from analyst.storage.database import Store
from analyst.storage.uploads import Upload

TABLE = b"region,amount\nNorth,1\n"


class Machine:
    """A machine with a folder of its own; all share the store and what `filesystem` holds."""

    def __init__(self, store: Store, folder: Path, filesystem: fs.FileSystem, copies_bytes: int = 10**6) -> None:
        self.folder, self.forgotten = folder, list[Path]()
        shelf = Shelf(folder, Bucket(filesystem, "tables", "s3://tables"), copies_bytes)
        self.uploads = Uploads(store, shelf, limit_mb=1, forget=self.forgotten.append)

    def upload(self, name: str = "sales.csv", content: bytes = TABLE) -> Upload:
        with self.uploads.receive(name) as receiving:
            receiving.write(content)
            return self.uploads.keep(receiving, name, "ann")

    def files(self) -> list[str]:
        return sorted(file.name for file in self.folder.rglob("*") if file.is_file())


class Storage:
    """Object storage in a folder, for machines that share a store."""

    def __init__(self, folder: Path) -> None:
        self.place, self._folder = folder / "storage", folder
        self.place.mkdir()
        self.store = Store.at(folder / "metrics.db")
        self.filesystem: fs.FileSystem = fs.SubTreeFileSystem(str(self.place), fs.LocalFileSystem())

    def machine(self, name: str, copies_bytes: int = 10**6) -> Machine:
        return Machine(self.store, self._folder / name, self.filesystem, copies_bytes)

    def files(self) -> list[Path]:
        return [file for file in self.place.rglob("*") if file.is_file()]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    made = Storage(tmp_path)
    yield made
    made.store.close()


def test_an_upload_to_one_machine_is_read_by_another_under_its_own_folder(storage: Storage) -> None:
    first, second = storage.machine("a"), storage.machine("b")
    kept = first.upload()
    assert [file.read_bytes() for file in storage.files()] == [TABLE]
    here = second.uploads.fetch(Path(kept.path))
    assert isinstance(here, Path) and here.is_relative_to(second.folder) and here.read_bytes() == TABLE
    assert second.uploads.find(kept.id, "ann").path == str(here)
    assert second.uploads.holds(Path(kept.path), "ann") and not second.uploads.holds(Path(kept.path), "bob")
    assert second.files() == ["sales.csv"] and here.stat().st_mode & 0o777 == 0o600


def test_what_is_no_upload_stays_where_it_is(storage: Storage, tmp_path: Path) -> None:
    machine, url = storage.machine("a"), Url("https://example.com/a.csv")
    kept = machine.upload()
    other = tmp_path / kept.id / "other.csv"
    assert machine.uploads.fetch(other) == other and machine.uploads.fetch(url) == url
    with pytest.raises(NotFoundError):
        machine.uploads.find("nothing", "ann")


def test_copies_that_were_not_used_for_long_go_and_come_back_when_asked_for(storage: Storage) -> None:
    machine = storage.machine("a", copies_bytes=len(TABLE))
    first = machine.upload("first.csv")
    second = machine.upload("second.csv")
    assert machine.files() == ["first.csv", "second.csv"]
    long_ago = time.time() - IN_USE_S - 60
    os.utime(first.path, (long_ago, long_ago))
    machine.upload("third.csv")
    assert machine.files() == ["second.csv", "third.csv"] and len(storage.files()) == 3
    assert Path(machine.uploads.find(first.id, "ann").path).read_bytes() == TABLE
    assert Path(second.path).exists()


def test_a_deleted_upload_is_gone_from_storage_and_sweeping_takes_others_copies(storage: Storage) -> None:
    first, second = storage.machine("a"), storage.machine("b")
    kept = first.upload()
    second.uploads.find(kept.id, "ann")
    first.uploads.delete(kept.id, "ann")
    assert storage.files() == [] and first.files() == [] and first.forgotten == [Path(kept.path)]
    second.uploads.sweep()
    assert second.files() == [] and second.forgotten == [second.folder / kept.id / "sales.csv"]


@pytest.mark.parametrize(("content", "told"), [(b"other", "damaged"), (None, "can't be read")])
def test_a_table_that_is_damaged_or_gone_there_is_never_read(
    storage: Storage, content: bytes | None, told: str
) -> None:
    kept, second = storage.machine("a").upload(), storage.machine("b")
    [there] = storage.files()
    there.write_bytes(content) if content is not None else there.unlink()
    with pytest.raises(StoreError, match=told):
        second.uploads.fetch(Path(kept.path))
    assert second.files() == []


class Broken(fs.FileSystemHandler):  # type: ignore[misc]
    """Storage that takes nothing; what pyarrow asks beside that is answered by the local one."""

    def open_output_stream(self, path: str, metadata: object) -> object:
        raise OSError(28, "When creating multipart upload: AccessDenied")

    def __getattribute__(self, name: str) -> object:
        mine = name in ("open_output_stream", "__class__", "__dict__")
        return object.__getattribute__(self, name) if mine else lambda *given: None


Broken.__abstractmethods__ = frozenset()


def test_storage_that_refuses_is_told_and_nothing_is_noted(storage: Storage) -> None:
    storage.filesystem = fs.PyFileSystem(Broken())
    machine = storage.machine("a")
    with pytest.raises(StoreError, match=r"s3://tables.*can't be written.*AccessDenied"):
        machine.upload()
    assert machine.uploads.of("ann") == []


def test_an_upload_that_breaks_off_on_its_way_there_leaves_no_half_of_itself(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_module, "PIECE", 4)
    machine, source = storage.machine("a"), storage.place.parent / "t.csv"
    source.write_bytes(TABLE)

    class Interrupted(Path().__class__):  # type: ignore[misc]
        def open(self, mode: str = "r") -> object:
            pieces = iter([TABLE[:4]])

            class Failing:
                def __enter__(self) -> Failing:
                    return self

                def __exit__(self, *given: object) -> None:
                    """Nothing to close."""

                def read(self, size: int) -> bytes:
                    for piece in pieces:
                        return piece
                    raise OSError(5, "Input/output error")

            return Failing()

    with pytest.raises(StoreError, match="Input/output error"):
        Bucket(storage.filesystem, "tables", "s3://tables").put(Interrupted(source), "id/t.csv")
    assert storage.files() == [] and machine.files() == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://host/x", "kind is unknown"),
        ("uploads", "kind is unknown"),
        ("s3://key:secret@bucket/x", "holds a secret"),
        ("s3://bucket/x?wrong=1", "can't be used"),
    ],
)
def test_a_setting_that_names_no_storage_is_refused_without_its_secrets(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        Bucket.at(url)
    assert "secret@" not in str(refused.value)


def test_a_folder_is_storage_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TABLE)
    bucket = Bucket.at(f"file://{tmp_path}/shared")
    bucket.put(tmp_path / "t.csv", "id/t.csv")
    bucket.fetch("id/t.csv", tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == TABLE == (tmp_path / "shared/id/t.csv").read_bytes()
    bucket.remove("id/t.csv")
    bucket.remove("id/t.csv")
    assert not (tmp_path / "shared/id/t.csv").exists()
