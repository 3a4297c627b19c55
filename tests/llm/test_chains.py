"""The shipped chains, and every way to break the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyst.budget.prices import load_prices
from analyst.core.agents import EMBEDDED_MODEL, ROLES
from analyst.core.errors import SettingsError
from analyst.llm.chains import CHAINS_FILE, load_chains
from analyst.llm.resilience.policy import POLICIES
from analyst.llm.resilience.signals import Situation

EXPECTED = {
    "data_profiler": (
        "ollama-llama3.1",
        "groq-gpt-oss-20b",
        "openrouter-gpt-oss-120b",
        "claude-haiku-5-5",
        "openai-gpt-6-luna",
    ),
    "query_interpreter": (
        "groq-gpt-oss-120b",
        "claude-haiku-5-5",
        "openrouter-gpt-oss-120b",
        "openai-gpt-6-luna",
        "ollama-llama3.1",
    ),
    "insight_generator": (
        "claude-haiku-5-5",
        "groq-gpt-oss-120b",
        "openrouter-gpt-oss-120b",
        "openai-gpt-6-luna",
        "claude-sonnet-5-5",
    ),
    "report_writer": (
        "claude-sonnet-5-5",
        "claude-haiku-5-5",
        "openai-gpt-6-luna",
        "groq-gpt-oss-120b",
        "openrouter-gpt-oss-120b",
    ),
}


def test_with_two_accounts_gone_every_agent_still_has_two_cloud_models_of_others() -> None:
    for chain in map(load_chains().__getitem__, EXPECTED):
        accounts = {chain.facts[model].account for model in chain.models} - {"ollama", "vllm", "embedded"}
        assert len(accounts) >= 4


def test_replies_are_held_to_a_schema_by_ones_own_hardware_alone() -> None:
    facts = {model: of for chain in load_chains().values() for model, of in chain.facts.items()}
    assert {model for model, of in facts.items() if of.constrained} == {"ollama-llama3.1", "vllm"}


def test_every_agent_has_its_chain_in_order_and_it_ends_in_the_embedded_analyst() -> None:
    chains = load_chains()
    assert tuple(chains) == ROLES
    for agent, models in EXPECTED.items():
        assert tuple(model for model in chains[agent].models if model != "vllm") == (*models, EMBEDDED_MODEL)
        assert chains[agent].primary == models[0]
        assert all(len(candidate.reason) > 20 for candidate in chains[agent].candidates)


def test_every_model_of_a_chain_has_a_price() -> None:
    for chain in load_chains().values():
        assert set(chain.models) <= set(load_prices().models)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_neither_drops_nor_adds_a_model(policy: str) -> None:
    for chain in load_chains().values():
        ordered = [ranked.model for ranked in POLICIES[policy](chain, Situation())]
        assert sorted(ordered) == sorted(chain.models)


def test_the_fixed_policy_keeps_the_order_of_the_file() -> None:
    chain = load_chains()["report_writer"]
    assert tuple(ranked.model for ranked in POLICIES["fixed"](chain, Situation())) == chain.models


def _unknown_model(read: Any) -> None:
    read["agents"]["data_profiler"]["primary"]["model"] = "gpt-9"


def _unknown_agent(read: Any) -> None:
    read["agents"]["poet"] = read["agents"]["report_writer"]


def _missing_agent(read: Any) -> None:
    del read["agents"]["report_writer"]


def _no_emergency(read: Any) -> None:
    del read["agents"]["report_writer"]["emergency"]


def _other_emergency(read: Any) -> None:
    read["agents"]["report_writer"]["emergency"]["model"] = "vllm"


def _twice(read: Any) -> None:
    read["agents"]["report_writer"]["fallbacks"].append(read["agents"]["report_writer"]["primary"])


def _no_reason(read: Any) -> None:
    read["agents"]["report_writer"]["primary"]["reason"] = ""


def _extra_key(read: Any) -> None:
    read["agents"]["report_writer"]["primary"]["temperature"] = 0.2


def _number_for_model(read: Any) -> None:
    read["agents"]["report_writer"]["primary"]["model"] = 5


def _other_version(read: Any) -> None:
    read["version"] = 2


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_unknown_model, "data_profiler: unknown model 'gpt-9'"),
        (_unknown_agent, "unknown agent 'poet'"),
        (_missing_agent, "agent 'report_writer' has no chain"),
        (_no_emergency, r"agents\.report_writer\.emergency"),
        (_other_emergency, "the emergency model is 'vllm' but must be 'embedded-analyst'"),
        (_twice, "'claude-sonnet-5-5' is in the chain twice"),
        (_no_reason, r"primary\.reason=''"),
        (_extra_key, r"primary\.temperature=0\.2"),
        (_number_for_model, r"primary\.model=5"),
        (_other_version, "version=2"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(tmp_path: Path, spoil: Callable[[Any], None], told: str) -> None:
    read = yaml.safe_load(CHAINS_FILE.read_text())
    spoil(read)
    path = tmp_path / "chains.yaml"
    path.write_text(yaml.safe_dump(read))
    with pytest.raises(SettingsError, match=told) as error:
        load_chains(path)
    assert str(path) in error.value.message
    assert error.value.fix


@pytest.mark.parametrize(
    "content", ["", "- a list", "agents: [", "version: 1\nversion: 1\nagents: {}", "\x00", "a: *b"]
)
def test_what_is_no_yaml_of_chains_is_told_in_one_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "chains.yaml"
    path.write_text(content)
    with pytest.raises(SettingsError, match="is not a valid set of chains"):
        load_chains(path)


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a valid set of chains"):
        load_chains(tmp_path / "nowhere.yaml")
