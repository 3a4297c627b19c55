"""The edge of every command: work in, exit code out. The one place where an error becomes a line for a person.

0 done, 1 an error of ours, 2 a mistake the user can fix, 130 interrupted (143 by SIGTERM, 129 by SIGHUP). Nobody sees a
traceback: that of an error nobody expected goes to a file that the message names.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from types import FrameType

from analyst.core.errors import PlatformError

INTERNAL, INTERRUPTED, BY_SIGNAL = 1, 130, 128
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What ends a command in order: Ctrl-C, a service's stop, a terminal that was closed."""
IMPORTING = "<frozen importlib"
"""How the file name of a frame of Python's import machinery begins."""
AGAIN_S = 0.05
"""How much later an interruption is tried again that came while a module was being looked up."""
_heard: list[int] = []
"""The signal that asked this process to end."""


def exit_code(work: Callable[[], int]) -> int:
    """What `work` returns, or the exit code of the error that ended it, which is told on stderr."""
    if threading.current_thread() is threading.main_thread():
        _heard.clear()
        for number in SIGNALS:
            # One that whoever started us has chosen to ignore (nohup) stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, interrupt)
    try:
        code = work()
        sys.stdout.flush()
        return code
    except PlatformError as error:
        return _ended(f"Error: {error}", error.exit_code)
    except KeyboardInterrupt:
        return _ended("Interrupted.", BY_SIGNAL + (_heard[0] if _heard else signal.SIGINT))
    except BrokenPipeError:
        # The reader has seen enough; without this Python complains once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        said = f"Error: internal error ({type(error).__name__}: {error})."
        return _ended(f"{said} Details: {_written(error)}", INTERNAL)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Ctrl-C and its like: KeyboardInterrupt, but a moment later where the import machinery is at work.

    Raised between its taking a lock and the `try` that frees it, the lock would be held for ever, and every later
    import would wait for it. Ending takes a moment, and code that swallows every exception may lose the first signal:
    the second one leaves at once.
    """
    if _heard:
        os._exit(BY_SIGNAL + number)
    if frame is None or not frame.f_code.co_filename.startswith(IMPORTING):
        _heard.append(number)
        raise KeyboardInterrupt
    again = threading.Timer(AGAIN_S, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _ended(said: str, code: int) -> int:
    print(said, file=sys.stderr)  # noqa: T201
    return code


def _written(error: Exception) -> str:
    """The file that keeps the traceback of `error`; where none can be written, the traceback's last place."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="analyst-", suffix=".log", delete=False) as file:
            file.writelines(traceback.format_exception(error))
        return file.name
    except OSError:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{frame.filename}, line {frame.lineno}"
