"""Prose as a strong model writes it passes; numbers that nobody computed are sent back, with the rule and the place."""

from __future__ import annotations

import pytest

from analyst.core.errors import ReplyError
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Caution, Facts, Filter
from analyst.reporting.filling import Filler

SIZE = EvidenceTable("table", "the table", ("rows", "columns"), ((9994, 12),), 1)
REGIONS = EvidenceTable(
    "s1",
    "sum of revenue by region where n is at least 100",
    ("region", "revenue", "share", "n"),
    (
        ("West", 725.0, 0.5, 310),
        ("East", 362.5, 0.25, 200),
        ("South", 241.6, 0.1667, 140),
        ("North", 120.9, 0.0833, 100),
    ),
    4,
    ("region",),
    {"share": "percent"},
    facts=Facts(
        filters=(Filter("ordered", "at least", ("2024-01-01",)), Filter("ordered", "below", ("2024-04-01",))),
        limit=5,
        constants=("2024-01-01", "2024-04-01", 100, 0.25, 1),
    ),
    warnings=("West rests on a twofold rise, 17 rows were left out",),
    cautions=(Caution("association", "Fewer than 30 rows stand behind 3 groups"),),
)
MONTHS = EvidenceTable(
    "s2",
    "revenue by month",
    ("month", "period", "revenue", "growth"),
    ((1, "2024-01", 100.0, None), (2, "2024-02", 210.0, 1.1), (3, "2024-03", 105.0, -0.5)),
    3,
    ("month",),
    {"growth": "percent"},
)
TENURES = EvidenceTable("s3", "churn", ("tenure", "rate"), ((12, 0.31), (24, 0.2)), 2, ("tenure",), {"rate": "percent"})
TEST = EvidenceTable("s4", "Welch t test", ("statistic", "p", "n"), ((4.2, 0.0004, 750),), 1, method="compare_groups")
REACH = EvidenceTable(
    "s7",
    "share",
    ("rank", "city", "cumulative_share"),
    tuple((n, f"C{n}", n / 20) for n in range(1, 21)),
    20,
    ("city",),
    {"cumulative_share": "percent"},
)
PLANS = EvidenceTable(
    "s5", "rows by plan", ("plan", "n"), (("Two year", 10), ("Model 3", 7), ("18-25", 3)), 3, ("plan",)
)
FORECAST = EvidenceTable(
    "s6",
    "forecast",
    ("period", "mean"),
    (("2024-04", 99.0),),
    1,
    method="forecast",
    parameters={"horizon": 6, "level": 0.9},
)
EVIDENCE = Evidence((SIZE, REGIONS, MONTHS, TENURES, TEST, PLANS, FORECAST, REACH))
QUESTION = "How did the regions do in Q1 2024, for orders of 2-3 items over $1,000.50? Give month_1 … month_12."
FILL = Filler(QUESTION, ("order_2024",))
W = "{{s1[region=West].revenue|0}}"


@pytest.mark.parametrize(
    "text",
    [
        f"In Q1 2024 the West led with {W}.",
        f"Between January and March 2024, the West sold {W}; February 2024 was best.",
        f"From 1 January to 31 March 2024 (2024-01-01 to 2024-03-31) it sold {W}.",
        f"Orders before April 1, 2024 brought the West {W}.",
        f"For orders of 2–3 items over $1,000.50, the West sold {W}.",
        f"Of regions with at least 100 orders, the West leads with {W}.",
        f"All 4 regions sold, the West most: {W}.",
        f"The top 5 regions are led by the West ({W}).",
        f"Across 9,994 rows, the West sold {W}.",
        "Customers with 12 months of tenure churn at {{s3[tenure=12].rate}}, those with 24 at {{s3[tenure=24].rate}}.",
        "In month 3, revenue was {{s2[month=3].revenue}}.",
        "The lead is significant at the 5% level (p = {{s4.p}}).",
        "The difference is highly significant (p < 0.001), t = {{s4.statistic|1}}.",
        "The 95% confidence interval does not hold it; a two-sided test says so, 24/7.",
        "month_3 holds {{s2[month=3].revenue}}.",
        "17 rows were left out, fewer than 30 rows stand behind it, a twofold rise.",
        f"The West makes half of it: {W}, {{{{s1[region=West].share}}}}.",
        f"One in six dollars comes from the South: {{{{s1[region=South].share}}}}; the West has {W}.",
        "A twelfth of revenue comes from the North, {{s1[region=North].revenue}}.",
        f"The West sold twice as much as the East: {W} against {{{{s1[region=East].revenue}}}}.",
        "February more than doubled January ({{s2[month=2].growth}}).",
        "March halved it again: {{s2[month=2].revenue}} became {{s2[month=3].revenue}}.",
        "The four regions differ; the three plans do not.",
        "Two year contracts are most, {{s5[plan=Two year].n}}; Model 3 has {{s5[plan=Model 3].n}}, and 18-25 fewest.",
        "The next 6 months, forecast at 90%, begin with {{s6.mean}} in April 2024.",
        "Those above 25% of revenue lead; revenue peaked in {{s2[month=2].period|month}} {{s2[month=2].period|year}}.",
        "The column order_2024 is empty.",
        f"A rate per 1,000 orders, on a 1 to 5 scale; alpha = 0.05, COVID-19 or not: {W}.",
        "Sixteen of twenty cities make up {{s7[16].cumulative_share}}, the top 16 of 20.",
        "Two reasons stand out over the six months; twice a week is typical.",
    ],
)
def test_good_prose_passes(text: str) -> None:
    FILL(text, EVIDENCE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"The West sold {W}, 77 more.", "number 77 (in "),
        (f"The West sold {W} in 2023.", "number 2023"),
        (f"The West sold {W} until 15 March 2024.", "number 15 March 2024"),
        (f"The West sold {W} at 14:30.", "number 14:30"),
        ("Customers with 36 months churn at {{s3[tenure=12].rate}}.", "number 36"),
        ("It holds at the 7% level (p = {{s4.p}}).", "number 7"),
        ("It is significant (p < 0.0001), t = {{s4.statistic}}.", "number 0.0001"),
        ("month_13 is missing.", "number month_13"),
        (f"All 8 regions sold, the West {W}.", "number 8"),
        (f"The West makes a third of it: {W}.", "'a third of' (in 'The West makes a third of it: {{…}}.')"),
        (f"One in three dollars comes from the West, {W}.", "'One in three'"),
        (f"The West sold three times as much as the East: {W}, {{{{s1[region=East].revenue}}}}.", "'three times'"),
        ("Half of all revenue is from the West.", "'Half of'"),
        ("There are six plans.", "'six plans'"),
        ("Seventeen cities make up {{s7[16].cumulative_share}}.", "'Seventeen cities'"),
        ("It grew by twenty percent.", "written in words"),
        (f"The West sold {W} million.", "it is shown in full"),
        ("19 rows were left out.", "number 19"),
    ],
)
def test_a_number_that_nobody_computed_is_sent_back_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ReplyError) as caught:
        FILL(text, EVIDENCE)
    assert told in " ".join(caught.value.texts)
