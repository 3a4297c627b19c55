"""What a question wants done to the table first: the steps that do it, the table's card afterwards, and what is asked.

"Fill the missing ages with the median, create FamilySize as …, then compute …": each instruction becomes SQL (or a
method) whose result the next one reads; the rest of the question is read against the card of the prepared table, so
that every rule that answers a question works on prepared tables too. What was asked for but not understood is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from contracts.table import ColumnCard, TableCard
from embedded import sql
from embedded.binning import bins
from embedded.clauses import (
    COLUMN,
    QUOTED,
    Clause,
    clauses_of,
    mark,
    new_name,
    speaks_of,
    split_format,
    without_rounding,
)
from embedded.columns import is_number, spoken
from embedded.drafting import Draft, Step, listed, method, query
from embedded.formulas import Formula, formula, function, literal_codes

READY = "ready"
"""The id of the last step that prepares: what the rest of the plan reads."""
MAX_PREPARING = 4
"""Steps that prepare; the plan language allows eight in all."""
MAX_SQL = 1900
_MISSING = r"\b(?:missing|null|nulls|nan|nans|empty|blank|gaps?|unknown)\b"
_CREATE = re.compile(
    r"\b(?:creat|generat|add|deriv|engineer|construct|introduc|defin|build|comput|calculat|make|bin|categori[sz]|flag|extract)\w*\b"
)
_NEW = re.compile(r"\bnew\b|\b(?:called|named|binary)\b|\badd (?:a |an )?(?:column|feature)\b")
_MADE_BEFORE = re.compile(r"\b(?:this|the|that|these|of) (?:newly created |new )", re.IGNORECASE)
_ASKING = re.compile(
    r"(?:and )?(?:ca?lculat|comput|report|find|what|how|determin|show|which|give|list|is |are |provide|count|compare)",
    re.IGNORECASE,
)
_ANALYSING = re.compile(
    r"(?:analy[sz]|check|explor|test|perform|evaluat|train|investigat|calculat|report|find|determin)\w*\b",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"(?:please )?(?:perform|apply|conduct|do|carry out|pre-?process|use|using|make|this (?:should )?includ\w*)\b.*\b(?:pre-?processing|feature engineering|data cleaning|cleaning)\b|"
    r"(?:do not|don't|don’t|without) .*\b(?:clean|pre-?process|transform|filter|alter|data)|additionally$|"
    r"(?:use|using|apply)\b.*\b(?:scaler|scaling|standardi[sz]|normali[sz]|encod|imput|transform)|"
    r".*\b(?:transformation|imputation|encoding|scaling|normali[sz]ation|standardi[sz]ation) (?:should|must|method|is|will)\b",
    re.IGNORECASE,
)
_INSTRUCTS = re.compile(
    r"(?:first,? |please |if [^,]*, )?(?:remove|drop|delete|fill|replace|impute|encode|normali[sz]e|standardi[sz]e|scale|transform|"
    r"apply an? \w+ transform\w*|generate|create|add|derive|merge|join|pivot|resample|detrend|sample|discreti[sz]e|bin|smooth|"
    r"lemmati[sz]e|tokeni[sz]e|shuffle|cap|clip|winsori[sz]e)\b",
    re.IGNORECASE,
)
_NO_PREPARATION = re.compile(
    r"\b(?:plots?|charts?|graphs?|histograms?|visual\w*|scatter|models?|report|dashboard|missing|null|nan|empty|outliers?|summary|"
    r"matrix|train\w*|testing|list|table of|ranking|forecast|regression|classifi\w+|clusters?)\b",
    re.IGNORECASE,
)
_TELLS_HOW = re.compile(r"(?:extract|subtract|divid|multipl|tak|combin|sum|use|us)\w*\b", re.IGNORECASE)
_MODELLING = re.compile(
    r"regression|classif(?:y|ier|ication)|machine learning|predict|random forest|decision tree", re.IGNORECASE
)
_IF_TESTED = re.compile(r"^if (?:the )?(?:p-?value|test|distribution|data (?:is|are)|skew)", re.IGNORECASE)


@dataclass
class _Table:
    """The table in the making: SQL layers not yet written as a step, steps, its card, in words, what was not understood."""

    card: TableCard
    steps: list[Step] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    labels: list[object] = field(default_factory=list)
    expressions: list[str] = field(default_factory=list)
    strong: bool = False

    @property
    def source(self) -> str:
        """What the next layer reads."""
        if self.layers:
            return f"l{len(self.layers)}"
        return str(self.steps[-1]["reads"]) if self.steps else "data"

    def layer(self, text: str, words: str, *, strong: bool = True) -> None:
        """One more SQL layer; `{t}` stands for what it reads."""
        self.layers.append(text.replace("{t}", self.source))
        self.told.append(words)
        self.strong = self.strong or strong

    def step(self, step: Step, reads: str) -> None:
        """A method step, after what is prepared so far; the next layers read its table `reads`."""
        self.close()
        self.steps.append({**step, "reads": reads})

    def close(self) -> None:
        """Write the open layers as a step."""
        if self.layers:
            id = f"{READY}_{len(self.steps) + 1}"
            self.steps.append({**query(id, _nested(self.layers)), "reads": id})
            self.layers = []

    def set(self, name: str, card: ColumnCard) -> None:
        """The card with column `name` as `card`: replaced, or added."""
        known = [column.name for column in self.card.columns]
        columns = [card if column.name == name else column for column in self.card.columns]
        self.card = replace(self.card, columns=tuple(columns if name in known else [*columns, card]))


@dataclass(frozen=True)
class Prepared:
    """The rest of a question, the card to read it against, the steps before it, and what was left undone."""

    question: str
    card: TableCard
    steps: tuple[Step, ...] = ()
    told: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def reading(self) -> str:
        """What was done to the table, in words."""
        return f"Prepared first: {'; '.join(self.told)}." if self.told else ""

    def before(self, draft: Draft, most: int) -> Draft:
        """`draft` with its steps reading the prepared table, after the steps that prepare it."""
        unanswered = " ".join(text for text in (draft.unanswered, *self.missed) if text) or None
        if not self.steps:
            return replace(draft, unanswered=unanswered)
        counts = self._facts()
        kept = tuple(map(_on_ready, draft.steps))[: most - len(self.steps) - len(counts)]
        reading = f"{draft.reading} {self.reading}"
        return Draft(reading, (*self.steps, *kept, *counts), unanswered)

    def _facts(self) -> tuple[Step, ...]:
        return (query("made", f"SELECT {', '.join(self.facts)}"),) if self.facts else ()


def prepare(question: str, card: TableCard) -> Prepared:
    """`question` over the table of `card`, with its preparing instructions carried out. Never raises for any text."""
    asked, wanted_format = split_format(question)
    table, kept = _Table(card), list[str]()
    clauses = clauses_of(asked)
    for at, raw in enumerate(clauses):
        if _IF_TESTED.search(raw) or not _carried_out(table, raw, clauses, at):
            kept.append(raw)
    table.missed += [_not_done(text) for text in kept if _INSTRUCTS.match(text) and not _NO_PREPARATION.search(text)]
    if table.strong:
        kept = _specific(kept, table.card)
    if not table.strong:
        return Prepared(question, card, missed=tuple(table.missed))
    table.close()
    steps = tuple({k: v for k, v in step.items() if k != "reads"} for step in table.steps)
    last = str(table.steps[-1]["reads"]) if table.steps else "data"
    steps = _named(steps, last)
    rest = _sentences([said for text in kept if (said := _referring(text, table))]) + (
        f"\n{wanted_format}" if wanted_format else ""
    )
    told, missed, facts = (tuple(dict.fromkeys(texts)) for texts in (table.told, table.missed, table.facts))
    return Prepared(rest, table.card, steps[: MAX_PREPARING + 1], told, missed, facts if steps else ())


def _specific(kept: Sequence[str], card: TableCard) -> list[str]:
    """The clauses without those that only speak of preparing in general; columns named there alone are kept in mind."""
    general = [text for text in kept if _GENERAL.match(text) and not _MODELLING.search(text)]
    rest = [text for text in kept if text not in general]
    if not any(mark(text, card).columns for text in rest if _ASKING.match(text)):
        named = dict.fromkeys(c.name for text in general for c in mark(text, card).columns)
        first = next((at for at, text in enumerate(rest) if _ASKING.match(text)), None)
        if named and first is not None:
            rest[first] = f"{rest[first].rstrip('.')} of {listed([f'{name}' for name in named])}"
    return rest


_DONE = re.compile(
    r"\b(?:transformed|cleaned|pre-?processed|imputed|scaled|normali[sz]ed|standardi[sz]ed|encoded|prepared) (?=\S)|"
    r",? (?:after|before) (?:the )?(?:pre-?processing|transformation|scaling|encoding|imputation|cleaning|normali[sz]ation|deletion)\b(?: and rounding)?"
)
_NEW_ONE = re.compile(
    r"\b(?:this|the|that|these)(?: newly (?:created|generated))?(?: new)? (?:feature|column|variable|field)(?: values)?\b(?!\s*[\"'“])"
)


def _referring(text: str, table: _Table) -> str:
    """A clause that stays, with the made column's name for "this new feature" and without words for what is done."""
    made = [name for name in table.made if not name.startswith("scaled ")]
    if made and not any(speaks_of(text, name) for name in made):
        text = _NEW_ONE.sub(lambda _: f'"{made[-1]}"', text)
    columns = [c.name for c in table.card.columns if is_number(c) and c.role != "identifier"][:10]
    listing = listed([f'"{name}"' for name in columns])
    text = (
        re.sub(r"\b(?:of )?(?:each|every|all)(?: of)?(?: the)? columns?\b", f"of {listing}", text) if columns else text
    )
    return without_rounding(_DONE.sub("", text))


