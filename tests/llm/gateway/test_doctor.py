from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from analyst.llm.gateway.doctor import PROVIDERS, Finding, examine, report
from analyst.llm.gateway.doctor import _environment as environment_finding
from tests.gateway_process import gateway_settings
from tests.llm.gateway.upstream import Upstream

OFFERED = [
    *("llama3.1:latest", "openai/gpt-oss-20b", "openai/gpt-oss-120b", "claude-haiku-5-5", "claude-sonnet-5-5"),
    *("gpt-6-luna", "my-model"),
]


def examined(folder: Path, **given: Any) -> dict[str, Finding]:
    env_file = folder / ".env"
    settings = gateway_settings(folder, **given)
    return {finding.name: finding for finding in examine(settings, env_file=env_file)}


@pytest.fixture
def offering(upstream: Upstream) -> Any:
    kept, upstream.models = upstream.models, list(OFFERED)
    yield upstream
    upstream.models = kept


def test_without_keys_the_providers_are_absent_and_nothing_is_bad(tmp_path: Path) -> None:
    found = examined(tmp_path)
    assert {found[name].verdict for name in PROVIDERS} == {"absent"}
    assert not [finding for finding in found.values() if finding.verdict == "bad"]
    assert all(finding.fix for finding in found.values() if finding.verdict == "absent")
    assert "GROQ_API_KEY" in found["Groq"].line() and found["Groq"].line().startswith("–")


def test_with_good_keys_each_provider_lists_our_models(tmp_path: Path, offering: Upstream) -> None:
    found = examined(tmp_path, **offering.bases())
    assert {name: found[name].verdict for name in PROVIDERS} == dict.fromkeys(PROVIDERS, "good")
    assert "openai/gpt-oss-20b, openai/gpt-oss-120b" in found["Groq"].detail


def test_a_refused_key_is_bad_at_each_cloud_provider(tmp_path: Path, offering: Upstream) -> None:
    keys = dict.fromkeys(("groq_api_key", "openrouter_api_key", "anthropic_api_key", "openai_api_key"), "wrong")
    found = examined(tmp_path, **{**offering.bases(), **keys})
    for name in ("Groq", "OpenRouter", "Claude", "OpenAI"):
        assert found[name].verdict == "bad"
        assert "rejects the key (401)" in found[name].detail


def test_a_model_that_is_no_longer_offered_is_bad(tmp_path: Path, offering: Upstream) -> None:
    offering.models.remove("claude-haiku-5-5")
    finding = examined(tmp_path, **offering.bases())["Claude"]
    assert finding.verdict == "bad"
    assert "claude-haiku-5-5" in finding.detail and "litellm_config.yaml" in finding.fix


def test_an_env_file_that_others_can_read_is_bad(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TIMEZONE=UTC\n")
    (tmp_path / ".env").chmod(0o644)
    finding = examined(tmp_path)["settings"]
    assert (finding.verdict, finding.fix) == ("bad", f"run `chmod 600 {tmp_path / '.env'}`")


@pytest.mark.parametrize("version", ["1.82.7", "1.82.8"])
def test_the_stolen_releases_of_litellm_are_refused(tmp_path: Path, version: str) -> None:
    assert _with_litellm(tmp_path, version).verdict == "bad"


def test_another_release_of_litellm_is_good(tmp_path: Path) -> None:
    assert _with_litellm(tmp_path, "1.106.2").detail == "litellm 1.106.2"


def _with_litellm(folder: Path, version: str) -> Finding:
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\necho {version}\n")
    os.chmod(python, 0o755)  # noqa: PTH101
    return environment_finding("gateway environment", folder, ("litellm",))


def test_an_environment_that_is_missing_says_to_run_make(tmp_path: Path) -> None:
    assert "make setup" in environment_finding("app environment", tmp_path / "none", ("openai",)).fix


def test_the_json_holds_every_finding(tmp_path: Path) -> None:
    findings = list(examine(gateway_settings(tmp_path), env_file=tmp_path / ".env"))
    assert [entry["name"] for entry in json.loads(report(findings))] == [finding.name for finding in findings]
