"""What models and readers are told of a table: its card, and the evidence tables that can always be cited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from analyst.datasets.bands import band_start
from analyst.datasets.categories import is_category
from analyst.datasets.linking import folded
from analyst.datasets.privacy.headers import heads_coordinates, heads_person_numbers
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.protocol.evidence import JOINS, EvidenceTable, rounded
from analyst.protocol.table import ColumnCard, ColumnProfile, IngestNote, Issue, OpenedTable, TableCard, TableProfile

MOST_COLUMNS = 40
"""Columns of a card; of a wider table the named and the most useful ones are kept."""
_ALL, _SAMPLES = 20, 3
_CUT, _NOTES = 40, 6
_BUDGET = 240
"""Characters of all values of one column: longer lists are cut to samples."""
_QUOTED = re.compile(r"(?<!\w)'([^']*)'(?!\w)")
_HOW = {"lookup": "looked up", "totals": "added up first"}
_JOIN_FIELDS = "table joined_to rows_without_match share_without_match rows_left_out keys how rows_before rows_after"
_USE = {"target": 0, "time": 1, "measure": 2, "dimension": 3, "identifier": 4, "text": 5, "constant": 6}


def build_card(
    profile: TableProfile,
    question: str,
    mentioned: Mapping[str, Sequence[Any]],
    pseudonyms: Pseudonyms,
    *,
    most: int = MOST_COLUMNS,
) -> TableCard:
    """The card of a table for `question`: about 35 tokens a column, at most `most`, values of personal columns as
    tokens."""
    chosen = _choose(profile.columns, question, mentioned, most)
    rows = profile.table.rows
    columns = tuple(_column_card(column, rows, mentioned.get(column.name, ()), pseudonyms) for column in chosen)
    omitted = len(profile.columns) - len(chosen)
    notes = tuple(_note(note, profile, pseudonyms) for note in profile.table.notes[:_NOTES])
    name, joins = pseudonyms.hide_text(profile.table.name), profile.table.joins
    rows_of = pseudonyms.hide_text(joins[0].relation.left.table) if joins else None
    numbered = profile.table.remote is None
    return pseudonyms.hide_all(
        TableCard(name, rows, columns, profile.duplicate_rows, omitted, notes, numbered, rows_of)
    )


def _note(note: IngestNote, profile: TableProfile, pseudonyms: Pseudonyms) -> str:
    """What a note says without the cells that it quotes: of a personal column no example at all, else no words."""
    headers, told = profile.table.columns, note.message
    personal = [column for column in pseudonyms.columns if column == note.column or repr(column) in told]
    if personal:
        told = told.split(": ", maxsplit=1)[0].rstrip(".") + "."

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if quoted[1] in headers or not any(map(str.isalpha, quoted[1])) else "'…'"

    return pseudonyms.hide_value("note", _QUOTED.sub(shown, told))


def _choose(
    columns: Sequence[ColumnProfile], question: str, mentioned: Mapping[str, Sequence[Any]], most: int
) -> list[ColumnProfile]:
    if len(columns) <= most:
        return list(columns)
    asked = set(folded(question).split())

    def rank(place: int) -> tuple[int, int, int]:
        column = columns[place]
        words = set(folded(column.name).split())
        named = len(words & asked) / max(1, len(words))
        wanted = 0 if column.name in mentioned or named == 1 else 1 if named else 2
        return wanted, _USE[column.role], place

    kept = sorted(sorted(range(len(columns)), key=rank)[:most])
    return [columns[place] for place in kept]


def _column_card(column: ColumnProfile, rows: int, mentioned: Sequence[Any], pseudonyms: Pseudonyms) -> ColumnCard:
    numbered = column.role == "identifier" or heads_person_numbers(column.name)
    hidden = bool(column.personal) or numbered or heads_coordinates(column.name)
    ranged = _has_range(column) and not hidden and column.role not in ("target", "constant")
    values = None if ranged or hidden else _values(column, rows, pseudonyms)
    return ColumnCard(
        name=column.name,
        type=column.type,
        role=column.role,
        missing=column.missing or None,
        distinct=len(column.members) or column.distinct,
        min=_plain(column.minimum) if ranged else None,
        mean=rounded(column.mean, 4) if ranged and column.role == "measure" else None,
        max=_plain(column.maximum) if ranged else None,
        values=values,
        shape=column.shape if values is None and not column.number_pattern else None,
        mentioned=tuple(_shown(column, value, pseudonyms) for value in mentioned) or None,
        numbers=column.number_pattern,
        personal=column.personal,
        **_meant(column, pseudonyms),
    )


def _meant(column: ColumnProfile, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """What the values of a column mean, as a card tells it."""
    told = {each.name: getattr(column.meaning, each.name) for each in fields(column.meaning)}
    wholes = tuple(_shown(column, value, pseudonyms) for value in column.meaning.wholes or ())
    return told | {"adds": None if told["adds"] == "rows" else told["adds"], "wholes": wholes or None}


def _has_range(column: ColumnProfile) -> bool:
    """Whether least and greatest value tell something: numbers and moments."""
    return column.kind in ("number", "date", "timestamp", "time") and column.distinct > 0


def _values(column: ColumnProfile, rows: int, pseudonyms: Pseudonyms) -> tuple[Any, ...] | None:
    """All values of a small category, else samples; none of other text."""
    if not column.values or (column.kind == "text" and not is_category(column, rows)):
        return None
    held = [value for value, _ in (column.members or column.values)]
    if any(found.kind == "ranges" for found in column.suspicious):
        held.sort(key=band_start)
    values = [_shown(column, value, pseudonyms) for value in held[: _ALL + 1]]
    complete = (len(column.members) or column.distinct) == len(values) <= _ALL
    uncut = all(not isinstance(v, str) or len(v) <= _CUT + 1 for v in values)
    if complete and uncut and sum(len(str(value)) for value in values) <= _BUDGET:
        return tuple(values)
    return tuple(values[:_SAMPLES])


def _shown(column: ColumnProfile, value: Any, pseudonyms: Pseudonyms) -> Any:
    if column.personal:
        return pseudonyms.hide(column.name, value)
    plain = _plain(value)
    return pseudonyms.hide_value(column.name, plain) if isinstance(plain, str) else plain


def _plain(value: Any) -> Any:
    """A value as a card shows it: dates as ISO text, numbers short, long texts cut."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return rounded(value)
    text = value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else str(value)
    if hasattr(value, "hour") and hasattr(value, "year"):
        text = text.removesuffix(" 00:00:00")
    return text if len(text) <= _CUT else text[:_CUT] + "…"


