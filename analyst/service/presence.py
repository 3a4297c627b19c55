"""How the command line finds the service of its checkout: a file beside the gateway's, its owner's alone to read.

It is used only when it runs today's code with the same settings: an answer must not depend on who gives it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import SecretStr

from analyst.core.errors import SettingsError
from analyst.core.process import is_alive, this_process
from analyst.core.settings import ROOT, Settings

FILE = "service.json"
_SPINE = ("main.py", "workflow.py", "agents.py", "routing.py", "monitoring.py")


@dataclass(frozen=True)
class Presence:
    """A running service: its address, the token that this machine's owner asks with, its process, what it runs."""

    url: str
    owner: str
    program: str
    token: str = field(repr=False)

    def fits(self, settings: Settings) -> bool:
        """Whether it runs today's code with these settings."""
        return self.program == program(settings)


@contextmanager
def announced(url: str, settings: Settings) -> Iterator[Presence]:
    """Let the command lines of this checkout find the service at `url` while the block runs."""
    presence = Presence(url, this_process(), program(settings), secrets.token_urlsafe(32))
    file = settings.state_dir / FILE
    try:
        _write(file, json.dumps(asdict(presence)))
    except OSError as error:
        raise SettingsError(f"{file} can't be written: {error.strerror}.", "Set STATE_DIR to another folder.") from None
    try:
        yield presence
    finally:
        if _found(file) == presence:
            with suppress(OSError):
                file.unlink()


def running(settings: Settings) -> Presence | None:
    """The service of this checkout; None: there is none."""
    found = _found(settings.state_dir / FILE)
    return found if found is not None and is_alive(found.owner) else None


def program(settings: Settings, root: Path = ROOT) -> str:
    """Changes with the code, as far as sizes and times of its files tell, and with any setting."""
    told = hashlib.sha256()
    files = [root / name for name in _SPINE] + sorted((root / "analyst").rglob("*"))
    for file in files:
        if file.suffix in (".py", ".yaml", ".json", ".txt", ".j2", ".css", ".js", ".typ") and file.is_file():
            found = file.stat()
            told.update(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    # The gateway's key is made by whoever starts first, so it may be missing in one of the two.
    for name, value in sorted(settings.model_dump(exclude={"litellm_master_key"}).items()):
        shown = value.get_secret_value() if isinstance(value, SecretStr) else value
        told.update(f"{name}={shown!r}\0".encode())
    return told.hexdigest()


def _write(file: Path, text: str) -> None:
    """Put `text` into `file`, whole; only its owner reads it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = file.with_name(f".{FILE}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as written:
        written.write(text)
    beside.replace(file)


def _found(file: Path) -> Presence | None:
    """What the file says; None where there is none, or what it says is no presence."""
    try:
        return Presence(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
