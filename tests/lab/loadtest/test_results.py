"""The result file: read back as it was written, small, and what the README tells of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import SettingsError
from analyst.core.settings import ROOT
from lab.loadtest.records import read_line
from lab.loadtest.results import document, read, write
from tests.lab.loadtest.lines import call, line

OPTIONS = {"requests": 2, "concurrency": 2, "processes": 1, "scenario": None, "speed": 1.0, "seed": 7, "cache": False}


def content(*ids: int, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "options": OPTIONS | {"requests": len(ids)}, "wall_s": 10.0, "target_s": 8.0, "models": ["embedded-analyst"],
        "extra": {}, "interrupted": False,
    }  # fmt: skip
    return document([line(id) for id in ids], **(told | given))


def test_a_document_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write(path, content(2, 1))
    found = read(path)
    assert [read_line(request) for request in found["requests"]] == [line(1), line(2)]
    assert found["schema_version"] == 2
    assert found["simulated"] == "nothing"
    assert path.stat().st_mode & 0o777 == 0o644


def test_every_request_comes_back_whatever_it_came_to(tmp_path: Path) -> None:
    lines = [
        line(1, calls=(), success=False, error="NoModelError: all failed", stages={"prepare": 1.0}),
        line(2, cached=True, consensus="agreed", degraded=("report_writer",), process=1, numbers=3),
        line(3, calls=(call("data_profiler", failed=("timeout", "rejected"), reason=None), call("report_writer"))),
    ]
    told = content() | {"requests": [one.plain() for one in lines]}
    write(tmp_path / "results.json", told)
    assert [read_line(request) for request in read(tmp_path / "results.json")["requests"]] == lines


def test_a_document_without_requests_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "results.json", content())
    assert read(tmp_path / "results.json")["requests"] == []


def test_the_committed_results_stay_small_enough_to_read_in_a_review() -> None:
    assert (ROOT / "load_test_results.json").stat().st_size <= 300_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema_version": 99, "requests": {}}',
        '{"schema_version": 2, "requests": []}',
        '{"schema_version": 2, "requests": {"id": [1], "stages": {}, "calls": {"each": []}}}',
        '{"schema_version": 2, "requests": {"case": {"values": [], "at": [0]}, "stages": {}, "calls": {"each": [0]}}}',
    ],
)
def test_a_file_that_is_no_result_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        read(path)


def test_the_readme_tells_the_figures_of_the_committed_results() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = read(ROOT / "load_test_results.json")
    s, rungs = found["summary"], {row["concurrency"]: row["share_of_ideal"] for row in found["throughput"]["rows"]}
    shares = ", ".join(f"{100 * rungs[at]:.0f}" for at in (1, 4, 8, 16))
    for told in (
        f"mean {s['avg_latency_s']:.1f} s, p95 {s['p95_latency_s']:.1f} s, ${s['daily_cost_usd']:.2f} per day",
        f"{s['savings_vs_naive_pct']:.1f}% compared with GPT-4's list price, {s['savings_vs_strong_pct']:.1f}% compared",
        f"| {100 * (1 - s['daily_cost_usd'] / 120):.1f}% | same |",
        f"| {shares}% |",
        f"p95 {found['books']['failover_s']['p95']:.2f} s;",
    ):
        assert told in text
