"""What is generated from the settings: `.env.example` and the README's table."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic.fields import FieldInfo

from analyst.core.settings import Settings, is_secret

_PLACE = re.compile(r"(<!-- settings\b[^>]*-->).*?(<!-- /settings -->)", re.DOTALL)


def _shown(field: FieldInfo) -> str:
    value = field.default
    if value is None or value in ({}, ()):
        return ""
    return value.as_posix() if isinstance(value, Path) else str(value)


def env_example() -> str:
    """The text of `.env.example`: each setting with its help and default; keys are left empty."""
    lines = ["# Copy to .env and fill in what you have; every line is optional. Generated: python main.py documents"]
    for name, field in Settings.model_fields.items():
        commented = "" if is_secret(field) else "# "
        lines += ["", f"# {field.description}", f"{commented}{name.upper()}={_shown(field)}"]
    return "\n".join(lines) + "\n"


def settings_table() -> str:
    """The README's table of settings, in Markdown."""
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = f"`{_shown(field)}`" if _shown(field) else ""
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def with_table(readme: str) -> str:
    """`readme` with the settings' table between its two marks made anew."""
    return _PLACE.sub(lambda found: f"{found[1]}\n{settings_table()}\n{found[2]}", readme)
