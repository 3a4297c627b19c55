"""/ and /tables: choose a table, look at it, ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from analyst.apps.web.pages.columns import ColumnView, column_views
from analyst.apps.web.pages.forms import TheForm
from analyst.apps.web.pages.rendering import PageRoute, page, redirect
from analyst.apps.web.service import Asker, Service, TheAsker, TheService
from analyst.core.errors import NotFoundError, SettingsError, TableError
from analyst.core.scratch import scratch
from analyst.datasets.previewing import Preview, sheets_of
from analyst.protocol.table import TableSource
from analyst.samples.catalog import SAMPLES
from analyst.service.profiles import summarize
from analyst.service.requests import AnalysisRequest, FollowUp
from analyst.storage.uploads import Upload

router = APIRouter(include_in_schema=False, route_class=PageRoute)
RECENT = 8
"""Tables and questions shown on the start page."""
MOST_OTHERS = 9
"""Tables that may be joined to one."""
LARGE_BYTES, HEAD_BYTES = 20_000_000, 200_000
"""From where on reading a table takes seconds, and how much of it is read to show its first rows meanwhile."""
TEXTS = (".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson")
"""Files whose first lines are a table by themselves."""
ABOUT = {
    "sales": "24 months of orders by product, region and channel",
    "churn": "Customers with contract, support tickets and whether they left",
    "campaigns": "Marketing spend, clicks and revenue by channel",
}
"""What each sample holds."""


def values(service: Service, asker: Asker) -> dict[str, Any]:
    """What the frame of every page shows."""
    timezone = service.resident.settings.timezone
    return {"asker": asker.name, "signed_in": not service.open, "engineer": asker.engineer, "timezone": timezone}


@router.get("/")
def start(service: TheService, asker: TheAsker) -> Response:
    """Upload a table, go on with one, or try a sample."""
    return page(
        "start",
        **values(service, asker),
        tables=service.uploads.of(asker.name)[:RECENT],
        recent=service.analyses.history(asker.name, RECENT),
        samples={name: ABOUT[name] for name in SAMPLES},
        limit=service.uploads.limit_bytes,
    )


@router.post("/samples/{name}")
def take_sample(name: str, service: TheService, asker: TheAsker) -> Response:
    """Make a bundled sample one of the asker's tables."""
    if name not in SAMPLES:
        raise NotFoundError(f"There is no sample {name!r}.", "Choose one on the start page.")
    path = SAMPLES[name].path
    with service.uploads.receive(path.name) as receiving:
        receiving.write(path.read_bytes())
        kept = service.uploads.keep(receiving, path.name, asker.name)
    return redirect(f"/tables/{kept.id}")


@router.get("/tables/{id}")
def table(
    id: str,
    service: TheService,
    asker: TheAsker,
    sheet: str | None = None,
    question: str = "",
    whole: bool = False,
    also: Annotated[tuple[str, ...], Query()] = (),
) -> Response:
    """A table and the box to ask about it, and `also` about others; what it holds follows as a part, or at once with
    `whole`."""
    found = service.uploads.find(id, asker.name)
    others = sorted(service.uploads.of(asker.name), key=lambda other: other.id not in also)
    preview = _look(service, found, sheet) if whole else None
    return page(
        "table",
        **values(service, asker),
        table=found,
        sheets=sheets_of(Path(found.path)),
        others=[other for other in others if other.id != id][:MOST_OTHERS],
        also=also,
        sheet=sheet,
        question=question[:10_000],
        look=preview,
        peek=_has_peek(found) and sheet is None,
    )


@router.get("/tables/{id}/look")
def look(id: str, service: TheService, asker: TheAsker, sheet: str | None = None) -> Response:
    """What a table holds, as a part of its page. Takes seconds for a large one."""
    found = service.uploads.find(id, asker.name)
    return page("look", table=found, sheet=sheet, look=_look(service, found, sheet))


