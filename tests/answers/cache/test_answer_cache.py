"""Kept answers: found by each key, as long as they are fresh, the least recently used one going first."""

from __future__ import annotations

import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from analyst.answers.cache.answer_cache import (
    KEPT_FILE,
    AnswerCache,
    Kept,
    Keys,
    cache_statistics,
    program_version,
)
from analyst.core.settings import ROOT
from analyst.storage.database import Store
from analyst.storage.slices import Slice
from main import main
from tests.answers.cache.kept import content, keys


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Shelf:
    """A cache of three answers for an hour, with a clock of its own."""

    def __init__(self, store: Store, folder: Path, size: int = 3) -> None:
        self.clock, self.folder, self.store = Clock(), folder, store
        self.cache = AnswerCache(lambda: store, size=size, ttl_s=3600, clock=self.clock)

    def keep(self, name: str, scope: str = "scope", models: str = "m", again: Kept | None = None) -> None:
        self.clock.now += 1
        self.cache.keep(name, scope, models, keys(name), content(name), self.folder / name, again)

    def find(
        self, name: str, tier: int = 1, scope: str = "scope", models: str = "m", wanted: Keys | None = None
    ) -> Kept | None:
        return self.cache.find(scope, wanted or keys(name), tier, lambda: models)

    def use(self, name: str) -> None:
        self.clock.now += 1
        found = self.find(name)
        assert found
        self.cache.record(f"use of {name}", 1, kept=found, saved_usd=Decimal("0.03"), saved_s=2.5)


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    return Shelf(store, tmp_path)


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_what_was_kept_is_found_whole_by_each_of_its_keys(shelf: Shelf, tier: int) -> None:
    shelf.keep("a")
    shelf.clock.now += 60
    found = shelf.find("a", tier)
    assert found and found.content == content("a")
    assert (found.id, found.origin, found.age_s, found.latency_s) == ("a", "a", 60.0, 4.0)
    assert found.cost_usd == Decimal("0.03")


def test_another_scope_other_models_or_another_demand_find_nothing(shelf: Shelf) -> None:
    shelf.keep("a")
    assert shelf.find("a", scope="other data") is None
    assert shelf.find("a", models="other models") is None
    assert shelf.find("a", 3, wanted=Keys("", "", "a-plan", "another demand")) is None
    assert shelf.find("a")


def test_the_models_are_asked_only_when_there_is_something_to_be_found(shelf: Shelf) -> None:
    def asked() -> str:
        raise AssertionError("waited for the gateway in vain")

    assert shelf.cache.find("scope", keys("a"), 1, asked) is None


def test_an_answer_lives_as_long_as_it_may_and_not_longer(shelf: Shelf) -> None:
    shelf.keep("a")
    shelf.clock.now += 3600
    assert shelf.find("a")
    shelf.clock.now += 1
    assert shelf.find("a") is None


def test_an_answer_given_again_is_no_fresher_than_it_was(shelf: Shelf) -> None:
    shelf.keep("a")
    shelf.clock.now += 3000
    shelf.keep("b", again=shelf.find("a"))
    found = shelf.find("b")
    assert found and found.origin == "a"
    shelf.clock.now += 700
    assert shelf.find("b") is None


def test_the_least_recently_used_answer_goes_first(shelf: Shelf) -> None:
    for name in "abc":
        shelf.keep(name)
    shelf.use("a")
    shelf.keep("d")
    assert [name for name in "abcd" if shelf.find(name)] == ["a", "c", "d"]


def test_a_new_answer_to_the_same_words_takes_the_place_of_the_old_one(shelf: Shelf, tmp_path: Path) -> None:
    shelf.keep("a")
    shelf.cache.keep("a2", "scope", "m", keys("a"), content("a2", "South sold most."), tmp_path / "a2")
    found = shelf.find("a")
    assert found and found.content.report.answer == "South sold most."
    assert cache_statistics(shelf.store)["kept"] == 1


def test_an_answer_whose_file_is_gone_or_was_changed_is_forgotten(shelf: Shelf) -> None:
    shelf.keep("a")
    shelf.keep("b")
    (shelf.folder / "a" / KEPT_FILE).unlink()
    changed = shelf.folder / "b" / KEPT_FILE
    changed.write_text(changed.read_text().replace("North", "South"))
    assert shelf.find("a") is None and shelf.find("b") is None
    assert cache_statistics(shelf.store)["kept"] == 0


@pytest.mark.parametrize(("size", "ttl_s"), [(0, 3600), (3, 0)])
def test_a_size_or_a_time_of_0_turns_it_off(store: Store, size: int, ttl_s: float) -> None:
    assert not AnswerCache(lambda: store, size=size, ttl_s=ttl_s).on


