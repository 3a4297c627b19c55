"""Running bound steps on a locked engine: each result becomes a TEMP table and a message for its evidence."""

# Every name built into SQL here passes `quoted`; a model's own text is inspected first.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

from analyst.core.errors import PlanError
from analyst.core.quoting import quoted
from analyst.engine.errors import EngineError, StoppedError, TranslationError
from analyst.engine.interface import Engine
from analyst.execution.leading import leader_cautions
from analyst.execution.sql_results import ResultTable
from analyst.execution.values import column_format, safe_columns
from analyst.planning.binding import BoundStep
from analyst.planning.data_errors import without_cells
from analyst.planning.disclosure import UNKNOWN, Judged, Kind, Relation, Withheld, data_relation, judged_result, labels
from analyst.planning.language import MethodStep, SqlStep, catalogue
from analyst.planning.mixing import Doubts
from analyst.planning.sql_binding import result_columns
from analyst.planning.sql_guard import first_line, inspect
from analyst.planning.sql_units import durations_of
from analyst.probes.search import Search
from analyst.protocol.evidence import MEASURED_FIELDS, UNASKED, measured_columns
from analyst.protocol.facts import Facts, Filter
from analyst.protocol.table import SECONDS, TableProfile
from analyst.stats.method import Result, Source, is_numeric

MAX_ROWS, MAX_ANSWER_BYTES, MAX_COLUMNS = 1000, 1_000_000, 400
MOST_PASSING_ROWS = 20
"""A longer result that a later step reads is not shown to models: what they cite is what was made of it."""
_MEASURES = ("FLOAT", "DOUBLE", "DECIMAL", "HUGEINT", "BIGNUM")

Message = dict[str, Any]


