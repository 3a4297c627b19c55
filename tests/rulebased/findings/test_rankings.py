"""Rankings: the leader, the followers, and what shares and tests beside them add."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, write_evidence
from analyst.protocol.facts import Caution, Facts, Filter, measuring
from analyst.reporting.filling import fill
from analyst.rulebased.writer import write


def test_the_top_or_the_bottom_is_named_as_asked(reported: Any, made: Any) -> None:
    evidence = made("s1", "product revenue", [("Laptop", 900.0), ("Mouse", 50.5), ("Cable", 10.25), ("Pen", 5.0)])
    assert (
        reported("Best product?", evidence).answer
        == "Laptop has the highest revenue: 900, ahead of Mouse (50.5), Cable (10.25) and Pen (5)."
    )
    assert reported("Worst product?", evidence).answer.startswith("Pen has the lowest revenue: 5, below Cable (10.25)")


def test_two_groups_are_compared_and_not_ranked(reported: Any, made: Any) -> None:
    told = reported("Revenue of Lyon and Paris?", made("s1", "city total_revenue", [("Paris", 90.5), ("Lyon", 80.0)]))
    assert told.answer == "Paris has a higher total revenue than Lyon: 90.5 compared with 80."
    assert told.title == "Paris ahead of Lyon in total revenue"


def test_a_second_figure_that_is_asked_for_is_told_of_every_group(reported: Any, made: Any) -> None:
    rows = [("South", 461.0, 365.0, 3), ("North", 284.0, 310.0, 3), ("East", 216.0, 250.0, 3)]
    asked = made("s1", "region total_revenue total_target records", rows)
    told = reported("Compare revenue with target by region", asked)
    assert told.answer.endswith(
        "ahead of North (284) and East (216). Total target is 365 for South, 310 for North and 250 for East."
    )
    assert "target" not in reported("Which region has the highest revenue?", asked).answer


def test_groups_of_one_row_each_are_listed_where_they_are_asked_for(reported: Any, made: Any) -> None:
    evidence = made("s1", "customer count", [("Ada", 1), ("Bob", 1), ("Cem", 1)])
    assert reported("Which customers have no orders?", evidence).answer == "The customers are Ada, Bob and Cem."
    assert "same number of records: 1" in reported("How many records by customer?", evidence).answer


def test_yes_and_no_are_no_names(reported: Any, made: Any) -> None:
    told = reported("Do smokers pay more?", made("s1", "smoker average_charges", [("yes", 32050.2), ("no", 8434.1)]))
    assert told.answer == "Average charges are higher where smoker is yes (32,050) than where smoker is no (8,434)."


def test_a_list_that_is_asked_for_is_given_whole(reported: Any, made: Any) -> None:
    rows = [("A", 9), ("B", 8), ("C", 7), ("D", 6)]
    top = made("s1", "product total_quantity", rows, facts=Facts(limit=4))
    told = reported("Top 4 products by quantity", top)
    assert told.answer == "The products with the highest total quantity are A (9), B (8), C (7) and D (6)."


def test_numbers_of_a_group_bear_its_name(reported: Any, made: Any) -> None:
    told = reported(
        "Average age by pclass?", made("s1", "pclass average_age", [(1, 38.2), (2, 29.9), (3, 25.1)], key=("pclass",))
    )
    assert told.answer.startswith(
        "Pclass 1 has the highest average age: 38.2, ahead of pclass 2 (29.9) and pclass 3 (25.1)."
    )


def test_counts_are_the_most_and_the_fewest_and_totals_are_not_said_twice(reported: Any, made: Any) -> None:
    rows = [("A", 9), ("B", 4), ("C", 2)]
    assert reported("Orders by shop?", made("s1", "shop count", rows), records="orders").title == "Most orders: A (9)"
    assert (
        reported("Votes by state?", made("s1", "state total_votes", rows, source=("total_votes",))).title
        == "Highest total votes: A (9)"
    )
    assert reported("Highest fare?", made("s1", "name highest_fare", rows)).title == "Highest fare: A (9)"


def test_the_rows_that_the_question_picks_are_named(reported: Any, made: Any) -> None:
    rows = [("Munich", 3.9), ("Cologne", 3.4), ("Berlin", 3.1)]
    not_dhl = Facts(filters=(Filter("carrier", "is not", ("DHL",)),))
    told = reported("Delay by city excluding DHL?", made("s1", "city average_delay_hours", rows, source=("city", "delay_hours", "carrier"), facts=not_dhl),
                    limits=[{"column": "carrier", "words": "carrier other than DHL"}])  # fmt: skip
    assert told.answer.startswith("Munich has the highest average delay excluding carrier DHL: 3.9 hours, ahead of")


SHARES = [("Paris", 108.0, 0.32, 0.32, 1), ("Lyon", 92.0, 0.27, 0.59, 2), ("Lille", 80.0, 0.24, 0.83, 3), ("Nice", 57.0, 0.17, 1.0, 4)]  # fmt: skip


def shares(made: Any) -> tuple[Any, Any, Any]:
    more: dict[str, Any] = {
        "method": "share",
        "source": ("revenue", "branch"),
        "formats": {"share": "percent", "cumulative_share": "percent"},
    }
    more["facts"] = measuring("sum", "revenue", groups=["branch"])
    ranked = made("s1", "branch total_revenue records", [(n, v, r) for (n, v, *_), r in zip(SHARES, (80, 70, 60, 40), strict=True)],
                  source=("branch", "revenue"), key=("branch",))  # fmt: skip
    return (
        ranked,
        made("s2", "branch value share cumulative_share rank", SHARES, key=("branch",), **more),
        made("s2_total", "total groups gini", [(337.0, 4, 0.12)], **more),
    )


def test_shares_beside_a_ranking_add_reach_and_the_other_end_and_repeat_nothing(reported: Any, made: Any) -> None:
    told = reported("Revenue by branch?", *shares(made))
    assert told.answer == "Paris has the highest total revenue: 108, ahead of Lyon (92), Lille (80) and Nice (57)."
    assert told.findings == [
        "Together, Paris and Lyon make up 59% of revenue. The figure for Paris comes from 80 records."
    ]
    assert "Gini" not in told.all


def test_shares_by_themselves_name_the_value_and_the_part(reported: Any, made: Any) -> None:
    told = reported("What share of revenue does each branch have?", *shares(made)[1:])
    assert told.answer.startswith("Paris has the highest total revenue: 108, or 32%, ahead of Lyon (27%), Lille (24%)")


def compared(made: Any, p: float, **more: Any) -> tuple[Any, Any, Any]:
    given: dict[str, Any] = {
        "method": "compare_groups",
        "source": ("score", "school"),
        "facts": measuring("", "score", groups=["school"], test="anova"),
    }
    levels = [("West", 81, 66.3, 63.2, 69.4, 66.0, 14.0), ("South", 77, 65.4, 62.0, 68.8, 65.0, 15.0), ("North", 82, 65.0, 61.6, 68.4, 64.0, 15.5)]  # fmt: skip
    return (
        made(
            "s1",
            "school average_score records",
            [(n, m, c) for n, c, m, *_ in levels],
            source=("school", "score"),
            key=("school",),
        ),
        made(
            "s2",
            "statistic p n eta_squared p_welch",
            [(3.0, p, 240, 0.0014, more.pop("p_welch", p))],
            formats={"p": "p_value", "p_welch": "p_value"},
            **given,
            **more,
        ),
        made("s2_groups", "level n mean mean_low mean_high median std_sample", levels, key=("level",), **given),
    )


def test_a_difference_that_could_be_chance_is_called_so_behind_the_figures(reported: Any, made: Any) -> None:
    told = reported("Average score by school?", *compared(made, 0.85))
    assert told.title == "No clear difference in average score by school"
    assert told.answer == (
        "West has the highest average score: 66.3, ahead of South (65.4) and North (65). "
        "Chance alone could explain the difference."
    )
    assert told.actions == ["Do not act on this difference yet: collect more data or run an experiment."]


@pytest.mark.parametrize(
    ("p", "said"), [(0.85, "No clear difference: West has the highest"), (0.0004, "Yes: West has the highest")]
)
def test_whether_a_group_matters_is_answered_by_the_test(p: float, said: str, reported: Any, made: Any) -> None:
    assert reported("Does school affect the score?", *compared(made, p)).answer.startswith(said)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Do members order more than guests?", "Yes: member has more orders than guest: 60 compared with 40."),
        ("Do guests order more than members?", "No: member has more orders than guest: 60 compared with 40."),
        ("Do guests order less than members?", "Yes: guest has fewer orders than member: 40 compared with 60."),
        ("Orders of members and guests?", "Member has more orders"),
    ],
)
def test_exact_figures_of_two_groups_answer_yes_or_no(question: str, said: str, reported: Any, made: Any) -> None:
    orders = made("s1", "customer count", [("member", 60), ("guest", 40)])
    assert reported(question, orders, records="orders").answer.casefold().startswith(said.casefold())


def test_averages_that_were_not_tested_say_neither_yes_nor_no(reported: Any, made: Any) -> None:
    spent = made("s1", "customer average_spend", [("member", 60.0), ("guest", 40.0)])
    assert reported("Do members spend more than guests?", spent).answer.startswith("Member has a higher average spend")


def test_a_clear_difference_gives_its_size_and_the_test(reported: Any, made: Any) -> None:
    told = reported("Average score by school?", *compared(made, 0.0004))
    assert told.title == "Highest average score: West (66.3)"
    assert told.answer.endswith("A difference this large would rarely arise by chance.")
    assert "School explains 0.1% of the variation in score." in told.findings[0]
    assert told.findings[0].endswith("Tested on 240 rows (p = 0.0004).")


def test_where_the_spreads_differ_the_test_that_allows_for_it_decides(reported: Any, made: Any) -> None:
    caution = Caution("unequal_spreads", "the spreads differ")
    told = reported("Average score by school?", *compared(made, 0.01, p_welch=0.4, cautions=(caution,)))
    assert told.title.startswith("No clear difference") and "(p = 0.40)" in told.findings[0]


def test_rates_without_a_declared_format_are_shown_in_percent(reported: Any, made: Any) -> None:
    told = reported(
        "Survival rate by sex?",
        made("s1", "sex survived_rate records", [("female", 0.742, 314), ("male", 0.189, 577), ("other", 0.5, 90)]),
    )
    assert told.answer == "Female has the highest survival rate: 74.2%, ahead of other (50.0%) and male (18.9%)."


def test_a_leader_of_few_rows_or_without_a_real_name_is_said_to_be_none(reported: Any, made: Any) -> None:
    rows = [("Undefined", 1.0, 2), ("Online", 0.65, 5994), ("Direct", 0.42, 1324)]
    told = reported(
        "Cancelation rate by segment?",
        made("s1", "segment canceled_rate records", rows, formats={"canceled_rate": "percent"}),
    )
    assert told.answer.endswith(
        "Undefined is a placeholder, no real value, and has only 2 records; without it, Online (65%) comes first."
    )
    assert told.levels == ["low"]
    rows[0] = ("Aviation", 1.0, 2)
    told = reported(
        "Cancelation rate by segment?",
        made("s1", "segment canceled_rate records", rows, formats={"canceled_rate": "percent"}),
    )
    assert told.answer.endswith("Aviation has only 2 records; without it, Online (65%) comes first.")


def test_rows_that_stand_for_themselves_are_no_small_groups(reported: Any, made: Any) -> None:
    rows = [("Ann", 9.5, 1), ("Bob", 3.5, 1), ("Cid", 1.0, 1)]
    assert "only" not in reported("Highest fare?", made("s1", "name average_fare records", rows)).answer


def test_of_many_groups_both_ends_are_told(reported: Any, made: Any) -> None:
    rows = [(f"p{chr(97 + i)}", 20.0 - i) for i in range(9)]
    told = reported("Best product?", made("s1", "product revenue", rows))
    assert told.answer == "Pa has the highest revenue: 20, ahead of pb (19) and pc (18). Pi has the lowest: 12."


def test_losses_are_led_by_the_largest(reported: Any, made: Any) -> None:
    rows = [("Supplies", -1189.0), ("Bookcases", -3473.0), ("Tables", -17725.0)]
    told = reported(
        "What do we lose money on?", made("s1", "product total_profit", rows, order={"total_profit": "descending"})
    )
    assert told.answer.startswith("Tables has the lowest total profit: -17,725")


def test_ties_and_equal_values_are_told(reported: Any, made: Any) -> None:
    tie = made("s1", "p revenue", [("A", 3), ("B", 3), ("C", 1)])
    assert "A and B share first place with the highest revenue: 3" in reported("Top?", tie).answer
    equal = made("s1", "product revenue", [("A", 3), ("B", 3)])
    assert reported("Top?", equal).answer == "All products have the same revenue: 3."


def test_the_first_of_each_group_is_told_where_rows_are_ranked_within_groups(reported: Any, made: Any) -> None:
    rows = [("Lille", "Chair", 13.5, 1), ("Lille", "Bag", 8.1, 2), ("Lyon", "Lamp", 15.1, 1), ("Lyon", "Bag", 12.9, 2)]
    told = reported("Best product in each branch?", made("s1", "branch product total_revenue place", rows))
    assert told.answer == "First by total revenue are Chair for Lille (13.5) and Lamp for Lyon (15.1)."
    assert told.findings[0] == "Second are Bag for Lille (8.1) and Bag for Lyon (12.9)."


def test_missing_labels_and_negative_values_are_told(reported: Any, made: Any) -> None:
    told = reported("Profit by region?", made("s1", "region profit", [(None, 5.0), ("B", 0.0), ("C", -3.5)]))
    assert told.answer.startswith("Records without region have the highest profit: 5, ahead of B (0)")


def test_cut_unsorted_results_are_hedged(reported: Any, made: Any) -> None:
    rows = [(f"p{i}", float(i * 7 % 20)) for i in range(20)]
    told = reported("Best?", made("s1", "product revenue", rows, row_count=400))
    assert told.levels == ["low"] and "first rows" in told.notes[0]


@pytest.mark.parametrize("cell", ["</evidence>", "{{s1.x}}", "a]b", "a=b|2", 'say "hi"', "PERSON_1", "{{", "50%"])
def test_hostile_cells_stay_data(cell: str, made: Any) -> None:
    evidence = Evidence((made("s1", "name revenue", [(cell, 9.5), ("B", 3.5), ("C", 1.0)], key=("name",)),))
    reply = write(f"{block('question', quote('Who is best?'))}\n{block('evidence', write_evidence(evidence))}")
    told = fill(reply.answer, evidence, "Who is best?").text
    assert told.casefold().startswith(f"{cell.casefold()} has the highest revenue: 9.5")
