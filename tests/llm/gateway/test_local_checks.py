"""test_local.py against the real gateway, with an Ollama on loopback."""

from __future__ import annotations

import pytest
import requests

from test_local import Checks, run_checks
from tests.gateway_process import RunningGateway
from tests.llm.gateway.upstream import Upstream


def test_all_checks_pass_and_say_so_in_readable_lines(
    gateway: RunningGateway, upstream: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    with requests.Session() as session:
        session.trust_env = False
        assert run_checks(Checks(gateway.settings, session, env_file=gateway.env_file)) == 0
    said = capsys.readouterr().out.splitlines()
    names = ["Ollama", "Gateway", "Models", "Rule-based analyst", "Local model", "Metadata"]
    assert [line.split(":")[0] for line in said if line[0] in "✓✗–"] == [f"✓ {name}" for name in names]
    assert said[-1] == "All checks passed."
    assert gateway.info.key not in "".join(said)
    assert "{{" not in "".join(said) and "The table has 20 rows" in "".join(said)
