"""The chart of an insight draws what its statement cites."""

from __future__ import annotations

from typing import Any

from analyst.answers.charting import Charted, choose_charts
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.replies import Insights
from analyst.reporting.cited import told_as_percent
from analyst.reporting.tables import shown


def result(id: str, columns: str, rows: Any, **more: Any) -> EvidenceTable:
    found = tuple(tuple(row) for row in rows)
    return EvidenceTable(id, "x", tuple(columns.split()), found, len(found), **more)


def charts(evidence: Evidence, *insights: Any, question: str = "q?") -> tuple[Charted, ...]:
    told = [
        {"title": "t", "table": "s1", "statement": one} if isinstance(one, str) else {"title": "t"} | one
        for one in insights
    ]
    return choose_charts(Insights.model_validate({"insights": told}), evidence, question)


PLANS = result(
    "s1",
    "plan customers churned churn_rate",
    [("Basic", 500, 200, 0.4), ("Plus", 900, 90, 0.1), ("Pro", 100, 30, 0.3)],
    key=("plan",),
    formats={"churn_rate": "percent", "customers": "integer", "churned": "integer"},
)
MONTHS = result(
    "s2",
    "month revenue margin",
    [("2024-01", 100.0, 0.5), ("2024-02", 120.0, 0.4), ("2024-03", 140.0, 0.3), ("2024-04", 160.0, 0.2)],
    key=("month",),
    formats={"margin": "percent"},
)
REGIONS = result(
    "s3",
    "month region sales",
    [(f"2024-0{m}", f"R{r}", float(m * r)) for m in (1, 2, 3, 4) for r in range(1, 10)],
    key=("month", "region"),
)
TOTAL = result("s4", "average_order orders", [(51.2, 1200)])
TWO = result(
    "s5",
    "month sales costs orders",
    [(f"2024-0{m}", 100.0 + m, 80.0 - m, 9_000_000 + m) for m in (1, 2, 3, 4)],
    key=("month",),
)
EVIDENCE = Evidence((PLANS, MONTHS, REGIONS, TOTAL, TWO))


def test_a_number_of_rows_that_is_told_of_a_series_does_not_take_the_place_of_its_figures() -> None:
    rows = [(kind, f"2024-0{m}", 100.0 * m, 50 + m) for kind in ("Cash", "Card") for m in (1, 2, 3)]
    by_month = result("s1", "payment month average_total records", rows, key=("payment", "month"))
    (chart,) = charts(Evidence((by_month,)), "The figure comes from {{s1[2].records}} records.")
    assert chart.choice.y.title == "Average total"


def test_rates_are_drawn_where_the_statement_cites_rates_though_counts_stand_before_them() -> None:
    (chart,) = charts(EVIDENCE, "Basic loses most: {{s1[plan=Basic].churn_rate|1%}} of its customers.")
    assert chart.choice.x.title == "Churn rate" and [row["value"] for row in chart.choice.rows] == [0.4, 0.3, 0.1]


def test_counts_are_drawn_where_the_statement_cites_counts() -> None:
    (chart,) = charts(EVIDENCE, "Plus has {{s1[plan=Plus].customers}} customers.", question="churn rate by plan")
    assert chart.choice.x.title == "Customers"


def test_where_only_the_number_of_rows_is_told_the_chart_draws_what_the_rows_are_sorted_by() -> None:
    rows = [("Ash", -16.0, 80), ("Elm", 3.0, 40), ("Fir", 9.0, 25)]
    sorted_by = result(
        "s1", "wood profit records", rows, key=("wood",), order={"profit": "ascending", "wood": "ascending"}
    )
    (chart,) = charts(Evidence((sorted_by,)), "The figure for {{s1[1].wood}} comes from {{s1[1].records}} records.")
    assert chart.choice.x.title == "Profit" and [row["value"] for row in chart.choice.rows][-1] == -16.0


def test_no_falling_line_stands_under_what_rose() -> None:
    statement = {"statement": "Revenue rose to {{s2[month=2024-04].revenue}}.", "table": "s2"}
    (chart,) = charts(EVIDENCE, statement, question="how did the margin and revenue develop?")
    assert chart.choice.y.title == "Revenue" and [row["value"] for row in chart.choice.rows] == [100, 120, 140, 160]


def test_the_table_that_is_cited_is_drawn_and_not_the_one_that_is_named() -> None:
    (chart,) = charts(EVIDENCE, {"statement": "It was {{s2[month=2024-01].margin|1%}} in January.", "table": "s1"})
    assert chart.choice.table == "s2" and chart.choice.y.title == "Margin"


def test_two_cited_columns_make_two_lines() -> None:
    statement = "Sales rose to {{s5[month=2024-04].sales}}, costs fell to {{s5[month=2024-04].costs}}."
    (chart,) = charts(EVIDENCE, {"statement": statement, "table": "s5"})
    assert {row["series"] for row in chart.choice.rows} == {"Sales", "Costs"} and len(chart.choice.rows) == 8
    assert chart.choice.title == "Sales and costs by month"


def test_a_column_that_would_flatten_the_other_is_not_drawn_beside_it() -> None:
    statement = "Sales rose to {{s5[4].sales}} with {{s5[4].orders}} orders."
    (chart,) = charts(EVIDENCE, {"statement": statement, "table": "s5"})
    assert {row["series"] for row in chart.choice.rows} == {""} and chart.choice.y.title == "Sales"


