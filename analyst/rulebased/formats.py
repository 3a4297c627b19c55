"""Which fields a question wants its answer in ("@mean_fare[mean]"): names, decimals, and the words allowed for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyst.core.text import fold
from analyst.rulebased.link.tokens import NUMBER_WORDS

_FIELD = re.compile(r"@(\w+)\s*\[([^\]]*)\]")
_ROUNDING = re.compile(
    r"(\d+|[a-z]+)(?:st|nd|rd|th)?[\s-]*(?:decimal|digits? after)|\b(integer|whole number)|"
    r"nearest (?P<place>tenth|hundredth|thousandth)",
    re.IGNORECASE,
)
_PLACES = {"tenth": 1, "hundredth": 2, "thousandth": 3, "third": 3, "second": 2, "first": 1, "fourth": 4}
_QUOTED = re.compile(r"[\"“'‘]([^\"”'’\n]{1,40})[\"”'’]")
_CHOICE = re.compile(
    r"[\"”'’],? or [\"“'‘]|\b(?:either|can be|could be|one of|exact values|be|as|denotes|indicates?|should be)\b"
)
NAMED = "named"
"""The id of the step whose columns are the fields that a question wants by name."""
MAX_OPTIONS = 6


@dataclass(frozen=True)
class Wanted:
    """A field: its name, the placeholder in brackets, what the format says of it, its decimals, and the words that it
    may hold when it is a choice of words."""

    name: str
    inner: str
    about: str = ""
    digits: int | None = None
    options: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The words of the name and the placeholder, each between spaces."""
        inner = spaced(self.inner)
        return f" {spaced(self.name)} {inner if inner.count(' ') < 5 else ''} "

    @property
    def named(self) -> str:
        """The words of the name alone."""
        return f" {spaced(self.name)} "


def spaced(name: str) -> str:
    """A name in folded words: `std_devFare1` → "std dev fare 1"."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", fold(split)))


def wanted(question: str) -> tuple[Wanted, ...]:
    """The fields that the question asks for by name, in order, each once."""
    found = list(_FIELD.finditer(question))
    if not found:
        return ()
    tail = question[found[-1].end() :]
    before = question[: found[0].start()]
    only = _only(_FIELD.sub(" ", question[found[0].start() :])) or _only(before)
    names = {part.strip() for match in found for part in match.groups()}
    out: dict[str, Wanted] = {}
    for at, match in enumerate(found):
        after = question[match.end() : found[at + 1].start()] if at + 1 < len(found) else ""
        about = _about(match[1], match[2], f"{after} {tail}" if re.search(r"\bwhere\b", after) else tail)
        digits = next(iter(_roundings(match[2])), None)
        digits = digits if digits is not None else next(iter(_roundings(about)), only)
        options = _options(match[2], _own(about, names - {match[1], match[2].strip()}), names)
        out.setdefault(match[1], Wanted(match[1], match[2].strip(), about, digits, options))
    return tuple(out.values())


def _own(about: str, others: set[str]) -> str:
    """What is said of a field, up to where another is spoken of: `"p_value" is …`."""
    named = "|".join(re.escape(name) for name in sorted(others, key=len, reverse=True) if name)
    if not named:
        return about
    return re.split(rf"[\"'“`]?(?<!\w)(?:{named})(?!\w)[\"'”`]?\s+(?:is|are|should|represents?|denotes?)\b", about)[0]


def _about(name: str, inner: str, tail: str) -> str:
    """What the text after the fields says of one: from its placeholder (or name) on, to where the next is quoted."""
    for part in (inner, name):
        place = re.search(rf"(?<!\w){re.escape(part.strip())}(?!\w)", tail) if part.strip() else None
        if place:
            return tail[place.end() :].lstrip("\"'”’ ")
    return ""


def _roundings(text: str) -> list[int]:
    found = []
    for match in _ROUNDING.finditer(text):
        if match["place"]:
            found.append(_PLACES[match["place"].lower()])
            continue
        told = (match[1] or "").casefold()
        number = 0 if match[2] else int(told) if told.isdigit() else NUMBER_WORDS.get(told, _PLACES.get(told))
        if number is not None:
            found.append(int(number))
    return found


def _only(text: str) -> int | None:
    """The number of decimals when the text names one only."""
    told = set(_roundings(text))
    return told.pop() if len(told) == 1 else None


def _options(inner: str, about: str, names: set[str]) -> tuple[str, ...]:
    """The words that the field may hold: `[yes/no]`, or quoted after "either"."""
    slashed = re.search(r"(?:^|\()\s*([\w -]+(?:/[\w -]+)+)\s*\)?\s*$", inner)
    if slashed:
        return tuple(part.strip() for part in slashed[1].split("/"))
    sentence = re.split(r"(?<=[.;])\s+(?=[A-Z\"“'@])|\n\s*(?=[Ww]here|@)|[,.]\s*(?=[Ww]here\b)", about)[0]
    quoted = [text.strip() for text in _QUOTED.findall(sentence) if text.strip() not in names]
    if re.search(r"\bbool", sentence, re.IGNORECASE):
        told = re.findall(r"\b(true|false)\b", sentence, re.IGNORECASE)
        return tuple(dict.fromkeys(told)) if len(set(told)) == 2 else ("True", "False")
    if 2 <= len(quoted) <= MAX_OPTIONS and _CHOICE.search(sentence):
        return tuple(dict.fromkeys(quoted))
    return ()
