"""Starting, finding and stopping, with real processes; test_real_gateway.py does the same with LiteLLM itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import GatewayError, KeyRejectedError, PortTakenError, SettingsError
from analyst.core.settings import ROOT, Settings
from analyst.llm.gateway import launcher
from analyst.llm.gateway.launcher import GatewayInfo, ensure_running, others, status, stop
from analyst.llm.gateway.probe import parse_address
from analyst.llm.gateway.process import read_records, record_file, retire
from tests.gateway_process import free_port, gateway_settings
from tests.llm.gateway.stand_in import make_environment
from tests.llm.gateway.upstream import Upstream


class Machine:
    """A folder with a state folder, an .env and a stand-in for LiteLLM's environment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.environment = make_environment(folder / "environment")
        self.notes: list[str] = []

    def settings(self, **given: Any) -> Settings:
        return gateway_settings(self.folder, **{"litellm_proxy_url": f"http://localhost:{self.port}", **given})

    def ensure(self, **given: Any) -> GatewayInfo:
        return ensure_running(
            self.settings(**given),
            on_note=self.notes.append,
            env_file=self.folder / ".env",
            environment=self.environment,
            timeout_s=20,
        )

    @property
    def pid(self) -> int:
        return read_records(self.folder / "var")[-1].pid

    @property
    def starts(self) -> int:
        return len((self.folder / "var" / "starts").read_text().splitlines())


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    settings = made.settings()
    yield made
    stop(settings)


def test_the_first_run_starts_it_and_the_second_finds_it(machine: Machine) -> None:
    first, second = machine.ensure(), machine.ensure()
    assert (first.started, second.started) == (True, False)
    assert first.key == second.key and first.url == f"http://127.0.0.1:{machine.port}"
    assert first.models == ("embedded-analyst",)
    assert "groq-gpt-oss-20b" in first.dropped
    assert machine.starts == 1
    assert first.key not in repr(first)


def test_processes_that_start_it_at_once_start_one(machine: Machine) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.gateway_process import *\n"
        "folder = Path(sys.argv[1]); settings = gateway_settings(folder, litellm_proxy_url=sys.argv[2])\n"
        "info = ensure_running(settings, env_file=folder / '.env', environment=folder / 'environment')\n"
        "print(info.started, info.key)"
    )
    command = [sys.executable, "-c", code, str(machine.folder), f"http://localhost:{machine.port}"]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=60)[0].split() for process in running]
    assert sorted(started for started, _ in said) == ["False", "False", "True"]
    assert len({key for _, key in said}) == 1
    assert machine.starts == 1


def test_it_outlives_the_process_that_started_it_and_its_terminal(machine: Machine) -> None:
    machine.ensure()
    assert os.getsid(machine.pid) == machine.pid != os.getsid(0)


def test_stopping_ends_it_and_may_be_done_again(machine: Machine) -> None:
    machine.ensure()
    pid = machine.pid
    assert stop(machine.settings()) is True
    assert read_records(machine.folder / "var") == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert stop(machine.settings()) is False
    assert status(machine.settings()).state == "stopped"


