"""/analyses: ask, follow, cancel, read and delete analyses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path as FilePath
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from analyst.apps.web.service import Asker, Service, TheAsker, TheService, key_check
from analyst.apps.web.sources import check_host, source_at
from analyst.core.errors import AccessError, ForbiddenError, NotFoundError, SettingsError
from analyst.core.events import Ended, RunEvent
from analyst.protocol.evidence import Evidence, table_of
from analyst.protocol.places import Url
from analyst.protocol.relations import parse_all_key_pairs
from analyst.protocol.results import AnalysisResult
from analyst.protocol.selection import Selection
from analyst.protocol.table import TableSource
from analyst.reporting.charts.choosing import Wish
from analyst.reporting.charts.drawing import choose, draw
from analyst.reporting.recorded import report_of
from analyst.reporting.slides import to_slides
from analyst.service.analyses import Follower, RunStatus
from analyst.service.feedback import MAX_BECAUSE
from analyst.service.requests import EVENT, AnalysisRequest, FollowUp
from analyst.service.threads import source_of
from analyst.storage.feedback import Feedback, Verdict
from analyst.storage.jobs import OPEN

router = APIRouter(prefix="/analyses", tags=["analyses"])
FORMATS = {
    "html": ("report.html", "text/html; charset=utf-8"),
    "pdf": ("report.pdf", "application/pdf"),
    "md": ("report.md", "text/markdown; charset=utf-8"),
    "json": ("result.json", "application/json"),
    "xlsx": ("figures.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("figures.csv", "text/csv; charset=utf-8"),
}
"""A report's formats: the file, and its media type."""
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
Format = Literal["html", "pdf", "md", "json", "xlsx", "csv", "pptx"]
CHECK_S = 5.0
"""How often a stream that lasts looks whether its key still holds."""
CHART = r"^[A-Za-z0-9_-]{1,100}\.(svg|png)$"
STILL = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A picture that is opened by itself runs nothing and fetches nothing."""
SANDBOX = "sandbox allow-scripts; frame-ancestors 'self'"
"""A report's scripts draw its charts and can reach nothing else."""


class Named(BaseModel):
    """A table: one that was uploaded, one at a URL that the service allows, or (only for whoever runs the service) a
    file of its machine."""

    model_config = ConfigDict(extra="forbid")

    table: str | None = Field(None, description="The id of an uploaded table.")
    file: FilePath | None = Field(None, description="A file on the service's machine.")
    url: str | None = Field(
        None,
        max_length=4000,
        description="The URL of a table on the web or in a database, if its host is one of SOURCE_HOSTS.",
    )
    sheet: str | None = Field(None, max_length=200, description="The sheet of a workbook, or the table of a database.")


class Ask(Named):
    """A question about a table, or about that of the analysis that it `follows` up on. With `edits` it is that analysis
    with other choices, and needs no words."""

    question: str = Field("", max_length=10_000)
    others: list[Named] = Field(
        [],
        max_length=9,
        description="Further tables: joined with it by their keys, or put together where they are alike.",
    )
    on: list[str] = Field(
        [],
        max_length=20,
        description="Keys, such as `orders.customer_id=customers.id`, instead of those that are found.",
    )
    follows: str | None = Field(
        None, max_length=64, description="The id of your answered analysis that this goes on with, or `last`."
    )
    edits: Selection | None = Field(
        None, description="The `selection` of the result that it follows, changed; no model plans it."
    )
    fresh: bool = Field(False, description="Ignore cached answers.")
    consensus: bool = Field(False, description="Have several models plan the question.")
    priority: int = Field(0, ge=-9, le=9, description="Of your own analyses, higher ones go first.")
    out: FilePath | None = Field(None, description="A folder on the service's machine for the report.")


@router.post("", status_code=202)
def ask(
    body: Ask,
    response: Response,
    service: TheService,
    asker: TheAsker,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=128)] = None,
) -> RunStatus:
    """Ask a question. The answer is made in the background: follow `Location`, or its `/events`.

    With an Idempotency-Key, the same request sent again gives the same analysis.
    """
    if body.follows is None:
        run_id = service.analyses.submit(_request(body, service, asker), asker.name, idempotency_key)
    else:
        run_id = service.analyses.ask_again(_follow_up(body, body.follows, service, asker), asker.name, idempotency_key)
    response.headers["Location"] = f"/api/v1/analyses/{run_id}"
    return service.analyses.status(run_id, asker.name)


