"""Finds numbers in prose that are no reference: digits of every script, and number words with a unit.

Stated limit: words such as "doubled", "half", "most", "a dozen" or "three groups" are not caught, since they are rarely
claims of a measured size; "twenty percent", "three times", "two thirds" and "five million" are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f\u2009'’]\d+)*")
_WORD = re.compile(r"[^\W_]*\d[\w]*(?:[.,\u00a0\u202f\u2009'’]\d\w*)*")
_GROUPED = re.compile(r"\d{1,3}(?:([,\u00a0\u202f\u2009'’])\d{3})(?:\1\d{3})*(?:\.\d+)?$")
_PLAIN = re.compile(r"\d+(?:\.\d+)?$")
_SIGN = re.compile(r"(?:^|[\s(\[{=:<>≤≥~≈/–—])([-+−])$")
_BEFORE = re.compile(r"([$€£¥₹])\s?$")
_AFTER = re.compile(r"\s?(%|‰|percent|per cent|percentage points?)", re.IGNORECASE)
_INTERVAL = re.compile(
    r"(?<![\w.,])(?:80|90|95|99)(?:\s?%|[\s-]percent)[\s-](?:confidence|prediction|forecast|credible|interval|CI\b|range|band)",
    re.IGNORECASE,
)
_UNIT_POWER = re.compile(r"(?<=[^\W\d_])[²³](?!\w)")
_ONES = "one two three four five six seven eight nine ten eleven twelve"
_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion"
_COUNT = "(?:" + "|".join(f"{_ONES} {_TEENS} {_TENS}".split()) + "|half|dozen)"
_SPELLED = re.compile(
    rf"\b{_COUNT}(?:[\s-]+(?:and[\s-]+)?(?:a[\s-]+)?{_COUNT})*"
    r"(?:[\s-]*(?:%|percent(?:age)?\b|per[\s-]cent\b)|"
    r"[\s-]+(?:a[\s-]+)?(?:times|fold|thirds?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|hundred|thousand|million|billion|"
    r"dollars?|euros?|pounds?|cents?|basis points?)\b)"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)fold\b|\bthree-quarters\b",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"\s?(k|m|mn|bn|b|thousand|million|billion|trillion|lakh|crore|dozen|hundred)\b(?!-)", re.IGNORECASE
)


@dataclass(frozen=True)
class Word:
    """A word with digits, as compared: `text` in small letters, its `value` where it is a number, its `unit` sign."""

    text: str
    value: Decimal | None
    unit: str

    def same(self, other: Word) -> bool:
        """Whether both say the same: the same word, or the same number; a percent or a currency needs its like."""
        if self.value is None or other.value is None:
            return self.text == other.text
        return self.value == other.value and self.unit in ("", other.unit)


def words_with_digits(text: str) -> list[tuple[Word, int, int]]:
    """Every word of `text` that holds a digit of any script, with its start and end."""
    plain = plain_digits(text)
    return [(_word(plain, found), found.start(), found.end()) for found in _WORD.finditer(plain)]


def plain_digits(text: str) -> str:
    """`text`, as long as before, with every numeric sign (Arabic-Indic, full-width, ½, ², ①) written as 0-9.

    A sign that is no single digit becomes one that no question holds, so that it never passes as another number.
    """
    if text.isascii():
        return text
    masked = _UNIT_POWER.sub("'", text)
    return "".join(char if char.isascii() else _digit(char) for char in masked)


def _digit(char: str) -> str:
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    return "0" if unicodedata.category(char) == "No" else char


def _word(text: str, found: re.Match[str]) -> Word:
    return Word(found[0].casefold(), _value(text, found), _unit(text, found))


def _value(text: str, found: re.Match[str]) -> Decimal | None:
    written = found[0]
    if not _PLAIN.match(written) and not _GROUPED.match(written):
        return None
    value = Decimal(re.sub(r"[^\d.]", "", written))
    sign = _SIGN.search(text[: found.start()])
    return -value if sign and sign[1] != "+" else value


def _unit(text: str, found: re.Match[str]) -> str:
    before, after = _BEFORE.search(text[: found.start()]), _AFTER.match(text, found.end())
    return before[1] if before else "%" if after else ""


class Question:
    """The numbers that a question holds, which prose may repeat."""

    def __init__(self, question: str) -> None:
        self._words = [word for word, _, _ in words_with_digits(question)]
        self._text = " ".join(question.casefold().split())
        for digit in re.findall(r"\bq([1-4])", self._text):
            ordinal = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th"}[digit]
            self._words += [Word(text, None, "") for text in (f"q{digit}", ordinal)]

    def holds(self, word: Word) -> bool:
        """Whether the question holds this number or word."""
        return any(word.same(own) for own in self._words)

    def says(self, phrase: str) -> bool:
        """Whether the question holds this phrase."""
        return " ".join(phrase.casefold().split()) in self._text


def stray_numbers(text: str, names: re.Pattern[str] | None, question: Question) -> tuple[list[str], int, int]:
    """(problems, how many numbers are the question's, how many are names) in prose without references."""
    masked, named = _masked(text, names)
    problems, asked = [], 0
    for word, start, end in words_with_digits(masked):
        if question.holds(word):
            asked += 1
        else:
            problems.append(_stray(text, start, end))
    spelled = (found[0] for found in _SPELLED.finditer(masked))
    problems += [
        f"number {phrase!r} is written in words: use a reference {{{{table.field}}}}"
        for phrase in spelled
        if not question.says(phrase)
    ]
    return problems, asked, named


def _masked(text: str, names: re.Pattern[str] | None) -> tuple[str, int]:
    """`text` with its names and its "95 % confidence interval" blanked out, and how many names there were."""
    text = _INTERVAL.sub(lambda found: " " * len(found[0]), text)
    return names.subn(lambda found: " " * len(found[0]), text) if names else (text, 0)


def _stray(text: str, start: int, end: int) -> str:
    written = text[start:end]
    braces = re.search(rf"(?<!\{{)\{{[^{{}}]*{re.escape(written)}[^{{}}]*\}}(?!\}})", text)
    if braces:
        return f"{braces[0][:80]!r} is not a reference: write it between double braces, {{{braces[0][:80]}}}"
    around = " ".join(text[max(0, start - 25) : end + 25].split())
    return f"number {written} (in {around!r}) is neither evidence nor in the question: use a reference"


def joins(before: str, shown: str, after: str, following: str) -> Iterable[str]:
    """Problems where what stands around a filled-in number changes it: joined digits, a sign, a scale.

    `before` and `after`: the prose on both sides; `following`: what the next reference shows if nothing but `after`
    stands between.
    """
    return list(_joins(plain_digits(before), shown, plain_digits(after), following))


def _joins(before: str, shown: str, after: str, following: str) -> Iterator[str]:
    starts, ends = shown[:1].isdigit(), shown[-1:].isdigit()
    if (starts and re.search(r"\d[.,]?$", before)) or (ends and re.match(r"[.,]?\d", after)):
        yield "digits are joined to the number of a reference: put words between"
    if starts and _SIGN.search(before):
        yield "a sign stands before a reference: the number brings its own"
    if ends and after in ("", ".", ",", "/", ":", "e", "E") and following[:1].isdigit():
        yield "two references are joined into one number: put words between"


def scaled(after: str) -> str | None:
    """The word that would multiply the number before it ("million", "k"), or None."""
    found = _SCALE.match(after)
    return found[1] if found else None
