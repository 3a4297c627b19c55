"""The edge of every command: work in, exit code out. The one place where an error becomes a line for a person.

0 done, 1 an error of ours, 2 a mistake the user can fix, 130 interrupted (143 by SIGTERM, 129 by SIGHUP). Nobody sees
a traceback: that of an error nobody expected goes to a file that the message names.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress

from analyst.core.errors import PlatformError
from analyst.core.interruption import INTERRUPTED, INTERRUPTION

INTERNAL = 1


def exit_code(work: Callable[[], int]) -> int:
    """What `work` returns, or the exit code of the error that ended it, which is told on stderr."""
    if threading.current_thread() is threading.main_thread():
        INTERRUPTION.listen()
    try:
        code = work()
        INTERRUPTION.take()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        INTERRUPTION.take()
        return _ended("Interrupted.", INTERRUPTION.code or INTERRUPTED)
    except BrokenPipeError:
        # The reader has seen enough; without this Python complains once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        INTERRUPTION.take()
        if INTERRUPTION.code is not None:  # what an interruption broke on its way is no error of its own
            return _ended("Interrupted.", INTERRUPTION.code)
        if isinstance(error, PlatformError):
            return _ended(f"Error: {error}", error.exit_code)
        said = f"Error: internal error ({type(error).__name__}: {error})."
        return _ended(f"{said} Details: {_written(error)}", INTERNAL)


def _ended(said: str, code: int) -> int:
    with suppress(OSError):  # the terminal may have gone
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
