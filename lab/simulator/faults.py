"""Everything that can go wrong with a provider, by name: what happens and whether the provider charges for it.

`stage` says who acts on it: `listen` (no connection comes about), `refuse` (an error answer instead of work),
`content` (the model says something useless), `deliver` (the answer does not arrive whole).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Stage = Literal["listen", "refuse", "content", "deliver"]


@dataclass(frozen=True)
class Fault:
    """One way to fail. `billed`: the provider did the work, so it charges for the tokens."""

    stage: Stage
    told: str
    billed: bool = False


def _content(told: str) -> Fault:
    return Fault("content", told, billed=True)


FAULTS: Mapping[str, Fault] = {
    "connect_refused": Fault(
        "listen", "the port is closed (a rate below 1 is a share of the time, not of the requests)"
    ),
    "rate_limited": Fault("refuse", "429 with Retry-After and the provider's headers"),
    "rate_limited_silently": Fault("refuse", "429 without Retry-After"),
    "server_error": Fault("refuse", "500"),
    "bad_gateway": Fault("refuse", "502, as the web page of the provider's edge where it has one"),
    "unavailable": Fault("refuse", "503"),
    "overloaded": Fault("refuse", "529 at Anthropic, the others' own overload error"),
    "too_long": Fault("refuse", "400: the prompt is longer than the context"),
    "bad_key": Fault("refuse", "401"),
    "out_of_credit": Fault("refuse", "400, 402 or 429, depending on the provider"),
    "html": Fault("refuse", "a web page with status 200"),
    "empty": _content("no text at all"),
    "invalid_json": _content("text that is not JSON (Groq rejects it itself when JSON was requested)"),
    "truncated": _content("cut at max_tokens"),
    "refusal": Fault("content", "the model declines, in the provider's format", billed=True),
    "unknown_columns": _content("well-formed, but names columns and references that do not exist"),
    "wrong_types": _content("well-formed, but with wrong types: sums over text, text instead of a list"),
    "written_numbers": _content("numbers written out instead of references"),
    "wrong_plan": _content("a plan that binds and runs, but answers a different question"),
    "broken_body": Fault(
        "deliver", "a body that ends in the middle of its JSON, delivered as if complete", billed=True
    ),
    "error_in_reply": Fault("deliver", "status 200, then the provider's error inside the answer", billed=False),
    "reset": Fault("deliver", "the connection is reset (RST) before any answer"),
    "hang": Fault("deliver", "no answer at all"),
    "slow_drip": Fault("deliver", "the answer arrives a few bytes at a time", billed=True),
    "cut": Fault("deliver", "the connection closes in the middle of the answer", billed=True),
}
"""Every fault, in the order in which a request's draw goes through them."""
