"""Charts: the right kind for each result, drawn, legible for machines, safe with hostile labels."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Facts
from analyst.reporting.charts.choosing import KINDS, MAX_BARS, Wish, alike
from analyst.reporting.charts.drawing import as_text, choose, draw, text_table

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
    "both": "grouped",
}
CITED = {"both": ("cost", "sales")}
"""What a statement cites of a table."""


@pytest.mark.parametrize(("id", "kind"), KIND_BY_TABLE.items())
def test_each_kind_of_result_gets_its_chart(evidence: Evidence, id: str, kind: str) -> None:
    found = choose(evidence.table(id), evidence, Wish(columns=CITED.get(id, ())))
    assert found is not None and found.kind == kind and found.rows and found.title


def test_every_kind_of_chart_is_chosen_for_some_result() -> None:
    assert set(KIND_BY_TABLE.values()) == set(KINDS)


@pytest.mark.parametrize("id", ["single", "empty"])
def test_one_number_or_no_rows_get_no_chart(evidence: Evidence, id: str) -> None:
    assert choose(evidence.table(id), evidence) is None


def test_a_question_about_growth_shows_growth_and_else_the_change(evidence: Evidence) -> None:
    grown, changed = (choose(evidence.table("c"), evidence, Wish(q)) for q in ("fastest growth?", "what changed?"))
    assert grown and grown.x.title == "Growth of revenue"
    assert changed and changed.x.title == "Change in revenue"


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


@pytest.mark.parametrize("id", ["t", "tb", "c", "co", "one_pair", "g", "d", "f", "an", "rate", "bad", "both"])
def test_a_chart_is_a_picture_that_is_not_blank(evidence: Evidence, id: str) -> None:
    image = pytest.importorskip("PIL.Image")
    found = choose(evidence.table(id), evidence, Wish(columns=CITED.get(id, ())))
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
    found = choose(evidence.table(id), evidence, Wish(columns=CITED.get(id, ())))
    assert found
    for unicode in (True, False):
        text = as_text(found, width, unicode=unicode)
        assert max(map(len, text.splitlines())) <= width + (0 if unicode else 6)
        assert unicode or text.isascii()


def test_a_table_as_text_tells_what_it_leaves_out(evidence: Evidence) -> None:
    text = text_table(evidence.table("t"), 60, max_rows=3)
    assert "(21 more rows)" in text and max(map(len, text.splitlines())) <= 60


def made(id: str, columns: str, rows: Any, **more: Any) -> EvidenceTable:
    found = tuple(tuple(row) for row in rows)
    given: dict[str, Any] = {"what": "x", "row_count": len(found)} | more
    return EvidenceTable(id=id, columns=tuple(columns.split()), rows=found, **given)


def test_averages_of_groups_have_their_names_and_their_intervals() -> None:
    rows = [("yes", 9, 32.0, 30.0, 34.0, 31.0), ("no", 9, 8.0, 7.0, 9.0, 8.5)]
    test = made(
        "s2",
        "p",
        [(0.1,)],
        method="compare_groups",
        parameters={"value": "charges", "group": "smoker", "test": "welch_t"},
    )
    groups = made("s2_groups", "level n mean mean_low mean_high median", rows, method="compare_groups", key=("level",))
    found = choose(groups, Evidence((test, groups)))
    assert found and found.title == "Average charges by smoker" and found.subtitle == "Lines: 95 % interval"
    assert found.rows[0]["low"] == 30.0


def test_the_best_of_each_month_is_no_line_and_one_group_through_the_months_is() -> None:
    months, totals = ("2024-01", "2024-02", "2024-03", "2024-04"), (9.0, 7.0, 8.0, 5.0)

    def of(*groups: str) -> EvidenceTable:
        return made("s1", "month branch total", zip(months, groups, totals, strict=True), key=("month",))

    best, one = of("Paris", "Lyon", "Paris", "Nice"), of("Paris", "Paris", "Paris", "Paris")
    assert choose(best, Evidence((best,))) is None
    found = choose(one, Evidence((one,)))
    assert found and found.kind == "line"


def test_the_best_months_of_a_series_are_shown_on_the_whole_series() -> None:
    months = [(f"2021-{month:02}", 40 + (month * 7) % 11, 3) for month in range(1, 13)]
    whole = made("s1", "month units records", months, order={"month": "ascending"})
    best = sorted(months, key=lambda row: -row[1])[:3]
    top = made("s1_top", "month units records", best, order={"units": "descending"}, facts=Facts(limit=3))
    drawn = choose(top, Evidence((whole, top)), Wish(columns=("units",)))
    assert drawn is not None and (drawn.kind, len(drawn.rows), drawn.table) == ("line", 12, "s1")
    alone = choose(top, Evidence((top,)), Wish(columns=("units",)))
    assert alone is not None and (alone.kind, len(alone.rows)) == ("bar", 3)


def test_all_months_sorted_by_their_figures_are_a_line_in_the_order_of_time() -> None:
    months = sorted(((f"2021-{month:02}", 40 + (month * 7) % 11) for month in range(1, 13)), key=lambda row: -row[1])
    drawn = choose(made("s1", "month units", months, order={"units": "descending"}), Evidence(()))
    assert drawn is not None and drawn.kind == "line"


def test_rates_are_named_by_their_outcome() -> None:
    for level, title in (("yes", "Churn rate by contract"), ("lost", "Share with churn: lost by contract")):
        test = made("s2", "p", [(0.1,)], method="chi_square", parameters={"x": "contract", "y": "churn"})
        rows = [("Monthly", level, 0.5, 0.4, 0.6), ("Yearly", level, 0.1, 0.05, 0.2)]
        rates = made(
            "s2_rates", "level outcome rate rate_low rate_high", rows, method="chi_square", formats={"rate": "percent"}
        )
        found = choose(rates, Evidence((test, rates)))
        assert found and found.title == title


def test_charts_that_show_the_same_are_alike() -> None:
    ranked = made("s1", "branch total_revenue", [("Paris", 9.0), ("Lyon", 7.0), ("Nice", 2.0)])
    shares = made(
        "s2", "branch value share", [("Paris", 9.0, 0.5), ("Lyon", 7.0, 0.4), ("Nice", 2.0, 0.1)], method="share"
    )
    other = made("s3", "branch margin", [("Nice", 9.0), ("Lyon", 7.0), ("Paris", 2.0)])
    evidence = Evidence((ranked, shares, other))
    first, second, third = (choose(t, evidence) for t in evidence.tables)
    assert first and second and third
    assert alike(first, second) and not alike(first, third)


def test_a_few_far_off_points_do_not_squeeze_the_others() -> None:
    rows = [(float(i % 50), float(i % 37)) for i in range(300)] + [(9000.0, 5.0)]
    points = made("s1_points", "x y", rows, audience="chart", method="correlation")
    pair = made("s1", "x y r", [("spend", "clicks", 0.1)], method="correlation")
    found = choose(points, Evidence((pair, points)))
    assert found and found.extra["frame"]["x"][1] < 100 and "1 far-off point lies outside the chart" in found.subtitle
    assert len(found.rows) == 300


LEVELS = "level n mean mean_low mean_high median"


@pytest.mark.parametrize(
    ("test", "columns", "kind", "told"),
    [
        ("welch_t", ("p",), "bar", ["9", "6"]),
        ("anova", ("mean",), "bar", ["9", "6"]),
        ("anova", ("median",), "box", ["7", "5"]),
        ("kruskal", ("p",), "box", ["7", "5"]),
    ],
)
def test_a_test_of_averages_shows_averages_and_one_of_ranks_the_spread(
    evidence: Evidence, test: str, columns: tuple[str, ...], kind: str, told: list[str]
) -> None:
    own = replace(evidence.table("g"), parameters={"value": "fee", "group": "left", "test": test})
    rows = (("yes", 9, 9.0, 8.0, 10.0, 7.0), ("no", 9, 6.0, 5.0, 7.0, 5.0))
    groups = EvidenceTable("g_groups", "groups", tuple(LEVELS.split()), rows, row_count=2, method="compare_groups")
    found = choose(own, evidence.joined(Evidence((own, groups))), Wish(columns=columns))
    assert found and found.kind == kind and [row["told"] for row in found.rows] == told


def test_outliers_are_dots_beside_a_box() -> None:
    more: dict[str, Any] = {"method": "outliers", "parameters": {"column": "fare", "rule": "iqr"}}
    main = made("s1", "n_outliers lower upper median_kept mean_kept", [(2, -10.0, 30.0, 10.0, 11.0)], **more)
    rows = [(float(i), False) for i in range(1, 21)] + [(35.0, True), (900.0, True)]
    marked = made("s1_rows", "fare is_outlier", rows, method="outliers", audience="detail")
    found = choose(main, Evidence((main, marked)))
    assert found and found.kind == "box" and found.extra["dots"] == [{"label": "Fare", "value": 35.0, "told": "35"}]
    assert (found.rows[0]["q1"], found.rows[0]["q3"]) == (5.0, 15.0) and "1 more outside the chart" in found.subtitle
    assert draw(found).svg.count("<path") > 1


def test_one_period_that_stands_out_is_marked_on_its_series() -> None:
    odd = made("s1", "label value", [("2024-05-14", 900.0)], method="anomalies", key=("label",))
    days = made(
        "s1_history",
        "period value",
        [(f"2024-05-{d:02d}", 900.0 if d == 14 else 9.0) for d in range(1, 29)],
        audience="chart",
    )
    found = choose(odd, Evidence((odd, days)))
    assert found and [row["label"] for row in found.rows if row["marked"]] == ["May 14, 2024"]


def test_amounts_bear_their_currency_on_bars_and_axis() -> None:
    found = choose(
        made("s1", "client total_amount", [("A", 68_200.0), ("B", 900.0)], formats={"total_amount": "money:€"}),
        Evidence(),
    )
    assert found and [row["told"] for row in found.rows] == ["€68.2k", "€900"]
    assert "€" in json.dumps(draw(found).spec, ensure_ascii=False)


def test_a_thin_far_end_of_a_histogram_is_told_and_not_drawn() -> None:
    rows = [("tenure", i * 10.0, i * 10.0 + 10, 100 if i < 3 else 1 if i == 29 else 0) for i in range(30)]
    hist = made("s1_hist", "variable bin_start bin_end count", rows, audience="chart", method="describe")
    found = choose(hist, Evidence((hist,)))
    assert found and len(found.rows) == 3 and found.subtitle == "1 more lies further out"


def test_notes_on_what_only_a_drawing_shows_are_not_printed() -> None:
    rate = made(
        "s1", "channel rate rate_low rate_high", [("Mail", 0.12, 0.1, 0.14), ("Search", 0.08, 0.07, 0.09)], method="x"
    )
    found = choose(rate, Evidence((rate,)))
    assert found and "interval" in found.subtitle and "interval" not in as_text(found, 80)


def _trend(periods: int, slope: float | None = 2.0) -> Evidence:
    months = [f"2023-{month:02d}" for month in range(1, 7)]
    rows = tuple((month, 10.0 + 2 * place + (place == 2), place == 5) for place, month in enumerate(months))
    line = EvidenceTable("t", "trend", ("period", "value", "partial"), rows, 6, ("period",), method="trend",
                         parameters={"value": "net_sales", "time": "day"})  # fmt: skip
    found = (periods, slope, 1.5, 2.5)
    summary = EvidenceTable("t_summary", "trend", ("periods", "slope", "slope_low", "slope_high"), (found,), 1,
                            method="trend")  # fmt: skip
    return Evidence((line, summary))


def test_a_trend_shows_its_line_through_the_middle_of_the_whole_periods_and_its_uncertainty() -> None:
    evidence = _trend(5)
    chart = choose(evidence.table("t"), evidence)
    assert chart is not None and chart.y.title == "Net sales" and "interval of its slope" in chart.subtitle
    fit = chart.extra["fit"]
    assert [row["label"] for row in fit] == ["Jan 2023", "Feb 2023", "Mar 2023", "Apr 2023", "May 2023"]
    assert fit[2]["fit"] == fit[2]["low"] == fit[2]["high"] == pytest.approx(14.2)
    assert fit[4]["low"] == pytest.approx(14.2 + 2 * 1.5) and fit[4]["high"] == pytest.approx(14.2 + 2 * 2.5)
    assert draw(chart).png


@pytest.mark.parametrize(("periods", "slope"), [(40, 2.0), (5, None)])
def test_no_trend_is_drawn_that_does_not_fit_what_is_drawn(periods: int, slope: float | None) -> None:
    evidence = _trend(periods, slope)
    chart = choose(evidence.table("t"), evidence)
    assert chart is not None and not chart.extra and "slope" not in chart.subtitle


def test_segments_are_shown_by_what_sets_them_apart_and_never_by_their_rows() -> None:
    columns = ("segment", "feature", "level", "value", "difference")
    profile = EvidenceTable("s_profile", "what sets each apart", columns, (
        (1, "contract", "Monthly", 1.0, 0.9), (1, "support_calls", None, 0.7, -0.4),
        (2, "support_calls", None, 4.6, 2.0), (2, "contract", "Yearly", 0.8, 0.5)), 4, method="segments")  # fmt: skip
    sizes = EvidenceTable("s", "segments", ("segment", "n", "share"), ((1, 6, 0.6), (2, 4, 0.4)), 2, ("segment",),
                          method="segments")  # fmt: skip
    rows = EvidenceTable("s_rows", "rows", ("customer_id", "segment"), (("C1", 1), ("C2", 2)), 2, method="segments",
                         audience="detail")  # fmt: skip
    evidence = Evidence((sizes, profile, rows))
    for table in (sizes, profile, rows):
        chart = choose(table, evidence)
        assert chart is not None and chart.kind == "heatmap" and "C1" not in str(chart.rows)
        assert chart.extra["columns"] == ["Segment 1 (60%)", "Segment 2 (40%)"]
        assert chart.order == ("Contract: Monthly", "Contract: Yearly", "Support calls")
        assert sorted(row["told"] for row in chart.rows) == ["0.70", "100%", "4.60", "80%"]


def test_charts_of_a_change_name_their_groups(evidence: Evidence) -> None:
    chart = choose(evidence.table("c"), evidence)
    assert chart is not None and " by " in chart.title and chart.x.title.startswith("Change in ")


def hist(counts: list[int], start: float, width: float) -> EvidenceTable:
    rows = [("x", start + i * width, start + (i + 1) * width, count) for i, count in enumerate(counts)]
    return made("s1_hist", "variable bin_start bin_end count", rows, audience="chart", method="describe")


def test_a_far_end_with_a_few_rows_here_and_there_is_told_and_not_drawn() -> None:
    given = hist([2169, 223, *[0] * 7, 3, *[0] * 9, 2, *[0] * 9, 1, *[0] * 9, 2], 1, 2.475)
    found = choose(given, Evidence((given,)))
    assert found and len(found.rows) == 2 and "8 more lie further out" in found.subtitle


def test_a_gap_of_a_histogram_is_one_line_of_text() -> None:
    given = hist([50, 0, 0, 0, 40, 0, 0, 30], 0, 10)
    found = choose(given, Evidence((given,)))
    assert found and len(as_text(found).splitlines()) == 1 + 5 and "10 to 40" in as_text(found)


def test_values_close_together_are_told_apart_on_the_axis_and_in_words() -> None:
    given = hist([50, 40, 30], 202_301, 20)
    found = choose(given, Evidence((given,)))
    assert found and len({row["range"] for row in found.rows}) == 3 and "202,301 to 202,321" in as_text(found)
    spec = json.dumps(draw(found).spec)
    assert ",~f" in spec and ".3~s" not in spec


def test_a_period_that_is_not_complete_is_told_in_a_terminal_and_no_colour_is() -> None:
    rows = [("2024-01", 5.0, False), ("2024-02", 6.0, False), ("2024-03", 2.0, True)]
    given = made("s1", "period value partial", rows, method="trend")
    found = choose(given, Evidence((given,)))
    assert found and "(Mar 2024 not complete)" in as_text(found)


def test_a_bin_of_whole_numbers_is_named_by_its_numbers() -> None:
    given = hist([50, 40, 30], -0.5, 1)
    found = choose(given, Evidence((given,)))
    assert found and [row["range"] for row in found.rows] == ["0", "1", "2"]
    wide = hist([50, 40, 30], 17.5, 5)
    found = choose(wide, Evidence((wide,)))
    assert found and found.rows[0]["range"] == "18 to 22" and '"tickMinStep": 1' in json.dumps(draw(found).spec)


def test_a_series_that_turns_is_drawn_with_two_lines_that_meet() -> None:
    months = [f"2023-{month:02d}" for month in range(1, 13)]
    values = [float(place if place <= 6 else 12 - place) for place in range(12)]
    line = made("t", "period value", zip(months, values, strict=True), method="trend", key=("period",))
    found = (12, 0.2, 0.1, 0.3, "2023-07", 1.0, -1.0)
    summary = made(
        "t_summary", "periods slope slope_low slope_high turn slope_before slope_after", [found], method="trend"
    )
    chart = choose(line, Evidence((line, summary)))
    assert chart and "before and after its turn" in chart.subtitle
    assert [row["fit"] for row in chart.extra["fit"]] == pytest.approx(values) and draw(chart).png


def test_a_series_that_starts_and_ends_incomplete_has_two_dashed_pieces_and_tells_its_peak() -> None:
    values = [1.0, 4.0, 90.0, 5.0, 6.0]
    rows = tuple((f"2024-0{i + 1}", v, i in (0, 4)) for i, v in enumerate(values))
    trend = EvidenceTable("t", "trend", ("period", "value", "partial"), rows, 5, ("period",), method="trend")
    found = choose(trend, Evidence((trend,)))
    assert found and "1 to 6, high 90" in as_text(found)
    layers = draw(found).spec["layer"]
    (points,) = (layer["data"]["values"] for layer in layers if layer["encoding"].get("detail"))
    assert [(p["piece"], p["value"]) for p in points] == [(" first", 1), (" first", 4), (" last", 5), (" last", 6)]
