"""Errors as problem details (RFC 9457): what went wrong, how to fix it, and a type that programs can tell apart."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from analyst.core.errors import (
    AccessError,
    BusyError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PlatformError,
    RunFailedError,
    StoreError,
    UploadError,
    UserError,
)

STATUSES: Mapping[type[PlatformError], int] = {
    AccessError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    RunFailedError: 409,
    BusyError: 429,
    StoreError: 503,
    UserError: 422,
    PlatformError: 500,
}
"""By the error's class, the nearest one first."""
RETRY_S = 5
"""When to try again after a store that can't be used."""
_LOG = logging.getLogger(__name__)


def problem(
    status: int,
    detail: str,
    *,
    type: str = "about:blank",
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    """A problem as a response."""
    told = {"type": type, "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(told, status, headers, "application/problem+json")


def status_of(error: PlatformError) -> int:
    """The HTTP status that fits an error of ours."""
    if isinstance(error, UploadError) and error.too_large:
        return 413
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def of_error(error: PlatformError) -> JSONResponse:
    """The problem that an error of ours is."""
    headers = {}
    if isinstance(error, BusyError):
        headers["Retry-After"] = f"{max(1, round(error.retry_after_s))}"
    elif isinstance(error, StoreError):
        headers["Retry-After"] = f"{RETRY_S}"
    elif isinstance(error, AccessError):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(status_of(error), error.message, type=_type(error), headers=headers, fix=error.fix)


def _type(error: PlatformError) -> str:
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__.removesuffix("Error")).lower()
    return f"urn:analyst:problem:{name}"


def tell_problems(app: FastAPI) -> None:
    """Have every error of `app` told as a problem."""

    @app.exception_handler(PlatformError)
    async def known(request: Request, error: PlatformError) -> JSONResponse:
        return of_error(error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = [{"at": ".".join(map(str, one["loc"])), "problem": one["msg"]} for one in error.errors()]
        return problem(422, "The request is not valid.", type="urn:analyst:problem:invalid-request", errors=found)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem(500, "Internal error. The service's log has the details.")
