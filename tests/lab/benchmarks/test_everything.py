"""`bench all`: every step once, kept when another fails, gone on with where it was left."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from analyst.core.errors import SettingsError
from analyst.core.interruption import INTERRUPTED
from lab.benchmarks.command import BENCHMARKS
from lab.benchmarks.everything import SPARK, STEPS, Done, Step, asked, by_main, listing, measure
from lab.loadtest.options import RESULTS
from main import main

TINY = (Step("one", ("1",), 1, "a"), Step("two", ("2",), 1, "b"), Step("three", ("3",), 1, "c"))


class Runs:
    """Notes what is run; `codes` are exit codes by the first argument, 0 where there is none."""

    def __init__(self, **codes: int) -> None:
        self.codes, self.asked = codes, list[str]()

    def __call__(self, arguments: Sequence[str], log: Path) -> int:
        self.asked.append(arguments[0])
        return self.codes.get(f"step{arguments[0]}", 0)


def test_every_step_runs_once_and_a_second_go_runs_none(tmp_path: Path) -> None:
    runs = Runs()
    assert measure(TINY, Done(tmp_path), runs) == 0
    assert measure(TINY, Done(tmp_path), runs) == 0
    assert runs.asked == ["1", "2", "3"]


def test_a_step_that_fails_is_told_and_tried_again_while_the_others_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure(TINY, Done(tmp_path), Runs(step2=1)) == 1
    assert "Failed: two." in capsys.readouterr().out
    again = Runs()
    assert measure(TINY, Done(tmp_path), again) == 0
    assert again.asked == ["2"]


def test_an_interruption_ends_it_and_the_same_command_goes_on_there(tmp_path: Path) -> None:
    first, second = Runs(step2=INTERRUPTED), Runs()
    assert measure(TINY, Done(tmp_path), first) == INTERRUPTED
    assert measure(TINY, Done(tmp_path), second) == 0
    assert (first.asked, second.asked) == (["1", "2"], ["2", "3"])


def test_ctrl_c_while_a_step_runs_is_an_interruption(tmp_path: Path) -> None:
    def run(arguments: Sequence[str], log: Path) -> int:
        raise KeyboardInterrupt

    assert measure(TINY, Done(tmp_path), run) == INTERRUPTED


def test_a_step_whose_command_has_changed_is_measured_again(tmp_path: Path) -> None:
    measure(TINY, Done(tmp_path), Runs())
    runs = Runs()
    measure((TINY[0], Step("two", ("2", "--more"), 1, "b")), Done(tmp_path), runs)
    assert runs.asked == ["2"]


def test_the_list_tells_what_is_done_and_at_which_revision(tmp_path: Path) -> None:
    done = Done(tmp_path)
    measure(TINY[:1], done, Runs(), revision="abc1234", clock=iter((0.0, 61.0)).__next__)
    told = listing(TINY, done)
    assert "in 61 s at abc1234" in told
    assert told.count("to do") == 2
    assert "3 min" in told.splitlines()[-1]


def test_forgetting_measures_everything_again(tmp_path: Path) -> None:
    done, runs = Done(tmp_path), Runs()
    measure(TINY, done, runs)
    done.forget()
    measure(TINY, done, runs)
    assert len(runs.asked) == 6


def test_a_record_that_is_broken_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "done.json").write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError, match="broken"):
        Done(tmp_path).steps()


def test_an_unknown_step_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match="Unknown step 'four'"):
        asked(TINY, ["four"], {})


def test_a_step_that_needs_a_folder_is_left_out_or_refused_without_one(tmp_path: Path) -> None:
    nowhere = {"cases": None, "dabench": None, SPARK: None}
    assert "cases" not in [step.name for step in asked(STEPS, [], nowhere)]
    with pytest.raises(SettingsError, match="needs a folder"):
        asked(STEPS, ["cases"], nowhere)
    (step,) = asked(STEPS, ["cases"], nowhere | {"cases": tmp_path})
    assert str(tmp_path) in step.arguments


def test_a_step_that_needs_spark_is_left_out_or_refused_without_one(tmp_path: Path) -> None:
    nowhere = {"cases": tmp_path, "dabench": tmp_path, SPARK: None}
    assert not [step.name for step in asked(STEPS, [], nowhere) if step.name.startswith("spark")]
    with pytest.raises(SettingsError, match="needs Spark"):
        asked(STEPS, ["spark-tables"], nowhere)


def test_the_address_of_spark_which_may_hold_a_token_stands_in_no_command(tmp_path: Path) -> None:
    present = {"cases": tmp_path, "dabench": tmp_path, SPARK: "sc://host:15002/;token=secret"}
    steps = {step.name: step for step in asked(STEPS, [], present) if SPARK in step.needs}
    assert {"spark-tables", "spark-plans", "machines"} == set(steps)
    assert not any("secret" in step.command for step in steps.values())
    assert str(tmp_path) in steps["spark-plans"].command


def test_all_steps_that_need_nothing_stay_under_three_hours_together_and_end_with_the_documents() -> None:
    assert sum(step.minutes for step in STEPS if not step.needs) <= 180
    assert STEPS[-1].name == "documents"
    assert len({step.name for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_is_a_command_that_main_understands(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    if step.arguments[0] == "bench":
        assert step.arguments[1] in BENCHMARKS
        with pytest.raises(SystemExit) as ended:
            main([*step.arguments, "--help"])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert all(option in told for option in step.arguments if option.startswith("--"))


def test_every_section_of_the_results_and_of_the_benchmarks_table_is_measured_by_a_step() -> None:
    names = {step.name for step in STEPS}
    content = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert {name for name in ("experiments", "throughput", "memory", "quality") if name in content} <= names
    table = (RESULTS.parent / "lab" / "benchmarks" / "README.md").read_text(encoding="utf-8")
    sections = {line[5:-4] for line in table.splitlines() if line.startswith("<!-- ") and "/" not in line}
    sections -= {"local-model"}  # it needs a model that is not installed here
    assert {name if name in names else name.partition("-")[0] for name in sections} <= names


def test_a_steps_output_is_kept_in_its_log(tmp_path: Path) -> None:
    assert sys.executable
    assert by_main(["bench", "nothing-of-the-kind"], tmp_path / "out.log") == 2
    assert "nothing-of-the-kind" in (tmp_path / "out.log").read_text(encoding="utf-8")
