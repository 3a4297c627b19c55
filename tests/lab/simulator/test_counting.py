"""Tokens by the stated rule, never above what a reservation is reckoned with; prompt caches by prefix and time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyst.budget.tokens import worst_case_input_tokens
from lab.simulator.counting import CacheUse, PromptCache, count_prompt, count_text, text_of
from lab.simulator.providers import ANTHROPIC, GROQ, OPENAI, Caching

TEXT = "".join(f"Row {number}: revenue of the region.\n" for number in range(400))


def test_english_has_a_token_for_four_characters() -> None:
    assert count_text("a" * 400) == 100
    assert count_text("a" * 401) == 101
    assert count_text("") == 0
    assert count_text("a" * 70, 3.5) == 20


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_no_prompt_counts_more_than_is_reserved_for_it(texts: list[str]) -> None:
    messages = [{"role": "user", "content": text} for text in texts]
    assert count_prompt(messages, None, 3.5) <= worst_case_input_tokens(messages)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"),
        (None, ""),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb"),
        ([{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "42"}]}], "42"),
    ],
)
def test_a_messages_text_is_found_in_every_form(content: Any, text: str) -> None:
    assert text_of(content) == text


def test_tools_and_schemas_count_as_prompt() -> None:
    hello = [{"role": "user", "content": "hi"}]
    assert count_prompt(hello, [{"type": "object"}]) > count_prompt(hello, None)


def cache(rules: Caching | None, ratio: float = 4.0) -> PromptCache:
    assert rules is not None
    return PromptCache(rules, ratio)


def test_a_prefix_seen_before_is_read_from_the_cache_in_whole_steps() -> None:
    groq = cache(GROQ.caching)
    assert groq.use(TEXT, 10**6, 0) == CacheUse()
    again = groq.use(TEXT[:6000] + "something else", 10**6, 1)
    assert again.read == 6000 // 4 // 128 * 128
    assert again.written == 0


def test_a_prompt_that_differs_at_its_start_reads_nothing() -> None:
    groq = cache(GROQ.caching)
    groq.use(TEXT, 10**6, 0)
    assert groq.use("x" + TEXT, 10**6, 1).read == 0


def test_short_prompts_are_not_cached() -> None:
    openai = cache(OPENAI.caching)
    openai.use(TEXT[:4000], 10**6, 0)
    assert openai.use(TEXT[:4000], 10**6, 0) == CacheUse()


def test_a_cache_is_forgotten_when_nobody_used_it_for_long() -> None:
    openai = cache(OPENAI.caching)
    openai.use(TEXT, 10**6, 0)
    assert openai.use(TEXT, 10**6, 1700).read > 1024
    assert openai.use(TEXT, 10**6, 3400).read > 1024
    assert openai.use(TEXT, 10**6, 9999).read == 0


def test_writing_is_told_where_it_is_billed() -> None:
    openai = cache(OPENAI.caching)
    first = openai.use(TEXT, 10**6, 0)
    assert (first.read, first.written) == (0, count_text(TEXT) // 128 * 128)
    assert openai.use(TEXT, 10**6, 1).written == 0


def test_claude_caches_the_whole_marked_part_or_nothing() -> None:
    claude = cache(ANTHROPIC.caching, 3.5)
    whole = count_text(TEXT, 3.5)
    assert claude.use(TEXT, 10**6, 0) == CacheUse(0, whole)
    assert claude.use(TEXT, 10**6, 1) == CacheUse(whole, 0)
    assert claude.use(TEXT[:-1], 10**6, 1).read == 0
    assert claude.use(TEXT, 10**6, 400).read == 0
