"""Exports: files that are written whole or not at all, and the JSON of everything recorded."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from analyst.core.errors import StoreError
from analyst.storage.tables import MICROS

EXPORT_VERSION = 3
"""The schema of the exported JSON; raised when a field changes its meaning or goes."""


def iso(moment: float) -> str:
    """Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="milliseconds")


def write_export(path: Path, head: Mapping[str, Any], calls: Iterable[Mapping[str, Any]]) -> None:
    """Write `head` with the schema's version first and `calls` last. StoreError when `path` can't be written.

    Money is a number in USD, times are ISO 8601 in UTC.
    """
    write_whole(path, _pieces({"schema_version": EXPORT_VERSION, **head}, map(_readable, calls)))


def write_whole(path: Path, pieces: Iterable[str], mode: int = 0o600) -> None:
    """Write text to `path`, which appears only when it is complete. StoreError when it can't be written."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.writelines(pieces)
        temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        fix = "Choose a file in an existing folder that you can write to."
        raise StoreError(f"{path} can't be written: {error.strerror or error}.", fix) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "cost_micros"}
    return told | {"timestamp": iso(row["timestamp"]), "cost_usd": row["cost_micros"] / MICROS}


def _pieces(head: Mapping[str, Any], calls: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One JSON object, piece by piece: a year of calls is never in memory."""
    yield json.dumps(head, default=float, ensure_ascii=False, indent=1)[:-2] + ',\n "calls": ['
    for place, call in enumerate(calls):
        yield ("," if place else "") + "\n  " + json.dumps(call, ensure_ascii=False)
    yield "\n ]\n}\n"
