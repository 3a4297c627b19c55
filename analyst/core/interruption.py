"""Ctrl-C, SIGTERM and SIGHUP: heard once and in time, never lost, and at once the second time.

Python raises KeyboardInterrupt wherever the program happens to be. Inside an import it leaves modules half made or the
import lock held, and code that swallows every exception (a finalizer, a library's `except BaseException`) swallows it
too. So the signal is remembered, and raised, again and again, until it is on its way up or has been taken.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

SIGNALS = tuple(s for name in ("SIGINT", "SIGTERM", "SIGHUP") if (s := getattr(signal, name, None)) is not None)
INTERRUPTED = 128 + signal.SIGINT
IMPORTING = "<frozen importlib"
"""How the file name of a frame of Python's import machinery begins."""
AGAIN_S = 0.05
"""How much later it is tried again."""


class InterruptedBy(KeyboardInterrupt):
    """The signal `number` asked this process to end; its exit code is the shell's for it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.code = 128 + number


class Interruption:
    """The signals of this process, from `listen` on; use it from the main thread alone."""

    def __init__(self) -> None:
        self._asked: int | None = None

    def listen(self) -> None:
        """Take the signals over. A hangup that is ignored stays so: that is what nohup is for."""
        self._asked = None
        for number in SIGNALS:
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._first)

    def take(self) -> None:
        """Whoever has caught the interruption and goes on says so, or it would be raised again."""
        if self._asked is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)

    @property
    def code(self) -> int | None:
        """The exit code that the signal asks for, if one came."""
        return None if self._asked is None else 128 + self._asked

    def _first(self, number: int, frame: FrameType | None) -> None:
        self._asked = number
        for each in SIGNALS:
            if signal.getsignal(each) is not signal.SIG_IGN:
                signal.signal(each, _leave)
        signal.signal(signal.SIGALRM, self._again)
        self._again(number, frame)

    def _again(self, _: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        if self._asked is not None and not _importing(frame) and not _on_its_way():
            raise InterruptedBy(self._asked)


def _leave(number: int, frame: FrameType | None) -> None:
    """Whoever asks once more leaves at once: ending well takes a moment."""
    os._exit(128 + number)


def _importing(frame: FrameType | None) -> bool:
    """Whether an import is under way, in the import machinery itself or in a module that is being made."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(IMPORTING):
            return True
        frame = frame.f_back
    return False


def _on_its_way() -> bool:
    """Whether the interruption, or an error that came of it, is being handled by a frame below."""
    error = sys.exc_info()[1]
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


INTERRUPTION = Interruption()
"""This process's: signals are a matter of the whole process."""
