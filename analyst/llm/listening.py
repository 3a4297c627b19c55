"""A streamed reply as it comes in: its text and figures, and how long its silences may be.

A reply that stalls is given up at once instead of at the end of its time: one that does not begin, one that falls
silent, and one that drips so slowly that another model is faster.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analyst.core.errors import CallError

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import ChoiceDelta
    from openai.types.completion_usage import CompletionUsage

CHARACTERS_PER_TOKEN = 4
"""English prose: what the pace of a stream is judged by before its tokens are counted."""
SETTLING_S = 1.5
"""A stream's pace is judged once it has run so long."""


PAUSE_S, LOST_PAUSE_S = 0.7, 1.0
"""A stream that has begun is late when it says nothing for so long: the slowest of our models writes 25 tokens then;
and as good as lost after so long."""


@dataclass(frozen=True)
class Patience:
    """How long a call is waited for, in seconds: `whole_s` in all, `silent_s` for its first text and for each next one.

    `least_tokens_per_s`: a stream slower than this is given up (0: any pace will do). Without its first text by
    `late_s` it is late: another model may be asked beside it. By `lost_s` it is as good as lost: another one is asked
    in its place. Neither gives it up.
    """

    whole_s: float
    silent_s: float = math.inf
    least_tokens_per_s: float = 0.0
    late_s: float = math.inf
    lost_s: float = math.inf

    @property
    def read_s(self) -> float:
        """The longest time without a byte."""
        return min(self.whole_s, self.silent_s)


@dataclass
class Pulse:
    """The signs of life of one call, read by whoever waits for it on another thread. Times are monotonic seconds."""

    patience: Patience | None = None
    last: float = math.inf
    begun: bool = False

    def ask(self, patience: Patience, now: float) -> None:
        """The call is made now, and waited for with `patience`."""
        self.patience, self.last = patience, now

    def beat(self, now: float) -> None:
        """The model has just written something."""
        self.last, self.begun = now, True

    def late_in(self, now: float) -> float:
        """Seconds until the call is late; 0 when it is, infinite while it was not made."""
        return math.inf if self.patience is None else self._in(self.patience.late_s, PAUSE_S, now)

    def lost_in(self, now: float) -> float:
        """Seconds until the call is as good as lost; 0 when it is, infinite while it was not made."""
        return math.inf if self.patience is None else self._in(self.patience.lost_s, LOST_PAUSE_S, now)

    def _in(self, first_s: float, next_s: float, now: float) -> float:
        limit_s = next_s if self.begun and first_s < math.inf else first_s
        return max(self.last + limit_s - now, 0.0)


@dataclass
class Watch:
    """Whether the stream of `model` keeps to its `patience`. `began`, `last` and `first` are monotonic seconds."""

    model: str
    patience: Patience
    began: float
    last: float = 0.0
    first: float | None = None
    written: int = 0

    def heard(self, text: str, now: float) -> None:
        """Note a part of the stream, empty or not; CallError("timeout") when it is too late.

        Text that comes at last is not refused for having been late: it may have lain here while we were busy, and to
        ask another model would take longer. A silence without even empty parts ends in the connection's own limit.
        """
        if text:
            self.first = now if self.first is None else self.first
            self.last, self.written = now, self.written + len(text)
        silent = now - (self.last or self.began)
        if now - self.began > self.patience.whole_s or silent > self.patience.silent_s or self._drips(now):
            raise CallError("timeout", f"{self.model} stalled after {self.written} characters.", billed=True)

    def _drips(self, now: float) -> bool:
        if self.first is None or now - self.first < SETTLING_S:
            return False
        tokens = self.written / CHARACTERS_PER_TOKEN
        return tokens < self.patience.least_tokens_per_s * (now - self.first)


@dataclass
class Heard:
    """What came of a stream so far, and the `headers` that it began with."""

    headers: Mapping[str, str]
    texts: list[str] = field(default_factory=list)
    finish: str = "stop"
    refusal: str = ""
    provider_model: str = ""
    usage: CompletionUsage | None = None

    @property
    def text(self) -> str:
        """What the model said."""
        return "".join(self.texts)

    @property
    def broken_off(self) -> bool:
        """Whether the text is JSON that is right as far as it goes and then ends.

        A stream that was cut on its way looks finished to LiteLLM, which even counts its tokens itself.
        """
        error = None if self.finish == "length" else json_error(self.text)
        return error is not None and (error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"))

    def add(self, chunk: ChatCompletionChunk) -> tuple[str, str]:
        """Take a chunk in: (text of the reply, anything at all that shows the model at work)."""
        self.provider_model = chunk.model or self.provider_model
        self.usage = chunk.usage or self.usage
        choice = next(iter(chunk.choices or ()), None)
        if choice is None or choice.delta is None:
            return "", ""
        self.finish = choice.finish_reason or self.finish
        self.refusal += choice.delta.refusal or ""
        text = choice.delta.content if isinstance(choice.delta.content, str) else ""
        if text:
            self.texts.append(text)
        return text, text or _work(choice.delta)


def _work(delta: ChoiceDelta) -> str:
    """What a model writes beside its reply: thoughts (LiteLLM's field), a refusal, arguments of a tool."""
    thought = getattr(delta, "reasoning_content", None)
    if isinstance(thought, str) and thought:
        return thought
    return delta.refusal or "".join(str(call.function) for call in delta.tool_calls or ())


def json_error(text: str) -> json.JSONDecodeError | None:
    """What is wrong with the JSON (bare, fenced or after words) in `text`; None where there is none or it is whole."""
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if not starts:
        return None
    try:
        json.JSONDecoder().raw_decode(text, min(starts))
    except json.JSONDecodeError as error:
        return error
    return None
