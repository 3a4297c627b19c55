"""Whom alerts are sent to: a webhook that takes Slack's messages, and mail. Neither is waited for longer than seconds.

What went wrong is told without the webhook's address and the mail server's password: both are secrets.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

from analyst.core.errors import DeliveryError, SettingsError
from analyst.core.settings import Settings

TIMEOUT_S = 10.0
TITLE = "Analyst alert"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"smtp": 587, "smtps": 465}


class Receiver(Protocol):
    """Somebody who is told of alerts."""

    @property
    def name(self) -> str: ...
    def send(self, text: str) -> None:
        """Tell of an alert. DeliveryError: it was not received."""


@dataclass(frozen=True)
class Webhook:
    """An address that takes `{"text": ...}`, as Slack's incoming webhooks do, and those of Mattermost and others."""

    url: str = field(repr=False)
    name: str = "webhook"

    def send(self, text: str) -> None:
        """Post the text. DeliveryError."""
        import httpx

        host = urlsplit(self.url).hostname
        try:
            status = httpx.post(self.url, json={"text": f"{TITLE}: {text}"}, timeout=TIMEOUT_S).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = "it did not answer in time" if isinstance(error, httpx.TimeoutException) else "there is no connection"
            raise DeliveryError(f"The webhook at {host} can't be reached: {why}.") from None
        if not 200 <= status < 300:
            raise DeliveryError(f"The webhook at {host} answered {status}.")


@dataclass(frozen=True)
class Mail:
    """A mail server, the sender and the recipients. `encrypted` from the first byte on (smtps), else by STARTTLS where
    the server offers it. A password goes over an encrypted line only, or to this machine."""

    host: str
    port: int
    sender: str
    recipients: Sequence[str]
    encrypted: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = "mail"

    def send(self, text: str) -> None:
        """Send a mail to all recipients. DeliveryError."""
        try:
            server = self._connected()
            try:
                refused = server.send_message(self._message(text))
            finally:
                self._leave(server)
        except (OSError, smtplib.SMTPException) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            raise DeliveryError(f"The mail server {self.host}:{self.port} took no mail: {why}.") from None
        if refused:
            raise DeliveryError(f"The mail server {self.host}:{self.port} refused {', '.join(refused)}.")

    def _connected(self) -> smtplib.SMTP:
        secure = ssl.create_default_context()
        if self.encrypted:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=secure)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        try:
            server.ehlo_or_helo_if_needed()
            if not self.encrypted and server.has_extn("starttls"):
                server.starttls(context=secure)
            elif not self.encrypted and self.user and self.host not in LOOPBACK:
                raise DeliveryError(f"{self.host}:{self.port} does not encrypt, so no password is sent to it.")
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    @staticmethod
    def _leave(server: smtplib.SMTP) -> None:
        """End the talk; a server that does it badly has taken the mail all the same."""
        with suppress(OSError, smtplib.SMTPException):
            server.quit()

    def _message(self, text: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = TITLE, self.sender, ", ".join(self.recipients)
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self.sender.rpartition("@")[2] or None)
        message.set_content(text)
        return message


def receivers_of(settings: Settings) -> list[Receiver]:
    """The receivers that the settings name. SettingsError: mail without a server, or an address that is no server's."""
    found: list[Receiver] = []
    if settings.alert_webhook_url is not None:
        found.append(Webhook(settings.alert_webhook_url.get_secret_value()))
    if settings.alert_mail_to is not None:
        found.append(_mail(settings, settings.alert_mail_to))
    return found


def _mail(settings: Settings, to: str) -> Mail:
    recipients = [one for part in to.split(",") if (one := part.strip())]
    if settings.smtp_url is None:
        raise SettingsError(
            "ALERT_MAIL_TO is set, but no mail server is.", "Set SMTP_URL, or leave ALERT_MAIL_TO empty."
        )
    try:
        url = urlsplit(settings.smtp_url.get_secret_value())
        host, port = url.hostname, url.port
    except ValueError:
        url, host, port = urlsplit(""), None, None
    if url.scheme not in _PORTS or not host:
        raise SettingsError(
            "SMTP_URL is not the address of a mail server.", "Write smtp://user:password@mail.example.com:587."
        )
    sender = settings.alert_mail_from or recipients[0]
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return Mail(host, port or _PORTS[url.scheme], sender, recipients, url.scheme == "smtps", user, password)
