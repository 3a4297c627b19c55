"""A question from the command line to the running service of this checkout: asked, watched, cancelled by Ctrl-C.

Over plain http.client: a client with more in it would take longer to import than the answer takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analyst.core.errors import PlatformError, RunFailedError
from analyst.core.events import Ended, Failure, Progress
from analyst.protocol.places import Url, place_text
from analyst.protocol.table import TableSource
from analyst.service.presence import Presence
from analyst.service.requests import EVENT, AnalysisRequest, FollowUp

if TYPE_CHECKING:
    from analyst.protocol.results import AnalysisResult

CONNECT_S, SILENCE_S = 2.0, 60.0
"""How long the service may take to accept a question, and may be silent then: it sends a sign of life every 15 s."""
_USER_MISTAKE = 422


def ask_service(presence: Presence, request: AnalysisRequest | FollowUp) -> Accepted | None:
    """The question, accepted by the service; None where it can't be reached or takes no questions, so that nothing was
    asked. A mistake of the asker's is raised as this process sees it, with the path as it was typed; one that only the
    service sees as RunFailedError, with its exit code."""
    service = _Connection(presence)
    try:
        run_id = service.ask(request)
    except (OSError, HTTPException):
        return None
    except RunFailedError:
        _check(request)
        raise
    return Accepted(service, run_id, request.out) if run_id is not None else None


def _check(request: AnalysisRequest | FollowUp) -> None:
    """What the service checks too, at more cost for whoever made no mistake."""
    from analyst.answers.question import check_question
    from analyst.datasets.preparing import check_input

    check_question(request.question)
    for source in request.others if isinstance(request, FollowUp) else (request.source,):
        check_input(source)


class Accepted:
    """A question that the service works on already."""

    def __init__(self, service: _Connection, run_id: str, out: Path | None) -> None:
        self._service, self._run_id, self._out = service, run_id, out

    @contextmanager
    def cancelled_by_interrupt(self) -> Iterator[None]:
        """Ctrl-C in the block ends the analysis."""
        try:
            yield
        except KeyboardInterrupt:
            with suppress(OSError, HTTPException):
                self._service.cancel(self._run_id)
            raise

    def answer(self, on_event: Callable[[Progress], None]) -> AnalysisResult:
        """Its answer, once it is there. RunFailedError: it has none, and why; with the exit code that an analysis in
        this process would have had."""
        try:
            ended = self._service.follow(self._run_id, on_event)
            if ended.state != "done":
                failure = ended.failure or Failure("", f"The analysis was {ended.state}.")
                raise RunFailedError(failure.message, failure.fix, failure.exit_code)
            return _as_asked(self._service.result(self._run_id), self._out)
        except (OSError, HTTPException) as error:
            raise PlatformError(
                f"The service stopped answering ({error}). The analysis {self._run_id} goes on when it runs again.",
                "Start it with `python main.py serve`, or use --local.",
            ) from error


class _Connection:
    """The service's API, as its owner on this machine uses it."""

    def __init__(self, presence: Presence) -> None:
        self._place = urlsplit(presence.url).netloc
        self._headers = {"Authorization": f"Bearer {presence.token}", "Content-Type": "application/json"}

    def ask(self, request: AnalysisRequest | FollowUp) -> str | None:
        """The id of the new analysis; None where the service is too busy or too broken to take it."""
        body = _about(request) | {
            "question": request.question,
            "fresh": request.fresh,
            "consensus": request.consensus,
            "out": str(request.out.absolute()) if request.out else None,
        }
        with closing(self._connected(CONNECT_S)) as connection:
            answer = self._sent(connection, "POST", "", json.dumps(body))
            told = json.loads(answer.read())
        if answer.status == _USER_MISTAKE and "fix" in told:
            raise RunFailedError(told["detail"], told["fix"], exit_code=2)
        return str(told["id"]) if answer.status == 202 else None

    def follow(self, run_id: str, on_event: Callable[[Progress], None]) -> Ended:
        """Tell each event of the analysis; how it ended."""
        with closing(self._connected(SILENCE_S)) as connection:
            for line in _lines(self._sent(connection, "GET", f"/{run_id}/events")):
                name, _, value = line.partition(": ")
                if name == "data":
                    event = EVENT.validate_json(value)
                    if isinstance(event, Ended):
                        return event
                    on_event(event)
        raise HTTPException("its stream broke off")

    def result(self, run_id: str) -> AnalysisResult:
        """What the analysis found."""
        # Its classes take 40 ms to make: by now the service is at work.
        from analyst.protocol.results import AnalysisResult

        with closing(self._connected(SILENCE_S)) as connection:
            return AnalysisResult.model_validate_json(self._sent(connection, "GET", f"/{run_id}/result").read())

    def cancel(self, run_id: str) -> None:
        """Ask the analysis to end."""
        with closing(self._connected(CONNECT_S)) as connection:
            self._sent(connection, "DELETE", f"/{run_id}").read()

    def _connected(self, timeout_s: float) -> HTTPConnection:
        return HTTPConnection(self._place, timeout=timeout_s)

    def _sent(self, connection: HTTPConnection, method: str, path: str, body: str | None = None) -> HTTPResponse:
        connection.request(method, f"/api/v1/analyses{path}", body, self._headers)
        return connection.getresponse()


def _about(request: AnalysisRequest | FollowUp) -> dict[str, object]:
    on = [str(pair) for pair in request.on]
    if isinstance(request, FollowUp):
        return {"follows": request.follows, "others": [_named(other) for other in request.others], "on": on}
    first, *others = map(_named, request.source.each)
    return {**first, "others": others, "on": on}


def _named(source: TableSource) -> dict[str, str | None]:
    named = "url" if isinstance(source.place, Url) else "file"
    return {named: place_text(source.place), "sheet": source.sheet}


def _lines(answer: HTTPResponse) -> Iterator[str]:
    while line := answer.readline():
        yield line.decode("utf-8").rstrip("\r\n")


def _as_asked(result: AnalysisResult, out: Path | None) -> AnalysisResult:
    """The result with its files named as from here: below the folder as it was given."""
    if out is None:
        return result
    return result.model_copy(update={"files": {name: str(out / name) for name in result.files}})
