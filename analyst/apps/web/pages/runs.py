"""/analyses/ID: an analysis while it runs, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from analyst.apps.web.analyses import STILL
from analyst.apps.web.pages.answer import answer_of
from analyst.apps.web.pages.asking import fields_of, table_page
from analyst.apps.web.pages.forms import TheForm
from analyst.apps.web.pages.progress import parts_now
from analyst.apps.web.pages.rendering import PageRoute, page, redirect
from analyst.apps.web.pages.steps import course
from analyst.apps.web.pages.workbench import MOST_OTHERS, values
from analyst.apps.web.service import Asker, Service, TheAsker, TheService
from analyst.core.errors import NotFoundError
from analyst.reporting.charts.drawing import draw, read_choice
from analyst.service.requests import AnalysisRequest
from analyst.service.threads import ThreadTurn
from analyst.storage.jobs import OPEN

router = APIRouter(prefix="/analyses/{id}", include_in_schema=False, route_class=PageRoute)


@router.get("")
def run(id: str, service: TheService, asker: TheAsker) -> Response:
    """An analysis at its address: its steps while it waits or runs, then its answer, or why there is none."""
    found = service.analyses.status(id, asker.name)
    asked = service.analyses.request(id, asker.name)
    frame = values(service, asker) | {"run": found} | _tables(service, asker, asked)
    if found.state in OPEN:
        return page("running", **frame, parts=parts_now(service, asker, id))
    if found.state != "done":
        return page("unanswered", **frame, parts=parts_now(service, asker, id))
    answer, turns = answer_of(service.analyses.result(id, asker.name)), _turns(service, asker, id)
    shown: dict[str, Any] = {"answer": answer, "result": answer.result, "files": f"/api/v1/analyses/{id}"}
    return page("answer", **frame, **shown, turns=turns, feedback=service.analyses.feedback(id, asker.name))


@router.get("/first.svg")
def first_chart(id: str, service: TheService, asker: TheAsker) -> Response:
    """The chart of the first figures, drawn now."""
    so_far = course(service.analyses.follower(id, asker.name).news())
    if so_far.figures is None or not so_far.figures.chart:
        raise NotFoundError("There is no chart of the first figures.", "Wait for the answer.")
    return Response(
        _drawn(so_far.figures.chart), media_type="image/svg+xml", headers={"content-security-policy": STILL}
    )


@lru_cache(maxsize=32)
def _drawn(choice: str) -> str:
    """The chart as SVG, drawn once for all tabs that show it."""
    return draw(read_choice(choice)).svg


@router.post("/stop")
def stop(id: str, service: TheService, asker: TheAsker) -> Response:
    """Ask the analysis to end at its next step."""
    service.analyses.cancel(id, asker.name)
    return redirect(f"/analyses/{id}")


@router.post("/delete")
def delete(id: str, service: TheService, asker: TheAsker) -> Response:
    """Forget an analysis that has ended."""
    service.analyses.delete(id, asker.name)
    return redirect("/analyses")


@router.post("/feedback")
def feedback(id: str, form: TheForm, service: TheService, asker: TheAsker) -> Response:
    """Keep what the asker says of the answer; without a verdict it is taken back."""
    because = form.get("because", "")
    match form.get("verdict", ""):
        case "right" | "wrong" as verdict:
            service.analyses.judge(id, asker.name, verdict, because)
        case _:
            service.analyses.take_back(id, asker.name)
    return redirect(f"/analyses/{id}#feedback")


def _turns(service: Service, asker: Asker, id: str) -> Sequence[ThreadTurn]:
    """The questions that the run's thread holds; none where it is no thread's."""
    try:
        turns = service.analyses.threads.thread(id, asker.name).turns
    except NotFoundError:
        return ()
    return turns if len(turns) > 1 else ()


def _tables(service: Service, asker: Asker, asked: AnalysisRequest) -> dict[str, Any]:
    """The fields of a form that asks about the same tables (none where they are out of reach), the page on which that
    is done, and other uploads."""
    fields = fields_of(asked.source, service, asker)
    more = [one for one in service.uploads.of(asker.name) if one.id != fields.get("table")]
    return {
        "fields": fields,
        "table_page": partial(table_page, fields),
        "asked_of_several": bool(asked.others),
        "more": [one for one in more if f"table:{one.id}" not in fields][:MOST_OTHERS],
    }
