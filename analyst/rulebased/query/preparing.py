"""From a question's words to the steps that prepare its rows and columns, clause by clause, in their order.

A step that is told twice is one step; two that contradict each other, or one whose columns are unknown, leave the
preparation unread: what rests on it stays open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import is_number, is_time
from analyst.rulebased.link.tokens import NUMBER_WORDS
from analyst.rulebased.query.combining import combined, flagged
from analyst.rulebased.query.cutting import cut
from analyst.rulebased.query.phrase import Phrase, clauses, scene
from analyst.rulebased.query.preparation import (
    Columns,
    DatePart,
    DropMissing,
    DropOutliers,
    DropRepeated,
    Encode,
    Fill,
    Filling,
    Formula,
    Part,
    Step,
    Transform,
    after,
    clean,
)

_CONSTANT = re.compile(
    r"(?:with|by|to|as)\s+(?:the\s+)?(?:(?:value|word|label|constant|number|category|string)s?\s+)?(?:of\s+)?"
    r"(?:[\"'“‘]([^\"'”’]+)[\"'”’]|(-?\d+(?:\.\d+)?)(?![\d%]| (?:nearest|neighbou?rs?))|(zeros?)\b)",
    re.IGNORECASE,
)
_WAYS: Mapping[Filling, str] = {
    "forward": "do forward", "backward": "do backward", "mean": "mean", "median": "median", "mode": "mode",
}  # fmt: skip
"""The cue of each way to fill gaps."""
_PART = re.compile(r"\b(year|quarter|month|weekday|day of (?:the )?week|day|hour|minute)s?\b", re.IGNORECASE)
_TAKEN = re.compile(r"\b(?:extract\w*|deriv\w*|pars\w*|get|take|taking|pull\w*|from)\b", re.IGNORECASE)
_CODED = (
    r"[\"'“‘]?{item}[\"'”’]?\s+(?:is |are |coded |mapped |encoded |represented )*(?:as|=|to|is|:|->|→|by|with)\s+(\d+)"
)
_FORMULAS: tuple[Formula, ...] = ("log1p", "log2", "log10", "log", "sqrt", "square", "minmax", "zscore", "center")


@dataclass(frozen=True)
class Preparation:
    """The steps, the table's card after them, the clauses that only tell steps, and whether all was understood;
    `marked`: outliers that are told apart rather than left out."""

    steps: tuple[Step, ...]
    card: TableCard
    spent: frozenset[str] = frozenset()
    whole: bool = True
    marked: DropOutliers | None = None


def read_preparation(told: Sequence[str], card: TableCard) -> Preparation:
    """The steps that the sentences `told` ask for, over the table of `card`."""
    reader = _Reader(clean(card))
    for sentence in told:
        reader.read(sentence, told)
    return reader.preparation(card)


class _Reader:
    """The steps so far, and the card after them."""

    def __init__(self, card: TableCard) -> None:
        self.card = card
        self.steps: list[Step] = []
        self.spent: set[str] = set()
        self.whole = True

    def read(self, sentence: str, told: Sequence[str]) -> None:
        """The steps of one sentence."""
        made = cut(Phrase(sentence, scene(sentence, self.card)), self.card)
        if made is not None:
            self._add([made], sentence, sentence)
            return
        for clause in clauses(sentence):
            phrase = Phrase(clause, scene(clause, self.card))
            conditional = re.match(r"if\b", sentence, re.IGNORECASE) and phrase.has(*(f"do {how}" for how in _FORMULAS))
            self.whole = self.whole and not conditional and not _unknown(phrase)
            self._add(list(self._of(phrase, told)), clause, sentence)

    def _of(self, phrase: Phrase, told: Sequence[str]) -> Iterator[Step]:
        readers: tuple[Callable[[Phrase], Sequence[Step]], ...] = (
            _gaps, _repeated, _coded, _dated, flagged, combined, _transformed,
        )  # fmt: skip
        for reader in readers:
            found = reader(phrase)
            if found:
                yield from found
                if reader in (flagged, combined):
                    return
        if phrase.has("without") and phrase.has("outliers"):
            outliers = outlier_rule(phrase.numbers(), told)
            if outliers is None:
                self.whole = False
            else:
                yield outliers

    def _add(self, found: list[Step], clause: str, sentence: str) -> None:
        for step in found:
            known = self._like(step)
            if known is None:
                self.steps.append(step)
            else:
                at = self.steps.index(known)
                merged = _merged(known, step)
                self.whole = self.whole and merged is not None
                self.steps[at] = merged or known
            self.card = after(step, self.card)
        if found:
            self.spent.add(clause)

    def _like(self, step: Step) -> Step | None:
        """The step told before that this one tells again."""
        for known in self.steps:
            if type(known) is not type(step):
                continue
            ours, theirs = _names(step), _names(known)
            if getattr(step, "name", "") or getattr(known, "name", ""):
                if getattr(step, "name", "") == getattr(known, "name", ""):
                    return known
                continue
            if not ours or not theirs or ours & theirs:
                if isinstance(step, Transform) and isinstance(known, Transform) and step.how != known.how:
                    continue
                return known
        return None

    def preparation(self, card: TableCard) -> Preparation:
        """All steps, with columns that are only told by the step before."""
        out: list[Step] = []
        grown = clean(card)
        for step in self.steps:
            whole = _placed(step, out, grown)
            if whole is None:
                self.whole = False
                continue
            if isinstance(whole, DropRepeated) and not whole.columns and not card.duplicate_rows:
                continue
            out.append(whole)
            grown = after(whole, grown)
        return Preparation(tuple(out), grown, frozenset(self.spent), self.whole)


def _names(step: Step) -> set[str]:
    columns = step.columns if hasattr(step, "columns") else (step.column,)
    return {column.name for column in columns}


def _merged(known: Step, step: Step) -> Step | None:
    """One step of two that tell the same; None where they contradict each other."""
    if isinstance(known, (Fill, DropMissing, DropOutliers, Transform, DropRepeated)) and isinstance(step, type(known)):
        both = tuple({c.name: c for c in (*known.columns, *step.columns)}.values())
        if isinstance(known, Fill) and isinstance(step, Fill) and (known.how, known.value) != (step.how, step.value):
            return None
        by = getattr(known, "by", None) or getattr(step, "by", None)
        return replace(known, columns=both, **({"by": by} if by is not None else {}))
    return known if known == step or _names(known) == _names(step) else None


def _placed(step: Step, before: Sequence[Step], card: TableCard) -> Step | None:
    """The step with its columns: those of the step before, or all that it can be of."""
    if not isinstance(step, (Fill, Transform, DropOutliers)) or step.columns:
        return step
    if isinstance(step, Fill):
        if step.how in ("mean", "median"):
            fit = tuple(c for c in card.columns if is_number(c) and (c.missing or 0) > 0 and not is_time(c))
        else:
            fit = tuple(c for c in card.columns if (c.missing or 0) > 0)
        return replace(step, columns=fit) if fit else None
    last = next((s for s in reversed(before) if isinstance(s, (Fill, Transform, DropOutliers)) and s.columns), None)
    return replace(step, columns=last.columns) if last is not None and len(last.columns) == 1 else None


def _gaps(phrase: Phrase) -> list[Step]:
    """Gaps filled, or rows with gaps left out."""
    lacking = phrase.has("lacking")
    if phrase.has("do fill") or (lacking and phrase.has("do replace")):
        return list(_fills(phrase))
    if lacking and phrase.has("without") and not phrase.has("outliers"):
        columns = phrase.columns()
        return [DropMissing(columns)] if columns or phrase.says("any", "all", "row", "dataset", "entirely") else []
    return []


def _unknown(phrase: Phrase) -> bool:
    """Whether the phrase fills gaps in a way that no step knows."""
    told = phrase.has("do fill") or (phrase.has("lacking") and phrase.has("do replace"))
    way = phrase.has("mean", "median", "mode", "do forward", "do backward") or _CONSTANT.search(phrase.text)
    other = re.search(r"nearest|neighbou?r|\bknn\b|interpolat|regression|iterative", phrase.text, re.IGNORECASE)
    if re.search(r"\b(?:after|of the) (?:the )?(?:imput|fill)\w*", phrase.text, re.IGNORECASE):
        return False
    named = phrase.has("lacking") or phrase.columns()
    return bool(told and named and (other or not way) and not phrase.says("handle", "handling", "strategy"))


def _fills(phrase: Phrase) -> Iterator[Step]:
    """Columns and what fills them, in the order told: `a and b with the mean, c with 'No'`."""
    by = phrase.group()
    ways: list[tuple[int, Filling, object]] = []
    for kind, cue in _WAYS.items():
        ways += [(at, kind, None) for at in phrase.cues_at(cue)]
    for match in _CONSTANT.finditer(phrase.text):
        if not any(column.name == match[1] for column in phrase.columns()):
            value: object = match[1] if match[1] else 0 if match[3] else float(match[2])
            ways.append((match.start(), "constant", value))
    ways.sort(key=lambda way: way[0])
    columns = [(at, column) for at, column in phrase.placed() if by is None or column.name != by.name]
    distinct = {(how, value) for _, how, value in ways}
    if len(distinct) == 1:
        _, how, value = ways[0]
        yield Fill(tuple({c.name: c for _, c in columns}.values()), how, value, by)
        return
    start = 0
    seen: set[str] = set()
    for at, how, value in ways:
        own = tuple({c.name: c for place, c in columns if start <= place < at and c.name not in seen}.values())
        if own:
            seen |= {column.name for column in own}
            yield Fill(own, how, value, by)
        start = at


def _repeated(phrase: Phrase) -> list[Step]:
    if phrase.has("do repeated") and phrase.has("without", "do repeated by itself"):
        return [DropRepeated(phrase.columns() if phrase.says("by", "based", "same", "on") else ())]
    return []


def outlier_rule(columns: Columns, told: Sequence[str]) -> DropOutliers | None:
    """The rule of outliers that the sentences state; None where they state none."""
    text = " ".join(told)
    if re.search(r"\biqr\b|interquartile|\bq1\b", text, re.IGNORECASE):
        found = re.search(
            r"(\d+(?:\.\d+)?)\s*(?:[*x×]|times)?\s*(?:the )?\(?(?:iqr|interquartile)", text, re.IGNORECASE
        )
        return DropOutliers(columns, "iqr", float(found[1]) if found else 1.5)
    if re.search(r"z[\s-]?scores?\b|standard deviations?\b[^.]{0,20}\b(?:from|of) the mean", text, re.IGNORECASE):
        bound = r"(?:threshold|greater|above|exceed\w*|beyond|more|outside|larger|higher|[<>])\D{0,40}?(\d+(?:\.\d+)?)"
        words = "|".join(NUMBER_WORDS)
        deviations = rf"(\d+(?:\.\d+)?|{words})\s*(?:standard deviations?|sds?\b|sigmas?)"
        spread = re.search(deviations, text, re.IGNORECASE)
        found = spread or re.search(bound, text, re.IGNORECASE)
        number = found[1].casefold() if found else "3"
        return DropOutliers(columns, "zscore", NUMBER_WORDS.get(number) or float(number))
    return None


def _transformed(phrase: Phrase) -> list[Step]:
    """Numbers transformed, each the way that the phrase names beside it."""
    if phrase.has("outliers"):
        return []
    ways = sorted((phrase.cues_at(f"do {how}")[0], how) for how in _FORMULAS if phrase.cues_at(f"do {how}"))
    if not ways or (phrase.has("test", "regression", "learning") and not phrase.numbers()):
        return []
    how = ways[0][1]
    if how in ("sqrt", "square") and (not phrase.numbers() or phrase.has("std", "variance", "mean")):
        return []
    if how == "log" and len(ways) > 1:
        how = ways[1][1]
    columns = phrase.numbers()
    name = phrase.name() if len(columns) == 1 else ""
    return [Transform(columns, how, name)]


def _coded(phrase: Phrase) -> list[Step]:
    """Values as numbers: as the phrase states it, else numbered from 0 in their order where there are two."""
    if not phrase.has("do encode") or phrase.has("do one hot"):
        return []
    steps: list[Step] = []
    for column in phrase.columns():
        values = column.values or ()
        if not column.complete or is_number(column):
            continue
        codes: list[tuple[object, int]] = []
        for item in values:
            found = re.search(_CODED.format(item=re.escape(str(item))), phrase.text, re.IGNORECASE)
            codes += [(item, int(found[1]))] if found else []
        if len(codes) not in (0, len(values)):
            continue
        order = tuple((item, at) for at, item in enumerate(sorted(values, key=str)))
        if codes or len(values) == 2 or phrase.says("label"):
            steps.append(Encode(column, tuple(codes) or order))
    return steps


def _dated(phrase: Phrase) -> list[Step]:
    """A part of a date as a column: `extract the hour from start_time`."""
    part, taken = _PART.search(phrase.text), _TAKEN.search(phrase.text)
    times = [c for c in phrase.columns() if is_time(c) or _is_clock(c)]
    if part is None or taken is None or len(times) != 1 or not phrase.has("made", "do extract"):
        return []
    word = part[1].casefold()
    told: Part = "weekday" if word.startswith(("weekday", "day of")) else word  # type: ignore[assignment]
    return [DatePart(phrase.name() or told, times[0], told)]


def _is_clock(column: ColumnCard) -> bool:
    """Whether a text column holds clock times."""
    return any(re.fullmatch(r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?", str(v)) for v in (column.values or ())[:3])
