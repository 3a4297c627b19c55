"""Statistics that a question wants as fields by name: which one each field is, of which column and which rows.

A field whose words are not all understood is left out: it stays open rather than wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from analyst.protocol.lexicon import HIGHEST, LOWEST
from analyst.protocol.table import ColumnCard
from analyst.rulebased.formats import Wanted, spaced
from analyst.rulebased.link.columns import is_time, yes_no
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.link.tokens import tokenize
from analyst.rulebased.query.asked import FEW, Asked
from analyst.rulebased.query.carrying import carried
from analyst.rulebased.query.computed import YES
from analyst.rulebased.query.cues import statistical_cues
from analyst.rulebased.query.instruction import Instruction
from analyst.rulebased.query.model import NOWHERE, STATISTICS, Aggregate, Best, Field, Measure, Members, Query, Test
from analyst.rulebased.query.preparation import DropOutliers
from analyst.rulebased.query.preparing import Preparation, read_preparation
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.testing import decided

_WHOLE: Mapping[str, Aggregate] = {
    "std": "whole_std", "variance": "whole_variance", "skewness": "whole_skewness", "kurtosis": "whole_kurtosis",
}  # fmt: skip
_METRICS = ("accuracy", "mse", "rmse", "mae", "r2", "f1_macro")
_OF_FIELDS = {
    *STATISTICS, "outliers", "p_value", "coefficient", "whole_count", "count", "statistic",
    *(f"metric {metric}" for metric in _METRICS),
}  # fmt: skip
"""The cues that tell what a field is."""
_IDLE = frozenset(
    "n num value score result of the for in a by per number group class column data count outlier from test overall "
    "total final calculated".split()
)
_BEFORE = frozenset("before original initial raw with".split())
_AFTER = frozenset(
    "after cleaned clean without removed removal removing filtered new updated transformed transform scaled normalized "
    "standardized imputed filled log scaling imputation filling preprocessing".split()
)
_NUMBER = re.compile(r"\b(?:count|number|total|integer|n)\b")


_SAID = re.compile(r"\b(?:string|name|list)\b")
_POPULATION = re.compile(r"scipy\.stats\.(?:skew|kurtosis)|population|ddof ?= ?0", re.IGNORECASE)


def read_fields(whole: Scene, instruction: Instruction) -> Query | None:
    """The query for the fields that the instruction names; None where it names none, or asks for more than this."""
    if not instruction.wishes:
        return None
    preparation = read_preparation(instruction.sentences, whole.card)
    if not preparation.whole:
        return None
    reader = _Reader(instruction, _marking(preparation, instruction))
    fields = _apart([field for wish in instruction.wishes if (field := reader.field(wish)) is not None])
    if not fields or not reader.rows_known or reader.rows_unread:
        return None
    tests = tuple(c for field in fields if isinstance(field.of, Test) for c in field.of.columns)
    values = tuple(field.of for field in fields if isinstance(field.of, Measure))
    query = reader.slots.query("named fields", values=values, columns=tests)
    query = replace(
        query, values=values, fields=fields, preparing=preparation.steps, outlying=reader.outlying, at=NOWHERE
    )
    return replace(query, at=carried(query, reader, whole))


def _apart(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields without those that would all show the same: what tells them apart was not understood."""
    alike = Counter(repr(replace(field, name="")) for field in fields)
    return tuple(field for field in fields if alike[repr(replace(field, name=""))] == 1)


def _marking(preparation: Preparation, instruction: Instruction) -> Preparation:
    """The preparation without the removal of one number's outliers, where fields compare rows with and without them."""
    removals = [step for step in preparation.steps if isinstance(step, DropOutliers)]
    kinds = {kind for wish in instruction.wishes for kind in _kinds(wish.words)}
    named = {word for wish in instruction.wishes for word in wish.named.split()}
    compared = "outliers" in kinds or named & _BEFORE
    if len(removals) != 1 or len(removals[0].columns) != 1 or not compared or kinds & {"coefficient", "p_value"}:
        return preparation
    return replace(
        preparation, steps=tuple(step for step in preparation.steps if step is not removals[0]), marked=removals[0]
    )


