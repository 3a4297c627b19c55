"""What the command line asks about: a path, a URL, `-` for what comes on standard input, or the bundled sample."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from analyst.core.errors import SettingsError, TableError
from analyst.core.scratch import scratch
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


def _is_table(typed: str) -> bool:
    try:
        place, _ = parse_place(typed)
        return isinstance(place, Url) or place.exists()
    except OSError:  # too long for a path
        return False


@contextmanager
def named_tables(typed: Sequence[str], sheet: str | None, on: Sequence[str] = ()) -> Iterator[TableSource]:
    """The source that is named, with the further tables that it is joined with, and the keys. See `named_table`."""
    if on and len(typed) < 2:
        raise SettingsError(f"--on {on[0]!r} joins two tables, but one is named.", "Name the other one too.")
    if len(typed) > 1 and sheet:
        raise SettingsError(f"--sheet {sheet!r} does not say of which table.", f"Write it as FILE{PART}{sheet}.")
    if typed.count(STDIN) > 1:
        raise SettingsError("Standard input holds one table.", f"Name it once: {STDIN}.")
    with ExitStack() as held:
        first, *others = [held.enter_context(named_table(one, sheet)) for one in typed]
        yield replace(first, others=tuple(others), on=parse_all_key_pairs(on))


@contextmanager
def named_table(typed: str, sheet: str | None) -> Iterator[TableSource]:
    """The source that is named, while the block runs. TableError: it has no data. SettingsError: two are named."""
    if typed == STDIN:
        with _from_stdin(sheet) as source:
            yield source
        return
    place, part = parse_place(typed)
    if part and sheet and part != sheet:
        raise SettingsError(
            f"Two tables are named: {part!r} and --sheet {sheet!r}.", f"Leave out one of them: {PART} or --sheet."
        )
    yield TableSource(place, sheet or part)


@contextmanager
def _from_stdin(sheet: str | None) -> Iterator[TableSource]:
    """What comes on standard input, as a file that is gone afterwards."""
    if sys.stdin.isatty():
        raise TableError(
            "- reads a table from standard input, but nothing is piped into it.", "Pipe a file: cat sales.csv | …"
        )
    with scratch("stdin") as folder:
        path = folder / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        if path.stat().st_size == 0:
            raise TableError("Standard input is empty.", "Check the command before the pipe.")
        yield TableSource(path, sheet)
