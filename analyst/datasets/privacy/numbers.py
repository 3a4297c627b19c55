"""Personal numbers that a check digit, a date within or a numbering plan proves: identities, accounts, cards, phones.

What a form alone can't prove (nine digits may be many things) counts only where most of a column passes its check.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from stdnum import iban, luhn

from analyst.datasets.privacy.check_digits import is_hkid, is_nric, is_taiwanese, is_vin

REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "CH",
    "AT",
    "PL",
    "SE",
    "BR",
    "MX",
    "IN",
    "JP",
    "CN",
    "KR",
    "AU",
    "TR",
    "RU",
)
"""Whose numbering plans a telephone number without a country's code is tried in."""
_CARD = re.compile(r"(?<![\w.])\d{2,4}(?:[ .\-/_]?\d){8,15}(?![\d.]\d|\d)")
_MASKED = re.compile(r"(?<![\w*])(?:\d{4}|\d{6}|[*xX•]{4})[ \-]?(?:[*xX•]{2,6}[ \-]?){1,3}\d{2,4}(?!\w)")
_ENDING = re.compile(
    r"(?<![\w*])(?:[*xX•]{4}[ \-]?){3}\d{4}(?!\w)|(?<![\w*•])[*•]{2,4} ?\d{4}(?!\w)"
    r"|(?i:\b(?:card|visa|mastercard|amex|karte)\W{1,3}(?:\w+\W{1,2})?end(?:s|ing)\W{1,2}(?:in |with )?)\d{4}(?!\w)"
)
"""A card by its last four digits."""
_MASKED_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}[ \-]?(?:[*xX•]{2,4}[ \-]?){2,7}(?:\d{1,4} ?){1,3}(?!\w)")
_IBAN = re.compile(
    r"(?<!\w)[A-Z]{2}\d{2}(?:[ \u00a0\-]?[A-Z0-9]{4}){2,7}(?:[ \u00a0\-]?[A-Z0-9]{1,3})?(?!\w)", re.IGNORECASE
)
_SSN = re.compile(
    r"(?<![\w\-])(?:(?!000|666|9\d\d)\d{3}[\- ](?!00)\d{2}|9\d{2}[\- ](?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9]))"
    r"[\- ](?!0000)\d{4}(?![\w\-])|(?<![\w*•])[Xx*•]{3}-[Xx*•]{2}-\d{4}(?!\w)"
)
"""Also of those who pay taxes without one, and of which the last four digits are told."""
_DRIVER = re.compile(r"(?<!\w)[A-Z9]{5}\d[0156]\d(?:[0-2]\d|3[01])\d[A-Z9]{2}\d[A-Z]{2}(?!\w)")
"""A British driver: surname, birth date, initials."""
_NINO = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ \-]?\d{2}[ \-]?\d{2}[ \-]?\d{2}[ \-]?[A-D]\b", re.I
)
_DIGITS = re.compile(r"(?<![\w.,+\-])\d(?:[ .\-/]?\d){8,17}(?![\w]|[.,\-]\d)")
_LETTERED = re.compile(r"(?<!\w)[A-Z0-9](?:[ .\-]?[A-Z0-9]){7,17}(?!\w)", re.IGNORECASE)
_BRACKETED = re.compile(r"(?<!\w)[A-Z]{1,2}\d{6}\([\dA]\)")
_PHONE = re.compile(r"(?<![\w.,])(?:\+|\(\+|\(?0|\(?\d)(?:[ ().\-/\u00a0]{0,3}\d){5,14}(?![\w]|[.,]\d)")
_DATE = re.compile(
    r"(?:(?:19|20)\d{2}[-/. ]?\d{1,2}[-/. ]?\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{2}|\d{4}))"
    r"(?:[T ]\d{1,2}(?::\d{2})*)?"
)
_DECIMAL = re.compile(r"\(?\d{1,3}\.\d+\)?")
_GROUPED = re.compile(
    r"(?:\+\d|00[1-9](?=\d{0,2}[ .\-/(\u00a0]))(?:[ ().\-/\u00a0]{0,2}\d){7,13}"
    r"|8[ \-]?\(?\d{3}\)?[ \-]\d{3}[ \-]\d{2}[ \-]\d{2}"
    r"|\(?0?\d{2,4}\)?[ .\-/\u00a0]{1,2}\d{2,4}(?:[ .\-/\u00a0]\d{2,4}){1,3}|0\d{2,4}[/\-]\d{5,8}"
)


