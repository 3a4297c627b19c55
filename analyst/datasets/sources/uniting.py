"""Many files as one table: months as files united, parts of a Hive table with their keys, differing columns told."""

# Every name goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from analyst.core.errors import TableError
from analyst.core.quoting import literal, literals, quoted, quoted_names
from analyst.core.text import counted, listed
from analyst.datasets.headers import unique
from analyst.datasets.series import Series, series_of
from analyst.datasets.sources.csv_reading import STAGE, Staged
from analyst.datasets.sources.folders import Files, all_parquet
from analyst.datasets.sources.interface import Pulled, named
from analyst.datasets.sources.plain_columns import plain_columns
from analyst.datasets.sources.typed_reading import short, stage_source
from analyst.datasets.times.forms import FORMS, fold, form_of
from analyst.engine.errors import EngineError
from analyst.engine.loading import Loader
from analyst.protocol.places import Entry
from analyst.protocol.table import ALIKE, IngestNote

_ALIKE = 0.5
"""The share of the columns of the smaller one that two files of one table have in common at least."""
_PART = "_part_{}"
_FILE = "file"
_NO_KEY = "__HIVE_DEFAULT_PARTITION__"
_NOTED, _NAMED = 3, 4
_NUMBERS = frozenset({"BIGINT", "DOUBLE"})
_MOMENTS = ("DATE", "TIMESTAMP")
_FIRST = 100
"""Rows that are looked at for dates."""
_DATED = tuple(name for name in FORMS if name != "serial")
StageFile = Callable[[Loader, Path, Path], Staged]
StagePart = Callable[[Loader, Path], Staged]
"""Fill the stage from a file, or from what is known; intermediate files go into the folder."""


@dataclass(frozen=True)
class FolderSource:
    """One table of all files in `files`, each read by `stage_file`."""

    files: Files
    stage_file: StageFile

    def entries(self) -> list[Entry]:
        """The files."""
        root = self.files.root
        return [Entry(str(p.relative_to(root)), "file", bytes=p.stat().st_size) for p in self.files.required()]

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage with the rows of all files, in the order of their names."""
        paths = self.files.required()
        if all_parquet(paths):
            staged = _stage_parquet(loader, paths, self.files)
            return self._pulled(loader, staged, "parquet")
        parts = [self._part(loader, place, path, workdir) for place, path in enumerate(paths)]
        series = series_of([path.stem for path in paths]) if len(paths) > 1 else None
        return self._pulled(loader, _united(loader, _dated(loader, parts, series), _FILE), "files")

    def _pulled(self, loader: Loader, staged: Staged, format_: str) -> Pulled:
        overlap = _overlap(loader, staged) if _tells_file([entry.name for entry in self.entries()]) else ()
        return Pulled(replace(staged, notes=(*staged.notes, *overlap)), self.files.name, format_)

    def _part(self, loader: Loader, place: int, path: Path, workdir: Path) -> _Part:
        relative = path.relative_to(self.files.root)

        def stage(loader: Loader, folder: Path) -> Staged:
            return self.stage_file(loader, path, folder)

        return replace(_staged_part(loader, place, (str(relative), stage), workdir), keys=_keys(relative))


@dataclass(frozen=True)
class UnitedSource:
    """The table `name` of several that lie apart, each called as a column says that is named like `kind` (file or
    sheet) and staged by its function, which gets a folder for intermediate files. `series` None: their names don't say
    that they are parts of one table."""

    name: str
    parts: Sequence[tuple[str, StagePart]]
    kind: str
    series: Series | None

    def entries(self) -> list[Entry]:
        """The tables."""
        return [Entry(label, self.kind) for label, _ in self.parts]

    @property
    def _names(self) -> str:
        labels = [label for label, _ in self.parts]
        return listed(labels) if len(labels) <= _NAMED else f"{labels[0]} and {len(labels) - 1} more"

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage with the rows of all tables, in their order."""
        parts = [_staged_part(loader, *one, workdir) for one in enumerate(self.parts)]
        dated = _dated(loader, parts, self.series)
        staged = _united(loader, dated, self.kind)
        note, overlap = self._note(staged, dated[0].keys), _overlap(loader, staged)
        return Pulled(replace(staged, notes=(note, *staged.notes[1:], *overlap)), self.name, "files")

    def _note(self, staged: Staged, periods: Iterable[str]) -> IngestNote:
        """That the tables were put together, and what column of periods that made; first of all where they may hold
        different things."""
        column = staged.columns[-1]
        told = f"{self._names} have the same columns, so their rows were put together: {column!r} says whose."
        told += "".join(f" {header!r} is the {header} that its name tells." for header in periods)
        if self.series is not None:
            return IngestNote("united", told, len(self.parts))
        doubt = f" If they hold different things, totals mix them: ask by {column} then."
        return IngestNote(ALIKE, told + doubt, len(self.parts))


