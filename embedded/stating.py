"""Plans for statistics asked for by name: moments and quantiles, normality, outliers, correlations, tests of groups.

A question may also name the fields that its answer is wanted in (embedded.formats): each field is told apart by the
words of its name (which statistic, of which column, in which group) and becomes a column of the step NAMED.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from contracts.table import ColumnCard, TableCard
from embedded import sql
from embedded.clauses import clauses_of, mark, split_format
from embedded.columns import is_measure, is_number, is_time, spoken
from embedded.deciding import decision
from embedded.drafting import Draft, Step, finished, listed, method, preparing, query
from embedded.formats import NAMED, Wanted, spaced, wanted
from embedded.reading import row_words
from embedded.request import Request
from embedded.tokens import fold, words_of
from embedded.understanding import understand

_COMMON = frozenset(
    "value values mean count number total index data date name id size type rank level group high low open close time".split()
)
_ORDINALS = {"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4, "5th": 5}
_ASKS = re.compile(
    r"mean|median|average|deviation|skew|kurt|correl|outlier|normal|distribut|differen|test|calculat|relationship|varian|"
    r"quartile|percentile|how many|number of|maximum|minimum",
    re.IGNORECASE,
)
MOST_STEPS = 7
_TECHNICAL = re.compile(
    r"p[- ]?values?\b|\balpha\b|significan(?:ce|t)|hypothesis|z[- ]?scores?|\biqr\b|interquartile|\bround|python|librar|"
    r"formula|coefficient \(r\)|decimal|skewness value|pandas|scipy|numpy|absolute value|outliers? (?:should|are|is)|"
    r"^consider (?:the|any|it|values|observations)|indicates?\b",
    re.IGNORECASE,
)
_NORMAL = r"normal(?:ly)? distribut|distribut\w*[^.]*\bnormal|normality|shapiro|kolmogorov|anderson-|adher\w*[^.]*normal|jarque|d'?agostino"
_OUTLIERS = r"\boutliers?\b|\boutlying\b"
_LINKED = r"\bcorrelat\w*|\brelationship between\b|\bpearson\b|\bspearman\b|\bkendall\b"
_SKEWED = r"\bskew\w*|\bkurtosis\b"
_TESTS = (
    ("chi_square", r"chi-? ?squared?"),
    ("mann_whitney", r"mann-? ?whitney|u test|rank-? ?sum"),
    ("kruskal", r"kruskal"),
    ("anova", r"\banova\b|analysis of variance"),
    ("welch_t", r"welch|unequal variance"),
    ("student_t", r"t-? ?tests?\b|student'?s t"),
)
_NORMALITY = (
    ("anderson", r"anderson"),
    ("ks", r"kolmogorov|\bk-?s test"),
    ("jarque_bera", r"jarque"),
    ("dagostino", r"agostino|normaltest"),
    ("shapiro", r""),
)
_STATISTICS = (
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
_STAT_WORDS = re.compile(
    r"\b(?:"
    + "|".join(pattern for _, pattern in _STATISTICS)
    + r"|value|values|p|r|coefficient|correlation|outliers?)\b"
)


@dataclass
class _Plan:
    """Steps in the making, each method once."""

    source: str
    steps: list[Step] = field(default_factory=list)

    def need(self, name: str, **parameters: object) -> str:
        """The id of the step that runs the method with these parameters."""
        made = method("", name, self.source, **parameters)
        for step in self.steps:
            if {**step, "id": ""} == made:
                return str(step["id"])
        self.steps.append({**made, "id": f"s{len(self.steps) + 1}"})
        return f"s{len(self.steps)}"


@dataclass(frozen=True)
class _Task:
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
        among = [c for c in dict.fromkeys(known) if c not in self.numbers[:1] and _splits(c)]
        return among[0] if among else None

    @cached_property
    def by(self) -> ColumnCard | None:
        """The group, where the fields (if any) name its levels."""
        told = not self.fields or any(_level(wish, self) is not None for wish in self.fields)
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


def _splits(column: ColumnCard) -> bool:
    """Whether the column splits the rows into groups."""
    if is_number(column) and column.role not in ("dimension", "target"):
        return (column.distinct or 99) <= 12
    return column.role in ("dimension", "target") and (column.distinct or 999) <= 200


def state(question: str, card: TableCard) -> Draft | None:
    """The plan for a question that asks for statistics by name, or for fields of them; None for any other question."""
    task = _task(question, card)
    kinds = _kinds(task)
    if not kinds or not (task.fields or _technical(task, kinds)):
        return None
    before, source = preparing(task.request)
    plan = _Plan(source)
    told = [text for kind in kinds if (text := _RULES[kind](task, plan))]
    if not told:
        return None
    named = _named(task, plan, kinds)
    if task.fields and named is None:
        return None
    steps = finished((*before, *plan.steps, *([named] if named else [])), MOST_STEPS)
    return Draft(f"{'; '.join(told)}{task.request.conditions_in_words()}.", steps)


def _technical(task: _Task, kinds: list[str]) -> bool:
    """Whether a question without fields names a statistic that only this module computes."""
    if "outliers" in kinds and not task.says(r"z[- ]?score|\biqr\b|interquartile"):
        return False
    return kinds != ["describe"] and kinds != ["linked"] and (kinds != ["linked", "describe"])


def _task(question: str, card: TableCard) -> _Task:
    asked, _ = split_format(question)
    clauses = clauses_of(asked)
    core = [clause for clause in clauses if not _TECHNICAL.search(clause)] or clauses[:1]
    if clauses and clauses[0] not in core:
        core = [clauses[0], *core]
    request = understand(". ".join(core), card)
    yes = _who(core, request, card)
    ranked = _ranks(core, card)
    conditions = (*request.conditions, *_above_mean(core, card), *yes, *_of_rank(ranked, card))
    conditions = tuple(c for c in conditions if not _names_rows(c, card))
    conditions = tuple(c for c in conditions if not c.sql.endswith("IS NULL"))
    beyond = {c.column for c in conditions if "(SELECT" in c.sql}
    conditions = tuple(c for c in conditions if c.column not in beyond or "(SELECT" in c.sql)
    request = replace(request, conditions=tuple({c.sql: c for c in conditions}.values()), having=())
    used = {c.column for c in conditions}
    numbers = _numbers(core, clauses, card, used)
    if len(numbers) == 1 and re.search(_LINKED, fold(asked)):
        beside = [c for c in request.measures if c not in numbers and c.name not in used]
        numbers = (*numbers, *sorted(beside, key=request.place)[-1:])
    others = [c for clause in (*core, *clauses) for c in mark(clause, card).columns if not is_time(c)]
    return _Task(
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
            and re.search(_LINKED, fold(" ".join(core)))
            and not re.search(r"strongest|highest|all other", fold(" ".join(core)))
            else 1
        )
        if len(set(found)) >= least:
            return tuple(dict.fromkeys(found))
    return ()


def _between(clause: str, card: TableCard) -> tuple[ColumnCard, ...]:
    """The columns of a clause; of `between … and …` the first on each side."""
    marked = mark(clause, card)
    told = re.search(r"\bbetween\b[^<.]*<(\d+)>.*?\band\b[^<.]*<(\d+)>", marked.text)
    if told and re.search(_LINKED, marked.text) and told[1] != told[2]:
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
            column = next((c for c in card.columns if is_number(c) and _splits(c) and _ends(c, stem)), None)
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
    return _splits(column) and any(_ends(column, stem) for stem in stems)


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


def _above_mean(clauses: list[str], card: TableCard) -> list[sql.Condition]:
    """`a fare greater than the average fare`: rows beyond the mean or median of a column over the whole table."""
    found = []
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
            found.append(sql.Condition(f"{value} {sign} (SELECT {call} FROM data)", words, column.name))
    return found


def _kinds(task: _Task) -> list[str]:
    """What is asked for, the first leads the report."""
    kinds = []
    test = next((name for name, pattern in _TESTS if task.says(pattern)), None)
    if test is not None:
        kinds.append("tested")
    if task.says(_NORMAL) and not (task.says(r"skew") and not task.says("shapiro|kolmogorov|anderson|jarque|agostino")):
        kinds.append("normal")
    if task.says(_OUTLIERS) and not task.says(r"(?:ignor\w*|do not|don't|not consider|no)\b[^.]*\boutlier"):
        kinds.append("outliers")
    if task.says(_LINKED) and test is None:
        kinds.append("linked")
    described = any(_statistic(f.words) for f in task.fields) or task.says(_SKEWED)
    if described:
        kinds.append("describe")
    return kinds


def _describe(task: _Task, plan: _Plan) -> str:
    if not task.numbers and not task.others:
        return ""
    return f"Statistics of {listed([spoken(c) for c in _described(task)])}{_by(task)}"


def _described(task: _Task) -> list[ColumnCard]:
    return [c for c in (task.numbers or task.others) if c != task.by][:6]


def _by(task: _Task) -> str:
    return f" by {spoken(task.by)}" if task.by else ""


def _normal(task: _Task, plan: _Plan) -> str:
    columns = [c for c in _described(task) if is_number(c)]
    if not columns:
        return ""
    _normality(task, plan)
    return f"Whether {listed([spoken(c) for c in columns])} are normally distributed{_by(task)}"


def _normality(task: _Task, plan: _Plan) -> str:
    test = next(name for name, pattern in _NORMALITY if task.says(pattern))
    columns = [c.name for c in _described(task) if is_number(c)]
    by = task.by.name if task.by else None
    return plan.need("normality_test", columns=columns, test=test, by=by)


def _outliers(task: _Task, plan: _Plan) -> str:
    column = next((c for c in _described(task) if is_number(c)), None)
    if column is None:
        return ""
    _outlying(task, plan, column)
    return f"Outliers of {spoken(column)}{_by(task)}"


def _outlying(task: _Task, plan: _Plan, column: ColumnCard) -> str:
    zscore = task.says(r"z[- ]?scores?|standard deviations? (?:from|away|of the mean)") and not task.says(
        r"1\.5 ?[*x×]? ?\(?(?:iqr|interquartile)"
    )
    pattern = (
        r"(?:threshold (?:value )?(?:of|is|=)?|z[- ]?scores?[^\n]{0,60}?(?:greater|more|higher|larger|above|exceeding)(?: than)?|"
        r"outside (?:of )?(?:the )?-\d+(?:\.\d+)? (?:to|and)) ?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) standard dev"
        if zscore
        else r"(\d+(?:\.\d+)?) ?[*x×]? ?(?:the )?\(?(?:iqr|interquartile)"
    )
    found = re.search(pattern, task.text)
    threshold = float(next(n for n in found.groups() if n)) if found else None
    by = task.by.name if task.by and task.by != column else None
    rule = "zscore" if zscore else "iqr"
    usual = 3.0 if zscore else 1.5
    return plan.need(
        "outliers", column=column.name, rule=rule, threshold=None if threshold == usual else threshold, by=by
    )


def _linked(task: _Task, plan: _Plan) -> str:
    id = _correlated(task, plan)
    return f"The correlation of {listed([spoken(c) for c in task.numbers[:6]]) or 'the number columns'}" if id else ""


def _kind(task: _Task) -> str:
    kinds = (("spearman", "spearman|rank correlation"), ("kendall", "kendall"))
    return next((k for k, pattern in kinds if task.says(pattern)), "pearson")


def _correlated(task: _Task, plan: _Plan) -> str | None:
    every = [c.name for c in task.card.columns if is_measure(c)][:30]
    strongest = task.asks(
        r"strongest|highest|most (?:strongly )?correlat|largest|all (?:other )?(?:numer\w+|variables)"
    )
    given = [c.name for c in task.numbers]
    if len(given) >= 2:
        by = task.by.name if task.by and task.by.name not in given and not task.request.compared else None
        return plan.need("correlation", columns=given[:12], kind=_kind(task), by=by)
    if len(given) == 1 and strongest:
        rest = [name for name in every if name != given[0]]
        return plan.need("correlation", columns=rest, target=given[0], kind=_kind(task)) if rest else None
    if strongest and len(every) >= 2 and not given:
        return plan.need("correlation", columns=every, kind=_kind(task))
    return None


def _tested(task: _Task, plan: _Plan) -> str:
    return "Whether groups differ" if _test(task, plan) else ""


def _test(task: _Task, plan: _Plan) -> str | None:
    test = next((name for name, pattern in _TESTS if task.says(pattern)), None)
    splits = [c for c in task.others if _splits(c)]
    if test == "chi_square":
        return plan.need("chi_square", x=splits[0].name, y=splits[1].name) if len(splits) >= 2 else None
    group = task.group or next((c for c in splits if c is not (task.numbers or (None,))[0]), None)
    value = next((c for c in task.numbers if c is not group), None)
    if test is None or group is None or value is None:
        return None
    levels = list(task.levels) if 2 <= len(task.levels) < (group.distinct or 99) else None
    return plan.need("compare_groups", value=value.name, group=group.name, test=test, levels=levels)


_RULES = {"tested": _tested, "normal": _normal, "outliers": _outliers, "linked": _linked, "describe": _describe}


def _named(task: _Task, plan: _Plan, kinds: list[str]) -> Step | None:
    """The step of one row whose columns are the fields."""
    parts = []
    for wish in task.fields:
        value = _value(wish, task, plan, kinds)
        if value is not None:
            parts.append(f"{value} AS {sql.name(wish.name)}")
    return query(NAMED, f"SELECT {', '.join(parts)}") if parts else None


def _statistic(words: str) -> str | None:
    return next((name for name, pattern in _STATISTICS if re.search(rf"(?<= )(?:{pattern})(?= )", words)), None)


def _value(wish: Wanted, task: _Task, plan: _Plan, kinds: list[str]) -> str | None:
    """A field's value as SQL over the steps' results; steps are added as needed."""
    column = _column(wish, task)
    if _is_label(wish, task, kinds):
        return None
    if wish.options:
        return decision(wish.options, wish.words, _facts(wish, task, plan, kinds, column), task.text)
    statistic = _statistic_of(wish, task, column)
    if "linked" in kinds and re.search(r" (?:correlation|corr|coefficient|r) ", wish.named):
        return _of_pairs(wish, task, plan)
    share = re.search(r" (?:proportion|share|percentage|percent|fraction) ", wish.named) and statistic in (None, "n")
    if (statistic == "n" or share) and "outliers" not in kinds and not _counts_values(wish, task):
        return _counted(wish, task, "percent" in wish.named if share else None)
    if re.search(r" (?:p value|pvalue|p|pval) ", wish.words):
        return _p(wish, task, plan, kinds, column)
    if "outliers" in kinds and column is not None:
        made = _of_outliers(wish, task, plan, column, statistic)
        if made is not None:
            return made
    if "linked" in kinds and (statistic is None or " correlation " in wish.words):
        return _of_pairs(wish, task, plan)
    if "tested" in kinds and re.search(r" (?:statistic|chi|t|f|u|stat) ", wish.words):
        id = _test(task, plan)
        return f"(SELECT statistic FROM {id})" if id else None
    return _described_value(wish, task, plan, column, statistic) if statistic and column else None


def _counted(wish: Wanted, task: _Task, percent: bool | None) -> str | None:
    """How many rows there are, of the field's level where it names one; `percent`: as a share of all, in per cent."""
    level = _level(wish, task)
    where = [c.sql for c in task.request.conditions if task.by is None or c.column != task.by.name]
    if level is None and task.by is not None:
        return None
    every = f"(SELECT count(*) FROM data{sql.all_of(where)})"
    count = f"(SELECT count(*) FROM data{sql.all_of([*where, _in_group(task, level)])})" if level is not None else every
    if percent is None:
        rows = re.search(r" (?:rows?|records?|entries|total|samples|observations) ", wish.words)
        return count if level is not None or where or rows else None
    return f"{count} * {100.0 if percent else 1.0} / {every}"


