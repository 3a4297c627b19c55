"""Personal data, by content with checksums and by header: which kind a column or a piece of text holds."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stdnum import iban, luhn
from stdnum.fr import nir

from analyst.datasets.headers import words
from analyst.datasets.measuring import Measured
from analyst.datasets.privacy.first_names import FIRST_NAMES

_SHARE = 0.5
"""The share of a column's (sampled) values that must be of a kind."""
_EMAIL = re.compile(r"[\w.%+'-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]\d|\d)")
_IP = re.compile(
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)|(?<![:\w])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![:\w])", re.I
)
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_NIR = re.compile(r"(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)")
_NINO = re.compile(r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d|00[1-9](?=\d{0,2}[ .\-/(]))(?:[ ().\-/]{0,2}\d){7,13}(?!\w)"
    r"|(?<![\w.])\(?0?\d{2,4}\)?[ .\-/]\d{2,4}(?:[ .\-/]\d{2,4}){1,3}(?![\w.])"
)
_ID_LIKE = re.compile(r"[A-Z0-9][A-Z0-9 .\-/]{5,17}", re.I)
"""What an identity number may be of which no form is known: the header says that it is one."""
_DATE_LIKE = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}")


def is_card(text: str) -> bool:
    """13 to 19 digits with a first digit that issuers use and a right check digit."""
    digits = re.sub(r"[ -]", "", text)
    if not (digits.isdigit() and 13 <= len(digits) <= 19 and len(set(digits)) > 1):
        return False
    return (digits[0] in "3456" or (digits[0] == "2" and len(digits) == 16)) and luhn.is_valid(digits)


def is_iban(text: str) -> bool:
    """Whether its country has such account numbers and its check digits are right (ISO 13616)."""
    return iban.is_valid(text, check_country=False)


def is_ip(text: str) -> bool:
    """An IPv4 or IPv6 address that is not a version number such as 1.0.0.0."""
    try:
        return ipaddress.ip_address(text) is not None and not text.endswith(".0.0")
    except ValueError:
        return False


def is_national_id(text: str) -> bool:
    """A US social security number, a UK national insurance number or a French NIR with its key."""
    if _SSN.fullmatch(text) or _NINO.fullmatch(text.upper()):
        return True
    return _NIR.fullmatch(text) is not None and nir.is_valid(text)


def is_phone(text: str) -> bool:
    """7 to 15 digits, grouped as telephone numbers are, and no date."""
    digits = re.sub(r"\D", "", text)
    grouped = _PHONE.fullmatch(text.strip()) is not None
    return grouped and 7 <= len(digits) <= 15 and not (_DATE_LIKE.fullmatch(text.strip()) and len(digits) <= 8)


@dataclass(frozen=True)
class Shape:
    """A kind of personal data that is known by its form: where it may be in a text, and whether it is one."""

    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool]


SHAPES = (
    Shape("email", _EMAIL, lambda text: True),
    Shape("iban", _IBAN, is_iban),
    Shape("national_id", _SSN, is_national_id),
    Shape("national_id", _NIR, is_national_id),
    Shape("national_id", _NINO, is_national_id),
    Shape("card", _CARD, is_card),
    Shape("ip", _IP, is_ip),
    Shape("phone", _PHONE, is_phone),
)
"""Every shape, the surest first."""


