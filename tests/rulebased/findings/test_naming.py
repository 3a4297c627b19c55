"""Which columns say which row is meant."""

from __future__ import annotations

import pytest

from analyst.rulebased.findings.shape import naming


@pytest.mark.parametrize("number", ["employee_no", "EmployeeNumber", "invoice_nr", "customer_key"])
def test_a_number_of_single_rows_names_them_alone(number: str) -> None:
    assert naming([number, "department"]) == [number]


@pytest.mark.parametrize("label", ["product", "total_number", "number", "count_no", "region"])
def test_other_labels_go_with_the_next_one(label: str) -> None:
    assert naming([label, "department", "city"]) == [label, "department"]