def _statistic_of(wish: Wanted, task: _Task, column: ColumnCard | None) -> str | None:
    """The statistic that the field's words name, beside the words of its column."""
    own = set(words_of(column.name)) if column is not None else set()
    name = " ".join(word for word in wish.named.split() if not set(words_of(word)) <= own)
    if task.says(r"\bmissing\b|\bnull\b") and re.search(r"\b(?:percent|percentage|share|proportion)\b", name):
        return "missing"
    if re.search(r"\b(?:count|number)\b", wish.inner) and _statistic(f" {name} ") == "sum":
        return "n"
    return _statistic(f" {name} ") or _statistic(wish.named) or _statistic(wish.words)


def _is_label(wish: Wanted, task: _Task, kinds: list[str]) -> bool:
    """Whether a field wants the name of something: `country_with_highest_score[country_name]`."""
    if wish.options or kinds[0] in ("outliers", "linked"):
        return False
    said = re.match(r"\W*(?:is |as )?(?:a |the )?(?:string|name)\b", wish.about) is not None
    named = spaced(wish.inner).endswith(" name") or any(
        not is_number(c) and _likeness(f" {spaced(wish.inner)} ", c) for c in task.others
    )
    return said or named


def _counts_values(wish: Wanted, task: _Task) -> bool:
    return re.search(r" (?:missing|null|unique|distinct|values) ", wish.words) is not None


