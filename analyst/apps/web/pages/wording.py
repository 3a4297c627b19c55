"""How pages put times, sizes, money and states into words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from analyst.core.text import counted
from analyst.protocol.selection import SelectedGroup
from analyst.reporting.naming import words
from analyst.reporting.numbers import clean_text
from analyst.reporting.page import AGENT_NAMES, alternatives_line, carried_line, spoken
from analyst.service.requests import FAILURE

STATES: Mapping[str, str] = {
    "waiting": "Waiting",
    "running": "Running",
    "done": "Done",
    "failed": "No answer",
    "cancelled": "Stopped",
    "parked": "No answer",
}
"""How an analysis stands, as people say it."""
_KINDS = {
    "number": "Number",
    "text": "Text",
    "boolean": "Yes or no",
    "date": "Date",
    "timestamp": "Date and time",
    "time": "Time of day",
    "other": "Other",
}
_PERSONAL = {
    "email": "email addresses",
    "phone": "phone numbers",
    "card": "card numbers",
    "iban": "bank accounts",
    "ip": "network addresses",
    "device": "device ids",
    "national_id": "personal ids",
    "person_name": "names of people",
    "handle": "user names",
    "birth_date": "dates of birth",
    "address": "addresses",
    "plate": "license plates",
    "secret": "secrets",
    "location": "places of people",
    "postal_code": "postal codes",
}


def size(bytes: int) -> str:
    """ "1.2 MB"."""
    if bytes < 1000:
        return counted(bytes, "byte")
    for unit, of in (("kB", 10**3), ("MB", 10**6), ("GB", 10**9)):
        if bytes < 1000 * of or unit == "GB":
            return f"{bytes / of:.{0 if bytes >= 10 * of else 1}f} {unit}"
    raise AssertionError


def seconds(taken: float | None) -> str:
    """ "0.8 s", "12 s", "3 min 5 s"; a dash where nothing was measured."""
    if taken is None:
        return "–"
    if taken < 60:
        return f"{taken:.{1 if taken < 9.95 else 0}f} s"
    return f"{int(taken) // 60} min {int(taken) % 60} s"


def money(usd: Decimal) -> str:
    """ "$0.0042", "$1,204.50"; nothing is "free"."""
    if not usd:
        return "free"
    return f"${usd:,.2f}" if usd >= 1 else f"${usd:.4f}" if usd >= Decimal("0.0001") else f"${usd:.6f}"


def failed(failure: str | None) -> str:
    """Why an analysis has no answer, of the JSON that is kept of it; "" where nothing is."""
    return FAILURE.validate_json(failure).message if failure else ""


def clock(at: float, timezone: str) -> str:
    """Unix time `at` as "12:16:05"."""
    return f"{datetime.fromtimestamp(at, ZoneInfo(timezone)):%H:%M:%S}"


def moment(at: float, timezone: str) -> str:
    """Unix time `at` as "Nov 30, 2026, 12:16"."""
    told = datetime.fromtimestamp(at, ZoneInfo(timezone))
    return f"{told:%b} {told.day}, {told:%Y, %H:%M}"


def dollars(usd: Decimal) -> str:
    """ "$0.0042", "$12.50"; "$0" where others have a sum."""
    return money(usd) if usd else "$0"


def share(part: float | None) -> str:
    """A fraction as "12%"; a dash where nothing was counted."""
    if part is None:
        return "–"
    return f"{100 * part:.{0 if part in (0, 1) else 1}f}%"


def reason(code: str | None) -> str:
    """Why a call failed or fell back, in words."""
    return (code or "").replace("_", " ")


def cell(value: object) -> str:
    """A table's cell as it stands there, numbers in up to 10 digits; nothing where it is missing."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.10g}"
    return clean_text(str(value))


def kind_words(kind: str) -> str:
    """A column's kind as people say it."""
    return _KINDS.get(kind, "Other")


def personal_words(kind: str) -> str:
    """What personal data a column holds."""
    return _PERSONAL.get(kind, "personal data")


def state_words(state: str) -> str:
    """How an analysis stands."""
    return STATES.get(state, state)


def agent_name(agent: str) -> str:
    """The name of an agent."""
    return AGENT_NAMES.get(agent, agent)


def group_value(group: SelectedGroup) -> str:
    """What a form sends for a group."""
    return json.dumps([group.column, group.unit], ensure_ascii=False)


FILTERS: Mapping[str, Callable[..., str]] = {
    "size": size,
    "seconds": seconds,
    "money": money,
    "moment": moment,
    "clock": clock,
    "failed": failed,
    "dollars": dollars,
    "share": share,
    "reason": reason,
    "cell": cell,
    "kind": kind_words,
    "personal": personal_words,
    "state": state_words,
    "agent": agent_name,
    "counted": counted,
    "words": words,
    "spoken": spoken,
    "alternatives": alternatives_line,
    "carried": carried_line,
    "group_value": group_value,
}
"""What templates can say of a value."""
