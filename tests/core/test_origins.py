"""The settings as a page shows them: where each came from, and nothing secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.core.origins import ShownSetting, shown_settings
from analyst.core.settings import load_settings


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ShownSetting]:
    file = tmp_path / ".env"
    file.write_text(
        "\ufeffTIMEZONE=Europe/Paris\nTARGET_LATENCY_S=5\nGROQ_API_KEY=gsk-s3cret\nCONSENSUS=\n"
        "AGENT_BUDGET_SHARES=report_writer=0.5,insight_generator=0.3\n",
        encoding="utf-8",
    )
    for name, value in {
        "TARGET_LATENCY_S": "6",
        "DATABASE_URL": "postgresql://user:s3cret@db.example.com:5432/main?password=s3cret",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://t0ken-s3cret@otel.example.com/v1",
        "OLLAMA_BASE_URL": "http://10.0.0.7:11434",
        "LITELLM_PROXY_URL": "http://user:s3cret#s3cret@10.0.0.8:4000",
        "ALERT_WEBHOOK_URL": "https://hooks.example.com/s3cret",
        "SQL_MEMORY_MB": "",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(file, keep_days=30)
    return {one.name: one for one in shown_settings(settings, file)}


@pytest.mark.parametrize(
    ("name", "value", "origin"),
    [
        ("TIMEZONE", "Europe/Paris", ".env"),
        ("TARGET_LATENCY_S", "6.0", "environment"),
        ("KEEP_DAYS", "30", "argument"),
        ("SQL_MEMORY_MB", "2048", "default"),
        ("CONSENSUS", "critical", "default"),
        ("PARALLEL_AGENTS", "true", "default"),
        ("VLLM_MODEL", "", "default"),
        ("OPENAI_API_KEY", "", "default"),
        ("GROQ_API_KEY", "set, hidden", ".env"),
        ("ALERT_WEBHOOK_URL", "set, hidden", "environment"),
        ("AGENT_BUDGET_SHARES", "report_writer=0.5,insight_generator=0.3", ".env"),
        ("DATABASE_URL", "postgresql://…@db.example.com:5432/main?…", "environment"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://…@otel.example.com/v1", "environment"),
        ("LITELLM_PROXY_URL", "http://…@10.0.0.8:4000", "environment"),
        ("OLLAMA_BASE_URL", "http://10.0.0.7:11434", "environment"),
    ],
)
def test_a_setting_tells_its_value_and_where_it_came_from(
    shown: dict[str, ShownSetting], name: str, value: str, origin: str
) -> None:
    assert (shown[name].value, shown[name].origin) == (value, origin)


def test_no_secret_is_shown_and_every_setting_has_its_help(shown: dict[str, ShownSetting]) -> None:
    assert "s3cret" not in repr(shown)
    assert all(one.help for one in shown.values())
