"""Merges the parts of a streamed reply that follow each other closely. Runs inside the gateway's process.

Providers send each token as a part of its own, and LiteLLM and our client take every part through layers of pydantic:
most of what a streamed call costs the processor. A reader sees no difference between ten parts a second and a hundred,
so the first text goes on at once, and what follows it is gathered for WINDOW_S. Nothing else waits: the end of a
stream, its usage, an error or a cut ends the gathering at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

WINDOW_S = 0.1
"""How long text is gathered: far less than any silence that makes a stream late (analyst.llm.listening)."""
_BESIDE_TEXT = ("content", "role")
"""What the delta of a part may hold that is merged."""


class Merged:
    """`stream`, a provider's parts as LiteLLM reads them, with text that follows text within `window_s` in one part.

    It reads one part ahead. LiteLLM begins a new `async for` for each part, so it is its own iterator.
    """

    def __init__(self, stream: Any, window_s: float = WINDOW_S) -> None:
        self._stream, self._window_s = stream, window_s
        self._parts: AsyncIterator[Any] = aiter(stream)
        self._ahead: asyncio.Task[Any] | None = None
        self._begun = False

    def __aiter__(self) -> Merged:
        return self

    async def __anext__(self) -> Any:
        part = await self._next()
        if not is_text(part):
            return part
        if not self._begun:
            self._begun = True
            return part
        clock = asyncio.get_running_loop().time
        until, texts = clock() + self._window_s, [_delta(part).content]
        while (text := await self._text_within(until - clock())) is not None:
            texts.append(text)
        _delta(part).content = "".join(texts)
        return part

    async def aclose(self) -> None:
        """Stop reading and close the stream."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.wait((self._ahead,))
            self._ahead = None
        close = getattr(self._stream, "aclose", None) or getattr(self._stream, "close", None)
        if close is not None and (closing := close()) is not None:
            await closing

    async def _next(self) -> Any:
        """The next part. A caller that is cancelled leaves the reading to aclose."""
        reading = self._reading()
        await asyncio.wait((reading,))
        self._ahead = None
        return reading.result()

    async def _text_within(self, seconds: float) -> str | None:
        """The text of the next part, if it comes within `seconds` and is nothing else; what is stays to be read."""
        reading = self._reading()
        if not reading.done():
            await asyncio.wait((reading,), timeout=max(seconds, 0.0))
        if not reading.done() or reading.cancelled() or reading.exception() is not None:
            return None
        if not is_text(reading.result()):
            return None
        self._ahead = None
        return str(_delta(reading.result()).content)

    def _reading(self) -> asyncio.Task[Any]:
        if self._ahead is None:
            self._ahead = asyncio.create_task(self._read())
        return self._ahead

    async def _read(self) -> Any:
        while is_nothing(part := await anext(self._parts)):
            pass
        return part


def is_text(part: Any) -> bool:
    """Whether `part` goes on with the text of a reply and does nothing else: no usage, no end, no thought, no tool."""
    choices = getattr(part, "choices", None)
    if not choices or len(choices) > 1 or getattr(part, "usage", None) is not None:
        return False
    [choice] = choices
    content = getattr(choice.delta, "content", None)
    if not isinstance(content, str) or not content:
        return False
    if choice.finish_reason is not None or getattr(choice, "logprobs", None) is not None:
        return False
    beside = (choice.delta.__dict__, choice.delta.__pydantic_extra__ or {})
    return not any(value for held in beside for name, value in held.items() if name not in _BESIDE_TEXT)


def is_nothing(part: Any) -> bool:
    """Whether `part` is what LiteLLM makes of a line that holds no data, such as the name of an event."""
    return isinstance(part, dict) and not any(part.values())


def _delta(part: Any) -> Any:
    return part.choices[0].delta


def merge_streams(wrapper: type[Any]) -> None:
    """Have `wrapper`, LiteLLM's CustomStreamWrapper, work on merged parts. Its subclasses wrap what it has read."""
    begin = wrapper.__init__

    def begin_merged(self: Any, *args: Any, **given: Any) -> None:
        begin(self, *args, **given)
        if type(self) is wrapper and hasattr(self.completion_stream, "__aiter__"):
            self.completion_stream = Merged(self.completion_stream)

    wrapper.__init__ = begin_merged
