"""What stands on the card and among the issues of tables with planted personal data: none of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence

import pytest

from analyst.datasets.card import build_card, card_evidence
from analyst.datasets.privacy.headings import personal_headers
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.protocol.evidence import Evidence, write_evidence
from analyst.protocol.personal import TOKEN
from analyst.protocol.table import TableProfile, write_card
from tests.datasets.privacy.harmless import harmless
from tests.datasets.privacy.planted import Planted, planted
from tests.datasets.privacy.planted_abroad import HEADERS as HEADERS_ABROAD
from tests.datasets.privacy.planted_forms import HEADERS as HEADERS_OF_FORMS
from tests.datasets.privacy.planted_forms import NO_PEOPLE
from tests.datasets.privacy.planted_forms import PEOPLE as PEOPLE_AS_HEADERS

Profiler = Callable[..., TableProfile]
COLUMNS = 39
"""Columns of a table that several cases share."""


def in_tables(cases: Sequence[Planted]) -> list[list[Planted]]:
    """The cases in few tables, no two of one table under the same header."""
    tables: list[dict[str, Planted]] = []
    for case in cases:
        header = case.header.casefold()
        table = next((t for t in tables if header not in t and len(t) < COLUMNS), None)
        if table is None:
            tables.append(table := {})
        table[header] = case
    return [list(table.values()) for table in tables]


def text_of(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue()


def told(profile: TableProfile) -> str:
    """All that leaves of a table before anything is computed."""
    privacy = Pseudonyms(profile)
    card = write_card(build_card(profile, "", {}, privacy))
    return card + write_evidence(privacy.hide_evidence(Evidence(card_evidence(profile))))


TABLES = [table for mode in ("own", "shared", "mixed") for table in in_tables([c for c in planted() if c.mode == mode])]


def test_there_are_a_thousand_cases() -> None:
    assert len(list(planted())) >= 1_000 and len(harmless()) >= 150


@pytest.mark.parametrize("cases", TABLES, ids=lambda cases: f"{cases[0].mode} {cases[0].kind}")
def test_no_planted_value_leaves(cases: Sequence[Planted], profiled: Profiler) -> None:
    cells = [case.cells() for case in cases]
    rows = [[place * 10 + 5, *row] for place, row in enumerate(zip(*cells, strict=True))]
    text = told(profiled(text_of(["amount", *(case.header for case in cases)], rows))).casefold()
    left = [(case.kind, case.header, value) for case in cases for value in case.values if value.casefold() in text]
    assert not left


def test_harmless_columns_stay_open(profiled: Profiler) -> None:
    cases = [Planted("", "shared", header, values) for header, values in harmless()]
    closed = []
    for table in in_tables(cases):
        rows = [[n, *row] for n, row in enumerate(zip(*(case.cells() for case in table), strict=True))]
        profile = profiled(text_of(["amount", *(case.header for case in table)], rows))
        card = build_card(profile, "", {}, Pseudonyms(profile))
        for known, shown in zip(profile.columns, card.columns, strict=True):
            hidden = [value for value in shown.values or () if TOKEN.search(str(value))]
            if known.personal or hidden or shown.name != known.name:
                closed.append((known.name, known.personal, hidden))
    assert not closed


HEADERS = {
    "zeb.quixley@corp.example": "EMAIL_1",
    "SSN 123-45-6789": "NATIONALID_1",
    "Zebulon Quixley": "PERSON_1",
    "hours of Anna Kimmel": "PERSON_1",
    "zebulon_quixley": "PERSON_1",
    "+49 170 7654321": "PHONE_1",
    "DE89 3704 0044 0532 0130 00": "IBAN_1",
    "Adeyemi": "PERSON_1",
    "山田太郎": "PERSON_1",
    "hours_anna_kimmel": "PERSON_1",
    "AnnaKimmel": "PERSON_1",
    "Pavel’s score": "PERSON_1",
    "score (Pavel Orlov)": "PERSON_1",
    "Q: Zebulon": "PERSON_1",
    "12 Main Street": "ADDRESS_1",
    "born 1977-07-07": "BIRTHDATE_1",
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_column_s_personal_name_leaves_as_a_token_and_comes_back_in_sql(header: str, profiled: Profiler) -> None:
    profile = profiled(text_of(["region", header], [["North", 3], ["South", 4], ["North", 6]]))
    privacy = Pseudonyms(profile)
    card = build_card(profile, "", {}, privacy)
    token = HEADERS[header]
    assert card.columns[1].name == token and header not in told(profile)
    assert privacy.restore(f"SELECT avg({token}) FROM data") == f'SELECT avg("{header}") FROM data'
    assert privacy.restore(f'SELECT avg("{token}") FROM data') == f'SELECT avg("{header}") FROM data'
    assert privacy.restore(f"{{{{s1.{token}}}}} of {token}") == f"{{{{s1.{header}}}}} of {header}"
    assert privacy.hide_text(f"there is no column {header!r}") == f"there is no column {token!r}"


def test_names_of_columns_in_other_languages_and_forms_leave_as_tokens(profiled: Profiler) -> None:
    headers = [*HEADERS_ABROAD, *HEADERS_OF_FORMS]
    text = told(profiled(text_of(["region", "day", "n", *headers], [["North", *[3] * (len(headers) + 2)]] * 3)))
    assert not [header for header in headers if header in text]


def test_where_most_columns_are_people_rare_and_small_names_are_too() -> None:
    assert list(personal_headers(PEOPLE_AS_HEADERS)) == list(PEOPLE_AS_HEADERS[1:])


@pytest.mark.parametrize("headers", NO_PEOPLE, ids=lambda headers: headers[0])
def test_short_and_ordinary_names_of_columns_are_nobody_s(headers: Sequence[str]) -> None:
    assert not personal_headers(headers)


@pytest.mark.parametrize(
    "header",
    [
        *("Sepal Length", "P. value", "Q. 12", "Kaplan Meier", "reg_no_of_beds", "Dear Customer rate", "Total CR"),
        *(
            "order_date",
            "Gross Margin",
            "max_temp",
            "Jan",
            "duree_min",
            "Grace Period",
            "May",
            "North America",
            "Toyota",
        ),
        *(
            "San Jose",
            "Sao Paulo",
            "MonthlyCharges",
            "Kosten",
            "金额",
            "毛利率",
            "매출",
            "Sepal.Width",
            "Male",
            "Berlin",
        ),
    ],
)
def test_an_ordinary_column_s_name_stays(header: str, profiled: Profiler) -> None:
    profile = profiled(text_of(["region", header], [["North", 3], ["South", 4]]))
    assert build_card(profile, "", {}, Pseudonyms(profile)).columns[1].name == header


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("zebulon_quixley_payroll.csv", r"\bpayroll\b"),
        ("Kimmel Anna 2024.csv", r"\b2024\b"),
        ("AnnaKimmel 2024.csv", r"\b2024\b"),
        ("zquixley export.csv", r"\bexport\b"),
        ("invoice 123-45-6789.csv", r"\binvoice\b"),
        ("orders_2024.csv", r"^orders_2024"),
        ("sales by region.csv", r"sales by region"),
    ],
)
def test_a_file_s_name_keeps_its_ordinary_words_only(name: str, words: str, profiled: Profiler) -> None:
    profile = profiled("region,n\nNorth,1\nSouth,2\n", name)
    shown = build_card(profile, "", {}, Pseudonyms(profile)).name
    assert re.search(words, shown.replace("_", " ") if "payroll" in name else shown)
    assert not re.search("zebulon|quixley|kimmel|anna|6789", told(profile), re.IGNORECASE)


def test_only_shapes_are_told_of_free_text_and_identifiers(profiled: Profiler) -> None:
    rows = [[f"A-{1000 + n}", f"{7000 + n * 13}", f"the parcel came late on day {n}", n * 1.5] for n in range(30)]
    profile = profiled(text_of(["order id", "ref", "remark", "amount"], rows))
    code, number, remark, amount = build_card(profile, "", {}, Pseudonyms(profile)).columns
    assert (code.values, code.min, code.shape) == (None, None, "6 characters, like A-####")
    assert (number.values, number.min, number.max) == (None, None, None)
    assert remark.values is None and remark.shape == "7 words, English"
    assert (amount.min, amount.max) == (0, 43.5)
