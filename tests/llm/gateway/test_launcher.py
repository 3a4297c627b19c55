"""Starting, finding and stopping, with real processes; test_real_gateway.py does the same with LiteLLM itself."""

from __future__ import annotations

import contextlib
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
from analyst.llm.gateway.launcher import IDLE_S, GatewayInfo, ensure_running, status, statuses, stop
from analyst.llm.gateway.process import cut_log, read_records
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

    def any_port(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the port be the default, from which the next free one is looked for, not one that the user fixed."""
        monkeypatch.setattr("analyst.llm.gateway.launcher._is_fixed", lambda settings: False)

    @property
    def pid(self) -> int:
        [record] = read_records(self.folder / "var")
        return record.pid

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
    assert stop(machine.settings()) == 1
    assert read_records(machine.folder / "var") == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert stop(machine.settings()) == 0
    assert status(machine.settings()).state == "stopped"


def test_stopping_kills_one_that_does_not_listen(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyst.llm.gateway.process.PATIENCE_S", 0.3)
    program = machine.environment / "bin" / "litellm"
    program.write_text("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + program.read_text())
    machine.ensure()
    assert stop(machine.settings()) == 1


def test_a_changed_key_starts_it_anew_and_says_so(machine: Machine) -> None:
    machine.ensure()
    before = machine.pid
    info = machine.ensure(groq_api_key="new")
    assert info.started and machine.pid != before
    assert "groq-gpt-oss-20b" in info.models
    assert any("changed" in note for note in machine.notes)


def test_a_changed_master_key_starts_it_anew_because_it_is_ours(machine: Machine) -> None:
    machine.ensure()
    assert machine.ensure(litellm_master_key="sk-other").started
    assert machine.starts == 2


def test_ollama_going_away_is_no_reason_to_start_anew_but_its_coming_is(machine: Machine, upstream: Upstream) -> None:
    address = {"ollama_base_url": upstream.url}
    upstream.models = []
    try:
        assert "ollama-llama3.1" not in machine.ensure(**address).models
        upstream.models = ["llama3.1:latest"]
        came = machine.ensure(**address)
        assert came.started and "ollama-llama3.1" in came.models
        upstream.models = []
        gone = machine.ensure(**address)
        assert not gone.started and "ollama-llama3.1" not in gone.models
    finally:
        upstream.models = ["llama3.1:latest"]


@contextlib.contextmanager
def another_shell(machine: Machine, **given: Any) -> Iterator[dict[str, Any]]:
    """A process of its own that uses the gateway of these settings while the block runs; what it found."""
    code = (
        "import json, sys; from pathlib import Path; from tests.gateway_process import *\n"
        "folder, given = Path(sys.argv[1]), json.loads(sys.argv[2])\n"
        "info = ensure_running(load_settings(folder / '.env', **given), env_file=folder / '.env',"
        " environment=folder / 'environment')\n"
        "print(json.dumps([info.url, info.started]), flush=True); sys.stdin.read()"
    )
    told = json.dumps(machine.settings(**given).model_dump(exclude_unset=True), default=str)
    command = [sys.executable, "-c", code, str(machine.folder), told]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url, started = json.loads(process.stdout.readline())
        yield {"url": url, "started": started}
        process.kill()


def test_shells_with_different_settings_get_a_gateway_each_and_end_none_of_the_other(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.any_port(monkeypatch)
    first = machine.ensure()
    second = machine.ensure(groq_api_key="other")
    assert [machine.ensure().started, machine.ensure(groq_api_key="other").started] == [False, False]
    assert first.url != second.url and machine.starts == 2
    assert any("is in use" in note for note in machine.notes)
    found = statuses(machine.settings(), env_file=machine.folder / ".env")
    assert [(one.url, one.state, one.own) for one in found] == [
        (first.url, "running", True),
        (second.url, "running", False),
    ]
    assert stop(machine.settings()) == 2


def test_one_of_other_settings_that_was_left_long_ago_is_ended(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.any_port(monkeypatch)
    machine.ensure()
    long_ago = time.time() - IDLE_S - 60
    os.utime(machine.folder / "var" / f"gateway-{machine.port}.use", (long_ago, long_ago))
    machine.ensure(groq_api_key="other")
    assert len(read_records(machine.folder / "var")) == 1


def test_a_port_that_is_fixed_and_in_use_by_other_settings_is_refused_and_the_user_of_it_keeps_it(
    machine: Machine,
) -> None:
    with another_shell(machine) as theirs:
        assert theirs["started"]
        with pytest.raises(PortTakenError, match="in use by an analysis with other settings"):
            machine.ensure(groq_api_key="other")
        assert status(machine.settings(), env_file=machine.folder / ".env").state == "running"
    assert machine.ensure(groq_api_key="other").started, "nobody uses it any more"


def test_a_taken_port_is_found_before_the_healthy_gateway_is_stopped(machine: Machine) -> None:
    machine.ensure()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTakenError):
        machine.ensure(litellm_proxy_url=f"http://localhost:{taken.getsockname()[1]}", groq_api_key="other")
    assert machine.ensure().started is False


def test_the_default_port_taken_by_another_program_is_passed_over(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.any_port(monkeypatch)
    with socket.create_server(("127.0.0.1", machine.port)):
        info = machine.ensure()
        assert info.started and info.url != f"http://127.0.0.1:{machine.port}"
        assert machine.ensure().url == info.url
    assert machine.ensure().url == info.url


def test_a_log_that_grew_is_cut_and_written_on(tmp_path: Path) -> None:
    log = tmp_path / "gateway-4000.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"before")
        cut_log(log, most=6)
        assert log.read_bytes() == b"before"
        cut_log(log, most=5)
        writer.write(b"after")
    assert log.read_bytes() == b"after" and (tmp_path / "gateway-4000.log.1").read_bytes() == b"before"


def test_one_that_died_is_started_again(machine: Machine) -> None:
    machine.ensure()
    os.kill(machine.pid, signal.SIGKILL)
    assert machine.ensure().started


def test_a_recycled_pid_is_never_stopped(machine: Machine) -> None:
    machine.ensure()
    stop(machine.settings())
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        record = {"pid": bystander.pid, "born": 0, "url": "u", "settings": "s", "fingerprint": "f", "models": []}
        (machine.folder / "var" / f"gateway-{machine.port}.json").write_text(json.dumps(record))
        assert stop(machine.settings()) == 0
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


def test_one_from_elsewhere_that_is_made_of_something_else_is_used_only_where_the_user_names_its_address(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = machine.ensure()
    elsewhere = {"state_dir": tmp_path / "elsewhere", "litellm_master_key": first.key}
    machine.notes.clear()
    assert machine.ensure(**elsewhere, groq_api_key="other").url == first.url
    assert any("was started elsewhere, with other settings" in note for note in machine.notes)
    machine.any_port(monkeypatch)
    try:
        assert machine.ensure(**elsewhere).url == first.url
        other = machine.ensure(**elsewhere, groq_api_key="other")
        assert other.started and other.url != first.url
        assert status(machine.settings(**elsewhere, groq_api_key="other")).url == other.url
        assert machine.ensure().url == first.url
    finally:
        assert stop(machine.settings(**elsewhere)) == 1
    assert stop(machine.settings(**elsewhere)) == 0


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


def test_a_full_disk_is_named_and_leaves_no_process(machine: Machine) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    machine.settings().state_dir.mkdir()
    (machine.folder / "var" / f".gateway-{machine.port}.yaml.{os.getpid()}").symlink_to("/dev/full")
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
