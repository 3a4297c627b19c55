"""A question for statistics, read: which columns, groups and rows they are of, and which of its fields is about which.

Rules of method ("use alpha 0.05", "outliers are values with …") name columns and numbers too; they are told apart from
the question itself, so that they set no condition on the rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from analyst.core.text import fold
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased import sql
from analyst.rulebased.clauses import clauses_of, mark, split_format
from analyst.rulebased.formats import Wanted, spaced, wanted
from analyst.rulebased.link.columns import is_number, is_time, spoken
from analyst.rulebased.link.tokens import words_of
from analyst.rulebased.reading import row_words
from analyst.rulebased.request import Request
from analyst.rulebased.select import DATA, Select
from analyst.rulebased.understanding import understand

_TECHNICAL = re.compile(
    r"p[- ]?values?\b|\balpha\b|significan(?:ce|t)|"
    r"hypothesis|z[- ]?scores?|\biqr\b|interquartile|\bround|python|"
    r"librar|formula|coefficient \(r\)|decimal|skewness value|pandas|scipy|numpy|absolute value|"
    r"outliers? (?:should|are|is)|"
    r"^consider (?:the|any|it|values|observations)|indicates?\b",
    re.IGNORECASE,
)
_GAPS = re.compile(
    r"\b(?:ignor|exclud|without|drop|remov|consider|based|contain)\w*\b.*\b(?:null|missing|empty|nan)|"
    r"data type|\btie\b|two or more|\bif\b",
    re.IGNORECASE,
)
LINKED = r"\bcorrelat\w*|\brelationship between\b|\bpearson\b|\bspearman\b|\bkendall\b"
_COMMON = frozenset(
    "value values mean count number total index data date name id size type rank level group high low open close "
    "time".split()
)
_ORDINALS = {"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4, "5th": 5}
_ASKS = re.compile(
    r"mean|median|average|deviation|skew|kurt|correl|outlier|normal|distribut|differen|test|calculat|relationship|varian|"
    r"quartile|percentile|how many|number of|maximum|minimum",
    re.IGNORECASE,
)
STATISTICS = (
    ("within", r"within (?:one|1|a) (?:std|stdev|standard dev\w*|sd)"),
    ("skew", r"skew(?:ness)?"),
    ("kurt", r"kurt(?:osis)?"),
    ("std", r"std|stdev|stddev|sd|sigma|standard dev\w*|standard deviation|std dev\w*"),
    ("var", r"variance|var"),
    ("median", r"median|medians"),
    ("mode", r"mode|most frequent|most common"),
    ("mean", r"mean|average|avg|means"),
    ("iqr", r"iqr|interquartile range"),
    ("q1", r"q 1|q1|first quartile|25 th percentile|25 percentile|lower quartile"),
    ("q3", r"q 3|q3|third quartile|75 th percentile|75 percentile|upper quartile"),
    ("range", r"range"),
    ("min", r"min|minimum|lowest|smallest"),
    ("max", r"max|maximum|highest|largest"),
    ("sum", r"sum|total"),
    ("missing", r"missing|null|nulls|nan|empty"),
    ("n_unique", r"unique|distinct"),
    ("n", r"count|number|n"),
)


@dataclass(frozen=True)
class Inquiry:
    """A question for statistics: its folded text, the card, what it was understood as, the number columns in order."""

    text: str
    core: str
    card: TableCard
    request: Request
    numbers: tuple[ColumnCard, ...]
    others: tuple[ColumnCard, ...]
    fields: tuple[Wanted, ...]
    ranked: Mapping[str, tuple[object, ...]]
    """Levels named by their rank ("1st and 3rd class"), by column."""

    def says(self, pattern: str) -> bool:
        """Whether the question holds the pattern."""
        return re.search(pattern, self.text) is not None

    def asks(self, pattern: str) -> bool:
        """Whether the question's own part, without the rules of method, holds the pattern."""
        return re.search(pattern, self.core) is not None

    @cached_property
    def group(self) -> ColumnCard | None:
        """The column that the statistics are wanted by."""
        if self.request.compared:
            return self.request.compared[0]
        apart = self.says(r"\bseparately\b|\b(?:for|in|of|by) (?:each|every)\b|\bgroup(?:ed)? ?by\b|'groupby'")
        compared = self.says(
            r"\bdifferen(?:ce|t)\w*\b[^.]*\b(?:between|in|among|across)\b|\bcompared? (?:to|with)\b|\bversus\b"
        )
        if not (apart or self.request.groups or compared):
            return None
        ranked = [c for c in self.card.columns if c.name in self.ranked or _each(self.core, c)]
        known = (*self.request.groups, *ranked, *self.others, *self.request.entities, *self.request.binary)
        among = [c for c in dict.fromkeys(known) if c not in self.numbers[:1] and splits(c)]
        return among[0] if among else None

    @cached_property
    def by(self) -> ColumnCard | None:
        """The group, where the fields (if any) name its levels."""
        told = not self.fields or any(level_of(wish, self) is not None for wish in self.fields)
        return self.group if told else None

    @cached_property
    def levels(self) -> tuple[object, ...]:
        """The levels of the group, those named where the question names some."""
        if self.group is None:
            return ()
        if self.request.compared and self.request.compared[0] == self.group:
            return self.request.compared[1]
        if self.group.name in self.ranked:
            return self.ranked[self.group.name]
        return self.group.values or _whole_numbers(self.group)


