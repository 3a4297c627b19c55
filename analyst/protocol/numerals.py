"""The words of a text that hold digits, as typed tokens: dates, times, versions, ids, numbers with sign and unit.

What a hyphen, a point or a colon means depends on what stands on both of its sides, so a text is cut once, here, the
longer forms before the shorter: the hyphens of 2024-01-31 are no minus, and its 31 is no number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from analyst.protocol.moments import Period, dated

Kind = Literal["date", "time", "version", "phone", "id", "ordinal", "fraction", "number", "sign"]

_UNIT_POWER = re.compile(r"(?<=[^\W\d_])[²³](?!\w)")
_SPACES = " \u00a0\u202f\u2009"
_DIGITS = rf"\d+(?:[.,{_SPACES[1:]}'’]\d+)*"
_GROUPED = re.compile(rf"\d{{1,3}}(?:([,{_SPACES}'’])\d{{3}})(?:\1\d{{3}})*(?:\.\d+)?$")
_LAKHS = re.compile(r"\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?$")
_PLAIN = re.compile(r"\d+(?:\.\d+)?$")
_POINT_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?$")
_COMMA_DECIMAL = re.compile(rf"\d+(?:[{_SPACES}]\d{{3}})*,\d+$")
_SIGN = re.compile(r"(?:^|[\s(\[{=:<>≤≥~≈/–—\0])([-+−])[$€£¥₹]?$")
_CURRENCIES = {
    **dict.fromkeys(("$", "usd", "dollar", "dollars"), "$"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "€"),
    **dict.fromkeys(("£", "gbp"), "£"),
    **dict.fromkeys(("¥", "jpy", "yen"), "¥"),
    **dict.fromkeys(("₹", "inr", "rs", "rupees"), "₹"),
    **dict.fromkeys(("chf",), "chf"),
}
_BEFORE = re.compile(r"([$€£¥₹]|\b(?:usd|eur|gbp|jpy|inr|chf|rs\.))\s?[-−]?$", re.IGNORECASE)
_AFTER = re.compile(
    r"\s?(%|‰|percent|per cent|percentage points?|prozent|pour cent|por ciento|"
    r"[$€£¥₹]|(?:usd|eur|gbp|jpy|inr|chf|dollars?|euros?|yen|rupees)\b)",
    re.IGNORECASE,
)
_SCALES = {
    **dict.fromkeys(("k", "thousand", "tausend", "mille", "mil"), Decimal(1000)),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions", "millionen", "millones"), Decimal("1e6")),
    **dict.fromkeys(("bn", "b", "billion", "billions"), Decimal("1e9")),
    **dict.fromkeys(("trillion", "trillions"), Decimal("1e12")),
    **dict.fromkeys(("lakh", "lakhs"), Decimal("1e5")),
    **dict.fromkeys(("crore", "crores"), Decimal("1e7")),
    "dozen": Decimal(12),
    "hundred": Decimal(100),
}
_SCALE = re.compile(rf"\s?({'|'.join(sorted(_SCALES, key=len, reverse=True))})\b(?!-)", re.IGNORECASE)
_LAST = re.compile(r"([^\W\d_]{2,})[\s-]*$")
_NEXT = re.compile(r"[\s-]*([^\W\d_]{2,})")


@dataclass(frozen=True)
class Token:
    """A word of a text with digits, from `start` to `end`, in small letters.

    `values` are the numbers that it can be, the American reading first; `readings` the periods of each way to read it
    as a date; `unit` is %, a currency or the letters that follow at once ("kg"); `last` and `next` are the words
    around it.
    """

    kind: Kind
    text: str
    start: int
    end: int
    values: tuple[Decimal, ...] = ()
    readings: tuple[tuple[Period, ...], ...] = ()
    unit: str = ""
    last: str = ""
    next: str = ""

    def same(self, known: Token) -> bool:
        """Whether it says what `known` says: the same text, or the same number; a unit needs its like."""
        if self.text == known.text and self.kind == known.kind:
            return True
        if self.kind == "ordinal":
            return self.text in _ordinals(known)
        equal = bool(self.values) and self.values[0] in known.values
        return equal and self.unit in ("", known.unit, known.next)


def _ordinals(known: Token) -> Iterator[str]:
    """How the period that `known` names may be counted: Q4 is the 4th quarter."""
    names = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th"}
    yield from (names[p.quarter] for reading in known.readings for p in reading if p.quarter in names)


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


def tokens(text: str) -> list[Token]:
    """Every word of `text` that holds a digit of any script, and every period named in words, in their order."""
    plain = plain_digits(text)
    found = [_dated(plain, one.start, one.end, one.readings) for one in dated(plain)]
    rest = _blanked(plain, [(one.start, one.end) for one in found])
    for pattern, read in _FORMS:
        taken = [read(plain, match) for match in pattern.finditer(rest)]
        rest = _blanked(rest, [(one.start, one.end) for one in taken])
        found += taken
    placed = (_as_sign(text, replace(one, last=_last(plain, one.start), next=_next(plain, one.end))) for one in found)
    return sorted(placed, key=lambda one: one.start)


def is_number(token: Token) -> bool:
    """Whether the token holds a digit: "the third quarter" holds none."""
    return token.kind == "sign" or any(char.isdigit() for char in token.text)


def negative(before: str) -> bool | None:
    """Whether a minus (True) or a plus (False) stands before a number as its sign; None for neither."""
    sign = _SIGN.search(before)
    return None if sign is None else sign[1] != "+"


def scaled(after: str) -> str | None:
    """The word that would multiply the number before it ("million", "k"), or None."""
    found = _SCALE.match(after)
    return found[1] if found else None


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """`text` with what is taken already hidden, its length kept."""
    for start, end in spans:
        text = f"{text[:start]}{chr(0) * (end - start)}{text[end:]}"
    return text


def _as_sign(text: str, token: Token) -> Token:
    """A token that is written with ½ or ² is itself only."""
    written = text[token.start : token.end]
    odd = any(unicodedata.category(char) == "No" for char in written)
    return Token("sign", written.casefold(), token.start, token.end) if odd else token


def _dated(text: str, start: int, end: int, readings: tuple[tuple[Period, ...], ...]) -> Token:
    written = text[start:end]
    number = _values(written) if re.fullmatch(r"[\d.]+", written) else ()
    loose = re.search(
        r"(?:^|\b)(\d{1,2})\s?(?:may|march|mar|mai|sept)$|^(?:may|march)\s(\d{1,2})$", written, re.IGNORECASE
    )
    if loose:  # "the 5 may leave"
        number = (Decimal(loose[1] or loose[2]),)
    return Token("date", written.casefold(), start, end, number, readings)


def _time(text: str, found: re.Match[str]) -> Token:
    hour, minute = int(found["hour"] or found["only"] or found["h"]), int(found["minute"] or found["m"] or 0)
    half = (found["half"] or found["half2"] or "").casefold()[:1]
    hour = hour % 12 + 12 * (half == "p") if half else hour
    second = f":{found['second']}" if found["second"] not in (None, "00") else ""
    return Token("time", f"{hour:02d}:{minute:02d}{second}", found.start(), found.end())


def _textual(kind: Kind) -> Callable[[str, re.Match[str]], Token]:
    return lambda text, found: Token(kind, found[0].casefold(), found.start(), found.end())


def _phone(text: str, found: re.Match[str]) -> Token:
    return Token("phone", re.sub(r"\D", "", found[0]), found.start(), found.end())


def _version(text: str, found: re.Match[str]) -> Token:
    written = found[0].casefold()
    return Token("version", written, found.start(), found.end()) if not _values(written) else _number(text, found)


def _id(text: str, found: re.Match[str]) -> Token:
    """A name with digits; of "top-10" and "sub_12" the number counts, too."""
    tail = re.fullmatch(r"([^\W\d_]{2,})-(\d+)", found[0])
    value = (Decimal(tail[2]),) if tail and tail[1].islower() else ()
    kind: Kind = "id" if not value else "number"
    return Token(kind, found[0].casefold(), found.start(), found.end(), value)


def _fraction(text: str, found: re.Match[str]) -> Token:
    below = Decimal(found["below"])
    values = (Decimal(found["above"]) / below,) if below else ()
    return Token("fraction", re.sub(r"\s", "", found[0]), found.start(), found.end(), values)


def _power(text: str, found: re.Match[str]) -> Token:
    """A number in scientific notation."""
    mantissa = Decimal(found["mantissa"].replace(",", ""))
    exponent = int(found["exponent"].replace("−", "-").replace("+", ""))
    value = mantissa.scaleb(exponent) if abs(exponent) < 400 else mantissa
    return Token("number", found[0].casefold(), found.start(), found.end(), (value,), unit="scientific")


def _number(text: str, found: re.Match[str]) -> Token:
    start, end = found.start(), found.end()
    values, unit = _values(found[0]), _unit(text, start, end)
    if negative(text[:start]):
        values = tuple(-value for value in values)
    if scale := _SCALE.match(text, end):
        values = tuple(value * _SCALES[scale[1].casefold()] for value in values)
    written = f"{'-' if negative(text[:start]) else ''}{found[0]}{unit}{scale[1] if scale else ''}"
    return Token("number", written.casefold(), start, end, values, unit=unit)


def _suffixed(text: str, found: re.Match[str]) -> Token:
    """A number with letters behind it: "5kg", "10k", "2x"."""
    values, letters = _values(found["number"]), found["letters"].casefold()
    scale = _SCALES.get(letters)
    if scale is not None and letters != "b":
        values, letters = tuple(value * scale for value in values), ""
    if negative(text[: found.start()]):
        values = tuple(-value for value in values)
    return Token("number", found[0].casefold(), found.start(), found.end(), values, unit=letters)


def _values(written: str) -> tuple[Decimal, ...]:
    """The numbers that a written one can be: American first, then as most of Europe and India write."""
    found = []
    if _PLAIN.match(written) or _GROUPED.match(written) or _LAKHS.match(written):
        found.append(Decimal(re.sub(r"[^\d.]", "", written)))
    if _POINT_GROUPED.match(written) or (not found and _COMMA_DECIMAL.match(written)):
        found.append(Decimal(re.sub(rf"[.'’{_SPACES}]", "", written).replace(",", ".")))
    return tuple(found)


def _unit(text: str, start: int, end: int) -> str:
    before, after = _BEFORE.search(text[:start]), _AFTER.match(text, end)
    if before:
        return _CURRENCIES[before[1].casefold().rstrip(".")]
    return _CURRENCIES.get(after[1].casefold(), "%") if after else ""


def _last(text: str, start: int) -> str:
    found = _LAST.search(text[max(0, start - 40) : start])
    return found[1].casefold() if found else ""


def _next(text: str, end: int) -> str:
    found = _NEXT.match(text, end)
    return found[1].casefold() if found else ""


_START = r"(?<![\w.,])"
_CLOCK = (
    rf"(?:(?<=\0)T|{_START})(?:(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.\d+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?Z?|(?P<only>1[0-2]|0?\d)\s?(?P<half2>[ap])\.?m\b\.?|"
    r"(?P<h>[01]?\d|2[0-4])(?:h(?P<m>[0-5]\d)|\s?Uhr\b))(?![\w:])"
)
_PHONE = r"(?<![\w.,+])(?:\+\d{1,3}|\(\d{2,5}\)|0\d{1,4})(?:[ ()/-]{1,2}\d{2,}){2,}(?![\w.,]\d)"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], Token]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (_CLOCK, _time),
        (_PHONE, _phone),
        (rf"{_START}v\d+(?:\.\d+)*(?!\w|\.\d)|{_START}\d+(?:\.\d+){{2,}}(?:-?[a-z]+\d*)?(?!\w|[.,]\d)", _version),
        (rf"{_START}\d+(?:st|nd|rd|th|er|º)(?!\w)", _textual("ordinal")),
        (rf"{_START}(?P<mantissa>\d+(?:\.\d+)?)(?:e|\s?[x×]\s?10\^?)(?P<exponent>[-−+]?\d+)(?!\w)", _power),
        (r"(?<![\w.,/])(?P<above>\d{1,4})\s?[/⁄]\s?(?P<below>\d{1,4})(?![\w/]|[.,]\d)", _fraction),
        (rf"{_START}\d{{1,3}}(?: \d{{3}})+(?![\w'’]|[.,]\d)", _number),
        (rf"{_START}(?P<number>{_DIGITS})(?P<letters>[^\W\d_]{{1,4}}[²³]?)(?![\w.,]\d|\w)", _suffixed),
        (r"(?<!\w)\d+[-_/]?[^\W\d_][^\W_]*(?:[-_][^\W_]+)*?[-_][^\W_]*\d\w*(?:[-_]\w*\d\w*)?", _textual("id")),
        (r"(?<!\w)[^\W\d_]+(?:[-_/#.&][^\W\d_]+)*[-_/#.]?\d\w*(?:[-_/.]\w+)*", _id),
        (rf"{_DIGITS}(?!\w)", _number),
        (r"\w*\d\w*(?:[.,'’]\d\w*)*", _textual("id")),
    )
)
"""Each kind of word, the longer forms before the shorter. Parts are separated by signs that they can't hold themselves:
else a long word without a digit takes time that doubles with each letter."""
