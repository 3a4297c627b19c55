"""One table holds what every kind of finding says; a sentence without its words is not said."""

from __future__ import annotations

import re
from pathlib import Path

from analyst.rulebased import findings
from analyst.rulebased.findings.finding import TOLD, Told, answered, tell

READERS = "\n".join(
    path.read_text() for path in Path(findings.__file__).parent.glob("*.py") if path.name != "finding.py"
)


def test_every_kind_has_a_reader_and_every_slot_is_filled_by_one() -> None:
    assert not [kind for kind in TOLD if f'"{kind}"' not in READERS]
    slots = {slot for told in TOLD.values() for slot in re.findall(r"\{(\w+)\??\}", repr(told))}
    assert not [slot for slot in slots if f'"{slot}"' not in READERS]


def test_a_sentence_whose_words_are_missing_is_left_out_unless_they_are_optional() -> None:
    told = Told(title="{who}", answer=("{who} leads{scope?}: {value}", "then {next}"), action="Ask {next}")
    found = tell(told, {"who": "{{s1.a}}", "value": "{{s1.b}}"}, "s1")
    assert found.answer == "{{s1.a}} leads: {{s1.b}}." and found.action == ""


def test_words_of_a_result_are_never_read_as_a_sentence() -> None:
    assert (
        tell(Told(title="x", answer=("It is {value}",)), {"value": "{who} {{s1.a}}"}, "s1").answer
        == "It is {who} {{s1.a}}."
    )


def test_only_a_question_of_yes_or_no_gets_one() -> None:
    told = tell(Told(title="x", answer=("Sales rose",)), {}, "s1")
    assert answered(told, asked=True) == "Sales rose."
