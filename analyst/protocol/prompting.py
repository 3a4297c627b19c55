"""The agents' roles and the tasks' texts, read from YAML and rendered strictly: nothing missing, nothing unused."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).resolve().parent / "prompts"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Role(BaseModel):
    """An agent's text and limits; `because` says why this temperature, length and backend."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    goal: str
    backstory: str
    temperature: float = Field(ge=0, le=1)
    backend: str
    because: str
    max_tokens: int = Field(gt=0)


class TaskText(BaseModel):
    """A task's text with `${variables}` and what is expected of the reply.

    `correction` is what a model is sent of it, before its refused reply and the errors; None: all of it again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    expected_output: str
    correction: str | None = None


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return content


@cache
def roles() -> dict[str, Role]:
    """Everyone's roles by name: the four agents and the judge."""
    return {name: Role(**given) for name, given in _read("agents.yaml").items()}


def task_text(name: str) -> TaskText:
    """The text of task `name`: review, plan, insights, report or verdict."""
    return TaskText(**_read("tasks.yaml")[name])


def phrase(name: str) -> str:
    """A text that several tasks share: `references` or `retry`."""
    return str(_read("tasks.yaml")[name]).strip()


def variables(text: str) -> set[str]:
    """The names of the `${variables}` in `text`."""
    return set(_VARIABLE.findall(text))


def render(text: str, **values: str) -> str:
    """`text` with each `${name}` replaced once (values are not looked into). ValueError if one is missing or unused."""
    wanted = variables(text)
    if wanted != set(values):
        raise ValueError(
            f"prompt variables: missing {sorted(wanted - set(values))}, unused {sorted(set(values) - wanted)}"
        )
    return _VARIABLE.sub(lambda found: values[found[1]], text).strip()
