"""The arguments of an analysis, `python main.py TABLE "QUESTION"`, and what a newcomer is told."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from analyst import __version__
from analyst.apps.cli.commands import Command, listing

PROGRAM = "python main.py"
WELCOME = f"""\
Analyzing a bundled sample. Next:
  your own data    {PROGRAM} sales.csv "Which products grew most in Q4?"
  all options      {PROGRAM} --help
  model API keys   copy .env.example to .env and add yours (optional: no key is required)
"""
"""What stands on stderr when no argument is given."""


def analysis_parser(commands: Mapping[str, Command]) -> argparse.ArgumentParser:
    """The arguments of an analysis; its help lists `commands` too."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f'{PROGRAM} [TABLE ...] ["QUESTION"] [options]\n'
        f'       {PROGRAM} --follow [RUN] "QUESTION" [TABLE ...] [options]\n'
        f"       {PROGRAM} COMMAND [options]",
        description="Answer a question about a table with checked numbers, charts and a report.",
        epilog=f"commands ({PROGRAM} COMMAND --help; a file with a command's name: ./NAME):\n{listing(commands)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "given",
        nargs="*",
        metavar="TABLE",
        help="CSV, Parquet, Excel or JSON file; folder or pattern of such files; SQLite or DuckDB file"
        " (shop.db::orders); URL of a file or of a database; - for standard input. Several tables are joined by their"
        " keys. Your question, in plain English, comes last",
    )
    parser.add_argument(
        "--sheet",
        metavar="NAME",
        help="sheet of an Excel workbook (default: the first one that is full of data), or table of a database;"
        " of several tables write FILE::NAME",
    )
    parser.add_argument(
        "--on",
        action="append",
        default=[],
        metavar="KEYS",
        help="columns that join two tables, such as orders.customer_id=customers.id (default: found and checked);"
        " repeat it for further tables, or where several columns are one key",
    )
    parser.add_argument(
        "--follow",
        nargs="+",
        metavar=("[RUN]", "QUESTION"),
        help='follow up on an earlier question about the same table, such as "and in Delhi?" (default: the last one);'
        " tables that are named too are joined with it",
    )
    parser.add_argument("--json", action="store_true", help="print only result.json to stdout")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the report (default: runs/<id>)")
    parser.add_argument(
        "--no-cache", action="store_true", help="ignore cached answers (the new answer is still cached)"
    )
    parser.add_argument(
        "--consensus",
        "--critical",
        action="store_true",
        help="have several models plan the analysis and a judge decide if their results differ; also applies to "
        'questions that start with "critical:", and to every question with CONSENSUS=always',
    )
    parser.add_argument(
        "--local", action="store_true", help="analyze in this process even if the service (see serve) is running"
    )
    parser.add_argument("--explain-routing", action="store_true", help="show which models were tried and why")
    parser.add_argument("--open", action="store_true", help="open the report in the browser")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser
