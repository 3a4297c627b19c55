"""The answers that a question asks for by name ("@mean_fare[mean]"), and the words it wants for what is true."""

from __future__ import annotations

import re
from collections.abc import Iterable

_FIELD = re.compile(r"@(\w+)\s*\[[^\]]*\]")
_PAIRS = (("true", "false"), ("yes", "no"), ("1", "0"))
TRUE, FALSE = "true", "false"
"""Truth values where a question does not say how it wants them."""


def asked_fields(question: str) -> tuple[str, ...]:
    """The names of the fields that `question` asks for, in order, each once."""
    return tuple(dict.fromkeys(_FIELD.findall(question)))


def truth_words(question: str) -> tuple[str, str]:
    """The two words that `question` wants for what holds and what does not, written as it writes them."""
    for true, false in _PAIRS:
        told = re.search(rf"(?<![\w.]){true}\W+(?:or\W+|and\W+)?{false}(?!\w|\.\d)", question, re.IGNORECASE)
        turned = re.search(rf"(?<![\w.]){false}\W+(?:or\W+|and\W+)?{true}(?!\w|\.\d)", question, re.IGNORECASE)
        if told or turned:
            words = re.findall(rf"\b(?:{true}|{false})\b", (told or turned)[0], re.IGNORECASE)  # type: ignore[index]
            return (words[0], words[-1]) if told else (words[-1], words[0])
    return TRUE, FALSE


def same_field(name: str, asked: Iterable[str]) -> str | None:
    """The asked name that `name` plainly means: in another case, with an @ or other joints; None for none."""
    return next((one for one in asked if _plain(one) == _plain(name)), None)


def _plain(name: str) -> str:
    return re.sub(r"[^\w]|_", "", name.split("[")[0]).casefold()