def _staged_part(loader: Loader, place: int, part: tuple[str, StagePart], workdir: Path) -> _Part:
    """A table that was staged, as a temporary table of its own."""
    label, stage = part
    folder = workdir / f"part-{place}"
    folder.mkdir(parents=True, exist_ok=True)
    staged = stage(loader, folder)
    relation = _PART.format(place)
    loader.materialise(relation, f"SELECT * FROM {STAGE}", staged.columns)
    shutil.rmtree(folder, ignore_errors=True)
    return _Part(label, relation, {}, staged)


@dataclass(frozen=True)
class _Part:
    """A file that was read, as the temporary table `relation`; `keys` are those that its folders tell."""

    file: str
    relation: str
    keys: Mapping[str, str]
    staged: Staged

    @property
    def columns(self) -> frozenset[str]:
        """Its columns' names, without regard to case."""
        return frozenset(name.casefold() for name in self.staged.columns)


def _dated(loader: Loader, parts: Sequence[_Part], series: Series | None) -> list[_Part]:
    """The parts with the periods that their names tell as their keys, where their columns tell none."""
    if series is None or not series.header:
        return list(parts)
    if any(series.header in part.columns for part in parts) or _tells_dates(loader, parts[0]):
        return list(parts)
    return [
        replace(part, keys={**part.keys, series.header: period})
        for part, period in zip(parts, series.periods, strict=True)
    ]


def _tells_dates(loader: Loader, part: _Part) -> bool:
    """Whether a column of a part holds dates, as far as its first rows tell."""
    kinds = loader.columns(part.relation)
    texts = [column for column, kind in kinds.items() if kind == "VARCHAR"]
    if any(kind.startswith(_MOMENTS) for kind in kinds.values()):
        return True
    rows = loader.rows(f"SELECT {quoted_names(texts)} FROM {part.relation} LIMIT {_FIRST}") if texts else []
    cells = [[fold(cell) for cell in column if cell] for column in zip(*rows, strict=True)]
    return any(column and all(form_of(cell, _DATED) for cell in column) for column in cells)


def _keys(relative: Path) -> dict[str, str]:
    """The keys of a Hive table that the folders above a file tell: year=2024/month=01."""
    pairs = (part.partition("=") for part in relative.parts[:-1])
    return {name: value for name, sign, value in pairs if sign and name}


def _tells_file(files: Sequence[str]) -> bool:
    """Whether a column tells each row's file, as the last one: the folders of a Hive table tell more than its files."""
    return len(files) > 1 and not all(_keys(Path(file)) for file in files)


def _united(loader: Loader, parts: Sequence[_Part], kind: str) -> Staged:
    """The stage with the rows of all parts, their keys, and in a column named like their kind what each is from."""
    _require_alike([(part.file, part.staged.columns) for part in parts])
    shown = {name.casefold(): name for part in reversed(parts) for name in part.staged.columns}
    order = list(dict.fromkeys(name.casefold() for part in parts for name in part.staged.columns))
    shown = {column: shown[column] for column in order}
    added = _added(parts, set(shown), kind)
    texts = _mixed(loader, parts)
    selects = [_selected(part, added, texts) for part in parts]
    loader.save(STAGE, _numbered(" UNION ALL BY NAME ".join(selects), [*shown.values(), *added]))
    for part in parts:
        loader.drop(part.relation)
    notes = (_files_note([part.file for part in parts]), *_differing(parts, shown), *_repeated(parts))
    typed = all(part.staged.typed for part in parts)
    plain = {} if typed else plain_columns(loader.columns(STAGE))
    return replace(parts[0].staged, columns=(*shown.values(), *added), notes=notes, plain=plain, typed=typed)


