"""Chains: which models an agent may use, in what order and why, read from chains.yaml and checked strictly."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analyst.budget.prices import load_prices
from analyst.core.agents import AGENTS, EMBEDDED_MODEL, JUDGE, ROLES
from analyst.core.errors import SettingsError

CHAINS_FILE = Path(__file__).with_name("chains.yaml")


class Candidate(BaseModel):
    """One model of a chain and why it stands there."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    model: str = Field(min_length=1)
    reason: str = Field(min_length=10)


class ModelFacts(BaseModel):
    """Whose key and network a model uses, which weights it is, and its published speed (seconds, tokens a second).

    `at_once`: how many calls it works on at the same time; others wait in its queue (0: as many as come).
    `constrained`: its decoder holds replies to a JSON schema while it writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    first_token_s: float = Field(ge=0)
    tokens_per_s: float = Field(gt=0)
    at_once: int = Field(default=0, ge=0)
    constrained: bool = False

    def seconds(self, output_tokens: int) -> float:
        """What a reply of so many tokens should take."""
        return self.first_token_s + output_tokens / self.tokens_per_s


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    primary: Candidate
    fallbacks: tuple[Candidate, ...]
    emergency: Candidate


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    models: dict[str, ModelFacts]
    agents: dict[str, _Entry]


@dataclass(frozen=True)
class Chain:
    """An agent's candidates in the order of the file; the last one is the embedded analyst. `facts` are by model."""

    agent: str
    candidates: tuple[Candidate, ...]
    facts: Mapping[str, ModelFacts] = field(default_factory=dict)

    @property
    def primary(self) -> str:
        """The model that is tried first."""
        return self.candidates[0].model

    @property
    def models(self) -> tuple[str, ...]:
        """All models in order."""
        return tuple(candidate.model for candidate in self.candidates)


def load_chains(path: Path = CHAINS_FILE, *, models: Collection[str] | None = None) -> dict[str, Chain]:
    """The chain of every agent. SettingsError names the place and the value that is wrong.

    The judge of consensus may be left out: it then has the Report Writer's chain, whose models write no plans.
    `models` are the names that may occur; None means every model with a pinned price.
    """
    known = load_prices().models if models is None else models
    try:
        read = _File.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys))  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _broken(path, str(error)) from None
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}={e['input']!r}: {e['msg']}" for e in error.errors())
        raise _broken(path, told) from None
    problems = _agents_wrong(read.agents) + [
        p for agent, entry in read.agents.items() for p in _wrong(agent, entry, known) + _unplaced(agent, entry, read)
    ]
    if problems:
        raise _broken(path, "; ".join(problems))
    entries = {JUDGE: read.agents["report_writer"], **read.agents}
    return {agent: Chain(agent, _in_order(entries[agent]), read.models) for agent in ROLES}


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML takes the last of two equal keys without a word; a chain written twice is a mistake to be told."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"{key!r} appears twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


def _in_order(entry: _Entry) -> tuple[Candidate, ...]:
    return (entry.primary, *entry.fallbacks, entry.emergency)


def _agents_wrong(agents: Collection[str]) -> list[str]:
    unknown = [f"unknown agent {agent!r} (known: {', '.join(ROLES)})" for agent in agents if agent not in ROLES]
    return unknown + [f"agent {agent!r} has no chain" for agent in AGENTS if agent not in agents]


def _wrong(agent: str, entry: _Entry, known: Collection[str]) -> list[str]:
    models = [candidate.model for candidate in _in_order(entry)]
    found = [f"{agent}: unknown model {m!r} (known: {', '.join(sorted(known))})" for m in models if m not in known]
    found += [f"{agent}: {m!r} is in the chain twice" for m in sorted(set(models)) if models.count(m) > 1]
    if entry.emergency.model != EMBEDDED_MODEL:
        found.append(f"{agent}: the emergency model is {entry.emergency.model!r} but must be {EMBEDDED_MODEL!r}")
    return found


def _unplaced(agent: str, entry: _Entry, read: _File) -> list[str]:
    models = [candidate.model for candidate in _in_order(entry)]
    return [f"{agent}: {m!r} is missing under models" for m in models if m not in read.models]


def _broken(path: Path, told: str) -> SettingsError:
    return SettingsError(f"{path} is not a valid set of chains: {told}.", "Fix it, or restore it from the repository.")
