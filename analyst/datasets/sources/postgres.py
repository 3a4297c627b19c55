"""PostgreSQL: tables and views, copied out as text in one read-only transaction, and typed as the server types them."""

# The name of a table built into SQL here is quoted in its relation.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyst.core.errors import TableError
from analyst.datasets.headers import clean_header
from analyst.datasets.sources.interface import Limits, Pulled, chosen, which_note
from analyst.datasets.sources.row_texts import NULL, NUMBER, RowsWriting, RowTexts, TypedColumn
from analyst.datasets.sources.servers import (
    SEED,
    Estimate,
    require_expected,
    sample_note,
    sample_share,
    writer_note,
)
from analyst.engine.loading import Loader
from analyst.engine.remote.postgres_catalog import Relation, columns_of, relations, snapshot
from analyst.engine.remote.postgres_connecting import begin, parameters
from analyst.engine.remote.postgres_opening import can_answer
from analyst.protocol.places import Entry, Url
from analyst.protocol.table import IngestNote

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import Composed


@dataclass(frozen=True)
class _Rows:
    """The rows that are asked for: how each column is selected, and the share of the rows."""

    relation: Relation
    columns: tuple[TypedColumn, ...]
    values: Composed
    estimate: Estimate
    share: float


@dataclass(frozen=True)
class Large:
    """A table that stays on its server: about how many rows it has, and what is to be said of it."""

    relation: Relation
    rows: int
    notes: tuple[IngestNote, ...]


@dataclass(frozen=True)
class Postgres:
    """The tables and views of a PostgreSQL database that its user may read; `table` is the one that is asked for."""

    url: Url
    table: str | None
    limits: Limits

    def entries(self) -> list[Entry]:
        """Its tables and views, with the rows that the server's statistics tell."""
        with self._connected() as connection:
            return [relation.entry for relation in relations(connection)]

    def stage(self, loader: Loader, workdir: Path) -> Pulled:
        """Fill the stage from one table, or from a sample of one that is too large."""
        target = workdir / "rows.csv"
        with self._connected() as connection:
            relation, entries = self._chosen(connection)
            which = which_note(relation.entry, entries, f"{self.url.name!r}")
            notes = [which, *_may_write(connection, relation)]
            rows = _rows(connection, relation, self.limits)
            with target.open("wb") as file:
                writing = RowsWriting(file)
                count = self._copy(connection, rows, writing)
        if rows.share < 1:
            notes.insert(0, sample_note(count, rows.estimate))
        staged = RowTexts(target, rows.columns, writing.longest).stage(loader, notes)
        target.unlink()
        return Pulled(staged, clean_header(rows.relation.table) or "table", "postgresql", writing.digest.hexdigest())

    def version(self) -> str:
        """What changes with whatever is written on the server; "" for what may change without that, such as a view.

        TableError: there is no such table.
        """
        with self._connected() as connection:
            relation, _ = self._chosen(connection)
            return snapshot(connection) if relation.is_stored else ""

    def large(self) -> Large | None:
        """The table, where it is too large to be read whole and its server can be asked in its place."""
        with self._connected() as connection:
            relation, _ = self._chosen(connection)
            estimate = _estimate(connection, relation)
            encoding = connection.info.parameter_status("server_encoding") or ""
            if sample_share(estimate, self.limits) < 1 and can_answer(connection.info.server_version, encoding):
                return Large(relation, estimate.rows, tuple(_may_write(connection, relation)))
            return None

    def _chosen(self, connection: psycopg.Connection[Any]) -> tuple[Relation, list[Entry]]:
        """The table that is asked for, and the entries of all."""
        known = relations(connection)
        entries = [relation.entry for relation in known]
        asked = self.table.removeprefix("public.") if self.table else None
        entry = chosen(entries, asked, self.url.shown, "?table=")
        return next(one for one in known if one.entry == entry), entries

    def _copy(self, connection: psycopg.Connection[Any], rows: _Rows, writing: RowsWriting) -> int:
        """Write the rows; how many there are."""
        count = 0
        with connection.cursor() as cursor, cursor.copy(_copying(rows)) as pieces:
            for piece in pieces:
                line = bytes(piece)
                writing.write_bytes(line)
                writing.longest = max(writing.longest, len(line))
                count += 1
                require_expected(writing.bytes, self.limits, rows.relation.entry.name)
        return count

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection in a transaction that can't write and shows one moment."""
        import psycopg

        try:
            with psycopg.connect(**parameters(self.url)) as connection:  # type: ignore[arg-type]
                begin(connection, self.limits.seconds)
                yield connection
                connection.rollback()
        except psycopg.Error as error:
            raise self._told(error) from None

    def _told(self, error: psycopg.Error) -> TableError:
        """What went wrong, and what to do, by the server's code of it."""
        told = error.diag.message_primary or str(error).strip() or type(error).__name__
        reason = told.splitlines()[0][:200].rstrip(".")
        code, fix = error.sqlstate or "", "Check the URL, and that the server is running."
        if "password" in reason:
            fix = "Set PGPASSWORD, or add a line to ~/.pgpass."
        elif "SSL" in reason:
            fix = "The server must offer encryption: only a connection to this machine may go without it."
        elif code == "57014":
            fix = "Raise SOURCE_TIMEOUT_S, or ask about a smaller table or a view of it."
        elif code == "42501":
            fix = "Grant the user SELECT on it."
        elif code:
            fix = "Check the table or view on the server."
        return TableError(f"{self.url.shown!r} can't be read: {reason}.", fix)


