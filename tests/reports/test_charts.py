"""Charts: the right kind for each result, drawn, legible for machines, safe with hostile labels."""

from __future__ import annotations

import io
import json

import pytest

from contracts.evidence import Evidence, EvidenceTable
from reports.charts import as_text, choose, draw, text_table
from reports.choosing import KINDS, MAX_BARS

KIND_BY_TABLE = {
    "t": "line",
    "t_summary": "line",
    "tb": "line",
    "c": "diverging",
    "c_total": "diverging",
    "sh": "bar",
    "co": "heatmap",
    "one_pair": "scatter",
    "g": "box",
    "d": "histogram",
    "dr": "bar",
    "f": "forecast",
    "an": "line",
    "rate": "bar",
    "week": "bar",
    "grid": "heatmap",
    "bad": "bar",
}


@pytest.mark.parametrize(("id", "kind"), KIND_BY_TABLE.items())
def test_each_kind_of_result_gets_its_chart(evidence: Evidence, id: str, kind: str) -> None:
    found = choose(evidence.table(id), evidence)
    assert found is not None and found.kind == kind and found.rows and found.title


def test_every_kind_of_chart_is_chosen_for_some_result() -> None:
    assert set(KIND_BY_TABLE.values()) == set(KINDS)


@pytest.mark.parametrize("id", ["single", "empty"])
def test_one_number_or_no_rows_get_no_chart(evidence: Evidence, id: str) -> None:
    assert choose(evidence.table(id), evidence) is None


def test_a_question_about_growth_shows_growth_and_else_the_change(evidence: Evidence) -> None:
    grown, changed = (choose(evidence.table("c"), evidence, question=q) for q in ("fastest growth?", "what changed?"))
    assert grown and changed and grown.x.title == "Growth" and changed.x.title == "Change"


def test_bars_are_sorted_and_cut_and_say_so(evidence: Evidence) -> None:
    found = choose(evidence.table("sh"), evidence)
    assert found and len(found.rows) == MAX_BARS and "the other 3" in found.subtitle
    values = [row["value"] for row in found.rows]
    assert values == sorted(values, reverse=True)


def test_weekdays_keep_their_order_and_partial_periods_are_marked(evidence: Evidence) -> None:
    week, trend = (choose(evidence.table(id), evidence) for id in ("week", "t"))
    assert week and week.order == ("Monday", "Friday", "Sunday")
    assert trend and [row["partial"] for row in trend.rows].index(True) == 23


def test_intervals_are_drawn_where_the_table_has_them(evidence: Evidence) -> None:
    found = choose(evidence.table("rate"), evidence)
    assert found and found.rows[0]["low"] == 0.1 and found.rows[0]["high"] == 0.14 and found.x.kind == "percent"


@pytest.mark.parametrize("id", ["t", "tb", "c", "co", "one_pair", "g", "d", "f", "an", "rate", "bad"])
def test_a_chart_is_a_picture_that_is_not_blank(evidence: Evidence, id: str) -> None:
    image = pytest.importorskip("PIL.Image")
    found = choose(evidence.table(id), evidence)
    assert found
    chart = draw(found)
    picture = image.open(io.BytesIO(chart.png)).convert("L")
    dark = sum(picture.histogram()[:200])
    assert picture.width > 1300 and dark > 2000
    assert chart.svg.startswith("<svg") and "<script" not in chart.svg and "http" not in chart.svg.split(">", 1)[1]
    assert chart.spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert "title" in chart.spec and "title" not in chart.page_spec and chart.page_spec["width"] == "container"
    json.dumps(chart.page_spec, allow_nan=False)


def test_labels_of_any_length_are_short_and_each_its_own() -> None:
    rows = tuple((f"{'long ' * 40}{n}", n) for n in range(5))
    found = choose(EvidenceTable("x", "x", ("name", "n_sold"), rows, 5), Evidence())
    assert found and len(set(found.order)) == 5 and max(map(len, found.order)) <= 48


@pytest.mark.parametrize("id", KIND_BY_TABLE)
@pytest.mark.parametrize("width", [40, 80])
def test_every_chart_fits_a_terminal_with_and_without_unicode(evidence: Evidence, id: str, width: int) -> None:
    found = choose(evidence.table(id), evidence)
    assert found
    for unicode in (True, False):
        text = as_text(found, width, unicode=unicode)
        assert max(map(len, text.splitlines())) <= width + (0 if unicode else 6)
        assert unicode or text.isascii()


def test_a_table_as_text_tells_what_it_leaves_out(evidence: Evidence) -> None:
    text = text_table(evidence.table("t"), 60, max_rows=3)
    assert "(21 more rows)" in text and max(map(len, text.splitlines())) <= 60
