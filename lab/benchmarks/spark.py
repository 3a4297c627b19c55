"""The Spark that benchmarks measure: the one that ENGINE_URL names, or this machine's own, and how much memory that took."""

from __future__ import annotations

from contextlib import suppress

import psutil

from analyst.core.settings import load_settings
from analyst.engine.remote import local_spark
from analyst.engine.remote.access import LOCAL
from lab.benchmarks.peak_memory import peak_mb


def spark_here() -> str | None:
    """ENGINE_URL, or the address of this machine's own Spark where that is installed; None where there is none."""
    given = load_settings().engine_url
    if given is not None:
        return given.get_secret_value()
    return LOCAL if (local_spark.ENVIRONMENT / "bin" / "spark-submit").is_file() else None


def spark_peak_mb() -> int | None:
    """The most memory that this machine's own Spark has taken, in MB: the sum of its processes' peaks; None: another's."""
    found = local_spark.running(load_settings().state_dir)
    if found is None:
        return None
    server = psutil.Process(int(found.owner.split("/")[1]))
    peaks = 0
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess, OSError):
            peaks += peak_mb(process.pid)
    return peaks or None
