"""What leaves of the turns before a question: hidden as a question is, and little."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.core.settings import load_settings
from analyst.datasets.opening import open_table
from analyst.datasets.preparing import Prepared, prepare_question
from analyst.datasets.profiling import profile_table
from analyst.protocol.blocks import read_block
from analyst.protocol.threads import MAX_SHOWN, Earlier, Turn, read_earlier

NAMES = ("Zebulon Quixley", "Anna Kimmel", "Pavel Orlov", "Marie Dupont")
ROWS = [f"{NAMES[n % 4]},{('North', 'South')[n % 2]},{n * 7}" for n in range(40)]
PLAN = {"steps": [{"id": "s1", "sql": "SELECT sum(amount) AS total FROM data WHERE name = 'Zebulon Quixley'"}]}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("thread")
    (folder / "orders.csv").write_text("\n".join(["name,region,amount", *ROWS]))
    profile = profile_table(open_table(folder / "orders.csv", folder))
    before = (
        Turn("r1", "total amount of Zebulon Quixley?", "The total amount of Zebulon Quixley.", PLAN),
        Turn("r2", "and for Anna Kimmel in the North?", "The total amount of Anna Kimmel, North.", PLAN),
    )
    return prepare_question(profile, "and in the South?", folder, load_settings(folder / ".env"), before)


def test_no_person_stands_in_what_is_told_of_the_turns_before(prepared: Prepared) -> None:
    assert not any(part in prepared.before for name in NAMES for part in name.split())
    first, second = (asked.question for asked in read_earlier(prepared.before))
    token = first.removeprefix("total amount of ").rstrip("?")
    assert token in prepared.before.split("asked", 1)[1], "one person has one token throughout"
    assert second.startswith("and for ") and "North" in second


def test_values_of_the_earlier_questions_are_known_to_the_card_too(prepared: Prepared) -> None:
    assert {"North", "South"} <= set(prepared.mentioned["region"])


def test_a_plan_that_does_not_fit_stays_out_and_the_questions_never_do(prepared: Prepared, tmp_path: Path) -> None:
    steps = {"steps": [{"id": f"s{n}", "sql": f"SELECT {n}"} for n in range(200)]}
    before = (Turn("r1", "total amount?", "The total amount.", steps),)
    long = prepare_question(prepared.profile, "by region", tmp_path, load_settings(tmp_path / ".env"), before)
    assert read_earlier(long.before) == (Earlier("total amount?"),) and "s1" not in (
        read_block(long.before, "before") or ""
    )
    assert len(prepared.before) < MAX_SHOWN + 50
