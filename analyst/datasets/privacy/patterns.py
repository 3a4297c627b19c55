"""Personal data known by its form: addresses of mail, networks, places and profiles, plates, keys, passwords."""

from __future__ import annotations

import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analyst.core.text import fold
from analyst.datasets.privacy.lexicon import is_ordinary
from analyst.datasets.privacy.numbers import find_numbers

_AT = r"(?:@|\s?[(\[{]\s?(?:at|@)\s?[)\]}]\s?| at (?=[\w-]+(?: dot |\s?[(\[]dot[)\]]\s?)))"
_DOT = r"(?:\.|\s?[(\[{]\s?(?:dot|\.)\s?[)\]}]\s?| dot )"
_EMAIL = re.compile(rf"(?<![\w.])[\w.%+'-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[^\W\d_]{{2,}}", re.IGNORECASE)
_PROFILE = re.compile(
    r"(?:https?://)?(?:www\.)?(?:[\w-]+\.)?(?:linkedin\.com/(?:in|pub)|(?:facebook|instagram|twitter|x|tiktok|github|gitlab|"
    r"medium|xing|vk|t|threads|youtube|pinterest|snapchat|reddit)\.(?:com|me|net)/(?:@|profile(?:\.php\?id=|s?/)|u(?:ser)?/|"
    r"add/|pg/|people/)?)/?@?[\w.%\-]{3,}/?",
    re.IGNORECASE,
)
_PERSONAL_URL = re.compile(
    r"https?://[^\s/]+/(?:users?|profiles?|members?|people|u|in|author|~)/?[\w.@%\-]{3,}", re.IGNORECASE
)
# `@mean_fare[value]` names a value that a question wants back, and nobody.
_HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z_][\w.]{2,30}(?![\w@]|[\w.]*\[)")
_IP = re.compile(
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)|(?<![:\w])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![:\w])", re.I
)
_MAC = re.compile(
    r"(?<![\w:\-])(?:[0-9a-f]{2}[:\-]){5}[0-9a-f]{2}(?![\w:\-])|(?<![\w.])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b", re.I
)
_GPS = re.compile(
    r"(?<![\w.])[(\[]?-?(?:[0-8]?\d|90)[.]\d{3,}\s?[,; /]\s?-?(?:1[0-7]\d|\d{1,2}|180)[.]\d{3,}[)\]]?(?![\w.])"
    r"|(?<![\w.,])-?\d{1,2},\d{5,}\s?[; /]\s?-?\d{1,3},\d{5,}(?![\w.,])"
    r"|(?<![\w.])\d{1,2}\.\d{3,}°?\s?[NS][ ,;]{1,3}\d{1,3}\.\d{3,}°?\s?[EWO](?!\w)"
    r"|\d{1,2}°\s?\d{1,2}['′][^,;]{0,12}?[NS][ ,;]+\d{1,3}°\s?\d{1,2}['′][^,;]{0,12}?[EWO]"
)
_KEY = re.compile(
    r"(?<!\w)(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[\w\-]{16,}|(?<!\w)(?:gh[opsu]_|github_pat_|glpat-|xox[abpr]-|hf_|npm_|"
    r"AKIA|ASIA|AIza|ya29\.|SG\.|dop_v1_|shpat_)[\w\-.]{12,}|(?<!\w)eyJ[\w\-]{8,}\.[\w\-]{8,}(?:\.[\w\-]*)?"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\$(?:2[aby]|argon2id?|6|5)\$[\w./$=,+]{20,}"
)
_TOLD_SECRET = re.compile(
    r"(?i:(?<![^\W_])(?:(?:pass(?:word|wort|wd|phrase|code)|pwd|kennwort|mot de passe|contraseña|senha|pin"
    r"|(?:api|secret|access|private)[ _-]?key|(?:auth|access|session)[ _-]?token|(?:aws|client)[ _-]secret)"
    r"\s?[:=]\s?|bearer ))"
    r"[\"']?(?P<own>[^\s,;\"']{4,})"
)
"""A secret beside the word for it: "pwd=hunter2"."""
_HOME = re.compile(r"(?:(?:/home|/Users)/|[A-Z]:\\Users\\)(?!shared|public|all users)[\w.\-]{2,}", re.IGNORECASE)
"""A folder of one user."""
_WALLET = re.compile(r"(?<!\w)(?:bc1[ac-hj-np-z02-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|0x[0-9a-fA-F]{40})(?!\w)")
_POSTCODE = re.compile(
    r"(?<![\w\-])(?:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d)(?![\w\-])"
)
"""British and Canadian: a street or a house."""
_BORN = re.compile(
    r"(?i:\b(?:born|birth\w*|dob|geb(?:oren)?|geburts\w*|née?|naissance|nacid[oa]|nacimiento|nat[oa])\b)"
    r"\W{1,3}(?:\w+ ){0,2}"
    r"(?P<own>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}\.? [A-Za-zäéû]{3,10}\.? \d{4}|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4})"
)
_WORDLIKE = re.compile(r"(?<!\S)\S{8,64}(?!\S)")
_PLATE = re.compile(
    r"(?<![\w\-])(?:[A-ZÄÖÜ]{1,3}-[A-ZÄÖÜ]{1,2} ?\d{1,4}[EH]?|[A-Z]{2}[ -]\d{3}[ -][A-Z]{2}|\d[A-Z]{3}\d{3}"
    r"|[A-Z]{2}\d{2} ?[A-Z]{3}"
    r"|(?:A[PRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|LA|LD|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK|T[NRS]|U[AKP]|WB)"
    r"[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}"
    r"|\d{4} [B-DF-HJ-NP-TV-Z]{3}|[A-Z]{2} \d{1,2} [A-Z]{1,2} \d{4}|[A-Z]{3} ?\d[A-Z]\d{2}|\d{2} [A-Z]{1,3} \d{2,4}"
    r"|\d{2}-[A-Z]{3}-\d|[A-Z]{2}-\d{3}-[A-Z]|[A-Z]{2,3} \d{4}[A-Z]|[\u4e00-\u9fff][A-Z][A-Z0-9]{5}"
    r"|[АВЕКМНОРСТУХ]\d{3}[АВЕКМНОРСТУХ]{2}\d{2,3})(?![\w\-])"
)
_STREETS = (
    r"street|st\.?|avenue|ave\.?|road|rd\.?|lane|ln\.?|drive|dr\.?|boulevard|blvd\.?|court|ct\.?|way|place|pl\.?|square|"
    r"terrace|close|crescent|grove|gardens|mews|rise|circle|trail|alley|parkway|pkwy|highway|hwy"
)
_ADDRESS = re.compile(
    rf"(?<!\w)\d{{1,5}}[a-z]?,? (?:[A-Z][\w'.\-]* ){{1,4}}(?:{_STREETS})(?!\w)"
    r"|(?<!\w)[A-ZÄÖÜ][\w\-]*(?:straße|strasse|str\.|weg|gasse|allee|platz|damm|ufer|ring|laan|straat|gatan|vägen|gade|vej)"
    r" ?\d{1,4} ?[a-z]?(?!\w)"
    r"|(?<!\w)\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|place|chemin|impasse|allée|quai|route) [\w'’ \-]{3,}"
    r"|(?<!\w)(?:calle|avenida|avda\.?|plaza|paseo|c/|via|viale|piazza|corso|rua|travessa|largo|ulica|ul\.)"
    r" ?[\w'’. \-]{2,40}?,? ?(?:n[º°.]? ?)?\d{1,4}(?!\w)"
    r"|(?<!\w)(?:улица|ул\.|проспект|пр-т|просп\.|переулок|шоссе|бульвар|набережная|наб\.|вулиця|вул\.)"
    r" ?[\w'’. \-]{2,40}?,? ?(?:д(?:ом)?\.? ?)?\d{1,4}(?!\w)"
    r"|(?<!\w)(?:p\.? ?o\.? ?box|postfach|postbus|boîte postale|casella postale|apartado de correos|apdo\.?|а/я) ?"
    r"(?:n[º°.]? ?)?\d[\d ]*"
    r"|(?:都|道|府|県).{1,10}(?:市|区|町|村).{0,20}\d|(?:省|市).{1,12}(?:区|县|路|街).{0,12}\d+号",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pattern:
    """A kind of personal data with a form: where it may be in a text, what proves it, whether one alone is proof.

    Of a pattern with a group `own` that group alone is personal.
    """

    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] = bool
    sure: bool = True