def card_evidence(profile: TableProfile) -> tuple[EvidenceTable, ...]:
    """The tables that can always be cited: `table` (one row), `profile` (a row a column), `issues` (a row an issue) and
    `joins` (a row a joined table)."""
    joins = (_joins(profile.table),) if profile.table.joins else ()
    return _table(profile), _profile(profile), _issues(profile), *joins


def _table(profile: TableProfile) -> EvidenceTable:
    return EvidenceTable(
        id="table",
        what=f"size of {profile.table.name}",
        columns=("rows", "columns", "duplicate_rows"),
        rows=((profile.table.rows, len(profile.columns), profile.duplicate_rows),),
        row_count=1,
        formats={"rows": "integer", "columns": "integer", "duplicate_rows": "integer"},
        audience="detail",
    )


def _profile(profile: TableProfile) -> EvidenceTable:
    rows = tuple(_profile_row(column, profile.table.rows) for column in profile.columns)
    return EvidenceTable(
        id="profile",
        what=f"columns of {profile.table.name}",
        columns=("column", "type", "role", "missing", "missing_pct", "distinct", "min", "mean", "max"),
        rows=rows,
        row_count=len(rows),
        key=("column",),
        formats={"missing": "integer", "missing_pct": "percent", "distinct": "integer", "mean": "number"},
        audience="detail",
    )


def _joins(table: OpenedTable) -> EvidenceTable:
    """What each join did: no row of the whole may come or go, and what has no match is told."""
    fields = tuple(_JOIN_FIELDS.split())
    rows = tuple(
        (
            join.relation.right.table,
            join.relation.left.table,
            join.relation.left.without_match,
            join.relation.left.without_match / (join.relation.left.every or 1),
            join.relation.right.without_match,
            join.relation.keys,
            _HOW[join.how],
            join.rows_before,
            join.rows_after,
        )
        for join in table.joins
    )
    return EvidenceTable(
        id=JOINS,
        what=f"how the tables of {table.name} were joined",
        columns=fields,
        rows=rows,
        row_count=len(rows),
        key=("table",),
        formats=dict.fromkeys((name for name in fields if name.startswith("rows_")), "integer")
        | {"share_without_match": "percent"},
        audience="detail",
    )


def _profile_row(column: ColumnProfile, rows: int) -> tuple[Any, ...]:
    low, high = (_cell(column.minimum), _cell(column.maximum)) if _has_range(column) else (None, None)
    share = column.missing / rows
    return column.name, column.type, column.role, column.missing, share, column.distinct, low, column.mean, high


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, float, bool)) else value.isoformat()


def _issues(profile: TableProfile) -> EvidenceTable:
    cells = [place for place, issue in enumerate(profile.issues) if _shows_cell(issue, profile)]
    rows = tuple(
        (
            issue.kind,
            issue.column or "(table)",
            issue.count,
            min(1.0, issue.count / profile.table.rows),
            issue.severity,
            _plain(issue.examples[0]) if issue.examples else None,
        )
        for issue in profile.issues
    )
    return EvidenceTable(
        id="issues",
        what=f"data-quality issues of {profile.table.name}, worst first",
        columns=("issue", "column", "count", "percent", "severity", "example"),
        rows=rows,
        row_count=len(rows),
        key=("issue", "column"),
        formats={"count": "integer", "percent": "percent"},
        withheld={"example": cells} if cells else {},
    )


def _shows_cell(issue: Issue, profile: TableProfile) -> bool:
    """Whether the example of an issue is text of a row, which the card does not tell."""
    column = next((column for column in profile.columns if column.name == issue.column), None)
    if column is None:
        return False
    cells = column.kind == "text" and not is_category(column, profile.table.rows)
    return cells or column.role == "identifier" or bool(column.personal)
