from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]
RECORDS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
SHAPES: dict[str, Any] = {
    "records": RECORDS,
    "columns": {"a": [1, 2], "b": ["x", "y"]},
    "columns by place": {"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}},
    "names and rows": {"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]},
    "a list of rows": [["a", "b"], [1, "x"], [2, "y"]],
    "a wrapper": {"count": 2, "data": RECORDS},
    "a deep wrapper": {"status": "ok", "errors": [{"code": 0}], "result": {"page": {"items": RECORDS}}},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("indent", [None, 2])
def test_records_are_found_in_every_shape(shape: str, indent: int | None, opened: Opener, rows: Rows) -> None:
    table = opened(json.dumps(SHAPES[shape], indent=indent), "given.json")
    assert table.columns == ("a", "b")
    assert rows(table) == [(1, "x"), (2, "y")]
    assert shape == "records" or [note.kind for note in table.notes] == ["json_shape"]


def test_rows_by_name_keep_their_names(opened: Opener, rows: Rows) -> None:
    table = opened(json.dumps({"north": {"a": 1}, "south": {"a": 2}}), "given.json")
    assert table.columns == ("row_name", "a") and rows(table) == [("north", 1), ("south", 2)]


def test_objects_become_columns_and_lists_their_members(opened: Opener, rows: Rows) -> None:
    table = opened(
        json.dumps([{"id": 1, "who": {"city": "Lyon", "at": {"n": 3}}, "tags": ["x"]}, {"id": 2}]), "given.json"
    )
    assert table.columns == ("id", "who.city", "who.at.n", "tags")
    assert rows(table) == [(1, "Lyon", 3, "x"), (2, None, None, None)]
    assert {note.kind for note in table.notes} == {"flattened", "nested", "lists"}


def test_text_in_json_is_typed_and_codes_stay_text(opened: Opener, types: Callable[[OpenedTable], list[str]]) -> None:
    table = opened(
        json.dumps([{"price": "1.5", "day": "2024-01-05", "zip": "01234", "any": 1}, {"any": "x"}]), "given.json"
    )
    assert types(table) == ["DOUBLE", "DATE", "VARCHAR", "VARCHAR"]


def test_wrong_lines_are_left_out_and_counted(opened: Opener, rows: Rows) -> None:
    table = opened('{"a":1}\n{"a":2}\noops\n{"a":4}\n{"a":', "given.jsonl")
    assert rows(table) == [(1,), (2,), (4,)]
    assert [(note.kind, note.count) for note in table.notes] == [("rows_rejected", 2)]


def test_a_key_that_is_written_twice_counts_once(opened: Opener, rows: Rows) -> None:
    assert rows(opened('[{"a":1,"a":2},{"a":3}]', "given.json")) == [(2,), (3,)]
