"""Which columns are personal, and of what kind: values decide, by form, check digit and name; a header helps them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from analyst.core.text import fold
from analyst.datasets.headers import ID_WORDS
from analyst.datasets.measuring import Measured
from analyst.datasets.privacy import headers as said
from analyst.datasets.privacy.lexicon import is_name, is_ordinary
from analyst.datasets.privacy.names import Likeness, east_asian, is_full, likeness, names_within
from analyst.datasets.privacy.numbers import identities, is_card, phone_regions
from analyst.datasets.privacy.patterns import find_patterns

_LOOKED_AT = 300
"""Distinct values of a column that are looked at."""
_FEW, _MOST = 0.05, 0.5
"""The share of values that must be of a kind: where each proves itself; where only many together do."""
_SHORT = 60
"""Characters of a value within which a name in running text counts: longer texts are never shown."""
_COMPANY = re.compile(
    r"\b(inc|ltd|llc|llp|gmbh|ag|corp|co|sa|sarl|sas|plc|bv|kg|ohg|spa|srl|oy|group|company|bank|university|school|"
    r"holdings?|partners|solutions|services|systems|industries|associates|hospital|clinic)\b|株式会社|有限公司|&",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}|\d{1,2}\.? \w+ \d{2,4}|\d{8}|\w+ \d{1,2},? \d{4}")
_ID_LIKE = re.compile(r"[A-Z0-9][A-Z0-9 .\-/()]{4,24}", re.IGNORECASE)
_USER_NAME = re.compile(r"(?=.*[\d._])[a-z][a-z0-9]*(?:[._-]?[a-z0-9]+)*_?")
_SHORT_LOGIN = 4
"""Letters: so short a word may be an abbreviation."""
_LOGIN = re.compile(r"[a-z]{4,14}")
"""A name to log in with, under a header of people: "mvance"."""
_AROUND = re.compile(r"^[\d\W_]+|[\d\W_]+$")
"""A date or number before or behind a name."""
_PARTED = re.compile(r"\s+[\-–—/|]\s+|\s*[\[(:]\s*")
"""What parts a name from what is said of its bearer: "Green Robert - flu"."""
_NAME = re.compile(r"([A-ZÀ-Þ](?:\.|[a-zß-ÿ]{2,})) ([A-ZÀ-Þ][a-zß-ÿ]{3,})")
_INVERTED = re.compile(r"([A-ZÀ-Þ](?:[A-ZÀ-Þ]{2,}|[a-zß-ÿ]{2,})), ([A-ZÀ-Þ][a-zß-ÿ]{2,})")
_STRANGE = 0.8
"""The share of values that must be names of which no list holds a part."""
_DATE_WORDS = frozenset(("date", "datum", "fecha", "data", "day", "d"))
_USUAL = (0.5, 0.95)
"""The quantiles between which usual values lie: a telephone number that nobody told is 0 or -1."""
_LONG = 7
"""Digits: shorter numbers may be counts of what the header names."""
_LEAST_AGE, _LEAST_SPAN = 10, 10
"""Years: dates that all lie so far back, over so long a time, beside people may be those of their births."""


def personal_kind(column: Measured, headers: Sequence[str], today: date) -> str | None:
    """The kind of personal data that a column of a table with `headers` holds (analyst.protocol.table), or None."""
    if column.kind in ("date", "timestamp"):
        return "birth_date" if _is_birth_date(column, headers, today) else None
    if column.kind == "number":
        return _number_kind(column)
    if column.kind != "text" or not column.sample:
        return None
    values = [value.strip() for value in column.sample[:_LOOKED_AT] if value.strip()]
    named = said.kinds_of(column.name)
    if said.heads_humans(column.name) and sum(map(_is_user_name, values)) >= _MOST * len(values):
        named |= {"handle"}
    if said.heads_humans(column.name) and sum(map(_is_login, values)) >= _STRANGE * len(values):
        return "handle"
    found = _proven_kind(column, values) or _bare_kind(values, column.name) or _headed_kind(values, named)
    if found or not values:
        return found
    return "person_name" if _are_people(values, column.name) else _login_kind(values, column.name)


def _login_kind(values: Sequence[str], header: str) -> str | None:
    """Names to log in with, by their form alone: nearly all an initial and a name ("jcarter")."""
    logins = sum(_is_login(value) and is_name(value[1:]) and len(value) > _SHORT_LOGIN for value in values)
    return "handle" if len(values) > 2 and logins >= _STRANGE * len(values) and not said.heads_things(header) else None


def _is_birth_date(column: Measured, headers: Sequence[str], today: date) -> bool:
    if "birth_date" in said.kinds_of(column.name):
        return True
    # A date of something ("flight date") is no one's birth.
    if column.minimum is None or set(said.folded_words(column.name)) - _DATE_WORDS:
        return False
    first, last = column.minimum.year, column.maximum.year
    old = first >= 1900 and last <= today.year - _LEAST_AGE and last - first >= _LEAST_SPAN
    return old and said.speaks_of_people([header for header in headers if header != column.name])


_WHOLE_NUMBERS = (
    ("phone", range(7, 16)), ("national_id", range(7, 19)), ("card", (4, *range(12, 20))), ("iban", range(8, 20)),
    ("postal_code", range(3, 8)), ("device", range(14, 21)), ("secret", range(3, 20)),
)  # fmt: skip
"""The kinds whose values may be read as whole numbers, and how many digits these have."""


def _number_kind(column: Measured) -> str | None:
    """Telephone, card and identity numbers that were read as whole numbers."""
    if column.minimum is None or column.minimum % 1 or column.maximum % 1:
        return None
    named = said.kinds_of(column.name)
    digits = {_length(column.minimum), _length(column.maximum)}
    usual = {_length(column.quantiles[share]) for share in _USUAL}
    for kind, lengths in _WHOLE_NUMBERS:
        if kind in named and (usual if min(usual) >= _LONG else digits) <= set(lengths):
            return kind
    return _bare_kind([str(value) for value, _ in column.values], column.name) if min(digits) >= 9 else None


def _length(value: float) -> int:
    """How many digits a number has; a negative one has none of a code."""
    return len(str(int(value))) if value >= 0 else 0


def _proven_kind(column: Measured, values: Sequence[str]) -> str | None:
    """The kind that enough values hold a piece of, by its form and check digits; cells count as well as values."""
    # A piece that is no proof is most of what its cell says, or it is a word of a sentence.
    found = {
        value: {(p.kind, p.sure) for p in find_patterns(value) if p.sure or 2 * len(p.text) >= len(value)}
        for value in values
    }
    sure = Counter(kind for kinds in found.values() for kind, proof in kinds if proof)
    likely = Counter(kind for kinds in found.values() for kind in {kind for kind, _ in kinds})
    cells: Counter[str] = Counter()
    for value, count in column.values:
        for kind in {piece.kind for piece in find_patterns(str(value)) if piece.sure}:
            cells[kind] += count
    least = max(1.0, _FEW * len(values))
    for kind in sorted(likely, key=lambda kind: (-sure[kind], -likely[kind])):
        if kind == "ip" and said.heads_versions(column.name):
            continue
        if sure[kind] >= least or cells[kind] >= max(1.0, _FEW * column.present):
            return kind
        if likely[kind] >= _MOST * len(values) and kind in ("plate", "secret"):
            return kind
    return None


def _bare_kind(values: Sequence[str], header: str) -> str | None:
    """The kind of values that are mere digits: nearly all must agree on one country's numbers."""
    bare = [value for value in values if value.isdigit() and 9 <= len(value) <= 19]
    if len(bare) < max(2.0, _FEW * len(values)):
        return None
    if _agree(bare, lambda digits: frozenset({"card"} if is_card(digits) else ()), least=0.8):
        return "card"
    if _agree(bare, identities, least=0.8):
        return "national_id"
    abroad = [value[2:] for value in bare if value.startswith("00")]
    if len(abroad) >= 0.8 * len(bare) and _agree(abroad, lambda digits: phone_regions(f"+{digits}"), least=0.95):
        return "phone"
    led = [value for value in bare if value.startswith("0") and not value.startswith("00")]
    if led and len(led) >= 0.8 * len(bare) and _agree(led, phone_regions, least=0.8):
        return "phone"
    if _agree(bare, lambda digits: phone_regions(f"+{digits}"), least=0.95) and not said.heads_measures(header):
        return "phone"
    coded = ID_WORDS & set(said.folded_words(header)) or len(bare) < 3
    plain = all(10 <= len(value) <= 13 for value in bare)
    return "phone" if plain and not coded and _agree(bare, phone_regions, least=0.95) else None


