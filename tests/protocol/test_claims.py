"""Numbers in words: what is a claim, what it says, and which values bear it out."""

from __future__ import annotations

import pytest

from analyst.protocol.claims import Support, claims, pairs


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Half of revenue", "share", 0.5),
        ("nearly half the orders", "share", 0.5),
        ("one in six customers", "share", 1 / 6),
        ("four out of five", "share", 0.8),
        ("two-thirds of orders", "share", 2 / 3),
        ("a twelfth of all rows", "share", 1 / 12),
        ("a quarter of all orders", "share", 0.25),
        ("three-quarters", "share", 0.75),
        ("twice the average", "times", 2.0),
        ("more than doubled", "times", 2.0),
        ("three times as many", "times", 3),
        ("a tenfold rise", "times", 10),
        ("sales halved", "times", 0.5),
        ("six memberships", "count", 6),
        ("twenty-one of the regions", "count", 21),
        ("a dozen orders", "count", 12),
    ],
)
def test_a_number_in_words_is_a_claim(text: str, kind: str, value: float) -> None:
    [claim] = claims(text)
    assert (claim.kind, round(claim.value, 9)) == (kind, round(value, 9))


@pytest.mark.parametrize(
    "text", ["twenty percent", "half a million", "five million", "ten dollars", "one hundred percent"]
)
def test_an_amount_in_words_is_none_that_can_be_borne_out(text: str) -> None:
    [claim] = claims(text)
    assert claim.kind == "amount" and not Support((0.2,), (5.0,), (10,)).bears(claim)


@pytest.mark.parametrize(
    "text",
    [
        *("the first half of 2024", "half a year", "the second half", "the third quarter", "a quarter of 2024"),
        *("a third option", "twice a week", "three times a day", "double-digit growth", "on behalf of all"),
        *("two reasons", "six months", "a two-sided test", "three points stand out", "the two periods", "two columns"),
        *("One of them", "in four to five days"),
    ],
)
def test_time_order_and_idiom_are_no_claims(text: str) -> None:
    assert not claims(text)


@pytest.mark.parametrize(
    ("text", "value", "borne"),
    [
        ("half of", 0.52, True),
        ("half of", 0.56, False),
        ("about half of", 0.55, True),
        ("more than half of", 0.61, True),
        ("more than half of", 0.47, False),
        ("less than half of", 0.47, True),
        ("less than half of", 0.53, False),
        ("one in six", 0.162, True),
        ("one in six", 0.25, False),
    ],
)
def test_a_share_is_borne_out_within_a_few_percent_or_on_the_side_that_it_names(
    text: str, value: float, borne: bool
) -> None:
    assert Support(shares=(value,)).bears(claims(text)[0]) is borne


def test_a_count_is_exact_and_a_place_in_an_order_needs_only_so_many() -> None:
    seven = Support(counts=(7,))
    assert not seven.bears(claims("six memberships")[0]) and seven.bears(claims("seven memberships")[0])
    assert seven.bears(claims("the top five regions")[0]) and not seven.bears(claims("the top nine regions")[0])


def test_any_two_values_make_a_ratio_both_ways() -> None:
    assert set(pairs((10.0, 5.0))) == {2.0, 0.5}
    assert not pairs((10.0, 0.0, -5.0))
