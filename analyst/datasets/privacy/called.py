"""What a question calls by what it is: "passport K12345678", "login: zquixley", 佐藤さん."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from analyst.core.text import MARKS, fold
from analyst.datasets.privacy.headers import kinds_of
from analyst.datasets.privacy.lexicon import is_ordinary
from analyst.datasets.privacy.names import Likeness, likeness

_WORD = re.compile(rf"(?<!\w)[^\W\d_](?:[^\W\d_]|[{MARKS}])*")
_CALLED = re.compile(
    r"(?P<tie>\s*[:=#]\s*|\s+(?:is|was|ist|est|es|no\.?|nr\.?|number)\s+)?\s*[\"'“]?(?P<own>[\w\-./&@$!?*+#%]*\w)"
)
_CODES = frozenset(("national_id", "secret", "handle", "plate", "device", "iban", "card"))
"""Kinds that are called so; what is said of others ("phone sales") is too often no value of theirs."""
_SHORTEST = 4
_HONORED = re.compile(
    r"(?P<own>[\u3400-\u9fff々]{1,4}|[\u30a1-\u30fa]{2,6})(?=さん|様|氏|くん|ちゃん|先生|女士|小姐)|(?P<hangul>[\uac00-\ud7a3]{2,4})(?=씨|님)"
)
_NO_NAMES = frozenset(("客", "皆", "奥", "王", "고객", "손", "선생"))
"""What is honored and is nobody by name: お客様, 皆さん."""
_EAST_ASIAN = re.compile(r"[\u3400-\u9fff々]{2,}|[\uac00-\ud7a3]{3,}")


def find_called(text: str, vocabulary: Collection[str]) -> Iterator[tuple[str, str]]:
    """The kind and the text of each value that stands behind the word for it; no word of the folded `vocabulary`."""
    words = list(_WORD.finditer(text))
    for at, word in enumerate(words):
        start = words[at - 1].start() if at and text[words[at - 1].end() : word.start()] == " " else word.start()
        called = _CALLED.match(text, word.end())
        kinds = sorted(_CODES & (kinds_of(text[start : word.end()]) | kinds_of(word[0])))
        if called and kinds and _is_value(called, kinds[0], vocabulary):
            yield kinds[0], called["own"]


def _is_value(called: re.Match[str], kind: str, vocabulary: Collection[str]) -> bool:
    own = called["own"]
    folded = fold(own)
    if folded in vocabulary or is_ordinary(folded) or len(own) < _SHORTEST:
        return False
    if any(char.isdigit() for char in own):
        return not own.isdigit() or len(own) > _SHORTEST
    return kind in ("handle", "secret") and (called["tie"] is not None or kind == "handle") and own.islower()


def find_honored(text: str) -> Iterator[str]:
    """Names in Chinese, Japanese and Korean text, by what honors them or by a known surname and given name."""
    for found in _HONORED.finditer(text):
        name = found["own"] or found["hangul"]
        if name not in _NO_NAMES:
            yield name
    for run in _EAST_ASIAN.findall(text):
        for length in (4, 3):
            parts = (run[start : start + length] for start in range(len(run) - length + 1))
            yield from (part for part in parts if likeness(part) is Likeness.SURE)
