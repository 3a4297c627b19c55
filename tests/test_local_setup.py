"""local_setup.sh with stand-ins for `ollama`, `curl` and `uname` on PATH, and the real shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analyst.core.settings import ROOT

CURL = """#!/bin/sh
echo "curl $*" >>"$BOX/calls"
while [ $# -gt 0 ]; do case $1 in --output) out=$2; shift;; http*) url=$1;; esac; shift; done
case $url in
  */api/tags) [ -e "$BOX/up" ] || exit 7; printf '{"models":['; s=''
    for m in $(cat "$BOX/pulled" 2>/dev/null); do printf '%s{"name":"%s"}' "$s" "$m"; s=,; done; printf ']}';;
  */api/generate) [ -e "$BOX/mute" ] && exit 22; echo '{"response":"ready"}';;
  */install.sh) [ -e "$BOX/offline" ] && exit 6; cp "$BOX/installer" "$out";;
esac
"""
OLLAMA = """#!/bin/sh
echo "ollama $* host=$OLLAMA_HOST" >>"$BOX/calls"
case $1 in
  serve) [ -e "$BOX/broken" ] && { echo 'no memory for zebras' >&2; exit 1; }; touch "$BOX/up";;
  pull) [ -e "$BOX/full" ] && exit 1; echo "$2:latest" >>"$BOX/pulled";;
esac
exit 0
"""


class Box:
    """A copy of the script with its configuration, a PATH of stand-ins, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        for name in ("local_setup.sh", "litellm_config.yaml"):
            shutil.copy(ROOT / name, folder / name)
        self.program("curl", CURL)
        self.program("uname", "#!/bin/sh\necho ${FAKE_SYSTEM:-Linux}\n")
        (folder / "installer").write_text(
            f"echo installed >>'{folder}/calls'\ncp '{folder}/ollama' '{self.bin}/ollama'\n"
        )
        (folder / "ollama").write_text(OLLAMA)
        (folder / "ollama").chmod(0o755)

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def mark(self, *names: str) -> None:
        for name in names:
            (self.folder / name).touch()

    def wait_for(self, call: str) -> None:
        """Until a program that was started in the background has said so; a loaded machine takes its time."""
        until = time.monotonic() + 30
        while not any(one.startswith(call) for one in self.calls) and time.monotonic() < until:
            time.sleep(0.01)

    def install(self) -> None:
        self.program("ollama", OLLAMA)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.bin}:/usr/bin:/bin"
        environment = {"PATH": path, "BOX": str(self.folder), "HOME": str(self.folder), "OLLAMA_PATIENCE_S": "1"}
        command = ["bash", str(self.folder / "local_setup.sh"), *arguments]
        return subprocess.run(command, env={**environment, **variables}, capture_output=True, text=True, timeout=60)

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def files(self) -> set[str]:
        return {str(file.relative_to(self.folder)) for file in self.folder.rglob("*")} - {"calls"}


@pytest.fixture
def box(tmp_path: Path) -> Box:
    if shutil.which("ollama", path="/usr/bin:/bin"):
        pytest.skip("a real ollama is installed in /usr/bin")
    return Box(tmp_path)


def test_from_nothing_it_installs_starts_pulls_and_tries(box: Box) -> None:
    said = box.run()
    assert said.returncode == 0, said.stderr
    wanted = ["installed", "ollama serve host=localhost:11434", "ollama pull llama3.1 host=localhost:11434"]
    assert [call for call in box.calls if not call.startswith("curl")] == wanted
    assert "/api/generate" in box.calls[-1]
    assert "ready" in said.stdout


def test_a_second_time_it_finds_all_of_it_and_installs_nothing(box: Box) -> None:
    box.run()
    box.wait_for("ollama serve")
    (box.folder / "calls").unlink()
    assert box.run().returncode == 0
    assert all(call.startswith("curl") and "install.sh" not in call for call in box.calls)


def test_a_check_changes_nothing_and_says_what_is_missing(box: Box) -> None:
    before = box.files()
    said = box.run("--check")
    assert said.returncode == 1
    assert [line[0] for line in said.stdout.splitlines()[:3]] == ["✗", "✗", "✗"]
    assert box.files() == before
    assert not [call for call in box.calls if "install.sh" in call]


def test_a_check_of_a_ready_machine_is_good(box: Box) -> None:
    box.install()
    box.mark("up")
    (box.folder / "pulled").write_text("llama3.1:latest\n")
    said = box.run("--check")
    assert (said.returncode, said.stdout.count("✓")) == (0, 3)


def test_a_model_with_a_like_name_does_not_count(box: Box) -> None:
    box.install()
    box.mark("up")
    (box.folder / "pulled").write_text("llama3x1:latest\nllama3.1:70b\n")
    assert box.run("--check").returncode == 1


def test_the_address_comes_from_the_env_file(box: Box) -> None:
    box.install()
    (box.folder / ".env").write_text('OLLAMA_BASE_URL="http://127.0.0.1:9999/" # mine\n')
    assert box.run().returncode == 0
    assert "ollama serve host=127.0.0.1:9999" in box.calls


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("offline", "can't be downloaded"),
        ("broken", "no memory for zebras"),
        ("full", "could not be pulled"),
        ("mute", "does not respond"),
    ],
)
def test_each_trouble_ends_it_with_what_to_do(box: Box, trouble: str, told: str) -> None:
    box.mark(trouble)
    said = box.run()
    assert said.returncode == 1
    assert "✗" in said.stderr and told in said.stderr


def test_an_installer_that_breaks_off_is_not_run(box: Box) -> None:
    box.mark("offline")
    box.run()
    assert "installed" not in box.calls and not (box.bin / "ollama").exists()


def test_an_ollama_on_another_machine_is_not_started_here(box: Box) -> None:
    box.install()
    said = box.run(OLLAMA_BASE_URL="http://gpu-box:11434")
    assert said.returncode == 1 and "not on this machine" in said.stderr
    assert not [call for call in box.calls if "serve" in call]


def test_on_a_mac_without_brew_it_says_where_to_get_ollama(box: Box) -> None:
    said = box.run(FAKE_SYSTEM="Darwin")
    assert said.returncode == 1 and "ollama.com/download" in said.stderr


def test_help_and_an_unknown_option(box: Box) -> None:
    assert box.run("--help").returncode == 0
    assert box.run("--what").returncode == 2
    assert box.calls == []


def test_the_script_passes_shellcheck() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    if not shellcheck.exists():
        pytest.skip("shellcheck is not installed")
    said = subprocess.run([shellcheck, ROOT / "local_setup.sh"], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
    assert os.access(ROOT / "local_setup.sh", os.X_OK)
