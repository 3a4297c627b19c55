"""`feedback`: what people said of their answers, with what was asked and computed, for whoever improves the product."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from analyst.core.errors import SettingsError
from analyst.core.settings import Settings, load_settings
from analyst.observability.command import moment_of
from analyst.service.feedback import JudgedAnswer, judged
from analyst.storage.database import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is written, and how."""
    parser.add_argument("--csv", action="store_true", help="write CSV, not JSON")
    parser.add_argument("--since", metavar="7d|12h|DATE", help="only feedback given since then")


def run(arguments: argparse.Namespace) -> int:
    """Write the feedback to standard output; the exit code."""
    settings = load_settings()
    store = Store.named(settings.metrics_export_path, settings.database_url)
    found = judged(store, settings.runs_dir, _since(arguments.since, settings))
    write = write_csv if arguments.csv else write_json
    write(found, sys.stdout, ZoneInfo(settings.timezone))
    return 0


def _since(text: str | None, settings: Settings) -> float:
    if text is None:
        return 0.0
    try:
        return moment_of(text, ZoneInfo(settings.timezone), time.time())
    except ValueError:
        raise SettingsError(f"--since {text!r} is no time in the past.", "Write 7d, 12h or 2026-11-01.") from None


def write_json(found: Iterable[JudgedAnswer], file: TextIO, zone: ZoneInfo) -> None:
    """A list of objects; times are ISO 8601 in `zone`."""
    json.dump([_told(one, zone) for one in found], file, indent=2, ensure_ascii=False)
    file.write("\n")


def write_csv(found: Iterable[JudgedAnswer], file: TextIO, zone: ZoneInfo) -> None:
    """A line each; plan and models as JSON. A text that a spreadsheet would compute is quoted."""
    names = [field.name for field in fields(JudgedAnswer)]
    out = csv.DictWriter(file, names)
    out.writeheader()
    for one in found:
        told = _told(one, zone)
        out.writerow({name: _cell(told[name]) for name in names})


def _told(one: JudgedAnswer, zone: ZoneInfo) -> dict[str, object]:
    return asdict(one) | {"given_at": datetime.fromtimestamp(one.given_at, zone).isoformat(timespec="seconds")}


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
