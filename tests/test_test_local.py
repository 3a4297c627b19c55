"""What the client's checks say when something is wrong; tests/llm/gateway/test_local_checks.py has the good case."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from test_local import Checks, outcome, run_checks
from tests.gateway_process import gateway_settings
from tests.llm.gateway.stand_in import make_environment


def checks(folder: Path, **given: object) -> Checks:
    session = requests.Session()
    session.trust_env = False
    return Checks(gateway_settings(folder, **given), session, env_file=folder / ".env")


def test_without_a_gateway_each_check_says_what_is_wrong_and_the_exit_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run_checks(checks(tmp_path, state_dir=tmp_path / "file" / "var")) == 1
    said = capsys.readouterr().out
    assert "✗ Gateway" in said and "STATE_DIR" in said and "Traceback" not in said
    assert "checks failed" in said


def test_a_gateway_that_answers_oddly_is_a_failure_and_no_crash(tmp_path: Path) -> None:
    from analyst.llm.gateway.launcher import ensure_running, stop

    made = checks(tmp_path)
    environment = make_environment(tmp_path / "environment")
    try:
        made.gateway = ensure_running(made.settings, env_file=made.env_file, environment=environment)
        assert outcome(made.model_list)[0] == "✓"
        mark, told = outcome(made.embedded_analyst)
        assert mark == "✗" and "501" in told
    finally:
        stop(made.settings)


def test_ollama_that_does_not_answer_is_skipped_or_told(tmp_path: Path) -> None:
    mark, told = outcome(checks(tmp_path).ollama)
    assert mark in "–✗" and "local_setup.sh" in told
