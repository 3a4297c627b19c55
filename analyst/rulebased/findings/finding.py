"""What is found: one statement, and what the report makes of it, told by the sentences of its kind (sentences.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import TypeAdapter

from analyst.rulebased.wording import capital, lower, paragraph, sentence

Level = Literal["high", "medium", "low"]
Holds = Literal["yes", "no", "unclear", ""]
CHANCE: Final = "A difference this large would rarely arise by chance"
MAYBE_CHANCE: Final = "Chance alone could explain the difference"
_SLOT = re.compile(r"\{(\w+)(\??)\}")


@dataclass(frozen=True)
class Told:
    """The sentences of one kind of finding. `{slot}` stands for words of the result; a sentence with an empty one is
    not said, unless it is marked as optional: `{slot?}`. `detail` adds to `answer`; `headline` is the report's title.
    """

    title: str
    answer: tuple[str, ...]
    detail: tuple[str, ...] = ()
    headline: str = ""
    action: str = ""


TOLD: Final = TypeAdapter(dict[str, Told]).validate_python(
    yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))
)
"""Each kind of finding, and its sentences: every reader fills in the words of its result."""


@dataclass(frozen=True)
class Finding:
    """One finding, its sentences with references.

    `main`: it answers the question; `counts`: by a number of rows. `holds`: what it says to a question of yes or no.
    `rows`: how many rows it rests on, where that is known; `sure`: how far the figures themselves bear it; `size` (0 to
    1): how large the effect is.
    """

    title: str
    answer: str
    table: str
    detail: str = ""
    headline: str = ""
    action: str = ""
    caveat: str = ""
    holds: Holds = ""
    rows: float | None = None
    sure: Level = "high"
    size: float = 0.5
    main: bool = False
    counts: bool = False

    @property
    def statement(self) -> str:
        """What adds to the answer, or the answer where nothing does."""
        return self.detail if self.main and self.detail else paragraph(self.answer, self.detail)


def tell(told: Told, slots: Mapping[str, str], table: str) -> Finding:
    """The finding that `told` makes of the words in `slots`."""
    return Finding(
        title=capital(_filled(told.title, slots)),
        answer=paragraph(*(_filled(each, slots) for each in told.answer)),
        detail=paragraph(*(_filled(each, slots) for each in told.detail)),
        headline=capital(_filled(told.headline, slots)),
        action=sentence(_filled(told.action, slots)),
        table=table,
    )


def _filled(template: str, slots: Mapping[str, str]) -> str:
    """`template` with its slots filled; nothing where one that it needs is empty."""
    needed = (slots.get(name, "") for name, optional in _SLOT.findall(template) if not optional)
    return _SLOT.sub(lambda found: slots.get(found[1], ""), template) if all(needed) else ""


def answered(finding: Finding, *, asked: bool) -> str:
    """The finding's answer; to a question of yes or no it begins with the word that the figures bear out."""
    if not asked or finding.holds in ("", "unclear"):
        return finding.answer
    return f"{capital(finding.holds)}: {lower(finding.answer)}"