def _described_value(wish: Wanted, task: _Task, plan: _Plan, column: ColumnCard, statistic: str) -> str | None:
    level = _level(wish, task)
    if task.by is not None and level is None:
        return None
    by = task.by.name if task.by is not None else None
    id = plan.need("describe", columns=[c.name for c in _described(task)], by=by)
    population = task.says(r"population standard|population std|ddof ?= ?0|\bnumpy\b|\bnp\.std") and not task.says(
        "not the population"
    )
    moment = "pop" if population or task.says("population") else "sample"
    shape = "pop" if task.says(r"scipy|moment coefficient|population") else "sample"
    columns = {
        "std": f"std_{moment}", "skew": f"skew_{shape}", "kurt": f"kurt_{shape}", "within": "round(within_1_std * n)",
        "var": f"std_{moment} * std_{moment}", "range": "max - min",
    }  # fmt: skip
    picked = columns.get(statistic, statistic)
    if statistic == "missing" and re.search(r"percent|share|proportion|rate", wish.words):
        picked = "missing_pct * 100"
    return f"(SELECT {picked} FROM {id} WHERE {_where(column, task, level)})"


def _where(column: ColumnCard, task: _Task, level: object = None) -> str:
    parts = [f"variable = {sql.value(column.name)}"]
    if level is not None and task.group is not None:
        parts.append(_in_group(task, level))
    return " AND ".join(parts)