def _follow_up(body: Ask, follows: str, service: Service, asker: Asker) -> FollowUp:
    _check_files(body, asker)
    if body.edits is not None and body.question:
        raise SettingsError("What was chosen by menus is put in words here.", "Leave out the question, or the edits.")
    if body.table or body.file or body.url or body.sheet:
        raise SettingsError(
            "A follow-up is about the table of the analysis that it follows.", "Name further ones in `others`."
        )
    found = service.analyses.threads.find(follows, asker.name)
    for source in source_of(found).each:
        if isinstance(source.place, Url):
            check_host(source.place, service, asker)
        elif not asker.owner and not service.uploads.holds(source.place, asker.name):
            raise ForbiddenError("The table of that analysis is no upload of yours.", "Upload it and ask again.")
    question = body.edits.words if body.edits is not None else body.question
    return FollowUp(
        found.run_id, question, body.fresh, body.consensus, body.out, body.priority, body.edits,
        tuple(_source(named, service, asker) for named in body.others), parse_all_key_pairs(body.on),
    )  # fmt: skip


def _check_files(body: Ask, asker: Asker) -> None:
    if (body.out or any(named.file for named in (body, *body.others))) and not asker.owner:
        raise ForbiddenError("Only the command line of the service's machine may name its files.", "Upload the table.")


def _request(body: Ask, service: Service, asker: Asker) -> AnalysisRequest:
    _check_files(body, asker)
    if body.edits is not None:
        raise SettingsError("Edits change an earlier analysis.", "Name it by `follows`.")
    first, *others = (_source(named, service, asker) for named in (body, *body.others))
    return AnalysisRequest(
        first.place, body.question, first.sheet, body.fresh, body.consensus, body.out, body.priority,
        others=tuple(others), on=parse_all_key_pairs(body.on),
    )  # fmt: skip


def _source(named: Named, service: Service, asker: Asker) -> TableSource:
    """Where a table is. SettingsError: it is named in several ways or in none."""
    if [named.table, named.file, named.url].count(None) != 2:
        raise SettingsError("Each table of a question has one name.", "Name it by `table`, the id of an upload.")
    if named.url is None:
        return TableSource(
            named.file or FilePath(service.uploads.find(named.table or "", asker.name).path), named.sheet
        )
    return source_at(named.url, named.sheet, service, asker)


@router.get("")
def listing(service: TheService, asker: TheAsker, most: Annotated[int, Query(ge=1, le=500)] = 50) -> list[RunStatus]:
    """Your analyses, the newest first."""
    return service.analyses.history(asker.name, most)


@router.get("/{id}")
def status(id: str, service: TheService, asker: TheAsker) -> RunStatus:
    """How an analysis stands; `before` is how many are started before one that waits."""
    return service.analyses.status(id, asker.name)


@router.delete("/{id}", status_code=204, responses={202: {"description": "It is being canceled."}})
def delete(id: str, response: Response, service: TheService, asker: TheAsker) -> None:
    """Cancel an analysis that waits or runs; delete one that has ended, with its report and its cached answer."""
    if service.analyses.status(id, asker.name).state in OPEN:
        service.analyses.cancel(id, asker.name)
        response.status_code = 202
    else:
        service.analyses.delete(id, asker.name)


def follower(
    id: str, service: TheService, asker: TheAsker, last_event_id: Annotated[int, Header(ge=0)] = 0
) -> Follower:
    """The asker's place among the events: found before the stream begins, which can't tell an error any more."""
    return service.analyses.follower(id, asker.name, last_event_id)


@router.get("/{id}/events", response_class=EventSourceResponse)
async def events(
    place: Annotated[Follower, Depends(follower)], allowed: Annotated[Callable[[], None], Depends(key_check)]
) -> AsyncIterator[ServerSentEvent]:
    """What happens in an analysis, as server-sent events: those so far, then each as it happens; the last is `ended`.

    With Last-Event-ID only those after it. A key that is revoked meanwhile ends the stream with an event `refused`.
    """
    checked_at = time.monotonic()
    while not place.ended:
        if place.due():
            for event in await asyncio.to_thread(place.news):
                yield _sent(event)
            continue
        await place.wait(CHECK_S)
        if time.monotonic() - checked_at >= CHECK_S:
            checked_at = time.monotonic()
            try:
                await asyncio.to_thread(allowed)
            except AccessError as error:
                yield ServerSentEvent(event="refused", data={"detail": error.message, "fix": error.fix})
                return


