"""Links: correlations, drivers, categories, regressions and models."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("r", "title", "answer"),
    [
        (0.82, "Strong positive link between price and sales", "Price and sales rise and fall together: a strong link"),
        (
            -0.42,
            "Moderate negative link between price and sales",
            "Price and sales move in opposite directions: a moderate link",
        ),
        (0.2, "Weak positive link between price and sales", "Price and sales rise and fall together: a weak link"),
        (
            0.02,
            "No link between price and sales",
            "Price and sales are practically unrelated (correlation 0.02, 300 rows).",
        ),
    ],
)
def test_the_words_of_a_correlation_follow_its_sign_and_size(
    r: float, title: str, answer: str, reported: Any, made: Any
) -> None:
    evidence = made(
        "s1", "x y r p n", [("price", "sales", r, 0.001, 300)], method="correlation", source=("price", "sales")
    )
    told = reported("How is price related to sales?", evidence)
    assert told.title == title and told.answer.startswith(answer)


def test_whether_two_numbers_are_linked_is_answered_with_yes_or_no(reported: Any, made: Any) -> None:
    for r, p, said in ((0.82, 0.001, "Yes: price"), (0.02, 0.9, "No: price"), (0.4, 0.3, "No: price")):
        evidence = made(
            "s1", "x y r p n", [("price", "sales", r, p, 40)], method="correlation", source=("price", "sales")
        )
        assert reported("Is price related to sales?", evidence).answer.startswith(said)


def test_the_rank_correlation_beside_it_is_no_second_finding(reported: Any, made: Any) -> None:
    both = [made(id, "x y r r_low r_high p n", [("price", "sales", r, r - 0.1, r + 0.1, 0.001, 300)], method="correlation", source=("price", "sales"))
            for id, r in (("s1", 0.3), ("s2", 0.6))]  # fmt: skip
    told = reported("Is price related to sales?", *both)
    assert len(told.findings) == 1
    assert (
        "very likely lies between 0.20 and 0.40" in told.findings[0] and "tells a different story" in told.findings[0]
    )


def test_the_strongest_pair_comes_first_and_cause_is_not_claimed(reported: Any, made: Any) -> None:
    rows = [("a", "b", 0.2, 0.01, 90), ("a", "c", -0.9, 0.0, 90), ("b", "c", None, None, 2)]
    told = reported("What goes together?", made("s1", "x y r p n", rows, method="correlation", source=("a", "b", "c")))
    assert told.answer.startswith("A and c move in opposite directions")
    assert "does not show which one causes the other" in told.notes[0]


def test_reliable_drivers_are_told_apart_from_the_rest(reported: Any, made: Any) -> None:
    columns = "feature kind measure association direction highest_at lowest_at p p_adjusted importance n"
    rows = [
        (
            "contract",
            "category",
            "cramers_v",
            0.41,
            None,
            "Monthly",
            "Two years",
            1e-9,
            3e-9,
            0.12,
            900,
        ),
        ("support_calls", "number", "r", 0.38, "positive", None, None, 1e-9, 3e-9, 0.1, 900),
        ("shoe_size", "number", "r", 0.02, "positive", None, None, 0.6, 0.6, 0.0, 900),
    ]
    model = made(
        "s1_model",
        "model metric score baseline n target_level",
        [("forest", "roc_auc", 0.81, 0.5, 900, "yes")],
        method="drivers",
        source=("churn",),
    )
    main = made(
        "s1",
        columns,
        rows,
        method="drivers",
        source=("churn", "contract", "support_calls", "shoe_size"),
        formats={"p_adjusted": "p_value"},
    )
    rate = made("s2", "churn_rate records", [(0.328, 900)], formats={"churn_rate": "percent"}, source=("churn",))
    told = reported("Which factors predict churn?", main, model, rate)
    assert told.title == "Contract is most closely linked to churn"
    assert told.answer == (
        "Contract has the closest link to churn: the churn rate is highest for Monthly and lowest for Two years. "
        "Next comes support calls (the more support calls, the higher the churn rate)."
    )
    assert "The churn rate is 32.8%." in told.findings[0] and "not proven causes" in told.notes[0]
    assert "On a scale from zero to one, the strengths are contract 0.41 and support calls 0.38." in told.findings[0]
    assert any("ranks the right one higher in 81% of pairs; guessing would reach 50%" in text for text in told.findings)
    assert any(text == "No reliable link to churn was found for shoe size." for text in told.findings)


def test_levels_that_are_withheld_or_hold_digits_are_cited_not_written(reported: Any, made: Any) -> None:
    columns = "feature kind measure association direction highest_at lowest_at p n"
    tie = ("category", "eta_squared", 0.4, None)
    for feature, ends, withheld in (("plan", ("Tier 2", "Tier 1"), None), ("name", ("Ann", "Bob"), [0])):
        hidden = {"highest_at": withheld, "lowest_at": withheld} if withheld else {}
        row = (feature, *tie, *ends, 1e-9, 900)
        main = made("s1", columns, [row], method="drivers", source=("fee", feature), withheld=hidden)
        answer = reported("What drives the fee?", main).answer
        assert f"the fee is highest for {ends[0]} and lowest for {ends[1]}" in answer


def test_two_categories_go_together_or_not(reported: Any, made: Any) -> None:
    for p, said in (
        (0.0001, "Yes: sex and class are related: a difference this large would rarely arise by chance."),
        (0.5, "Sex and class show no clear link: chance alone could explain the differences."),
    ):
        evidence = made(
            "s1", "statistic p dof cramers_v n", [(9.0, p, 2, 0.3, 500)], method="chi_square", source=("sex", "class")
        )
        assert said in reported("Are sex and class related?", evidence).answer


def test_a_regression_names_the_clearest_term_with_its_sign(reported: Any, made: Any) -> None:
    main = made(
        "s1",
        "r2 adj_r2 f_p n rmse",
        [(0.62, 0.6, 0.0, 120, 4.2)],
        method="linear_regression",
        source=("sales", "price"),
    )
    rows = [("const", 1.0, 0.1, 10.0, 0.0), ("price", -2.5, 0.2, -12.0, 1e-9), ("age", 0.1, 0.2, 0.5, 0.6)]
    told = reported(
        "What explains sales?", main, made("s1_coef", "term coef std_err t p", rows, method="linear_regression")
    )
    assert told.answer.startswith(
        "With the other columns held constant, sales is most clearly linked to price (-2.5 for each additional unit)"
    )
    assert "Together the columns explain 62% of the variation in sales." in told.answer


def test_a_trained_model_is_told_by_what_it_gets_right(reported: Any, made: Any) -> None:
    told = reported(
        "Predict survived", made("s1", "accuracy f1_macro", [(0.78, 0.7)], method="train_model", source=("survived",))
    )
    assert told.answer == "The model gets 78.0% of the unseen cases of survived right."


LEVELS = [("male", 120, 25.5, 10.5, 43.1), ("female", 80, 44.5, 23.0, 58.0)]


def groups(made: Any, p: float | None, levels: list[Any]) -> tuple[Any, Any]:
    more: dict[str, Any] = {"method": "compare_groups", "source": ("fare", "sex")}
    return (
        made("s1", "statistic p n", [(3.0, p, 200)], formats={"p": "p_value"}, **more),
        made("s1_groups", "level n mean median std_sample", levels, key=("level",), **more),
    )


@pytest.mark.parametrize(
    ("p", "question", "said"),
    [
        (0.0004, "Do females pay more than males?", "Yes: female has a higher average fare than male: 44.5 compared with 25.5. A difference"),
        (0.0004, "Do males pay more than females?", "No: female has a higher average fare"),
        (0.0004, "Does the fare differ by sex?", "Yes: female has a higher average fare"),
        (0.0004, "Do women pay more?", "Female has a higher average fare"),
        (0.4, "Do women pay more?", "No clear difference: female has a higher average fare"),
    ],
)  # fmt: skip
def test_a_question_of_yes_or_no_is_answered_by_the_test(
    p: float, question: str, said: str, reported: Any, made: Any
) -> None:
    told = reported(question, *groups(made, p, LEVELS))
    assert told.answer.startswith(said)
    assert f"Tested on 200 rows (p = {'0.0004' if p < 0.1 else '0.40'})." in told.findings[0]


def test_a_difference_that_is_not_significant_is_not_claimed(reported: Any, made: Any) -> None:
    told = reported("Average fare by sex?", *groups(made, 0.4, LEVELS))
    assert told.title == "No clear difference in average fare by sex"
    assert told.answer.endswith("Chance alone could explain the difference.")


def test_one_group_has_nothing_to_compare_with(reported: Any, made: Any) -> None:
    assert "only one group, male" in reported("Do women pay more?", *groups(made, None, LEVELS[:1])).answer


def test_small_groups_lower_the_confidence_and_tiny_ones_are_told(reported: Any, made: Any) -> None:
    small, tiny = (
        reported("Do they differ?", *groups(made, 0.001, [("a", 90, 1.0, 1.0, 0.1), ("b", n, 2.0, 2.0, 0.1)]))
        for n in (9, 3)
    )
    assert (small.levels[0], tiny.levels[0]) == ("medium", "low")
    assert "only" not in small.answer and "B has only 3 records" in tiny.answer


def test_medians_that_tell_another_story_are_a_finding(reported: Any, made: Any) -> None:
    told = reported("Do they differ?", *groups(made, 0.001, [("a", 90, 90.0, 40.0, 50.0), ("b", 90, 60.0, 58.0, 5.0)]))
    assert (
        told.findings[1]
        == "The median fare is highest for b (58), not for a (40): a few large values drive the average."
    )