@router.get("/tables/{id}/peek")
def peek(id: str, service: TheService, asker: TheAsker) -> Response:
    """The first rows of a large text file, as a part of its page while the whole of it is read. NotFoundError: the file
    is small, or its first rows can't be read by themselves."""
    found = service.uploads.find(id, asker.name)
    if _has_peek(found):
        with scratch("peek") as folder:
            head = folder / found.name
            head.write_bytes(_head(Path(found.path)))
            with suppress(TableError):
                look = seen(service.resident.preview(TableSource(head)))
                return page("rows", look=look)
    raise NotFoundError("There are no first rows to show by themselves.", "Wait until the table is read.")


def _has_peek(table: Upload) -> bool:
    """Whether the first rows can be shown before the rest is read, and reading the rest takes long."""
    return table.bytes >= LARGE_BYTES and Path(table.name).suffix.lower() in TEXTS


def _head(file: Path) -> bytes:
    """The whole lines at the beginning of a file."""
    with file.open("rb") as reading:
        return reading.read(HEAD_BYTES).rpartition(b"\n")[0]


@dataclass(frozen=True)
class Look:
    """What a person sees of a table: its columns, first rows, notes and issues, and questions to begin with."""

    rows: int
    columns: Sequence[ColumnView]
    first: Sequence[Sequence[Any]]
    notes: Sequence[str]
    issues: Sequence[str]
    questions: Sequence[str]


def _look(service: Service, found: Upload, sheet: str | None) -> Look | TableError:
    """What the table holds, or why it can't be read."""
    try:
        preview = service.resident.preview(TableSource(Path(found.path), sheet))
    except TableError as error:
        return error
    return seen(preview)


def seen(preview: Preview) -> Look:
    """The preview as its page shows it."""
    summary = summarize(preview.profile)
    return Look(
        rows=summary.rows,
        columns=column_views(preview),
        first=preview.rows,
        notes=summary.notes,
        issues=summary.issues,
        questions=summary.questions,
    )


@router.post("/tables/{id}/delete")
def delete(id: str, service: TheService, asker: TheAsker) -> Response:
    """Forget a table."""
    service.uploads.delete(id, asker.name)
    return redirect("/")


@router.post("/ask")
def ask(form: TheForm, service: TheService, asker: TheAsker) -> Response:
    """Begin an analysis, and go to where it can be watched."""
    found = service.uploads.find(form.get("table", ""), asker.name)
    question = form.get("question", "").strip()
    if not question:
        raise SettingsError("There is no question.", "Go back and write one.")
    if follows := form.get("follows"):
        followed = _followed(service, asker, follows, found)
        run = service.analyses.ask_again(FollowUp(followed, question, "fresh" in form), asker.name)
    else:
        others = tuple(_others(service, asker, found, form))
        run = service.analyses.submit(_request(found, question, form, others), asker.name)
    return redirect(f"/analyses/{run}")


def _followed(service: Service, asker: Asker, run: str, table: Upload) -> str:
    """The run that is followed up on, which must be about `table`: the asker's own upload."""
    found = service.analyses.threads.find(run, asker.name)
    if Path(found.table_path) != Path(table.path).absolute():
        raise SettingsError("A follow-up is about the table of the question before it.", "Ask it as a new question.")
    return found.run_id


def _others(service: Service, asker: Asker, found: Upload, form: Mapping[str, str]) -> Iterator[TableSource]:
    """The tables that are to be joined: further sheets of the workbook, and the asker's other uploads."""
    for name in form:
        kind, _, value = name.partition(":")
        if kind == "sheet" and value:
            yield TableSource(Path(found.path), value)
        elif kind == "table" and value:
            yield TableSource(Path(service.uploads.find(value, asker.name).path))


def _request(found: Upload, question: str, form: Mapping[str, str], others: tuple[TableSource, ...]) -> AnalysisRequest:
    sheet, fresh, consensus = form.get("sheet") or None, "fresh" in form, "consensus" in form
    return AnalysisRequest(Path(found.path), question, sheet, fresh, consensus, others=others)
