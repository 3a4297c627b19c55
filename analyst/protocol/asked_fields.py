"""The answers that a question asks for by name ("@mean_fare[mean]"), and the words it wants for what is true."""

from __future__ import annotations

import re
from collections.abc import Iterable

_FIELD = re.compile(r"@(\w+)\s*\[([^\]]*)\]")
_PAIRS = (("true", "false"), ("yes", "no"), ("1", "0"))
TRUE, FALSE = "true", "false"
"""Truth values where a question does not say how it wants them."""


def asked_fields(question: str) -> dict[str, tuple[str, ...]]:
    """The names of the fields that `question` asks for, in order, each with the two words that it may hold
    ("@normal[True/False]"); none where it may hold anything."""
    found: dict[str, tuple[str, ...]] = {}
    for name, placeholder in _FIELD.findall(question):
        found.setdefault(name, _pair(placeholder) or ())
    return found


def truth_words(question: str) -> tuple[str, str]:
    """The two words that `question` wants for what holds and what does not, written as it writes them."""
    return _pair(question) or (TRUE, FALSE)


def _pair(text: str) -> tuple[str, str] | None:
    for true, false in _PAIRS:
        told = re.search(rf"(?<![\w.]){true}\W+(?:or\W+|and\W+)?{false}(?!\w|\.\d)", text, re.IGNORECASE)
        turned = re.search(rf"(?<![\w.]){false}\W+(?:or\W+|and\W+)?{true}(?!\w|\.\d)", text, re.IGNORECASE)
        found = told or turned
        if found:
            first, *_, last = re.findall(rf"\b(?:{true}|{false})\b", found[0], re.IGNORECASE)
            return (first, last) if told else (last, first)
    return None


def same_field(name: str, asked: Iterable[str]) -> str | None:
    """The asked name that `name` plainly means: in another case, with an @ or other joints; None for none."""
    return next((one for one in asked if _plain(one) == _plain(name)), None)


def _plain(name: str) -> str:
    return re.sub(r"[^\w]|_", "", name.split("[")[0]).casefold()
