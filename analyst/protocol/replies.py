"""What each agent replies: JSON in which every number is a reference into the evidence (see protocol/evidence.py).

Beside the plan's results two evidence tables are always there: `table` (one row: rows, columns, duplicate_rows) and
`profile` (one row a column, key `column`: type, role, missing, missing_pct, distinct, min, mean, max).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.json_schema import SkipJsonSchema

_LEVELS = {"critical": "high", "severe": "high", "very high": "high", "strong": "high", "moderate": "medium"}
_LEVELS |= {"med": "medium", "mid": "medium", "minor": "low", "weak": "low", "very low": "low"}
_NOTHING = frozenset({"", "null", "none", "n/a", "na", "nothing", "-", "false", "[]", "{}"})


def _level(given: Any) -> Any:
    """high, medium or low in any case, or a word that plainly means one of them."""
    word = given.strip().casefold() if isinstance(given, str) else given
    return _LEVELS.get(word, word) if isinstance(word, str) else word


def _prose(given: Any) -> Any:
    """A list of sentences as one text."""
    if isinstance(given, list) and given and all(isinstance(item, str) for item in given):
        return " ".join(item.strip() for item in given)
    return given


def _said(given: Any) -> Any:
    """Text that says something: an ellipsis or a lone dash is a template left as it was."""
    text = _prose(given)
    if isinstance(text, str) and not re.search(r"[^\W_]", text):
        raise ValueError("has no words: write it")
    return text


def _or_nothing(given: Any) -> Any:
    """None for what models write when there is nothing to say."""
    text = _prose(given)
    if given in (False, [], {}) or (isinstance(text, str) and text.strip().casefold() in _NOTHING):
        return None
    return text


def _texts(given: Any) -> Any:
    """A lone text as a list of one; what says nothing left out."""
    if given is None or isinstance(given, str):
        given = [given] if _or_nothing(given) else []
    return [item for item in given if _or_nothing(item) is not None] if isinstance(given, list) else given


def _items(given: Any) -> Any:
    """Nothing as an empty list, a lone object as a list of one."""
    return [] if given is None else [given] if isinstance(given, dict) else given


def _named(given: Any) -> Any:
    """Values by name, {"mean": "{{s1.mean}}"}, as the list that is asked for."""
    if isinstance(given, dict) and not {"name", "value"} <= set(given):
        return [{"name": name, "value": value} for name, value in given.items()]
    return _items(given)


def _no_number(given: Any) -> Any:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        raise ValueError("a number of your own: use a reference, as {{s1.mean|2}}")
    return given


def _called(name: str, *others: str) -> Any:
    """What a field may be called beside its own name."""
    return AliasChoices(name, *others)


Level = Annotated[Literal["high", "medium", "low"], BeforeValidator(_level)]
Text = Annotated[str, Field(min_length=1), BeforeValidator(_said)]
"""Words that must say something."""
Plain = Annotated[str, BeforeValidator(lambda given: _or_nothing(given) or "")]
"""Words that may be missing."""
Optional = Annotated[str | None, BeforeValidator(_or_nothing)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
_STEPS = {"type": "array", "items": {"type": "object"}}
"""Steps of a plan as a decoder is held to them; their language is checked later, and told with all its errors."""
_NAMES = {"type": "array", "items": {"type": "string"}}


class Reply(BaseModel):
    """Base: unknown fields are dropped, since models like to add some."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, given: Any) -> Any:
        """Keys in any case, with spaces for underscores."""
        return plain_keys(given) if isinstance(given, dict) else given


