"""Buckets: a file or a folder of tables is copied here up to a size; a folder of this machine stands in for one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow.fs import LocalFileSystem

from analyst.core.errors import TableError
from analyst.datasets.sources.buckets import Bucket
from analyst.protocol.places import Url


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    for name in ("sales/2024-01.csv", "sales/deep/2024-02.csv", "sales/readme.md"):
        path = tmp_path / "bucket" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a,b\n1,2\n")
    return tmp_path / "bucket"


def fetch(bucket: Path, url: str, most: int = 1000) -> tuple[Path, int]:
    opened = lambda uri: (LocalFileSystem(), str(bucket / uri.split("/", 3)[3]))  # noqa: E731
    return Bucket(most, opened).fetch(Url(url), bucket.parent / "here")


def test_a_file_is_copied_under_its_name(bucket: Path) -> None:
    path, size = fetch(bucket, "s3://data/sales/2024-01.csv")
    assert (path.name, path.read_text(), size) == ("2024-01.csv", "a,b\n1,2\n", 8)


def test_the_tables_below_a_folder_are_copied_as_they_lie_there(bucket: Path) -> None:
    path, size = fetch(bucket, "gs://data/sales")
    found = sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
    assert (path.name, found, size) == ("sales", ["2024-01.csv", "deep/2024-02.csv"], 16)


@pytest.mark.parametrize(
    ("url", "most", "told"),
    [
        ("s3://data/nothing", 1000, "There is no table at 's3://data/nothing'"),
        ("s3://data/sales", 10, "the maximum is"),
        ("s3://data/sales?endpoint_override=evil.example", 1000, "takes no options.*AWS_ACCESS_KEY_ID"),
    ],
)
def test_what_can_not_be_fetched_is_refused(url: str, most: int, told: str, bucket: Path) -> None:
    with pytest.raises(TableError, match=told):
        fetch(bucket, url, most)


def test_a_bucket_that_can_not_be_reached_names_its_credentials(bucket: Path) -> None:
    def refusing(uri: str) -> tuple[LocalFileSystem, str]:
        raise OSError("ACCESS_DENIED during HeadObject")

    with pytest.raises(TableError, match=r"ACCESS_DENIED.*GOOGLE_APPLICATION_CREDENTIALS"):
        Bucket(10, refusing).fetch(Url("gs://data/sales"), bucket)


class TestItsVersion:
    @pytest.fixture
    def version(self, bucket: Path) -> Callable[[str], str]:
        opened = lambda uri: (LocalFileSystem(), str(bucket / uri.split("/", 3)[3]))  # noqa: E731
        later = lambda: time.time_ns() + 3600 * 10**9  # noqa: E731
        return lambda url: Bucket(1000, opened, later).version(Url(url))

    def test_it_stays_until_a_file_changes_comes_or_goes(self, bucket: Path, version: Callable[[str], str]) -> None:
        before = version("s3://data/sales")
        assert before and version("s3://data/sales") == before
        (bucket / "sales/readme.md").write_text("no table")
        assert version("s3://data/sales") == before
        (bucket / "sales/deep/2024-02.csv").write_text("a,b\n1,3\n")
        changed = version("s3://data/sales")
        (bucket / "sales/2024-03.csv").write_text("a,b\n1,2\n")
        assert len({before, changed, version("s3://data/sales")}) == 3

    def test_what_was_written_just_now_has_none(self, bucket: Path) -> None:
        opened = lambda uri: (LocalFileSystem(), str(bucket / uri.split("/", 3)[3]))  # noqa: E731
        written = (bucket / "sales/2024-01.csv").stat().st_mtime_ns
        now = lambda: written + 10**9  # noqa: E731
        assert Bucket(1000, opened, now).version(Url("s3://data/sales/2024-01.csv")) == ""

    def test_what_is_not_there_is_refused(self, version: Callable[[str], str]) -> None:
        with pytest.raises(TableError, match="There is no table at"):
            version("s3://data/nothing")
