"""Which kind of database a file is, by content, and which files its content lies in."""

from __future__ import annotations

from pathlib import Path

_SQLITE, _DUCKDB, _DUCKDB_AT = b"SQLite format 3\0", b"DUCK", 8


def database_kind(path: Path) -> str | None:
    """`sqlite` or `duckdb`, by content; None: the file is no such database, or can't be read."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError):
        return None
    if head == _SQLITE:
        return "sqlite"
    return "duckdb" if head[_DUCKDB_AT:].startswith(_DUCKDB) else None


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that a database's content lies in: itself, and the journal of what is not written into it yet."""
    journals = (path.with_name(path.name + suffix) for suffix in ("-wal", ".wal"))
    return (path, *filter(Path.is_file, journals))
