"""What is generated from the settings: `.env.example` and the README's table."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from analyst.core.settings import ROOT, Settings

_START, _END = "<!-- settings: made by python -m lab.documents.settings_tables -->", "<!-- /settings -->"


def _shown(field: FieldInfo) -> str:
    value = field.default
    if value is None or value == {}:
        return ""
    return value.as_posix() if isinstance(value, Path) else str(value)


def _secret(field: FieldInfo) -> bool:
    return SecretStr.__name__ in str(field.annotation)


def env_example() -> str:
    """The text of `.env.example`: each setting with its help and default; keys are left empty."""
    lines = ["# Copy to .env and fill in what you have; every line may stay as it is. Made by lab/documents."]
    for name, field in Settings.model_fields.items():
        commented = "" if _secret(field) else "# "
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
    return re.sub(
        rf"{re.escape(_START)}.*?{re.escape(_END)}",
        lambda _: f"{_START}\n{settings_table()}\n{_END}",
        readme,
        flags=re.DOTALL,
    )


def main() -> int:
    """Write both files."""
    (ROOT / ".env.example").write_text(env_example(), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
