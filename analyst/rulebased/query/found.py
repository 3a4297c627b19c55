"""The conditions of a question while they are found."""

from __future__ import annotations

from dataclasses import dataclass, field

from analyst.rulebased.query.model import NOWHERE, At, Condition, Having, Members


@dataclass
class Rows:
    """The conditions of a question; `used`: mentions that they took up, by first token; `compared`: values of one
    column that are named beside each other; `included`: words that only say that some rows
    count, too."""

    conditions: list[Condition] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    compared: Members | None = None
    included: At = NOWHERE
    said: list[str] = field(default_factory=list)

    @property
    def places(self) -> At:
        """The places of all words that conditions took up."""
        slots = [*self.conditions, *self.having]
        return frozenset(self.used).union(*(slot.at for slot in slots))
