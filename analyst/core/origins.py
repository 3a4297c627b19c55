"""Where each setting's value came from, and how it may be shown: no key, and no password that an address holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from analyst.core.settings import ENCODING, ROOT, Settings, load_settings

Origin = Literal["default", ".env", "environment", "argument"]
_LOGIN = re.compile(r"(?<=://).*@", re.DOTALL)
"""All before the last @: a password that should have been escaped may hold any sign."""
_QUERY = re.compile(r"[?#].*", re.DOTALL)
HIDDEN = "…"


@dataclass(frozen=True)
class ShownSetting:
    """A setting as a page may show it: `value` is empty where none is set."""

    name: str
    value: str
    origin: Origin
    help: str


def shown_settings(settings: Settings, env_file: Path | None = None) -> Sequence[ShownSetting]:
    """Every setting of a process that has just read them: libraries copy .env into the environment later."""
    path = env_file or ROOT / ".env"
    read = load_settings(path)
    environment = EnvSettingsSource(Settings)()
    file = DotEnvSettingsSource(Settings, env_file=path, env_file_encoding=ENCODING)()

    def origin(name: str) -> Origin:
        if getattr(settings, name) != getattr(read, name):
            return "argument"
        return "environment" if name in environment else ".env" if name in file else "default"

    return [
        ShownSetting(name.upper(), _shown(getattr(settings, name)), origin(name), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set, hidden"
    if value is None or value == {}:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{name}={part}" for name, part in value.items())
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _QUERY.sub(f"?{HIDDEN}", _LOGIN.sub(f"{HIDDEN}@", text)) if "://" in text else text
