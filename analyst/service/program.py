"""What the processes that share a queue must have in common: the code, and the settings that an answer depends on.

A job is done by a process of the program that it was submitted to. Another one might send models what this service may
not, spend from another budget, or understand the question otherwise.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import SecretStr

from analyst.core.program import digest, files_below
from analyst.core.settings import ROOT, Settings

OF_THE_MACHINE = frozenset(
    {
        "litellm_proxy_url",
        "litellm_master_key",
        "metrics_export_path",
        "database_url",
        "otel_exporter_otlp_endpoint",
        "runs_dir",
        "state_dir",
        "uploads_dir",
        "uploads_url",
        "uploads_cache_mb",
        "upload_limit_mb",
        "keep_days",
        "open_tables_mb",
        "analyses_at_once",
        "expected_daily_requests",
        "requests_per_minute",
    }
)
"""Settings that may differ between machines: where things lie, and how much each takes on."""
SPINE = ("main.py", "workflow.py", "agents.py", "routing.py", "monitoring.py", "litellm_config.yaml")


def fingerprint(settings: Settings, root: Path = ROOT) -> str:
    """The same on every machine that would answer a question alike."""
    files = [*(root / name for name in SPINE), *sorted(files_below(root / "analyst"))]
    told = hashlib.sha256(digest(filter(Path.is_file, files), root).encode())
    for name, value in sorted(settings.model_dump(exclude=set(OF_THE_MACHINE)).items()):
        told.update(f"{name}={_shown(value)!r}\0".encode())
    return told.hexdigest()


def _shown(value: object) -> object:
    """A key as whether there is one, a file as what it holds."""
    if isinstance(value, SecretStr):
        return True
    return value.read_bytes() if isinstance(value, Path) and value.is_file() else value