def _rows(connection: psycopg.Connection[Any], relation: Relation, limits: Limits) -> _Rows:
    """The rows of a relation that will be read, by what the planner expects of it."""
    from psycopg.sql import SQL, Identifier

    known = columns_of(connection, relation)
    if not known:
        raise TableError(f"{relation.entry.name!r} has no columns.", "Choose another table.")
    columns = tuple(TypedColumn(column.name, NUMBER if column.is_number else column.kind) for column in known)
    values = SQL(", ").join(SQL(column.as_text).format(Identifier(column.name)) for column in known)
    estimate = _estimate(connection, relation)
    return _Rows(relation, columns, values, estimate, sample_share(estimate, limits))


def _estimate(connection: psycopg.Connection[Any], relation: Relation) -> Estimate:
    """How many rows a relation has and how wide they are, by the server's planner."""
    plan = connection.execute(f"EXPLAIN (FORMAT JSON) SELECT * FROM {relation.name}".encode()).fetchall()
    expected = plan[0][0][0]["Plan"]
    return Estimate(int(expected["Plan Rows"]), int(expected["Plan Width"]))


def _copying(rows: _Rows) -> Composed:
    """The COPY of the rows, or of the sample of them."""
    from psycopg.sql import SQL, Identifier, Literal

    name = Identifier(rows.relation.schema, rows.relation.table)
    sample = SQL("").format()
    if rows.share < 1 and rows.relation.can_sample:
        sample = SQL(" TABLESAMPLE BERNOULLI ({}) REPEATABLE ({})").format(Literal(100 * rows.share), Literal(SEED))
    elif rows.share < 1:
        sample = SQL(" WHERE random() < {}").format(Literal(rows.share))
    quotes = SQL(", FORCE_QUOTE *" if len(rows.columns) == 1 else "")  # '' alone on a line would be no row
    form = SQL("COPY (SELECT {} FROM {}{}) TO STDOUT (FORMAT csv, NULL {}{})")
    return form.format(rows.values, name, sample, Literal(NULL), quotes)


def _may_write(connection: psycopg.Connection[Any], relation: Relation) -> list[IngestNote]:
    """A note where the user could change the table."""
    asked = "SELECT current_user, has_table_privilege(%s::oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
    user, may = connection.execute(asked, (relation.oid,)).fetchall()[0]
    return [writer_note(user, relation.entry.name)] if may else []
