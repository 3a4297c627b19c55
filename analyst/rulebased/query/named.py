"""Statistics that a question wants as fields by name: which one each field is, of which column and which rows.

A field whose words are not all understood is left out: it stays open rather than wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from analyst.core.text import fold
from analyst.protocol.table import ColumnCard
from analyst.rulebased.formats import Wanted, spaced
from analyst.rulebased.link.columns import is_number, is_time
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.query.cues import find_cues
from analyst.rulebased.query.instruction import Instruction
from analyst.rulebased.query.making import made_column
from analyst.rulebased.query.model import Aggregate, Field, Made, Measure, Members, Outlying, Query, Test
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.slots import Slots, fill

_STATISTICS: Mapping[str, Aggregate] = {
    "lacking": "missing", "skewness": "skewness", "kurtosis": "kurtosis", "iqr": "iqr", "mean": "mean",
    "median": "median", "std": "std", "variance": "variance", "min": "min", "max": "max", "sum": "sum",
}  # fmt: skip
"""The aggregate of each cue in the words of a field, the more telling first."""
_WHOLE: Mapping[str, Aggregate] = {"std": "whole_std", "variance": "whole_variance"}
_IDLE = frozenset(
    "n num value score result of the for in a by per number group class column data count outlier from".split()
)
_BEFORE = frozenset("before original initial raw".split())
_AFTER = frozenset("after cleaned clean without removed removal removing filtered new updated".split())
_FEW = 12
"""Values of a number that make groups of its rows."""
_DENIAL = re.compile(r"^(?:not|no|non|none|false|insignificant)\b|\bnot\b|\bno\b|^non|^un|^in(?=signif)")


def read_fields(scene: Scene, instruction: Instruction) -> Query | None:
    """The query for the fields that the instruction names; None where it names none, or asks for more than this."""
    if not instruction.wishes or instruction.has("reshaping"):
        return None
    reader = _Reader(scene, instruction, fill(scene))
    if (instruction.has("made") and reader.made is None) or not reader.rows_known:
        return None
    fields = tuple(field for wish in instruction.wishes if (field := reader.field(wish)) is not None)
    if not fields:
        return None
    tests = tuple(c for field in fields if isinstance(field.of, Test) for c in field.of.columns)
    values = tuple(field.of for field in fields if isinstance(field.of, Measure))
    at = frozenset(i for m in scene.linked.mentions for i in range(m.start, m.end))
    kinds = {cue.kind for cue in scene.cues}
    query = reader.slots.query("named fields", *kinds, values=values, columns=tests, at=at)
    return replace(query, values=values, fields=fields, made=reader.made, outlying=reader.outlying)


@dataclass(frozen=True)
class _Reader:
    """What fields are read against."""

    scene: Scene
    instruction: Instruction
    slots: Slots

    @cached_property
    def made(self) -> Made | None:
        """The column that is made of two others first."""
        return made_column(self.scene, self.instruction.rules) if self.instruction.has("made") else None

    @cached_property
    def key(self) -> ColumnCard | None:
        """What rows are grouped by."""
        compared = self.slots.rows.compared
        found = [named.column for named in self.slots.roles.keys if named.column.role != "identifier"]
        found += [compared.column] if compared is not None else []
        if not found and self.scene.has("by"):
            found = [m.column for m in self.scene.linked.mentions if m.exact and (m.column.distinct or 99) <= _FEW]
        return found[0] if found else None

    @cached_property
    def numbers(self) -> tuple[ColumnCard, ...]:
        """The numbers named, those of exact names before others, without what picks or groups rows."""
        spent = {c.column.name for c in self.slots.conditions} | ({self.key.name} if self.key else set())
        mentions = [m for m in self.scene.linked.mentions if numbers_in(m) and numbers_in(m)[0].role != "identifier"]
        sure = [m for m in mentions if m.exact] or [m for m in mentions if m.score >= 0.9] or mentions
        found = [numbers_in(m)[0] for m in sure]
        if self.made is not None:
            parts = (self.made.left.name, self.made.right.name)
            found = [ColumnCard(self.made.name, "DOUBLE", "measure"), *(c for c in found if c.name not in parts)]
        return tuple({c.name: c for c in found if c.name not in spent}.values())

    @cached_property
    def rows_known(self) -> bool:
        """Whether it is known which rows stay: rows are only removed as outliers by a rule that is stated."""
        said = self.instruction
        if said.has("without") and not said.has("outliers"):
            return len(self.numbers) == 1 and said.has("lacking")
        return not said.has("outliers") or self.outlying is not None

    @cached_property
    def outlying(self) -> Outlying | None:
        """The rule of outliers, of the only number."""
        said = self.instruction
        if not said.has("outliers") or len(self.numbers) != 1 or not said.has("by_iqr", "zscore"):
            return None
        if said.has("by_iqr"):
            found = re.search(r"(\d+(?:\.\d+)?)\s*(?:[*x×]|times)?\s*(?:the )?\(?iqr", said.rules, re.IGNORECASE)
            return Outlying(self.numbers[0], "iqr", float(found[1]) if found else 1.5, self.key)
        told = r"(?:threshold|greater|above|exceed\w*|beyond|more|outside|larger|higher)\D{0,40}?(\d+(?:\.\d+)?)"
        found = re.search(told, said.rules, re.IGNORECASE)
        return Outlying(self.numbers[0], "zscore", float(found[1]) if found else 3.0, self.key)

    def field(self, wish: Wanted) -> Field | None:
        """The field, or None where its words are not all understood."""
        kinds = _kinds(wish.named) or _kinds(f" {spaced(wish.inner)} ")
        if wish.options:
            return self._decided(wish)
        if kinds & {"p_value"}:
            test = self.test
            return None if test is None else Field(wish.name, test, shown="p")
        if "coefficient" in kinds:
            test = self._correlation()
            return None if test is None else Field(wish.name, test)
        return self._measured(wish, kinds)

    def _measured(self, wish: Wanted, kinds: set[str]) -> Field | None:
        told = [name for cue, name in _STATISTICS.items() if cue in kinds]
        told = [name for name in told if name != "sum"] or told
        aggregate = told[0] if len(told) == 1 else None
        if "outliers" in kinds and aggregate in (None, "sum"):
            aggregate = "outliers"
        about = f"{wish.about.split('.')[0]} {spaced(wish.inner)}"
        if aggregate is None or len(told) > 1 or re.search(r"\b(?:string|name|list)\b", about):
            return None
        if aggregate in ("std", "variance") and self.instruction.has("population"):
            aggregate = _WHOLE[aggregate]
        member, column = self._member(wish), self._column(wish)
        if column is None or (self.key is not None and member is None) or not self._understood(wish, column, member):
            return None
        outlying = self._outlying(wish, aggregate, kinds)
        return Field(wish.name, Measure(aggregate, column), member, outlying)

    def _outlying(self, wish: Wanted, aggregate: Aggregate, kinds: set[str]) -> bool | None:
        """Whether the field is of the outliers (True), of the others (False), or of all rows."""
        words = set(wish.named.split())
        if self.outlying is None or aggregate == "outliers" or words & _BEFORE:
            return None
        if "outliers" in kinds and not words & _AFTER:
            return True
        return False if self.instruction.has("without") or words & _AFTER else None

    def _column(self, wish: Wanted) -> ColumnCard | None:
        """The number that the field's words name best; the only one."""
        words = {token.stem for token in tokenize(wish.words)}
        fits = [(len(words & _stems(column.name)), column) for column in self.numbers]
        best = max((fit for fit, _ in fits), default=0)
        found = [column for fit, column in fits if fit == best]
        return found[0] if len(found) == 1 else None

    def _member(self, wish: Wanted) -> Members | None:
        """The group whose rows the field is of."""
        if self.key is None:
            return None
        words = f" {' '.join(token.stem for token in tokenize(wish.named))} "
        items = [*(self.key.values or _every(self.key)), *(self.key.mentioned or ())]
        named = [(len(str(item)), item) for item in items if f" {_joined(str(item))} " in words]
        return Members(self.key, (max(named, key=lambda pair: pair[0])[1],)) if named else None

    def _understood(self, wish: Wanted, column: ColumnCard, member: Members | None) -> bool:
        """Whether every word of the field's name is a statistic, its column, its group, or idle."""
        tokens = tokenize(wish.named)
        known = {place for cue in find_cues(tokens) if cue.kind != "technical" for place in cue.at}
        names = _IDLE | _stems(column.name) | _BEFORE | _AFTER
        for name in (self.key, *(c.column for c in self.slots.conditions)):
            names |= _stems(name.name) if name is not None else set()
        for members in (member, *(c for c in self.slots.conditions if isinstance(c, Members))):
            names |= {word for item in members.values for word in _stems(str(item))} if members is not None else set()
        names |= {self.scene.linked.tokens[at].stem for at in self.scene.linked.rows}
        return all(at in known or token.stem in names or token.word in names for at, token in enumerate(tokens))

    @cached_property
    def test(self) -> Test | None:
        """The only test that is asked for."""
        found = [test for test in (self._normality(), self._groups(), self._correlation()) if test is not None]
        return found[0] if len(found) == 1 else None

    def _normality(self) -> Test | None:
        if self.instruction.has("skewness") or self.key is not None:
            return None
        tests = self.instruction.named("test")
        told = [name for name in tests if name != "shapiro"] or list(tests)
        if len(told) != 1 or len(self.numbers) != 1:
            return None
        return Test("normality_test", self.numbers[:1], {"test": told[0]})

    def _groups(self) -> Test | None:
        tests = self.instruction.named("groups")
        group = self._divided
        if len(tests) != 1 or group is None or len(self.numbers) != 1:
            return None
        levels = next((c.values for c in self.slots.conditions if isinstance(c, Members) and c.column is group), None)
        pair = levels if levels is not None and len(levels) == 2 else None
        if tests[0] in ("welch_t", "student_t", "mann_whitney") and pair is None and group.distinct != 2:
            return None
        options = {"test": tests[0]} | ({"levels": [str(item) for item in pair]} if pair else {})
        return Test("compare_groups", (self.numbers[0], group), options)

    @property
    def _divided(self) -> ColumnCard | None:
        """What divides the rows into the groups that are compared."""
        if self.key is not None:
            return self.key
        fit = [m.column for m in self.scene.linked.mentions if not is_number(m.column) and not is_time(m.column)]
        groups = list({c.name: c for c in fit if 2 <= (c.distinct or 0) <= 30}.values())
        return groups[0] if len(groups) == 1 else None

    def _correlation(self) -> Test | None:
        if not self.instruction.has("correlate", "coefficient") or len(self.numbers) != 2 or self.key is not None:
            return None
        kinds = self.instruction.named("kind")
        return Test("correlation", self.numbers, {"kind": kinds[0] if len(kinds) == 1 else "pearson"})

    def _decided(self, wish: Wanted) -> Field | None:
        """A field that holds one of some words, by the p of the test."""
        test, alpha = self.test, self.instruction.alpha
        if test is None:
            return self._symmetric(wish)
        if test.method == "correlation" and len(wish.options) == 3:
            return self._related(wish, test)
        denied = [option for option in wish.options if _DENIAL.search(fold(option).replace("_", " "))]
        held = [option for option in wish.options if option not in denied]
        if len(denied) != 1 or len(held) != 1:
            return None
        shown = "fails" if test.method == "normality_test" else "holds"
        return Field(wish.name, test, shown=shown, choices=(held[0], denied[0]), alpha=alpha)  # type: ignore[arg-type]

    def _symmetric(self, wish: Wanted) -> Field | None:
        """Whether a distribution counts as normal by its skewness, as the question states the bound."""
        told = r"skewness[^.]{0,30}?(?:less|smaller|below|<)[^.\d]*(\d*\.?\d+)"
        found = re.search(told, self.instruction.rules, re.IGNORECASE)
        denied = [option for option in wish.options if _DENIAL.search(fold(option).replace("_", " "))]
        held = [option for option in wish.options if option not in denied]
        if found is None or len(self.numbers) != 1 or self.key is not None or len(denied) != 1 or len(held) != 1:
            return None
        of = Measure("skewness", self.numbers[0])
        return Field(wish.name, of, shown="small", choices=(held[0], denied[0]), least=float(found[1]))

    def _related(self, wish: Wanted, test: Test) -> Field | None:
        """Linear, of another shape, or none: by r and its p, as the question states it."""
        named = {fold(option): option for option in wish.options}
        words = [next((o for w, o in named.items() if re.match(p, w)), None) for p in ("linear", "non-? ?linear", "no")]
        found = re.search(r"(?:absolute|\|r\||\babs\b)[^.]*?(\d*\.\d+)", self.instruction.rules, re.IGNORECASE)
        if found is None or words[0] is None or words[1] is None:
            return None
        none = next(option for option in wish.options if option not in words[:2])
        choices = (words[0], words[1], none)
        return Field(wish.name, test, None, None, "relation", choices, self.instruction.alpha, float(found[1]))


def _every(column: ColumnCard) -> tuple[int, ...]:
    """All values of a column of a few whole numbers without a gap."""
    low, high = column.min, column.max
    if not isinstance(low, int) or not isinstance(high, int) or column.distinct != high - low + 1 or high - low > _FEW:
        return ()
    return tuple(range(low, high + 1))


def _kinds(text: str) -> set[str]:
    return {cue.kind for cue in find_cues(tokenize(text))} & {*_STATISTICS, "outliers", "p_value", "coefficient"}


def _stems(name: str) -> set[str]:
    return {token.stem for token in tokenize(spaced(name))} | {token.word for token in tokenize(name)}


def _joined(item: str) -> str:
    return " ".join(token.stem for token in tokenize(spaced(item)))