def _in_group(task: _Task, level: object) -> str:
    """The test for the rows of a level."""
    assert task.group is not None
    name = sql.name(task.group.name)
    if isinstance(level, (int, float)) and not isinstance(level, bool):
        return f"try_cast({name} AS DOUBLE) = {level!r}"
    return f"CAST({name} AS VARCHAR) = {sql.value(str(level))}"


def _p(wish: Wanted, task: _Task, plan: _Plan, kinds: list[str], column: ColumnCard | None) -> str | None:
    if "tested" in kinds and (id := _test(task, plan)):
        return f"(SELECT p FROM {id})"
    if "normal" in kinds and column is not None:
        return f"(SELECT p FROM {_normality(task, plan)} WHERE {_where(column, task, _level(wish, task))})"
    return _of_pairs(wish, task, plan, "p") if "linked" in kinds else None


def _of_outliers(wish: Wanted, task: _Task, plan: _Plan, column: ColumnCard, statistic: str | None) -> str | None:
    id, level = _outlying(task, plan, column), _level(wish, task)
    where = f" WHERE {_in_group(task, level)}" if level is not None and task.group else ""
    words, cleaned = wish.words, task.says(r"remov|clean|without|exclud|eliminat")
    ddof = "pop" if task.says(r"population standard|\bnumpy\b|population std") else "sample"
    if re.search(r" (?:left|remaining|remain|rest|kept) ", words):
        return f"(SELECT rows_left FROM {id}{where})"
    if (
        statistic in ("mean", "median")
        and re.search(r" outliers? ", wish.named)
        and not re.search(r" (?:without|after|removed|excluding|no|with|including) ", words)
    ):
        return f"(SELECT {statistic}_outliers FROM {id}{where})"
    if re.search(r" (?:with|including|original|before) ", words) and not re.search(r" without ", words):
        return None
    if statistic in ("mean", "median", "std") and cleaned:
        name = f"std_{ddof}_kept" if statistic == "std" else f"{statistic}_kept"
        return f"(SELECT {name} FROM {id}{where})"
    if re.search(r",|\.\.\.|\blist", wish.inner.replace("_", " ")) and " count " not in words:
        return _listed_outliers(wish, task, id, column)
    if statistic in ("n", "sum") or re.search(r" outliers? ", words):
        return f"(SELECT n_outliers FROM {id}{where})"
    return None


