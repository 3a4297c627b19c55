from __future__ import annotations

import pytest

from analyst.core.yes_no import yes_of


@pytest.mark.parametrize(
    ("values", "yes"),
    [
        (["No", "Yes"], "Yes"),
        (["SI", "no"], "SI"),
        (["Sí", "No"], "Sí"),
        (["Nie", "Tak"], "Tak"),
        (["нет", "Да"], "Да"),
        (["いいえ", "はい"], "はい"),
        (["✗", "✓"], "✓"),
        (["Hayır", "Evet"], "Evet"),
        (["yes", "no", "YES "], "YES "),
        (["ja", "nej"], "ja"),
    ],
)
def test_yes_is_known_in_any_language(values: list[str], yes: str) -> None:
    assert yes_of(values) == yes


@pytest.mark.parametrize("values", [["yes"], ["yes", "no", "maybe"], ["ja", "no"], ["M", "F"], [], ["A", "B"]])
def test_other_values_are_no_pair(values: list[str]) -> None:
    assert yes_of(values) is None


def test_a_yes_alone_is_enough_where_it_is_asked_so() -> None:
    assert yes_of(["Yes"], alone=True) == "Yes"
    assert yes_of(["No"], alone=True) is None
