"""Reads a model's reply as the JSON that its task asks for, whatever the model wrapped it in.

Thinking tags, fences, a preface and trailing prose are dropped; single quotes, comments and trailing commas are
repaired. What is not an object of the asked shape is a ReplyError whose problems the model can mend.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from json_repair import repair_json
from pydantic import ValidationError

from contracts.errors import ReplyError
from contracts.replies import Reply

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*\s*(\{.*?\})\s*```", re.DOTALL)
AnyReply = TypeVar("AnyReply", bound=Reply)


def read_json(text: str) -> dict[str, Any]:
    """The JSON object in `text`. ReplyError when there is none."""
    bare = _THOUGHT.sub("", text).strip()
    fenced = _FENCE.search(bare)
    start = bare.find("{")
    if start < 0:
        raise ReplyError([f"the reply holds no JSON object, it begins {bare[:60]!r}: reply with one JSON object only"])
    body = fenced[1] if fenced else bare[start:]
    try:
        found, _ = json.JSONDecoder().raw_decode(body)
    except ValueError:
        found = repair_json(body, return_objects=True)
        found = found[0] if isinstance(found, list) and found else found
    if not isinstance(found, dict) or not found:
        raise ReplyError([f"the reply is not a JSON object, it begins {bare[:60]!r}: reply with one JSON object only"])
    return found


def read_reply(text: str, model: type[AnyReply]) -> AnyReply:
    """The reply in `text` as `model`. ReplyError with one problem a field that is missing or of the wrong type."""
    try:
        return model.model_validate(read_json(text))
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc'])) or 'reply'}: {e['msg']}" for e in error.errors()]
        raise ReplyError(problems) from None
