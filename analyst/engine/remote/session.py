"""RemoteEngine: a table on a server and a DuckDB session for what is made of it.

A query that reads the server's table runs there, translated; what it returns comes here where it is small, so that the
steps after it, and methods, compute as they do on any table. A step's result that is too large stays on the server, as
a query that is computed when it is read. Every relation of the server has an empty twin here, which tells the types.
"""

# Every name built into SQL here passes `quoted`; queries are our own, or were inspected before.
# ruff: noqa: S608

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from analyst.core.quoting import quoted, quoted_names
from analyst.engine.duckdb import DuckEngine
from analyst.engine.errors import EngineError
from analyst.engine.interface import Row, count_nonfinite, sample_of
from analyst.engine.remote.reads import relations_read
from analyst.engine.remote.server import Server
from analyst.engine.remote.translation import translate

if TYPE_CHECKING:
    import pandas as pd

DATA = "data"
MOST_LOCAL = 200_000
"""Rows of a step's result that are brought here; a larger one stays on the server."""
MOST_FETCHED = 1_000_000
"""Rows that a method may read of the server at once."""
MOST_UPLOADED = 100_000
"""Rows of a result here that the server may be given, to be read beside its table."""
_ROW = "_row"
_NUM = re.compile(r"\bnum\(")
_TOLD_EACH_S = 0.2
_FETCHED = "_fetched"