def _added(parts: Sequence[_Part], taken: set[str], kind: str) -> dict[str, str]:
    """The columns that the files' places add, each with the key that it shows; "" shows the file."""
    keys = dict.fromkeys(key for part in parts for key in part.keys if key.casefold() not in taken)
    return {key: key for key in keys} | (
        {unique(kind, taken): ""} if _tells_file([part.file for part in parts]) else {}
    )


def _mixed(loader: Loader, parts: Sequence[_Part]) -> set[str]:
    """The columns that files type differently, so that only their text is common: in lower case."""
    kinds: dict[str, set[str]] = {}
    for part in parts:
        for name, kind in loader.columns(part.relation).items():
            kinds.setdefault(name.casefold(), set()).add(kind)
    return {name for name, found in kinds.items() if len(found) > 1 and not found <= _NUMBERS}


def _selected(part: _Part, added: Mapping[str, str], texts: set[str]) -> str:
    values = [
        f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" if name.casefold() in texts else quoted(name)
        for name in part.staged.columns
    ]
    for name, key in added.items():
        told = part.keys.get(key) if key else part.file
        values.append(f"CAST({literal(None if told == _NO_KEY else told)} AS VARCHAR) AS {quoted(name)}")
    return f"(SELECT {', '.join(values)} FROM {part.relation})"


def _overlap(loader: Loader, staged: Staged) -> tuple[IngestNote, ...]:
    """A note of rows that stand in several files; the last column tells a row's file."""
    *values, file = [f"c{place}" for place in range(len(staged.columns))]
    alike = f"SELECT 1 FROM {STAGE} GROUP BY {', '.join(values)} HAVING count(DISTINCT {file}) > 1"
    count = int(loader.rows(f"SELECT count(*) FROM ({alike})")[0][0])
    told = "with the same values, so they may be counted more than once."
    stand = "stands" if count == 1 else "stand"
    return (
        (IngestNote("file_overlap", f"{counted(count, 'row')} {stand} in more than one file {told}", count),)
        if count
        else ()
    )


def _numbered(sql: str, columns: Sequence[str]) -> str:
    """A SELECT with its columns named c0, c1, …, as the stage has them."""
    listed = ", ".join(f"{quoted(name)} AS c{place}" for place, name in enumerate(columns))
    return f"SELECT {listed} FROM ({sql})"


def _require_alike(files: Sequence[tuple[str, Sequence[str]]]) -> None:
    """TableError where files are no parts of one table: most of their columns differ from the first one's."""
    first_file, first = files[0][0], {name.casefold() for name in files[0][1]}
    for file, columns in files[1:]:
        other = {name.casefold() for name in columns}
        if len(first & other) < _ALIKE * min(len(first), len(other)):
            raise TableError(
                f"{first_file!r} and {file!r} are no parts of one table: the columns of the first are"
                f" {_some(files[0][1])}; those of the other are {_some(columns)}.",
                "Name one file, or those of one table by a pattern such as orders_*.csv.",
            )


def _some(names: Sequence[str]) -> str:
    return named([Entry(name, "column") for name in names])


def _files_note(files: Sequence[str]) -> IngestNote:
    shown = f"{files[0]!r} to {files[-1]!r}" if len(files) > 1 else repr(files[0])
    return IngestNote("files", f"{counted(len(files), 'file')} read as one table: {shown}.", len(files))


def _differing(parts: Sequence[_Part], shown: Mapping[str, str]) -> Iterator[IngestNote]:
    """A note for each column that some of the files lack."""
    for column, name in shown.items():
        lacking = [part.file for part in parts if column not in part.columns]
        if lacking:
            yield _lacking(name, lacking, len(parts))