def test_two_cited_columns_of_groups_stand_side_by_side() -> None:
    statement = "Of {{s1[plan=Basic].customers}} Basic customers {{s1[plan=Basic].churned}} left."
    (chart,) = charts(EVIDENCE, statement)
    assert chart.choice.kind == "grouped" and len(chart.choice.rows) == 6


def test_two_cited_groups_of_many_make_two_series() -> None:
    statement = "R2 sold {{s3[month=2024-04, region=R2].sales}}, R3 {{s3[month=2024-04, region=R3].sales}}."
    (chart,) = charts(EVIDENCE, {"statement": statement, "table": "s3"})
    assert {row["series"] for row in chart.choice.rows} == {"R2", "R3"} and "2 of 9 groups" in chart.choice.subtitle


def test_the_one_cited_group_of_many_is_among_those_drawn() -> None:
    (chart,) = charts(EVIDENCE, {"statement": "R1 sold {{s3[month=2024-04, region=R1].sales}}.", "table": "s3"})
    assert "R1" in {row["series"] for row in chart.choice.rows}


def test_the_cited_row_is_among_the_bars_though_it_is_the_smallest() -> None:
    many = result("s1", "shop sales", [(f"Shop {n}", 100.0 - n) for n in range(40)], key=("shop",))
    (chart,) = charts(Evidence((many,)), "Shop 39 sells least: {{s1[shop=Shop 39].sales}}.")
    assert "Shop 39" in chart.choice.order and "Shop 0" in chart.choice.order


def test_a_number_as_the_answer_has_no_chart() -> None:
    assert charts(EVIDENCE, {"statement": "The average order is {{s4.average_order|2}}.", "table": "s4"}) == ()


def test_one_figure_of_a_description_has_no_chart_and_its_spread_has() -> None:
    more: dict[str, Any] = {"method": "describe", "key": ("variable",)}
    described = result("d", "variable n mean q1 q3", [("age", 90, 41.2, 30.0, 50.0)], **more)
    bins = [("age", 10.0 * n, 10.0 * n + 10, 9 + n) for n in range(6)]
    shape = result("d_hist", "variable bin_start bin_end count", bins, method="describe", audience="chart")
    evidence = Evidence((described, shape))
    assert charts(evidence, {"statement": "The mean age is {{d.mean}} ({{d.n}} people).", "table": "d"}) == ()
    (chart,) = charts(evidence, {"statement": "Half are between {{d.q1}} and {{d.q3}}.", "table": "d"})
    assert chart.choice.kind == "histogram"


def test_no_chart_is_shown_twice_and_another_column_of_the_table_is_another_chart() -> None:
    drawn = charts(
        EVIDENCE,
        "Basic loses {{s1[plan=Basic].churn_rate|1%}}.",
        "Plus loses only {{s1[plan=Plus].churn_rate|1%}}.",
        "Most have Plus: {{s1[plan=Plus].customers}}.",
    )
    assert [(chart.insight, chart.choice.id) for chart in drawn] == [(0, "chart_s1"), (2, "chart_s1_2")]


def test_an_insight_may_name_the_columns_to_draw() -> None:
    statement = {"statement": "Basic has {{s1[plan=Basic].churned}} leavers.", "table": "s1", "chart": ["churn_rate"]}
    (chart,) = charts(EVIDENCE, statement)
    assert chart.choice.x.title == "Churn rate"


def test_columns_that_no_result_has_are_not_drawn() -> None:
    statement = {"statement": "Basic has {{s1[plan=Basic].churned}} leavers.", "table": "s1", "chart": ["profit"]}
    (chart,) = charts(EVIDENCE, statement)
    assert chart.choice.x.title == "Churned"


def test_the_intercept_of_a_model_is_no_bar() -> None:
    terms = [("intercept", 900.0, 800.0, 1000.0), ("ram", 4.0, 3.0, 5.0), ("speed", 2.0, 1.0, 3.0)]
    fit = result("s1", "r2 n", [(0.7, 90)], method="linear_regression", parameters={"target": "price"})
    coef = result("s1_coef", "term coef coef_low coef_high", terms, method="linear_regression", key=("term",))
    statement = {"statement": "A unit of ram adds {{s1_coef[term=ram].coef}}; the fit starts at {{s1_coef[1].coef}}."}
    (chart,) = charts(Evidence((fit, coef)), statement)
    assert chart.choice.order == ("Ram", "Speed") and chart.choice.table == "s1_coef"


def test_what_the_statement_tells_as_percent_is_percent_on_the_chart_and_in_the_tables() -> None:
    shares = result("s1", "shop discount", [("A", 0.372), ("B", 0.17)], key=("shop",))
    evidence = told_as_percent(["A gives {{s1[shop=A].discount|1%}} off."], Evidence((shares,)))
    (chart,) = charts(evidence, "A gives {{s1[shop=A].discount|1%}} off.")
    assert [row["told"] for row in chart.choice.rows] == ["37.2%", "17%"]
    assert shown(evidence.table("s1"), max_rows=9).rows == (("A", "37.2%"), ("B", "17.0%"))
    assert told_as_percent(["A gives {{s1[shop=A].discount|2}}."], Evidence((shares,))).tables == (shares,)
