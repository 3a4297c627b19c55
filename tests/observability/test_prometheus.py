"""Prometheus' text format, read by Prometheus' own parser."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from analyst.core.errors import StoreError
from monitoring import PerformanceMonitor
from tests.recorded import metrics, record_a_day


def samples(path: Path) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"analyst_{name}", frozenset(labels.items())


def test_the_figures_are_those_of_the_monitor(watched: PerformanceMonitor, tmp_path: Path) -> None:
    record_a_day(watched)
    told = samples(watched.export_prometheus(tmp_path / "a.prom"))
    sonnet = {"agent": "report_writer", "model": "claude-sonnet-5-5"}
    assert told[key("calls_total", **sonnet, outcome="answered")] == 1
    assert told[key("calls_total", **sonnet, outcome="failed")] == 1
    assert told[key("cost_usd_total", **sonnet)] == 0.006
    assert told[key("tokens_total", **sonnet, kind="input")] == 2000
    assert told[key("refusals_total", reason="timeout")] == 1
    assert told[key("fallbacks_total", reason="timeout")] == 1
    assert told[key("call_duration_seconds", model="claude-sonnet-5-5", quantile="0.95")] == 4.0
    assert told[key("call_duration_seconds_sum", model="claude-sonnet-5-5")] == 6.0
    assert told[key("call_duration_seconds_count", model="claude-sonnet-5-5")] == 2
    assert told[key("run_duration_seconds_count")] == 2
    assert told[key("runs", status="failed")] == 1
    assert (told[key("budget_limit_usd")], told[key("budget_spent_usd")]) == (1.0, 0.006)


def test_counters_only_grow_also_when_an_answer_is_rejected_later(watched: PerformanceMonitor, tmp_path: Path) -> None:
    watched.record_request(metrics("a"))
    before = samples(watched.export_prometheus(tmp_path / "a.prom"))
    watched.record_rejection("a", ["s1: no such column"])
    after = samples(watched.export_prometheus(tmp_path / "a.prom"))
    assert all(after[name] >= value for name, value in before.items() if name[0].endswith("_total"))
    assert after[key("rejections_total", agent="report_writer", model="claude-sonnet-5-5")] == 1


def test_any_name_is_escaped(watched: PerformanceMonitor, tmp_path: Path) -> None:
    name = 'a "quoted"\\slash\nand a new line'
    watched.record_request(metrics("a", model_used=name))
    told = samples(watched.export_prometheus(tmp_path / "a.prom"))
    assert key("cost_usd_total", agent="report_writer", model=name) in told


def test_an_empty_store_has_a_file_too(watched: PerformanceMonitor, tmp_path: Path) -> None:
    told = samples(watched.export_prometheus(tmp_path / "a.prom"))
    assert told[key("run_duration_seconds_count")] == 0
    assert not any("quantile" in dict(labels) for _, labels in told)


def test_the_file_is_for_all_to_read_and_written_whole_or_not_at_all(
    watched: PerformanceMonitor, tmp_path: Path
) -> None:
    path = watched.export_prometheus(tmp_path / "a.prom")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    with pytest.raises(StoreError, match="can't be written"):
        watched.export_prometheus(tmp_path / "nowhere" / "a.prom")
    assert {item.name for item in tmp_path.iterdir()} - {"var"} == {"a.prom"}
