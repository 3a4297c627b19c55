"""The tools: ask a question about a table, see what a table holds, how an answer came about, what has been spent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel, ConfigDict

from analyst.apps.mcp.tables import TableEntry, Tables
from analyst.core.errors import NotFoundError, RunFailedError, SettingsError
from analyst.core.events import Ended, Progress
from analyst.protocol.evidence import EvidenceTable, table_of
from analyst.protocol.relations import parse_all_key_pairs
from analyst.protocol.replies import Alternative
from analyst.protocol.results import AnalysisResult
from analyst.protocol.table import TableSource
from analyst.service.access import LOCAL
from analyst.service.analyses import Analyses
from analyst.service.profiles import TableSummary, summarize
from analyst.service.requests import AnalysisRequest, FollowUp
from analyst.service.resident import Resident

MOST_ROWS = 50
"""Rows of a result that an assistant is told: more are in the report."""
HIDDEN = "(withheld)"
"""What stands for a cell that models must not see."""
CHECK_S = 5.0
"""How often a call that lasts looks whether its key still holds."""
Call = Context[Any, Any, Any]
"""One call of a tool, as the server knows it."""


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
    alternatives: list[Alternative]
    carried: list[str]
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


def report_file(result: AnalysisResult) -> str:
    """The report's file on this machine."""
    return result.files.get("report.html", result.files.get("report.md", ""))


@dataclass(frozen=True)
class Desk:
    """What the tools work with. `asker` tells whose call it is, `allowed` raises AccessError once that asker's key is
    revoked, `report` where the report of a run lies."""

    analyses: Analyses
    resident: Resident
    tables: Tables
    asker: Callable[[Call], str] = lambda call: LOCAL
    engineer: Callable[[Call], bool] = lambda call: True
    allowed: Callable[[Call], None] = lambda call: None
    report: Callable[[AnalysisResult], str] = report_file

    async def table(self, name: str, call: Call) -> Path:
        """The file of a table that the call may be about. NotFoundError: there is none."""
        return await asyncio.to_thread(self.tables.find, name, self.asker(call))

    def spending(self, asker: str, of_all: bool) -> dict[str, Any]:
        """Today's spending of the asker with its limit, and that `of_all` users."""
        limit = self.analyses.daily_limit(asker)
        every = self.resident.budget() if of_all else {}
        return {name: str(value) for name, value in every.items()} | {
            "your_spent_usd": str(self.resident.spent_by(asker)),
            "your_limit_usd": None if limit is None else str(limit),
        }

    async def answer(self, request: AnalysisRequest, call: Call) -> Answer:
        """The answer, waited for."""
        result = await self.ask(request, call)
        return _answer(result, self.report(result))

    async def follow_up(self, asked: FollowUp, call: Call) -> AnalysisRequest:
        """What a follow-up asks. NotFoundError: there is no such run of the caller's, or its table is out of reach."""
        request = await asyncio.to_thread(self.analyses.threads.request, asked, self.asker(call))
        for source in request.source.each:
            if not await asyncio.to_thread(self.tables.holds, source.place, self.asker(call)):
                raise NotFoundError(
                    f"The table of the run {asked.follows!r} is out of reach.",
                    "list_tables names those that are there.",
                )
        return request

    async def ask(self, request: AnalysisRequest, call: Call) -> AnalysisResult:
        """The answer to a question; the assistant hears how far it is. A call that is cancelled cancels it."""
        asker = self.asker(call)
        run = await asyncio.to_thread(self.analyses.submit, request, asker)
        try:
            await self._follow(run, asker, call)
        except asyncio.CancelledError:
            self.analyses.cancel(run, asker)
            raise
        return await asyncio.to_thread(self.analyses.result, run, asker)

    async def _follow(self, run: str, asker: str, call: Call) -> None:
        place, checked_at = self.analyses.follower(run, asker), time.monotonic()
        while not place.ended:
            if not place.due():
                await place.wait(CHECK_S)
                if time.monotonic() - checked_at >= CHECK_S:
                    checked_at = time.monotonic()
                    await asyncio.to_thread(self.allowed, call)
                continue
            for event in await asyncio.to_thread(place.news):
                if isinstance(event.event, Progress):
                    await call.report_progress(event.seq, message=event.event.text)
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
        question: str,
        call: Call,
        table: str | None = None,
        follows: str | None = None,
        sheet: str | None = None,
        consensus: bool = False,
        joined_with: list[str] | None = None,
        on: list[str] | None = None,
    ) -> Answer:
        """Answer a question in plain English about a `table` (see list_tables). Takes seconds to a minute.

        A follow-up ("and in Delhi?") names the `run` that it `follows` instead of a table; `carried` tells what it
        kept of it. `sheet`: of a workbook; `consensus`: several models plan it; `joined_with`: tables joined by
        their keys or `on` some, such as orders.customer_id=customers.id.
        """
        if (table is None) == (follows is None):
            raise SettingsError("A question is about a table or follows a run.", "Give one of table and follows.")
        others = tuple([TableSource(await desk.table(name, call)) for name in joined_with or ()])
        keys = parse_all_key_pairs(on or ())
        if follows is not None:
            asked = FollowUp(follows, question, consensus=consensus, others=others, on=keys)
            request = await desk.follow_up(asked, call)
        else:
            first = await desk.table(table or "", call)
            request = AnalysisRequest(first, question, sheet, consensus=consensus, others=others, on=keys)
        return await desk.answer(request, call)

    @server.tool()
    async def profile_table(table: str, call: Call) -> TableSummary:
        """What a `table` (see list_tables) holds, what is wrong with its data, and what can be asked."""
        return summarize(await asyncio.to_thread(desk.resident.profile, await desk.table(table, call)))

    @server.tool()
    async def list_tables(call: Call) -> list[TableEntry]:
        """The tables that can be asked about: `table` is what the other tools take."""
        return await asyncio.to_thread(desk.tables.listing, desk.asker(call))

    @server.tool()
    async def explain_answer(run: str, call: Call) -> Explanation:
        """How the answer of a `run` of ask_table came about: the plan, the SQL and the results behind its numbers."""
        return _explanation(await asyncio.to_thread(desk.analyses.result, run, desk.asker(call)))

    @server.tool()
    async def budget(call: Call) -> dict[str, Any]:
        """Today's spending on models against your own limit and, for engineers, the daily budget, in US dollars."""
        return await asyncio.to_thread(desk.spending, desk.asker(call), desk.engineer(call))

    return server


def _answer(result: AnalysisResult, report: str) -> Answer:
    return Answer(
        run=result.id,
        answer=result.answer,
        reading=result.reading,
        alternatives=list(result.alternatives),
        carried=list(result.carried),
        unanswered=result.unanswered,
        summary=result.summary,
        findings=[Finding.model_validate(insight) for insight in result.insights],
        caveats=list(result.caveats),
        suggestions=list(result.suggestions),
        report=report,
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
