"""What the simulated models say: valid work, samples of a schema, short where it must be, spoiled where it is told."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from analyst.rulebased.analyst import WHO, reply
from lab.simulator.chance import Chance
from lab.simulator.content import Ask, Speaker, Tool, concise, faulty, sample
from lab.simulator.spoiling import spoil
from tests.lab.simulator.conftest import Case

LUCK = Chance(0).luck("groq", "m", "x")


def ask(case: Case, task: str, **given: Any) -> Ask:
    return Ask("m", tuple(case.messages[task]), **given)


def test_the_same_question_is_answered_once_by_the_rules(case: Case) -> None:
    asked: list[Any] = []

    def rules(messages: list[dict[str, Any]]) -> str:
        asked.append(messages)
        return reply(messages)

    speaker = Speaker(rules)
    answers = {speaker.answer(ask(case, "plan")).text for _ in range(5)}
    assert len(answers) == len(asked) == 1


def test_without_a_task_it_says_what_it_is_or_fits_what_was_asked_for() -> None:
    hello = ({"role": "user", "content": "Hello"},)
    speaker = Speaker()
    assert speaker.answer(Ask("m", hello)).text == WHO
    assert json.loads(speaker.answer(Ask("m", hello, json_mode=True)).text) == {"answer": WHO}
    assert speaker.answer(Ask("m", hello, schema={"type": "object", "properties": {}})).text == "{}"


def test_a_tool_that_is_forced_gets_the_analysts_work_as_its_arguments(case: Case) -> None:
    tools = (Tool("other", {}), Tool("plan", {"type": "object"}))
    told = Speaker().answer(ask(case, "plan", tools=tools, forced="plan"))
    assert told.tool == "plan" and told.finish == "tool"
    assert json.loads(told.text)["steps"]


SCHEMAS: list[dict[str, Any]] = [
    {"type": "string", "minLength": 9},
    {"type": "array", "items": {"type": "integer", "minimum": 4}, "minItems": 2},
    {"enum": ["b", "a"]},
    {"const": 5},
    {"anyOf": [{"type": "null"}, {"type": "string"}]},
    {"type": ["boolean", "null"]},
    {"type": "number", "minimum": 0.5},
    {
        "type": "object",
        "properties": {"child": {"$ref": "#/$defs/node"}},
        "required": ["child"],
        "$defs": {"node": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
    },
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_sample_fits_its_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(sample(schema), schema)


def test_a_schema_that_needs_itself_ends() -> None:
    node: dict[str, Any] = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    assert json.dumps(sample(node)).count("next") <= 10


def test_a_reply_is_shortened_at_the_end_of_its_longest_list_and_stays_valid() -> None:
    text = json.dumps({"summary": "s", "columns": [{"column": str(n), "note": "x" * 50} for n in range(5)]})
    short = concise(text, lambda shown: len(shown) <= 200)
    assert [column["column"] for column in json.loads(short)["columns"]] == ["0", "1"]
    assert concise(text, lambda shown: len(shown) <= 10) == text
    assert concise("plain words", lambda shown: False) == "plain words"
    assert concise(text, lambda shown: True) == text


@pytest.mark.parametrize("fault", ["unknown_columns", "wrong_types", "written_numbers"])
def test_nothing_is_spoiled_in_a_text_that_is_no_reply(fault: str) -> None:
    assert spoil(fault, "plain words", "", LUCK.stream("x")) is None
    assert spoil(fault, "[1]", "", LUCK.stream("x")) is None
    assert spoil(fault, "{}", "", LUCK.stream("x")) is None


@pytest.mark.parametrize("fault", ["empty", "invalid_json", "truncated", "refusal", "unknown_columns", "wrong_types"])
def test_the_same_luck_spoils_the_same_way(fault: str, case: Case) -> None:
    asked = ask(case, "plan")
    honest = Speaker().answer(asked)
    assert faulty(fault, honest, asked, LUCK) == faulty(fault, honest, asked, LUCK) != honest


def test_an_unknown_fault_is_our_mistake(case: Case) -> None:
    asked = ask(case, "plan")
    with pytest.raises(KeyError):
        faulty("explode", Speaker().answer(asked), asked, LUCK)