class RemoteEngine:
    """The Engine over the `server`'s table, with `local` for what is made of it; it owns both.

    A query of the server may take `timeout_s` seconds.
    """

    def __init__(self, server: Server, local: DuckEngine, timeout_s: float) -> None:
        self.server, self._local, self._timeout_s = server, local, timeout_s
        self._working: object | None = None
        self._remote: dict[str, Mapping[str, str]] = {}
        self._uploaded: set[str] = set()
        self._twin(DATA, server.columns())

    @property
    def bytes_read(self) -> int:
        """The size of the files that the server has read so far."""
        return self.server.bytes_read

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their types, in order."""
        return self._local.columns(relation)

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """The columns of a SELECT with their types, in order, without running it."""
        return self._local.describe(sql)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a SELECT."""
        if not self._reads_server(sql):
            return self._local.rows(sql, values)
        if values:
            raise EngineError("A query with values can't be run on a remote table")
        with self._brought(sql) as here:
            return self._local.rows(here)

    def head(self, relation: str, columns: Sequence[str], limit: int) -> list[Row]:
        """These columns of the first rows of a relation; of one of the server, of any rows."""
        if relation not in self._remote:
            return self._local.head(relation, columns, limit)
        with self._brought(f"SELECT {quoted_names(columns)} FROM {quoted(relation)}", limit) as here:
            return self._local.rows(here)

    def frame(self, sql: str) -> pd.DataFrame:
        """All rows of a SELECT as a data frame."""
        if not self._reads_server(sql):
            return self._local.frame(sql)
        names = [name for name, _ in self._local.describe(sql)]
        with self._brought(sql) as here:
            return self._local.frame(here).set_axis(names, axis="columns")

    def sample(self, sql: str, key: str, limit: int) -> pd.DataFrame:
        """`limit` rows of a SELECT, picked by a hash of `key`, in its order and without it."""
        return self.frame(sample_of(sql, key, limit, list(self._types(sql))))

    def place(self, relation: str) -> str:
        """What tells the rows of a relation apart, as SQL: their own number, or a hash of what they hold."""
        columns = self._local.columns(relation)
        if relation not in self._remote or _ROW in columns:
            return self._local.place(relation)
        texts = ", ".join(f"coalesce(CAST({quoted(name)} AS VARCHAR), '')" for name in columns)
        return f"md5(concat_ws('|', {texts}))"

    def materialise(self, name: str, sql: str, columns: Sequence[str] = ()) -> None:
        """Keep the rows of a SELECT as the temporary relation `name`."""
        if not self._reads_server(sql):
            self._local.materialise(name, sql, columns)
            self._lose(name)
            return
        with self._at_work():
            text, types = self._translated(sql), self._types(sql, columns)
            found = self.server.select(text, MOST_LOCAL + 1)
        if found.num_rows <= MOST_LOCAL:
            self._lose(name)
            self._local.store_arrow(name, list(types.items()), found)
        else:
            self._stay(name, text, types)

    def store(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]] = ()) -> None:
        """Keep `rows` as the temporary relation `name`, here."""
        self._lose(name)
        self._local.store(name, columns, rows)

    def store_frame(self, name: str, columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> None:
        """Keep a data frame as the temporary relation `name`, here."""
        self._lose(name)
        self._local.store_frame(name, columns, frame)

    def made(self) -> set[str]:
        """The names of the temporary relations, wherever they are."""
        return self._local.made() - {DATA}

    def drop(self, name: str) -> None:
        """Let go of a temporary relation, if it is there."""
        if name != DATA:
            self._lose(name)
            self._local.drop(name)

    def drop_columns(self, name: str, columns: Sequence[str]) -> None:
        """Take columns out of a temporary relation."""
        if name in self._remote:
            kept = {column: kind for column, kind in self._remote[name].items() if column not in columns}
            self._narrow(name, kept, quoted_names(kept))
        else:
            self._local.drop_columns(name, columns)

    def void_nonfinite(self, name: str) -> dict[str, int]:
        """Make NaN and infinity NULL in a temporary relation; how many there were in each column that had any."""
        if name not in self._remote:
            return self._local.void_nonfinite(name)
        types = self._remote[name]
        found = count_nonfinite(self, name)
        if found:
            finite = {column: f"CASE WHEN isfinite({quoted(column)}) THEN {quoted(column)} END" for column in found}
            self._narrow(name, types, ", ".join(finite.get(column, quoted(column)) for column in types))
        return found

    def define_num(self) -> None:
        """Make `num(x)` known; on the server once a query there asks for it."""
        self._local.define_num()

    def cancel(self) -> None:
        """End the query that runs. What was just sent may not run there yet: the server is told until it has ended."""
        self._local.cancel()
        work = self._working
        while work is not None and self._working is work:
            self.server.cancel()
            time.sleep(_TOLD_EACH_S)

    def close(self) -> None:
        """Let go of both sessions."""
        self._local.close()
        self.server.close()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """What is done in the block may be cancelled, and is when its time is up."""
        timer = threading.Timer(self._timeout_s, self.cancel)
        self._working = object()
        timer.start()
        try:
            yield
        finally:
            self._working = None
            timer.cancel()

    def _reads_server(self, sql: str) -> bool:
        return bool(relations_read(sql, self._remote))

    def _types(self, sql: str, columns: Sequence[str] = ()) -> dict[str, str]:
        """The columns of a SELECT, under their names or these, with their types."""
        described = self._local.describe(sql)
        names = columns or [name for name, _ in described]
        return {name: kind for name, (_, kind) in zip(names, described, strict=True)}

    def _translated(self, sql: str) -> str:
        """A SELECT in the server's dialect; small results of ours that it reads are there then."""
        near = relations_read(sql, self._local.made() - set(self._remote))
        for name in sorted(near - self._uploaded):
            self._upload(name)
        relations = {name: self._local.columns(name) for name in (*self._remote, *near)}
        text = translate(sql, relations, self.server.dialect)
        if _NUM.search(text):
            self.server.define_num()
        return text

    def _upload(self, name: str) -> None:
        found = self._local.arrow(f"SELECT * FROM {quoted(name)} LIMIT {MOST_UPLOADED + 1}")
        if found.num_rows > MOST_UPLOADED:
            raise EngineError(f"{name} has too many rows to be read together with a table on {self.server.label}")
        self.server.upload(name, found)
        self._uploaded.add(name)

    @contextmanager
    def _brought(self, sql: str, most: int | None = None) -> Iterator[str]:
        """A SELECT of the rows of another, or of `most` of them, which are here while the block runs; its columns are
        called by their places."""
        with self._at_work():
            kinds = [kind for _, kind in self._local.describe(sql)]
            found = self.server.select(self._translated(sql), most or MOST_FETCHED + 1)
        if found.num_rows > MOST_FETCHED:
            raise EngineError(f"More than {MOST_FETCHED:,} rows would have to be read of {self.server.label}")
        self._local.store_arrow(_FETCHED, [(f"c{place}", kind) for place, kind in enumerate(kinds)], found)
        try:
            yield f"SELECT * FROM {_FETCHED}"
        finally:
            self._local.drop(_FETCHED)

    def _stay(self, name: str, text: str, types: Mapping[str, str]) -> None:
        """Keep a query of the server as the relation `name`, with its empty twin here."""
        self.server.show(name, text, list(types))
        self._twin(name, types)

    def _narrow(self, name: str, types: Mapping[str, str], listed: str) -> None:
        """Put what a SELECT of its own columns gives in the place of a relation of the server."""
        text = self._translated(f"SELECT {listed} FROM {quoted(name)}")
        self._stay(name, text, types)

    def _twin(self, name: str, types: Mapping[str, str]) -> None:
        self._local.store(name, types)
        self._remote[name] = dict(types)

    def _lose(self, name: str) -> None:
        """Forget what the server knows by a name that becomes free."""
        if self._remote.pop(name, None) is not None or name in self._uploaded:
            self.server.forget(name)
            self._uploaded.discard(name)
