"""Scenarios: their shape, how phases follow each other, and what a bad file is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import SettingsError
from analyst.core.settings import ROOT
from lab.simulator.faults import FAULTS
from lab.simulator.providers import PROVIDERS
from lab.simulator.scenarios import CHAOS, SCENARIOS, Conduct, Scenario, load_scenario, of_fault, read_scenario


def test_chaos_makes_thirty_percent_of_requests_fail_and_strikes_in_every_way_that_passes() -> None:
    assert sum(CHAOS.values()) == pytest.approx(0.30)
    assert set(FAULTS) - set(CHAOS) == {"connect_refused", "bad_key", "out_of_credit", "wrong_plan"}


def test_the_readme_names_every_scenario() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Simulated providers")[1]
    assert not [name for name in SCENARIOS if f"`{name}`" not in section]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_says_what_it_is_and_survives_a_round_trip_through_json(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.description.endswith(".")
    assert read_scenario(json.loads(scenario.model_dump_json())) == scenario


@pytest.mark.parametrize(
    ("name", "down"),
    [
        ("calm", set()),
        ("groq-down", {"groq"}),
        ("chaos-30-groq-down", {"groq"}),
        ("all-cloud-down", {"groq", "openrouter", "anthropic", "openai"}),
        ("everything-down", set(PROVIDERS)),
    ],
)
def test_who_is_down_in_a_scenario(name: str, down: set[str]) -> None:
    refusing = {p for p in PROVIDERS if SCENARIOS[name].conduct(p, 0).faults.get("connect_refused") == 1}
    assert refusing == down


def test_the_closest_name_wins() -> None:
    scenario = read_scenario(
        {"phases": [{"providers": {"all": {"slowdown": 2}, "cloud": {"slowdown": 3}, "groq": {"slowdown": 4}}}]}
    )
    assert [scenario.conduct(p, 0).slowdown for p in ("ollama", "openai", "groq")] == [2, 3, 4]


def test_phases_follow_each_other_and_start_anew_when_told_to() -> None:
    scenario = read_scenario(
        {"phases": [{}, {"from_s": 10, "providers": {"all": {"slowdown": 9}}}], "repeats_every_s": 30}
    )
    assert [scenario.conduct("groq", at).slowdown for at in (0, 9.9, 10, 29, 31, 41)] == [1, 1, 9, 9, 1, 9]
    once = scenario.model_copy(update={"repeats_every_s": None})
    assert once.conduct("groq", 1000).slowdown == 9


def test_a_scenario_of_one_fault_strikes_only_whom_it_names() -> None:
    scenario = of_fault("hang", 0.5, "groq")
    assert scenario.conduct("groq", 0).faults == {"hang": 0.5}
    assert scenario.conduct("openai", 0) == Conduct()


def test_limits_come_from_the_plan_unless_the_scenario_gives_its_own() -> None:
    groq, claude = PROVIDERS["groq"], PROVIDERS["anthropic"]
    assert Conduct().limits(groq) == groq.paid
    assert Conduct(free_plan=True).limits(groq) == groq.free
    own = Conduct(requests_per_minute=5, tokens_per_minute=100)
    assert (own.limits(groq).requests_per_minute, own.limits(groq).tokens_per_minute) == (5, 100)
    assert (own.limits(claude).input_tokens_per_minute, own.limits(claude).output_tokens_per_minute) == (100, 100)
    assert own.limits(claude).tokens_per_minute is None


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"phases": [{"providers": {"groq": {"faults": {"explode": 1}}}}]}, "unknown fault 'explode'"),
        ({"phases": [{"providers": {"groq": {"faults": {"hang": 1.5}}}}]}, "not between 0 and 1"),
        ({"phases": [{"providers": {"groq": {"faults": {"hang": 0.6, "cut": 0.6}}}}]}, "more than 1"),
        ({"phases": [{"providers": {"mistral": {}}}]}, "unknown provider 'mistral'"),
        ({"phases": [{"from_s": 5}]}, "start at 0"),
        ({"phases": [{}, {"from_s": 9}, {"from_s": 3}]}, "follow each other"),
        ({"phases": [{}, {"from_s": 9}], "repeats_every_s": 9}, "before the last phase"),
        ({"phases": [{"providers": {"all": {"slowdown": 0}}}]}, "phases.0.providers.all.slowdown"),
        ({"speed": 3}, "speed"),
        ([], "the document"),
    ],
)
def test_a_bad_scenario_is_told_what_is_wrong_and_where(document: Any, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as failed:
        read_scenario(document)
    assert "\n" not in str(failed.value)


def test_scenarios_are_read_from_yaml_and_from_json(tmp_path: Path) -> None:
    yaml, as_json = tmp_path / "s.yaml", tmp_path / "s.json"
    yaml.write_text("phases:\n  - providers:\n      groq: {faults: {hang: 1}}\n", encoding="utf-8")
    as_json.write_text(yaml_as_json := of_fault("hang", 1, "groq").model_dump_json(), encoding="utf-8")
    assert yaml_as_json
    assert load_scenario(str(yaml)) == load_scenario(str(as_json)) == of_fault("hang", 1, "groq")


def test_a_file_that_is_no_scenario_is_named(tmp_path: Path) -> None:
    broken, wrong = tmp_path / "broken.yaml", tmp_path / "wrong.yaml"
    broken.write_text("phases: [", encoding="utf-8")
    wrong.write_text("faults: {}", encoding="utf-8")
    for path in (broken, wrong):
        with pytest.raises(SettingsError, match=path.name):
            load_scenario(str(path))
    with pytest.raises(SettingsError, match=r"Unknown scenario 'calmer'.*calm"):
        load_scenario("calmer")


def test_an_empty_document_is_the_calm_scenario() -> None:
    assert read_scenario({}) == Scenario()
