"""The English of the rule-based analyst: verbs, counts in words, and the words for size, certainty and periods.

Digits never come from here: a number in prose is a reference.
"""

from __future__ import annotations

import re

from analyst.core.text import MONTHS, is_plural

_NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
_LOW = re.compile(
    r"\b(fell|fall|falls|falling|drop\w*|declin\w*|decreas\w*|lowest|least|worst|bottom|fewest|smallest|weakest|less|"
    r"lower|fewer|worse|shrank|shrink\w*|lose|loses|lost|losing|loss|losses|minimum|cheapest|shortest|slowest|"
    r"underperform\w*)\b",
    re.IGNORECASE,
)
_HIGH = re.compile(
    r"\b(more|higher|better|larger|bigger|longer|greater|rise|rises|rising|rose|grow\w*|grew|increas\w*|gain\w*|up|"
    r"improv\w*)\b",
    re.IGNORECASE,
)
_WHY = re.compile(r"\b(?:why|reasons?|causes?|caused|behind|what drove|what explains|what led to)\b", re.IGNORECASE)
_EFFECT = re.compile(
    r"\b(?:affect\w*|effects?|differ\w*|depend\w*|matters?|var(?:y|ies)|influenc\w*|impact\w*|relat\w*|link\w*|caus\w*|makes?)\b",
    re.IGNORECASE,
)
_TREND = re.compile(r"\b(?:trend\w*|over time|develop\w*|evol\w*|chang\w*|progress\w*|direction)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"\b(growth|grew|grow\w*|percent\w*|%|rate|relative\w*|fastest)", re.IGNORECASE)
_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b(?!.*\bor\b)", re.IGNORECASE
)
SIGNIFICANT = 0.05
"""The level below which a p value counts as significant: the same as the trend method's."""


def be(noun: str) -> str:
    """ "are" after a plural, else "is"."""
    return "are" if is_plural(noun) else "is"


def capital(text: str) -> str:
    """`text` with its first letter large; a leading reference is left alone."""
    return text if text.startswith("{{") else text[:1].upper() + text[1:]


def lower(text: str) -> str:
    """`text` with its first letter small, unless it begins with a reference, an acronym or an "I"."""
    first = text.split(" ", 1)[0]
    return text if first == "I" or first.startswith("{{") or first[1:2].isupper() else text[:1].lower() + text[1:]


def sentence(text: str) -> str:
    """`text` as a sentence: first letter large, full stop at the end."""
    clean = text.strip()
    if not clean:
        return ""
    return capital(clean if clean.endswith((".", "!", "?")) else f"{clean}.")


def paragraph(*sentences: str | None) -> str:
    """The sentences that say something, as one text."""
    return " ".join(sentence(text) for text in sentences if text and text.strip())


def sentences(text: str) -> list[str]:
    """The sentences of `text`."""
    return re.split(r"(?<=[.!?]) (?=[A-Z{])", text)


def moved(value: float | None, up: str = "rose", down: str = "fell", same: str = "did not change") -> str:
    """The verb for a change of this sign."""
    return same if not value else up if value > 0 else down


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


def asks_high(question: str) -> bool:
    """Whether the question asks for the high end or for growth."""
    return bool(_HIGH.search(question))


def asks_why(question: str) -> bool:
    """Whether the question asks for reasons: it takes for granted that something moved."""
    return bool(_WHY.search(question))


def asks_effect(question: str) -> bool:
    """Whether the question asks if something makes a difference."""
    return bool(_EFFECT.search(question))


def asks_trend(question: str) -> bool:
    """Whether the question asks which way something goes."""
    return asks_low(question) or asks_high(question) or bool(_TREND.search(question))


def asks_relative(question: str) -> bool:
    """Whether the question asks for growth rather than for amounts."""
    return bool(_RELATIVE.search(question))


def asks_number(question: str, number: int) -> bool:
    """Whether the question names this number, above one: "top 5", "the three largest"."""
    words = [str(number), *_NUMBERS[number : number + 1]]
    return number > 1 and re.search(rf"\b(?:{'|'.join(words)})\b", question, re.IGNORECASE) is not None


def asks_which(question: str) -> bool:
    """Whether the question asks which ones there are, and not how many of each."""
    return question.casefold().startswith(("which ", "who ", "whose ", "list ", "show ", "name ", "what "))


def asks_yes_no(question: str) -> bool:
    """Whether the question is one of yes or no."""
    return bool(_YES_NO.search(question))


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


def month_name(number: int) -> str:
    """ "June" for 6."""
    return MONTHS[number - 1]
