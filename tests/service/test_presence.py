"""How the command line finds a running service, and when it must not use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyst.core.settings import Settings, load_settings
from analyst.service.presence import FILE, announced, program, running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "none.env", state_dir=tmp_path / "var", litellm_master_key=None)


def test_a_service_is_found_while_it_runs_and_only_its_owner_can_read_how(settings: Settings) -> None:
    with announced("http://127.0.0.1:1", settings) as presence:
        assert running(settings) == presence and presence.fits(settings)
        assert (settings.state_dir / FILE).stat().st_mode & 0o777 == 0o600
    assert running(settings) is None and not (settings.state_dir / FILE).exists()


def test_one_with_other_settings_does_not_fit_and_the_gateways_key_is_no_difference(settings: Settings) -> None:
    with announced("http://127.0.0.1:1", settings) as presence:
        assert not presence.fits(settings.model_copy(update={"target_latency_s": 9.0}))
        assert presence.fits(settings.model_copy(update={"litellm_master_key": "made meanwhile"}))


def test_changed_code_does_not_fit(settings: Settings, tmp_path: Path) -> None:
    code = tmp_path / "root"
    (code / "analyst").mkdir(parents=True)
    for name in ("main", "workflow", "agents", "routing", "monitoring"):
        (code / f"{name}.py").write_text("")
    (code / "analyst" / "new.py").write_text("x = 1\n")
    before = program(settings, code)
    assert program(settings, code) == before
    (code / "analyst" / "new.py").write_text("x = 12\n")
    assert program(settings, code) != before


def test_what_a_dead_or_broken_service_left_behind_is_none(settings: Settings) -> None:
    with announced("http://127.0.0.1:1", settings):
        file = settings.state_dir / FILE
        told = json.loads(file.read_text())
        file.write_text(json.dumps(told | {"owner": told["owner"].replace("/", "/9", 1)}))
        assert running(settings) is None
        for broken in ("", "{}", "[1]"):
            file.write_text(broken)
            assert running(settings) is None


def test_a_newer_services_file_is_not_taken_away(settings: Settings) -> None:
    with announced("http://127.0.0.1:1", settings):
        newer = announced("http://127.0.0.1:2", settings)
        presence = newer.__enter__()
    assert running(settings) == presence
    newer.__exit__(None, None, None)