def _sentences(kept: Sequence[str]) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}" for text in kept)


def _named(steps: tuple[Step, ...], last: str) -> tuple[Step, ...]:
    """The steps with the last table under the name READY."""
    if not steps:
        return ()
    if steps[-1]["id"] == last:
        return (*steps[:-1], {**steps[-1], "id": READY})
    return (*steps, query(READY, f"SELECT * FROM {last}"))


def _nested(layers: Sequence[str]) -> str:
    if len(layers) == 1:
        return layers[0]
    parts = ", ".join(f"l{at} AS ({text})" for at, text in enumerate(layers, 1))
    return f"WITH {parts} SELECT * FROM l{len(layers)}"


def _on_ready(step: Step) -> Step:
    """A step of the answer, reading the prepared table where it read the data."""
    if "sql" in step:
        return {**step, "sql": re.sub(r"\b(FROM|JOIN) data\b", rf"\1 {READY}", step["sql"])}
    return step if "source" in step else {**step, "source": READY}


def _carried_out(table: _Table, raw: str, clauses: Sequence[str], at: int) -> bool:
    """Whether the clause is an instruction that is done (or noted as not understood), so that it is no question."""
    if _again(raw) and any(speaks_of(raw, name) for name in table.made):
        return True
    clause = mark(raw, table.card)
    if _tells_classes(table, clause) or (
        not _ASKING.match(raw) and (known := formula(clause)) and known.sql in table.expressions
    ):
        return True
    return any(rule(table, clause, clauses, at) for rule in RULES)