def _sent(event: RunEvent) -> ServerSentEvent:
    kind = "ended" if isinstance(event.event, Ended) else event.event.kind
    return ServerSentEvent(id=str(event.seq), event=kind, raw_data=EVENT.dump_json(event.event).decode())


@router.get("/{id}/result")
def result(id: str, service: TheService, asker: TheAsker) -> AnalysisResult:
    """The answer with all that it rests on; `files` names the formats of the report."""
    found = service.analyses.result(id, asker.name)
    if asker.owner:
        return found
    served = {
        name: f"/api/v1/analyses/{id}/report.{kind}" for kind, (name, _) in FORMATS.items() if name in found.files
    }
    return found.model_copy(update={"files": served})


class Judgment(BaseModel):
    """What you say of an answer, and why."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    because: str = Field("", max_length=MAX_BECAUSE)


@router.put("/{id}/feedback")
def judge(id: str, body: Judgment, service: TheService, asker: TheAsker) -> Feedback:
    """Say whether an answer is right, instead of what you said before. It is deleted with the analysis."""
    return service.analyses.judge(id, asker.name, body.verdict, body.because)


@router.get("/{id}/feedback")
def feedback(id: str, service: TheService, asker: TheAsker) -> Feedback:
    """What you said of an answer."""
    found = service.analyses.feedback(id, asker.name)
    if found is None:
        raise NotFoundError(f"You said nothing of the analysis {id!r}.", "Say it with PUT.")
    return found


@router.delete("/{id}/feedback", status_code=204)
def take_back(id: str, service: TheService, asker: TheAsker) -> None:
    """Take back what you said of an answer."""
    service.analyses.take_back(id, asker.name)


@router.get("/{id}/charts/{name}", response_class=FileResponse)
def chart(id: str, name: Annotated[str, Path(pattern=CHART)], service: TheService, asker: TheAsker) -> Response:
    """A chart of the report as svg or png, by its file's name in `charts` of the result."""
    path = service.analyses.file(id, asker.name, f"charts/{name}")
    return FileResponse(path, headers={"content-security-policy": STILL})


@router.get("/{id}/tables/{table}/chart.svg", response_class=Response)
def other_chart(
    id: str,
    table: str,
    service: TheService,
    asker: TheAsker,
    column: Annotated[tuple[str, ...], Query(max_length=8, description="Columns to draw.")] = (),
) -> Response:
    """A chart of a result's other columns, drawn now. 404: no chart says anything of them."""
    result = service.analyses.result(id, asker.name)
    evidence = Evidence(tuple(table_of(saved) for saved in result.evidence))
    known = {one.id: one for one in evidence.tables}
    choice = choose(known[table], evidence, Wish(result.question, column)) if table in known else None
    if choice is None:
        raise NotFoundError("No chart can be made of these columns.", "Choose other ones.")
    return Response(draw(choice).svg, media_type="image/svg+xml", headers={"content-security-policy": STILL})


def slides(id: str, service: Service, asker: Asker) -> bytes:
    """The report as PowerPoint slides: made of what the analysis saved, so that no analysis pays for it."""
    result = service.analyses.result(id, asker.name)
    drawn = {c.id: f"charts/{c.id}.png" for c in result.charts if f"charts/{c.id}.png" in c.files}
    charts = {chart: service.analyses.file(id, asker.name, name).read_bytes() for chart, name in drawn.items()}
    return to_slides(report_of(result), charts)


@router.get("/{id}/report.{format}", response_class=FileResponse)
def report(id: str, format: Format, service: TheService, asker: TheAsker) -> Response:
    """The report as html, pdf, md or json, as pptx slides (made now), or its figures as xlsx or csv."""
    if format == "pptx":
        return Response(slides(id, service, asker), media_type=SLIDES)
    name, media_type = FORMATS[format]
    if format == "json":
        return Response(result(id, service, asker).model_dump_json(indent=2), media_type=media_type)
    path = service.analyses.file(id, asker.name, name)
    headers = {"content-security-policy": SANDBOX} if format == "html" else {}
    return FileResponse(path, media_type=media_type, headers=headers)
