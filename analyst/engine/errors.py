"""The errors of every engine, in our words for their kinds; engine libraries' own exceptions end in this room."""

from __future__ import annotations

from analyst.core.errors import PlatformError


class EngineError(PlatformError):
    """The engine refuses a query or fails on its data. The message is the engine's own, which may quote a cell."""


class OutOfRangeError(EngineError):
    """A number is too large for its type, or for what is computed of it."""


class TranslationError(EngineError):
    """A query says something that has no equal in the dialect of the server that holds its table.

    The message says what it is and how to say it otherwise; it quotes no cell.
    """


class MissingReaderError(EngineError):
    """A server lacks the driver or package that reads a table."""


class StoppedError(EngineError):
    """No mistake in the query: it wanted too much, was interrupted, or the engine or its disk failed."""


class DiskError(StoppedError):
    """A file can't be read or written: a full disk, a missing or damaged file."""


class OutOfMemoryError(StoppedError):
    """The query needs more memory than the engine may use."""


class InterruptedQueryError(StoppedError):
    """The query took longer than it may, or was cancelled."""


class BrokenEngineError(StoppedError):
    """The engine answers no more: it must be opened anew."""
