"""`tables`: what lies at a path or URL: the tables of a database, the sheets of a workbook, the files of a folder."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict

from analyst.apps.cli.naming import named_table
from analyst.core.settings import load_settings
from analyst.core.text import aligned
from analyst.protocol.places import PART, Entry, Url
from analyst.protocol.table import TableSource


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to look."""
    parser.add_argument("source", metavar="SOURCE", help="file, folder, pattern of files, database file or URL")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """List the tables; the exit code."""
    from analyst.datasets.reaching import list_tables

    settings = load_settings()
    source = named_table(arguments.source, None, settings.state_dir)
    entries = list_tables(source, settings)
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(entry) for entry in entries], indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(shown(entries, source, arguments.source))
    return 0


def shown(entries: Sequence[Entry], source: TableSource, typed: str) -> str:
    """The tables as lines, with the command that asks about the first one."""
    headings = ("name", "kind", "rows", "size")
    rows = [(entry.name, entry.kind, _rows(entry), _size(entry)) for entry in entries]
    lines = [] if not entries else [*aligned([headings, *rows], left=(0, 1)), ""]
    lines += ["~: an estimate."] if any(row[2].startswith("~") for row in rows) else []
    if entries and entries[0].kind != "file":
        lines.append(
            f'Ask about one: python main.py {shlex.quote(_address(source, typed, entries[0].name))} "QUESTION"'
        )
    return "\n".join(lines or ["There is no table."]) + "\n"


def _address(source: TableSource, typed: str, name: str) -> str:
    """How the table is named on the command line."""
    if isinstance(source.place, Url) and source.place.is_database:
        return f"{typed}{'&' if '?' in typed else '?'}table={name}"
    return f"{typed}{PART}{name}"


def _rows(entry: Entry) -> str:
    return "" if entry.rows is None else f"{'' if entry.exact else '~'}{entry.rows:,}"


def _size(entry: Entry) -> str:
    if entry.bytes is None:
        return ""
    return f"{entry.bytes / 10**6:,.1f} MB" if entry.bytes >= 10**5 else f"{entry.bytes / 1000:,.1f} kB"
