"""New columns of named classes: ranges ("low (below 10)"), quantiles, and flags ("1 if the tip is above 5, else 0")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from analyst.protocol.table import ColumnCard
from analyst.rulebased import sql
from analyst.rulebased.clauses import COLUMN, QUOTED, Clause, new_name
from analyst.rulebased.conditions import find_conditions
from analyst.rulebased.link.columns import spoken
from analyst.rulebased.link.tokens import NUMBER_WORDS
from analyst.rulebased.reading import read

_NUM = r"(?:[$€£]?\d+(?:,\d{3})*(?:\.\d+)?(?:(?:th|st|nd|rd)(?: percentile| quantile)?)?|\b(?:mean|average|median)\b)"
_YEARS = r"(?: ?(?:years?(?: old)?|%|km|kg|minutes|hours|days|units|points|dollars))?"
_LT, _GT = r"<(?!\d+>)", r"(?<!\d)>|(?<=\s)>"
_OPEN = rf"(?P<lo>{_NUM}) ?(?P<op1><=|{_LT}) ?(?:{COLUMN}|x|[a-z_]+) ?(?P<op2><=|{_LT}) ?(?P<hi>{_NUM})"
_BETWEEN = rf"(?P<from>{_NUM}){_YEARS} ?(?:-|–|to|through|and|until) ?(?P<to>{_NUM})"
_UPWARD = (
    rf"(?P<least>{_NUM}){_YEARS} ?(?:and|or) ?(?:above|older|over|more|up|higher|greater|longer)|(?P<plus>{_NUM}) ?\+"
)
_DOWNWARD = rf"(?P<most>{_NUM}){_YEARS} ?(?:and|or) ?(?:below|younger|under|less|lower|fewer|shorter)"
_SIGNS = (
    (
        ">=",
        r"(?:>=|at least|no less than|not less than|(?:greater|more|higher|larger) than or equal(?: to)?|"
        r""
        r""
        r"equal to or (?:greater|more|higher|larger) than|(?:above|over) or equal(?: to)?|from)",
    ),
    (
        "<=",
        r"(?:<=|at most|up to|no more than|not more than|(?:less|lower|smaller|fewer) than or equal(?: "
        r""
        r""
        r"to)?|equal to or (?:less|lower|smaller) than|(?:below|under) or equal(?: to)?)",
    ),
    (">", rf"(?:{_GT}|(?:greater|more|higher|larger|older|longer) than|above|over|exceed\w*)"),
    ("<", rf"(?:{_LT}|(?:less|lower|smaller|fewer|younger|shorter) than|below|under)"),
)
_SIGNED = "|".join(rf"(?P<s{at}>{words}) ?(?P<v{at}>{_NUM})" for at, (_, words) in enumerate(_SIGNS))
_RANGE = re.compile("|".join((_OPEN, _UPWARD, _DOWNWARD, _SIGNED, _BETWEEN)))
_LABEL = re.compile(
    rf"{QUOTED}|\b([a-z][a-z-]*)(?= ?[(:] ?(?:\d|[<>]|above|below|over|under|at |less|more|up to|between|"
    rf"from|greater|<\d+>))"
    rf"|{COLUMN}(?= ?(?::|\(|=|is|are|if|when|for|represents))"
)
"""A class: quoted, or a word before a range, or a quoted word that is a column's name too."""
_KINDS = frozenset("groups categories bands buckets bins classes ranges levels labels values column feature".split())
_REST = r"\brest\b|\bothers?\b|\botherwise\b|\bremaining\b|\belse\b"
_QUANTILES = {"quartile": 4, "quintile": 5, "decile": 10, "tercile": 3, "tertile": 3}


@dataclass(frozen=True)
class Bins:
    """A column of classes: its SQL, the labels in order, what it rests on, in words."""

    sql: str
    labels: tuple[object, ...]
    columns: tuple[ColumnCard, ...]
    words: str

    @property
    def type(self) -> str:
        """The column's type."""
        return "BIGINT" if all(isinstance(label, int) for label in self.labels) else "VARCHAR"


@dataclass(frozen=True)
class _Edge:
    """One end of a range: how a value is compared with the number, quantile or mean that is `told`."""

    sign: str
    told: str

    @property
    def whole(self) -> int | None:
        """The whole number that it is, if it is one."""
        bare = _bare(self.told)
        return int(bare) if re.fullmatch(r"\d+", bare) else None

    def test(self, value: str) -> str:
        """The condition on `value`, as SQL."""
        return f"{value} {self.sign} {_level(self.told, value)}"


@dataclass(frozen=True)
class _Span:
    """A range of values told at `start` to `end` of a text; `exact`: as an inequality, whose ends stay as told."""

    start: int
    end: int
    edges: tuple[_Edge, ...]
    exact: bool = False

    def test(self, value: str) -> str:
        """The condition on `value`, as SQL."""
        return " AND ".join(edge.test(value) for edge in self.edges)


