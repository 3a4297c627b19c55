"""Amounts whose sign stands in another column: a doubt that goes where the plan tells them apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyst.protocol.table import TableProfile

Profiler = Callable[..., TableProfile]


def text(pair: tuple[str, str], sign: str = "") -> str:
    return "amount;kind\n" + "".join(f"{sign if n % 3 else ''}{n * 7};{pair[n % 2]}\n" for n in range(1, 40))


def doubts(profile: TableProfile) -> list[tuple[str, str]]:
    return [(c.name, found.example) for c in profile.columns for found in c.suspicious if found.kind == "signs_apart"]


@pytest.mark.parametrize(
    "pair", [("S", "H"), ("Debit", "Credit"), ("DR", "CR"), ("Débito", "Crédito"), ("Soll", "Haben")]
)
def test_amounts_beside_debit_and_credit_have_no_signs(pair: tuple[str, str], profiled: Profiler) -> None:
    profile = profiled(text(pair))
    assert doubts(profile) == [("amount", "kind")]
    assert [issue.column for issue in profile.issues if issue.kind == "signs_apart"] == ["amount"]


@pytest.mark.parametrize(("pair", "sign"), [(("S", "M"), ""), (("Debit", "Cash"), ""), (("S", "H"), "-")])
def test_other_amounts_have_all_they_need(pair: tuple[str, str], sign: str, profiled: Profiler) -> None:
    assert doubts(profiled(text(pair, sign))) == []
