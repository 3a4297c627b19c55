from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values

from analyst.core.errors import GatewayError, SettingsError
from analyst.llm.gateway.masterkey import with_key_line, with_master_key
from tests.gateway_process import gateway_settings


def made(folder: Path) -> str:
    key = with_master_key(gateway_settings(folder), folder / ".env").litellm_master_key
    assert key is not None
    return key.get_secret_value()


def test_the_first_start_makes_a_key_that_only_the_owner_reads(tmp_path: Path) -> None:
    key = made(tmp_path)
    assert key.startswith("sk-") and len(key) > 30
    assert dotenv_values(tmp_path / ".env") == {"LITELLM_MASTER_KEY": key}
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_the_next_start_finds_the_same_key(tmp_path: Path) -> None:
    assert made(tmp_path) == made(tmp_path)


def test_a_key_made_by_another_process_since_is_taken(tmp_path: Path) -> None:
    settings = gateway_settings(tmp_path)
    (tmp_path / ".env").write_text("LITELLM_MASTER_KEY=sk-theirs\n")
    key = with_master_key(settings, tmp_path / ".env").litellm_master_key
    assert key is not None and key.get_secret_value() == "sk-theirs"


def test_what_stands_in_the_file_is_kept(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("# mine\nGROQ_API_KEY='a b' # note\nTIMEZONE=Europe/Paris")
    env.chmod(0o644)
    key = made(tmp_path)
    text = env.read_text()
    assert text.startswith("# mine\nGROQ_API_KEY='a b' # note\nTIMEZONE=Europe/Paris\n")
    assert dotenv_values(env)["LITELLM_MASTER_KEY"] == key
    assert env.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line", ["LITELLM_MASTER_KEY=", 'LITELLM_MASTER_KEY=""  # made by itself', "export LITELLM_MASTER_KEY="]
)
def test_an_empty_line_of_it_is_filled_in(line: str) -> None:
    assert with_key_line(f"A=1\n{line}\nB=2\n", "sk-x") == "A=1\nLITELLM_MASTER_KEY=sk-x\nB=2\n"


def test_line_endings_and_a_byte_order_mark_survive(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_bytes(b"\xef\xbb\xbfA=1\r\nB=2\r\n")
    key = made(tmp_path)
    assert env.read_bytes() == b"\xef\xbb\xbfA=1\r\nB=2\r\nLITELLM_MASTER_KEY=" + key.encode() + b"\r\n"
    assert made(tmp_path) == key


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("A=1\n")
    (tmp_path / ".env").symlink_to("real")
    key = made(tmp_path)
    assert (tmp_path / ".env").is_symlink()
    assert f"LITELLM_MASTER_KEY={key}" in (tmp_path / "real").read_text()


def test_a_key_from_the_environment_is_not_written_anywhere(tmp_path: Path) -> None:
    settings = gateway_settings(tmp_path, litellm_master_key="sk-mine")
    assert with_master_key(settings, tmp_path / ".env") is settings
    assert not (tmp_path / ".env").exists()


def test_a_file_that_is_no_text_is_the_users_to_mend(tmp_path: Path) -> None:
    settings = gateway_settings(tmp_path)
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env can't be read"):
        with_master_key(settings, tmp_path / ".env")


def test_a_file_that_can_not_be_written_says_how_to_give_the_key_otherwise(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GatewayError, match="LITELLM_MASTER_KEY=sk-"):
        with_master_key(gateway_settings(tmp_path), tmp_path / "file" / ".env")