def find_shapes(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each piece of personal data in `text` that is known by its form."""
    for shape in SHAPES:
        for found in shape.pattern.finditer(text):
            if shape.check(found[0]):
                yield shape.kind, found[0]


_HEADERS = {
    "email": {"email", "mail", "courriel", "correo"},
    "phone": {"phone", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "telefon",
        "handy", "téléphone", "telefono", "teléfono", "movil", "móvil",
        "portable", "rufnummer", "phonenumber"},
    "card": {"card", "creditcard", "pan", "kreditkarte", "carte", "tarjeta", "cardnumber"},
    "iban": {"iban"},
    "ip": {"ip", "ipaddress"},
    "national_id": {"ssn", "nino", "nir", "dni", "nif", "passport", "steuernummer",
        "sozialversicherungsnummer", "insee"},
}  # fmt: skip
_FULL_NAMES = {"surname", "lastname", "firstname", "fullname", "forename", "vorname", "nachname", "familienname"}
_FULL_NAMES |= {"prenom", "prénom", "nom", "apellido", "apellidos", "nombre", "nombres", "cognome", "maidenname"}
_PERSONS = {"customer", "client", "employee", "patient", "person", "contact", "user", "member", "student", "teacher"}
_PERSONS |= {"passenger", "doctor", "manager", "author", "owner", "guest", "first", "last", "full", "family", "given"}
_PERSONS |= {"middle", "maiden", "kunde", "kunden", "mitarbeiter", "ansprechpartner", "salesperson", "seller", "agent"}
_PERSONS |= {"cliente", "empleado", "paciente", "employé", "salarié", "driver", "tenant", "applicant", "holder", "rep"}
_THINGS = {
    "product",
    "produkt",
    "produit",
    "producto",
    "company",
    "firma",
    "item",
    "region",
    "city",
    "country",
    "brand",
}
_THINGS |= {
    "store",
    "branch",
    "campaign",
    "category",
    "file",
    "column",
    "table",
    "event",
    "school",
    "team",
    "department",
}
_THINGS |= {
    "project",
    "plan",
    "model",
    "channel",
    "station",
    "hotel",
    "drug",
    "domain",
    "host",
    "state",
    "county",
    "artikel",
}
_THINGS |= {
    "article",
    "artículo",
    "ville",
    "pays",
    "stadt",
    "land",
    "pais",
    "ciudad",
    "empresa",
    "entreprise",
    "société",
}
_THINGS |= {"societe", "shop", "service", "supplier", "vendor", "account", "business", "organization", "organisation"}
_COMPANY = re.compile(
    r"\b(inc|ltd|llc|gmbh|ag|corp|co|sa|sarl|sas|plc|bv|kg|spa|srl|group|company|bank|university|school)\b", re.I
)
_PLACES = {"san", "santa", "santo", "saint", "st", "sankt", "port", "fort", "mount", "lake", "new"}
_VERSIONS = {"version", "versions", "release", "build", "firmware", "revision", "section", "clause", "chapter"}
_NUMBERS = {
    "number",
    "no",
    "nr",
    "num",
    "nummer",
    "numero",
    "numéro",
    "home",
    "work",
    "office",
    "private",
    "1",
    "2",
    "3",
}
"""What may follow the word for a telephone or card in the header of its numbers."""
_BY = {"by", "to", "owner", "assignee", "responsible", "approver", "reviewer", "salesman", "saleswoman", "vendeur"}
_BY |= {"bearbeiter", "verantwortlich", "verkäufer", "vendedor", "responsable"}
_CAPITALIZED = re.compile(r"[^\W\d_a-z][\w'’.\-]*(?: [^\W\d_a-z][\w'’.\-]*){1,3}")
_NAME = re.compile(r"[^\W\d_][\w'’.\-]*(?:[ ,]+[^\W\d_(\"][\w'’.\-)\"]*){1,6}")


def personal_kind(column: Measured, headers: Sequence[str]) -> str | None:
    """The kind of personal data that a column holds, or None. Content decides; a header alone only for names."""
    header = words(column.name)
    joined = {"".join(header), *header, *("".join(pair) for pair in itertools.pairwise(header))}
    if column.kind == "number":
        return _number_kind(column)
    if column.kind != "text" or not column.sample:
        return None
    hinted = {kind for kind, hints in _HEADERS.items() if joined & hints}
    found = _shape_kind([value.strip() for value in column.sample], hinted)
    if found == "ip" and set(header) & _VERSIONS:
        return None
    if found or not _is_person_name(column, header, joined, headers):
        return found
    return "person_name"


def _number_kind(column: Measured) -> str | None:
    """Telephone, card and identity numbers that were read as whole numbers: the header must say so."""
    if column.type != "BIGINT" or column.minimum is None:
        return None
    named = {kind for kind in _HEADERS if _is_named(words(column.name), _HEADERS[kind])}
    digits = {len(str(abs(int(column.minimum)))), len(str(abs(int(column.maximum))))}
    for kind, lengths in (("phone", range(7, 16)), ("national_id", range(7, 16)), ("card", range(13, 20))):
        if kind in named and digits <= set(lengths):
            return kind
    values = [str(value) for value, _ in column.values]
    if digits <= set(range(13, 20)) and len(values) >= 2 and all(map(is_card, values)):
        return "card"
    return None


def _is_named(header: Sequence[str], hints: set[str]) -> bool:
    """Whether a header ends in one of `hints`, but for words such as "number": "home phone", "phone 2"."""
    bare = list(header)
    while len(bare) > 1 and bare[-1] in _NUMBERS:
        bare.pop()
    return bool(bare) and (bare[-1] in hints or "".join(bare[-2:]) in hints or "".join(header[-2:]) in hints)


def _shape_kind(values: Sequence[str], hinted: set[str]) -> str | None:
    """The kind that most values are of; fewer will do when the header says so."""
    for kind in dict.fromkeys(shape.kind for shape in SHAPES):
        shapes = [shape for shape in SHAPES if shape.kind == kind]
        hits = sum(any(s.pattern.fullmatch(v) and s.check(v) for s in shapes) for v in values)
        if kind == "phone" and kind in hinted:
            hits = sum(7 <= len(re.sub(r"\D", "", v)) <= 15 for v in values)
        if kind == "national_id" and kind in hinted:
            hits = sum(bool(_ID_LIKE.fullmatch(v)) and sum(c.isdigit() for c in v) >= 5 for v in values)
        if hits and hits >= (0.2 if kind in hinted else _SHARE) * len(values):
            return kind
        if kind == "email" and hits >= max(1, 0.05 * len(values)):
            return kind
    return None


def _is_person_name(column: Measured, header: Sequence[str], joined: set[str], headers: Sequence[str]) -> bool:
    """By header ("first_name", "Nachname", "customer name"), or by "name" above values that are names of persons."""
    person_last = bool(header) and header[-1] in _PERSONS | _BY
    if not column.sample or (set(header) & _THINGS and not person_last):
        return False
    values = [value.strip() for value in column.sample]
    if sum(any(c.isdigit() for c in v) for v in values) > 0.1 * len(values):
        return False
    if sum(bool(_COMPANY.search(v)) for v in values) > 0.3 * len(values):
        return False
    named = {"name", "names"} & set(header)
    if joined & _FULL_NAMES or (named and set(header) & _PERSONS):
        return True
    by_content = sum(bool(_NAME.fullmatch(v)) and _first_name_in(v) for v in values) / len(values)
    if person_last:
        return by_content > 0.5 or sum(v.casefold() in FIRST_NAMES for v in values) > 0.8 * len(values)
    alone = len(header) == 1 and bool(named)
    return by_content > (0.2 if alone else 0.5) and column.distinct > 0.3 * column.present


def may_name_persons(column: Measured) -> bool:
    """Whether "name" heads values that differ from row to row and are written as names of persons are: they may be."""
    if column.kind != "text" or not column.sample or column.distinct <= 0.5 * column.present:
        return False
    written = sum(bool(_CAPITALIZED.fullmatch(value.strip())) for value in column.sample)
    return words(column.name) in (["name"], ["names"]) and written > 0.5 * len(column.sample)


def _first_name_in(value: str) -> bool:
    parts = [part.casefold() for part in re.split(r"[\s,.\-]+", value)]
    return parts[0] not in _PLACES and any(part in FIRST_NAMES for part in parts)
