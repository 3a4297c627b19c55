"""Tables of the benchmarks as Markdown, and their places in lab/benchmarks/README.md, which only the scripts write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

README = Path(__file__).with_name("README.md")
_HEAD = "# Benchmarks\n\nEvery table is written by the command above it (`--write`). Measured on 2 shared cores: read ratios.\n"


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def write_section(name: str, title: str, about: str, body: str, *, readme: Path = README) -> None:
    """Put `body` into the section `name` of the benchmarks' README, replacing what stood there."""
    text = readme.read_text(encoding="utf-8") if readme.exists() else _HEAD
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{start}\n## {title}\n\n{about}\n\n{body}\n{end}"
    if start in text:
        text = re.sub(re.escape(start) + r".*?" + re.escape(end), lambda _: section, text, flags=re.DOTALL)
    else:
        text = f"{text.rstrip()}\n\n{section}\n"
    readme.write_text(text, encoding="utf-8")
