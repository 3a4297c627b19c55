"""The pinned prices against the gateway's map, and LiteLLM's own arithmetic against ours."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analyst.budget.price_map import Finding, findings, installed_map, read_map
from analyst.budget.prices import load_prices
from analyst.core.errors import SettingsError
from analyst.core.settings import ROOT
from main import main

PRICES = load_prices()
TODAY = date(2026, 11, 25)
GATEWAY_PYTHON = ROOT / ".venv-gateway" / "bin" / "python"


@pytest.fixture(scope="module")
def installed() -> Path:
    try:
        return installed_map()
    except SettingsError as error:
        pytest.skip(str(error))


def changed(installed: Path, tmp_path: Path, **entries: Any) -> Path:
    """A copy of the installed map with some entries changed (None: taken out)."""
    listed = json.loads(installed.read_text())
    for name, change in entries.items():
        key = {"sonnet": "claude-sonnet-5-5", "luna": "gpt-6-luna", "oss": "groq/openai/gpt-oss-20b", "gpt4": "gpt-4"}[
            name
        ]
        if change is None:
            del listed[key]
        else:
            listed[key] |= change
    path = tmp_path / "map.json"
    path.write_text(json.dumps(listed))
    return path


def told(path: Path) -> list[Finding]:
    return [finding for finding in findings(PRICES, read_map(path), TODAY) if finding.kind != "note"]


def test_the_pinned_prices_are_those_of_the_installed_map(installed: Path) -> None:
    assert told(installed) == []


def test_a_changed_price_is_named_with_both_figures(installed: Path, tmp_path: Path) -> None:
    path = changed(installed, tmp_path, sonnet={"input_cost_per_token": 3e-06, "cache_read_input_token_cost": 3e-07})
    assert told(path) == [
        Finding("claude-sonnet-5-5", "changed", "input: 3 in the price list, 2 pinned (USD per million tokens)"),
        Finding(
            "claude-sonnet-5-5", "changed", "cached_input: 0.3 in the price list, 0.10 pinned (USD per million tokens)"
        ),
    ]


def test_a_new_price_for_long_calls_is_a_change(installed: Path, tmp_path: Path) -> None:
    path = changed(
        installed,
        tmp_path,
        sonnet={"input_cost_per_token_above_200k_tokens": 4e-06},
        luna={"output_cost_per_token_above_272k_tokens": 1e-06},
    )
    assert [(finding.model, finding.text.split(" in the price list")[0]) for finding in told(path)] == [
        ("claude-sonnet-5-5", "higher price above 200,000 tokens"),
        ("openai-gpt-6-luna", "output_above_272k_tokens: 1"),
    ]


def test_a_model_that_is_gone_or_goes_is_named(installed: Path, tmp_path: Path) -> None:
    path = changed(
        installed,
        tmp_path,
        oss=None,
        sonnet={"deprecation_date": "2026-12-31"},
        luna={"deprecation_date": "2026-11-01"},
        gpt4={"deprecation_date": "2026-11-01"},
    )
    assert [(finding.model, finding.kind, finding.text.split(":")[0]) for finding in told(path)] == [
        ("groq-gpt-oss-20b", "gone", "groq/openai/gpt-oss-20b is no longer in the price list"),
        ("claude-sonnet-5-5", "deprecated", "will be deprecated on 2026-12-31"),
        ("openai-gpt-6-luna", "deprecated", "deprecated since 2026-11-01"),
    ]
    far = changed(installed, tmp_path, sonnet={"deprecation_date": "2027-06-01"})
    assert told(far) == []


def test_the_check_has_an_exit_code_and_json(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "--check"]) == 0
    assert "The pinned prices match the price map." in capsys.readouterr().out
    path = changed(installed, tmp_path, oss=None)
    assert main(["prices", "--check", "--map", str(path), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["as_pinned"]
    assert {
        "model": "groq-gpt-oss-20b",
        "kind": "gone",
        "text": "groq/openai/gpt-oss-20b is no longer in the price list",
    } in report["findings"]


def test_the_prices_are_shown_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices"]) == 0
    text = capsys.readouterr().out
    assert all(model in text for model in PRICES.models)
    assert main(["prices", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["models"]) == set(PRICES.models)


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_a_map_that_can_not_be_read_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    if content is not None:
        (tmp_path / "map.json").write_text(content)
    assert main(["prices", "--check", "--map", str(tmp_path / "map.json")]) == 2
    assert "is not a price list" in capsys.readouterr().err


def test_without_the_gateways_environment_it_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="make setup"):
        installed_map(tmp_path)


LITELLMS_OWN = """
import json, os, sys
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
from litellm.types.utils import PromptTokensDetailsWrapper, Usage
for key, fresh, cached, written, output in json.load(sys.stdin):
    details = PromptTokensDetailsWrapper(cached_tokens=cached, cache_creation_tokens=written)
    usage = Usage(
        prompt_tokens=fresh + cached + written, completion_tokens=output, total_tokens=fresh + cached + written + output,
        prompt_tokens_details=details,
        **({"cache_read_input_tokens": cached, "cache_creation_input_tokens": written} if "claude" in key else {}),
    )
    provider = litellm.model_cost[key]["litellm_provider"]
    cost = litellm.cost_per_token(model=key, custom_llm_provider=provider, usage_object=usage)
    print(sum(cost))
"""
TOKENS = ((1000, 0, 0, 100), (1000, 5000, 0, 100), (1000, 5000, 700, 2000), (90_000, 20_000, 0, 10), (3, 0, 0, 0))


@pytest.mark.skipif(not GATEWAY_PYTHON.exists(), reason="the gateway's environment is not made")
def test_tokens_cost_what_the_gateway_makes_of_them_so_that_streamed_calls_cost_the_same() -> None:
    """A streamed reply has no cost header: its tokens at the pinned price have to be the header's figure."""
    priced = {model: price for model, price in PRICES.models.items() if price.map_key and not price.free}
    cases = [(model, price.map_key, *tokens) for model, price in priced.items() for tokens in TOKENS]
    # A provider without a price for writing its cache reports none written.
    cases = [case for case in cases if not case[4] or priced[case[0]].cache_write]
    done = subprocess.run(
        [str(GATEWAY_PYTHON), "-c", LITELLMS_OWN],
        input=json.dumps([case[1:] for case in cases]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    theirs = [float(line) for line in done.stdout.split()]
    for (model, _, fresh, cached, written, output), cost in zip(cases, theirs, strict=True):
        ours = PRICES.list_cost(model, fresh + cached + written, output, cached, written)
        assert float(ours) == pytest.approx(cost, rel=1e-9), (model, fresh, cached, written, output)


def test_the_command_imports_nothing_heavy() -> None:
    code = (
        "import sys; from main import main; main(['prices']);"
        "print([name for name in ('litellm', 'crewai', 'openai', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


COMPARED = ("gpt-4", "claude-opus-5-5")
"""Only compared with: no call goes to them."""


def test_the_baseline_is_far_dearer_than_any_model_that_is_asked() -> None:
    baseline = PRICES.price("gpt-4")
    assert all(price.input < baseline.input / 10 for model, price in PRICES.models.items() if model not in COMPARED)
    assert Decimal(30) == baseline.input
