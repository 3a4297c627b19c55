"""What charts are drawn of: scales that end at round numbers, series that pile up, parts that fill a line."""

from __future__ import annotations

import pytest

from analyst.apps.web.pages.shapes import HEIGHT, Hover, Piled, laid


@pytest.mark.parametrize(
    ("highest", "most"), [(0, 1), (0.0031, 0.005), (1, 1), (1.01, 2), (3, 5), (7, 10), (10, 10), (999, 1000), (2001, 5000)]
)  # fmt: skip
def test_a_scale_ends_at_the_next_round_number(highest: float, most: float) -> None:
    assert Piled({"a": {0: highest}}, 1, {}).most == pytest.approx(most)


def test_series_pile_up_from_the_bottom_and_an_empty_value_draws_nothing() -> None:
    piled = Piled({"failed": {0: 1.0, 2: 0.0}, "answered": {0: 1.0, 2: 4.0}}, 3, {"failed": "bad"})
    bad, good = piled.paths()
    assert (bad.look, good.look) == ("bad", "s0") and piled.legend == [("bad", "failed"), ("s0", "answered")]
    assert bad.d.count("M") == 1 and f" {HEIGHT - HEIGHT / 5:.1f}h" in bad.d
    assert good.d.count("M") == 2 and f" {HEIGHT - 2 * HEIGHT / 5:.1f}h" in good.d
    assert piled.hovers({2: "two"}) == [Hover(400.0, 200.0, "two")]


def test_parts_lie_side_by_side_and_the_smallest_is_still_seen() -> None:
    wide, thin = laid([("s0", 3.0, "three"), ("s1", 0.001, "almost none")], 6.0)
    assert (wide.x, wide.width, thin.x, thin.width) == (0.0, 299.0, 300.0, 0.5)
    assert laid([("s0", 0, "none")], 1.0)[0].width == 0
