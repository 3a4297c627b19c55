"""Work on a thread of its own, whose result is waited for when it is needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Awaited(Generic[Value]):
    """A value that is waited for at its first use, and how long that took (seconds of `clock`)."""

    def __init__(self, wait: Callable[[], Value], clock: Callable[[], float] = time.monotonic) -> None:
        self._wait, self._clock = wait, clock
        self._value: list[Value] = []
        self.waited_s = 0.0

    def __call__(self) -> Value:
        if not self._value:
            began = self._clock()
            self._value.append(self._wait())
            self.waited_s = self._clock() - began
        return self._value[0]


class Background(Generic[Value]):
    """A piece of work that starts at once on a thread.

    `abandoned`: the process may end before it. Work inside C++ libraries must not be abandoned: Python before 3.14 ends
    such a thread in a way that aborts the process.
    """

    def __init__(self, work: Callable[[], Value], *, abandoned: bool = True) -> None:
        self._result: list[Value] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=abandoned)
        self._thread.start()

    def _run(self, work: Callable[[], Value]) -> None:
        try:
            self._result.append(work())
        except BaseException as error:
            self._error = error

    @property
    def done(self) -> bool:
        """Whether the work has ended, well or not."""
        return not self._thread.is_alive()

    def join(self, check: Callable[[], None] = lambda: None) -> None:
        """Wait until the work has ended, well or not. Wakes up often, so that Ctrl-C is heard, and what `check` raises:
        the work goes on then."""
        while self._thread.is_alive():
            self._thread.join(0.1)
            check()

    def wait(self, check: Callable[[], None] = lambda: None) -> Value:
        """The work's result, once it has ended; raises what the work raised, or `check` meanwhile."""
        self.join(check)
        if self._error is not None:
            raise self._error
        return self._result[0]