def is_ip(text: str) -> bool:
    """An IPv4 or IPv6 address that is not a version number such as 1.0.0.0."""
    try:
        return ipaddress.ip_address(text) is not None and not text.endswith(".0.0") and text.count(":") != 2
    except ValueError:
        return False


def is_secret(text: str) -> bool:
    """Whether one word is made as passwords and tokens are: of letters, digits and rare signs, or by mere chance."""
    sorts = [any(map(test, text)) for test in (str.islower, str.isupper, str.isdigit)]
    signs = set(text) & set("!@#$%^&*?=+~|<>{}")
    if "://" in text or text[:1] in "$€£#" or text[-1:] in "%":
        return False
    if sum(sorts) >= 2 and sorts[2] and signs and any(sorts[:2]) and not re.search(r"\d[+*=<>]\d|@[\w-]+\.\w", text):
        return True
    return len(text) >= 20 and all(sorts) and text.replace("_", "").replace("-", "").isalnum() and _entropy(text) > 3.9


def tells_secret(text: str) -> bool:
    """Whether what stands behind the word for a secret is one: "password: expired" tells none."""
    own = re.split(r"[:=\s]", text.strip("\"'"))[-1].strip("\"'")
    return not is_ordinary(fold(own))


def _entropy(text: str) -> float:
    """Bits a sign, by the text's own frequencies."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


PATTERNS = (
    Pattern("secret", _KEY),
    Pattern("iban", _WALLET),
    Pattern("email", _EMAIL),
    Pattern("handle", _PROFILE),
    Pattern("handle", _PERSONAL_URL),
    Pattern("handle", _HANDLE),
    Pattern("handle", _HOME),
    Pattern("device", _MAC),
    Pattern("ip", _IP, is_ip),
    Pattern("location", _GPS),
    Pattern("address", _ADDRESS),
    Pattern("postal_code", _POSTCODE),
    Pattern("birth_date", _BORN),
    Pattern("secret", _TOLD_SECRET, tells_secret),
    Pattern("secret", _WORDLIKE, is_secret, sure=False),
    Pattern("plate", _PLATE, sure=False),
)
"""Every form that is no number, the surest first."""


@dataclass(frozen=True)
class Found:
    """A piece of personal data in a text. `sure`: one alone proves it; else most of a column must be alike, as with
    digits that nothing parts."""

    kind: str
    text: str
    sure: bool


def find_patterns(text: str) -> Iterator[Found]:
    """Each piece of personal data in `text` that is known by its form, the surest first; pieces may overlap."""
    for pattern in PATTERNS:
        for found in pattern.pattern.finditer(text):
            if pattern.check(found[0]):
                own = found["own"] if "own" in pattern.pattern.groupindex else found[0]
                yield Found(pattern.kind, own.strip(), pattern.sure)
    for number, written in find_numbers(text):
        yield Found(number.kind, written, number.sure and not written.isdigit())
