"""An SQL step's result as a TEMP table, and what of it may be shown to a model (rule: planning.disclosure)."""

# Every name built into SQL here passes `quoted`; a model's own text is inspected before.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyst.core.quoting import quoted
from analyst.engine.errors import EngineError, StoppedError
from analyst.engine.interface import Engine, within
from analyst.planning.disclosure import UNKNOWN, Judged, Kind, Relation, typed
from analyst.planning.sql_guard import Statement
from analyst.planning.sql_lineage import SUPPORT, Lineage, Output, refuse_thin, settled

COUNTING_S = 5.0
"""How long counting rows inside a statement may take; what is not counted by then is withheld."""


class ResultTable:
    """Makes the TEMP table `id` with `columns` from a statement over `tables`."""

    def __init__(self, engine: Engine, tables: Mapping[str, Relation]) -> None:
        self._engine = engine
        self._lineage = Lineage(tables, self._least)

    def make(self, id: str, columns: Sequence[str], statement: Statement, most: int) -> Judged:
        """Run the statement and judge its result; supports are those of the first `most` rows. EngineError."""
        out = self._output(statement)
        if out.names is None or not _are_named(columns, out.names):
            worst = out.relation.worst
            out = replace(out, kinds=(worst,) * len(columns), names=None, counted=None)
        text = self._lineage.text(out.counted) if out.counted is not None else None
        if text is not None:
            try:
                return self._counted(id, columns, text, out, most)
            except StoppedError:
                raise
            except EngineError:
                self._engine.drop(id)
        self._engine.materialise(id, statement.text, columns)
        return self._plain(id, columns, out)

    def _output(self, statement: Statement) -> Output:
        try:
            return self._lineage.of(statement.tree)
        except (LookupError, TypeError, AttributeError, RecursionError):
            return Output(UNKNOWN)  # a tree that is not as we know it, or too deep: nothing of it is shown

    def _plain(self, id: str, columns: Sequence[str], out: Output) -> Judged:
        """Nothing was counted: rows of the data are withheld but for the plan's own words."""
        thin = out.relation.thin or out.counted is not None
        rows_shared = out.relation.shared and (out.counted is None or (bool(out.open) and all(out.open)))
        # A number made of one row's text or id is as private as that; of a larger group's it is a number.
        own = dict(zip(columns, out.kinds, strict=True))
        kinds = own if thin and rows_shared else self._typed(id, columns, out.kinds)
        most = Kind.VALUE if rows_shared else Kind.LITERAL
        shown = {c: Kind.PICKED if thin and kind > most else kind for c, kind in kinds.items()}
        known = _lower(kinds)
        row = out.relation.row if out.relation.row in known else None
        return Judged(shown, replace(out.relation, columns=known, rest=None, thin=thin, row=row))

    def _counted(self, id: str, columns: Sequence[str], text: str, out: Output, most: int) -> Judged:
        behind = [f"{SUPPORT}{place}" for place in range(len(columns) + 1)]
        self._engine.materialise(id, text, [*columns, *behind])
        rows = self._engine.head(id, behind, most)
        least = self._least(f"SELECT * FROM {quoted(id)}", len(behind)) or [0] * len(behind)
        self._engine.drop_columns(id, behind)
        refuse_thin(out, least)
        kinds = self._typed(id, columns, out.kinds)
        supports = {name: [row[place] for row in rows] for place, name in enumerate(columns, 1)}
        named = replace(out, names=tuple(columns), relation=replace(out.relation, columns=_lower(kinds), rest=None))
        shown = frozenset(name for name, is_open in zip(columns, out.open, strict=False) if is_open)
        return Judged(kinds, settled(named, least), supports, open=shown)

    def _typed(self, id: str, columns: Sequence[str], kinds: Sequence[Kind]) -> dict[str, Kind]:
        types = self._engine.columns(id)
        return {name: typed(kind, types[name]) for name, kind in zip(columns, kinds, strict=True)}

    def _least(self, text: str, width: int) -> list[int | None] | None:
        asked = ", ".join(f"min({quoted(f'{SUPPORT}{place}')})" for place in range(width))
        try:
            with within(self._engine, COUNTING_S):
                return list(self._engine.rows(f"SELECT {asked} FROM ({text})")[0])
        except EngineError:
            return None


def _lower(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    return {name.casefold(): kind for name, kind in kinds.items()}


def _are_named(columns: Sequence[str], told: Sequence[str]) -> bool:
    """Whether a result's columns are the ones told, in this order: what can't be told by name is left open."""
    if len(columns) != len(told):
        return False
    pairs = zip(columns, told, strict=True)
    return all(not name.isidentifier() or column.casefold().startswith(name.casefold()) for column, name in pairs)
