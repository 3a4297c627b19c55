"""What must be alike in two processes that share a queue."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from analyst.core.settings import Settings, load_settings
from analyst.service.program import OF_THE_MACHINE, fingerprint


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "none.env", groq_api_key=None)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "analyst").mkdir(parents=True)
    (root / "analyst" / "a.py").write_text("x = 1\n")
    return root


def test_where_things_lie_is_no_difference(settings: Settings, code: Path) -> None:
    assert set(Settings.model_fields) >= OF_THE_MACHINE
    elsewhere = settings.model_copy(update={"runs_dir": Path("/mnt/runs"), "litellm_proxy_url": "http://other:4000"})
    assert fingerprint(elsewhere, code) == fingerprint(settings, code)


@pytest.mark.parametrize(
    "changed", [{"share_cells": "never"}, {"daily_budget_usd": Decimal(1)}, {"groq_api_key": SecretStr("k")}]
)
def test_what_an_answer_or_its_cost_depends_on_is_one(
    changed: dict[str, object], settings: Settings, code: Path
) -> None:
    other = settings.model_copy(update=changed)
    assert fingerprint(other, code) != fingerprint(settings, code)


def test_two_keys_are_alike_and_other_code_is_not(settings: Settings, code: Path) -> None:
    keyed = [load_settings(code / "none.env", groq_api_key=key) for key in ("k1", "k2")]
    before = [fingerprint(one, code) for one in keyed]
    assert before[0] == before[1]
    (code / "analyst" / "a.py").write_text("x = 2\n")
    assert fingerprint(keyed[0], code) != before[0]


def test_chains_of_ones_own_count_by_what_they_say(settings: Settings, code: Path, tmp_path: Path) -> None:
    prints = []
    for name, text in (("a.yaml", "one"), ("b.yaml", "one"), ("b.yaml", "two")):
        (tmp_path / name).write_text(text)
        prints.append(fingerprint(settings.model_copy(update={"chains_file": tmp_path / name}), code))
    assert prints[0] == prints[1] != prints[2]
