"""A MariaDB server for tests, where its programs are installed (Debian: mariadb-server-core)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def running_mariadb(folder: Path) -> Iterator[Path]:
    """The socket of a server that runs in `folder` meanwhile; skips where there is none to start."""
    program = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("MariaDB is not installed here: there is no program mariadbd")
    home, data, socket = Path(program).parents[1], folder / "data", folder / "m.sock"
    scripts = home / "share" / "mysql"
    (data / "mysql").mkdir(parents=True)
    common = [
        program, "--no-defaults", f"--basedir={home}", f"--datadir={data}", f"--lc-messages-dir={scripts}", "--user=root",
        "--skip-networking", "--innodb-buffer-pool-size=32M", "--skip-grant-tables",
    ]  # fmt: skip
    told = "use mysql;\n" + (scripts / "mysql_system_tables.sql").read_text(encoding="utf-8")
    subprocess.run([*common, "--bootstrap"], input=told.encode(), check=True, capture_output=True, timeout=300)
    server = subprocess.Popen([*common, f"--socket={socket}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(socket)
        yield socket
    finally:
        server.terminate()
        server.wait(120)


def _wait_for(socket: Path) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            connected(socket, None).close()
            return
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def connected(socket: Path, database: str | None, user: str = "root") -> Any:
    """A connection as a user without a password; the server's owner has none until privileges are read."""
    pymysql = pytest.importorskip("pymysql", reason="PyMySQL is not installed here")
    return pymysql.connect(unix_socket=str(socket), user=user, database=database, autocommit=True)
