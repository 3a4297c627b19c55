"""axe-core, which finds what a page lacks for people who can't see it, or see it badly."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

OPEN_ALL = "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
"""What is folded away is looked at too."""


@cache
def _script() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(tab: Any) -> list[str]:
    """Every rule that the page breaks, with the first element that breaks it."""
    tab.evaluate(OPEN_ALL)
    tab.evaluate(_script())
    found = tab.evaluate("axe.run()")["violations"]
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in found]
