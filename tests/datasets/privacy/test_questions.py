"""Questions as they leave: what the table holds of people is found in any spelling, what it does not hold by form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.datasets.privacy.questions import HiddenQuestion, hide_question
from analyst.datasets.profiling import profile_table
from analyst.engine.duckdb import open_locked
from analyst.engine.interface import Engine
from analyst.protocol.table import TableProfile
from tests.datasets.privacy.planted_abroad import STRANGERS as ABROAD
from tests.datasets.privacy.planted_forms import OPEN as NEAR
from tests.datasets.privacy.planted_forms import STRANGERS as FORMS

STRANGERS = ABROAD | FORMS

NAMES: tuple[str, ...] = (
    "Zebulon Quixley",
    "Anna Kimmel",
    "Pavel Órlov",
    "Marie Dupont",
    "Anna Bergmann",
    "Mark Young",
    "Rose May",
)
NAMES += ("王小明", "O'Brien, Pat", "Ingrid van der Velde", "Søren Kjærgaard", "高橋美咲")
PHONES = ("0170/1234567", "+49 160 1112223", "06 12 34 56 78", "(212) 555-0187", "0151/2345678")
ROWS = [
    f'"{NAMES[n % 12]}",{PHONES[n % 5]},{("North", "South", "Bay Area")[n % 3]},{("Desk Lamp", "Rain Jacket")[n % 2]},{n * 7}'
    for n in range(36)
]

KNOWN = {
    "What did Zebulon Quixley order?": ["Zebulon Quixley"],
    "What did Quixley order?": ["Zebulon Quixley"],
    "what did quixley order": ["Zebulon Quixley"],
    "QUIXLEY, ZEBULON: total amount": ["Zebulon Quixley"],
    "Z. Quixley's orders": ["Zebulon Quixley"],
    "orders of pavel orlov in May": ["Pavel Órlov"],
    "orders of Pavel  Orlov": ["Pavel Órlov"],
    "How much did mark young spend by month?": ["Mark Young"],
    "Compare Quixley and Dupont": ["Zebulon Quixley", "Marie Dupont"],
    "Did Anna order more than Marie?": ["Anna Kimmel", "Anna Bergmann", "Marie Dupont"],
    "王小明的订单": ["王小明"],
    "orders of O'Brien": ["O'Brien, Pat"],
    "amount for van der Velde": ["Ingrid van der Velde"],
    "Please list Dr. Kimmel's orders": ["Anna Kimmel"],
    "Wie viel hat Herr Quixley bestellt?": ["Zebulon Quixley"],
    "who has 0170 1234567": ["0170/1234567"],
    "who has +49 170 1234567?": ["0170/1234567"],
    "who has 0160-1112223?": ["+49 160 1112223"],
    "call 212.555.0187": ["(212) 555-0187"],
    "what did quixleys orders cost": ["Zebulon Quixley"],
    "orders of Soeren Kjaergaard": ["Søren Kjærgaard"],
    "orders of kjaergaard": ["Søren Kjærgaard"],
    "orders of pat obrien": ["O'Brien, Pat"],
    "小明的订单": ["王小明"],
    "MarieDupont orders": ["Marie Dupont"],
    "高橋さんの注文": ["高橋美咲"],
}
"""A question, and the values of the table that it names."""

UNKNOWN = {
    "How much did Jonathan Featherstone buy?": ["Jonathan", "Featherstone"],
    "Did Müller order?": ["Müller"],
    "Is Smith a good customer?": ["Smith"],
    "email Bob Featherstonehaugh": ["Bob", "Featherstonehaugh"],
    "orders of jedediah": ["jedediah"],
    "How does Mrs. Oyelaran compare?": ["Oyelaran"],
    "write to zeb.q@corp.example about it": ["zeb.q"],
    "write to zeb (at) corp.example": ["zeb"],
    "her SSN is 123-45-6789": ["6789"],
    "who paid by 4111 1111 1111 1111": ["4111"],
    "paid from de89370400440532013000": ["0532013000"],
    "PESEL 02070803628": ["02070803628"],
    "@zebquixley posted": ["zebquixley"],
    "see https://linkedin.com/in/zeb-q": ["zeb"],
    "car HH-PO 77": ["HH-PO"],
    "customers born 1977-07-07": ["1977"],
    "password Tr0ub4dor&3": ["Tr0ub4dor"],
    "who lives at 12 Main Street": ["12 Main"],
    "from 192.168.0.17": ["192.168"],
    "Сколько заказов у Смирновой?": ["Смирновой"],
    "reply to zebulon.quixley@corp.example": ["zebulon", "quixley"],
    "佐藤さんの売上は?": ["佐藤"],
    "王小红花了多少钱?": ["王小红"],
    "राजेश कुमार ने कितना खर्च किया?": ["राजेश"],
    "passport K12345678": ["K12345678"],
    "NRIC S1234567D orders": ["S1234567D"],
    "the login zquixley": ["zquixley"],
    "my password is hunter2": ["hunter2"],
    "customers at SW1A 2AA": ["SW1A"],
    "the one in 42 Elm Grove": ["Elm"],
    "geb. 11.02.1980": ["1980"],
    "phone 8 (495) 123-45-67": ["495"],
    "user_name: zquixley": ["zquixley"],
    "passport_K12345678": ["K12345678"],
}
"""A question, and what of it may not leave though the table holds nothing of the kind."""

OPEN = (
    "Top 5 Products By Revenue",
    "What is the average amount per region?",
    "How many young customers rose in March?",
    "How many Rain Jackets were sold in May?",
    "Is there a Pearson correlation between Amount and month?",
    "Show me Revenue in North vs South",
    "How did Christmas sales compare to Easter?",
    "Which customers in the Bay Area bought a Desk Lamp?",
    "Wie viele Bestellungen gab es pro Monat?",
    "Combien de commandes par région ?",
    "¿Cuál es el total de ventas por región?",
    "Mean ms per page and the dr ratio",
    "Fiscal year ending in 2024",
    "Average sessions per user by region",
    "Frau oder Mann: wer kauft mehr?",
    "Forecast the amount for Q3 2025 with Holt-Winters",
    "What is the NPS? And the YoY growth of EBITDA?",
    "Who is the top customer?",
    "Whcih region sells most",
    "Avg amount by Product",
    "Did we grow faster than Microsoft?",
    "Sales in Germany and Paris?",
    "Does LinkedIn beat Facebook?",
    "I want amount > 100 and region = 'North'",
    "Between 2023-01-05 and 2024-02-10, how many orders above 1,234.50?",
    "Will the average bill grow in the summer?",
    "Is the pass rate above 50 percent?",
    "Average session token usage per user",
    "What is the login rate by month?",
    "Show profile of churned customers",
    "password reset requests per week",
    "Average login_count by region",
    "Compare login_2024 with login_2023",
    "Umsatz pro Region im Jahr 2024?",
    "哪个地区的销售额最高?",
    "売上が最も高い商品は何ですか?",
    "평균 주문 금액은 얼마입니까?",
    "किस क्षेत्र की बिक्री सबसे अधिक है?",
    "Answer as @mean_amount[value] and @top.region[name], rounded to two decimals",
    "Count the outliers of amount by the Z-score method. The Z-scores are those of the column.",
    "Remove the outliers from the dataset. Recalculate the average amount.",
    "Fill the gaps. Standardize the amount. Impute the rest with the median, using NumPy",
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, TableProfile]]:
    folder = tmp_path_factory.mktemp("questions")
    path = folder / "orders.csv"
    path.write_text("customer,phone,region,product,amount\n" + "\n".join(ROWS), encoding="utf-8")
    opened = open_table(path, folder / "work")
    profile = profile_table(opened)
    engine = open_locked(opened.database, memory_mb=300)
    yield engine, profile
    engine.close()


def hidden(table: tuple[Engine, TableProfile], question: str) -> tuple[HiddenQuestion, Pseudonyms]:
    privacy = Pseudonyms(table[1])
    return hide_question(*table, question, privacy), privacy


@pytest.mark.parametrize("question", KNOWN)
def test_what_the_table_holds_is_found_in_any_spelling(question: str, table: tuple[Engine, TableProfile]) -> None:
    found, privacy = hidden(table, question)
    named = [value for values in found.mentioned.values() for value in values]
    assert sorted(named) == sorted(KNOWN[question])
    words = {word for value in named for word in value.replace(",", " ").split() if len(word) > 3}
    assert not [word for word in words if word.casefold() in found.text.casefold()]
    if len(named) == 1:
        token = privacy.hide("customer" if "customer" in found.mentioned else "phone", named[0])
        assert token in found.text
        assert privacy.restore(f"SELECT 1 FROM data WHERE c = '{token}'").endswith(
            f"'{named[0].replace(chr(39), chr(39) * 2)}'"
        )


@pytest.mark.parametrize("question", UNKNOWN | STRANGERS)
def test_what_may_be_personal_leaves_as_a_token_and_comes_back(
    question: str, table: tuple[Engine, TableProfile]
) -> None:
    found, privacy = hidden(table, question)
    assert not [part for part in (UNKNOWN | STRANGERS)[question] if part in found.text]
    assert privacy.restore(found.text) == question


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("Use a two-tailed test of the wind. The level is 0.05", True),
        ("What was the wind of Two?", False),
        ("How strong was the Duke of Saxony Hall?", False),
    ],
)
def test_words_that_names_of_people_share_with_any_sentence_stay(question: str, whole: bool, tmp_path: Path) -> None:
    path = tmp_path / "storms.csv"
    names = (
        "Hall, the Duke of Saxony",
        "Two",
        "Anna Kimmel",
        "Pavel Orlov",
        "Marie Dupont",
        "Mark Young",
        "Ida Quixley",
    )
    path.write_text("name,wind\n" + "\n".join(f'"{names[n % 7]}",{n}' for n in range(28)), encoding="utf-8")
    opened = open_table(path, tmp_path / "work")
    profile = profile_table(opened)
    with closing(open_locked(opened.database, memory_mb=300)) as engine:
        assert (hidden((engine, profile), question)[0].text == question) is whole


@pytest.mark.parametrize("question", (*OPEN, *NEAR))
def test_ordinary_questions_leave_as_they_are(question: str, table: tuple[Engine, TableProfile]) -> None:
    assert hidden(table, question)[0].text == question


def test_a_login_is_no_part_of_longer_words(table: tuple[Engine, TableProfile]) -> None:
    assert hidden(table, "the login: annu, and annual amounts")[0].text == "the login: HANDLE_1, and annual amounts"


BY_NAME = {
    "What is the total of Anna Kimmel?": "What is the total of PERSON_1?",
    "what is kimmel's total?": "what is PERSON_1's total?",
    "total hours of zebulon quixley by region": "total hours of PERSON_2 by region",
    "Is Okafor higher than Anna Kimmel?": "Is PERSON_3 higher than PERSON_1?",
    "total hours by region": "total hours by region",
}
"""Questions about columns whose names are people's, and how they leave."""


@pytest.mark.parametrize("question", BY_NAME)
def test_a_column_s_personal_name_is_found_in_the_question_by_its_parts(question: str, tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    path.write_text("region,Anna Kimmel,hours_zebulon_quixley,Okafor\nNorth,3,4,5\nSouth,5,6,7\n", encoding="utf-8")
    opened = open_table(path, tmp_path / "work")
    profile = profile_table(opened)
    privacy, engine = Pseudonyms(profile), open_locked(opened.database, memory_mb=300)
    assert hide_question(engine, profile, question, privacy).text == BY_NAME[question]
    engine.close()
