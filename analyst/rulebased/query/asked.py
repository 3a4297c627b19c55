"""What the fields of a question are read against: the table once it is prepared, and the sentences that ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from analyst.protocol.table import ColumnCard
from analyst.rulebased.query.instruction import Instruction, asking, is_rule
from analyst.rulebased.query.model import Members, Missing, Outlying
from analyst.rulebased.query.phrase import Phrase, clauses, scene
from analyst.rulebased.query.preparation import DropOutliers
from analyst.rulebased.query.preparing import Preparation, outlier_rule
from analyst.rulebased.query.scene import Scene, scene_of
from analyst.rulebased.query.slots import Slots, fill
from analyst.rulebased.query.testing import Tests

_ELSEWHERE = re.compile(
    r"\bsame \w+(?: \w+)? as\b|\b(?:in|for|of|among) (?:the )?[\"'“‘]([^\"'”’]+)[\"'”’] (?:category|group|type)\b"
)
"""Rows that are told in a way that no condition reads."""
_GENERAL = re.compile(
    r"\b(?:ignor\w*|exclud\w*|not (?:includ\w*|consider\w*|count\w*)|without|only)\b"
    r".*\b(?:missing|null|nan|empty|recorded|available)\b"
    r"|\bpreproc\w*|\bhandl\w+ (?:the |any )?missing|\bstrateg(?:y|ies)\b"
    r"|\b(?:missing|null)\b.*\b(?:not|ignored|excluded)\b|\bnull hypothesis\b"
    r"|^(?:if not|otherwise|else),? (?:report|conclude|say|state|it is|they are)\b|^no other (?:method|test|model)s?\b"
    r"|\bconvert\w*\b.*\b(?:int\d*|integers?|floats?|strings?|numeric|numbers?|objects?|datetime)\b",
    re.IGNORECASE,
)
"""Sentences that only say that gaps don't count, as they never do, that text is read as the numbers it holds, or
announce steps that others tell."""
FEW = 12
"""Values of a number that make groups of its rows."""


@dataclass(frozen=True)
class Asked:
    """What fields are read against: the table as it is once prepared, and what the sentences ask of it."""

    instruction: Instruction
    preparation: Preparation

    @cached_property
    def asking(self) -> tuple[str, ...]:
        """The clauses that ask, without those that only prepare or tell a rule."""
        out = []
        for at, sentence in enumerate(self.instruction.sentences):
            if sentence in self.preparation.spent or (at and says_nothing_new(sentence)):
                continue
            out += [asking(part) for part in clauses(sentence) if part not in self.preparation.spent or _both(part)]
        return tuple(out)

    @cached_property
    def scene(self) -> Scene:
        """What is asked, over the prepared table."""
        return scene_of("\n".join(self.asking), self.preparation.card)

    @cached_property
    def slots(self) -> Slots:
        """Its slots."""
        return fill(self.scene)

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """The asking clauses, and after them the rules, each linked."""
        card = self.preparation.card
        rules = [s for at, s in enumerate(self.instruction.sentences) if at and is_rule(s)]
        return tuple(Phrase(text, scene(text, card)) for text in (*self.asking, *rules))

    @cached_property
    def key(self) -> ColumnCard | None:
        """What rows are grouped by."""
        compared = self.slots.rows.compared
        found = [named.column for named in self.slots.roles.keys if named.column.role != "identifier"]
        found += [compared.column] if compared is not None else []
        if not found and self.scene.has("by"):
            found = [m.column for m in self.scene.linked.mentions if m.exact and (m.column.distinct or 99) <= FEW]
        return found[0] if found else None

    @cached_property
    def numbers(self) -> tuple[ColumnCard, ...]:
        """The numbers named, those of exact names before others, without what picks or groups rows."""
        spent = {c.column.name for c in self.slots.conditions if not isinstance(c, Missing)} | (
            {self.key.name} if self.key else set()
        )
        found = {c.name: c for phrase in self.phrases for c in phrase.numbers() if c.role != "identifier"}
        if not found:
            steps = self.preparation.steps
            steps = (*steps, *((self.preparation.marked,) if self.preparation.marked is not None else ()))
            made = [c for c in self.preparation.card.columns if c.name in {getattr(step, "name", "") for step in steps}]
            columns = made[-1:] or [c for step in steps for c in getattr(step, "columns", ())]
            found = {c.name: c for c in columns}
        exact = {m.column.name for m in self.scene.linked.mentions if m.exact}
        sure = {name: column for name, column in found.items() if name in exact}
        current = {c.name: c for c in self.preparation.card.columns}
        return tuple(current.get(n, c) for n, c in (sure or found).items() if n not in spent)

    @cached_property
    def rows_known(self) -> bool:
        """Whether it is known which rows stay: rows are only removed as outliers by a rule that is stated."""
        ignored = re.search(r"\bignor\w*[^.]*\boutliers?\b", self.instruction.rules, re.IGNORECASE)
        return (
            not self.instruction.has("outliers")
            or bool(ignored)
            or self.outlying is not None
            or self._removed is not None
        )

    @cached_property
    def rows_unread(self) -> bool:
        """Whether rows are told that no condition holds: a quoted group that is no value, those "the same as" one."""
        for text in self.asking:
            found = _ELSEWHERE.search(text)
            values = {str(v) for c in self.slots.conditions if isinstance(c, Members) for v in c.values}
            if found and (not found[1] or found[1] not in values):
                return True
        return False

    @property
    def _removed(self) -> DropOutliers | None:
        return next((s for s in self.preparation.steps if isinstance(s, DropOutliers)), None)

    @cached_property
    def outlying(self) -> Outlying | None:
        """The rule of outliers, of the only number."""
        if not self.instruction.has("outliers") or self._removed is not None:
            return None
        if self.preparation.marked is not None:
            marked = self.preparation.marked
            return Outlying(marked.columns[0], marked.rule, marked.threshold, marked.by or self.key)
        told = [p.numbers() for p in self.phrases if p.has("outliers") and p.numbers()]
        columns = next((c for c in told if len(c) == 1), self.numbers)
        rule = outlier_rule(columns, self.instruction.sentences)
        if rule is None or len(columns) != 1:
            return None
        return Outlying(columns[0], rule.rule, rule.threshold, self.key)

    @cached_property
    def tests(self) -> Tests:
        """The tests and models that are asked for."""
        return Tests(self.instruction, self.phrases, self.preparation.card, self.numbers, self.slots, self.key)


def says_nothing_new(sentence: str) -> bool:
    """Whether a sentence only tells how a test is judged, or that gaps don't count, as they never do."""
    return is_rule(sentence) or bool(_GENERAL.search(sentence))


def _both(clause: str) -> bool:
    """Whether a clause that prepares asks for a statistic, too: `the mean without outliers`."""
    return bool(
        re.search(r"\b(?:mean|average|median|correlation|standard deviation|how many|number of)\b", clause, re.I)
    ) and bool(re.search(r"\bwithout\b|\bexcluding\b|\bhow many\b|\bwhat\b", clause, re.I))
