"""Opened tables of the domains, and the whole way from a question to its evidence."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analyst.datasets.card import build_card
from analyst.datasets.linking import mentioned_values
from analyst.datasets.opening import open_table
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import open_locked
from analyst.execution.runner import PlanRunner
from analyst.protocol.evidence import Evidence
from analyst.protocol.replies import PlanReply
from analyst.protocol.table import OpenedTable, TableCard, read_card, write_card
from analyst.protocol.threads import Earlier
from analyst.rulebased.interpreter import plan_for


def _module() -> ModuleType:
    path = Path(__file__).with_name("domains.py")
    spec = importlib.util.spec_from_file_location("embedded_domains", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DOMAINS = _module()


class Asked:
    """One opened table that answers questions by the interpreter's plans."""

    def __init__(self, opened: OpenedTable, workdir: Path) -> None:
        self.profile = profile_table(opened)
        self._connection = open_locked(opened.database, memory_mb=500, timeout_s=30, temp_directory=workdir)
        self._privacy = Pseudonyms(self.profile)
        self._runner = PlanRunner(self.profile)

    def card(self, question: str) -> TableCard:
        """The card that a model gets for `question`."""
        mentioned = mentioned_values(self._connection, self.profile, question)
        return read_card(write_card(build_card(self.profile, question, mentioned, self._privacy)))

    def plan(self, question: str, earlier: Sequence[str] = ()) -> PlanReply:
        """The interpreter's plan, for a question that follows up on `earlier` ones."""
        return plan_for(question, self.card("\n".join([*earlier, question])), [Earlier(text) for text in earlier])

    def evidence(self, question: str, earlier: Sequence[str] = ()) -> Evidence:
        """What the plan computes."""
        bound = self._runner.bind({"steps": list(self.plan(question, earlier).steps)})
        return self._runner.execute(bound)

    def first(self, question: str) -> list[tuple[Any, ...]]:
        """The rows that answer, of a plan that leaves nothing open."""
        plan = self.plan(question)
        assert plan.unanswered is None, plan
        return list(next(t for t in self.evidence(question).tables if t.audience == "answer").rows)

    def close(self) -> None:
        """End the worker."""
        self._connection.close()
        self._runner.close()


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Asked]]:
    """The table of a domain, opened once."""
    opened: dict[str, Asked] = {}

    def get(name: str) -> Asked:
        if name not in opened:
            folder = tmp_path_factory.mktemp(name)
            path = DOMAINS.write_csv(DOMAINS.DOMAINS[name](), folder / f"{name}.csv")
            opened[name] = Asked(open_table(path, folder), folder)
        return opened[name]

    yield get
    for table in opened.values():
        table.close()


@pytest.fixture(scope="session")
def domains() -> ModuleType:
    """The module that makes the domains' rows."""
    return DOMAINS


@pytest.fixture(scope="session")
def table_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, list[dict[str, object]]], Asked]]:
    """The table of some rows, by its name, opened once."""
    opened: dict[str, Asked] = {}

    def get(name: str, rows: list[dict[str, object]]) -> Asked:
        if name not in opened:
            folder = tmp_path_factory.mktemp(name)
            path = DOMAINS.write_csv(rows, folder / f"{name}.csv")
            opened[name] = Asked(open_table(path, folder), folder)
        return opened[name]

    yield get
    for table in opened.values():
        table.close()
