"""What a question wants done to the table first: the steps that do it, the table's card afterwards, and what is asked.

"Fill the missing ages with the median, create FamilySize as …, then compute …": each instruction becomes SQL (or a
method) whose result the next one reads; the rest of the question is read against the card of the prepared table, so
that every rule that answers a question works on prepared tables too. What was asked for but not understood is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from analyst.protocol.table import TableCard
from analyst.rulebased.adding import about_text, added, retells, tells_classes
from analyst.rulebased.clauses import Clause, clauses_of, mark, speaks_of, split_format
from analyst.rulebased.drafting import Draft
from analyst.rulebased.formulas import formula
from analyst.rulebased.gaps import deduplicated, gaps
from analyst.rulebased.link.columns import is_number
from analyst.rulebased.making import ASKING, READY, Making, not_done
from analyst.rulebased.recoding import encoded, scaled, without_outliers
from analyst.rulebased.referring import referring, specific
from analyst.rulebased.select import DATA, Select
from analyst.rulebased.steps import Step, method, query

MAX_PREPARING = 4
"""Steps that prepare; the plan language allows eight in all."""
_INSTRUCTS = re.compile(
    r"(?:first,? |please |if [^,]*, )?(?:remove|drop|delete|fill|replace|impute|encode|normali[sz]e|"
    r"standardi[sz]e|scale|transform|"
    r"apply an? \w+ transform\w*|generate|create|add|derive|merge|join|pivot|resample|detrend|sample|"
    r"discreti[sz]e|bin|smooth|"
    r"lemmati[sz]e|tokeni[sz]e|shuffle|cap|clip|winsori[sz]e)"
    r"\s+(?:the|all|any|an?|each|every|new|duplicates?|rows?|columns?|values?|them|stop)\b",
    re.IGNORECASE,
)
_NO_PREPARATION = re.compile(
    r"\b(?:plots?|charts?|graphs?|histograms?|visual\w*|scatter|models?|report|dashboard|missing|null|nan|empty|outliers?|summary|"
    r"matrix|train\w*|testing|list|table of|ranking|forecast|regression|classifi\w+|clusters?)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\bbefore and after\b|\bcompared (?:to|with) the original\b", re.IGNORECASE)
_CORRELATES = re.compile(r"correlat|regress|relationship", re.IGNORECASE)
_IF_TESTED = re.compile(r"^if (?:the )?(?:p-?value|test|distribution|data (?:is|are)|skew)", re.IGNORECASE)

Rule = Callable[[Making, Clause, Sequence[str], int], bool]
RULES: tuple[Rule, ...] = (deduplicated, without_outliers, gaps, added, encoded, scaled, about_text)
"""What a clause may instruct, the first that fits wins."""


@dataclass(frozen=True)
class Prepared:
    """The rest of a question, the card to read it against, the steps before it, and what was left undone."""

    question: str
    card: TableCard
    steps: tuple[Step, ...] = ()
    told: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    originals: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table that the rest of the question is about: the prepared one, if anything is prepared."""
        return READY if self.steps else DATA

    @property
    def reading(self) -> str:
        """What was done to the table, in words."""
        return f"Prepared first: {'; '.join(self.told)}." if self.told else ""

    def before(self, draft: Draft, most: int) -> Draft:
        """`draft`, whose steps read `table`, after the steps that prepare it."""
        unanswered = " ".join(text for text in (draft.unanswered, *self.missed) if text) or None
        if not self.steps:
            return replace(draft, unanswered=unanswered)
        counts = self._facts()
        kept = draft.steps[: most - len(self.steps) - len(counts)]
        reading, steps = f"{draft.reading} {self.reading}", (*self.steps, *kept, *counts)
        return replace(draft, reading=reading, steps=steps, unanswered=unanswered)

    def _facts(self) -> tuple[Step, ...]:
        before = (method("before", "describe", columns=list(self.originals)),) if self.originals else ()
        made = (query("made", f"SELECT {', '.join(self.facts)}"),) if self.facts else ()
        return (*before, *made)


def prepare(question: str, card: TableCard) -> Prepared:
    """`question` over the table of `card`, with its preparing instructions carried out. Never raises for any text."""
    asked, wanted_format = split_format(question)
    compares, correlates = (pattern.search(asked) is not None for pattern in (_COMPARES, _CORRELATES))
    table, kept = Making(card, compares=compares, correlates=correlates), list[str]()
    clauses = clauses_of(asked)
    for at, raw in enumerate(clauses):
        if _IF_TESTED.search(raw) or not _carried_out(table, raw, clauses, at):
            kept.append(raw)
    table.missed += [not_done(text) for text in kept if _INSTRUCTS.match(text) and not _NO_PREPARATION.search(text)]
    if not table.strong:
        return Prepared(question, card, missed=tuple(table.missed))
    kept = specific(kept, table.card)
    table.close()
    steps = _named(tuple(table.steps), table.reads)
    if len(steps) > MAX_PREPARING + 1:
        return Prepared(
            question, card, missed=("The question asks for more preparation steps than one plan can have.",)
        )
    rest = _sentences([said for text in kept if (said := referring(text, table))]) + (
        f"\n{wanted_format}" if wanted_format else ""
    )
    told, missed, facts = (tuple(dict.fromkeys(texts)) for texts in (table.told, table.missed, table.facts))
    return Prepared(rest, table.card, steps, told, missed, facts if steps else (), _originals(table, card))


def _originals(table: Making, card: TableCard) -> tuple[str, ...]:
    """The columns of numbers whose values before the preparation are asked for too."""
    numbers = [c.name for c in card.columns if is_number(c) and c.numbers is None]
    return tuple(dict.fromkeys(name for name in table.touched if name in numbers)) if table.compares else ()


def _sentences(kept: Sequence[str]) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}" for text in kept)


def _named(steps: tuple[Step, ...], last: str) -> tuple[Step, ...]:
    """The steps with the last table under the name READY."""
    if not steps:
        return ()
    if steps[-1].id == last:
        return (*steps[:-1], replace(steps[-1], id=READY))
    return (*steps, query(READY, Select(("*",), last)))


def _carried_out(table: Making, raw: str, clauses: Sequence[str], at: int) -> bool:
    """Whether the clause is an instruction that is done (or noted as not understood), so that it is no question."""
    if retells(raw) and any(speaks_of(raw, name) for name in table.made):
        return True
    clause = mark(raw, table.card)
    if tells_classes(table, clause) or (
        not ASKING.match(raw) and (known := formula(clause)) and known.sql in table.expressions
    ):
        return True
    before = len(table.touched)
    done = any(rule(table, clause, clauses, at) for rule in RULES)
    if len(table.touched) > before:
        table.recent = tuple(dict.fromkeys(table.touched[before:]))
    return done
