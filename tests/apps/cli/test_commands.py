"""The one command line: every subcommand has its own help, is imported only when used, and ends with an exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from analyst import __version__
from analyst.apps.cli.commands import parser_of
from analyst.apps.cli.naming import choose_input, split_given
from analyst.core.errors import PlatformError, UserError
from analyst.core.exit_codes import exit_code
from analyst.core.settings import ROOT
from analyst.protocol.table import TableSource
from analyst.samples.catalog import DEFAULT, SAMPLES
from lab.benchmarks.command import BENCHMARKS
from main import COMMANDS, build_parser, main

LIGHT = ("crewai", "litellm", "openai", "pandas", "duckdb", "scipy", "rich", "httpx", "altair")
"""Libraries that no help text may wait for."""


def told(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    text = told("--help", capsys=capsys)
    assert all(f"  {name} " in text and command.help in text for name, command in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = told(name, "--help", capsys=capsys)
    assert text.startswith(f"usage: python main.py {name} ") and COMMANDS[name].help in text


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_has_help_of_its_own(name: str) -> None:
    assert BENCHMARKS[name].help in parser_of(f"bench {name}", BENCHMARKS[name]).format_help()


def test_bench_without_a_name_lists_the_benchmarks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(BENCHMARKS)


def test_a_benchmark_gets_the_options_behind_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--pairs" in told("bench", "cache", "--help", capsys=capsys)


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in project
    assert __version__ in told("--version", capsys=capsys)


def test_a_file_named_like_a_subcommand_is_analyzed_when_its_folder_is_given() -> None:
    arguments = build_parser().parse_args(["./gateway", "total revenue"])
    assert split_given(arguments.given) == (["./gateway"], "total revenue")
    assert "./gateway" not in COMMANDS


def test_without_arguments_the_bundled_sample_is_chosen() -> None:
    sample = SAMPLES[DEFAULT]
    assert choose_input(None, None) == (TableSource(sample.path), sample.question)


@pytest.mark.parametrize("arguments", [["--help"], ["gateway", "--help"], ["cache", "--help"], ["simulate", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys, main\ntry: main.main({arguments!r})\nexcept SystemExit: pass\n"
        f"print([name for name in {LIGHT!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


class TestExitCodes:
    """One place turns errors into exit codes and lines."""

    @pytest.mark.parametrize(
        ("error", "code", "line"),
        [
            (UserError("No such table.", "Name another."), 2, "Error: No such table. Name another."),
            (PlatformError("It broke."), 1, "Error: It broke."),
            (KeyboardInterrupt(), 130, "Interrupted."),
        ],
    )
    def test_an_error_is_one_line_and_its_code(
        self, error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def work() -> int:
            raise error

        assert exit_code(work) == code
        assert capsys.readouterr().err == f"{line}\n"

    def test_an_error_nobody_expected_names_the_file_with_its_traceback(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

        def work() -> int:
            return int({"a": "1"}["missing"])

        assert exit_code(work) == 1
        (file,) = tmp_path.iterdir()
        said = capsys.readouterr().err
        assert "KeyError" in said and str(file) in said and "Traceback" not in said
        assert "Traceback" in file.read_text(encoding="utf-8")
