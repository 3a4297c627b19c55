"""The gateway's master key: generated on first start and saved in .env, readable only by its owner."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr

from analyst.core.errors import GatewayError, SettingsError
from analyst.core.settings import ROOT, Settings
from analyst.llm.gateway.config import write_private

VARIABLE = "LITELLM_MASTER_KEY"
DEFAULT_ENV_FILE = ROOT / ".env"
_EMPTY_LINE = re.compile(rf"^(?:export\s+)?{VARIABLE}\s*=\s*(?:\"\"|'')?\s*(?:#.*)?$", re.MULTILINE)


def with_master_key(settings: Settings, env_file: Path | None = None) -> Settings:
    """`settings` with a master key: its own, the one in `env_file`, or a new one that is written there.

    Call it under the gateway's lock: another process may have made the key after `settings` were read.
    SettingsError when `env_file` can't be read, GatewayError when it can't be written.
    """
    if settings.litellm_master_key is not None:
        return settings
    path = (env_file or DEFAULT_ENV_FILE).resolve()
    text = _read(path)
    key = dotenv_values(path, encoding="utf-8-sig").get(VARIABLE) if text else None
    if not key:
        key = f"sk-{secrets.token_urlsafe(32)}"
        _write(path, with_key_line(text, key))
    return settings.model_copy(update={"litellm_master_key": SecretStr(key)})


def with_key_line(text: str, key: str) -> str:
    """The text of an .env file with the key in it: an empty line of it is filled in, else one is added at the end."""
    line = f"{VARIABLE}={key}"
    newline = "\r\n" if "\r\n" in text else "\n"
    if _EMPTY_LINE.search(text.replace("\r\n", "\n")):
        filled = _EMPTY_LINE.sub(lambda found: line, text.replace("\r\n", "\n"))
        return filled.replace("\n", newline)
    gap = newline if text and not text.endswith("\n") else ""
    return f"{text}{gap}{line}{newline}"


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.", "Create it again from .env.example.") from None


def _write(path: Path, text: str) -> None:
    if path.exists() and not os.access(path, os.W_OK):
        raise GatewayError(f"{path} is read-only, so the gateway's new key can't be saved.", _fix())
    try:
        write_private(path, text)
    except GatewayError as error:
        raise GatewayError(f"The gateway's new key can't be saved: {error.message}", _fix()) from None


def _fix() -> str:
    return f"Make it writable, or set {VARIABLE}=sk-... in the environment."
