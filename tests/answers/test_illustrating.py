"""Charts are drawn while the report is being written, once each, and what fails on the way is met where it is needed."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from analyst.answers.illustrating import Illustrator
from analyst.reporting.charts.choice import Axis, ChartChoice
from analyst.reporting.charts.drawing import Chart

CHOICE = ChartChoice("c1", "bar", "Revenue by region", "s1", Axis("a"), Axis("b"), ({"label": "North", "value": 3.0},))
OTHER = replace(CHOICE, id="c2", title="Orders by region")


class Drawer:
    """Makes charts without drawing them; notes which, and on which threads."""

    def __init__(self, *fails: str) -> None:
        self.fails, self.drawn, self.threads = list(fails), list[str](), set[int]()

    def __call__(self, choice: ChartChoice) -> Chart:
        self.drawn.append(choice.id)
        self.threads.add(threading.get_ident())
        if choice.id in self.fails:
            self.fails.remove(choice.id)
            raise RuntimeError("no ink")
        return Chart(choice, {}, {}, "<svg/>", b"png")


def test_a_chart_that_was_begun_is_drawn_once_and_on_another_thread() -> None:
    drawer = Drawer()
    with Illustrator(drawer) as illustrator:
        illustrator.begin(lambda: [CHOICE, OTHER])
        assert [illustrator.draw(choice).id for choice in (OTHER, CHOICE)] == ["c2", "c1"]
    assert drawer.drawn == ["c1", "c2"]
    assert threading.get_ident() not in drawer.threads


def test_drawing_waits_for_the_head_start_unless_a_chart_is_wanted() -> None:
    drawer = Drawer()
    with Illustrator(drawer, head_start_s=3600) as illustrator:
        illustrator.begin(lambda: [CHOICE])
        assert not drawer.drawn
        assert illustrator.draw(CHOICE).id == "c1"
    assert drawer.drawn == ["c1"]
    with Illustrator(drawer, head_start_s=0) as illustrator:
        illustrator.begin(lambda: [OTHER])
        while "c2" not in drawer.drawn:
            threading.Event().wait(0.001)


def test_a_chart_that_came_out_otherwise_is_drawn_as_it_came_out() -> None:
    drawer = Drawer()
    with Illustrator(drawer) as illustrator:
        illustrator.begin(lambda: [CHOICE])
        renamed = replace(CHOICE, title="Revenue by country")
        assert illustrator.draw(renamed).choice.title == "Revenue by country"
        illustrator.begin(lambda: [renamed])
        illustrator.draw(renamed)
    assert drawer.drawn == ["c1", "c1", "c1"]


def test_charts_are_drawn_without_having_been_begun() -> None:
    drawer = Drawer()
    with Illustrator(drawer) as illustrator:
        assert illustrator.draw(CHOICE).id == "c1"


def test_what_failed_beforehand_is_tried_again_by_whoever_needs_it() -> None:
    drawer = Drawer("c1")
    with Illustrator(drawer) as illustrator:
        illustrator.begin(lambda: [CHOICE])
        assert illustrator.draw(CHOICE).id == "c1"
    with Illustrator(Drawer("c1")) as illustrator, pytest.raises(RuntimeError, match="no ink"):
        illustrator.draw(CHOICE)


def test_an_analysis_that_ends_before_its_charts_does_not_wait_for_them() -> None:
    go_on, began = threading.Event(), threading.Event()

    def slow(choice: ChartChoice) -> Chart:
        began.set()
        go_on.wait(30)
        return Chart(choice, {}, {}, "<svg/>", b"png")

    with Illustrator(slow) as illustrator:
        illustrator.begin(lambda: [CHOICE])
        assert began.wait(30)
    assert not go_on.is_set()
    go_on.set()
