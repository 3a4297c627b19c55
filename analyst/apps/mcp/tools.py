"""The tools: ask a question about a table, see what a table holds, how an answer came about, what has been spent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel, ConfigDict

from analyst.core.errors import NotFoundError, RunFailedError
from analyst.core.events import Ended, Progress
from analyst.protocol.evidence import EvidenceTable, table_of
from analyst.protocol.results import AnalysisResult
from analyst.service.access import LOCAL
from analyst.service.analyses import LOOK_S, Analyses
from analyst.service.profiles import TableSummary, summarize
from analyst.service.requests import AnalysisRequest
from analyst.service.resident import Resident

TABLES = (".csv", ".tsv", ".xlsx", ".parquet", ".json", ".jsonl")
MOST_LISTED = 500
MOST_ROWS = 50
"""Rows of a result that an assistant is told: more are in the report."""
HIDDEN = "(withheld)"
"""What stands for a cell that models must not see."""
Progressing = Context[Any, Any, Any]


class Finding(BaseModel):
    """A finding of an answer, with how far the data supports it."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    statement: str
    confidence: str


class Answer(BaseModel):
    """A checked answer. `unanswered` is what of the question stays open: it must be passed on with the answer."""

    run: str
    answer: str
    reading: str
    unanswered: str | None
    summary: str
    findings: list[Finding]
    caveats: list[str]
    suggestions: list[str]
    report: str
    cost_usd: str


class ResultTable(BaseModel):
    """A computed result: its first rows (of `row_count`) and how it was computed."""

    id: str
    what: str
    sql: str | None
    columns: list[str]
    rows: list[list[Any]]
    row_count: int


class Explanation(BaseModel):
    """How an answer came about: the plan, and the results that its numbers were taken from."""

    question: str
    reading: str
    plan: dict[str, Any]
    results: list[ResultTable]


@dataclass(frozen=True)
class Desk:
    """What the tools work with. Only files below `folder` can be asked about."""

    analyses: Analyses
    resident: Resident
    folder: Path

    def table(self, path: str) -> Path:
        """The file at `path`, seen from the folder. NotFoundError: there is none, or it lies outside."""
        found = (self.folder / path).resolve()
        if not found.is_relative_to(self.folder) or not found.is_file():
            raise NotFoundError(f"There is no table {path!r} in the folder.", "list_tables names those that are there.")
        return found

    def tables(self) -> list[str]:
        """The tables of the folder, as paths from it."""
        files = (file for file in sorted(self.folder.rglob("*")) if file.suffix.lower() in TABLES and file.is_file())
        shown = (str(file.relative_to(self.folder)) for file in files)
        return [path for path in shown if not path.startswith(".")][:MOST_LISTED]

    async def ask(self, request: AnalysisRequest, context: Progressing) -> AnalysisResult:
        """The answer to a question; the assistant hears how far it is. A call that is cancelled cancels it."""
        run = await asyncio.to_thread(self.analyses.submit, request, LOCAL)
        try:
            await self._follow(run, context)
        except asyncio.CancelledError:
            self.analyses.cancel(run, LOCAL)
            raise
        return await asyncio.to_thread(self.analyses.result, run, LOCAL)

    async def _follow(self, run: str, context: Progressing) -> None:
        place = self.analyses.follower(run, LOCAL)
        while not place.ended:
            if not place.due():
                await asyncio.sleep(LOOK_S)
                continue
            for event in await asyncio.to_thread(place.news):
                if isinstance(event.event, Progress):
                    await context.report_progress(event.seq, message=event.event.text)
                elif isinstance(event.event, Ended) and (failure := event.event.failure) is not None:
                    raise RunFailedError(failure.message, failure.fix, failure.exit_code)


def build_server(desk: Desk) -> FastMCP[None]:
    """The MCP server with the tools of `desk`."""
    server: FastMCP[None] = FastMCP(
        "budget-analyst",
        instructions="Answers questions about tables with numbers that code computed. Pass on what stays unanswered.",
        log_level="ERROR",
    )

    @server.tool()
    async def ask_table(
        path: str, question: str, context: Progressing, sheet: str | None = None, consensus: bool = False
    ) -> Answer:
        """Answer a question in plain English about the table at `path` (see list_tables). Takes seconds to a minute.

        `sheet` names the sheet of a workbook; `consensus` has several models plan the question.
        """
        request = AnalysisRequest(desk.table(path), question, sheet, consensus=consensus)
        return _answer(await desk.ask(request, context))

    @server.tool()
    async def profile_table(path: str) -> TableSummary:
        """What the table at `path` holds, what is wrong with its data, and what can be asked."""
        return summarize(await asyncio.to_thread(desk.resident.profile, desk.table(path)))

    @server.tool()
    def list_tables() -> list[str]:
        """The tables that can be asked about."""
        return desk.tables()

    @server.tool()
    def explain_answer(run: str) -> Explanation:
        """How the answer of a `run` of ask_table came about: the plan, the SQL and the results behind its numbers."""
        return _explanation(desk.analyses.result(run, LOCAL))

    @server.tool()
    def budget() -> dict[str, Any]:
        """Today's spending on models against the daily budget, in US dollars."""
        return {name: str(value) for name, value in desk.resident.budget().items()}

    return server


def _answer(result: AnalysisResult) -> Answer:
    return Answer(
        run=result.id,
        answer=result.answer,
        reading=result.reading,
        unanswered=result.unanswered,
        summary=result.summary,
        findings=[Finding.model_validate(insight) for insight in result.insights],
        caveats=list(result.caveats),
        suggestions=list(result.suggestions),
        report=result.files.get("report.html", result.files.get("report.md", "")),
        cost_usd=str(result.cost_usd),
    )


def _explanation(result: AnalysisResult) -> Explanation:
    return Explanation(
        question=result.question,
        reading=result.reading,
        plan=result.plan,
        results=[_result_table(table_of(saved)) for saved in result.evidence],
    )


def _result_table(table: EvidenceTable) -> ResultTable:
    """The table without the cells that models must not see: the assistant is one."""
    shown = [
        [HIDDEN if table.is_withheld(place, name) else cell for name, cell in zip(table.columns, row, strict=True)]
        for place, row in enumerate(table.rows[:MOST_ROWS])
    ]
    return ResultTable(
        id=table.id, what=table.what, sql=table.sql, columns=list(table.columns), rows=shown, row_count=table.row_count
    )
