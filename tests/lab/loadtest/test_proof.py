"""Switches, rungs and memory: the sections that commands of their own measure, and what analysis.md says of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import SettingsError
from analyst.core.settings import Settings
from lab.documents.analysis.document import analysis_text
from lab.loadtest.experiments import EXPERIMENTS, chosen, experiment, known
from lab.loadtest.ladder import climb, held_share, provider_wait_s, rung, steady_throughput
from lab.loadtest.memory import growth, memory
from lab.loadtest.options import Options
from lab.loadtest.proof import bottleneck, memory_told, remarks, switches, verdict
from lab.loadtest.results import add_section, carried, read, write
from tests.lab.loadtest.lines import line
from tests.lab.loadtest.test_results import content

CPU = {
    "workers_s": 6.0, "plans_s": 3.0, "gateway_s": 1.0, "simulator_s": 1.0, "others_s": 4.0, "wall_s": 10.0, "cores": 2,
    "busy_share": 0.75, "platform_s_per_analysis": 0.5, "full_at_per_s": 4.0,
}  # fmt: skip
OPTIONS = Options(requests=4, scenario="calm")


def measured(*seconds: float, **given: Any) -> dict[str, Any]:
    """A document of requests one after the other that took `seconds`."""
    told = content(*range(1, len(seconds) + 1), extra={"cpu": CPU})
    for request, taken, began in zip(told["requests"], seconds, range(len(seconds)), strict=True):
        stages = {"prepare": 0.5, "agents": 5.0, "compose": 0.5}
        request |= {"latency_s": taken, "started_s": float(began), "stages": stages, **given}
    told["summary"] |= {"p50_latency_s": sorted(seconds)[(len(seconds) - 1) // 2]}
    return told


class Runs:
    """Notes what is run; `slow` settings make analyses take twice as long."""

    def __init__(self, slow: Mapping[str, str]) -> None:
        self.slow, self.asked = dict(slow), list[Options]()

    def __call__(self, options: Options) -> dict[str, Any]:
        self.asked.append(options)
        return measured(*[8.0 if dict(options.settings or {}) == self.slow else 4.0] * 4)


def test_every_switch_is_a_setting_and_turns_one_thing() -> None:
    for name, one in EXPERIMENTS.items():
        before, after = ({**side.settings, "--cache": side.cache} for side in (one.before, one.after))
        turned = [key for key in before | after if before.get(key) != after.get(key)]
        assert len(turned) == 1, name
        assert turned[0] == "--cache" or turned[0].lower() == one.needs
        assert {key.lower() for key in (before | after) if key != "--cache"} <= set(Settings.model_fields)


def test_a_switch_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match="cache, tables, parallel"):
        chosen(["speed"])


def test_the_same_requests_run_on_both_sides_and_the_defaults_only_once() -> None:
    runs = Runs(slow={"PARALLEL_AGENTS": "false"})
    *_, section = experiment(OPTIONS, ["cache", "parallel", "routing"], runs, {})
    assert [(dict(o.settings or {}), o.cache) for o in runs.asked] == [
        ({}, False), ({}, True), ({"PARALLEL_AGENTS": "false"}, False), ({"ROUTING_POLICY": "fixed"}, False),
    ]  # fmt: skip
    assert len({(o.requests, o.scenario, o.seed, o.concurrency) for o in runs.asked}) == 1
    row = section["rows"]["parallel"]
    assert (row["before"]["p50_latency_s"], row["after"]["p50_latency_s"], row["after"]["n"]) == (8.0, 4.0, 4)
    told = next(row for row in switches(section) if row["name"] == EXPERIMENTS["parallel"].title)
    assert (told["before"], told["after"], told["effect"]) == ("8.00", "4.00", "-50%")


def test_one_experiment_alone_leaves_what_others_found() -> None:
    runs = Runs(slow={})
    *_, first = experiment(OPTIONS, ["cache"], runs, {})
    *_, both = experiment(OPTIONS, ["routing"], runs, first)
    assert list(both["rows"]) == ["cache", "routing"]
    assert both["rows"]["cache"] == first["rows"]["cache"]


def test_the_providers_wait_is_the_longest_path_through_the_agents() -> None:
    # The review's 3 s hide the plan's and the insights' 1 s each; then the report takes 1 s.
    assert provider_wait_s(line(7).plain()) == 4.0
    # What was asked side by side can't have taken longer than the stage did.
    assert provider_wait_s(line(4).plain()) == 2.5


def test_throughput_counts_only_the_time_in_which_every_place_was_taken_and_warm() -> None:
    slow_start = [{"started_s": 0.0, "latency_s": 9.0}, {"started_s": 0.0, "latency_s": 10.0}]
    lines = [{"started_s": 9.0 + at, "latency_s": 2.0} for at in range(6)]
    assert steady_throughput([*slow_start, *lines], 2) == 1.0
    assert steady_throughput(slow_start, 2) is None
    assert steady_throughput([], 1) is None


def test_a_rung_is_held_against_its_own_wait_and_what_an_analysis_takes_alone() -> None:
    asked: list[Options] = []

    def run(options: Options) -> dict[str, Any]:
        asked.append(options)
        return measured(*[6.25 if options.concurrency == 1 else 7.5] * 16)

    *_, section = climb(OPTIONS, run, [2, 1])
    assert [(o.concurrency, o.requests, o.warm_up) for o in asked] == [(1, 32, 2), (2, 32, 4)]
    first, second = section["rows"]
    assert (first["bound_per_s"], first["own_s"], first["ideal_per_s"]) == (0.25, 2.25, 0.16)
    assert (second["bound_per_s"], second["own_s"], second["ideal_per_s"]) == (0.5, 3.5, 0.32)
    assert second["share_of_ideal"] == pytest.approx(second["throughput_per_s"] / 0.32, abs=1e-4)
    assert second["share_of_bound"] == pytest.approx(second["throughput_per_s"] / 0.5, abs=1e-4)


def test_a_rung_takes_its_figures_from_the_requests_that_ended_while_it_was_steady() -> None:
    told = measured(3.0, 3.0, 3.0, 3.0, 9.0)
    told["requests"][0]["calls"] = []  # the warm-up waited for nobody
    found = rung(told, 1)
    assert (found["provider_wait_s"], found["own_s"]) == (4.0, -1.0)


def test_only_what_the_simulated_providers_held_counts_as_waiting() -> None:
    told = measured(6.0, 6.0)
    assert held_share(told) == 1.0
    told["providers"] = {"providers": {"groq": {"held_s": 6.0}, "anthropic": {"held_s": 3.0}}}
    assert held_share(told) == 9.0 / 12.0
    assert rung(told, 1)["provider_wait_s"] == 4.0 * 9.0 / 12.0
    told["options"]["speed"] = 2.0
    assert held_share(told) == 4.5 / 12.0
    told["providers"]["providers"]["groq"]["held_s"] = 600.0
    assert held_share(told) == 1.0


def row(concurrency: int, share: float, busy: float) -> dict[str, Any]:
    cpu = CPU | {"busy_share": busy}
    return {"concurrency": concurrency, "share_of_ideal": share, "own_s": 0.6, "provider_wait_s": 4.0, "cpu": cpu}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row(1, 0.95, 0.2), row(2, 0.93, 0.4)], "At every level, throughput is at least 90%"),
        (
            [row(1, 0.95, 0.2), row(2, 0.7, 0.97)],
            "With 1 at a time, throughput is at least 90% .* With 2 at a time, it is 70%: all cores are busy, 20%",
        ),
        (
            [row(1, 0.8, 0.3), row(2, 0.95, 0.2), row(4, 0.91, 0.4)],
            "With 2 and 4 at a time, throughput is at least 90% of the ideal. With 1 at a time, it is 80%: 0.6 of 2 "
            "cores are busy on average, so analyses that need a core at the same moment are what raises the own time "
            "to 0.60 s",
        ),
        ([row(1, 0.8, 0.3)], "^With 1 at a time, it is 80%"),
        ([row(1, 0.0, 0.3)], "^With 1 at a time, there was too little to measure"),
    ],
)
def test_the_verdict_speaks_of_every_rung_and_says_what_is_full(rows: list[Any], told: str) -> None:
    import re

    assert re.search(told, verdict({"rows": rows, "goal": 0.9, "full": 0.9}))


def test_memory_that_grows_is_told_from_memory_that_does_not() -> None:
    def told(each_mb: float) -> dict[str, Any]:
        requests = [
            {"process": 1, "rss_mb": 500 + each_mb * at, "started_s": float(at), "latency_s": 1.0} for at in range(300)
        ]
        return memory({"requests": requests}, OPTIONS)

    assert (told(0.0)["growth_mb_per_100"], memory_told(told(0.0))["flat"]) == (0.0, True)
    assert (told(0.5)["growth_mb_per_100"], memory_told(told(0.5))["flat"]) == (50.0, False)
    assert len(told(0.0)["rss_mb"]) == 3
    assert growth([1.0] * 99) is None


def test_the_bottleneck_is_what_an_analysis_waits_for_most() -> None:
    assert "The providers are" in bottleneck(measured(6.0, 6.0))
    slow = measured(20.0, 20.0)
    slow["summary"]["avg_latency_s"] = 20.0
    assert "The platform's own work is" in bottleneck(slow)
    assert "2 cores are fully used at 4.0 analyses per second" in bottleneck(slow)


def test_a_new_load_test_leaves_the_sections_and_the_analysis_tells_them(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write(path, measured(4.0, 4.0))
    before = read(path)["requests"]
    *_, found = experiment(OPTIONS, ["cache"], Runs(slow={}), {})
    *_, rungs = climb(OPTIONS, lambda options: measured(5.0, 5.0, 5.0, 5.0, 5.0, 5.0), [2])
    for name, section in (
        ("experiments", found), ("throughput", rungs), ("memory", memory(measured(*[4.0] * 150), OPTIONS)),
    ):  # fmt: skip
        add_section(path, name, section)
    assert read(path)["requests"] == before
    assert set(carried(path)) == {"experiments", "throughput", "memory"}
    text = analysis_text(read(path), path.name)
    for heading in ("Optimizations", "Throughput", "Memory"):
        assert heading in text
    assert "None" not in text
    assert carried(tmp_path / "none.json") == {}


def test_what_a_switch_costs_beside_money_and_time_is_said() -> None:
    *_, section = experiment(OPTIONS, ["prompt"], Runs(slow={}), {})
    assert any("a question may need a column that is left out" in text for text in remarks(section))
    assert any(row["figure"] == "input tokens per analysis" and row["before"] == "4,000" for row in switches(section))


def test_every_switch_can_be_thrown_in_this_release() -> None:
    assert (
        set(known())
        == set(EXPERIMENTS)
        == {*("cache", "tables", "parallel", "routing", "hedging", "prompt", "consensus")}
    )


def test_local_and_cloud_are_compared_where_the_local_model_was_asked_often_enough() -> None:
    def of(local: int) -> dict[str, Any]:
        group = {"cost_usd": 0.0, "latency_s": {"mean": 6.0}, "calls": local}
        cloud = {"cost_usd": 0.04, "latency_s": {"mean": 2.0}, "calls": 40}
        return {"ollama-llama3.1": group, "groq-gpt-oss-20b": cloud}

    told = measured(4.0, 4.0)
    assert "too little data to compare" in analysis_text(told, "r.json")
    *_, section = experiment(OPTIONS, ["routing"], lambda options: measured(4.0) | {"by_model": of(31)}, {})
    text = analysis_text(told | {"experiments": section}, "r.json")
    assert "| local model (free) | 31 | 6.00 | $0 |" in text
    assert "A call to the local model took **3.0 times as long** as a call to the cloud" in text


def test_the_naive_comparison_shows_its_formula_with_prices_from_the_pinned_list() -> None:
    text = analysis_text(measured(4.0), "r.json")
    assert "4,000 input and 400 output per analysis" in text
    assert "Everything to GPT-4 ($30 / $60 per million tokens" in text
    assert "Everything to claude-opus-5-5 ($4 / $20 per million tokens" in text