def _whole_numbers(column: ColumnCard) -> tuple[object, ...]:
    """The values of a column that holds every whole number from its least to its greatest."""
    low, high = column.min, column.max
    if not (isinstance(low, (int, float)) and isinstance(high, (int, float)) and "INT" in column.type.upper()):
        return ()
    return tuple(range(int(low), int(high) + 1)) if column.distinct == high - low + 1 <= 12 else ()


def splits(column: ColumnCard) -> bool:
    """Whether the column splits the rows into groups."""
    if is_number(column) and column.role not in ("dimension", "target"):
        return (column.distinct or 99) <= 12
    return column.role in ("dimension", "target") and (column.distinct or 999) <= 200


def core_of(question: str) -> str:
    """The question without the fields it wants, the rules of method and what is said of missing values; as it is where
    it wants no fields."""
    if not wanted(question):
        return question
    clauses = _clauses(question)
    kept = [c for at, c in enumerate(clauses) if at == 0 or not (_TECHNICAL.search(c) or _GAPS.search(c))]
    return ". ".join(kept)


def _clauses(question: str) -> list[str]:
    """The clauses before the format, without the bare numbers of a list."""
    return [clause for clause in clauses_of(split_format(question)[0]) if re.search(r"[^\W\d_]{2}", clause)]


def inquire(question: str, card: TableCard, table: str = DATA) -> Inquiry:
    """`question` over `table`, whose card is `card`, read as one for statistics. Never raises for any text."""
    asked, _ = split_format(question)
    clauses = _clauses(question)
    core = [clause for clause in clauses if not _TECHNICAL.search(clause)] or clauses[:1]
    if clauses and clauses[0] not in core:
        core = [clauses[0], *core]
    request = understand(". ".join(core), card, table)
    yes = _who(core, request, card)
    ranked = _ranks(core, card)
    conditions = (*request.conditions, *_above_mean(core, request), *yes, *_of_rank(ranked, card))
    conditions = tuple(c for c in conditions if not _names_rows(c, card))
    conditions = tuple(c for c in conditions if c.kind != "missing")
    beyond = {c.column for c in conditions if c.kind == "beyond"}
    conditions = tuple(c for c in conditions if c.column not in beyond or c.kind == "beyond")
    request = replace(request, conditions=tuple({c.sql: c for c in conditions}.values()), having=())
    used = {c.column for c in conditions}
    numbers = _numbers(core, clauses, card, used)
    if len(numbers) == 1 and re.search(LINKED, fold(asked)):
        beside = [c for c in request.measures if c not in numbers and c.name not in used]
        numbers = (*numbers, *sorted(beside, key=request.place)[-1:])
    others = [c for clause in (*core, *clauses) for c in mark(clause, card).columns if not is_time(c)]
    return Inquiry(
        fold(asked),
        fold(". ".join(core)),
        card,
        request,
        numbers,
        tuple(dict.fromkeys(others)),
        wanted(question),
        ranked,
    )


