from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from analyst.datasets.card import build_card, card_evidence
from analyst.datasets.privacy.numbers import find_numbers, is_card, is_iban
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Facts, Filter
from analyst.protocol.table import TableProfile

Profiler = Callable[..., TableProfile]
PEOPLE = ["Anna O'Brien", 'Paul "Bo" Meyer', "Lucía Pérez", "Jean Dupont", "Sarah Smith", "Hans Müller"]
MAILS = [f"person{i}@mail{i % 3}.example.org" for i in range(6)]

PERSONAL: dict[str, tuple[str, list[str], str]] = {
    "e-mail": ("contact", MAILS, "email"),
    "phone by content": ("reach", ["+33 6 12 34 56 78", "+49 170 1234567", "(212) 555-0187"], "phone"),
    "phone as number": ("phone", ["33612345678", "33612345679", "33612345688"], "phone"),
    "cards": ("paid with", ["4111 1111 1111 1111", "5500-0000-0000-0004", "4012888888881881"], "card"),
    "cards as numbers": ("n", ["4111111111111111", "5500000000000004", "4012888888881881"], "card"),
    "IBAN": ("account", ["DE89 3704 0044 0532 0130 00", "FR1420041010050500013M02606", "GB82WEST12345698765432"], "iban"),
    "IP": ("from", ["192.168.0.17", "10.2.33.4", "2001:db8::ff00:42:8329"], "ip"),
    "US SSN": ("x", ["123-45-6789", "219-09-9999", "457-55-5462"], "national_id"),
    "French NIR": ("x", ["2 55 08 14 168 025 38", "255081416802538"], "national_id"),
    "UK NINO": ("x", ["AB123456C", "JG 10 37 59 A"], "national_id"),
    "first names": ("Vorname", ["Anna", "Paul", "Xaver"], "person_name"),
    "nom": ("nom", ["Dupont", "Durand", "Petit"], "person_name"),
    "nombre y apellidos": ("Apellidos", ["Pérez", "García", "Ruiz"], "person_name"),
    "customer names": ("customer_name", PEOPLE, "person_name"),
    "a phone's header with a number": ("home_phone_2", ["33612345678", "33612345679", "33612345688"], "phone"),
    "Spanish DNI by header": ("DNI", ["10763294A", "22763294B", "35763294C"], "national_id"),
    "managers, few of them": ("account_manager", ["Anna Smith", "Paul Kim", "Anna Smith"] * 9, "person_name"),
    "first names of drivers": ("driver", ["Anna", "Paul", "Hans"] * 9, "person_name"),
    "those who made it": ("created_by", ["Anna Smith", "Paul Kim", "Jean Petit"] * 9, "person_name"),
    "bare name over persons": ("name", PEOPLE, "person_name"),
    "phones that some did not tell": ("phone", ["0", *(f"3361234567{i}" for i in range(8))], "phone"),
    "identity numbers, some unknown": ("ssn", ["-1", *(f"21909{i}999" for i in range(8))], "national_id"),
}  # fmt: skip
HARMLESS: dict[str, tuple[str, list[str]]] = {
    "measures": ("population", ["33612345678", "22612345679", "11612345688"]),
    "ids": ("order_id", ["1000000001", "1000000002", "1000000003"]),
    "dates": ("day", ["2024-01-05", "2024-02-06", "2024-03-07"]),
    "German dates": ("day", ["05.01.2024", "06.02.2024", "07.03.2024"]),
    "products": ("product name", ["Thermo Bottle", "Desk Lamp", "Trail Backpack"]),
    "companies": ("name", ["Acme Inc", "Meyer GmbH", "Smith Ltd"]),
    "companies by header": ("company_name", ["Paul Smith", "Anna Taylor", "Hugo Boss"]),
    "cities": ("name", ["New York", "Los Angeles", "San Diego"]),
    "regions": ("region", ["North", "South", "West"]),
    "versions of four parts": ("version", ["1.2.3.4", "1.10.0.7", "2.0.1.1"]),
    "users of a mobile": ("mobile_users", ["33612345678", "22612345679", "11612345688"]),
    "sales of a city": ("tel_aviv_sales", ["3361234", "2261234", "1161234"]),
    "types of drivers": ("driver_type", ["long haul", "city", "night"] * 9),
    "teams": ("team", ["Anna", "Paul", "Hans"] * 9),
    "clients that are companies": ("client", ["Acme Inc", "Paul Meyer GmbH", "Smith & Sons Ltd"]),
    "versions": ("version", ["1.2.3", "1.10.0", "2.0.1"]),
    "number of things in French": ("nombre", ["3", "5", "8"]),
    "ratios": ("score", ["32 - 32", "57 - 54", "80 - 66"]),
    "long numbers without check digit": ("n", ["4111111111111112", "5500000000000005", "4012888888881882"]),
    "prices": ("price", ["1 234 567", "2 345 678", "3 456 789"]),
    "years": ("span", ["2010-2014", "2015-2019", "2020-2024"]),
    "counts of tokens": ("token", ["5", "120", "900", "1200", "2000"]),
}


