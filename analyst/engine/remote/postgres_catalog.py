"""What lies in a PostgreSQL database: tables and views, and their columns with the types that they have here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyst.core.quoting import quoted
from analyst.engine.errors import EngineError
from analyst.protocol.places import Entry

if TYPE_CHECKING:
    import psycopg

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "view", "f": "table"}
_STORED, _SAMPLED = ("r", "m"), ("r", "p", "m")
_TABLES = """SELECT n.nspname, c.relname, c.relkind::text, c.reltuples::bigint, pg_table_size(c.oid), c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY n.nspname <> 'public', 1, 2"""
_COLUMNS = """SELECT a.attname, coalesce(b.typname, t.typname), coalesce(b.typcategory, t.typcategory)::text,
      CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "BIGINT"),
    **dict.fromkeys(("float4", "float8", "money"), "DOUBLE"),
    **{"bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ", "time": "TIME"},
    "timetz": "TIME",
}
_AS_TEXT: Mapping[str, str] = {"money": "{}::numeric", "bytea": "encode({}, 'hex')", "timetz": "{}::time"}
"""How a type is told as text that is read by the types above."""
_WHOLE_DIGITS = 18
"""So many digits fit into a BIGINT."""
_FINITE = "CASE WHEN {} NOT IN ('NaN', 'Infinity', '-Infinity') THEN {} END"
_KNOWN = "CASE WHEN isfinite({}) AND {} >= '0001-01-01' THEN {} END"
"""A moment that tables here can hold."""


@dataclass(frozen=True)
class Relation:
    """A table or view: its entry, its name in parts, its kind and number in the catalog."""

    entry: Entry
    schema: str
    table: str
    kind: str
    oid: int

    @property
    def name(self) -> str:
        """Its name in a query."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    @property
    def is_stored(self) -> bool:
        """Whether it changes only with what is written on the server."""
        return self.kind in _STORED

    @property
    def can_sample(self) -> bool:
        """Whether TABLESAMPLE works on it."""
        return self.kind in _SAMPLED


@dataclass(frozen=True)
class PostgresColumn:
    """A column, with its type's name, category and modifier in the catalog."""

    name: str
    type: str
    category: str
    modifier: int

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers of any size whose scale the type does not tell."""
        return self.type == "numeric" and not self._scale

    @property
    def kind(self) -> str:
        """The type of its values, as DuckDB calls it, where they are told as text."""
        if self.type == "numeric":
            return "DOUBLE"
        return _TYPES.get(self.type, "VARCHAR") if self.category not in "AC" else "VARCHAR"

    @property
    def as_text(self) -> str:
        """Its value as it is copied, with {} for its name."""
        if self.category in "AC":
            return "to_json({})::text"
        if self.is_number:
            return "nullif({}, 'NaN'::numeric)"
        return _AS_TEXT.get(self.type, "{}" if self.type in _TYPES or self.type == "numeric" else "{}::text")

    @property
    def plain_kind(self) -> str:
        """The type of its values, as DuckDB calls it, where queries compute with them on the server."""
        if self.is_number and self._digits:
            return "BIGINT" if self._digits <= _WHOLE_DIGITS else "VARCHAR"
        return "TIMESTAMP" if self.kind == "TIMESTAMPTZ" else self.kind

    @property
    def as_plain(self) -> str:
        """Its value as one of that type: without what no table here holds, text sorted by its bytes."""
        name, kind = quoted(self.name), self.plain_kind
        if kind == "DOUBLE":
            # By its text, 1.1 of four bytes is 1.1 of eight.
            number = {"money": f"{name}::numeric", "float4": f"{name}::text"}.get(self.type, name)
            return _FINITE.replace("{}", f"({number})::float8")
        if kind == "BIGINT":
            return f"nullif({name}, 'NaN')::bigint" if self.type == "numeric" else f"{name}::bigint"
        if kind in ("DATE", "TIMESTAMP"):
            moment = f"({name} AT TIME ZONE 'UTC')" if self.type == "timestamptz" else name
            return _KNOWN.replace("{}", moment)
        if kind == "TIME":
            return f"nullif({name}::time, '24:00')"
        return f'({self.as_text.format(name)})::text COLLATE "C"' if kind == "VARCHAR" else name

    @property
    def _scale(self) -> int:
        return (self.modifier - 4) & 0x7FF if self.modifier >= 4 else 0

    @property
    def _digits(self) -> int:
        """The most digits of a decimal; 0: any."""
        return (self.modifier - 4) >> 16 if self.modifier >= 4 else 0


def relations(connection: psycopg.Connection[Any]) -> list[Relation]:
    """The tables and views that the user may read, with the rows that the server's statistics tell."""
    found = connection.execute(_TABLES).fetchall()
    return [
        Relation(
            Entry(
                table if schema == "public" else f"{schema}.{table}",
                _KINDS[kind],
                int(rows) if rows >= 0 and kind not in "vf" else None,
                bytes=int(size) or None,
            ),
            schema,
            table,
            kind,
            oid,
        )
        for schema, table, kind, rows, size, oid in found
    ]


def relation_named(connection: psycopg.Connection[Any], name: str) -> Relation:
    """The table or view whose entry has this name. EngineError: there is none."""
    found = next((one for one in relations(connection) if one.entry.name == name), None)
    if found is None:
        raise EngineError(f"There is no table {name} that the user may read")
    return found


def snapshot(connection: psycopg.Connection[Any]) -> str:
    """What changes with whatever is written on the server."""
    found = connection.execute("SELECT txid_current_snapshot()::text, pg_postmaster_start_time()::text").fetchone()
    return " ".join(found or ())


def columns_of(connection: psycopg.Connection[Any], relation: Relation) -> tuple[PostgresColumn, ...]:
    """The columns of a table or view, in order."""
    return tuple(PostgresColumn(*told) for told in connection.execute(_COLUMNS, (relation.oid,)).fetchall())
