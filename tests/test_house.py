"""The rules of the house, held by reading the code: who may import whom, and by which door; what stays short."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from analyst.core.settings import ROOT

DIRECTIONS = {
    "core": "",
    "protocol": "core",
    "engine": "core protocol",
    "datasets": "core protocol engine",
    "reporting": "core protocol",
    "rulebased": "core protocol",
    "storage": "core",
    "budget": "core protocol storage",
    "observability": "core protocol storage budget",
    "llm": "core protocol storage budget observability",
    "stats": "core protocol engine datasets",
    "planning": "core protocol engine datasets stats",
    "probes": "core protocol engine stats planning",
    "execution": "core protocol engine datasets stats planning probes",
    "answers": "core protocol datasets reporting storage planning execution",
    "service": "core protocol datasets storage answers",
    "samples": "core",
    "apps": "core protocol datasets reporting samples storage budget observability llm answers service",
}
"""What each room of `analyst` may import. Nothing in it imports the spine or the lab; those two may import it all."""
ONLY = {("analyst.llm.gateway.provider", "rulebased")}
"""Imports against the directions: the shim runs in the gateway's process and is the one way to the rule-based analyst."""
SPINE = ("main", "workflow", "agents", "routing", "monitoring")
"""The client's files with the code of one analysis, the first on top; main.py alone knows the lab."""
MAX_LINES, MAX_FUNCTION = 400, 60
HEAVY = {
    "crewai": 4.9, "crewai_core": 4.9, "litellm": 6.6, "openai": 1.1, "anthropic": 2.9, "ollama": 0.5,
    "pandas": 0.7, "numpy": 0.23, "scipy": 1.3, "statsmodels": 3.0, "sklearn": 1.6, "statsforecast": 3.0,
    "altair": 0.36, "vl_convert": 0.01, "duckdb": 0.21, "openpyxl": 0.22, "pptx": 0.24, "pyarrow": 0.17, "typst": 0.01,
    "psycopg": 0.18, "pymysql": 0.06, "opentelemetry": 0.08, "uvicorn": 0.09, "starlette": 0.09, "fastapi": 0.7, "mcp": 0.8, "rich": 0.09, "jinja2": 0.11,
    "yaml": 0.09, "httpx": 0.32, "phonenumbers": 0.08, "pyspark": 1.2, "grpc": 0.1, "sqlglot": 0.3,
}  # fmt: skip
"""Seconds that importing a library takes (vl_convert and typst: what they load at first use, 100 MB and no package on
some machines). Only these, and modules of ours that import one at their top, may be imported inside a function."""
STARTED_OFTEN = {
    "main": "help, --version and every other command would wait 0.3 s for what an analysis needs",
    "monitoring": "a cron job's command needs a few of its modules and would wait for all",
    "analyst.apps.cli.remote": "the service is asked first, and works while what shows its answer is imported",
}
"""Modules that may import anything of ours late: they are started for many commands."""
MODULE_NAME = re.compile(r"(analyst|lab)(\.\w+)+")
"""A text such as this names a module that is imported later, as the table of commands does."""


@dataclass(frozen=True)
class Import:
    """One imported module of ours; `names` are those taken from it, `late` means inside a function."""

    module: str
    names: tuple[str, ...]


def file_of(module: str) -> Path | None:
    base = ROOT / Path(*module.split("."))
    return next((file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()), None)


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> list[Path]:
    spine = [ROOT / f"{name}.py" for name in SPINE]
    return spine + sorted((ROOT / "analyst").rglob("*.py")) + sorted((ROOT / "lab").rglob("*.py"))


