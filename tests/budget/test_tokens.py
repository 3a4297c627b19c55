"""The worst case of a call's input tokens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.budget.tokens import PER_CALL_TOKENS, PER_MESSAGE_TOKENS, asks_for_cache, worst_case_input_tokens


def test_a_byte_is_a_token_at_most() -> None:
    messages = [{"role": "system", "content": "abc"}, {"role": "user", "content": "é漢🙂"}]
    assert worst_case_input_tokens(messages) == PER_CALL_TOKENS + 2 * PER_MESSAGE_TOKENS + 3 + (2 + 3 + 4)


def test_a_schema_and_content_in_parts_count_too() -> None:
    plain = worst_case_input_tokens([{"role": "user", "content": ""}])
    parts: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "text", "text": "x" * 1000}]}]
    assert worst_case_input_tokens(parts) > plain + 1000
    assert worst_case_input_tokens([{"role": "user", "content": ""}], {"title": "y" * 500}) > plain + 500


@pytest.mark.parametrize("content", [None, "\ud800", "\x00", 5])
def test_odd_content_is_counted_and_not_an_error(content: Any) -> None:
    assert worst_case_input_tokens([{"role": "user", "content": content}]) > 0


@given(st.text(), st.text())
def test_more_text_never_means_fewer_tokens(one: str, two: str) -> None:
    short = worst_case_input_tokens([{"role": "user", "content": one}])
    assert worst_case_input_tokens([{"role": "user", "content": one + two}]) >= short


def test_only_a_request_for_the_cache_is_one_however_it_is_written() -> None:
    assert asks_for_cache([{"role": "user", "content": "x", "cache_control": {"type": "ephemeral"}}])
    assert asks_for_cache([{"role": "user", "content": [{"text": "x", "cache_control": {"type": "ephemeral"}}]}])
    assert not asks_for_cache([{"role": "user", "content": 'what is "cache_control"?'}, {"role": "assistant"}])