def plain_keys(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` with its own keys as fields are named: Executive Summary → executive_summary."""
    plain = {re.sub(r"[\s-]+", "_", str(key).strip().casefold()): value for key, value in given.items()}
    return plain | {key: value for key, value in given.items() if key in plain}


def names_of(model: type[Reply], name: str) -> set[str]:
    """What the field `name` of `model` may be called."""
    alias = model.model_fields[name].validation_alias
    return {name, *(str(choice) for choice in getattr(alias, "choices", ()))}


class ColumnReview(Reply):
    """What the Data Profiler says of one column that matters for the question."""

    column: str
    note: Plain = Field(validation_alias=_called("note", "notes", "comment", "description"))


class IssueReview(Reply):
    """A data issue that matters for the question and what to do about it. `kind` is the profile's (missing, outliers
    …), where the reviewer gives it."""

    column: Optional = None
    kind: Optional = None
    issue: Text = Field(validation_alias=_called("issue", "problem", "description"))
    severity: Level = "medium"
    action: Plain = Field("", validation_alias=_called("action", "recommendation", "fix"))


class Review(Reply):
    """The Data Profiler's reply. `summary`: one or two sentences on what the table is and how far it can be trusted."""

    summary: Text = Field(validation_alias=_called("summary", "overview"))
    columns: Annotated[tuple[ColumnReview, ...], BeforeValidator(_items)] = ()
    issues: Annotated[tuple[IssueReview, ...], BeforeValidator(_items)] = ()


class Limit(Reply):
    """A condition that the question sets on the rows: the column it is about, and its words ("branch Lyon", "2024")."""

    column: str
    words: Text
    period: bool = False


class Alternative(Reply):
    """Words that were read as `meant` and may mean `others` as well; without `words` it is the question as a whole.
    Where columns are meant, `column` is the one that was taken, and `instead` are the others in their order."""

    words: Plain = ""
    meant: Text
    others: Texts = ()
    column: SkipJsonSchema[Optional] = None
    instead: SkipJsonSchema[Texts] = ()


class Understanding(Reply):
    """How a question was understood. `reading`: in one sentence; `unanswered`: what of it the table can't answer and
    why. `limits`: the rows that it is about; `records`: what it calls them ("orders"); `overview`: it asks for nothing
    in particular, so the results show the table as a whole (with `unanswered`: the table can't answer it at all);
    `alternatives`: words that may mean something else, too; `carried`: what a follow-up keeps of the question before
    it. Models may leave out all but the first two."""

    reading: Plain = ""
    unanswered: Optional = None
    limits: Annotated[tuple[Limit, ...], BeforeValidator(_items)] = ()
    records: Plain = ""
    overview: bool = False
    alternatives: Annotated[tuple[Alternative, ...], BeforeValidator(_items)] = ()
    carried: Texts = Field(default=(), validation_alias=_called("carried", "carried_over", "kept"))


class PlanReply(Understanding):
    """The Query Interpreter's reply. `steps` are checked by analyst.planning.language, not here."""

    steps: Annotated[tuple[Any, ...], WithJsonSchema(_STEPS)]

    def understanding(self) -> dict[str, Any]:
        """What the agents that follow are told of it: how the question was read, without empty fields."""
        return {"reading": self.reading} | self.model_dump(exclude={"steps"}, exclude_defaults=True)


class Insight(Reply):
    """One statement with references, the table it rests on, and how sure it is. `chart` names the columns to draw,
    where they are others than those that the statement cites."""

    title: Text = Field(validation_alias=_called("title", "headline", "name"))
    statement: Text = Field(
        validation_alias=_called("statement", "insight", "finding", "description", "text", "detail")
    )
    table: Optional = None
    chart: Annotated[Texts, WithJsonSchema(_NAMES)] = ()
    confidence: Level = "medium"
    caveat: Optional = None


class Insights(Reply):
    """The Insight Generator's reply, most important first. `need`: steps of one further plan, at most once."""

    insights: Annotated[tuple[Insight, ...], BeforeValidator(_items)] = Field(
        min_length=1, max_length=5, validation_alias=_called("insights", "findings", "key_insights")
    )
    caveats: Texts = ()
    need: Annotated[
        tuple[Any, ...] | None, BeforeValidator(_or_nothing), WithJsonSchema({"anyOf": [_STEPS, {"type": "null"}]})
    ] = None


class Recommendation(Reply):
    """What to do, and the number (from 1) of the insight that it rests on."""

    action: Text = Field(validation_alias=_called("action", "recommendation", "text"))
    insight: int = Field(ge=1, validation_alias=_called("insight", "insight_number", "insight_id", "finding"))


class NamedValue(Reply):
    """An answer field that the question asked for by name; `value` is a reference."""

    name: str
    value: Annotated[str, BeforeValidator(_no_number)]


class ReportReply(Reply):
    """The Report Writer's reply. `answer`: one to three sentences that answer the question first; `unanswered`: what
    of the question the report leaves open, and why."""

    title: Text = Field(validation_alias=_called("title", "headline"))
    answer: Text
    summary: Text = Field(validation_alias=_called("summary", "executive_summary"))
    recommendations: Annotated[tuple[Recommendation, ...], BeforeValidator(_items)] = ()
    caveats: Texts = ()
    unanswered: Optional = None
    fields: Annotated[tuple[NamedValue, ...], BeforeValidator(_named)] = ()


class Verdict(Reply):
    """The judge's reply: the number (from 1) of the plan that answers the question, and why, in words."""

    choice: int = Field(ge=1, validation_alias=_called("choice", "plan", "number"))
    because: Text = Field(validation_alias=_called("because", "reason", "why"))


REPLIES: dict[str, type[Reply]] = {"review": Review, "plan": PlanReply, "insights": Insights, "report": ReportReply}
"""The reply of each task, by the name in its message's `<task>` block."""
OF_AGENT: dict[str, type[Reply]] = {
    "data_profiler": Review,
    "query_interpreter": PlanReply,
    "insight_generator": Insights,
    "report_writer": ReportReply,
    "consensus_judge": Verdict,
}
"""The reply of each agent."""


@cache
def reply_schema(reply: type[Reply]) -> dict[str, object]:
    """The JSON schema of `reply`, by its fields' own names and without prose: a decoder is held to it, nobody reads it.

    It has no patterns: with a range in one, decoders drop the whole constraint.
    """
    schema = _without_prose(reply.model_json_schema(by_alias=False))
    assert isinstance(schema, dict)
    return schema


def _without_prose(schema: object) -> object:
    """A field may be called title or description too; then it holds a schema and stays."""
    if isinstance(schema, dict):
        prose = {name for name in ("title", "description") if isinstance(schema.get(name), str)}
        return {name: _without_prose(part) for name, part in schema.items() if name not in prose}
    return [_without_prose(part) for part in schema] if isinstance(schema, list) else schema