class StepRunner:
    """Runs steps on `engine`, which holds the table of `profile`; `made` names the TEMP tables made so far.

    Of each table it is known what a model may see of it and of what is computed from it.
    """

    def __init__(self, engine: Engine, profile: TableProfile) -> None:
        self.engine, self._profile = engine, profile
        self.made: list[str] = []
        self._relations: dict[str, Relation] = {"data": data_relation(profile, list(engine.columns("data")))}
        self._filters: dict[str, tuple[Filter, ...]] = {}
        self._doubts = Doubts(profile)
        self._durations = {"data": {c.name for c in profile.columns if c.meaning.unit == SECONDS}}

    def forget(self, keep: Collection[str] = ()) -> None:
        """Drop all results but those in `keep`."""
        for table in set(self.made) - set(keep):
            self.engine.drop(table)
        self.made = [table for table in self.made if table in keep]

    def run(self, step: BoundStep) -> Iterator[Message]:
        """The evidence tables of one step, as messages. PlanError for what only its data shows."""
        if isinstance(step.step, SqlStep):
            yield self._run_sql(step, step.step)
        else:
            yield from self._run_method(step, step.step)

    def _run_sql(self, step: BoundStep, sql: SqlStep) -> Message:
        try:
            statement = inspect(sql.sql, ["data", *self.made])
            if "num" in statement.functions:
                self.engine.define_num()
            relations = {table: self._relations[table] for table in ("data", *self.made)}
            given = {column for table in relations for column in self.engine.columns(table)}
            names = [name for name, _ in result_columns(self.engine, statement.text, given)]
            judged = ResultTable(self.engine, relations).make(sql.id, names, statement, MAX_ROWS)
        except StoppedError:
            raise
        except TranslationError as error:
            raise PlanError([str(error)]) from None
        except EngineError as error:
            hint = ": write CASE WHEN x > 0 THEN ln(x) END" if "logarithm" in str(error) else ""
            raise PlanError([without_cells(first_line(error), sql.sql) + hint]) from None
        self.made.append(sql.id)
        self._relations[sql.id] = judged.relation
        columns = self.engine.columns(sql.id)
        warnings = self._clean(sql.id)
        known = {name for table in statement.reads for name in self._durations.get(table, ())}
        self._durations[sql.id] = durations_of(statement.tree, list(columns), known)
        rows, count = self._rows(sql.id, len(columns))
        if not count:
            warnings.append(f"{sql.id} has no rows: no row meets its conditions")
        shown = safe_columns(rows, list(columns.values()))
        withheld = judged.withheld(len(rows))
        order, facts = dict(step.order), self._over(sql.id, statement.reads, step.facts)
        led = leader_cautions(facts, order, list(columns), shown, judged.supports, self._profile)
        doubts = self._doubts.of_sql(sql.id, statement, columns, step.used)
        return {
            "id": sql.id,
            "what": step.what,
            "columns": list(columns),
            "rows": shown,
            "row_count": count,
            "key": self._key(step, columns, count),
            "formats": _formats(columns, shown, step.whole_percent)
            | dict.fromkeys(self._durations[sql.id], "duration"),
            "withheld": withheld,
            "order": order,
            "facts": asdict(facts),
            "cautions": [asdict(caution) for caution in (*led, *doubts)],
            "audience": "detail" if step.read_later and _is_passing(judged, withheld, columns, len(rows)) else "answer",
            "sql": sql.sql,
            "source": step.used,
            "warnings": warnings,
        }

    def _run_method(self, step: BoundStep, given: MethodStep) -> Iterator[Message]:
        method = catalogue()[given.method]
        types, read, source = self.engine.columns(given.source), self._relation(given.source), self.source(given.source)
        try:
            results = method.run(source, given.typed())
        except StoppedError:
            raise
        except TranslationError as error:
            raise PlanError([f"{given.method}: {error}"]) from None
        except (EngineError, ValueError, ArithmeticError) as error:
            told = without_cells(first_line(error), str(given.parameters))
            raise PlanError([f"{given.method}: {told}"]) from None
        doubts = self._doubts.of_method(given, step.used)
        for result in results:
            id = f"{given.id}_{result.suffix}" if result.suffix else given.id
            self._keep(id, result)
            judged = judged_result(result, read, types)
            self._relations[id] = judged.relation
            facts = self._over(id, [given.source], result.facts)
            over = replace(result, facts=facts, cautions=(*result.cautions, *doubts))
            yield self._method_message(id, step, given, over, judged)

    def unasked(self, steps: Sequence[BoundStep]) -> Iterator[Message]:
        """What the results of `steps`, which have run, leave unsaid (probes.probing), as messages of evidence."""
        data, read = self.engine.columns("data"), self._relation("data")
        for step, result in Search(self.engine, self._profile, self.source).results(steps):
            id = f"check_{result.suffix}"
            if id in self.made:
                continue
            self._keep(id, result)
            judged = judged_result(result, read, data)
            self._relations[id] = judged.relation
            given = MethodStep.model_construct(id=id, method=UNASKED, parameters={"of": step.id})
            yield self._method_message(id, step, given, result, judged)

    def _over(self, id: str, read: Iterable[str], facts: Facts) -> Facts:
        """The facts of table `id` with the filters of the tables that it reads."""
        earlier = [found for table in read for found in self._filters.get(table, ())]
        self._filters[id] = tuple(dict.fromkeys([*facts.filters, *earlier]))
        return replace(facts, filters=self._filters[id])

    def _relation(self, table: str) -> Relation:
        return self._relations.get(table, UNKNOWN)

    def source(self, table: str) -> Source:
        """A table as a method reads it, with what a model may see of it."""
        types, read = self.engine.columns(table), self._relation(table)
        return Source(
            self.engine,
            table,
            labels=labels(read, types, Kind.VALUE),
            categories=labels(read, types, Kind.VALUE if read.shared else Kind.LABEL),
        )

    def _method_message(self, id: str, step: BoundStep, given: MethodStep, result: Result, judged: Judged) -> Message:
        rows, count = self._rows(id, len(result.columns))
        types = dict(zip(result.columns, result.types, strict=True))
        shown = safe_columns(rows, list(result.types))
        led = leader_cautions(result.facts, result.order, result.columns, shown, result.supports, self._profile)
        return {
            "id": id,
            "what": result.what or given.method,
            "columns": list(result.columns),
            "rows": shown,
            "row_count": result.row_count if result.row_count is not None else count,
            "key": list(result.key),
            "formats": _formats(types, shown, True) | dict(result.formats) | self._lengths(given, result),
            "withheld": judged.withheld(len(rows)),
            "order": dict(result.order),
            "facts": asdict(result.facts),
            "cautions": [asdict(caution) for caution in (*result.cautions, *led)],
            "audience": result.audience,
            "method": given.method,
            "parameters": given.parameters,
            "source": step.used,
            "warnings": list(result.warnings),
        }

    def _lengths(self, given: MethodStep, result: Result) -> dict[str, str]:
        """The formats of a method's fields that are in the unit of what it measured, where this is a duration."""
        names = measured_columns(given.parameters)
        if not names or not set(names) <= self._durations.get(given.source, set()):
            return {}
        return dict.fromkeys(MEASURED_FIELDS & set(result.columns), "duration")

    def _keep(self, id: str, result: Result) -> None:
        if result.relation is None:
            clean = [[_finite(value) for value in row] for row in result.rows]
            self.engine.store(id, dict(zip(result.columns, result.types, strict=True)), clean)
        elif result.relation != id:
            self.engine.materialise(id, f"SELECT * FROM {quoted(result.relation)}")
        self.made.append(id)

    def _clean(self, table: str) -> list[str]:
        warnings = []
        for name, count in self.engine.void_nonfinite(table).items():
            told = "1 value is not finite" if count == 1 else f"{count} values are not finite"
            warnings.append(f"{table}.{name}: {told} (division by zero, log of 0), treated as missing")
        return warnings

    def _rows(self, table: str, width: int) -> tuple[list[tuple[Any, ...]], int]:
        count = int(self.engine.rows(f"SELECT count(*) FROM {quoted(table)}")[0][0])
        most = max(1, MAX_ROWS if width <= MAX_COLUMNS else MAX_ROWS * MAX_COLUMNS // width)
        return self.engine.head(table, list(self.engine.columns(table)), most), count

    def _key(self, step: BoundStep, columns: dict[str, str], count: int) -> list[str]:
        measured = {name.casefold() for name in step.measures}
        named = [
            name
            for name, kind in columns.items()
            if name.casefold() not in measured and not kind.upper().startswith(_MEASURES) and name != "_row"
        ]
        if count < 2 or count > 100_000:
            return []
        if "_row" in columns:
            return ["_row"]
        leading = named[:4]
        for size in range(1, len(leading) + 1):
            for some in combinations(leading, size):
                if self._identifies(step.id, some, count):
                    return list(some)
        return []

    def _identifies(self, table: str, names: Sequence[str], count: int) -> bool:
        listed = ", ".join(quoted(name) for name in names)
        sql = f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {quoted(table)})"
        return int(self.engine.rows(sql)[0][0]) == count


def _is_passing(judged: Judged, withheld: Withheld, columns: Collection[str], rows: int) -> bool:
    """Whether a result that later steps read is no answer itself: rows of the data, or many rows."""
    hidden = all(withheld.get(name, ()) is None for name in columns)
    return hidden or judged.relation.row is not None or rows > MOST_PASSING_ROWS


def trimmed(message: Message, size: int) -> Message:
    """`message` with fewer rows, when its text of `size` bytes is longer than what is sent."""
    if size <= MAX_ANSWER_BYTES:
        return message
    kept = len(message["rows"]) * MAX_ANSWER_BYTES // size
    return message | {"rows": message["rows"][:kept]}


def _formats(columns: dict[str, str], rows: Sequence[Sequence[Any]], whole_percent: bool) -> dict[str, str]:
    return {
        name: column_format(name, kind, [row[place] for row in rows], whole_percent=whole_percent)
        for place, (name, kind) in enumerate(columns.items())
        if is_numeric(kind) or not kind.startswith(("VARCHAR", "BOOLEAN"))
    }


def _finite(value: Any) -> Any:
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    return None if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))) else value