def bins(clause: Clause) -> Bins | None:
    """The classes that the clause tells, or None."""
    return _flag(clause) or _ranges(clause) or _equal_parts(clause) or _any(clause)


def _any(clause: Clause) -> Bins | None:
    """A flag over counts: whether all are zero ("alone", "none"), or any is not."""
    counts = tuple(c for c in clause.numbers if "INT" in c.type.upper())
    if not counts or not re.search(r"\bindicat\w*|\bflag\w*|\bbinary\b", clause.text):
        return None
    alone = re.search(r"\b(?:alone|no|none|without|neither)\b", clause.text)
    if not alone and not re.search(r"\b(?:any|some|at least one|with)\b", clause.text):
        return None
    total = " + ".join(f"coalesce({sql.number(c)}, 0)" for c in counts)
    text = f"CASE WHEN {total} {'=' if alone else '>'} 0 THEN 1 ELSE 0 END"
    names = " and ".join(spoken(c) for c in counts)
    return Bins(text, (1, 0), counts, f"one where {names} {'are all zero' if alone else 'are not all zero'}")


def _flag(clause: Clause) -> Bins | None:
    """`1 if … else 0`, `'yes' when … and 'no' otherwise`."""
    value = rf"({QUOTED}|\b[01]\b)"
    found = re.search(
        rf"{value},? (?:if|when|where|for) (?P<then>.+?),? (?:and |or |else |otherwise )+{value}", clause.text
    )
    if found is None or re.search(QUOTED, found["then"]):
        return None
    condition = _condition(_unmarked(clause, found["then"]), clause)
    if condition is None:
        return None
    yes, no = (_label(clause, text) for text in (found[1], found[4]))
    text = f"CASE WHEN {condition[0]} THEN {sql.value(yes)} ELSE {sql.value(no)} END"
    return Bins(text, (yes, no), condition[1], f"{yes} where {condition[2]}, otherwise {no}")


def _label(clause: Clause, text: str) -> object:
    told = re.fullmatch(QUOTED, text.strip())
    return clause.quoted[int(told[1])] if told else int(text)


def _unmarked(clause: Clause, part: str) -> str:
    """A part of the clause in words again."""
    named = re.sub(COLUMN, lambda found: clause.column(found[1]).name, part)
    return re.sub(QUOTED, lambda found: f"'{clause.quoted[int(found[1])]}'", named)


def _condition(text: str, clause: Clause) -> tuple[str, tuple[ColumnCard, ...], str] | None:
    """The rows that `text` speaks of: SQL, the columns, in words."""
    found = find_conditions(read(text, clause.card)).conditions
    if not found:
        return None
    names = {condition.column for condition in found}
    columns = tuple(column for column in clause.card.columns if column.name in names)
    joined = (
        " OR " if re.search(r"\bor\b", text) and not re.search(r"\band\b|or equal|or more|or less", text) else " AND "
    )
    return (
        joined.join(f"({c.sql})" for c in found),
        columns,
        joined.strip().lower().join(f" {c.words} " for c in found).strip(),
    )


def _ranges(clause: Clause) -> Bins | None:
    """Named ranges of one column of numbers, the label before or after each range."""
    if not clause.numbers:
        return None
    column = max(clause.numbers, key=lambda c: clause.text.count(clause.marked(c)))
    name = new_name(clause)
    spans = _adjacent([_span(found) for found in _RANGE.finditer(clause.text)])
    labels = [
        (m.start(), m.end(), clause.quoted[int(m[1])] if m[1] else m[2] or clause.column(m[3]).name)
        for m in _LABEL.finditer(clause.text)
        if not m[3] or clause.column(m[3]) is not column
    ]
    labels = [told for told in labels if told[2] != name and told[2] not in _KINDS]
    if len(spans) > 1 and not labels:
        labels = [(span.start - 1, span.start - 1, _shown(clause.text[span.start : span.end])) for span in spans]
    if not spans or len(labels) < 2:
        return None
    pairs = _paired(labels, spans, clause.text)
    cases = [(label, span) for label, span in pairs if span is not None]
    rest = next((label for label, span in pairs if span is None), None)
    if not cases or len(cases) + (rest is not None) < 2:
        return None
    value = sql.number(column)
    whens = " ".join(f"WHEN {span.test(value)} THEN {sql.value(label)}" for label, span in cases)
    other = f" WHEN {value} IS NOT NULL THEN {sql.value(rest)}" if rest is not None else ""
    named = (*(label for label, _ in cases), *([rest] if rest is not None else []))
    return Bins(f"CASE {whens}{other} END", named, (column,), f"classes of {spoken(column)}")


def _shown(told: str) -> str:
    """A range as the label of its own class."""
    return re.sub(r"\s+", " ", re.sub(r"<\d+>", "", told)).strip(" ,.")