@dataclass(frozen=True)
class Number:
    """A kind of number: where it may be in a text, what proves it, and whether one alone is proof (`sure`)."""

    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool]
    sure: bool = True


def is_card(text: str) -> bool:
    """13 to 19 digits with a first digit that issuers use and a right check digit."""
    digits = re.sub(r"[ .\-/_]", "", text)
    if not (digits.isdigit() and 13 <= len(digits) <= 19 and len(set(digits)) > 1):
        return False
    return (digits[0] in "3456" or (digits[0] == "2" and len(digits) == 16)) and bool(luhn.is_valid(digits))


def is_iban(text: str) -> bool:
    """Whether its country has such account numbers and its check digits are right (ISO 13616)."""
    return bool(iban.is_valid(re.sub(r"[\s\-]", "", text).upper(), check_country=False))


def is_phone(text: str) -> bool:
    """Digits grouped, or led by a plus or zero, as telephone numbers are, that a numbering plan has; no date."""
    text = text.strip()
    digits = re.sub(r"\D", "", text)
    if not 7 <= len(digits) <= 15 or _DATE.fullmatch(text) or _DECIMAL.fullmatch(text) or text.startswith("000"):
        return False
    led, grouped = text[0] in "+0(", _GROUPED.fullmatch(text) is not None
    return (led and grouped) or ((led or (grouped and len(digits) >= 10)) and bool(phone_regions(text)))


def phone_regions(text: str) -> frozenset[str]:
    """Those of REGIONS whose plan has a number as written; all of them for a valid one with its country's code."""
    import phonenumbers

    found = set()
    for region in REGIONS:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            if text.lstrip("( ").startswith("+"):
                return frozenset(REGIONS)
            found.add(region)
    return frozenset(found)


@cache
def _checked(module: str) -> Callable[[str], bool]:
    """`is_valid` of a module of python-stdnum."""
    valid: Callable[[str], bool] = importlib.import_module(f"stdnum.{module}").is_valid
    return valid


def _any_of(*modules: str) -> Callable[[str], bool]:
    return lambda text: any(_checked(module)(text) for module in modules)


_LETTERED_IDS: Mapping[str, tuple[int, ...]] = {
    "it.codicefiscale": (11, 16),
    "mx.curp": (18,),
    "mx.rfc": (10, 12, 13),
    "es.dni": (9,),
    "es.nie": (9,),
    "ie.pps": (8, 9),
    "cn.ric": (18,),
    "pt.cc": (12,),
    "in_.epic": (10,),
}
"""Modules of python-stdnum for numbers with letters and a check, and how long these are: to ask a module takes longer
than all else that a text is searched for."""
_DATED: tuple[str, ...] = (
    "pl.pesel",
    "se.personnummer",
    "cn.ric",
    "no.fodselsnummer",
    "ro.cnp",
    "kr.rrn",
    "za.idnr",
    "fr.nir",
    "ee.ik",
)
_DATED += ("be.nn", "bg.egn", "lt.asmens", "si.emso", "is_.kennitala", "gr.amka", "at.vnr", "my.nric", "id.nik")
_DASHED = ("dk.cpr", "cz.rc", "sk.rc")
_CHECKED: tuple[str, ...] = (
    "br.cpf",
    "de.idnr",
    "in_.aadhaar",
    "nl.bsn",
    "gb.nhs",
    "ca.sin",
    "au.tfn",
    "tr.tckimlik",
    "hr.oib",
    "ch.ssn",
)
_CHECKED += ("cl.rut", "il.idnr", "pt.nif", "th.pin", "ua.rntrc", "ru.inn", "ec.ci", "do.cedula", "jp.in_")
"""Modules of python-stdnum: with a birth date; with a birth date and a sign between; with a check digit only."""


def _has_digits(least: int) -> Callable[[str], bool]:
    return lambda text: sum(char.isdigit() for char in text) >= least


