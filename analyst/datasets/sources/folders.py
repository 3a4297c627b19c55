"""Folders and patterns of files: which files they stand for, and what the files' table is called."""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path

from analyst.core.errors import TableError
from analyst.datasets.headers import clean_header
from analyst.datasets.sources.decoding import chunks
from analyst.protocol.places import ENGINE, LOGS

SUFFIXES = (
    *(".csv", ".tsv", ".tab", ".txt", ".csv.gz", ".tsv.gz", ".json", ".jsonl", ".ndjson", ".parquet", ".pq"),
    *(".xlsx", ".xlsm"),
)
"""Files that are tables by their name."""
PARQUET = (".parquet", ".pq")
MOST_FILES, MOST_PARQUET = 1_000, 100_000
"""Files of one table: those that are not Parquet are read one by one."""
_WILD = "*?["
_CALLED = {"delta": "a Delta", "iceberg": "an Iceberg"}


def is_pattern(path: Path) -> bool:
    """Whether `path` stands for several files, as in sales_*.csv."""
    return any(sign in str(path) for sign in _WILD) and not path.exists()


@dataclass(frozen=True)
class Files:
    """The tables' files in a folder (and those below it), or those that a pattern names."""

    path: Path

    @property
    def root(self) -> Path:
        """The folder that the files' names are seen from."""
        if not is_pattern(self.path):
            return self.path
        parents = [file.parent for file in self.found()]
        return Path(commonpath(parents)) if parents else self.path.parent

    @property
    def name(self) -> str:
        """What their table is called: as the folder, or what the pattern's name has in common."""
        bare = self.path.name.split(".")[0] if is_pattern(self.path) else self.path.resolve().name
        kept = re.sub(r"\[[^]]*\]|[*?]", "", bare).strip(" _-.")
        return clean_header(kept) or clean_header(self.path.resolve().parent.name) or "table"

    def found(self) -> tuple[Path, ...]:
        """The files, in the order of their names; hidden ones and those that systems leave (_SUCCESS) are none."""
        if is_pattern(self.path):
            some = map(Path, glob.glob(str(self.path), recursive=True))  # noqa: PTH207 - a Path's takes no absolute one
            return tuple(sorted(file for file in some if file.is_file()))
        below = (file for file in self.path.rglob("*") if file.name.lower().endswith(SUFFIXES) and file.is_file())
        return tuple(sorted(file for file in below if not _is_hidden(file.relative_to(self.path))))

    def required(self) -> tuple[Path, ...]:
        """The files. TableError: there is none, there are too many, or they are not the table's rows alone."""
        found = self.found()
        if not found:
            what = "No file matches" if is_pattern(self.path) else "There is no table in the folder"
            raise TableError(f"{what} {str(self.path)!r}.", "Use CSV, Parquet, Excel or JSON files.")
        most = MOST_PARQUET if all_parquet(found) else MOST_FILES
        if len(found) > most:
            told = f"{str(self.path)!r} has {len(found):,} files; the maximum is {most:,}."
            raise TableError(told, "Name fewer by a pattern such as 2024-*.csv, or save them as Parquet.")
        if (kind := _logged(found)) is not None:
            raise TableError(
                f"{str(self.path)!r} has files of {_CALLED[kind]} table, which also hold rows that it no longer has.",
                f"Save its rows as one Parquet file, or read it with Spark: {ENGINE}:{kind}:PATH.",
            )
        return found

    def fingerprint(self) -> str:
        """The hash of all files' names and bytes."""
        digest = hashlib.sha256()
        root = self.root
        for path in self.found():
            digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                for piece in chunks(file):
                    digest.update(piece)
        return digest.hexdigest()


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith((".", "_", "~$")) for part in relative.parts)


def _logged(paths: Sequence[Path]) -> str | None:
    """The format of the table that Parquet files belong to where it keeps a log of its rows: their folders tell, and
    those above, of which they may be parts."""
    own = {path.absolute().parent for path in paths if path.suffix.lower() in PARQUET}
    folders = {folder for one in own for folder in (one, *one.parents)}
    return next((kind for kind, log in LOGS.items() for folder in folders if any(folder.glob(log))), None)


def all_parquet(paths: Sequence[Path]) -> bool:
    """Whether all files are Parquet by their name."""
    return all(path.suffix.lower() in PARQUET for path in paths)
