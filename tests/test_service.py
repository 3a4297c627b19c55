"""The service as a user runs it: `python main.py serve`, the command line that uses it, a kill -9 in the middle."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from analyst.core.settings import ROOT
from analyst.samples.catalog import SAMPLES
from tests.gateway_process import RunningGateway, running_gateway
from tests.test_main import CommandLine

SALES = SAMPLES["sales"].path
OWN = re.compile(r"\d{8}-\d{6}-\w{6}|\d+\.\d s")
"""What differs between two runs: their ids and times."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="module")
def command(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(gateway, tmp_path_factory.mktemp("service"))


class Service:
    """A service process and where it listens."""

    def __init__(self, command: CommandLine) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "main.py", "serve", "--port", "0"],
            cwd=ROOT, env=command.environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stderr
        told = self.process.stderr.readline()
        found = re.search(r"http://\S+", told)
        assert found, told
        self.url = found[0]

    def until_ready(self) -> None:
        until(lambda: httpx.get(f"{self.url}/ready", timeout=60).status_code == 200)


@contextlib.contextmanager
def serving(command: CommandLine) -> Iterator[Service]:
    service = Service(command)
    try:
        yield service
    finally:
        service.process.kill()
        service.process.wait()


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def service(command: CommandLine) -> Iterator[Service]:
    with serving(command) as running:
        running.until_ready()
        yield running


def runs(service: Service) -> list[dict[str, str]]:
    found: list[dict[str, str]] = httpx.get(f"{service.url}/api/v1/analyses", timeout=60).json()
    return found


def test_the_command_line_says_the_same_with_the_service_and_without(command: CommandLine, service: Service) -> None:
    question = ("main.py", str(SALES), "What is the total revenue by region?", "--no-cache")
    served, local = command(*question), command(*question, "--local")
    assert served.returncode == local.returncode == 0, served.stderr
    assert OWN.sub("", served.stdout) == OWN.sub("", local.stdout)
    assert [run["question"] for run in runs(service)] == ["What is the total revenue by region?"]
    assert "open already" in command(*question).stderr


@pytest.mark.usefixtures("service")
def test_a_follow_up_is_the_same_with_the_service_and_without_and_may_add_a_table(
    command: CommandLine, tmp_path: Path
) -> None:
    first = json.loads(command("main.py", str(SALES), "total revenue by product in 2024", "--json").stdout)["id"]
    served = command("main.py", "--follow", first, "and in North?", "--no-cache")
    local = command("main.py", "--follow", first, "and in North?", "--no-cache", "--local")
    assert served.returncode == local.returncode == 0, served.stderr
    assert OWN.sub("", served.stdout) == OWN.sub("", local.stdout)
    assert "Kept from the question before: total revenue, by product, 2024." in served.stdout
    (tmp_path / "managers.csv").write_text("region,manager\nNorth,Ann\nSouth,Ben\nWest,Dan\n")
    added = command("main.py", "--follow", first, "total revenue by manager", str(tmp_path / "managers.csv"))
    assert added.returncode == 0 and "Dan" in added.stdout, added.stderr
    nobodys = command("main.py", "--follow", "nowhere", "and in North?")
    assert nobodys.returncode == 2 and "'nowhere'" in nobodys.stderr


@pytest.mark.parametrize(
    "arguments",
    [("nowhere.csv", "q"), ("analyst/samples/sales.csv", " "), ("analyst/samples/sales.csv", "q", "--sheet", "Jan")],
)
@pytest.mark.usefixtures("service")
def test_a_mistake_is_told_as_without_the_service(arguments: tuple[str, ...], command: CommandLine) -> None:
    served, local = command("main.py", *arguments), command("main.py", *arguments, "--local")
    assert served.returncode == local.returncode == 2
    assert served.stderr.splitlines()[-1] == local.stderr.splitlines()[-1]


@pytest.mark.usefixtures("service")
def test_the_folder_and_the_record_are_those_that_were_asked_for(command: CommandLine, tmp_path: Path) -> None:
    done = command("main.py", str(SALES), "total revenue by product", "--out", str(tmp_path / "out"), "--json")
    result = json.loads(done.stdout)
    assert Path(result["files"]["report.html"]) == tmp_path / "out" / "report.html"
    assert all(Path(file).is_file() for file in result["files"].values())


def test_a_killed_service_loses_no_question(command: CommandLine, gateway: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_bytes(SALES.read_bytes())
    with serving(command) as first:
        table = httpx.put(f"{first.url}/api/v1/tables/sales.csv", content=SALES.read_bytes(), timeout=60).json()["id"]
        asked = httpx.post(
            f"{first.url}/api/v1/analyses", json={"table": table, "question": "total revenue by category?"}, timeout=60
        ).json()
        until(lambda: httpx.get(f"{first.url}/api/v1/analyses/{asked['id']}", timeout=60).json()["state"] == "running")
        os.kill(first.process.pid, signal.SIGKILL)
    with serving(command) as second:
        place = f"{second.url}/api/v1/analyses/{asked['id']}"
        until(lambda: httpx.get(place, timeout=60).json()["state"] == "done")
        assert "revenue" in httpx.get(f"{place}/result", timeout=60).json()["answer"]
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(60) == 143
    assert not (gateway.settings.state_dir / "service.json").exists()
