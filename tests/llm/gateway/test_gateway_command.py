from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analyst.core.settings import ROOT
from tests.gateway_process import CLOSED, RunningGateway, free_port


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {"STATE_DIR": str(folder / "var"), "LITELLM_PROXY_URL": f"http://localhost:{free_port()}"}
    keys = ("GROQ_API_KEY", "OPENROUTER_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "VLLM_BASE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in keys}
    environment |= {**own, "OLLAMA_BASE_URL": CLOSED, "LITELLM_MASTER_KEY": "sk-test", **variables}
    command = [sys.executable, "main.py", "gateway", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_status_and_stop_of_a_gateway_that_does_not_run(tmp_path: Path) -> None:
    looked, stopped = run(tmp_path, "status"), run(tmp_path, "stop")
    assert (looked.returncode, looked.stderr) == (1, "")
    assert "stopped" in looked.stdout
    assert (stopped.returncode, stopped.stdout) == (0, "– No gateway was running.\n")


def test_status_and_start_of_one_that_runs(tmp_path: Path, gateway: RunningGateway) -> None:
    address = {"LITELLM_PROXY_URL": gateway.info.url, "LITELLM_MASTER_KEY": gateway.info.key}
    for command in ("status", "start"):
        said = run(tmp_path, command, **address)
        assert said.returncode == 0, said.stderr
        assert "✓ embedded-analyst" in said.stdout
        assert gateway.info.key not in said.stdout + said.stderr


@pytest.mark.parametrize("command", ["start", "status", "stop", "doctor"])
def test_a_bad_setting_is_one_line_and_the_users_to_mend(tmp_path: Path, command: str) -> None:
    said = run(tmp_path, command, DAILY_BUDGET_USD="lots")
    assert said.returncode == 2
    assert "DAILY_BUDGET_USD='lots'" in said.stderr and "Traceback" not in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_a_wrong_master_key_is_the_users_to_mend(tmp_path: Path, gateway: RunningGateway) -> None:
    said = run(tmp_path, "start", LITELLM_PROXY_URL=gateway.info.url)
    assert said.returncode == 2
    assert "LITELLM_MASTER_KEY" in said.stderr and "Traceback" not in said.stderr


def test_the_doctor_tells_a_line_a_finding(tmp_path: Path) -> None:
    said = run(tmp_path, "doctor")
    assert "Traceback" not in said.stderr
    assert all(line[0] in "✓✗–" for line in said.stdout.splitlines())
    assert said.returncode == (1 if "✗" in said.stdout else 0)


def test_no_command_shows_the_usage() -> None:
    said = run(Path("/nonexistent"))
    assert said.returncode == 2 and "usage:" in said.stderr