def identities(digits: str) -> frozenset[str]:
    """The modules of python-stdnum by which bare `digits` are an identity number."""
    if len(set(digits)) < 3 or not 9 <= len(digits) <= 18:
        return frozenset()
    dated = {name for name in (*_DATED, "cn.ric15") if _proves(name, digits)}
    return frozenset(dated | {name for name in _CHECKED if _checked(name)(digits)})


def _proves(name: str, digits: str) -> bool:
    """Whether a number with a birth date in it is right; a Chinese one of before 1999 has no check digit."""
    if name == "cn.ric15":
        return re.fullmatch(r"[1-8]\d{5}\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}", digits) is not None
    return len(digits) >= 10 and _checked(name)(digits)


def _is_lettered_id(text: str) -> bool:
    bare = re.sub(r"[ .\-]", "", text).upper()
    if not any(char.isalpha() for char in bare) or not any(char.isdigit() for char in bare):
        return False
    indian = re.fullmatch(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", bare) is not None
    if indian or is_nric(bare) or is_taiwanese(bare):
        return True
    if any(_checked(module)(bare) for module, lengths in _LETTERED_IDS.items() if len(bare) in lengths):
        return True
    return len(text) == 11 and _checked("fi.hetu")(text)


def _is_dated_id(text: str) -> bool:
    """Whether a birth date stands in an identity number that is right, or that is written in the usual form."""
    bare = re.sub(r"\D", "", text)
    if len(bare) < 9 or len(set(bare)) < 3 or _DATE.fullmatch(text):
        return False
    if any(_proves(name, bare) for name in (*_DATED, "cn.ric15")):
        return True
    return re.fullmatch(r"\d{6}[-/]\d{3,4}", text) is not None and _any_of(*_DASHED)(text)


_WRITTEN_IDS = {
    r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]": "cl.rut",
    r"\d{2}-\d{8}-\d": "ar.cuit",
    r"\d-\d{4}-\d{5}-\d{2}-\d": "th.pin",
    r"\d{5}-\d{7}-\d": "pk.cnic",
}
"""How numbers with a check digit only are written, where nothing else is written so."""
_WRITTEN_ID = re.compile(rf"(?<![\w.\-])(?:{'|'.join(_WRITTEN_IDS)})(?![\w\-])")
_KOREAN = re.compile(r"(?<![\w\-])\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?![\w\-])")
"""A birth date, a sex and six digits, which since 2020 hold no check digit any more."""


def _is_written_id(text: str) -> bool:
    return any(re.fullmatch(form, text) and _checked(module)(text) for form, module in _WRITTEN_IDS.items())


def _is_checked_id(text: str) -> bool:
    bare = re.sub(r"\D", "", text)
    return len(set(bare)) > 2 and not _DATE.fullmatch(text) and _any_of(*_CHECKED)(bare)


NUMBERS = (
    Number("iban", _IBAN, is_iban),
    Number("national_id", _SSN, lambda text: True),
    Number("national_id", _NINO, lambda text: True),
    Number("national_id", _DRIVER, lambda text: True),
    Number("national_id", _LETTERED, _is_lettered_id),
    Number("national_id", _WRITTEN_ID, _is_written_id),
    Number("national_id", _KOREAN, lambda text: True),
    Number("national_id", _BRACKETED, is_hkid),
    Number("device", _LETTERED, is_vin),
    Number("iban", _MASKED_IBAN, _has_digits(6)),
    Number("card", _MASKED, _has_digits(6)),
    Number("card", _ENDING, _has_digits(4)),
    Number("card", _CARD, is_card),
    Number("national_id", _DIGITS, _is_dated_id),
    Number("phone", _PHONE, is_phone),
    Number("national_id", _DIGITS, _is_checked_id, sure=False),
)
"""Every kind of number, the surest first."""


def find_numbers(text: str) -> Iterator[tuple[Number, str]]:
    """Each number in `text` that may be personal, with what it may be."""
    if sum(char.isdigit() for char in text) < 4:
        return
    for number in NUMBERS:
        for found in number.pattern.finditer(text):
            if number.check(found[0]):
                yield number, found[0]
