"""How an answer goes out: whole or as a stream, at a model's pace, and the faults of delivery on the way."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.simulator.line import Line
from lab.simulator.protocols.wire import Stream
from lab.simulator.wording import JSON_TYPE

DRIP_PIECES, DRIP_PAUSE_S = 120, 1.0
"""A dripping answer takes two simulated minutes: longer than anyone's deadline, and never silent for long."""
MAX_PARTS = 60
"""A stream has at most so many parts, each of several tokens: pacing single tokens would only load the processor."""


@dataclass(frozen=True)
class Pace:
    """When an answer's parts are due: simulated seconds to the first token, and for all tokens after it."""

    first_s: float
    writing_s: float


async def send_whole(
    line: Line, body: Mapping[str, Any], headers: Mapping[str, str], pace: Pace, fault: str | None
) -> None:
    """Send `body` as one JSON answer when the model would have finished it."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    typed = {"content-type": JSON_TYPE, **headers}
    if fault in ("reset", "hang"):
        await _say_nothing(line, fault)
        return
    await line.pause(pace.first_s + pace.writing_s)
    if fault == "broken_body":
        await line.whole(200, raw[: math.ceil(len(raw) * 0.6)], typed)
        return
    if fault not in ("cut", "slow_drip"):
        await line.whole(200, raw, typed)
        return
    await line.start(200, {**typed, "content-length": str(len(raw))})
    if fault == "cut":
        await line.write(raw[: len(raw) // 2])
        await line.break_off(by_reset=False)
    else:
        await _drip(line, raw)


async def _say_nothing(line: Line, fault: str) -> None:
    if fault == "hang":
        await line.hang()
    await line.break_off(by_reset=True)


async def _drip(line: Line, raw: bytes) -> None:
    size = math.ceil(len(raw) / DRIP_PIECES)
    for at in range(0, len(raw), size):
        await line.pause(DRIP_PAUSE_S)
        await line.write(raw[at : at + size], more=at + size < len(raw))


async def send_stream(line: Line, stream: Stream, headers: Mapping[str, str], pace: Pace, fault: str | None) -> None:
    """Send `stream` part by part as the model would write it."""
    if fault in ("reset", "hang"):
        await _say_nothing(line, fault)
        return
    await line.pause(pace.first_s)
    await line.start(200, {"content-type": stream.content_type, "cache-control": "no-cache", **headers})
    for part in stream.head:
        await line.write(part)
    stop_at = len(stream.parts) // 2 if fault in ("cut", "error_in_reply", "broken_body") else len(stream.parts)
    each = pace.writing_s / max(len(stream.parts), 1)
    for part in stream.parts[:stop_at]:
        await line.pause(max(each, DRIP_PAUSE_S) if fault == "slow_drip" else each)
        await line.write(part)
    await _end_stream(line, stream, stop_at, fault)


async def _end_stream(line: Line, stream: Stream, stop_at: int, fault: str | None) -> None:
    following = b"".join((*stream.parts, *stream.tail)[stop_at : stop_at + 1])
    if fault == "cut":
        await line.write(following[: len(following) // 2])
        await line.break_off(by_reset=False)
    elif fault == "broken_body":
        await line.write(following[: len(following) // 2], more=False)
    elif fault == "error_in_reply":
        await line.write(stream.error, more=False)
    else:
        await line.write(b"".join(stream.tail), more=False)


def pieces(text: str) -> list[str]:
    """`text` in the parts of a stream."""
    size = max(math.ceil(len(text) / MAX_PARTS), 4)
    return [text[at : at + size] for at in range(0, len(text), size)]