def text_of(header: str, values: list[str]) -> str:
    return (
        json.dumps(header)
        + ",n\n"
        + "".join(f'"{v.replace(chr(34), chr(34) * 2)}",{i}\n' for i, v in enumerate(values))
    )


@pytest.fixture
def people(profiled: Profiler) -> TableProfile:
    body = "".join(
        f'"{name.replace(chr(34), chr(34) * 2)}",{mail},{"Lyon" if i % 2 else "Lille"},{i * 10}\n'
        for i, (name, mail) in enumerate(zip(PEOPLE, MAILS, strict=True))
    )
    return profiled("customer_name,mail,city,amount\n" + body)


@pytest.mark.parametrize("case", PERSONAL)
def test_personal_data_is_recognised(case: str, profiled: Profiler) -> None:
    header, values, kind = PERSONAL[case]
    assert profiled(text_of(header, values)).columns[0].personal == kind


@pytest.mark.parametrize("case", HARMLESS)
def test_harmless_data_is_not_called_personal(case: str, profiled: Profiler) -> None:
    header, values = HARMLESS[case]
    assert profiled(text_of(header, values)).columns[0].personal is None


def test_check_digits_decide() -> None:
    assert is_card("4111111111111111") and not is_card("4111111111111112")
    assert is_iban("GB82 WEST 1234 5698 7654 32") and not is_iban("GB83 WEST 1234 5698 7654 32")
    assert list(find_numbers("255081416802538")) and not list(find_numbers("255081416802539"))


