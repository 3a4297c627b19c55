"""num() on Spark: the same number of the same text as on DuckDB."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.engine.remote.translation.comparing import Engines

TEXTS = [
    None, "", "1,234", "$5", "12%", "(3.50)", "1.234,5", "1 234,5", "2.5k", "630[495-801]", "5 kg", "2024-01-05", "about 5",
    "1e3", "NaN", "inf", " 7 ", "-3", "5d", "1f", "0x1F", "€1.234,50", "1'234", "7-", "1.234.567", ".5", "5.", "+4", "1,23",
    "1,234,5", "3 ± 1", "USD 5", "٣٤", "１２", "<0.01", "1,000+", "10-20", "3rd", "5 m", "$5m", "1_000", "12 ‰", "R 500",
    "(12)%", "5 Mio. €", "1,00,000", "12.5 km/h", "₹ 3 lakh", "1.5 Mrd", "-5%", "4.2†", "½", "1/2", "12:30", "5e-3", "−5",
    "5 °C", "3 pm", "10 XL", "CHF 1’234.50", "1\u00a0234", "kr 500", "12 pct", "5/-", "1.2.3", "≈ 12", "--5", "100.000",
]  # fmt: skip


@pytest.mark.spark
def test_every_text_holds_the_same_number_on_both_engines(engines: Engines) -> None:
    texts = pa.table({"place": range(len(TEXTS)), "x": pa.array(TEXTS, pa.string())})
    engines.duck.register("texts", texts)
    engines.spark.createDataFrame(texts).createOrReplaceTempView("texts")
    asked = "SELECT x, num(x) AS v FROM texts ORDER BY place"
    expected = [repr(row) for row in engines.duck.execute(asked).fetchall()]
    assert [repr((row.x, row.v)) for row in engines.spark.sql(asked).collect()] == expected
