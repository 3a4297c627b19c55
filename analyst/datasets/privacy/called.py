"""What a question calls by what it is: "passport K12345678", "login: zquixley", "my number is 2125550143"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from analyst.core.text import MARKS, fold
from analyst.datasets.privacy.headers import kinds_of
from analyst.datasets.privacy.lexicon import is_ordinary

_LETTER = rf"(?:[^\W\d_]|[{MARKS}])"
_WORD = re.compile(rf"(?<!\w)[^\W\d_]{_LETTER}*(?:_{_LETTER}+(?![^\W_]))*")
"""A word, or the name of a column in several ("login_count"): only all of it says what it is called."""
_CALLED = re.compile(
    r"(?P<tie>\s*[:=#]\s*|\s+(?:is|was|ist|est|es|no\.?|nr\.?|number)\s+)?[\s_]*[\"'“]?(?P<own>[\w\-./&@$!?*+#%]*\w)"
)
_DIALED = re.compile(
    r"\s*[:=#]?\s*(?:(?:is|was|at|on|me|number|no\.?|nr\.?|ist)\s+){0,3}"
    r"(?P<own>[+(]?(?!(?:19|20)\d\d[-/. ])\d[\d ()./\-]{5,17}\d)(?!\w)"
)
"""What stands behind a word for a telephone, or for calling one."""
_DIALING = frozenset(("call", "ring", "dial"))
_LEAST_DIGITS = 7
_PIECES = re.compile(r"\s*[:=#]?\s*(?P<own>[A-Z]{1,3} \d{2,6}[A-Z]{0,2})(?!\w)")
"""A code in two pieces: "number plate WX 12345"."""
_IN_PIECES = frozenset(("plate", "national_id"))
_CODES = frozenset(("national_id", "secret", "handle", "plate", "device", "iban", "card"))
"""Kinds that are called so; what is said of others ("phone sales") is too often no value of theirs."""
_SHORTEST = 4


def find_called(text: str, vocabulary: Collection[str]) -> Iterator[tuple[str, str]]:
    """The kind and the text of each value that stands behind the word for it; no word of the folded `vocabulary`."""
    words = list(_WORD.finditer(text))
    for at, word in enumerate(words):
        start = words[at - 1].start() if at and text[words[at - 1].end() : word.start()] == " " else word.start()
        said = kinds_of(text[start : word.end()]) | kinds_of(word[0])
        kinds = sorted(_CODES & said)
        called, pieces = _CALLED.match(text, word.end()), _PIECES.match(text, word.end())
        if kinds and pieces and kinds[0] in _IN_PIECES:
            yield kinds[0], pieces["own"]
        elif called and kinds and _is_value(called, kinds[0], vocabulary):
            yield kinds[0], called["own"]
        dialed = _DIALED.match(text, word.end())
        if dialed and ("phone" in said or fold(word[0]) in _DIALING) and _digits(dialed["own"]) >= _LEAST_DIGITS:
            yield "phone", dialed["own"]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _is_value(called: re.Match[str], kind: str, vocabulary: Collection[str]) -> bool:
    own = called["own"]
    folded = fold(own)
    if folded in vocabulary or is_ordinary(folded) or len(own) < _SHORTEST:
        return False
    if any(char.isdigit() for char in own):
        return not own.isdigit() or len(own) > _SHORTEST
    return kind in ("handle", "secret") and (called["tie"] is not None or kind == "handle") and own.islower()
