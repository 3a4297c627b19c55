"""What is shown of a report while it is written: words only, of the newest try, until the run ends."""

from __future__ import annotations

import pytest

from analyst.core.events import Written
from analyst.service.drafts import MOST_RUNS, WRITER, Drafts


def heard(*pieces: str, call: str = "c1", run: str = "r1", agent: str = WRITER) -> Drafts:
    drafts = Drafts()
    for piece in pieces:
        drafts.hear(Written(call, agent, "m", piece, run))
    return drafts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"title":"T","ans', ()),
        ('{"answer":"North lea', ("North lea",)),
        ('{"answer":"North has {{s1[region=North].total', ("North has …",)),
        ('{"answer":"North has {{s1.total|2}}, 40% more","summary":"So', ("North has …, …% more", "So")),
        ('{"answer":"He said \\"yes\\" and\\', ('He said "yes" and',)),
        ('{"answer":"caf\\u00e9 and \\u00', ("café and",)),
        ("no json at all", ()),
    ],
)
def test_words_are_shown_and_numbers_stay_open(text: str, told: tuple[str, ...]) -> None:
    assert heard(text).of("r1") == told
    assert heard(*text).of("r1") == told, "however it comes in pieces"


def test_a_new_try_begins_anew_and_other_agents_are_not_shown() -> None:
    drafts = heard('{"answer":"First')
    drafts.hear(Written("c2", WRITER, "m", '{"answer":"Second', "r1"))
    assert drafts.of("r1") == ("Second",)
    assert heard('{"answer":"x"', agent="query_interpreter").of("r1") == ()


def test_an_ended_run_and_the_oldest_of_many_are_forgotten() -> None:
    drafts = heard('{"answer":"First"')
    drafts.forget("r1")
    assert drafts.of("r1") == ()
    for number in range(MOST_RUNS + 1):
        drafts.hear(Written("c", WRITER, "m", '{"answer":"a"', f"r{number}"))
    assert drafts.of("r0") == () and drafts.of(f"r{MOST_RUNS}") == ("a",)
