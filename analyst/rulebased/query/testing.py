"""Tests and models that a question asks for, and which word a field holds by what they give."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from analyst.core.text import fold
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.formats import Wanted, spaced
from analyst.rulebased.link.bounds import compared
from analyst.rulebased.link.columns import is_number, is_time
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.query.deciding import Band, Comparison, bands
from analyst.rulebased.query.instruction import Instruction
from analyst.rulebased.query.model import Field, Measure, Members, Test
from analyst.rulebased.query.modelling import model_of
from analyst.rulebased.query.phrase import Phrase
from analyst.rulebased.query.preparation import Columns
from analyst.rulebased.query.slots import Slots

_RESULT = {
    "correlation": "r", "normality_test": "statistic", "compare_groups": "statistic", "chi_square": "statistic",
    "location_test": "statistic", "linear_regression": "r2", "train_model": "r2",
}  # fmt: skip
_DENIAL = re.compile(r"^(?:not|no|non|none|false|insignificant)\b|\bnot\b|\bno\b|^non|^un|^in(?=signif)")
_AGAINST = re.compile(
    r"(?:against|equals?|equal to|is|of|mean of|population mean|value of|from)\s+(-?\d+(?:\.\d+)?)", re.I
)


@dataclass(frozen=True)
class Tests:
    """What is asked to be tested or modelled, over the prepared table."""

    instruction: Instruction
    phrases: tuple[Phrase, ...]
    card: TableCard
    numbers: Columns
    slots: Slots
    key: ColumnCard | None

    @cached_property
    def model(self) -> Test | None:
        """The model."""
        return model_of(self.instruction.sentences, self.card)

    @cached_property
    def only(self) -> Test | None:
        """The only test that is asked for."""
        every = (self._normality(), self._groups(), self._table(), self._location(), self.correlation(None))
        found = [test for test in every if test is not None]
        return found[0] if len(found) == 1 else None

    def _normality(self) -> Test | None:
        if self.key is not None or self.instruction.named("groups"):
            return None
        tests = self.instruction.named("test")
        told = [name for name in tests if name != "shapiro"] or list(tests)
        if len(told) != 1 or len(self.numbers) != 1:
            return None
        return Test("normality_test", self.numbers[:1], {"test": told[0]})

    def _groups(self) -> Test | None:
        tests = [name for name in self.instruction.named("groups")]
        tests = [name for name in tests if name != "student_t"] or tests
        group = self._divided
        if len(tests) != 1 or group is None or len(self.numbers) != 1 or self.instruction.named("paired"):
            return None
        named = next((c.values for c in self.slots.conditions if isinstance(c, Members) and c.column is group), None)
        compared = self.slots.rows.compared
        named = named or (compared.values if compared is not None and compared.column is group else None)
        pair = named if named is not None and len(named) == 2 else None
        if tests[0] in ("welch_t", "student_t", "mann_whitney", "ks") and pair is None and group.distinct != 2:
            return None
        options = {"test": tests[0]} | ({"levels": [str(item) for item in pair]} if pair else {})
        return Test("compare_groups", (self.numbers[0], group), options)

    @property
    def _divided(self) -> ColumnCard | None:
        """What divides the rows into the groups that are compared."""
        if self.key is not None:
            return self.key
        every = [c for phrase in self.phrases for c in phrase.columns()]
        fit = {c.name: c for c in every if not is_number(c) and not is_time(c) and 2 <= (c.distinct or 0) <= 30}
        return next(iter(fit.values())) if len(fit) == 1 else None

    def _table(self) -> Test | None:
        if not self.instruction.named("table"):
            return None
        named = [p.columns() for p in self.phrases if len(p.columns()) == 2]
        fit = [pair for pair in named if all((c.distinct or 99) <= 30 for c in pair)]
        return Test("chi_square", fit[0]) if fit else None

    def _location(self) -> Test | None:
        paired, single = self.instruction.named("paired"), self.instruction.named("single")
        pair = next((p.numbers() for p in self.phrases if len(p.numbers()) == 2), ())
        if paired and len(pair) == 2:
            return Test("location_test", pair, {"test": paired[0]})
        found = _AGAINST.search(self.instruction.rules)
        if single and len(self.numbers) == 1 and found is not None:
            return Test("location_test", self.numbers[:1], {"test": "t", "against": float(found[1])})
        return None

    def correlation(self, wish: Wanted | None) -> Test | None:
        """The correlation of the two numbers that are named with it (of which the field's words name both, where more
        than one pair is)."""
        if not self.instruction.has("correlate", "coefficient") or self.instruction.named("paired"):
            return None
        pairs = [
            p.numbers() for p in self.phrases if p.has("correlate", "coefficient", "relate") and len(p.numbers()) == 2
        ]
        pairs += [self.numbers] if len(self.numbers) == 2 else []
        known = {frozenset(c.name for c in pair): pair for pair in pairs}
        found = next(iter(known.values()), None) if len(known) == 1 else None
        if found is None and wish is not None:
            words = {token.stem for token in tokenize(spaced(wish.name))}
            fit = [c for c in self.numbers if words & {t.stem for t in tokenize(spaced(c.name)) if len(t.stem) > 1}]
            found = tuple(fit) if len(fit) == 2 else None
        if found is None or (self.key is not None and self.key not in found):
            return None
        kinds = self.instruction.named("kind")
        return Test("correlation", found, {"kind": kinds[0] if len(kinds) == 1 else "pearson"})


def decided(wish: Wanted, tests: Tests, skewness: Measure | None) -> Field | None:
    """A field that holds one of some words: by the rules that the question states, else by the p of its test."""
    rules = tests.instruction.sentences
    told = bands(rules, wish.options)
    text = " ".join(rules).casefold()
    subject_p = all(c.subject == "p" for band in told for group in band.either for c in group)
    if told and not subject_p and skewness is not None and "skew" in text and not tests.instruction.has("correlate"):
        return Field(wish.name, skewness, bands=told)
    test = tests.only
    if test is None and tests.model is not None and tests.model.method == "linear_regression":
        test = tests.model if told and not subject_p else None
    if test is None:
        return None
    plain = _by_p(wish, test, tests.instruction.alpha) if not told or (subject_p and len(wish.options) == 2) else None
    if told and plain is None:
        return Field(wish.name, test, shown=_RESULT[test.method], bands=told)
    return plain


def _by_p(wish: Wanted, test: Test, alpha: float) -> Field | None:
    """One of two words, of which one denies."""
    denied = [option for option in wish.options if _DENIAL.search(fold(option).replace("_", " "))]
    held = [option for option in wish.options if option not in denied]
    if len(denied) != 1 or len(held) != 1:
        return None
    met = compared(">=" if test.method == "normality_test" else "<", alpha)
    told = (Band(held[0], ((Comparison("p", met),),)), Band(denied[0]))
    return Field(wish.name, test, shown=_RESULT[test.method], bands=told)
