"""Words with digits as typed tokens: whatever is repeated in another form is known again, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyst.core.text import MONTHS
from analyst.protocol.number_check import Question, stray_numbers
from analyst.protocol.numerals import tokens


def ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def short(month: int) -> str:
    return MONTHS[month - 1][:3]


GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905
DAYS: dict[str, Callable[[date], str]] = {
    "ISO": lambda d: d.isoformat(),
    "slashes from the year": lambda d: f"{d:%Y/%m/%d}",
    "compact": lambda d: f"{d:%Y%m%d}",
    "a moment": lambda d: f"{d.isoformat()}T00:00",
    "British": lambda d: f"{d:%d/%m/%Y}",
    "American": lambda d: f"{d:%m/%d/%Y}",
    "German": lambda d: f"{d.day}.{d.month}.{d.year}",
    "German with a short year": lambda d: f"{d:%d.%m.%y}",
    "German in words": lambda d: f"{d.day}. {GERMAN[d.month - 1]} {d.year}",
    "in words": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    "in words, the month first": lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
    "with an ordinal": lambda d: f"the {ordinal(d.day)} of {MONTHS[d.month - 1]}, {d.year}",
    "abbreviated": lambda d: f"{d.day}-{short(d.month)}-{d.year}",
}
MONTHLY: dict[str, Callable[[date], str]] = {
    "ISO": lambda d: f"{d:%Y-%m}",
    "in words": lambda d: f"{MONTHS[d.month - 1]} {d.year}",
    "of": lambda d: f"{MONTHS[d.month - 1]} of {d.year}",
    "abbreviated": lambda d: f"{short(d.month)} {d.year}",
    "with a short year": lambda d: f"{short(d.month)} '{d:%y}",
    "slashed": lambda d: f"{d:%m/%Y}",
    "pointed": lambda d: f"{d.month}.{d.year}",
}
QUARTERS: dict[str, Callable[[date], str]] = {
    "first": lambda d: f"Q{(d.month + 2) // 3} {d.year}",
    "last": lambda d: f"{d.year}-Q{(d.month + 2) // 3}",
    "joined": lambda d: f"{d.year}Q{(d.month + 2) // 3}",
    "short": lambda d: f"{(d.month + 2) // 3}Q{d:%y}",
    "of": lambda d: f"quarter {(d.month + 2) // 3} of {d.year}",
}
DATES = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def strays(text: str, question: str) -> tuple[str, ...]:
    return stray_numbers(text, Question(question)).problems


@settings(max_examples=60, deadline=None)
@given(DATES, st.sampled_from(sorted(DAYS)), st.sampled_from(sorted(DAYS)))
def test_a_day_of_the_question_may_be_repeated_in_every_form(day: date, asked: str, said: str) -> None:
    assert not strays(f"On {DAYS[said](day)} it was less.", f"What was sold on {DAYS[asked](day)}?")


@settings(max_examples=60, deadline=None)
@given(DATES, st.integers(1, 400), st.sampled_from(sorted(DAYS)), st.sampled_from(sorted(DAYS)))
def test_another_day_is_no_day_of_the_question(day: date, later: int, asked: str, said: str) -> None:
    other = day + timedelta(days=later)
    assume(
        {(d.year, frozenset((d.day, d.month))) for d in (day, other)} != {(day.year, frozenset((day.day, day.month)))}
    )
    beside = {other, other - timedelta(days=1), other + timedelta(days=1)}  # a bound may be written as the day after
    turned = {date(d.year, d.day, d.month) for d in (day, other) if d.day <= 12}
    assume(day not in beside and not turned & {day, other, *beside, day - timedelta(1), day + timedelta(1)})
    assume(all(abs((one - two).days) > 1 for one in {day, *turned} for two in {other, *turned} if one is not two))
    assert strays(f"On {DAYS[said](other)} it was less.", f"What was sold on {DAYS[asked](day)}?")


@settings(max_examples=60, deadline=None)
@given(DATES, st.sampled_from(sorted(MONTHLY)), st.sampled_from(sorted(MONTHLY)))
def test_a_month_may_be_repeated_in_every_form_and_no_other(day: date, asked: str, said: str) -> None:
    question = f"Revenue in {MONTHLY[asked](day)} by region"
    assert not strays(f"In {MONTHLY[said](day)} the North led.", question)
    assert not strays(f"In {day.year} the North led.", question)
    other = date(day.year + 3, day.month, 1)
    assert strays(f"In {MONTHLY[said](other)} the North led.", question)


@settings(max_examples=40, deadline=None)
@given(DATES, st.sampled_from(sorted(QUARTERS)), st.sampled_from(sorted(QUARTERS)))
def test_a_quarter_may_be_repeated_in_every_form_and_by_its_months(day: date, asked: str, said: str) -> None:
    question = f"Revenue in {QUARTERS[asked](day)}"
    first = date(day.year, 3 * ((day.month + 2) // 3) - 2, 1)
    last = date(day.year, first.month + 2, 1)
    assert not strays(f"In {QUARTERS[said](day)} it fell.", question)
    assert not strays(f"From {MONTHS[first.month - 1]} to {MONTHS[last.month - 1]} {day.year} it fell.", question)
    assert not strays(f"From {first.isoformat()} on it fell.", question)
    assert strays(f"In {QUARTERS[said](date(day.year + 2, day.month, 1))} it fell.", question)


def grouped(number: Decimal, group: str, point: str) -> str:
    return f"{number:,f}".replace(",", "\0").replace(".", point).replace("\0", group)


WRITTEN: dict[str, Callable[[Decimal], str]] = {
    "American": lambda n: f"{n:,f}",
    "plain": lambda n: f"{n:f}",
    "Swiss": lambda n: grouped(n, "’", "."),
    "with thin spaces": lambda n: grouped(n, "\u202f", "."),
    "full width": lambda n: "".join(chr(0xFEE0 + ord(c)) if c.isdigit() else c for c in f"{n:f}"),
}
ASKED = WRITTEN | {"German": lambda n: grouped(n, ".", ","), "French": lambda n: grouped(n, "\u00a0", ",")}
NUMBERS = st.decimals(Decimal("1000"), Decimal("99999999"), places=2).filter(lambda n: n != n.to_integral_value())


@settings(max_examples=80, deadline=None)
@given(NUMBERS, st.sampled_from(sorted(ASKED)), st.sampled_from(sorted(WRITTEN)))
def test_a_number_of_the_question_may_be_repeated_in_every_form(number: Decimal, asked: str, said: str) -> None:
    question = f"Orders above {ASKED[asked](number)}?"
    assert not strays(f"Those above {WRITTEN[said](number)} lead.", question)
    assert strays(f"Those above {WRITTEN[said](number + 1)} lead.", question)
    assert strays(f"A loss of -{WRITTEN[said](number)}.", question)


@settings(max_examples=60, deadline=None)
@given(DATES, st.integers(2, 99), st.sampled_from(sorted(DAYS)))
def test_a_number_beside_a_date_is_seen_and_the_dates_own_parts_are_none(day: date, number: int, form: str) -> None:
    assume(str(number) not in DAYS[form](day))
    question = f"What was sold on {DAYS[form](day)}?"
    problems = strays(f"On {DAYS[form](day)} it rose by {number} %.", question)
    assert len(problems) == 1 and f"number {number}" in problems[0]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("2024-01-01 to 2024-03-31", ["date", "date"]),
        ("2024/25, 2023-24, FY24, H1 2024 and the 1990s", ["date"] * 5),
        ("1–15 January 2024 and March 3-5, 2024", ["date", "date"]),
        ("week 5 of 2024, 2024-W05", ["date", "date"]),
        ("12 de enero de 2024, 1er janvier 2024, 3. Mai 2024", ["date"] * 3),
        ("14:30, 2pm, 2:30 p.m., 14h30, 14 Uhr, 09:05:10", ["time"] * 6),
        ("2024-01-01T10:00:00Z", ["date", "time"]),
        ("3.11.2, v2.0, 192.168.1.1", ["version"] * 3),
        ("SO-100000, X200, INV-2024-001, month_1, b2b, 4711-AB-12", ["id"] * 6),
        ("+49 30 123456 and (030) 123 456", ["phone", "phone"]),
        ("the 3rd and 21st", ["ordinal", "ordinal"]),
        ("3/4 of 5", ["fraction", "number"]),
        ("1.5e-3, 2 × 10^6, 12%, $5, 5kg, 10x, 2.5m", ["number"] * 7),
        ("½ and 10²", ["sign", "sign"]),
        ("R², m²", []),
    ],
)
def test_each_word_with_digits_is_of_its_kind(text: str, kinds: list[str]) -> None:
    assert [token.kind for token in tokens(text)] == kinds


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10-20", [10, 20]),
        ("10–20 or 10 - 20", [10, 20, 10, 20]),
        ("from -5 to 5", [-5, 5]),
        ("(-5) x=-3 −2", [-5, -3, -2]),
        ("18-25 years", [18, 25]),
        ("a 10-day trip, the top-10", [10, 10]),
        ("1.5 million, 2k, 3 lakh", [1_500_000, 2000, 300_000]),
        ("1,23,456", [123_456]),
        ("-$5", [-5]),
    ],
)
def test_a_hyphen_is_a_minus_only_where_it_stands_as_a_sign(text: str, values: list[int]) -> None:
    assert [token.values[0] for token in tokens(text)] == values


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("At 2:30 pm it peaks", "How many at 14:30?"),
        ("Order SO-100000 cost most", "What did SO-100000 cost?"),
        ("those of 1.5 million", "sales over 1,500,000"),
        ("over 5 kg", "parcels over 5kg"),
        ("over 5kg", "parcels over 5 kg"),
        ("€5", "more than 5 euros"),
        ("between 10 and 20", "sales from 10–20 units"),
        ("month_7 leads", "give month_1 … month_12"),
        ("In week 7", "weeks 1 to 52"),
        ("Q3 leads", "compare Q1 to Q4"),
        ("Version 3.11.2 fails", "does 3.11.2 fail?"),
        ("the 4th quarter", "in Q4"),
        ("1/2 of a year", "older than 1/2 year"),
        ('no data for “5” and "10-20"', "5 of 10-20"),
        ("May 2023 and May 2024", "Compare May 2023 with 2024"),
        ("January 2024", "January and February of 2024"),
    ],
)
def test_what_the_question_says_may_be_said(said: str, question: str) -> None:
    assert not strays(said, question)


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("-5", "more than 5?"),
        ("5%", "more than 5?"),
        ("5 million", "more than 5?"),
        ("$5", "more than 5?"),
        ("5kg", "more than 5?"),
        ("it grew by 7", "months 1 to 12"),
        ("month_13", "month_1 … month_12"),
        ("2024-02-30", "2024-02-01"),
        ("February 2024", "on 2024-01-31"),
        ("2024", "in January"),
        ("31", "on 2024-01-31"),
        ("14:30", "at 2:30"),
        ("SO-100001", "SO-100000"),
        ("100000", "SO-100000"),
        ("1e3", "1,000"),
    ],
)
def test_what_only_looks_like_the_question_may_not(said: str, question: str) -> None:
    assert strays(said, question)


@pytest.mark.parametrize("word", ["glycerophosphocholine" * 40, "ab_cd_" * 300, "1a_b_c_" * 200, "9_a-b" * 300])
def test_words_of_any_length_without_a_number_are_read_in_reasonable_time(word: str) -> None:
    assert all(one.kind != "number" for one in tokens(f"{word} and more"))
