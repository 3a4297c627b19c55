"""Words in other languages, abbreviations and compounds meet the English ones."""

from __future__ import annotations

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.interpreter import plan_for
from analyst.rulebased.link.columns import name_words
from analyst.rulebased.link.languages import compound, english, is_foreign
from analyst.rulebased.link.likeness import alike, shortens

RECHNUNGEN = TableCard(
    "rechnungen.csv",
    700,
    (
        ColumnCard("Rechnungsnr", "VARCHAR", "identifier", distinct=700, values=("R-1", "R-2")),
        ColumnCard("Rechnungsdatum", "DATE", "time", distinct=300, min="2023-01-01", max="2024-12-31"),
        ColumnCard("Kundennr", "VARCHAR", "dimension", distinct=90, values=("K1", "K2")),
        ColumnCard("Filiale", "VARCHAR", "dimension", distinct=2, values=("Köln", "Ulm")),
        ColumnCard("Warengruppe", "VARCHAR", "dimension", distinct=2, values=("Möbel", "Textil")),
        ColumnCard("Umsatz (€)", "DOUBLE", "measure", distinct=600, min=5.0, mean=90.0, max=900.0),
        ColumnCard("Gewicht (kg)", "DOUBLE", "measure", distinct=500, min=0.5, mean=12.0, max=80.0),
        ColumnCard("Retoure", "VARCHAR", "target", distinct=2, values=("ja", "nein")),
    ),
)


def sql_of(question: str) -> str:
    reply = plan_for(question, RECHNUNGEN)
    assert reply.unanswered is None, reply.unanswered
    return next(str(step["sql"]) for step in reply.steps if step["id"] == "s1" and "sql" in step)


@pytest.mark.parametrize(
    "question",
    [
        "Welche Filiale hat den höchsten Umsatz?",
        "Welcher Kunde hat den höchsten Umsatz?",
        "In welchen Filialen ist der Umsatz am höchsten?",
    ],
)
def test_a_german_which_is_no_test_by_welch(question: str) -> None:
    assert "Umsatz (€)" in sql_of(question)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("umsatz", "revenue"), ("montant", "amount"), ("importe", "amount"), ("qty", "quantity"), ("filiale", "branch")],
)
def test_a_word_of_business_has_its_english(word: str, meant: str) -> None:
    assert meant in english(word)


def test_a_compound_is_read_in_its_parts() -> None:
    assert compound("kundennr") == ("kunden", "nr")
    assert name_words("Warengruppe") == ("waren", "gruppe")
    assert compound("customer") == ()


@pytest.mark.parametrize(
    ("short", "word"), [("drv", "driver"), ("mthd", "method"), ("dist", "distance"), ("mgr", "manager")]
)
def test_an_abbreviation_is_the_beginning_or_the_consonants(short: str, word: str) -> None:
    assert shortens(short, word)


@pytest.mark.parametrize(("short", "word"), [("age", "agency"), ("cost", "coast"), ("pay", "payload"), ("rat", "rate")])
def test_a_word_is_no_abbreviation_of_every_longer_one(short: str, word: str) -> None:
    assert not shortens(short, word)


def test_the_same_word_is_nearer_than_its_translation_and_that_than_a_synonym() -> None:
    assert (
        alike("umsatz", "umsatz", "umsatz")
        > alike("revenue", "revenue", "umsatz")
        > alike("sale", "sales", "umsatz")
        > 0
    )


def test_a_question_with_english_function_words_is_not_foreign() -> None:
    assert is_foreign(["wie", "hoch", "ist", "der", "umsatz", "in", "ulm"])
    assert is_foreign(["montant", "moyen", "par", "ville"])
    assert not is_foreign(["how", "many", "pro", "customers", "are", "in", "die", "zone"])


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("total revenue by branch", ['sum("Umsatz (€)")', '"Filiale"']),
        ("Umsatz pro Filiale", ['sum("Umsatz (€)")', '"Filiale"']),
        ("Wie hoch ist der Umsatz in Köln?", ['sum("Umsatz (€)")', "= 'Köln'"]),
        ("Durchschnittliches Gewicht nach Warengruppe", ['avg("Gewicht (kg)")', '"Warengruppe"']),
        ("return rate by product group", ["'ja'", '"Warengruppe"']),
        ("invoices heavier than 20 kg", ['"Gewicht (kg)" > 20']),
        ("invoices over 5000 g in weight", ['"Gewicht (kg)" > 5']),
        ("How many customers bought furniture?", ['count(DISTINCT "Kundennr")', "= 'Möbel'"]),
        ("revenue per customer", ['count(DISTINCT "Kundennr")', 'sum("Umsatz (€)")']),
        ("sales without returns", ["\"Retoure\" IS DISTINCT FROM 'ja'"]),
    ],
)
def test_german_headers_are_asked_for_in_either_language(question: str, parts: list[str]) -> None:
    text = sql_of(question)
    assert all(part in text for part in parts), text