def _tells_classes(table: _Table, clause: Clause) -> bool:
    """Whether the clause only says what the classes of a column are that is made already."""
    first = re.match(r"\W*([\w-]+)", clause.raw)
    defines = re.match(r"defin|the three|categor", clause.raw.casefold()) and re.search(
        "categor|class|group|bin", clause.raw.casefold()
    )
    return bool(table.labels) and bool(
        defines or (first and first[1] in table.labels and not _ASKING.match(clause.raw))
    )


def _again(raw: str) -> bool:
    """Whether the clause tells how a column is made (once more, when it is made already), and asks nothing of it."""
    told = raw.casefold()
    if re.match(r"(?:to )?(?:calculat|comput)\w*", told):
        return re.search(r"\bby \w+ing\b|\bsubtract\w*\b|\bdefined as\b", told) is not None
    return (
        re.match(r"(?:creat|generat|add|deriv|engineer|construct|introduc|defin|make|bin|categori[sz])\w*\b", told)
        is not None
    )


def _deduplicated(table: _Table, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """`Remove duplicate rows`, or rows that repeat a column's value."""
    if not re.search(
        r"\b(?:remov|drop|delet|eliminat|discard|without)\w*\b[^.]*\bduplicat|\bde-?duplicat", clause.text
    ):
        return False
    keys = clause.columns if re.search(r"\b(?:by|based on|same|per|on|in|of)\b", clause.text) else ()
    if not keys and not table.card.duplicate_rows:
        table.strong = True
        table.told.append("no row is a duplicate")
        return True
    names = ", ".join(sql.name(c.name) for c in keys or table.card.columns)
    told = f" of {listed([c.name for c in keys])}" if keys else ""
    table.layer(
        f"SELECT * FROM {{t}} QUALIFY row_number() OVER (PARTITION BY {names} ORDER BY _row) = 1",
        f"only the first of duplicate rows{told} kept",
    )
    _count_rows(table)
    return True


def _count_rows(table: _Table) -> None:
    table.facts += [f"(SELECT count(*) FROM {READY}) AS rows_left", "(SELECT count(*) FROM data) AS rows_before"]


_DROP = r"\b(?:remov|drop|delet|discard|eliminat|exclud|ignor|filter out|skip)\w*|\bonly (?:consider|use|keep|include)\b|\bwithout\b"
_FILL = r"\b(?:fill|replac|imput|substitut)\w*"
_HOW = r"(mean|average|median|mode|most (?:frequent|common)|zeros?|(?<![\w.<\[])-?\d+(?:\.\d+)?(?![\w.%>\]])|\[\d+\])"


def _gaps(table: _Table, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """Missing values filled or their rows left out."""
    text = clause.text
    fills = re.search(_FILL, text)
    if _ASKING.match(clause.raw):
        return False
    both = re.search(rf",? and (?=[^<]*(?:{_FILL}|delet|drop|remov))", text)
    if both and fills and re.search(_DROP + r"|\bdeletion\b", text):
        halves = (replace(clause, text=text[: both.start()]), replace(clause, text=text[both.end() :]))
        each = [replace(half, columns=half.all_in(half.text)) for half in halves]
        return all([_gaps(table, half, clauses, at) for half in each])
    if (
        re.search(r"\b(?:drop|remov|delet)\w* (?:<\d+>)(?:,| and|$| due| because|,? as| with)", text)
        and re.search(r"\bcolumns?\b", clause.raw)
        and not re.search(r"\b(?:rows?|records?|entries) ", clause.raw)
    ):
        table.told.append(f"{listed([c.name for c in clause.columns])} not used")
        return True
    if not re.search(_MISSING, text) and not (fills and re.search(r"imput", text)):
        return False
    if fills:
        filled = _fill(table, clause, clauses[at + 1 :])
        if not filled and _handles(text):
            _miss(table, clause)
        return filled or _handles(text)
    if re.search(_DROP + r"|\bdeletion\b", text):
        return _drop(table, clause)
    if _handles(text):
        return _explained(clauses, at) or not clause.columns or _miss(table, clause)
    return False


def _handles(text: str) -> bool:
    return re.search(r"\b(?:handl|deal|treat|address|clean|fill|imput|replac)\w*", text) is not None


def _explained(clauses: Sequence[str], at: int) -> bool:
    """Whether a later clause says how missing values are handled."""
    return any(re.search(f"{_FILL}|remov|drop|delet", c, re.IGNORECASE) for c in clauses[at + 1 :])


def _miss(table: _Table, clause: Clause) -> bool:
    table.missed.append(_not_done(clause.raw))
    return True


def _not_done(raw: str) -> str:
    said = re.sub(r"[\"{}<>@\[\]]", "", raw).rstrip(".")
    return f"This preparation was not understood and is left out: {said}."


def _drop(table: _Table, clause: Clause) -> bool:
    strong = not re.search(r"\b(?:ignor|exclud|skip|only|without)\w*", clause.text)
    if not clause.columns and not strong:
        return False
    columns = tuple(c for c in clause.columns or table.card.columns if c.missing)
    if columns:
        test = " AND ".join(f"{sql.name(c.name)} IS NOT NULL" for c in columns)
        names = listed([c.name for c in columns])
        table.layer(f"SELECT * FROM {{t}} WHERE {test}", f"rows without {names} left out", strong=strong)
        for column in columns:
            table.set(column.name, replace(column, missing=0))
    if strong:
        table.strong = True
        _count_rows(table)
    return True


def _fill(table: _Table, clause: Clause, clauses: Sequence[str]) -> bool:
    """Each column with what its gaps are filled by."""
    if re.search(r"\bk-?\s?n(?:earest|eighbo)|\bknn\b", clause.text):
        return _neighbours(table, clause, clauses)
    wanted = _fillings(clause)
    if not wanted:
        return False
    if any("WHERE" in layer or "QUALIFY" in layer for layer in table.layers):
        table.close()  # what the gaps are filled with is told from the rows that are left
    source, parts = table.source if not table.layers else "data", list[str]()
    for columns, how in wanted:
        told = columns or tuple(c for c in table.card.columns if c.missing and (is_number(c) or how == "mode"))
        for column in told:
            if not column.missing:
                continue
            filled = _filling(column, how, clause)
            if filled is None:
                return False
            parts.append(f"coalesce({_read(column)}, {filled[0]}) AS {sql.name(column.name)}")
            if filled[1] and len(told) <= 3:
                table.facts.append(f"(SELECT {filled[1]} FROM {source}) AS {sql.name(sql.alias(how, column.name))}")
            table.told.append(f"gaps of {column.name} filled with {filled[2]}")
            table.set(column.name, replace(column, missing=0, numbers=None if is_number(column) else column.numbers))
    for group in _groups_within(parts):
        table.layer(f"SELECT * REPLACE ({', '.join(group)}) FROM {{t}}", table.told.pop())
    table.strong = True
    return True


def _groups_within(parts: Sequence[str], most: int = 900) -> list[list[str]]:
    groups: list[list[str]] = []
    for part in parts:
        if not groups or sum(map(len, groups[-1])) + len(part) > most:
            groups.append([])
        groups[-1].append(part)
    return groups


def _read(column: ColumnCard) -> str:
    return sql.number(column) if is_number(column) else sql.name(column.name)


def _fillings(clause: Clause) -> list[tuple[tuple[ColumnCard, ...], str]]:
    """The columns of each filling and what they are filled with, as the clause pairs them."""
    pairs = [
        (clause.all_in(found[1]), found[2])
        for found in re.finditer(
            rf"((?:{COLUMN}[^<\[]*?)+?)(?:with|by|using|to|as)\s+(?:[a-z]+ ){{0,4}}?{_HOW}".replace("(\\d+)>", "\\d+>"),
            clause.text,
        )
    ]
    if pairs:
        return [(columns, _kind(how)) for columns, how in pairs]
    hows = re.findall(_HOW, clause.text)
    return [(clause.columns, _kind(hows[0]))] if hows else []


def _kind(how: str) -> str:
    return {"average": "mean", "most frequent": "mode", "most common": "mode", "zero": "0", "zeros": "0"}.get(how, how)


def _filling(column: ColumnCard, how: str, clause: Clause) -> tuple[str, str, str] | None:
    """What the gaps get: SQL in a row, SQL that computes it once, in words."""
    name = _read(column)
    if how in ("mean", "median"):
        if not is_number(column):
            return None
        call = f"{'avg' if how == 'mean' else 'median'}({name})"
        return f"{call} OVER ()", call, f"the {how}"
    if how == "mode":
        return (
            f"(SELECT mode({name} ORDER BY {name}) FROM {{t}})",
            f"mode({name} ORDER BY {name})",
            "the most frequent value",
        )
    told = re.fullmatch(QUOTED, how)
    value = clause.quoted[int(told[1])] if told else how
    if is_number(column):
        return (value, "", value) if re.fullmatch(r"-?\d+(?:\.\d+)?", value) else None
    return sql.value(value), "", f"'{value}'"


def _neighbours(table: _Table, clause: Clause, clauses: Sequence[str]) -> bool:
    """Gaps filled from the most similar rows; what they are compared by comes after "based on" or "on"."""
    column = next((c for c in clause.columns if c.missing), None)
    if column is None:
        return bool(clause.columns)
    more = [mark(c, table.card) for c in clauses if re.search(r"neighbou?rs|\bknn\b", c, re.IGNORECASE)]
    told = re.search(r"\bk ?= ?(\d+)|\b(\d+) (?:nearest )?neighbou?rs", clause.text)
    after = clause.text.split(f"<{clause.card.columns.index(column)}>", 1)[-1]
    said = [*clause.all_in(after), *(c for other in more for c in other.columns)]
    features = list(dict.fromkeys(c.name for c in said if c.name != column.name))
    features = features or [c.name for c in table.card.columns if c.role == "measure" and not c.missing][:5]
    strategy = (
        "knn_classifier"
        if any("classif" in c.text for c in (clause, *more)) or not is_number(column)
        else "knn_regressor"
    )
    neighbours = int(next(filter(None, told.groups()))) if told else 5
    step = method(
        f"filled_{len(table.steps) + 1}",
        "impute",
        "data",
        column=column.name,
        strategy=strategy,
        features=features,
        k=neighbours,
    )
    table.close()
    if table.steps:
        step["source"] = str(table.steps[-1]["reads"])
    table.step(step, f"{step['id']}_rows")
    table.told.append(f"gaps of {column.name} filled from the {neighbours} most similar rows by {listed(features)}")
    table.set(column.name, replace(column, missing=0))
    table.strong = True
    return True


def _without_outliers(table: _Table, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """`Remove the outliers of …`: strong only where something else than that column is asked for afterwards."""
    if not re.search(r"\b(?:remov|drop|delet|exclud|eliminat|filter out|discard)\w*\b[^.]*\boutlier", clause.text):
        return False
    column = next(iter(clause.numbers), None)
    rest = " ".join(clauses[at + 1 :])
    others = [
        c for c in mark(rest, table.card).numbers if column is not None and c.name != column.name and c.name in rest
    ]
    if column is None or not (others or table.strong):
        return False
    text = f"{clause.text} {rest.casefold()}"
    zscore = re.search(r"z-?scores?|standard deviations?", text) is not None
    told = re.search(
        r"(?:threshold|than|above|exceed\w*|greater than|beyond|over)\D{0,12}(\d(?:\.\d+)?)|(\d(?:\.\d+)?) (?:standard deviations|\*? ?iqr)",
        text,
    )
    threshold = float(next(filter(None, told.groups()))) if told else None
    step = method(
        f"outliers_{len(table.steps) + 1}",
        "outliers",
        "data",
        column=column.name,
        rule="zscore" if zscore else "iqr",
        threshold=threshold,
    )
    table.close()
    if table.steps:
        step["source"] = str(table.steps[-1]["reads"])
    table.step(step, f"{step['id']}_rows")
    table.layer("SELECT * EXCLUDE (is_outlier, z) FROM {t} WHERE NOT coalesce(is_outlier, FALSE)" if zscore else
                "SELECT * FROM {t} WHERE NOT coalesce(is_outlier, FALSE)", f"outliers of {column.name} left out")  # fmt: skip
    return True


def _encoded(table: _Table, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """Texts as numbers: by the codes given, else in the order of the alphabet; one-hot as a column for each value."""
    text = clause.text
    if not re.search(
        r"\bencod\w*|\bdumm(?:y|ies)\b|\bbinary (?:format|form|values?)|\bto (?:binary|numeric\w*|numbers?)\b|\bconvert\w* [^.]*\b0\b[^.]*\b1\b",
        text,
    ):
        return False
    columns = [c for c in clause.columns if not is_number(c)]
    if not columns:
        return bool(re.search(r"\bencod", text)) and table.strong
    models, codes = _MODELLING.search(" ".join(clauses)), literal_codes(clause)
    if re.search(r"one-?\s?hot|\bdumm", text) or (models and not codes and "label" not in text):
        if not models:
            _dummies(table, columns)
        return True
    parts = []
    for column in columns:
        fit = {item: code for item, code in codes.items() if item in (column.values or ())}
        name = sql.name(column.name)
        whens = " ".join(f"WHEN {sql.value(item)} THEN {code}" for item, code in fit.items())
        ranked = f"CASE WHEN {name} IS NOT NULL THEN dense_rank() OVER (ORDER BY {name}) - 1 END"
        parts.append(f"{f'CASE {name} {whens} END' if fit else ranked} AS {name}")
        count = column.distinct or 2
        role = "target" if count == 2 else "measure"
        table.set(
            column.name,
            ColumnCard(
                column.name,
                "BIGINT",
                role,
                column.missing,
                column.distinct,
                0,
                None,
                count - 1,
                tuple(range(count)) if count <= 20 else None,
            ),
        )
    table.layer(
        f"SELECT * REPLACE ({', '.join(parts)}) FROM {{t}}", f"{listed([c.name for c in columns])} coded as numbers"
    )
    return True


def _dummies(table: _Table, columns: Sequence[ColumnCard]) -> None:
    parts = []
    for column in columns:
        for item in column.values or () if column.complete else ():
            name = f"{column.name}_{item}"
            parts.append(f"CASE WHEN {sql.name(column.name)} = {sql.value(item)} THEN 1 ELSE 0 END AS {sql.name(name)}")
            table.set(name, ColumnCard(name, "BIGINT", "target", 0, 2, 0, None, 1, (0, 1)))
    if parts:
        table.layer(
            f"SELECT *, {', '.join(parts)} FROM {{t}}",
            f"a column of zero and one for each value of {listed([c.name for c in columns])}",
        )


def _scaled(table: _Table, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """Columns scaled, standardised or as logarithms, in their place or under a new name."""
    text = clause.text
    log = re.search(
        r"\blog\w*[- ]?transform\w*|\btransform\w*[^.]*\b(?:log|logarithm\w*|natural log|square root)\b|\b(?:apply|take|using)\w* [^.]*\blog",
        text,
    )
    scale = re.search(
        r"\b(?:normali[sz](?:e|ed|ing)|standardi[sz](?:e|ed|ing)|rescal\w*|scal(?:e|ing)|min-?max)\b", text
    )
    tests = re.search(r"\bnormality\b|\bnormally\b|outlier", text)
    if not (log or scale) or tests or _ASKING.match(clause.raw) or re.search(r"\bis a\b|\bdivid", text):
        return False
    columns = clause.numbers
    if not columns:
        return not log and table.strong
    name = new_name(clause)
    made = [(column, function(clause, column)) for column in columns]
    if any(value is None for _, value in made):
        return False
    kind = made[0][1]
    assert kind is not None
    parts = [f"{value.sql} AS {sql.name(column.name)}" for column, value in made if value is not None]
    told = f"{listed([c.name for c in columns])}: {kind.words.rsplit(' of ', 1)[0]}"
    if name is not None and len(columns) == 1:
        _add(table, name, kind, kind.words)
        return True
    if any(f"scaled {column.name}" in table.made for column in columns):
        return True
    table.made += [f"scaled {column.name}" for column in columns]
    table.layer(f"SELECT * REPLACE ({', '.join(parts)}) FROM {{t}}", told)
    for column in columns:
        table.set(column.name, ColumnCard(column.name, "DOUBLE", "measure", column.missing, column.distinct))
    return True


def _added(table: _Table, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """A new column, by a formula or by classes; what the clause does not say is looked for in the clauses after it."""
    creates = _CREATE.search(clause.text)
    name = new_name(clause)
    if name is None and re.search(r"\b(?:classif|categori[sz]|group|bin|divid|split)\w*\b[^.]*\binto\b", clause.text):
        if (classes := bins(clause)) is not None and not table.labels:
            return _made(table, "class", classes, [])
    if not creates or not (_NEW.search(clause.text) or name):
        return False
    if name is None and (not re.search(r"\bnew\b", clause.raw.casefold()) or _MADE_BEFORE.search(clause.raw)):
        return _again(clause.raw) and bool(table.made) and re.search(r"\bnew\b", clause.raw.casefold()) is not None
    if name in table.made:
        return True
    if name is None and any(speaks_of(clause.raw, made) for made in table.made):
        return False
    shown = name or "new_feature"
    later = [c for c in clauses[at + 1 :] if not _asks(c)]
    told = [
        clause,
        *_extended(clause, later, table.card),
        *(mark(c, table.card) for c in later if name and speaks_of(c, name)),
    ]
    told += [mark(c, table.card) for c in later if (name is None and _again(c)) or _TELLS_HOW.match(c)]
    classes = max(filter(None, map(bins, told)), key=lambda found: len(found.labels), default=None)
    value = classes or next(filter(None, map(formula, told)), None)
    if value is not None:
        return _made(table, shown, value, [mark(c, table.card) for c in later])
    if _NEW.search(clause.text):
        return _miss(table, clause)
    return False


def _asks(raw: str) -> bool:
    return (
        re.match(
            r"(?:what|how|which|is|are|does|calculate the (?:mean|median|std|stand|corr|average))\b", raw.casefold()
        )
        is not None
    )


def _extended(clause: Clause, later: Sequence[str], card: TableCard) -> list[Clause]:
    """The clause joined with those after it: a definition of classes may run over several."""
    raw, out = clause.raw, []
    for following in later[:5]:
        if _ANALYSING.match(following):
            break
        raw = f"{raw}; {following}"
        out.append(mark(raw, card))
    return out


def _made(table: _Table, name: str, value: object, later: Sequence[Clause]) -> bool:
    from embedded.binning import Bins

    if isinstance(value, Bins):
        flag = value.type == "BIGINT"
        card = ColumnCard(
            name, value.type, "target" if flag else "dimension", 0, len(value.labels), values=value.labels
        )
        if flag:
            card = replace(card, min=0, max=1)
        table.layer(f"SELECT *, {value.sql} AS {sql.name(name)} FROM {{t}}", f"{name} is {value.words}")
        table.set(name, card)
        table.made.append(name)
        table.labels += value.labels
        return True
    assert isinstance(value, Formula)
    if value.type == "VARCHAR":
        return _text_added(table, name, value, later)
    _add(table, name, value, value.words)
    return True


def _add(table: _Table, name: str, value: Formula, words: str) -> None:
    missing = sum(column.missing or 0 for column in value.columns) or 0
    table.layer(f"SELECT *, {value.sql} AS {sql.name(name)} FROM {{t}}", f"{name} is {words}")
    table.set(name, ColumnCard(name, value.type, "measure", min(missing, table.card.rows), None))
    table.expressions.append(value.sql)
    table.made.append(name)


def _text_added(table: _Table, name: str, value: Formula, later: Sequence[Clause]) -> bool:
    """A column of texts; the clauses after it may keep some of its values, or call the others "Other"."""
    table.layer(f"SELECT *, {value.sql} AS {sql.name(name)} FROM {{t}}", f"{name} is {value.words}")
    table.made.append(name)
    items: tuple[str, ...] = ()
    for clause in later:
        kept = [text.rstrip(".") for text in clause.quoted if text != name]
        if kept and re.search(r"\b(?:replac|group|combin|label|call)\w*|\bother", clause.text) and len(kept) > 1:
            items, other = tuple(kept[:-1]), kept[-1]
            text = f"CASE WHEN {sql.name(name)} IN ({_values(items)}) THEN {sql.name(name)} ELSE {sql.value(other)} END"
            table.layer(
                f"SELECT * REPLACE ({text} AS {sql.name(name)}) FROM {{t}}",
                f"others than {listed(items)} called {other}",
            )
            items = (*items, other)
            break
        if len(kept) > 1 and re.search(r"\bonly\b|\bconsider", clause.text):
            items = tuple(kept)
            table.layer(
                f"SELECT * FROM {{t}} WHERE {sql.name(name)} IN ({_values(items)})", f"only {listed(items)} kept"
            )
            break
    table.set(name, ColumnCard(name, "VARCHAR", "dimension", 0, len(items) or 10, values=items or None))
    return True


def _values(items: Sequence[str]) -> str:
    return ", ".join(sql.value(item) for item in items)


def _about_text(table: _Table, clause: Clause, clauses: Sequence[str], at: int) -> bool:
    """A clause that only says which values of a made text column are kept: done with the column."""
    told = re.search(
        r"^only consider|^for others|should be (?:considered|eliminated|removed|excluded|ignored)$", clause.text
    )
    return bool(table.made) and bool(told) and not clause.columns


Rule = Callable[[_Table, Clause, Sequence[str], int], bool]
RULES: tuple[Rule, ...] = (_deduplicated, _without_outliers, _gaps, _added, _encoded, _scaled, _about_text)
"""What a clause may instruct, the first that fits wins."""


def texts_of(steps: Sequence[Step]) -> str:
    """The steps as one text, as the audit reads plans."""
    return json.dumps(steps, ensure_ascii=False, separators=(",", ":")).replace('\\"', '"')


__all__ = ["READY", "Prepared", "prepare", "spoken", "texts_of"]
