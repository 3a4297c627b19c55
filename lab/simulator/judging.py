"""The simulated judge of plans: it picks the one that the rules would have written, so that it is right where they are.

A judge that always took the first plan would make any measurement of consensus worthless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from analyst.protocol.blocks import block

TASK = block("task", "verdict")
_PLAN = re.compile(r"<plan>\s*(.*?)\s*</plan>", re.DOTALL)
BECAUSE = "It takes the measure, the groups and the order that the question names."

Rules = Callable[[list[dict[str, Any]]], str]


def verdict(conversation: Sequence[Mapping[str, Any]], rules: Rules) -> str | None:
    """The reply to a conversation about a verdict, as JSON; None when it is about something else."""
    asked = next((message for message in conversation if TASK in str(message["content"])), None)
    if asked is None:
        return None
    text = str(asked["content"])
    own = _steps(rules([{"role": "user", "content": text.replace(TASK, block("task", "plan"))}]))
    plans = [_steps(found.partition("\n")[0]) for found in _PLAN.findall(text)]
    choice = plans.index(own) + 1 if own in plans else 1
    return json.dumps({"choice": choice, "because": BECAUSE})


def _steps(text: str) -> Any:
    try:
        plan = json.loads(text)
    except ValueError:
        return None
    return plan.get("steps") if isinstance(plan, dict) else None
