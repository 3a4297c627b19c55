"""`python main.py engine`: whether the server at ENGINE_URL answers; start or stop a Spark of this machine's own."""

from __future__ import annotations

import argparse

from analyst.core.settings import load_settings
from analyst.engine.remote import local_spark
from analyst.engine.remote.access import LOCAL, Access
from analyst.engine.remote.spark_opening import version


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    parser.add_argument(
        "action", nargs="?", choices=("status", "start", "stop"), default="status",
        help=f"status asks the server at ENGINE_URL (which starts Spark where that is {LOCAL}); start and stop are "
        "about a Spark on this machine",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Do it and say what was done."""
    print(_done(arguments.action))  # noqa: T201 - a command's output
    return 0


def _done(action: str) -> str:
    settings = load_settings()
    if action == "stop":
        return "Spark was stopped." if local_spark.stop(settings.state_dir) else "No Spark of this folder is running."
    if action == "start":
        found = local_spark.start(settings.state_dir, settings.sql_memory_mb)
        return f"Spark is running on port {found.port}. Set ENGINE_URL={LOCAL} to use it."
    access = Access.of(settings)
    return f"{version(access)} answers at {access.shown}."