def _names_rows(condition: sql.Condition, card: TableCard) -> bool:
    """Whether the condition rests on a word for the table's rows that happens to be a value: `hotels` of hotel type."""
    items = condition.item if isinstance(condition.item, tuple) else ()
    return bool(items) and all(set(words_of(str(item))) <= row_words(card) for item in items)


def _numbers(core: list[str], clauses: list[str], card: TableCard, used: set[str]) -> tuple[ColumnCard, ...]:
    """The number columns that the statistics are of, in order: those named exactly where a statistic is asked for;
    else those named by their words."""
    asking = [clause for clause in core if _ASKS.search(clause)] or core
    for among, exact in (
        (asking, True),
        (core, True),
        (clauses, True),
        (asking, False),
        (core, False),
        (clauses, False),
    ):
        found = [
            c
            for clause in among
            for c in _between(clause, card)
            if _counts(c) and c.name not in used and (not exact or _exactly(c, clause))
        ]
        least = (
            2
            if exact
            and re.search(LINKED, fold(" ".join(core)))
            and not re.search(r"strongest|highest|all other", fold(" ".join(core)))
            else 1
        )
        if len(set(found)) >= least:
            return tuple(dict.fromkeys(found))
    return ()


def _between(clause: str, card: TableCard) -> tuple[ColumnCard, ...]:
    """The columns of a clause; of `between … and …` the first on each side."""
    marked = mark(clause, card)
    told = re.search(r"\bbetween\b[^<.]*<(\d+)>(?!\s*,\s*<).*?\band\b[^<.]*<(\d+)>", marked.text)
    if told and re.search(LINKED, marked.text) and told[1] != told[2]:
        return (card.columns[int(told[1])], card.columns[int(told[2])])
    return marked.columns


def _exactly(column: ColumnCard, clause: str) -> bool:
    """Whether the clause holds the column's very name; common words must be in its case."""
    flags = 0 if fold(column.name) in _COMMON else re.IGNORECASE
    codes = [part for part in re.split(r"\W+", column.name) if re.fullmatch(r"[A-Z][A-Z0-9]{2,}", part)]
    names = "|".join(re.escape(name) for name in (column.name, *codes))
    return re.search(rf"(?<!\w)(?:{names})(?!\w)", clause, flags) is not None


def _ranks(clauses: list[str], card: TableCard) -> dict[str, tuple[object, ...]]:
    """`first class`, `1st and 3rd class`: values of a column of few whole numbers, told by their rank."""
    found: dict[str, list[object]] = {}
    rank = "|".join(_ORDINALS)
    for clause in clauses:
        for told in re.finditer(
            rf"\b({rank})(?:[ -](?:and|or|versus|vs\.?)[ -]({rank}))?[ -]+(\w+)", clause, re.IGNORECASE
        ):
            stem = next(iter(words_of(told[3])), "")
            column = next((c for c in card.columns if is_number(c) and splits(c) and _ends(c, stem)), None)
            for value in (_ORDINALS[n.casefold()] for n in told.groups()[:2] if n):
                if column is not None and value in (column.values or _whole_numbers(column)):
                    found.setdefault(column.name, []).append(value)
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


def _ends(column: ColumnCard, stem: str) -> bool:
    return len(stem) > 2 and any(word == stem or word.endswith(stem) for word in words_of(column.name))


def _each(text: str, column: ColumnCard) -> bool:
    """Whether the text speaks of each value of the column: `for each passenger class`."""
    said = re.findall(r"\b(?:each|every|per|by)\s+(?:(\w+)\s+)?(\w+)", text)
    stems = {stem for pair in said for word in pair if word for stem in words_of(word)[:1]}
    return splits(column) and any(_ends(column, stem) for stem in stems)


def _of_rank(ranked: Mapping[str, tuple[object, ...]], card: TableCard) -> list[sql.Condition]:
    """The rows of the one rank that is named of a column."""
    return [
        sql.Condition(f"{sql.number(c)} = {values[0]}", f"{spoken(c)} {values[0]}", c.name)
        for c in card.columns
        if len(values := ranked.get(c.name, ())) == 1
    ]