def test_the_same_value_gets_the_same_token_and_comes_back(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    token = hidden.hide("customer_name", PEOPLE[0])
    assert token == "PERSON_1" == hidden.hide("customer_name", PEOPLE[0])
    assert hidden.hide("customer_name", PEOPLE[1]) == "PERSON_2"
    assert hidden.hide("city", "Lyon") == "Lyon"
    assert (
        hidden.restore(f"{token} pays most, PERSON_77 does not exist")
        == "Anna O'Brien pays most, PERSON_77 does not exist"
    )


def test_a_question_is_hidden_by_form_and_by_known_values(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    hidden.hide("customer_name", "Jean Dupont")
    question = (
        "Did JEAN DUPONT (jean@dupont.fr, +33 6 12 34 56 78) or PERSON_9 buy 12 items for 1,234.50 on 2024-01-05?"
    )
    told = hidden.hide_text(question)
    for secret in ("dupont", "33 6"):
        assert secret not in told.lower()
    assert "12 items for 1,234.50 on 2024-01-05" in told
    assert hidden.restore(told) == question.replace("JEAN DUPONT", "Jean Dupont")


def test_restored_values_keep_sql_and_json_whole(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    quote, double = hidden.hide("customer_name", PEOPLE[0]), hidden.hide("customer_name", PEOPLE[1])
    plan = json.dumps(
        {"steps": [{"id": "s1", "sql": f"SELECT * FROM data WHERE customer_name IN ('{quote}', '{double}')"}]}
    )
    sql = json.loads(hidden.restore(plan))["steps"][0]["sql"]
    assert sql.endswith("""IN ('Anna O''Brien', 'Paul "Bo" Meyer')""")
    assert (
        json.loads(hidden.restore(json.dumps({"text": f"{quote} and {double}"})))["text"]
        == f"{PEOPLE[0]} and {PEOPLE[1]}"
    )


def test_evidence_leaves_without_personal_values_and_with_all_others(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    kept = Facts(filters=(Filter("customer_name", "is", (PEOPLE[2],)), Filter("city", "is", ("Lyon",))))
    direct = EvidenceTable("s1", "top", ("customer_name", "city", "total"), ((PEOPLE[0], "Lyon", 12.5),), 1, facts=kept)
    renamed = EvidenceTable(
        "s2",
        "max",
        ("best", "city", "when", "value"),
        ((PEOPLE[3], "Lille", "2024-Q4", 3),),
        1,
        source=("customer_name", "city"),
    )
    described = EvidenceTable(
        "s3", "d", ("variable", "mode"), (("mail", MAILS[0]), ("city", "Lyon")), 2, source=("mail", "city")
    )
    shown = hidden.hide_evidence(Evidence((direct, renamed, described, *card_evidence(people))))
    text = repr(shown)
    assert not any(secret in text for secret in (*PEOPLE, *MAILS))
    assert shown.table("s1").rows == (("PERSON_1", "Lyon", 12.5),)
    assert shown.table("s1").facts.filters[1] == Filter("city", "is", ("Lyon",))
    assert shown.table("s2").rows[0][1:] == ("Lille", "2024-Q4", 3)
    assert shown.table("s3").rows == (("mail", "EMAIL_1"), ("city", "Lyon"))


def test_a_result_s_column_that_a_plan_called_by_a_person_leaves_as_the_token(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    token = hidden.hide("customer_name", PEOPLE[0])
    called = f"{PEOPLE[0]} total"
    pivoted = EvidenceTable(
        "s1",
        "totals",
        ("city", called, "total"),
        (("Lyon", 3, 5),),
        1,
        formats={called: ".2f"},
        source=("city", "amount"),
    )
    shown = hidden.hide_evidence(Evidence((pivoted,))).table("s1")
    assert shown.columns == ("city", f"{token} total", "total")
    assert dict(shown.formats) == {f"{token} total": ".2f"}
    assert hidden.restore(shown.columns[1]) == called


def test_a_name_within_an_alias_that_a_plan_wrote_as_one_word_leaves_as_the_token(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    tokens = [hidden.hide("customer_name", name) for name in ("Quixley", PEOPLE[3])]
    sql = hidden.restore(f"SELECT sum(amount) AS {tokens[0]}_total, max(amount) AS most_{tokens[1]} FROM data")
    assert sql == 'SELECT sum(amount) AS "Quixley_total", max(amount) AS "most_Jean Dupont" FROM data'
    made = EvidenceTable("s1", "totals", ("Quixley_total", "most_Jean Dupont"), ((3, 5),), 1, source=("amount",))
    shown = hidden.hide_evidence(Evidence((made,))).table("s1")
    assert shown.columns == (f"{tokens[0]}_total", f"most_{tokens[1]}")


def test_a_sentence_that_begins_as_sql_does_is_none(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    token, number = hidden.hide("customer_name", PEOPLE[0]), hidden.tokens.of("phone", "33612345678")
    assert (
        hidden.restore(f"With {token}'s order and {token}'s bill") == f"With {PEOPLE[0]}'s order and {PEOPLE[0]}'s bill"
    )
    assert hidden.restore(f"select 1 from data where phone = {number}").endswith("phone = 33612345678")


def test_a_name_in_a_remark_is_no_part_of_longer_words(profiled: Profiler) -> None:
    hidden = Pseudonyms(profiled("remark,n\n" + "".join(f"open {n},{n}\n" for n in range(9))))
    assert hidden.hide_value("remark", "Dear Quix, Quixotic plans") == "Dear PERSON_1, Quixotic plans"


def test_threads_agree_on_the_tokens(people: TableProfile) -> None:
    hidden = Pseudonyms(people)
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda i: (i % 50, hidden.hide("mail", f"u{i % 50}@x.org")), range(2000)))
    assert len(set(tokens)) == 50 and len({token for _, token in tokens}) == 50


def test_a_word_of_the_file_s_name_comes_back_as_it_is_written_elsewhere(profiled: Profiler) -> None:
    profile = profiled("code,n\nzquix,1\nZQUIX,2\nother thing,3\n" * 3, "report_zquix.csv")
    privacy = Pseudonyms(profile)
    text = privacy.hide_text("zquix and ZQUIX")
    assert privacy.restore(text) == "zquix and ZQUIX"


def test_a_word_of_the_file_s_name_that_is_a_category_of_the_table_is_shown(profiled: Profiler) -> None:
    profile = profiled(
        "quarter,n\n" + "".join(f"{q},{n}\n" for n, q in enumerate(["Q1", "Q2", "FYX"] * 4)), "n_fyx.csv"
    )
    card = build_card(profile, "", {}, Pseudonyms(profile))
    assert card.columns[0].values is not None and "FYX" in card.columns[0].values and card.name == "n_fyx"
