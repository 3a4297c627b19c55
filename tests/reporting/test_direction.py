"""Words of rise and fall agree with the sign of the number beside them, and say it in its place."""

from __future__ import annotations

import pytest

from analyst.core.errors import ReplyError
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.filling import fill

COLUMNS = ("region", "change", "growth", "before", "after", "decline", "profit", "diff")
ROWS = (("North", 53, 0.125, 100, 153, 5, 500, -3), ("South", -53, -0.346, 153, 100, 5, -500, 3))
TABLE = EvidenceTable("s1", "change", COLUMNS, ROWS, 2, ("region",), {"growth": "percent"})
NORTH, SOUTH = "{{s1[region=North].%s}}", "{{s1[region=South].%s}}"


def filled(text: str) -> str:
    return fill(text, Evidence((TABLE,)), "How did the regions do?").text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("South fell by " + SOUTH % "change", "South fell by 53"),
        ("South fell " + SOUTH % "growth", "South fell 34.6%"),
        ("Revenue in the South dropped sharply, a decline of " + SOUTH % "growth|1%", "34.6%"),
        ("Sales declined in the South by about " + SOUTH % "change", "by about 53"),
        ("The South lost " + SOUTH % "change" + " orders", "lost 53 orders"),
        ("The South, down " + SOUTH % "growth" + ", trails", "down 34.6%, trails"),
        ("a " + SOUTH % "growth|0%" + " drop", "a 35% drop"),
        ("The South is " + SOUTH % "change" + " lower than the North", "53 lower"),
        ("a loss of " + SOUTH % "profit", "a loss of 500"),
        (
            "North rose by " + NORTH % "change" + " while South fell by " + SOUTH % "change",
            "by 53 while South fell by 53",
        ),
        ("a drop of " + NORTH % "decline", "a drop of 5"),
        ("It fell by " + SOUTH % "diff", "fell by 3"),
        ("South fell from " + SOUTH % "before" + " to " + SOUTH % "after", "from 153 to 100"),
        ("North grew by " + NORTH % "growth|+1%", "grew by +12.5%"),
        ("It fell to " + SOUTH % "change", "fell to -53"),
        ("The change was " + SOUTH % "change", "was -53"),
        ("growth of " + SOUTH % "growth", "growth of -34.6%"),
        ("The change broken down by region is " + SOUTH % "change", "is -53"),
        ("The change is " + SOUTH % "change|abs", "is 53"),
        ("The drop in the South was " + SOUTH % "change", "The drop in the South was 53"),
        ("The decline in orders came to about " + SOUTH % "change", "came to about 53"),
        ("Its decrease over the year amounted to " + SOUTH % "growth", "amounted to 34.6%"),
        ("The rise in the North was " + NORTH % "change", "The rise in the North was 53"),
        ("Growth in the South was " + SOUTH % "growth", "Growth in the South was -34.6%"),
        ("The growth rate in the South was " + SOUTH % "change", "was -53"),
        ("After the drop in the South and the rise in the North, sales were " + SOUTH % "profit", "were -500"),
        ("The drop in the South was " + NORTH % "decline", "was 5"),
    ],
)
def test_after_words_of_falling_the_size_is_shown_and_elsewhere_the_sign(text: str, shown: str) -> None:
    assert shown in filled(text)


@pytest.mark.parametrize(
    "text",
    [
        "North fell by " + NORTH % "change",
        "North is down " + NORTH % "growth|1%",
        "a decline of " + NORTH % "growth",
        "South rose by " + SOUTH % "change",
        "South grew " + SOUTH % "growth|1%",
        "an increase of " + SOUTH % "change",
        "South sold " + SOUTH % "change" + " more than before",
        "South rose from " + SOUTH % "before" + " to " + SOUTH % "after",
        "North declined from " + NORTH % "before" + " in March to " + NORTH % "after" + " in May",
        "North made a loss of " + NORTH % "profit",
        "The drop in the North was " + NORTH % "change",
        "The decline of orders in the North was only " + NORTH % "growth",
        "The largest fall came to " + NORTH % "change",
        "The rise in the South was " + SOUTH % "change",
        "Growth in the South was " + SOUTH % "change",
        "The increase from March to May amounted to " + SOUTH % "growth",
        "The jump in the South totaled about " + SOUTH % "change",
    ],
)
def test_words_that_say_the_contrary_of_the_number_are_refused(text: str) -> None:
    with pytest.raises(ReplyError, match=r"but the words about it tell of a|is no (?:rise|fall)"):
        filled(text)
