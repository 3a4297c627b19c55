"""The API's OpenAPI document: what FastAPI finds in the code, with an example of every request and answer, and with
errors as they are told (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from analyst.apps.web.analyses import FORMATS, SLIDES
from analyst.apps.web.examples import ANSWERS, PROBLEM, REQUESTS

Document = dict[str, Any]
_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "What went wrong (RFC 9457), and how to fix it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "Tells the kinds of problems apart."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "fix": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def describe(app: FastAPI) -> Callable[[], Document]:
    """What gives the document of `app`; made once."""
    made: list[Document] = []

    def document() -> Document:
        if not made:
            made.append(_document(app))
        return made[0]

    return document


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    """Every operation by its name, such as `GET /health`."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def json_answers(operation: Document) -> Iterator[Document]:
    """The JSON contents of an operation's good answers."""
    for code, answer in operation["responses"].items():
        if code.startswith("2") and "application/json" in answer.get("content", {}):
            yield answer["content"]["application/json"]


def _document(app: FastAPI) -> Document:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    document["components"]["schemas"]["Problem"] = _PROBLEM_SCHEMA
    told = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": PROBLEM}
    for name, operation in operations(document):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = {"description": "Problem", "content": {"application/problem+json": told}}
        for content in json_answers(operation):
            if name in ANSWERS:
                content["example"] = ANSWERS[name]
        if name in REQUESTS:
            operation["requestBody"]["content"]["application/json"]["example"] = REQUESTS[name]
    document["paths"]["/api/v1/tables/{name}"]["put"]["requestBody"] = {
        "required": True,
        "content": {"application/octet-stream": _BINARY},
    }
    report = document["paths"]["/api/v1/analyses/{id}/report.{format}"]["get"]["responses"]["200"]
    report["content"] = {
        media_type.split(";")[0]: _BINARY for media_type in [*(told for _, told in FORMATS.values()), SLIDES]
    }
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document
