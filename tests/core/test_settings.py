from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from analyst.core.errors import SettingsError
from analyst.core.settings import ROOT, Settings, load_settings
from lab.documents.settings_tables import env_example, settings_table, with_table


def test_tests_keep_nothing_in_the_checkout(state_of_its_own: Path) -> None:
    kept = {name: value for name, value in load_settings() if isinstance(value, Path)}
    assert {"metrics_export_path", "runs_dir", "state_dir", "uploads_dir"} <= set(kept)
    assert not [name for name, path in kept.items() if not path.is_relative_to(state_of_its_own)]


def test_a_missing_env_file_leaves_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAILY_BUDGET_USD", raising=False)
    assert load_settings(tmp_path / ".env").daily_budget_usd == Decimal(20)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("DAILY_BUDGET_USD=lots", "DAILY_BUDGET_USD='lots'"),
        ("DAILY_BUDGET_USD=-1", "DAILY_BUDGET_USD='-1'"),
        ("TIMEZONE=Mars/Olympus", "must be a time zone such as Europe/Paris"),
        ("LITELLM_PROXY_URL=localhost", "must be an address such as http://localhost:4000"),
        ("AGENT_BUDGET_SHARES=reporter=0.5", "'reporter=0.5' must be an agent (data_profiler,"),
        ("AGENT_BUDGET_SHARES=report_writer=1.5", "a share above 0 and up to 1"),
        ("AGENT_BUDGET_SHARES=report_writer", "a share above 0 and up to 1"),
        ("SOFT_BUDGET_SHARE=1.2", "SOFT_BUDGET_SHARE='1.2'"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(line: str, told: str, tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(line)
    with pytest.raises(SettingsError, match="Invalid setting") as error:
        load_settings(env)
    assert told in str(error.value) and error.value.exit_code == 2


def test_agents_shares_are_read_from_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AGENT_BUDGET_SHARES=report_writer=0.5, insight_generator=.25,")
    shares = load_settings(tmp_path / ".env").agent_budget_shares
    assert shares == {"report_writer": Decimal("0.5"), "insight_generator": Decimal("0.25")}


def test_an_env_file_that_is_a_folder_or_not_text_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a folder"):
        load_settings(tmp_path)
    (tmp_path / "x").write_bytes(b"\xff\xfe\xff\x00\xd8")
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings(tmp_path / "x")


def test_the_example_and_the_readme_are_made_from_the_settings() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()
    readme = (ROOT / "README.md").read_text()
    assert with_table(readme) == readme and settings_table() in readme


def test_the_example_is_itself_a_valid_env_file() -> None:
    assert load_settings(ROOT / ".env.example").timezone == Settings.model_fields["timezone"].default


@pytest.mark.parametrize("amount", ["1e400", "NaN", "Infinity", "-1", "0", "a lot"])
def test_an_absurd_budget_is_refused(tmp_path: Path, amount: str) -> None:
    with pytest.raises(SettingsError, match="DAILY_BUDGET_USD"):
        load_settings(tmp_path / ".env", daily_budget_usd=amount)
