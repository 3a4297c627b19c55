"""The shape of a text column: how long its values are and how they are written, in which language; never a value."""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Sequence

_LOOKED_AT = 300
_LONGEST = 24
"""Signs of a pattern; what is longer is told by its words."""
_SHARED = 0.6
"""The share of values that must be written alike for a pattern to be told."""
_FEWEST = 3
_SPEAKING = {
    "English": "the and of to is was for with not this",
    "German": "der die das und ist nicht mit für ein den",
    "French": "le la les et est pas pour une des dans",
    "Spanish": "el los las es por para una con del que",
    "Italian": "il gli che è non per una con della sono",
    "Portuguese": "o os não é uma para com do da que",
    "Dutch": "de het een en van niet is met voor dat",
}
_SCRIPTS = ("CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "DEVANAGARI")


def shape_of(sample: Sequence[str]) -> str | None:
    """The shape of distinct values: "6-14 characters, like Aa-####", "4-31 words, English"; None of too few."""
    values = [value.strip() for value in sample[:_LOOKED_AT] if value.strip()]
    if len(values) < _FEWEST:
        return None
    words = [len(value.split()) for value in values]
    if statistics.mean(words) >= 3:
        language = _language(values)
        return f"{_span(words)} words" + (f", {language}" if language else "")
    patterns = Counter(map(_pattern, values))
    pattern, count = patterns.most_common(1)[0]
    alike = f", like {pattern}" if count >= _SHARED * len(values) and len(pattern) <= _LONGEST else ""
    return f"{_span([len(value) for value in values])} characters{alike}"


def _span(lengths: Sequence[int]) -> str:
    low, high = min(lengths), max(lengths)
    return str(low) if low == high else f"{low}-{high}"


def _pattern(value: str) -> str:
    """Letters as A or a and digits as #, each run of letters as one or two of them."""
    written = re.sub(r"\d", "#", re.sub(r"[^\W\d_]", lambda found: "A" if found[0].isupper() else "a", value))
    return re.sub(r"a{2,}", "aa", re.sub(r"A{3,}", "AA", written))


def _language(values: Sequence[str]) -> str | None:
    words = Counter(word for value in values for word in re.findall(r"[^\W\d_]+", value.lower()))
    spoken = {name: sum(words[word] for word in known.split()) for name, known in _SPEAKING.items()}
    best = max(spoken, key=lambda name: spoken[name])
    if spoken[best] >= 0.05 * max(1, words.total()):
        return best
    letters = Counter(
        unicodedata.name(char, "").split(" ")[0] for value in values[:20] for char in value if char.isalpha()
    )
    script = letters.most_common(1)[0][0] if letters else ""
    return script.title() if script in _SCRIPTS else None