def _span(found: re.Match[str]) -> _Span:
    told = {name: text for name, text in found.groupdict().items() if text is not None}
    if "lo" in told:
        edges = (_Edge(told["op1"].replace("<", ">"), told["lo"]), _Edge(told["op2"], told["hi"]))
        return _Span(found.start(), found.end(), edges, exact=True)
    if "from" in told:
        return _Span(found.start(), found.end(), (_Edge(">=", told["from"]), _Edge("<=", told["to"])))
    if least := told.get("least") or told.get("plus"):
        return _Span(found.start(), found.end(), (_Edge(">=", least),))
    if "most" in told:
        return _Span(found.start(), found.end(), (_Edge("<=", told["most"]),))
    at = next(at for at in range(len(_SIGNS)) if f"v{at}" in told)
    return _Span(found.start(), found.end(), (_Edge(_SIGNS[at][0], told[f"v{at}"]),))


def _bare(told: str) -> str:
    return re.sub(r"[$€£,]", "", told)


def _level(told: str, value: str) -> str:
    """A number, or a quantile or mean of the value itself, as SQL."""
    if told in ("mean", "average", "median"):
        return f"{'median' if told == 'median' else 'avg'}({value}) OVER ()"
    quantile = re.match(r"(\d+(?:\.\d+)?)(?:th|st|nd|rd)", _bare(told))
    return f"quantile_cont({value}, {float(quantile[1]) / 100}) OVER ()" if quantile else _bare(told)


def _adjacent(spans: Sequence[_Span]) -> list[_Span]:
    """The ranges without gaps or overlaps: of `0-12, 13-19` the first ends before 13 (a value of 12.5 is of the class
    of 12), of `0 to 10, 10 to 20` before 10."""
    out = list(spans)
    for at, (one, other) in enumerate(pairwise(spans)):
        start = other.edges[0].whole if other.edges[0].sign == ">=" else None
        if one.exact or other.exact or len(one.edges) < 2 or one.edges[0].whole is None or start is None:
            continue
        end = one.edges[1].whole
        if end is not None and start - end in (0, 1):
            out[at] = replace(one, edges=(one.edges[0], _Edge("<", str(start))))
    return out


def _paired(
    labels: Sequence[tuple[int, int, str]], spans: Sequence[_Span], text: str
) -> list[tuple[str, _Span | None]]:
    """Each label with its range; None for the one that takes the rest."""
    ahead = labels[0][0] < spans[0].start
    pairs: list[tuple[str, _Span | None]] = []
    for at, (start, end, label) in enumerate(labels):
        before = labels[at - 1][1] if at else 0
        after = labels[at + 1][0] if at + 1 < len(labels) else len(text)
        first, last = (end, after) if ahead else (before, start)
        own = next((span for span in spans if first <= span.start < last), None)
        if own is not None and label not in [told for told, _ in pairs]:
            pairs.append((label, own))
        elif own is None and re.search(_REST, text[before:after]):
            pairs.append((label, None))
    return pairs


def _equal_parts(clause: Clause) -> Bins | None:
    """Quartiles and the like, or a number of bins of equal width or size."""
    if not clause.numbers:
        return None
    column = clause.numbers[0]
    value = sql.number(column)
    kind = next((n for word, n in _QUANTILES.items() if re.search(rf"\b{word}s?\b", clause.text)), None)
    number = "|".join(["\\d+", *NUMBER_WORDS])
    told = re.search(
        rf"\b({number}) (?:equal(?:[ -](?P<how>sized|width|frequency|size|wide|ly)\w*)? ?(?:sized|spaced)? "
        rf"?|quantile )?(?:bins|groups|buckets|classes|categories|intervals)\b",
        clause.text,
    )
    if kind is None and told is None:
        return None
    count = kind or int(NUMBER_WORDS.get(told[1], 0) if told and not told[1].isdigit() else told[1] if told else 0)
    wide = kind is None and told is not None and told["how"] in ("width", "wide", "ly")
    if not 2 <= count <= 20 or not (kind or wide or re.search(r"equal|quantile|frequency", clause.text)):
        return None
    given = clause.quoted[-count:] if len(clause.quoted) >= count else ()
    labels: tuple[object, ...] = given or tuple(
        f"Q{n}" if count == 4 and kind else f"group {n}" for n in range(1, count + 1)
    )
    cuts = [_cut(value, n, count, wide=wide) for n in range(1, count)]
    sign = "<" if wide else "<="
    whens = " ".join(
        f"WHEN {value} {sign} {cut} THEN {sql.value(label)}" for cut, label in zip(cuts, labels, strict=False)
    )
    text = f"CASE {whens} WHEN {value} IS NOT NULL THEN {sql.value(labels[-1])} END"
    how = "equal width" if wide else "equal size"
    return Bins(text, labels, (column,), f"{count} classes of {how} of {spoken(column)}")


def _cut(value: str, n: int, count: int, *, wide: bool) -> str:
    if wide:
        return f"min({value}) OVER () + (max({value}) OVER () - min({value}) OVER ()) * {n} / {count}"
    return f"quantile_cont({value}, {n / count:g}) OVER ()"