def _who(clauses: list[str], request: Request, card: TableCard) -> list[sql.Condition]:
    """`passengers who survived`: the rows of a yes/no column that is told of them."""
    found = []
    for column in request.binary:
        place = (
            rf"\b(?:who|that|which|and)\b(?: (?:have|had|has|are|were|was|did))?( not)? <{card.columns.index(column)}>"
        )
        told = next(
            (m for clause in clauses if (m := re.search(place, mark(clause, card).text)) and "who" in clause), None
        )
        if told:
            negated = bool(told[1]) or column.name in request.negated
            test = sql.is_yes(column)
            words = f"{'not ' if negated else ''}{spoken(column)}"
            found.append(sql.Condition(f"NOT ({test})" if negated else test, words, column.name))
    return found


def _counts(column: ColumnCard) -> bool:
    return is_number(column) and not is_time(column)


def _above_mean(clauses: list[str], request: Request) -> list[sql.Condition]:
    """`a fare greater than the average fare`: rows beyond the mean or median of a column over the whole table."""
    card, found = request.card, []
    for clause in clauses:
        told = re.search(
            r"<(\d+)>[^<]{0,25}?\b(greater|higher|more|above|larger|less|lower|below|smaller|over|under)\b(?: than)? "
            r"(?:overall )?(average|mean|median) (?:of )?<\1>",
            mark(clause, card).text,
        )
        if told:
            column = card.columns[int(told[1])]
            sign = "<" if told[2] in ("less", "lower", "below", "smaller", "under") else ">"
            value = sql.number(column)
            call = f"{'median' if told[3] == 'median' else 'avg'}({value})"
            words = f"{spoken(column)} {'below' if sign == '<' else 'above'} its {told[3]}"
            of_all = Select((call,), request.table).sql
            found.append(sql.Condition(f"{value} {sign} ({of_all})", words, column.name, kind="beyond"))
    return found


def described_columns(asked: Inquiry) -> list[ColumnCard]:
    """The columns that the statistics are of, at most six."""
    return [c for c in (asked.numbers or asked.others) if c != asked.by][:6]


def statistic_in(words: str) -> str | None:
    """The statistic that the words (each between spaces) name."""
    return next((name for name, pattern in STATISTICS if re.search(rf"(?<= )(?:{pattern})(?= )", words)), None)


def likeness(words: str, column: ColumnCard) -> int:
    """How many words of a field's name are words of the column's."""
    told = {w for part in words.split() for w in words_of(part)}
    own = set(words_of(column.name))
    return len(told & own) or int("".join(words_of(column.name)) in words.replace(" ", ""))


def column_of(wish: Wanted, asked: Inquiry) -> ColumnCard | None:
    """The column that a field is about: by the words of its name; else by its place among those of its kind."""
    among = described_columns(asked)
    if len(among) <= 1:
        return among[0] if among else None
    fit = [(likeness(wish.words, c), -at, c) for at, c in enumerate(among)]
    best = max(fit, key=lambda item: item[:2])
    if best[0]:
        return best[2]
    kind = statistic_in(wish.named)
    same = [f for f in asked.fields if statistic_in(f.named) == kind]
    return among[same.index(wish)] if len(same) == len(among) and wish in same else among[0]


def level_of(wish: Wanted, asked: Inquiry) -> object | None:
    """The level of the group that a field is about: by the words of its name, else by its place."""
    levels = [level for level in asked.levels if level is not None]
    if not levels:
        return None
    name = wish.named
    if set(map(str, levels)) == {"0", "1"}:
        return next(level for level in levels if str(level) == ("0" if re.search(r" (?:not|no|non|0) ", name) else "1"))
    fit = [level for level in levels if f" {spaced(str(level))} " in name]
    if fit:
        return max(fit, key=lambda level: len(str(level)))
    kind = statistic_in(wish.named)
    same = [f for f in asked.fields if statistic_in(f.named) == kind]
    if len(same) == len(levels) and wish in same:
        return sorted(levels, key=str)[same.index(wish)]
    return None
