"""The SQL steps of plans on DuckDB and, translated, on Spark: equal, refused or different?

    python main.py bench spark-plans [--on sc://host:port] [--cases FOLDER] [--dabench FOLDER] [--write]

The plans are the embedded analyst's for the question set, and for the questions of both folders where they are given.
Each distinct SQL step runs on both engines over the same table; the results of steps before it are DuckDB's.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyst.core.errors import PlanError, PlatformError
from analyst.core.quoting import quoted
from analyst.core.scratch import scratch
from analyst.core.settings import load_settings
from analyst.datasets.card import build_card
from analyst.datasets.opening import open_table
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.privacy.questions import hide_question
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import DuckEngine, open_locked
from analyst.engine.errors import TranslationError
from analyst.engine.interface import Engine
from analyst.engine.remote.access import Access
from analyst.engine.remote.spark_opening import new_session
from analyst.engine.remote.translation import translate
from analyst.engine.remote.translation.spark import SPARK
from analyst.engine.remote.translation.spark.num import NUM_FUNCTIONS
from analyst.engine.remote.translation.types import read_type
from analyst.execution.steps import StepRunner
from analyst.planning.binding import BoundStep, bind
from analyst.planning.language import SqlStep, parse_plan
from analyst.protocol.blocks import block, quote
from analyst.protocol.replies import PlanReply
from analyst.protocol.table import TableProfile, write_card
from analyst.rulebased.analyst import reply
from lab.benchmarks.cases import SETS, read_cases
from lab.benchmarks.dabench import read_questions
from lab.benchmarks.questions.bank import TRADES, read
from lab.benchmarks.same_rows import Rows, alike
from lab.benchmarks.spark import spark_here
from lab.benchmarks.tables import markdown, write_section

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

EQUAL, REFUSED, FAILED, DIFFERENT = "equal", "refused", "failed on Spark", "different"
VERDICTS = (EQUAL, REFUSED, FAILED, DIFFERENT)
_ORDERED = re.compile(r"(?i)\border\s+by\b[^()]*$")


@dataclass(frozen=True)
class Asked:
    """The questions about one table."""

    set: str
    path: Path
    questions: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where Spark is, and further questions."""
    parser.add_argument(
        "--on", metavar="URL", help="address of Spark Connect (ENGINE_URL, or this machine's own Spark)"
    )
    parser.add_argument("--cases", type=Path, metavar="FOLDER", help="loosely worded questions and messy files too")
    parser.add_argument("--dabench", type=Path, metavar="FOLDER", help="the questions of InfiAgent-DABench too")
    parser.add_argument("--write", action="store_true", help="write the table into lab/benchmarks/README.md")


def run(arguments: argparse.Namespace) -> int:
    """Compare, print; the exit code says whether anything is silently different."""
    counts: dict[str, Counter[str]] = {}
    session = connect(arguments.on or spark_here())
    with scratch("spark-plans") as folder:
        for asked in all_questions(folder, arguments.cases, arguments.dabench):
            for sql, verdict, told in judged(asked, session, folder):
                counts.setdefault(asked.set, Counter())[verdict] += 1
                if verdict != EQUAL:
                    print(f"{verdict}: {asked.path.name}: {sql}\n  {told}")
    body = table(counts)
    print(body)
    if arguments.write:
        write_section("spark-plans", "SQL steps of plans on Spark", _ABOUT, body)
    return 1 if any(count[DIFFERENT] for count in counts.values()) else 0


_ABOUT = (
    "`python main.py bench spark-plans --cases FOLDER --dabench FOLDER --write`: every distinct SQL step "
    "of the embedded analyst's plans, on DuckDB and, translated, on Spark over the same table. Refused steps name "
    "the way to say it otherwise."
)


def table(counts: Mapping[str, Counter[str]]) -> str:
    """The verdicts by set of questions."""
    rows = [[name, f"{sum(count.values())}", *(f"{count[v]}" for v in VERDICTS)] for name, count in counts.items()]
    total: Counter[str] = sum(counts.values(), Counter())
    rows.append(["all", f"{sum(total.values())}", *(f"{total[verdict]}" for verdict in VERDICTS)])
    return markdown(["questions", "distinct SQL steps", *VERDICTS], rows)


def connect(url: str | None) -> SparkSession:
    """A session on Spark as the platform needs it, which knows num(). SettingsError: no address."""
    session = new_session(Access.of(load_settings(engine_url=url)))
    for statement in NUM_FUNCTIONS:
        session.sql(statement)
    return session


def all_questions(folder: Path, cases: Path | None, dabench: Path | None) -> Iterator[Asked]:
    """Every table with its questions."""
    questions = read()
    for name, trade in TRADES.items():
        place = folder / name
        place.mkdir()
        yield Asked("question set", trade.write(place), tuple(q.question for q in questions if q.trade == name))
    for set, tables in SETS.items() if cases else ():
        found = read_cases(cases, set) if cases else []
        for file in dict.fromkeys(case.file for case in found):
            if cases and (path := cases / tables / file).is_file():
                yield Asked(f"{set} cases", path, tuple(case.question for case in found if case.file == file))
    listed = read_questions(dabench) if dabench else []
    for file in dict.fromkeys(question.file_name for question in listed):
        if dabench:
            asked = tuple(question.question for question in listed if question.file_name == file)
            yield Asked("DABench", dabench / "tables" / file, asked)


