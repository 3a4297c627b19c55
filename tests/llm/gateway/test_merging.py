"""What is merged of a provider's stream, and that nothing of it is lost, late or out of order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from analyst.llm.gateway.merging import Merged, is_nothing, is_text, merge_streams

LONG_S = 30.0
"""A window that no test waits for."""


class Delta(SimpleNamespace):
    __pydantic_extra__: dict[str, Any] | None = None


def part(text: str | None, *, finish: str | None = None, usage: Any = None, **said: Any) -> SimpleNamespace:
    choice = SimpleNamespace(delta=Delta(content=text, **said), finish_reason=finish, logprobs=None)
    return SimpleNamespace(choices=[choice], usage=usage)


NOTHING = {"text": "", "is_finished": False, "finish_reason": "", "usage": None, "index": 0, "tool_use": None}
USAGE = SimpleNamespace(choices=[], usage={"completion_tokens": 7})


class Provider:
    """A stream of `parts`; an exception among them is raised, a function among them awaited."""

    def __init__(self, *parts: Any) -> None:
        self._parts, self.closed = parts, False

    async def __aiter__(self) -> AsyncIterator[Any]:
        for each in self._parts:
            if isinstance(each, BaseException):
                raise each
            if callable(each):
                await each()
            else:
                yield each

    async def aclose(self) -> None:
        self.closed = True


async def read(merged: Merged) -> list[Any]:
    """All parts, each read by an `async for` of its own as LiteLLM does; texts as such."""
    found: list[Any] = []
    while True:
        async for each in merged:
            found.append(each.choices[0].delta.content if is_text(each) else each)
            break
        else:
            return found


def merged(*parts: Any, window_s: float = LONG_S) -> list[Any]:
    return asyncio.run(read(Merged(Provider(*parts), window_s)))


def test_the_first_text_goes_on_at_once_and_what_follows_it_is_gathered() -> None:
    assert merged(*map(part, "abcdef")) == ["a", "bcdef"]


def test_what_is_no_text_alone_ends_the_gathering_and_keeps_its_place() -> None:
    end = part("", finish="stop")
    assert merged(part("a"), part("b"), part("c"), end, USAGE) == ["a", "bc", end, USAGE]


@pytest.mark.parametrize(
    "other",
    [
        part("x", finish="stop"),
        part("x", usage={"completion_tokens": 1}),
        part("x", reasoning_content="hm"),
        part("x", tool_calls=[{"id": "1"}]),
        part("x", refusal="no"),
        part("x", provider_specific_fields={"citation": 1}),
        part(""),
        part(None),
        SimpleNamespace(choices=[part("x").choices[0], part("y").choices[0]], usage=None),
        USAGE,
        {"text": "x", "is_finished": False},
    ],
)
def test_a_part_that_says_anything_beside_its_text_is_never_merged(other: Any) -> None:
    assert not is_text(other)
    assert merged(part("a"), part("b"), other, part("c"), part("d")) == ["a", "b", other, "cd"]


def test_lines_without_data_between_texts_are_dropped() -> None:
    assert is_nothing(NOTHING) and not is_nothing({**NOTHING, "is_finished": True})
    assert merged(NOTHING, part("a"), NOTHING, part("b"), NOTHING, part("c"), NOTHING) == ["a", "bc"]


def test_an_error_comes_after_the_text_before_it() -> None:
    async def work() -> tuple[list[str], str]:
        stream = Merged(Provider(part("a"), part("b"), part("c"), OSError("cut")), LONG_S)
        texts = [(await anext(stream)).choices[0].delta.content for _ in range(2)]
        with pytest.raises(OSError, match="cut") as failed:
            await anext(stream)
        return texts, str(failed.value)

    assert asyncio.run(work()) == (["a", "bc"], "cut")


def test_text_is_not_kept_longer_than_the_window() -> None:
    async def work() -> list[Any]:
        more = asyncio.Event()
        stream = Merged(Provider(part("a"), part("b"), more.wait, part("c")), window_s=0.01)
        found = [await anext(stream), await anext(stream)]
        more.set()
        return [each.choices[0].delta.content for each in [*found, await anext(stream)]]

    assert asyncio.run(work()) == ["a", "b", "c"]


@pytest.mark.parametrize("leave", [lambda reading: reading.cancel(), lambda reading: None])
def test_a_stream_that_is_left_is_closed_and_nobody_reads_on(leave: Callable[[asyncio.Task[Any]], None]) -> None:
    async def work() -> tuple[bool, int]:
        async def never() -> None:
            await asyncio.Event().wait()

        provider = Provider(part("a"), never)
        stream = Merged(provider, LONG_S)
        await anext(stream)
        reading = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0)
        leave(reading)
        await stream.aclose()
        await asyncio.wait((reading,))
        left = asyncio.all_tasks() - {asyncio.current_task()}
        return provider.closed, len(left)

    assert asyncio.run(work()) == (True, 0)


def test_only_the_wrapper_that_reads_the_provider_merges() -> None:
    class Wrapper:
        def __init__(self, completion_stream: Any) -> None:
            self.completion_stream = completion_stream

    class Outer(Wrapper):
        pass

    merge_streams(Wrapper)
    assert isinstance(Wrapper(Provider()).completion_stream, Merged)
    assert isinstance(Outer(Provider()).completion_stream, Provider)
    assert Wrapper(b"whole").completion_stream == b"whole"
