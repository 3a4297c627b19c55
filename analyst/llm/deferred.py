"""openai's types made whole before threads use them: it leaves that to their first use, where threads race.

Two agents that began side by side met half-made types now and then, and their calls failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel


def complete(model: type[BaseModel]) -> None:
    """Build `model` and all that it holds; takes some milliseconds once, and nothing when it is done."""
    for each in _reachable(model, set()):
        each.model_rebuild()


def _reachable(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """`model` and every model among its fields, the innermost first."""
    seen.add(model)
    left = [field.annotation for field in model.model_fields.values()]
    while left:
        kind = left.pop()
        left += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
            yield from _reachable(kind, seen)
    yield model
