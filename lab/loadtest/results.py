"""The result file of a load test: its schema, what was measured and what simulated, every request, and the summary."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from analyst.budget.prices import load_prices
from analyst.core.errors import SettingsError, StoreError
from lab.loadtest.columns import packed, unpacked, written
from lab.loadtest.records import RequestLine
from lab.loadtest.statistics import by_group, parallel_saving, stages, summary

SCHEMA_VERSION = 2
PACKAGES = ("crewai", "openai", "duckdb", "pandas", "sqlalchemy", "altair")
SECTIONS = ("experiments", "throughput", "memory", "quality")
"""What commands of their own measure (load-test NAME, bench quality): a new load test leaves them in the file."""
MEASURED = "the platform's own latency, throughput, memory, tokens, routing and grounding, on this machine"
SIMULATED = (
    "the providers: their answers (written by rules), latency, rate limits and faults. Costs use the pinned prices"
)


def document(
    lines: Sequence[RequestLine],
    *,
    options: Mapping[str, Any],
    wall_s: float,
    target_s: float,
    models: Sequence[str],
    extra: Mapping[str, Any],
    interrupted: bool,
    now: datetime | None = None,
) -> dict[str, Any]:
    """load_test_results.json, whole. `options` are the test's own, `models` what the gateway offered."""
    prices = load_prices()
    simulated = options.get("scenario") is not None
    ordered = sorted(lines, key=lambda line: line.id)
    return {
        "schema_version": SCHEMA_VERSION,
        "created": (now or datetime.now(timezone.utc)).isoformat(timespec="seconds"),
        "interrupted": interrupted,
        "options": dict(options),
        "environment": environment(),
        "models": list(models),
        "measured": MEASURED,
        "simulated": SIMULATED if simulated else "nothing",
        "prices": {"source": prices.source, "pinned_on": prices.pinned_on},
        "summary": summary(ordered, wall_s, prices, target_s) | {"target_s": target_s},
        "stages_s": stages(ordered),
        "parallel": parallel_saving(ordered),
        "agents": by_group(ordered, "agent"),
        "by_model": by_group(ordered, "model"),
        **extra,
        "requests": [line.plain() for line in ordered],
    }


def environment() -> dict[str, Any]:
    """The machine and the versions that a result depends on."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": versions,
        "command": " ".join(["python", Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the document whole or not at all, its requests as columns. StoreError."""
    head = {name: value for name, value in content.items() if name != "requests"}
    text = json.dumps(head, indent=1, ensure_ascii=False, default=str)[:-2]
    text += f',\n "requests": {written(packed(content["requests"]))}\n}}\n'
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise StoreError(f"{path} can't be written: {error.strerror}.", "Name another file with --out.") from None


def read(path: Path) -> dict[str, Any]:
    """The document in `path`, a request a row. SettingsError when it is missing, broken or of another schema."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content["schema_version"] == SCHEMA_VERSION:
            return content | {"requests": unpacked(content["requests"])}
    except (OSError, UnicodeDecodeError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{path} is not a load test result: {error!r}.", "Create one with `python main.py --load-test`."
        ) from None
    raise SettingsError(
        f"{path} has schema version {content['schema_version']!r}; this release reads {SCHEMA_VERSION}.",
        "Run the load test again.",
    )


def carried(path: Path) -> dict[str, Any]:
    """The sections of the document in `path` that commands of their own measured; empty without such a file."""
    try:
        content = read(path) if path.exists() else {}
    except SettingsError:
        return {}
    return {name: content[name] for name in SECTIONS if name in content}


def add_section(path: Path, name: str, section: Mapping[str, Any]) -> None:
    """Put a section into the document in `path`, instead of the one of that name; all else stays. SettingsError."""
    content = read(path)
    requests = content.pop("requests")
    write(path, {**content, name: section, "requests": requests})
