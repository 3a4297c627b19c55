"""JSON into the stage, in the shapes that programs write: records, a line each, columns, an index, a wrapper around."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from analyst.core.errors import TableError
from analyst.core.quoting import literal
from analyst.core.text import counted
from analyst.datasets.sources.csv_reading import Staged
from analyst.datasets.sources.typed_reading import short, stage_source
from analyst.engine.errors import EngineError
from analyst.engine.loading import Loader
from analyst.protocol.table import IngestNote

_MAX_JSON = 512 << 20
_DEPTH = 4
_FIX = "Use an array of objects, or one object per line."
Records = list[dict[str, Any]]


def stage_json(loader: Loader, path: Path, workdir: Path, file: str) -> Staged:
    """Fill the stage from JSON. TableError when it holds no records."""
    start = _start(path)
    if start.startswith((b"{", b"[{")) and (start.startswith(b"[") or _is_lines(path)):
        try:
            return _stage(loader, path, ())
        except EngineError:
            # Python reads what DuckDB refuses: double keys, wrong lines amid right ones.
            pass
    source, notes = _as_lines(path, workdir, file)
    try:
        return _stage(loader, source, notes)
    except EngineError as error:
        raise TableError(f"{file!r} is not a JSON table ({short(error).replace(str(source), file)}).", _FIX) from error


def _stage(loader: Loader, path: Path, notes: tuple[IngestNote, ...]) -> Staged:
    size = max(16 << 20, min(path.stat().st_size + 1, _MAX_JSON))
    options = f"sample_size=-1, maximum_object_size={size}, convert_strings_to_integers=false"
    source = f"read_json({literal(path)}, format='auto', records=true, compression='uncompressed', {options})"
    return stage_source(loader, source, notes, typed=False)


def _start(path: Path) -> bytes:
    """The first two signs that are no blanks."""
    with path.open("rb") as opened:
        return b"".join(opened.read(1 << 16).removeprefix(b"\xef\xbb\xbf").split())[:2]


def _is_lines(path: Path) -> bool:
    """Whether the file holds an object a line, judged by its first two lines."""
    with path.open("rb") as opened:
        lines = [line for _, line in zip(range(4), opened, strict=False) if line.strip()]
    return len(lines) > 1 and _object(lines[0].removeprefix(b"\xef\xbb\xbf")) is not None


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _as_lines(path: Path, workdir: Path, file: str) -> tuple[Path, tuple[IngestNote, ...]]:
    """The file's records written a line each, and what was done for it."""
    if path.stat().st_size > _MAX_JSON:
        raise TableError(f"{file!r} is a single JSON document of over 512 MB.", "Use one object per line.")
    target = workdir / "records.ndjson"
    if _is_lines(path):
        right = (record for record in map(_object, path.read_bytes().splitlines()) if record is not None)
        kept = _write(right, target)
        wrong = sum(1 for line in path.read_bytes().splitlines() if line.strip()) - kept
        told = f"{counted(wrong, 'line')} skipped: not a JSON object."
        return target, (IngestNote("rows_rejected", told, wrong),) if wrong else ()
    try:
        content = json.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise TableError(f"{file!r} is not valid JSON ({error}).", _FIX) from error
    records, shape = find_records(content)
    if not records and isinstance(content, dict) and content:
        keys = ", ".join(map(repr, list(content)[:5])) + (", …" if len(content) > 5 else "")
        raise TableError(f"{file!r} is one JSON object ({keys}), like a configuration, not a list of records.", _FIX)
    if not records:
        raise TableError(f"{file!r} is JSON without records.", _FIX)
    _write(records, target)
    return target, (
        IngestNote("json_shape", f"The file is {shape}; its records were used as rows.", 1),
    ) if shape else ()


def _write(records: Iterable[dict[str, Any]], target: Path) -> int:
    written = 0
    with target.open("w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record) + "\n")
            written += 1
    return written


def find_records(content: Any) -> tuple[Records, str]:
    """The rows in a JSON text and what shape it has, '' for a plain list of objects; no rows in anything else."""
    if isinstance(content, list):
        return _from_list(content)
    if not isinstance(content, dict) or not content:
        return [], ""
    names, rows = content.get("columns"), content.get("data")
    if isinstance(names, list) and isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows):
        return _from_rows([str(column) for column in names], rows), "a list of columns and a list of rows"
    inner = max(_lists_of_objects(content, 0), key=len, default=[])
    if inner:
        return inner, "one JSON object"
    return _from_columns(content)


def _from_list(content: list[Any]) -> tuple[Records, str]:
    if content and all(isinstance(item, dict) for item in content):
        return content, ""
    if len(content) > 1 and all(isinstance(item, list) for item in content):
        first = content[0]
        named = all(isinstance(cell, str) for cell in first) and len(set(first)) == len(first)
        names = first if named else [f"column_{place}" for place in range(1, max(map(len, content)) + 1)]
        return _from_rows(names, content[1:] if named else content), "a list of rows"
    return [], ""


def _from_rows(names: list[str], rows: Iterable[list[Any]]) -> Records:
    return [dict(zip(names, [*row, *[None] * len(names)], strict=False)) for row in rows]


def _lists_of_objects(content: dict[str, Any], depth: int) -> Iterator[Records]:
    for value in content.values():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            yield value
        elif isinstance(value, dict) and depth < _DEPTH:
            yield from _lists_of_objects(value, depth + 1)


def _from_columns(content: dict[str, Any]) -> tuple[Records, str]:
    """Records from lists or objects of one size, which are columns, or from objects that are alike, which are rows."""
    values = list(content.values())
    sizes = {len(value) for value in values if isinstance(value, (list, dict))}
    if len(sizes) == 1 and sizes != {0} and all(isinstance(value, list) for value in values):
        return _from_rows(list(content), [list(row) for row in zip(*values, strict=True)]), "an object of columns"
    if len(values) > 1 and all(isinstance(value, dict) for value in values):
        if all(key.isdigit() for value in values for key in value):
            places = dict.fromkeys(key for value in values for key in value)
            rows = [[value.get(place) for value in values] for place in places]
            return _from_rows(list(content), rows), "an object of columns"
        if _are_alike(values):
            return [{"row_name": key, **value} for key, value in content.items()], "an object of rows"
    return [], ""


def _are_alike(objects: list[dict[str, Any]]) -> bool:
    """Whether objects have most of their keys in common, as rows have and the parts of a configuration have not."""
    every = set().union(*objects)
    return bool(every) and sum(len(each) for each in objects) > len(every) * len(objects) / 2