def _agree(values: Sequence[str], tags: Callable[[str], Iterable[str]], *, least: float) -> bool:
    """Whether one tag is on at least a share `least` of `values`, which may not all be neighbors in one series."""
    counts = Counter(tag for value in values for tag in tags(value))
    return bool(counts) and max(counts.values()) >= least * len(values)


def _is_login(text: str) -> bool:
    """Whether a text is one small word that no dictionary has."""
    return bool(_LOGIN.fullmatch(text)) and not is_ordinary(text)


def _headed_kind(values: Sequence[str], named: frozenset[str]) -> str | None:
    """The kind that the header names, where enough values are written as such."""
    for kind, test, least in _WRITTEN:
        if kind in named and sum(map(test, values)) >= max(1.0, least * len(values)):
            return kind
    return None


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _is_one_word(text: str) -> bool:
    return " " not in text and len(text) > 2 and not is_ordinary(fold(text))


def _is_user_name(text: str) -> bool:
    """Whether a word is made as names of accounts are: of small letters, with a digit, a point or a low line."""
    parts = re.findall(r"[a-z]+", text)
    return bool(_USER_NAME.fullmatch(text)) and not all(is_ordinary(part) for part in parts if len(part) > 1)


_WRITTEN: tuple[tuple[str, Callable[[str], bool], float], ...] = (
    ("email", lambda text: "@" in text, _FEW),
    ("phone", lambda text: 7 <= _digits(text) <= 15, 0.05),
    ("ip", lambda text: text.count(".") == 3 or text.count(":") > 1, 0.2),
    ("birth_date", lambda text: bool(_DATE_LIKE.search(text)), 0.2),
    ("device", lambda text: bool(re.fullmatch(r"[\dA-Za-z:.\-]{8,40}", text)) and _digits(text) > 1, 0.5),
    ("iban", lambda text: bool(_ID_LIKE.fullmatch(text)) and _digits(text) > 6, 0.2),
    ("card", lambda text: _digits(text) >= 4 and bool(re.fullmatch(r"[\dxX*•. \-]+", text)), 0.2),
    ("national_id", lambda text: bool(_ID_LIKE.fullmatch(text)) and _digits(text) >= 5, 0.2),
    ("plate", lambda text: bool(re.fullmatch(r"[\w \-·.]{3,12}", text)) and _digits(text) > 0, 0.3),
    ("location", lambda text: _digits(text) > 3, 0.5),
    ("address", lambda text: (" " in text and len(text) > 6) or _digits(text) > 0, 0.3),
    ("postal_code", lambda text: bool(re.fullmatch(r"[\w \-]{3,10}", text)) and _digits(text) > 0, 0.5),
    ("secret", lambda text: _is_one_word(text) and (len(text) > 3 or text.isdigit()), 0.5),
    ("handle", _is_one_word, 0.5),
)
"""How values look whose header already names the kind, and the share of them that must."""