@dataclass(frozen=True)
class _Reader(Asked):
    """Reads the fields that are wanted, one at a time."""

    def field(self, wish: Wanted) -> Field | None:
        """The field, or None where its words are not all understood."""
        kinds = _kinds(wish.named) or _kinds(f" {spaced(wish.inner)} ")
        best = self._best(wish, kinds)
        if best is not None:
            return best
        if wish.options:
            return decided(wish, self.tests, self._skewness)
        member = self._member(wish)
        for metric in _METRICS:
            if f"metric {metric}" in kinds and self.tests.model is not None:
                return self._modelled(wish, metric)
        if "p_value" in kinds:
            test = self.tests.only
            return None if test is None else Field(wish.name, test, shown="p")
        if "coefficient" in kinds and "metric r2" not in kinds:
            test = self.tests.correlation(wish)
            return None if test is None else Field(wish.name, test, shown="r")
        if "statistic" in kinds:
            test = self.tests.only
            return None if test is None else Field(wish.name, test, shown="statistic")
        return self._measured(wish, kinds, member)

    def _modelled(self, wish: Wanted, metric: str) -> Field | None:
        model = self.tests.model
        if model is None:
            return None
        if model.method == "linear_regression":
            return Field(wish.name, model, shown=metric) if metric in ("r2", "rmse") else None
        sorts = model.options.get("model") in ("logistic", "svc", "naive_bayes") or str(
            model.options.get("model")
        ).endswith("classifier")
        if metric == "accuracy" and not sorts:
            return Field(wish.name, model, shown="accuracy_at_0_5") if yes_no(model.columns[0]) else None
        return Field(wish.name, model, shown=metric) if sorts == (metric in ("accuracy", "f1_macro")) else None

    def _measured(self, wish: Wanted, kinds: set[str], member: Members | None) -> Field | None:
        if any(kind.startswith("metric") for kind in kinds):
            return None
        if {"percentage", "percent", "share"} & set(wish.named.split()) and self.instruction.has("missing_share"):
            kinds = {"missing_share"}
        told = [name for cue, name in STATISTICS.items() if cue in kinds]
        told = [name for name in told if name != "sum"] or told
        told = [name for name in told if name != "missing"] if "missing_share" in told else told
        aggregate = told[0] if len(told) == 1 else None
        if "outliers" in kinds and aggregate in (None, "sum"):
            return self._far(wish, member)
        about = f"{wish.about.split('.')[0]} {spaced(wish.inner)}"
        if aggregate is None and (kinds & {"whole_count", "count"} or self._is_count(wish)) and not told:
            return self._counted(wish, member, kinds)
        if aggregate is None or len(told) > 1 or _SAID.search(about):
            return None
        if aggregate in _WHOLE and self._is_population(aggregate):
            aggregate = _WHOLE[aggregate]
        column = self._column(wish, told[0])
        if column is None or (self.key is not None and member is None) or not self._understood(wish, column, member):
            return None
        before = bool(set(wish.named.split()) & _BEFORE) and bool(self.preparation.steps)
        return Field(wish.name, Measure(aggregate, column), member, self._outlying(wish, kinds), before=before)

    def _is_population(self, aggregate: str) -> bool:
        """Whether the population's formula is asked for."""
        if aggregate in ("std", "variance"):
            return bool(
                re.search(
                    r"(?<!not the )population (?:standard|std|variance|formula)|ddof ?= ?0",
                    self.instruction.rules,
                    re.I,
                )
            )
        return bool(_POPULATION.search(self.instruction.rules))

    def _is_count(self, wish: Wanted) -> bool:
        return wish.named.endswith((" count ", " number ")) or wish.named.startswith((" n ", " number ", " count "))

    def _far(self, wish: Wanted, member: Members | None) -> Field | None:
        """The number of outliers."""
        rule, removed = self.outlying, self._removed
        counted = _NUMBER.search(f"{wish.words} {wish.about}")
        if (
            not counted
            or _SAID.search(f"{spaced(wish.inner)} {wish.about}")
            or (self.key is not None and member is None)
        ):
            return None
        if rule is not None and self._understood(wish, rule.column, member):
            return Field(wish.name, Measure("outliers", rule.column), member)
        if removed is not None and len(removed.columns) == 1:
            return None
        return None

    def _counted(self, wish: Wanted, member: Members | None, kinds: set[str]) -> Field | None:
        """The number of rows that are left, or of a group."""
        column = member.column if member is not None else None
        if "whole_count" not in kinds and member is None:
            return None
        if self.key is not None and member is None:
            return None
        return Field(wish.name, Measure("count"), member) if self._understood(wish, column, member) else None

    def _outlying(self, wish: Wanted, kinds: set[str]) -> bool | None:
        """Whether the field is of the outliers (True), of the others (False), or of all rows."""
        words = set(wish.named.split())
        if self.outlying is None or words & _BEFORE:
            return None
        if "outliers" in kinds and not words & _AFTER:
            return True
        return False if self.instruction.has("without") or words & _AFTER else None

    def _column(self, wish: Wanted, aggregate: str) -> ColumnCard | None:
        """The number that the field's words name best; else the one that the statistic is asked of."""
        words = {token.stem for token in tokenize(wish.words)}
        fits = [(len(words & _stems(column.name)), column) for column in self.numbers]
        best = max((fit for fit, _ in fits), default=0)
        found = [column for fit, column in fits if fit == best]
        if len(found) == 1:
            return found[0]
        cue = next(cue for cue, name in STATISTICS.items() if name == aggregate)
        names = {column.name for column in found}
        asked = [[c for c in p.numbers() if c.name in names] for p in self.phrases if p.has(cue)]
        single = {columns[0].name: columns[0] for columns in asked if len(columns) == 1}
        return next(iter(single.values())) if len(single) == 1 else None

    def _member(self, wish: Wanted) -> Members | None:
        """The group whose rows the field is of."""
        if self.key is None:
            return None
        words = f" {' '.join(token.stem for token in tokenize(wish.named))} "
        items = [*(self.key.values or _every(self.key)), *(self.key.mentioned or ())]
        named = [(len(str(item)), item) for item in items if f" {_joined(str(item))} " in words]
        if named:
            return Members(self.key, (max(named, key=lambda pair: pair[0])[1],))
        if yes_no(self.key) and _stems(self.key.name) & set(words.split()):
            return Members(self.key, YES, negated=bool({"not", "non", "no"} & set(words.split())))
        return None

    def _understood(self, wish: Wanted, column: ColumnCard | None, member: Members | None) -> bool:
        """Whether every word of the field's name is a statistic, its column, its group, or idle."""
        tokens = tokenize(wish.named)
        known = {place for cue in statistical_cues(tokens) if cue.kind not in ("technical",) for place in cue.at}
        names = _IDLE | _BEFORE | _AFTER | ({"not", "non"} if member is not None else set())
        for name in (column, self.key, *(c.column for c in self.slots.conditions)):
            names |= _stems(name.name) if name is not None else set()
        for members in (member, *(c for c in self.slots.conditions if isinstance(c, Members))):
            names |= {word for item in members.values for word in _stems(str(item))} if members is not None else set()
        names |= {self.scene.linked.tokens[at].stem for at in self.scene.linked.rows}
        said = {token.stem for text in self.asking for token in tokenize(text)}
        alone = len(self.numbers) < 2
        return all(
            at in known or token.stem in names or token.word in names or (alone and token.stem in said)
            for at, token in enumerate(tokens)
        )

    @cached_property
    def _skewness(self) -> Measure | None:
        kind: Aggregate = "whole_skewness" if _POPULATION.search(self.instruction.rules) else "skewness"
        return Measure(kind, self.numbers[0]) if len(self.numbers) == 1 and self.key is None else None

    def _best(self, wish: Wanted, kinds: set[str]) -> Field | None:
        """The group, or the row, that stands highest or lowest."""
        order, best = self.slots.direction, self.scene.superlative
        rows = self.scene.linked.rows  # the highest number of donations is no highest donation
        counted = [cue for cue in self.scene.all("count") if best and cue.first - best[0] in (1, 2) and cue.end in rows]
        if order is None or wish.options or counted:
            return None
        asked = [n.column for n in (*self.slots.roles.asked, *self.slots.roles.keys, *self.slots.roles.entities)]
        words = {token.stem for token in tokenize(f"{wish.named} {spaced(wish.inner)}")}
        fit = [
            c
            for c in (*asked, *self._columns)
            if _stems(c.name) & words and c.name not in {n.name for n in self._ranked}
        ]
        if not fit or len(self._ranked) != 1:
            return None
        named = [len(_stems(c.name) & words) for c in fit]
        shown = fit[named.index(max(named))]
        known = _stems(shown.name) | _stems(self._ranked[0].name) | _IDLE | HIGHEST | LOWEST | {"name", "identifier"}
        cues = {at for cue in statistical_cues(tokenize(wish.named)) for at in cue.at}
        if not all(at in cues or {t.stem, t.word} & known for at, t in enumerate(tokenize(wish.named))):
            return None
        means = self.scene.has("mean")
        single = not means and not self.scene.has("sum")
        measure = Measure("mean" if means else "max" if single else "sum", self._ranked[0])
        key = next((c for c in asked if c.name != self._ranked[0].name), shown)
        return Field(wish.name, Best(measure, key, order, shown, single))

    @cached_property
    def _columns(self) -> Sequence[ColumnCard]:
        return tuple({m.column.name: m.column for m in self.scene.linked.mentions if m.score >= 0.9}.values())

    @cached_property
    def _ranked(self) -> tuple[ColumnCard, ...]:
        """The number by which groups or rows are ranked: the one named right after the superlative."""
        place = self.scene.superlative
        if place is None:
            return ()
        after = [
            m for m in self.scene.linked.mentions if m.start > place[0] and numbers_in(m) and not is_time(m.column)
        ]
        return (numbers_in(after[0])[0],) if after else ()


def _every(column: ColumnCard) -> tuple[int, ...]:
    """All values of a column of a few whole numbers without a gap."""
    low, high = column.min, column.max
    if not isinstance(low, int) or not isinstance(high, int) or column.distinct != high - low + 1 or high - low > FEW:
        return ()
    return tuple(range(low, high + 1))


def _kinds(text: str) -> set[str]:
    return {cue.kind for cue in statistical_cues(tokenize(text))} & _OF_FIELDS


def _stems(name: str) -> set[str]:
    return {token.stem for token in tokenize(spaced(name))} | {token.word for token in tokenize(name)}


def _joined(item: str) -> str:
    return " ".join(token.stem for token in tokenize(spaced(item)))
