from __future__ import annotations

import pytest

from analyst.answers.reading import read_reply
from analyst.core.errors import ReplyError
from analyst.protocol.replies import Insights, Review

WRAPPED = [
    '{"summary":"ok"}',
    '```json\n{"summary":"ok"}\n```',
    'Here it is:\n```\n{"summary":"ok"}\n```\nHope this helps!',
    'Sure! {"summary":"ok"} Let me know.',
    '<think>{"summary":"not this"}</think>{"summary":"ok"}',
    "{'summary': 'ok'}",
    '{"summary":"ok",}',
    '{"summary":"ok" // fine\n}',
    '{summary: "ok"}',
]


@pytest.mark.parametrize("text", WRAPPED)
def test_a_reply_is_read_whatever_it_is_wrapped_in(text: str) -> None:
    assert read_reply(text, Review) == Review(summary="ok")


@pytest.mark.parametrize("text", ["", "I can't help with that.", "<think>hm {", "[1, 2]", "{}"])
def test_what_holds_no_object_is_sent_back_with_what_to_do(text: str) -> None:
    with pytest.raises(ReplyError, match="reply with one JSON object only"):
        read_reply(text, Review)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ReplyError) as error:
        read_reply('{"insights":[{"title":"x"}]}', Insights)
    assert error.value.texts[0] == '"insights[1].statement" is missing: give it'


def test_fields_that_nobody_asked_for_are_dropped() -> None:
    assert read_reply('{"summary":"ok","mood":"good"}', Review) == Review(summary="ok")
