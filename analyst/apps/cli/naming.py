"""What the command line asks about: a path, a URL, `-` for what comes on standard input, or the bundled sample."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analyst.core.errors import SettingsError, TableError
from analyst.datasets.piped import keep
from analyst.protocol.places import PART, Url, parse_place
from analyst.protocol.relations import parse_all_key_pairs
from analyst.protocol.table import TableSource
from analyst.samples.catalog import DEFAULT, SAMPLES

STDIN = "-"


def choose_input(source: TableSource | None, question: str | None) -> tuple[TableSource, str]:
    """The table and the question, those that are not given from the bundled sample; of another table an overview."""
    if source is None:
        sample = SAMPLES[DEFAULT]
        return TableSource(sample.path), question or sample.question
    if question is not None:
        return source, question
    path = source.place
    real = path.resolve() if isinstance(path, Path) else None
    same = (sample.question for sample in SAMPLES.values() if sample.path.resolve() == real)
    return source, next(same, "Give me an overview of this table.")


def split_given(given: Sequence[str]) -> tuple[Sequence[str], str | None]:
    """The tables and the question of what stands on the command line: the last of several is the question, unless a
    table lies there."""
    if len(given) < 2 or _is_table(given[-1]):
        return given, None
    return given[:-1], given[-1]


def split_followed(typed: Sequence[str]) -> tuple[str | None, str, Sequence[str]]:
    """The run, the question and the tables to add of what stands behind --follow: the question is the second of
    several, unless a table lies there."""
    asked = 0 if len(typed) < 2 or _is_table(typed[1]) else 1
    return (typed[0] if asked else None), typed[asked], typed[asked + 1 :]


def added_tables(typed: Sequence[str], sheet: str | None, state_dir: Path) -> tuple[TableSource, ...]:
    """The tables that a follow-up adds. SettingsError: a sheet is named, but no table or several."""
    if sheet and len(typed) != 1:
        raise SettingsError(
            f"--follow is about the tables of the question before it: --sheet {sheet!r} is of none.",
            f"Add it as FILE{PART}{sheet}.",
        )
    return tuple(named_table(one, sheet, state_dir) for one in typed)


def _is_table(typed: str) -> bool:
    try:
        place, _ = parse_place(typed)
        return isinstance(place, Url) or place.exists()
    except OSError:  # too long for a path
        return False


def named_tables(typed: Sequence[str], sheet: str | None, state_dir: Path, on: Sequence[str] = ()) -> TableSource:
    """The source that is named, with the further tables that it is joined with, and the keys. See `named_table`."""
    if on and len(typed) < 2:
        raise SettingsError(f"--on {on[0]!r} joins two tables, but one is named.", "Name the other one too.")
    if len(typed) > 1 and sheet:
        raise SettingsError(f"--sheet {sheet!r} does not say of which table.", f"Write it as FILE{PART}{sheet}.")
    if typed.count(STDIN) > 1:
        raise SettingsError("Standard input holds one table.", f"Name it once: {STDIN}.")
    pairs = parse_all_key_pairs(on)
    first, *others = [named_table(one, sheet, state_dir) for one in typed]
    return replace(first, others=tuple(others), on=pairs)


def named_table(typed: str, sheet: str | None, state_dir: Path) -> TableSource:
    """The source that is named; what comes on standard input is kept in `state_dir`.

    TableError: it has no data. SettingsError: two are named.
    """
    if typed == STDIN:
        return TableSource(_from_stdin(state_dir), sheet)
    place, part = parse_place(typed)
    if part and sheet and part != sheet:
        raise SettingsError(
            f"Two tables are named: {part!r} and --sheet {sheet!r}.", f"Leave out one of them: {PART} or --sheet."
        )
    return TableSource(place, sheet or part)


def _from_stdin(state_dir: Path) -> Path:
    if sys.stdin.isatty():
        raise TableError(
            "- reads a table from standard input, but nothing is piped into it.", "Pipe a file: cat sales.csv | …"
        )
    return keep(sys.stdin.buffer, state_dir)
