"""The rules of the house, held by reading the code: imports run downwards, modules and functions stay short."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.settings import ROOT

FLOORS = (
    ("main",),
    ("strategy",),
    ("console", "loadtest", "workflow", "wiring"),
    ("preparing",),
    ("simulator",),
    ("council",),
    ("agents",),
    ("routing",),
    ("attempts",),
    ("monitoring",),
    ("metrics",),
    ("prompts",),
    ("reliability",),
    ("answers",),
    ("money",),
    ("store",),
    ("gateway",),
    ("embedded",),
    ("samples",),
    ("reports",),
    ("plans",),
    ("tables",),
    ("contracts",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MAX_LINES, MAX_FUNCTION = 400, 60


def sources() -> list[Path]:
    files = [ROOT / f"{room}.py" for room in FLOOR] + [f for room in FLOOR for f in (ROOT / room).rglob("*.py")]
    return [file for file in files if file.is_file()]


def room_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_run_downwards(file: Path) -> None:
    here = FLOOR[room_of(file)]
    upward = {name for name in imported(file) if name in FLOOR and FLOOR[name] < here}
    assert not upward, f"{file.name} imports from above: {upward}"


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_modules_and_functions_stay_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno}
    assert len(text.splitlines()) <= MAX_LINES
    assert not {name: lines for name, lines in long.items() if lines > MAX_FUNCTION}


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_every_module_says_what_it_owns(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


def test_every_package_that_a_person_edits_has_its_line_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("## What it stands on")[1]
    wanted = re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements.in").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert not [name for name in wanted if not re.search(rf"\b{re.escape(name)}\b", readme)]


def test_the_gateway_is_pinned_to_a_safe_release_with_hashes() -> None:
    locked = (ROOT / "requirements" / "gateway.txt").read_text(encoding="utf-8")
    pin = re.search(r"^litellm==(\S+)", locked, flags=re.MULTILINE)
    assert pin and pin[1] not in ("1.82.7", "1.82.8")
    assert all("--hash=sha256:" in line for line in locked.split("\n\n") if line.strip().startswith("litellm"))