def _are_people(values: Sequence[str], header: str) -> bool:
    """Whether values are names of people: the surer the header, the less they must prove."""
    if said.heads_humans(header):
        values = [bare for value in values if (bare := _AROUND.sub("", _likest_part(value)))] or values
    numbered = sum(any(char.isdigit() for char in value) for value in values) / len(values)
    if numbered > _MOST or sum(bool(_COMPANY.search(value)) for value in values) > 0.3 * len(values):
        return False
    if said.heads_names(header):
        return numbered <= 0.3
    known = [likeness(value) for value in values]
    sure = sum(one is Likeness.SURE for one in known) / len(values)
    like = sum(one is not Likeness.NONE for one in known) / len(values)
    whole = sum(one is Likeness.SURE and is_full(value) for one, value in zip(known, values, strict=True)) / len(values)
    full = sum(one is not Likeness.NONE and is_full(value) for one, value in zip(known, values, strict=True)) / len(
        values
    )
    if said.heads_humans(header):
        return sure >= _FEW or like >= 0.3
    if said.heads_things(header) and not said.heads_free_text(header):
        return False
    if said.heads_labels(header):
        return whole >= _MOST or _are_strange(values, _INVERTED)
    if said.heads_parties(header):
        return whole >= _FEW or full >= _MOST or sure >= 0.6
    if said.heads_any_names(header):
        if sum(value.lower() == value.upper() for value in values) >= _MOST * len(values) and not all(
            map(east_asian, values)
        ):
            return like >= _MOST  # a script without capitals, whose words no dictionary here has
        sparse = (whole >= _FEW and full >= _MOST) or (sure >= 0.7 and len(values) > 2)
        return sparse or _prove_names(values, whole=whole, sure=sure)
    return _prove_names(values, whole=whole, sure=sure)


def _likest_part(value: str) -> str:
    """The part of a value that is likest a name."""
    return max(_PARTED.split(value), key=likeness)


def _are_strange(values: Sequence[str], *forms: re.Pattern[str]) -> bool:
    """Whether nearly all of several values are two words, or an initial and one, in one of the `forms` of a name, that
    stand in no dictionary."""
    return len(values) > 2 and sum(_is_strange_name(value, forms) for value in values) >= _STRANGE * len(values)


def _is_strange_name(text: str, forms: Iterable[re.Pattern[str]]) -> bool:
    words = next((found for form in forms if (found := form.fullmatch(text))), None)
    return (
        words is not None
        and likeness(text) is not Likeness.NONE
        and not any(is_ordinary(fold(w)) for w in words.groups())
    )


def _prove_names(values: Sequence[str], *, whole: float, sure: float) -> bool:
    """Whether values under a header that says nothing are names: full ones, or single given names and nothing else;
    also full ones of which nothing is known, where nearly all are."""
    if _are_strange(values, _NAME, _INVERTED):
        return True
    if whole >= 0.15 and whole * len(values) >= 2:
        return True
    if all(map(east_asian, values)):
        return len(values) > 2 and sum(bool(likeness(value)) for value in values) >= 0.8 * len(values)
    short = [value for value in values if len(value) <= _SHORT]
    within = sum(bool(names_within(value)) for value in short)
    return within >= max(2.0, 0.15 * len(values)) or (sure >= 0.8 and len(values) > 2)