def test_the_store_holds_no_word_of_a_question_or_an_answer(tmp_path: Path) -> None:
    store = Store.at(tmp_path / "metrics.db")
    Shelf(store, tmp_path / "runs").keep("a")
    store.close()
    held = b"".join(file.read_bytes() for file in tmp_path.glob("metrics.db*"))
    assert b"North" not in held and b"sales" in held


def test_statistics_count_hits_by_tier_and_what_they_saved(shelf: Shelf) -> None:
    shelf.keep("a")
    shelf.cache.record("miss", 0, kept=None, saved_usd=Decimal(0), saved_s=0.0)
    shelf.use("a")
    began = shelf.clock.now
    shelf.clock.now += 10
    shelf.cache.record("plan", 3, kept=None, saved_usd=Decimal("0.02"), saved_s=1.0)
    told = cache_statistics(shelf.store)
    assert (told["lookups"], told["hits"], told["hits_by_tier"]) == (3, 2, {1: 1, 2: 0, 3: 1})
    assert (told["saved_usd"], told["saved_s"], told["kept"]) == (Decimal("0.05"), 3.5, 1)
    later = cache_statistics(shelf.store, Slice(since=began + 5))
    assert (later["lookups"], later["hit_rate"]) == (1, 1.0)


def test_statistics_of_nothing_have_no_rate(store: Store) -> None:
    assert cache_statistics(store)["hit_rate"] is None


KEEPS_TWENTY = """
import sys
from pathlib import Path
from analyst.answers.cache.answer_cache import AnswerCache
from analyst.storage.database import Store
from main import main
from tests.answers.cache.kept import content, keys
address, folder, who = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
store = Store.on_server(address) if "://" in address else Store.at(Path(address))
cache = AnswerCache(lambda: store, size=8, ttl_s=3600)
print("open", flush=True)
sys.stdin.readline()
for number in range(20):
    name = f"{who}{number}"
    cache.keep(name, "scope", "m", keys(f"q{number}"), content(name), folder / name)
    found = cache.find("scope", keys(f"q{number}"), 1, lambda: "m")
    if found:
        assert found.content.report.id == found.id, "another's answer under this id"
"""


def test_two_processes_at_once_keep_no_more_than_the_size_and_find_whole_answers(
    store: Store, address: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KEEPS_TWENTY, address, str(tmp_path / "runs")]
    children = [
        subprocess.Popen(
            [*command, who], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for who in "xy"
    ]
    for child in children:
        assert child.stdout and child.stdout.readline() == "open\n", child.communicate()[1]
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    told = [child.communicate(timeout=120)[1] for child in children]
    assert [child.returncode for child in children] == [0, 0], told
    assert cache_statistics(store)["kept"] == 8
    cache = AnswerCache(lambda: store, size=8, ttl_s=3600)
    assert sum(cache.find("scope", keys(f"q{n}"), 1, lambda: "m") is not None for n in range(20)) > 0


def test_the_programs_version_is_the_same_from_call_to_call() -> None:
    first = program_version()
    program_version.cache_clear()
    assert program_version() == first and len(first) == 32


@pytest.mark.parametrize(
    "changed",
    [
        "analyst/reporting/templates/report.typ",
        "analyst/protocol/prompts/tasks.yaml",
        "analyst/rulebased/link/dictionary/things.txt",
        "analyst/engine/duckdb.py",
        "workflow.py",
    ],
)
def test_the_programs_version_changes_with_any_file_that_makes_an_answer(changed: str, tmp_path: Path) -> None:
    for name in ("analyst", "workflow.py", "agents.py", "litellm_config.yaml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tmp_path / name)
    first = program_version(tmp_path)
    (tmp_path / "analyst" / "apps" / "cli" / "terminal.py").write_text("# shows answers, makes none")
    program_version.cache_clear()
    assert program_version(tmp_path) == first
    with (tmp_path / changed).open("a") as file:
        file.write("\n")
    program_version.cache_clear()
    assert program_version(tmp_path) != first


def test_the_command_line_clears_one_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "metrics.db"
    monkeypatch.setenv("METRICS_EXPORT_PATH", str(path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["cache", "--stats"]) == 0 and not path.exists()
    store = Store.at(path)
    Shelf(store, tmp_path / "runs").keep("a")
    assert main(["cache", "--clear", "--dataset", "other"]) == 0 and cache_statistics(store)["kept"] == 1
    assert main(["cache", "--clear", "--dataset", "sales", "--stats"]) == 0 and cache_statistics(store)["kept"] == 0
    assert "Cached answers cleared: 1." in capsys.readouterr().out
