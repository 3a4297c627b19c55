"""Words of a question, a column name or a value, in one form, so that all three can be compared.

A text becomes tokens: case and accents folded, camelCase and snake_case split, plurals stemmed. Only the first part of
a very long text is read, so that the work stays bounded whatever is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from analyst.core.text import fold
from analyst.protocol.personal import TOKEN as PSEUDONYM

MAX_CHARACTERS = 4000
MAX_TOKENS = 300

_TOKEN = re.compile(
    rf"{PSEUDONYM.pattern}|"
    r"\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{4}-[QqWwHh]\d{1,2}(?!\w)|\d{4}-\d{2}(?![\d-])"
    r"|(?:(?<![\w)%.])[-−])?[$€£]?\d+(?:[.,]\d+)*(?:%|[kKmM](?![^\W_]))?(?![^\W_])|[^\W_]+(?:['’](?=[^\W\d_])[^\W\d_]+)?|[<>]=?|=|≥|≤"
)
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_ACRONYMS = re.compile(r"[A-Z]{2,}s")
_SCALE = {"k": 1e3, "m": 1e6}
_NUMBER = re.compile(r"([-−]?)[$€£]?(\d+(?:[.,]\d+)*)(%|[kKmM])?")
_IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "mice": "mouse", "analyses": "analysis",
    "criteria": "criterion", "series": "series", "news": "news", "left": "left", "buses": "bus", "lenses": "lens",
    "movies": "movie", "skus": "sku", "menus": "menu", "cookies": "cookie", "data": "data", "does": "do",
    "employees": "employee",
}  # fmt: skip
NUMBER_WORDS = {
    word: float(value)
    for value, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
} | {"once": 1.0, "twice": 2.0, "twenty": 20.0, "fifty": 50.0, "hundred": 100.0, "dozen": 12.0}
_SUFFIXES = frozenset(
    "|s|es|ed|d|e|er|ers|or|ing|ion|ions|ation|ations|sion|tion|ment|ments|led|lled|ling|lling|lation|lations|tions"
    "|y|ies|ied|ity|al|able|ption|be|bed|bing|pped|pping|red|ring|rred|ned|ning|te|ted|ting|ly|ally".split("|")
)


_PARTING = frozenset(",;/&+|")


@dataclass(frozen=True)
class Token:
    """A word or number of a text. `raw` as written, `word` folded, `stem` singular; `opens_quote`: a quote precedes
    it; `hyphened`: a hyphen joins it to the token before; `apart`: a comma or the like parts it from that."""

    raw: str
    word: str
    stem: str
    opens_quote: bool = False
    hyphened: bool = False
    apart: bool = field(default=False, compare=False)

    @property
    def number(self) -> float | None:
        """The number that the token writes (`1,000`, `$5`, `12%`, `5k`), or None."""
        found = _NUMBER.fullmatch(self.raw)
        if not found:
            return None
        digits = found[2]
        if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits):
            digits = digits.replace(",", "")
        try:
            value = float(digits.replace(",", ".")) * _SCALE.get((found[3] or "").casefold(), 1.0)
            return (-value if found[1] else value) if value < 1e300 else None
        except ValueError:
            return None

    @property
    def count(self) -> int | None:
        """The whole number that the token writes in digits or as a word (`five`), or None."""
        value = NUMBER_WORDS.get(self.word, self.number)
        return int(value) if value is not None and value == int(value) and value < 1e9 else None


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """`word` (folded) in the singular."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def _parts(piece: str) -> list[str]:
    bare = re.sub(r"['’]s?$|['’]s(?=\W|$)", "", piece)
    return [part for part in _CAMEL.split(bare or piece) if part]


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of `text`; at most MAX_TOKENS of its first MAX_CHARACTERS characters."""
    cut = text[:MAX_CHARACTERS]
    tokens: list[Token] = []
    ended = 0
    for found in _TOKEN.finditer(cut):
        whole = PSEUDONYM.fullmatch(found[0])
        quote = found.start() > 0 and cut[found.start() - 1] in "\"'“‘`«"
        joined = found.start() > 1 and cut[found.start() - 1] == "-" and cut[found.start() - 2].isalnum()
        parted = not _PARTING.isdisjoint(cut[ended : found.start()])
        ended = found.end()
        for part in [found[0]] if whole else _parts(found[0]):
            word = fold(part)
            single = word[:-1] if _ACRONYMS.fullmatch(part) else stem(word)
            tokens.append(Token(part, word, single, quote, joined, parted))
            quote = joined = parted = False
        if len(tokens) >= MAX_TOKENS:
            break
    return tuple(tokens[:MAX_TOKENS])


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The stems of a column name's words: `Total_Price (EUR)` → total, price, eur."""
    return tuple(token.stem for token in tokenize(name[:200]))


@lru_cache(maxsize=16384)
def derived(one: str, other: str) -> bool:
    """Whether two words come from one root, as `churned` and `churn`, `cancelled` and `cancellation`."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    if shared < 4 or shared < 0.5 * max(len(one), len(other)):
        return False
    return any(one[cut:] in _SUFFIXES and other[cut:] in _SUFFIXES for cut in range(shared, 3, -1))


@lru_cache(maxsize=16384)
def misspelt(one: str, other: str) -> bool:
    """Whether two words differ by one slip (two in words of eight letters or more); swapped letters are one slip."""
    longest = max(len(one), len(other))
    if "_" in one + other:
        return False  # pseudonyms differ by their number alone
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 2 or one[0] != other[0]:
        return False
    return _slips(one, other) <= (2 if longest >= 8 else 1)


def _slips(one: str, other: str) -> int:
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]
