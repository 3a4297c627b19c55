"""A whole load test: the real command, gateway, workers and analyses, with simulated providers."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.core.errors import SettingsError, UserError
from analyst.core.settings import ROOT
from lab.loadtest.options import Options, add_options
from lab.loadtest.results import read


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (Options(requests=0), "--requests 0"),
        (Options(concurrency=0), "--concurrency 0"),
        (Options(rate=-1), "--rate -1"),
        (Options(budget=Decimal(0)), "--budget 0"),
        (Options(budget=Decimal("1e400")), r"--budget 1E\+400"),
        (Options(out=ROOT), "is a folder"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: Options, told: str) -> None:
    with pytest.raises(UserError, match=told):
        options.checked()


def test_a_load_test_with_simulated_providers_ends_with_every_request_told_and_every_cent_booked(
    tmp_path: Path,
) -> None:
    out = tmp_path / "results.json"
    command = [sys.executable, "main.py", "--load-test", "--requests", "4", "--concurrency", "2", "--processes", "1"]
    done = subprocess.run(
        [*command, "--simulate", "calm", "--speed", "50", "--out", str(out), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "METRICS_EXPORT_PATH": str(tmp_path / "real.db")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    content = read(out)
    assert json.loads(done.stdout) == content["summary"]
    assert content["summary"]["success_rate"] == 1.0
    assert [request["id"] for request in content["requests"]] == [1, 2, 3, 4]
    assert all(len(request["calls"]) >= 4 for request in content["requests"])
    assert content["options"]["scenario"] == "calm"
    booked, billed = Decimal(content["books"]["spent_usd"]), Decimal(content["providers"]["billed_usd"])
    assert booked >= billed > 0
    assert sum(request["cost_usd"] for request in content["requests"]) == pytest.approx(float(booked))
    assert content["books"]["reserved_usd"] == "0"
    assert content["books"]["attempts"] < 2 * sum(len(request["calls"]) for request in content["requests"])
    assert not (tmp_path / "real.db").exists(), "simulated spending must not stand in the real books"


@pytest.mark.parametrize("amount", ["1e400", "NaN", "inf", "lots", "-1"])
def test_an_absurd_budget_is_one_line_and_the_users_to_mend(
    amount: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    with pytest.raises((SystemExit, SettingsError)) as refused:
        given = parser.parse_args([f"--budget={amount}"])
        Options(budget=given.budget, out=tmp_path / "out.json").checked()
    assert refused.type is SettingsError or getattr(refused.value, "code", None) == 2
