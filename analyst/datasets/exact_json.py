"""A profiled table as JSON text that reads back the same: dates, times and decimals stay what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from analyst.protocol.table import OpenedTable, TableProfile

_TAG = "$"
_READ: Mapping[str, Callable[[Any], object]] = MappingProxyType(
    {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "timedelta": lambda parts: timedelta(*parts),
        "Decimal": Decimal,
    }
)
"""What a tagged value is made of; the keys are the names of its type."""


def write(value: OpenedTable | TableProfile) -> str:
    """The text that `read_opened` or `read_profile` reads. TypeError: it holds a value that has no text."""
    return json.dumps(asdict(value), default=_tagged, ensure_ascii=False)


def read_opened(text: str) -> OpenedTable:
    """The table that `write` wrote. ValueError: the text is another one's."""
    return _adapters()[0].validate_python(_read(text))


def read_profile(text: str) -> TableProfile:
    """The profile that `write` wrote. ValueError: the text is another one's."""
    return _adapters()[1].validate_python(_read(text))


@cache
def _adapters() -> tuple[TypeAdapter[OpenedTable], TypeAdapter[TableProfile]]:
    """Made once: it takes 25 ms of a core."""
    return TypeAdapter(OpenedTable), TypeAdapter(TableProfile)


def _read(text: str) -> object:
    return json.loads(text, object_hook=_untagged)


def _tagged(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, timedelta):
        return {_TAG: "timedelta", "is": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, Decimal):
        return {_TAG: "Decimal", "is": str(value)}
    if isinstance(value, (datetime, date, time)):
        return {_TAG: type(value).__name__, "is": value.isoformat()}
    raise TypeError(f"a {type(value).__name__} has no text")


def _untagged(given: dict[str, Any]) -> object:
    read = _READ.get(given[_TAG]) if isinstance(given.get(_TAG), str) else None  # a column may be called "$" too
    return read(given["is"]) if read else given
