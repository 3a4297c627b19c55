"""What processes learnt of the models, shared by compare-and-swap."""

from __future__ import annotations

import subprocess
import sys

import pytest

from analyst.core.settings import ROOT
from analyst.storage import model_state
from analyst.storage.database import Store


def test_an_unknown_model_has_no_state_and_its_first_write_is_version_1(store: Store) -> None:
    assert model_state.read_all(store) == {}
    assert model_state.write(store, "groq-gpt-oss-20b", {"breaker": "open", "until": 5.5}, 0, clock=lambda: 7.0)
    assert model_state.read_all(store) == {"groq-gpt-oss-20b": ({"breaker": "open", "until": 5.5}, 1)}


def test_a_write_on_a_version_that_passed_changes_nothing(store: Store) -> None:
    assert model_state.write(store, "m", {"n": 1}, 0)
    assert not model_state.write(store, "m", {"n": 9}, 0)
    assert model_state.write(store, "m", {"n": 2}, 1)
    assert not model_state.write(store, "m", {"n": 9}, 1)
    assert not model_state.write(store, "unknown", {"n": 9}, 3)
    assert model_state.read_all(store) == {"m": ({"n": 2}, 2)}


def test_a_state_that_is_not_json_is_refused_before_it_is_stored(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"):
        model_state.write(store, "m", {"n": float("nan")}, 0)
    assert model_state.read_all(store) == {}


COUNTS_TO_300 = """
import sys
from pathlib import Path
from analyst.storage import model_state
from analyst.storage.database import Store
store = Store.on_server(sys.argv[1]) if "://" in sys.argv[1] else Store.at(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
lost = done = 0
while done < 300:
    state, version = model_state.read_all(store).get("m", ({"n": 0}, 0))
    if model_state.write(store, "m", {"n": state["n"] + 1}, version):
        done += 1
    else:
        lost += 1
print(lost)
"""


def test_eight_processes_that_count_together_lose_no_step(store: Store, address: str) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTS_TO_300, address],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == "open\n"
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    told = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0] * 8, told
    assert model_state.read_all(store)["m"] == ({"n": 2400}, 2400)
    assert sum(int(out) for out, _ in told) > 0, "nobody ever lost a race: the test raced nothing"