def room_of(module: str) -> str:
    """The room of a module: "spine", "lab", or a folder of analyst; "" for what is not of this house."""
    first, *rest = module.split(".")
    if first == "analyst":
        return rest[0] if rest else "analyst"
    return first if first == "lab" else "spine" if first in SPINE else ""


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> tuple[Import, ...]:
    """Every import of our own modules: those inside functions, for type checkers and of a module named in a text too."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[Import]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, ()) for alias in node.names if room_of(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and room_of(node.module):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield Import(inner, ()) if file_of(inner) else Import(node.module, (alias.name,))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and MODULE_NAME.fullmatch(node.value):
            yield from [Import(node.value, ())] if file_of(node.value) else []


def door(room: str) -> tuple[str, ...]:
    """The modules of a room that others may import, as its `__init__.py` names them."""
    return tuple(getattr(import_module(f"analyst.{room}"), "DOOR", ()))


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_a_module_imports_only_the_rooms_that_its_room_may(file: Path) -> None:
    here, module = room_of(module_of(file)), module_of(file)
    if here == "lab":
        return
    if here == "spine":
        allowed = {*DIRECTIONS} - {"rulebased"} | ({"lab"} if module == "main" else set())
        above = SPINE[: SPINE.index(module)]
        assert not [one.module for one in imports(file) if one.module in above]
    else:
        allowed = {*DIRECTIONS.get(here, "").split(), here, "analyst"}
    others = {room_of(one.module) for one in imports(file)} - {"spine"} if here == "spine" else None
    found = others if others is not None else {room_of(one.module) for one in imports(file)}
    assert not {room for room in found - allowed if (module, room) not in ONLY}


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_only_the_engine_knows_duckdb(file: Path) -> None:
    """So that a second engine is one more module of that room. The benchmarks measure DuckDB itself, too."""
    if room_of(module_of(file)) in ("engine", "lab"):
        return
    named = [alias.name for node in ast.walk(tree(file)) if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module or "" for node in ast.walk(tree(file)) if isinstance(node, ast.ImportFrom)]
    assert not [module for module in named if module.split(".")[0] in ("duckdb", "_duckdb")]


@pytest.mark.parametrize("room", DIRECTIONS)
def test_other_rooms_come_in_by_the_door_and_every_door_is_used(room: str) -> None:
    allowed = {f"analyst.{room}.{name}" for name in door(room)}
    used = {
        one.module: module_of(file)
        for file in sources()
        if room_of(module_of(file)) not in (room, "lab")
        for one in imports(file)
        if room_of(one.module) == room
    }
    assert not {who: module for module, who in used.items() if module not in allowed}
    if room != "rulebased":
        assert not allowed - set(used), "no other room comes in there"


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_private_names_stay_in_their_module(file: Path) -> None:
    assert not [(one.module, name) for one in imports(file) for name in one.names if re.match(r"_[a-z]", name)]


def late_imports(file: Path) -> set[str]:
    """What is imported inside functions: modules of ours in full, others by their first name."""
    functions = [n for n in ast.walk(tree(file)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return {name for function in functions for node in ast.walk(function) for name in _modules(node)}


def _modules(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name if room_of(name) and file_of(name) else node.module for name in inner)


def top_imports(file: Path) -> set[str]:
    """What is imported when `file` is: not inside functions, not for type checkers alone."""
    found: set[str] = set()
    left: list[ast.stmt] = list(tree(file).body)
    while left:
        node = left.pop()
        if isinstance(node, ast.If):
            left += node.orelse if "TYPE_CHECKING" in ast.dump(node.test) else [*node.body, *node.orelse]
        elif isinstance(node, ast.Try):
            left += [*node.body, *node.orelse]
        found.update(_modules(node))
    return found


@cache
def heavy(module: str) -> frozenset[str]:
    """The libraries of HEAVY that importing `module` imports, itself or through others of ours."""
    seen, left, found = set[str](), {module}, set[str]()
    while left:
        name = left.pop()
        seen.add(name)
        if name.split(".")[0] in HEAVY:
            found.add(name.split(".")[0])
        elif room_of(name) and (file := file_of(name)):
            left |= top_imports(file) - seen
    return frozenset(found)


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_an_import_inside_a_function_spares_the_start_a_library_that_takes_long(file: Path) -> None:
    module = module_of(file)
    late = {name for name in late_imports(file) if not (room_of(name) and module in STARTED_OFTEN)}
    assert not {name for name in late if not heavy(name) - heavy(module)}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module_of(file): {one.module for one in imports(file)} for file in sources()}
    assert circles(graph) == []


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The groups of modules that reach each other (each module's reach is small enough to be walked)."""

    def reach(start: str) -> set[str]:
        found, left = set[str](), [start]
        while left:
            for module in graph.get(left.pop(), set()) - found:
                found.add(module)
                left.append(module)
        return found

    reached = {module: reach(module) for module in graph}
    tied = {frozenset(m for m in reached[module] if module in reached.get(m, ())) for module in graph}
    return [set(group) for group in tied if len(group) > 1]


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_modules_and_functions_stay_short(file: Path) -> None:
    functions = [n for n in ast.walk(tree(file)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno}
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert not {name: lines for name, lines in long.items() if lines > MAX_FUNCTION}


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_every_module_says_what_it_owns(file: Path) -> None:
    assert ast.get_docstring(tree(file))


def test_the_root_holds_the_spine_and_the_clients_files() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("only git tells the project's files from those that a run or an editor left")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert len({name.split("/")[0] for name in listed.splitlines()}) <= 25


def test_every_package_that_a_person_edits_has_its_line_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("## Dependencies")[1]
    edited = (ROOT / "requirements" / "app.in").read_text(encoding="utf-8")
    wanted = re.findall(r"^([a-z0-9-]+)", edited, flags=re.MULTILINE)
    assert not [name for name in wanted if not re.search(rf"\b{re.escape(name)}\b", readme)]


def test_the_gateway_is_pinned_to_a_safe_release_with_hashes() -> None:
    locked = (ROOT / "requirements" / "gateway.txt").read_text(encoding="utf-8")
    pin = re.search(r"^litellm==(\S+)", locked, flags=re.MULTILINE)
    assert pin and pin[1] not in ("1.82.7", "1.82.8")
    assert all("--hash=sha256:" in line for line in locked.split("\n\n") if line.strip().startswith("litellm"))