def _listed_outliers(wish: Wanted, task: _Task, id: str, column: ColumnCard) -> str:
    """The outliers' names, values or row numbers, in the order of the rows."""
    label = next((c for c in (*task.request.entities, *task.request.subjects, *task.others) if c is not column), None)
    own = re.search(r"value", wish.words) is not None or label is None
    rows = re.search(r"row|location|index", task.core) is not None
    what = f"round({sql.number(column)}, {wish.digits or 2})" if own else sql.name(label.name) if label else "_row"
    what = "_row" if rows and re.search(r" (?:list|row|rows|outliers|location\w*|index\w*) ", wish.words) else what
    return f"(SELECT coalesce(string_agg(CAST({what} AS VARCHAR), ', ' ORDER BY _row), 'none') FROM {id}_rows WHERE is_outlier)"


def _of_pairs(wish: Wanted, task: _Task, plan: _Plan, value: str = "r") -> str | None:
    id = _correlated(task, plan)
    if id is None:
        return None
    positive = task.asks(r"strongest positive|highest positive|most positive")
    order = "r DESC" if positive else "abs(r) DESC"
    if re.search(r" (?:pair|variable|variables|column|feature|name) ", wish.words) and value == "r":
        target = next((s.get("target") for s in plan.steps if s["id"] == id), None)
        return f"(SELECT {'x' if target else chr(120) + f' || {sql.value(chr(44) + chr(32))} || y'} FROM {id} ORDER BY {order} LIMIT 1)"
    pair = [c for c in task.numbers if _likeness(wish.named, c)]
    if len(task.numbers) > 2 and len(pair) == 2:
        one, other = (sql.value(c.name) for c in pair)
        return f"(SELECT {value} FROM {id} WHERE (x = {one} AND y = {other}) OR (x = {other} AND y = {one}))"
    level = _level(wish, task) if any(s["id"] == id and s.get("by") for s in plan.steps) else None
    where = f" WHERE {_in_group(task, level)}" if level is not None and task.group else ""
    return f"(SELECT {value} FROM {id}{where} ORDER BY {order} LIMIT 1)"


