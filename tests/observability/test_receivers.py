"""Alerts reach a webhook as Slack's JSON and people by mail; what fails is told without a secret."""

from __future__ import annotations

import email
import socket
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import DeliveryError, SettingsError
from analyst.core.settings import Settings, load_settings
from analyst.observability.receivers import Mail, Webhook, receivers_of
from tests.observability.receiving import mail_server, webhook

TEXT = "Today's spending is $16.40: 82% of the daily budget."


def settings(folder: Path, **given: Any) -> Settings:
    return load_settings(folder / "none.env", **given)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_webhook_gets_a_text_as_slack_takes_it() -> None:
    with webhook() as told:
        Webhook(f"http://127.0.0.1:{told.port}/services/T0/secret").send(TEXT)
    assert told.posts == [{"text": f"Analyst alert: {TEXT}"}]


def test_a_webhook_that_refuses_or_is_away_is_told_without_its_address() -> None:
    with webhook() as told:
        told.status = 404
        with pytest.raises(DeliveryError, match=r"^The webhook at 127.0.0.1 answered 404\.$"):
            Webhook(f"http://127.0.0.1:{told.port}/services/T0/secret").send(TEXT)
    away = Webhook(f"http://127.0.0.1:{closed_port()}/services/T0/secret")
    with pytest.raises(DeliveryError, match="can't be reached") as failed:
        away.send(TEXT)
    assert "secret" not in f"{failed.value} {away!r}"


def test_mail_reaches_every_recipient(tmp_path: Path) -> None:
    with mail_server() as told:
        [mail] = receivers_of(
            settings(tmp_path, alert_mail_to="a@example.com, b@example.com", smtp_url=f"smtp://127.0.0.1:{told.port}")
        )
        mail.send(TEXT)
    [message] = map(email.message_from_string, told.mails)
    assert (message["subject"], message["from"], message["to"]) == (
        "Analyst alert", "a@example.com", "a@example.com, b@example.com",
    )  # fmt: skip
    assert TEXT in message.get_payload() and message["date"] and message["message-id"].endswith("@example.com>")


def test_a_mail_server_that_refuses_or_is_away_is_told() -> None:
    with mail_server() as told:
        told.takes_mail = False
        with pytest.raises(DeliveryError, match="took no mail"):
            Mail("127.0.0.1", told.port, "a@example.com", ["b@example.com"]).send(TEXT)
    with pytest.raises(DeliveryError, match="took no mail: Connection refused"):
        Mail("127.0.0.1", closed_port(), "a@example.com", ["b@example.com"]).send(TEXT)


def test_a_password_is_sent_to_no_other_machine_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as told:
        monkeypatch.setattr("analyst.observability.receivers.LOOPBACK", ())
        mail = Mail("127.0.0.1", told.port, "a@example.com", ["b@example.com"], user="u", password="p4ss")
        with pytest.raises(DeliveryError, match="does not encrypt, so no password is sent"):
            mail.send(TEXT)
    assert not told.mails and "p4ss" not in repr(mail)


def test_settings_name_the_receivers(tmp_path: Path) -> None:
    assert receivers_of(settings(tmp_path)) == []
    both = receivers_of(
        settings(
            tmp_path, alert_webhook_url="https://hooks.example.com/x", alert_mail_to="a@b.c", alert_mail_from="ops@b.c",
            smtp_url="smtps://us%40er:p%3Ass@mail.b.c",
        )
    )  # fmt: skip
    assert both == [
        Webhook("https://hooks.example.com/x"),
        Mail("mail.b.c", 465, "ops@b.c", ["a@b.c"], encrypted=True, user="us@er", password="p:ss"),
    ]


@pytest.mark.parametrize("smtp_url", [None, "mail.example.com", "http://mail.example.com", "smtp://", "smtp://h:x"])
def test_mail_without_a_server_is_a_mistake_in_the_settings(tmp_path: Path, smtp_url: str | None) -> None:
    with pytest.raises(SettingsError, match="mail server") as refused:
        receivers_of(settings(tmp_path, alert_mail_to="a@b.c", smtp_url=smtp_url))
    assert refused.value.fix


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"alert_webhook_url": "hooks.slack.com/s3cret"}, "ALERT_WEBHOOK_URL='...': must be an address"),
        ({"alert_mail_to": "nobody"}, "ALERT_MAIL_TO='nobody': must be an address"),
        ({"alert_failure_share": "2"}, "ALERT_FAILURE_SHARE='2'"),
    ],
)
def test_a_bad_setting_is_told_and_a_secret_is_not(tmp_path: Path, given: dict[str, str], shown: str) -> None:
    with pytest.raises(SettingsError, match=r"^Invalid setting: ") as refused:
        settings(tmp_path, **given)
    assert shown in str(refused.value) and "s3cret" not in str(refused.value)
