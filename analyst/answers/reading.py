"""Reads a model's reply as what its task asks for, whatever the model wrapped it in.

Thinking, prose, fences and wrappers are dropped and the text's JSON is read as meant (planning.loose_json). What is
missing, cut, said twice in two ways, or a refusal is a ReplyError whose problems name the fix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from analyst.core.errors import PlanError, ReplyError
from analyst.planning.finding import distinct, find_steps, plans_in, read_text
from analyst.planning.loose_json import BrokenJsonError, documents, read_yaml
from analyst.protocol.replies import Insight, Insights, PlanReply, Reply, Understanding, names_of, plain_keys

MAX_CHARACTERS = 60_000
"""A reply is some hundred words; what is so much longer repeats itself."""
MAX_WRAPPED = 5
_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis|internal"
_THOUGHT = re.compile(rf"<({_TAGS})>.*?</\1>", re.DOTALL | re.IGNORECASE)
_STILL_THINKING = re.compile(rf"<(?:{_TAGS})>(?!.*</(?:{_TAGS})>).*\Z", re.DOTALL | re.IGNORECASE)
_ENDED_THINKING = re.compile(rf"\A.*</(?:{_TAGS})>", re.DOTALL | re.IGNORECASE)
_CHANNEL = re.compile(r"\A.*<\|channel\|>final<\|message\|>", re.DOTALL)
_CANNOT = (
    r"(?:help|assist|comply|provide|answer|fulfil|analy[sz]e|access|have access|process|complete|see (?:the|any|your))"
)
_REFUSAL = re.compile(
    r"\bI(?:['’]m| am) (?:sorry|unable|not able)\b|\bAs an AI\b|\bes tut mir leid\b|\bje suis désolée?\b|"
    r"\bje ne peux pas\b|\blo siento\b|\bno puedo ayudar\b|抱歉|申し訳|"
    rf"\bI (?:can(?:['’]t|not| not)|won['’]t|do not|don['’]t) {_CANNOT}",
    re.IGNORECASE,
)
_UNSAID = ("steps", "need", "unanswered", "caveat", "caveats")
AnyReply = TypeVar("AnyReply", bound=Reply)
Restore = Callable[[str], str]


def read_reply(text: str, model: type[AnyReply], restore: Restore = str) -> AnyReply:
    """The reply in `text` as `model`. ReplyError with one problem a field that is missing or of the wrong type.

    `restore` puts personal values back into every text of it, after it is read: a value can't change its shape.
    """
    data = _plan(text) if issubclass(model, PlanReply) else _object(text, model)
    if issubclass(model, Insights) and plans_in(data.get("need")):
        data = {**data, "need": _steps(data["need"])}
    try:
        reply = model.model_validate(_restored(data, restore))
    except ValidationError as error:
        raise ReplyError(list(dict.fromkeys(_told(dict(item)) for item in error.errors()))) from None
    refusals = [
        f"{told[:60]!r} is a refusal: do the task with the information given" for told in _texts(reply) if refuses(told)
    ]
    if refusals:
        raise ReplyError(refusals[:1])
    return reply


def spoken(text: str) -> str:
    """`text` without what the model thought aloud. ReplyError when nothing is left, or far too much."""
    bare = _CHANNEL.sub("", text)
    bare = _STILL_THINKING.sub("", _ENDED_THINKING.sub("", _THOUGHT.sub("", bare))).strip().strip("\ufeff").strip()
    if not bare and text.strip():
        raise ReplyError(
            ["the reply ends in the middle of thinking: reply with one JSON object only, without thinking"]
        )
    if len(bare) > MAX_CHARACTERS:
        raise ReplyError([f"the reply is {len(bare)} characters long: reply with one short JSON object only"])
    return bare


def refuses(text: str) -> bool:
    """Whether `text` says that the writer will not or can not do the task."""
    return bool(_REFUSAL.search(text))


def _no_object(bare: str) -> ReplyError:
    why = "is a refusal" if refuses(bare) else f"contains no JSON object (it begins with {bare[:60]!r})"
    return ReplyError([f"the reply {why}: reply with one JSON object only"])


def _object(text: str, model: type[Reply]) -> dict[str, Any]:
    """The one object in `text` that has what `model` needs, else the first object, whose gaps are then told."""
    bare = spoken(text)
    try:
        found = documents(bare)
    except BrokenJsonError as error:
        raise ReplyError([str(error)]) from None
    found = found or [data for data in [read_yaml(_unfenced(bare))] if data]
    fitting = distinct([data for item in found for data in _fitting(item, model)])
    if len(fitting) > 1:
        raise ReplyError(
            [f"the reply contains {len(fitting)} different objects for the task: reply with one JSON object"]
        )
    objects = [*fitting, *(item for item in found if isinstance(item, dict))]
    if not objects:
        raise _no_object(bare)
    return dict(objects[0])


def _unfenced(bare: str) -> str:
    fenced: list[str] = re.findall(r"```\w*\s*(.*?)\s*```", bare, flags=re.DOTALL)
    return fenced[0] if len(fenced) == 1 else bare


def _fitting(data: Any, model: type[Reply], depth: int = 0) -> Iterator[dict[str, Any]]:
    """The outermost objects in `data` with every field that `model` needs; a bare list of insights counts as one."""
    if depth > MAX_WRAPPED:
        return
    if isinstance(data, str) and data.lstrip()[:1] in ("{", "["):
        try:
            inner = documents(data)
        except BrokenJsonError as error:
            raise ReplyError([str(error)]) from None
        yield from (found for item in inner for found in _fitting(item, model, depth + 1))
    elif isinstance(data, dict):
        if _has_all(data, model):
            yield data
        else:
            yield from (found for value in data.values() for found in _fitting(value, model, depth + 1))
    elif isinstance(data, list):
        if issubclass(model, Insights) and data and all(_is_insight(item) for item in data):
            yield {"insights": data}
        else:
            yield from (found for item in data for found in _fitting(item, model, depth + 1))


def _has_all(data: Mapping[str, Any], model: type[Reply]) -> bool:
    given = set(plain_keys(data))
    return all(names_of(model, name) & given for name, field in model.model_fields.items() if field.is_required())


def _is_insight(item: Any) -> bool:
    return isinstance(item, dict) and _has_all(item, Insight)


def _plan(text: str) -> dict[str, Any]:
    """The plan in `text` with its reading, from wherever they stand."""
    bare = spoken(text)
    try:
        found = read_text(bare)
    except BrokenJsonError as error:
        raise ReplyError([str(error)]) from None
    if not found:
        raise _no_object(bare)
    told = {key: value for item in found for key, value in _outer(item) if key in Understanding.model_fields}
    fitting = [item for item in found if plans_in(item)]
    return {**told, "steps": _steps(fitting or found)}


def _outer(data: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every key of `data` and its value, the outermost last."""
    if depth > MAX_WRAPPED:
        return
    children = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for child in children:
        yield from _outer(child, depth + 1)
    if isinstance(data, dict):
        yield from data.items()


def _steps(data: Any) -> list[Any]:
    try:
        return find_steps(data)
    except PlanError as error:
        raise ReplyError(error.problems) from None


def _restored(data: Any, restore: Restore) -> Any:
    if isinstance(data, str):
        return restore(data)
    if isinstance(data, list):
        return [_restored(item, restore) for item in data]
    return {key: _restored(value, restore) for key, value in data.items()} if isinstance(data, dict) else data


def _texts(data: Any) -> Iterator[str]:
    """Every text of a reply in which it may not refuse its task: it may say what can't be answered."""
    if isinstance(data, Reply):
        yield from (text for name, value in data if name not in _UNSAID for text in _texts(value))
    elif isinstance(data, str):
        yield data
    elif isinstance(data, tuple):
        yield from (text for item in data for text in _texts(item))


def _told(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as an instruction."""
    place = ""
    for part in error["loc"]:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    given = repr(error.get("input"))[:60]
    if error["type"] == "missing":
        return f'"{place}" is missing: give it'
    if error["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return f"{place} is {given}: write an object with its fields"
    return f"{place} is {given}: {str(error['msg']).removeprefix('Value error, ')}"
