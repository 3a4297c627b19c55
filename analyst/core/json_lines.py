"""How our processes speak to each other: one JSON object a line, over the pipes of a child process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, Any

Message = dict[str, Any]
MAX_LINE = 32 * 2**20
"""Characters; a longer line is no message, and ends what is heard."""


def encode(message: Mapping[str, Any]) -> str:
    """A message as its line, in ASCII: what JSON has not is written as text."""
    return json.dumps(message, default=str) + "\n"


def send(stream: IO[str], message: Mapping[str, Any]) -> None:
    """Write a message at once. OSError or ValueError when nobody can read it any more."""
    stream.write(encode(message))
    stream.flush()


def heard(stream: IO[str]) -> Iterator[Message]:
    """The messages of `stream`, as they come, until it ends, breaks or holds something else."""
    with suppress(OSError, ValueError):
        while line := stream.readline(MAX_LINE):
            yield json.loads(line)
