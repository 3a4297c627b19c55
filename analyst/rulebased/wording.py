"""The English of the embedded analyst: lists, plurals, verbs, counts in words, and the words for size and certainty.

Digits never come from here: a number in prose is a reference, or a small count spelt out.
"""

from __future__ import annotations

import re

from analyst.core.text import is_plural, plural

_COUNTS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_LOW = re.compile(
    r"\b(fell|fall|falls|falling|drop\w*|declin\w*|decreas\w*|lowest|least|worst|bottom|fewest|smallest|weakest|"
    r"shrank|shrink\w*|lost|losing|minimum|cheapest|shortest|slowest|underperform\w*)\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\b(growth|grew|grow\w*|percent\w*|%|rate|relative\w*|fastest)", re.IGNORECASE)
SIGNIFICANT = 0.05
"""The level below which a p value counts as significant: the same as the trend method's."""


def be(noun: str) -> str:
    """ "are" after a plural, else "is"."""
    return "are" if is_plural(noun) else "is"


def count_word(count: int) -> str:
    """A small count spelt out; "more than twelve" beyond, since digits must be evidence."""
    if count < len(_COUNTS):
        return _COUNTS[count]
    return "more than twenty" if count > 20 else "more than twelve"


def counted(count: int, noun: str) -> str:
    """ "one product", "three products", "no products"."""
    return f"{count_word(count)} {noun if count == 1 else plural(noun)}"


def of_many(count: int, total: int, noun: str) -> str:
    """ "eight of ten products", "all ten products", "none of ten products"."""
    if count == total:
        return f"both {plural(noun)}" if total == 2 else f"all {counted(total, noun)}"
    return f"{count_word(count) if count else 'none'} of {counted(total, noun)}"


def capital(text: str) -> str:
    """`text` with its first letter large; a leading reference is left alone."""
    return text if text.startswith("{{") else text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """`text` as a sentence: first letter large, full stop at the end."""
    clean = text.strip()
    if not clean:
        return ""
    return capital(clean if clean.endswith((".", "!", "?")) else f"{clean}.")


def paragraph(*sentences: str | None) -> str:
    """The sentences that say something, as one text."""
    return " ".join(sentence(text) for text in sentences if text and text.strip())


def a(noun: str) -> str:
    """`noun` with its article: "an order", "a unit", "a price"."""
    vowel = noun[:1].lower() in "aeio" or (noun[:1].lower() == "u" and not noun.lower().startswith(("uni", "use")))
    return f"{'an' if vowel else 'a'} {noun}"


def moved(value: float | None, up: str = "rose", down: str = "fell", same: str = "was unchanged") -> str:
    """The verb for a change of this sign."""
    if value is None or value == 0:
        return same
    return up if value > 0 else down


def strength(association: float) -> str:
    """Cohen's words for a correlation or association by its size."""
    size = abs(association)
    for limit, word in ((0.1, "negligible"), (0.3, "weak"), (0.5, "moderate")):
        if size < limit:
            return word
    return "strong"


def significant(p: float | None) -> bool:
    """Whether p is below the usual level; no p is not significant."""
    return p is not None and p < SIGNIFICANT


def asks_low(question: str) -> bool:
    """Whether the question asks for the low end: who fell, the worst, the fewest."""
    return bool(_LOW.search(question))


def asks_relative(question: str) -> bool:
    """Whether the question asks for growth rather than for amounts."""
    return bool(_RELATIVE.search(question))


def grain_of(period: object) -> str:
    """What a period label counts: "2024-Q4" is a quarter, "2024-11" a month; a number is no label."""
    text = period if isinstance(period, str) else ""
    shapes = {
        r"\d{4}": "year",
        r"\d{4}-Q[1-4]": "quarter",
        r"\d{4}-\d{2}": "month",
        r"\d{4}-W\d{2}": "week",
        r"\d{4}-\d{2}-\d{2}": "day",
    }
    return next((grain for shape, grain in shapes.items() if re.fullmatch(shape, text)), "period")


def in_period(reference: str, grain: str) -> str:
    """ "on {{…}}" for a day, "in {{…}}" for what is longer."""
    return f"{'on' if grain == 'day' else 'in'} {reference}"