def _lacking(column: str, files: Sequence[str], total: int) -> IngestNote:
    named_files = ", ".join(map(repr, files[:_NOTED])) + (", …" if len(files) > _NOTED else "")
    told = f"{column!r} is missing in {len(files)} of {total} files ({named_files}): their rows have no value there."
    return IngestNote("file_columns", told, len(files), column)


def _repeated(parts: Sequence[_Part]) -> list[IngestNote]:
    """The notes of the files, each said once with the first file that it is true of."""
    seen: dict[str, tuple[str, IngestNote, int]] = {}
    for part in parts:
        for note in part.staged.notes:
            file, first, count = seen.get(note.kind, (part.file, note, 0))
            seen[note.kind] = (file, first, count + 1)
    alone = len(parts) == 1
    return [
        first if alone else replace(first, message=f"{file}{_more(count)}: {first.message}")
        for file, first, count in seen.values()
    ]


def _more(count: int) -> str:
    return f" and {counted(count - 1, 'other file')}" if count > 1 else ""


def _stage_parquet(loader: Loader, paths: Sequence[Path], files: Files) -> Staged:
    """The stage from Parquet files, in one scan."""
    told = [str(path.relative_to(files.root)) for path in paths]
    keys = _keys(Path(told[0]))
    read = partial(_parquet, keys=bool(keys))
    try:
        _require_alike(
            [(file, _names(loader, read([path]))) for path, file in {paths[0]: told[0], paths[-1]: told[-1]}.items()]
        )
        columns = _names(loader, read(paths))
        notes = (_files_note(told), *_lacked(loader, paths, [name for name in columns if name not in keys]))
        source = read(paths)
        if _tells_file(told):
            name = unique(_FILE, {column.casefold() for column in columns})
            place = f"substr(filename, {len(str(files.root)) + 2})"
            period = _period(loader, source, place, told) if len(told) > 1 else ""
            source = f"(SELECT * EXCLUDE (filename){period}, {place} AS {quoted(name)} FROM {read(paths, file=True)})"
        return stage_source(loader, source, notes)
    except EngineError as error:
        raise TableError(
            f"The Parquet files in {str(files.path)!r} can't be read together: {short(error)}.",
            "Check that they are parts of one table.",
        ) from error


def _period(loader: Loader, source: str, place: str, files: Sequence[str]) -> str:
    """The column of the periods that files' names tell, as SQL behind a comma; "" where their rows have dates."""
    series = series_of([Path(file).stem for file in files])
    kinds = dict(loader.describe(f"SELECT * FROM {source}"))
    if series is None or not series.header or any(kind.startswith(_MOMENTS) for kind in kinds.values()):
        return ""
    if series.header in {name.casefold() for name in kinds}:
        return ""
    known = zip(files, series.periods, strict=True)
    cases = " ".join(f"WHEN {literal(file)} THEN {literal(period)}" for file, period in known)
    return f", CASE {place} {cases} END AS {quoted(series.header)}"


def _parquet(paths: Sequence[Path], *, keys: bool, file: bool = False) -> str:
    """The rows of Parquet files, as a table function."""
    options = {
        "union_by_name": "true",
        "hive_partitioning": literal(keys),
        "filename": literal(file),
    }
    told = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"read_parquet([{literals(map(str, paths))}], {told})"


def _names(loader: Loader, source: str) -> list[str]:
    return [name for name, _ in loader.describe(f"SELECT * FROM {source}")]


def _lacked(loader: Loader, paths: Sequence[Path], columns: Sequence[str]) -> list[IngestNote]:
    """A note for each column that some of the Parquet files lack, by their own schemas."""
    listed = literals(map(str, paths))
    query = f"SELECT lower(name), list(DISTINCT file_name) FROM parquet_schema([{listed}]) GROUP BY 1"
    having = {str(name): set(files) for name, files in loader.rows(query)}
    lacking = {name: [path for path in paths if str(path) not in having.get(name.lower(), ())] for name in columns}
    return [_lacking(name, [path.name for path in without], len(paths)) for name, without in lacking.items() if without]
