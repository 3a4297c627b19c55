from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyst.core.errors import GatewayError, SettingsError
from analyst.core.program import files_behind
from analyst.core.settings import ROOT
from analyst.llm.gateway.config import (
    SHIM,
    effective_config,
    fingerprint,
    local_models,
    read_config,
    render_config,
    write_config,
)
from tests.gateway_process import CLOSED, gateway_settings
from tests.llm.gateway.upstream import Upstream

EVERYTHING = {
    **dict.fromkeys(("GROQ_API_KEY", "OPENROUTER_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"), "key"),
    **{"OLLAMA_BASE_URL": "http://o", "VLLM_BASE_URL": "http://v", "VLLM_MODEL": "m", "LITELLM_MASTER_KEY": "sk-x"},
}
PULLED = frozenset({"llama3.1"})
NAMES = (
    *("ollama-llama3.1", "groq-gpt-oss-20b", "groq-gpt-oss-120b", "openrouter-gpt-oss-120b", "claude-haiku-5-5"),
    *("claude-sonnet-5-5", "openai-gpt-6-luna", "vllm", "embedded-analyst"),
)


def params(document: Any, name: str) -> dict[str, Any]:
    return next(dict(e["litellm_params"]) for e in document["model_list"] if e["model_name"] == name)


def test_with_every_key_every_model_is_offered() -> None:
    config = render_config(read_config(), EVERYTHING, PULLED)
    assert config.models == NAMES
    assert not config.dropped


def test_without_any_key_only_the_embedded_analyst_is_left_and_each_other_says_what_to_set() -> None:
    config = render_config(read_config(), {"OLLAMA_BASE_URL": "http://o"}, None)
    assert config.models == ("embedded-analyst",)
    assert set(config.dropped) == set(NAMES[:-1])
    assert config.dropped["groq-gpt-oss-20b"] == "set GROQ_API_KEY in .env"
    assert config.dropped["vllm"] == "set VLLM_MODEL and VLLM_BASE_URL in .env"
    assert "http://o" in config.dropped["ollama-llama3.1"]
    assert config.document["router_settings"]["fallbacks"] == []


def test_a_model_that_ollama_has_not_pulled_is_left_out_with_the_command_to_pull_it() -> None:
    config = render_config(read_config(), EVERYTHING, frozenset({"mistral"}))
    assert config.dropped == {"ollama-llama3.1": "llama3.1 is not pulled: run `ollama pull llama3.1`"}


def test_addresses_and_optional_keys_that_are_not_set_leave_no_parameter_behind() -> None:
    document = render_config(read_config(), EVERYTHING, PULLED).document
    assert "api_base" not in params(document, "groq-gpt-oss-20b")
    assert "api_key" not in params(document, "vllm")
    moved = render_config(read_config(), {**EVERYTHING, "GROQ_API_BASE": "http://g"}, PULLED).document
    assert params(moved, "groq-gpt-oss-20b")["api_base"] == "os.environ/GROQ_API_BASE"


def test_fallbacks_lead_from_and_to_present_models_only() -> None:
    variables = {name: value for name, value in EVERYTHING.items() if name not in ("OPENROUTER_API_KEY", "VLLM_MODEL")}
    config = render_config(read_config(), variables, None)
    fallbacks = config.document["router_settings"]["fallbacks"]
    named = {n for entry in fallbacks for primary, seconds in entry.items() for n in (primary, *seconds)}
    assert fallbacks and named <= set(config.models)


def test_every_model_but_the_last_resort_has_fallbacks_that_end_in_it() -> None:
    document = read_config()
    fallbacks = {name: seconds for entry in document["router_settings"]["fallbacks"] for name, seconds in entry.items()}
    assert set(fallbacks) == set(NAMES) - {"embedded-analyst", "vllm"}
    assert all(seconds[-1] == "embedded-analyst" for seconds in fallbacks.values())
    assert document["litellm_settings"]["default_fallbacks"] == ["embedded-analyst"]