def _facts(wish: Wanted, task: _Task, plan: _Plan, kinds: list[str], column: ColumnCard | None) -> dict[str, str]:
    """What a decision may rest on."""
    facts: dict[str, str] = {}
    level = _level(wish, task)
    if "tested" in kinds and (id := _test(task, plan)):
        facts["p"] = f"(SELECT p FROM {id})"
    if "normal" in kinds and column is not None:
        facts["normal_p"] = f"(SELECT p FROM {_normality(task, plan)} WHERE {_where(column, task, level)})"
    if "linked" in kinds and (r := _of_pairs(replace(wish, name="r", inner=""), task, plan)):
        facts["r"] = r
        facts["p"] = str(_of_pairs(replace(wish, name="r", inner=""), task, plan, "p"))
    if column is not None and task.says("skew") and (skew := _described_value(wish, task, plan, column, "skew")):
        facts["skew"] = skew
    if "outliers" in kinds and column is not None:
        facts["n_outliers"] = f"(SELECT n_outliers FROM {_outlying(task, plan, column)})"
    return facts


def _likeness(words: str, column: ColumnCard) -> int:
    """How many words of a field's name are words of the column's."""
    told = {w for part in words.split() for w in words_of(part)}
    own = set(words_of(column.name))
    return len(told & own) or int("".join(words_of(column.name)) in words.replace(" ", ""))


def _column(wish: Wanted, task: _Task) -> ColumnCard | None:
    """The column that a field is about: by the words of its name; else by its place among those of its kind."""
    among = _described(task)
    if len(among) <= 1:
        return among[0] if among else None
    fit = [(_likeness(wish.words, c), -at, c) for at, c in enumerate(among)]
    best = max(fit, key=lambda item: item[:2])
    if best[0]:
        return best[2]
    kind = _statistic(wish.named)
    same = [f for f in task.fields if _statistic(f.named) == kind]
    return among[same.index(wish)] if len(same) == len(among) and wish in same else among[0]


def _level(wish: Wanted, task: _Task) -> object | None:
    """The level of the group that a field is about: by the words of its name, else by its place."""
    levels = [level for level in task.levels if level is not None]
    if not levels:
        return None
    name = wish.named
    if set(map(str, levels)) == {"0", "1"}:
        return next(level for level in levels if str(level) == ("0" if re.search(r" (?:not|no|non|0) ", name) else "1"))
    fit = [level for level in levels if f" {spaced(str(level))} " in name]
    if fit:
        return max(fit, key=lambda level: len(str(level)))
    kind = _statistic(wish.named)
    same = [f for f in task.fields if _statistic(f.named) == kind]
    if len(same) == len(levels) and wish in same:
        return sorted(levels, key=str)[same.index(wish)]
    return None
