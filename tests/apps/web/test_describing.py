"""The OpenAPI document: an example of everything, and each is what its schema says."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from analyst.apps.web.app import create_app
from analyst.apps.web.describing import json_answers, operations
from analyst.apps.web.examples import ANSWERS, REQUESTS
from analyst.apps.web.service import Service


class NoService:
    """Stands in where nothing is asked of the service."""

    analyses = uploads = resident = keys = rate = None


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(cast(Service, NoService()), (), lambda: None)


def routes(app: FastAPI) -> dict[str, APIRoute]:
    found = ((context.path, context.original_route) for context in iter_route_contexts(app.routes))
    return {f"{min(r.methods or ())} {path}": r for path, r in found if isinstance(r, APIRoute)}


def told(kind: Any, example: object) -> Any:
    """The example as the API would write what it says."""
    adapter = TypeAdapter(kind)
    return adapter.dump_python(adapter.validate_json(json.dumps(example)), mode="json")


def test_every_json_request_and_answer_has_an_example_that_the_api_could_give(app: FastAPI) -> None:
    found, answered, asked = routes(app), set(), set()
    for name, operation in operations(app.openapi()):
        if "report" in name:
            continue
        for content in json_answers(operation):
            assert name in ANSWERS, f"{name} has no example of its answer: add one to examples.py"
            assert content["example"] == ANSWERS[name]
            kind = found[name].response_model
            assert kind is None or is_part(ANSWERS[name], told(kind, ANSWERS[name])), name
            answered.add(name)
        if body := operation.get("requestBody", {}).get("content", {}).get("application/json"):
            assert name in REQUESTS, f"{name} has no example of its request: add one to examples.py"
            assert body["example"] == REQUESTS[name]
            told(found[name].body_field.field_info.annotation, REQUESTS[name])  # type: ignore[union-attr]
            asked.add(name)
    assert (answered, asked) == (set(ANSWERS), set(REQUESTS)), "an example of something that is not there"


def is_part(example: Any, whole: Any) -> bool:
    """Whether `example` says nothing else than `whole` (which may say more, by default)."""
    if isinstance(example, dict):
        return example.keys() <= whole.keys() and all(is_part(example[key], whole[key]) for key in example)
    if isinstance(example, list):
        return len(example) == len(whole) and all(map(is_part, example, whole))
    return bool(example == whole)


def test_every_error_is_told_as_a_problem_and_files_as_what_they_are(app: FastAPI) -> None:
    document = app.openapi()
    for name, operation in operations(document):
        told = operation["responses"]["default"]["content"]["application/problem+json"]
        schema = document["components"]["schemas"]["Problem"]
        assert set(schema["required"]) <= set(told["example"]) <= set(schema["properties"])
        assert "422" not in operation["responses"], f"{name}: no error is told as FastAPI would tell it"
    upload = document["paths"]["/api/v1/tables/{name}"]["put"]["requestBody"]["content"]
    report = document["paths"]["/api/v1/analyses/{id}/report.{format}"]["get"]["responses"]["200"]["content"]
    assert set(upload) == {"application/octet-stream"} and {"text/html", "application/pdf", "text/csv"} <= set(report)
