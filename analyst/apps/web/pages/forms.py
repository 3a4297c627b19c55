"""What a page's form sent: small, urlencoded, read without a library for file uploads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

Form = Mapping[str, str]
"""The fields by name; a field that was left empty is not there."""


async def form_of(request: Request) -> Form:
    """The fields of the request's form."""
    text = (await request.body()).decode("utf-8", "replace")
    return {name: value for name, value in parse_qsl(text, max_num_fields=50)}


TheForm = Annotated[Form, Depends(form_of)]
