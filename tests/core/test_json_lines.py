"""The protocol between our processes: what is sent is heard, and what is no message ends it."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.core.json_lines import MAX_LINE, encode, heard, send


def test_what_is_sent_is_heard_in_order() -> None:
    pipe = io.StringIO()
    for message in ({"op": "run", "text": "Grüße\nzwei"}, {"done": True}):
        send(pipe, message)
    assert list(heard(io.StringIO(pipe.getvalue()))) == [{"op": "run", "text": "Grüße\nzwei"}, {"done": True}]


def test_a_line_is_ascii_and_what_json_has_not_is_text() -> None:
    assert encode({"a": "ü", "b": Decimal("1.50"), "c": Path("x")}) == '{"a": "\\u00fc", "b": "1.50", "c": "x"}\n'


@pytest.mark.parametrize("broken", ["{", "\n", "x" * (MAX_LINE + 10)], ids=["cut", "empty", "too long"])
def test_what_is_no_message_ends_what_is_heard(broken: str) -> None:
    assert list(heard(io.StringIO('{"a": 1}\n' + broken + '\n{"b": 2}\n'))) == [{"a": 1}]
