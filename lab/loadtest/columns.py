"""The requests of a result file as columns, and back: half the rows' size would be their keys, written 2,500 times.

A column of numbers is a list. Any other is its distinct values and, for each row, the place of its value among them. A
stage is a column, null where the request did not come so far. The calls of all requests follow each other, and `each`
says how many are whose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Columns: TypeAlias = dict[str, Any]


def packed(requests: Sequence[Row]) -> Columns:
    """`requests` (lab.loadtest.records.RequestLine.plain) as columns."""
    calls = [{k: v for k, v in call.items() if k != "id"} for request in requests for call in request["calls"]]
    stages = list(dict.fromkeys(stage for request in requests for stage in request["stages"]))
    return {
        **_columns([{k: v for k, v in request.items() if k not in ("calls", "stages")} for request in requests]),
        "stages": {stage: [request["stages"].get(stage) for request in requests] for stage in stages},
        "calls": {"each": [len(request["calls"]) for request in requests], **_columns(calls)},
    }


def unpacked(columns: Row) -> list[dict[str, Any]]:
    """The requests of which `packed` made these columns. LookupError, TypeError or AttributeError where not."""
    told = {name: column for name, column in columns.items() if name not in ("calls", "stages")}
    calls = _rows({name: column for name, column in columns["calls"].items() if name != "each"})
    requests = []
    for place, (row, own) in enumerate(zip(_rows(told), columns["calls"]["each"], strict=True)):
        stages = {name: seconds[place] for name, seconds in columns["stages"].items() if seconds[place] is not None}
        requests.append({**row, "stages": stages, "calls": [next(calls) for _ in range(own)]})
    return requests


def written(columns: Columns, indent: str = " ") -> str:
    """JSON with a column a line, so that differences can be read."""
    lines = []
    for name, column in columns.items():
        nested = name in ("calls", "stages")
        text = (
            written(column, indent + " ") if nested else json.dumps(column, ensure_ascii=False, separators=(",", ":"))
        )
        lines.append(f"{indent} {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _columns(rows: Sequence[Row]) -> Columns:
    return {name: _column([row[name] for row in rows]) for name in (rows[0] if rows else ())}


def _column(cells: Sequence[Any]) -> Any:
    if all(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in cells):
        return list(cells)
    keys = [json.dumps(cell, sort_keys=True) for cell in cells]
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return {"values": [json.loads(key) for key in places], "at": [places[key] for key in keys]}


def _rows(columns: Row) -> Iterator[dict[str, Any]]:
    whole = [c if isinstance(c, list) else [c["values"][at] for at in c["at"]] for c in columns.values()]
    return (dict(zip(columns, cells, strict=True)) for cells in zip(*whole, strict=True))
