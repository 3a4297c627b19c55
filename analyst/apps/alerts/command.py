"""`alerts`: look for alerts once and send them, for cron where no service runs; or send a trial alert."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from analyst.apps.alerts.watching import Watch
from analyst.core.errors import DeliveryError, SettingsError
from analyst.core.settings import Settings, load_settings
from analyst.observability.alerts import recent
from analyst.observability.receivers import Receiver, receivers_of

TRIAL = "This is a trial. Alerts of the analysis platform will reach you here."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Look, or try the receivers."""
    parser.epilog = (
        "Exit codes: 0 done, 1 an alert was not delivered, 2 nobody receives alerts. `serve` looks by itself."
    )
    parser.add_argument("--test", action="store_true", help="send a trial alert to every receiver")


def run(arguments: argparse.Namespace) -> int:
    """Send a trial, or what is due now, and list today's alerts; the exit code. `arguments.resident` knows the models.

    SettingsError: nobody receives alerts.
    """
    settings = load_settings()
    receivers = receivers_of(settings)
    if not receivers:
        raise SettingsError("Nobody receives alerts.", "Set ALERT_WEBHOOK_URL, or ALERT_MAIL_TO with SMTP_URL.")
    if arguments.test:
        return _trial(receivers)
    resident = arguments.resident(settings)
    try:
        Watch(resident).look()
        return _listing(recent(resident.store, time.time()), settings)
    finally:
        resident.close()


def _trial(receivers: Sequence[Receiver]) -> int:
    failed = 0
    for receiver in receivers:
        try:
            receiver.send(TRIAL)
        except DeliveryError as error:
            failed += 1
            _say(f"{receiver.name}: {error}")
        else:
            _say(f"{receiver.name}: delivered")
    return int(failed > 0)


def _listing(found: Sequence[Mapping[str, Any]], settings: Settings) -> int:
    for row in found:
        at = datetime.fromtimestamp(row["raised_at"], ZoneInfo(settings.timezone))
        how = f"not delivered: {row['problem']}" if row["problem"] else "delivered" if row["sent_at"] else "waiting"
        _say(f"{at:%Y-%m-%d %H:%M}  {row['receiver']}, {how}\n  {row['text']}")
    if not found:
        _say("No alerts in the last 24 hours.")
    return int(any(row["problem"] for row in found))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