def judged(asked: Asked, session: SparkSession, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Every distinct SQL step of a table's plans, what became of it, and what is told of it."""
    place = folder / f"{asked.set} {asked.path.name}"
    place.mkdir(exist_ok=True)
    try:
        opened = open_table(asked.path, place)
    except PlatformError:
        return
    profile = profile_table(opened)
    engine = open_locked(opened.database, memory_mb=500, temp_directory=place)
    try:
        share(engine, session, "data")
        seen: set[str] = set()
        for question in asked.questions:
            for step, verdict, told in compared(
                StepRunner(engine, profile), session, planned(engine, profile, question)
            ):
                if step not in seen:
                    seen.add(step)
                    yield step, verdict, told
    finally:
        engine.close()


def planned(engine: DuckEngine, profile: TableProfile, question: str) -> Sequence[BoundStep]:
    """The steps of the embedded analyst's plan; none where it is refused."""
    names = Pseudonyms(profile)
    hidden = hide_question(engine, profile, question, names)
    card = build_card(profile, question, hidden.mentioned, names)
    blocks = [block("task", "plan"), block("question", quote(hidden.text)), block("table", write_card(card))]
    answered = reply([{"role": "user", "content": "\n".join(blocks)}])
    try:
        plan = PlanReply.model_validate_json(names.restore(answered))
        return bind(parse_plan(json.dumps({"steps": plan.steps})), profile).steps
    except PlanError:
        return ()


def compared(runner: StepRunner, session: SparkSession, steps: Sequence[BoundStep]) -> Iterator[tuple[str, str, str]]:
    """The SQL steps of one plan on both engines."""
    relations = {"data": runner.engine.columns("data")}
    for bound in steps:
        try:
            messages = list(runner.run(bound))
        except PlatformError:
            return
        if isinstance(bound.step, SqlStep):
            verdict, told = verdict_of(runner, session, bound.step, relations)
            yield bound.step.sql, verdict, told
        for made in (str(message["id"]) for message in messages):
            if made in runner.engine.made() and any(made in repr(later.step) for later in steps):
                relations[made] = runner.engine.columns(made)
                share(runner.engine, session, made)
    runner.forget()


def verdict_of(
    runner: StepRunner, session: SparkSession, step: SqlStep, relations: Mapping[str, Mapping[str, str]]
) -> tuple[str, str]:
    """What becomes of one step on Spark; a step's own rows on DuckDB are those of its query, run anew."""
    from pyspark.errors import PySparkException

    try:
        text = translate(step.sql, relations)
        found = rows_of(session, text)
    except TranslationError as error:
        return REFUSED, str(error)
    except PySparkException as error:
        return FAILED, str(error).splitlines()[0]
    expected = runner.engine.rows(step.sql)
    if alike(expected, found, ordered=bool(_ORDERED.search(step.sql))):
        return EQUAL, ""
    return DIFFERENT, f"{expected[:3]} and {found[:3]}"


def rows_of(session: SparkSession, text: str) -> Rows:
    """The rows of a query of Spark's."""
    made = session.sql(text).toArrow()
    return list(zip(*(column.to_pylist() for column in made.columns), strict=True)) if made.num_rows else []


def share(engine: Engine, session: SparkSession, name: str) -> None:
    """Make a table of DuckDB's known to Spark under its name."""
    import pyarrow as pa

    columns = engine.columns(name)
    cells = list(zip(*engine.rows(f"SELECT * FROM {quoted(name)}"), strict=True)) or [()] * len(columns)
    if not cells[0]:  # of no rows a client can't tell the types
        typed = ", ".join(
            f"CAST(NULL AS {spark_type(type)}) AS {SPARK.quote(column)}" for column, type in columns.items()
        )
        session.sql(f"SELECT {typed} WHERE FALSE").createOrReplaceTempView(name)
        return
    arrays = [arrow_array(list(held), type) for held, type in zip(cells, columns.values(), strict=True)]
    session.createDataFrame(pa.table(arrays, names=list(columns))).createOrReplaceTempView(name)


def spark_type(type: str) -> str:
    """The Spark type of one of DuckDB's."""
    return SPARK.type_name(read_type(type)) or "STRING"


def arrow_array(cells: Sequence[object], type: str) -> pa.Array:
    """Cells of a DuckDB type as Arrow holds them; types that Spark has not are text."""
    import pyarrow as pa

    kinds = {
        "BOOLEAN": pa.bool_(), "INTEGER": pa.int32(), "BIGINT": pa.int64(), "HUGEINT": pa.int64(), "DOUBLE": pa.float64(),
        "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "VARCHAR": pa.string(),
    }  # fmt: skip
    if sized := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", type):
        return pa.array(cells, pa.decimal128(int(sized[1]), int(sized[2])))
    if type in kinds:
        return pa.array(cells, kinds[type])
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
