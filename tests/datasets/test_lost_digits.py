"""Ids of which a spreadsheet kept a few digits are told; measured numbers in the same notation are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]


def told(table: OpenedTable) -> list[tuple[str | None, int]]:
    return [(note.column, note.count) for note in table.notes if note.kind == "digits_lost"]


@pytest.mark.parametrize("header", ["barcode", "card number", "reading"])
def test_ids_that_a_spreadsheet_cut_are_told(header: str, opened: Opener) -> None:
    table = opened(f"{header},sold\n" + "".join(f"8.{n}E+12,{n}\n" for n in range(10, 30)))
    assert told(table) == [(header, 20)]


def test_cut_ids_among_short_ones_are_told(opened: Opener) -> None:
    cells = ["4.5E+15", "81733", "90210", "1.23E+15"] * 5
    assert told(opened("order_id,n\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))) == [("order_id", 10)]


@pytest.mark.parametrize(
    "cells", [["1.5E-05", "2.5E-06"], ["3.2E+03", "4.1E+02"], ["1.989E+30", "5.972E+24"], ["1.5E+12", "0.25"]]
)
def test_measured_numbers_are_not(cells: list[str], opened: Opener) -> None:
    assert told(opened("mass,n\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells * 6)))) == []