def test_stopping_kills_one_that_does_not_listen(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyst.llm.gateway.process.PATIENCE_S", 0.3)
    program = machine.environment / "bin" / "litellm"
    program.write_text("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + program.read_text())
    machine.ensure()
    assert stop(machine.settings()) is True


OTHER = [{"groq_api_key": "new"}, {"litellm_master_key": "sk-other"}]


@pytest.mark.parametrize("other", OTHER)
def test_two_shells_with_different_settings_have_a_gateway_each_for_good(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, other: dict[str, str]
) -> None:
    monkeypatch.setattr(launcher, "DEFAULT_ADDRESS", parse_address(f"http://localhost:{machine.port}"))
    first, second = machine.ensure(), machine.ensure(**other)
    assert first.started and second.started and first.url != second.url
    assert f"Port {machine.port} is in use by a gateway with other settings. The gateway uses port" in machine.notes[-2]
    for _ in range(2):
        assert (machine.ensure().url, machine.ensure(**other).url) == (first.url, second.url)
    assert machine.starts == 2
    assert status(machine.settings(), env_file=machine.folder / ".env").url == first.url
    assert [record.url for record in others(machine.settings(), env_file=machine.folder / ".env")] == [second.url]
    assert stop(machine.settings()) and read_records(machine.folder / "var") == []


@pytest.mark.parametrize("other", OTHER)
def test_a_fixed_port_of_a_gateway_with_other_settings_is_told_and_that_gateway_lives_on(
    machine: Machine, other: dict[str, str]
) -> None:
    machine.ensure()
    pid = machine.pid
    with pytest.raises(PortTakenError, match=r"a gateway with other settings\. Run `python main\.py gateway stop`"):
        machine.ensure(**other)
    assert (machine.pid, machine.starts) == (pid, 1)
    assert not machine.ensure().started


def test_ollama_going_away_is_no_other_configuration(machine: Machine, upstream: Upstream) -> None:
    address = {"ollama_base_url": upstream.url}
    upstream.models = ["llama3.1:latest"]
    assert "ollama-llama3.1" in machine.ensure(**address).models
    upstream.models = []
    try:
        gone = machine.ensure(**address)
        assert not gone.started and "ollama-llama3.1" not in gone.models
    finally:
        upstream.models = ["llama3.1:latest"]


def test_a_default_port_that_a_program_holds_is_passed_over_and_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "DEFAULT_ADDRESS", parse_address(f"http://localhost:{machine.port}"))
    monkeypatch.setattr("analyst.llm.gateway.probe.probe.__kwdefaults__", {"timeout_s": 0.5})
    with socket.create_server(("127.0.0.1", machine.port)):
        info = machine.ensure()
        assert info.started and parse_address(info.url).port > machine.port
        assert not machine.ensure().started
    assert f"Port {machine.port} is in use by another program. The gateway uses port" in machine.notes[0]


def test_one_that_nobody_uses_any_more_is_ended_and_one_in_use_never(machine: Machine) -> None:
    machine.ensure()
    state_dir = machine.folder / "var"
    retire(state_dir, idle_s=0)
    assert len(read_records(state_dir)) == 1, "this process uses it"
    next(state_dir.glob("*.users")).write_text("")
    retire(state_dir)
    assert len(read_records(state_dir)) == 1, "it was used a moment ago"
    retire(state_dir, idle_s=0)
    assert read_records(state_dir) == []


def test_one_that_died_is_started_again(machine: Machine) -> None:
    machine.ensure()
    os.kill(machine.pid, signal.SIGKILL)
    assert machine.ensure().started


def test_a_recycled_pid_is_never_stopped(machine: Machine) -> None:
    machine.ensure()
    stop(machine.settings())
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        record = {"pid": bystander.pid, "born": "an hour ago", "url": "u", "fingerprint": "f", "models": []}
        record_file(machine.folder / "var", "f").write_text(json.dumps(record))
        assert stop(machine.settings()) is False
        assert machine.ensure().started
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_it_gets_the_providers_keys_and_nothing_else_of_our_environment(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_HOST", "PORT", "PYTHONHOME_X"):
        monkeypatch.setenv(name, "surprise")
    machine.ensure(groq_api_key="gk")
    given = json.loads((machine.folder / "var" / "environment.json").read_text())
    assert given["GROQ_API_KEY"] == "gk"
    assert given["LITELLM_MODE"] == "PRODUCTION" and given["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert "127.0.0.1" in given["NO_PROXY"]
    assert "surprise" not in given.values()
    assert "ANTHROPIC_API_KEY" not in given


@pytest.mark.parametrize("reply", [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", b"SSH-2.0-OpenSSH_9\r\n", None])
def test_a_port_taken_by_something_else_is_named_with_the_fix(
    machine: Machine, reply: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyst.llm.gateway.probe.probe.__kwdefaults__", {"timeout_s": 0.5})
    with socket.create_server(("127.0.0.1", machine.port)) as listening:
        answering = None
        if reply is not None:
            answering = subprocess.Popen([sys.executable, "-c", ANSWERING, repr(reply)], stdin=listening.fileno())
        with pytest.raises(PortTakenError, match=rf"Port {machine.port} .*LITELLM_PROXY_URL") as taken:
            machine.ensure()
        assert taken.value.exit_code == 2
        assert status(machine.settings()).state == "port taken"
        if answering is not None:
            answering.kill()
            answering.wait()


ANSWERING = """
import ast, socket, sys
reply, listening = ast.literal_eval(sys.argv[1]), socket.socket(fileno=0)
while True:
    connection, _ = listening.accept()
    connection.recv(4096)
    connection.sendall(reply)
    connection.close()
"""


def test_a_gateway_with_another_key_from_elsewhere_rejects_ours(machine: Machine, tmp_path: Path) -> None:
    machine.ensure()
    elsewhere = {"state_dir": tmp_path / "elsewhere", "litellm_master_key": "sk-stranger"}
    with pytest.raises(KeyRejectedError, match="LITELLM_MASTER_KEY"):
        machine.ensure(**elsewhere)
    assert status(machine.settings(**elsewhere)).state == "key rejected"


def test_a_gateway_with_our_key_from_elsewhere_is_used_but_not_stopped(machine: Machine, tmp_path: Path) -> None:
    key = machine.ensure().key
    elsewhere = {"state_dir": tmp_path / "elsewhere", "litellm_master_key": key}
    assert machine.ensure(**elsewhere).started is False
    with pytest.raises(GatewayError, match="not started from this folder"):
        stop(machine.settings(**elsewhere))


def test_without_its_environment_it_says_to_run_make(machine: Machine) -> None:
    machine.environment = machine.folder / "nowhere"
    with pytest.raises(GatewayError, match="make setup"):
        machine.ensure()


def test_one_that_fails_at_start_shows_the_end_of_its_log(machine: Machine) -> None:
    (machine.environment / "bin" / "litellm").write_text("raise SystemExit('no such model: zebra')")
    started = time.monotonic()
    with pytest.raises(GatewayError, match="no such model: zebra"):
        machine.ensure()
    assert time.monotonic() - started < 15, "it waited for a process that had ended"


def test_one_that_never_answers_is_given_up(machine: Machine) -> None:
    (machine.environment / "bin" / "litellm").write_text("import time; time.sleep(60)")
    with pytest.raises(GatewayError, match="gateway stop"):
        ensure_running(
            machine.settings(), env_file=machine.folder / ".env", environment=machine.environment, timeout_s=0.5
        )
    assert status(machine.settings(), env_file=machine.folder / ".env").state == "starting"


def test_a_state_folder_that_can_not_be_made_is_named(machine: Machine) -> None:
    (machine.folder / "file").write_text("")
    with pytest.raises(GatewayError, match="STATE_DIR"):
        machine.ensure(state_dir=machine.folder / "file" / "var")


def test_a_full_disk_is_named_and_leaves_no_process(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    machine.settings().state_dir.mkdir()
    monkeypatch.setattr(launcher, "record_file", lambda state_dir, made_of: state_dir / "gateway-full.json")
    (machine.folder / "var" / f".gateway-full.yaml.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(GatewayError, match="No space left"):
        machine.ensure()
    assert read_records(machine.folder / "var") == []


def test_a_broken_env_file_is_the_users_to_mend(machine: Machine) -> None:
    settings = machine.settings()
    (machine.folder / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"\.env"):
        ensure_running(settings, env_file=machine.folder / ".env", environment=machine.environment)


def test_a_gateway_on_another_machine_is_never_started_here(machine: Machine) -> None:
    with pytest.raises(GatewayError, match=r"http://192\.0\.2\.1:4000|on localhost"):
        machine.ensure(litellm_proxy_url="http://127.0.0.2:9")
    with pytest.raises(SettingsError, match="LITELLM_PROXY_URL"):
        machine.ensure(litellm_proxy_url="http://localhost:99999")