def test_openrouters_price_is_bounded_by_the_price_it_is_booked_at() -> None:
    given = params(read_config(), "openrouter-gpt-oss-120b")
    bound = given["extra_body"]["provider"]["max_price"]
    assert given["input_cost_per_token"] * 1e6 == pytest.approx(bound["prompt"])
    assert given["output_cost_per_token"] * 1e6 == pytest.approx(bound["completion"])


def test_no_key_stands_in_the_written_file_and_only_its_owner_reads_it(tmp_path: Path, providers: Upstream) -> None:
    settings = gateway_settings(tmp_path, **providers.bases())
    path = tmp_path / "new" / "gateway-4000.yaml"
    write_config(effective_config(settings), path)
    text = path.read_text()
    assert providers.key not in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry["model_name"] for entry in yaml.safe_load(text)["model_list"]] == list(NAMES)


def test_a_state_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = render_config(read_config(), EVERYTHING, PULLED)
    with pytest.raises(GatewayError, match=r"file.*STATE_DIR"):
        write_config(config, tmp_path / "file" / "var" / "gateway-4000.yaml")


@pytest.mark.parametrize("text", ["model_list: [", "just words", "model_list: [{}]", ""])
def test_a_broken_configuration_is_named_with_how_to_restore_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"config\.yaml.*git checkout"):
        read_config(path)


def test_a_configuration_without_the_last_resort_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps({"model_list": [{"model_name": "x", "litellm_params": {"model": "y"}}]}))
    with pytest.raises(SettingsError, match="embedded-analyst"):
        read_config(path)


def test_ollama_is_asked_what_it_has_pulled(providers: Upstream) -> None:
    assert local_models(providers.url) == frozenset({"llama3.1:latest", "llama3.1"})
    assert local_models(CLOSED) is None
    assert local_models("http://[broken") is None


def test_available_models_follow_the_settings(tmp_path: Path, providers: Upstream) -> None:
    assert effective_config(gateway_settings(tmp_path)).models == ("embedded-analyst",)
    assert effective_config(gateway_settings(tmp_path, **providers.bases())).models == NAMES


def test_the_fingerprint_changes_with_a_key_an_address_and_the_code_that_runs_inside(tmp_path: Path) -> None:
    shim, code = tmp_path / SHIM, tmp_path / "analyst" / "rulebased" / "rules.py"
    for file, text in {shim: "from analyst.rulebased.rules import a\n", code: "a = 1"}.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    url = {"litellm_proxy_url": "http://localhost:4999"}

    def taken(**given: Any) -> str:
        settings = gateway_settings(tmp_path, **{**url, **given})
        return fingerprint(effective_config(settings), settings, tmp_path)

    first = taken(groq_api_key="one")
    assert first == taken(groq_api_key="one")
    others = {taken(groq_api_key="two"), taken(groq_api_key="one", litellm_master_key="sk-other")}
    others |= {taken(groq_api_key="one", groq_api_base="http://localhost:4998")}
    assert first == taken(groq_api_key="one", litellm_proxy_url="http://localhost:4998"), (
        "where it listens is no matter"
    )
    code.write_text("a = 2")
    others |= {taken(groq_api_key="one")}
    assert len(others | {first}) == 5


def test_a_running_gateway_is_out_of_date_when_a_dictionary_or_the_number_check_changes(tmp_path: Path) -> None:
    inside = {file.relative_to(ROOT).as_posix() for file in files_behind([ROOT / SHIM])}
    data = {file.relative_to(ROOT).as_posix() for file in (ROOT / "analyst" / "rulebased").rglob("*.txt")}
    assert data and data <= inside
    assert {SHIM.as_posix(), "analyst/protocol/number_check.py", "analyst/protocol/lexicon.py"} <= inside
    assert not [name for name in inside if name.startswith("analyst/datasets/")]
