"""A plain question that first prepares rows, or names a test or a model: "fill the missing ages with the median, then
what is the average age by class?"

The clauses that only prepare are taken away; what is left is read as any question, over the table as it then is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analyst.rulebased.link.columns import is_number
from analyst.rulebased.query.asked import Asked
from analyst.rulebased.query.carrying import carried
from analyst.rulebased.query.cues import statistical_cues
from analyst.rulebased.query.instruction import Instruction
from analyst.rulebased.query.intents import read_query
from analyst.rulebased.query.model import STATISTICS, Key, Measure, Query, Test
from analyst.rulebased.query.preparation import Cut, DropMissing, DropOutliers, DropRepeated, Flag, inputs
from analyst.rulebased.query.preparing import Preparation, read_preparation
from analyst.rulebased.query.scene import Scene

_EACH = frozenset("each every bin bins bucket buckets group groups class classes category categories them".split())


@dataclass(frozen=True)
class Understood:
    """What a question asks. `scene` holds the words that it was read from: all of them, or those of the clauses that do
    more than prepare rows; what the others ask is `preparing`. Of a follow-up: what it keeps of the question before it
    (`carried`), what of its words would be wrong and why (`refused`), and what was not understood of the questions
    before it (`left_open`)."""

    whole: Scene
    scene: Scene
    query: Query
    preparing: Query | None = None
    carried: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    left_open: tuple[str, ...] = ()


def read_plain(whole: Scene, instruction: Instruction) -> Understood | None:
    """What the question asks, once its rows are prepared; None where it neither prepares rows nor names a test, or
    where a part of that was not understood: then it is read as it stands."""
    preparation = read_preparation(instruction.sentences, whole.card)
    asked = Asked(instruction, preparation)
    test = _test(asked)
    if not preparation.whole or not (preparation.steps or test):
        return None
    query = _query(asked, test)
    prepared = replace(query, preparing=preparation.steps, at=query.at | _left(asked))
    if test is not None:
        return Understood(whole, whole, replace(prepared, at=carried(prepared, asked, whole)))
    rest = Query("preparing", preparing=preparation.steps)
    places = frozenset(range(len(whole.linked.tokens))) - _spent(whole, preparation)
    return Understood(whole, asked.scene, prepared, replace(rest, at=places | carried(rest, asked, whole)))


def _test(asked: Asked) -> Test | None:
    """The test or model that the question names by its own name."""
    model = asked.tests.model
    if model is not None:
        held = {name: value for name, value in model.options.items() if (name, value) != ("test_size", 0)}
        return replace(model, options=held)  # a plain question means how well it predicts rows that it has not seen
    families = ("groups", "table", "paired", "single")
    named = any(asked.instruction.named(family) for family in families) or set(asked.instruction.named("test")) - {
        "shapiro"
    }
    return asked.tests.only if named else None


def _query(asked: Asked, test: Test | None) -> Query:
    if test is not None:
        query = asked.slots.query("test", columns=test.columns, test=test)
        return replace(query, conditions=tuple(c for c in query.conditions if c.column not in test.columns))
    made = [step for step in asked.preparation.steps if isinstance(step, (Cut, Flag))]
    query = read_query(asked.scene)
    if query.intent == "overview":
        return _of_steps(asked, query)
    words = {token.word for token in asked.scene.linked.tokens}
    if made and not query.keys and words & _EACH and query.intent == "aggregate":
        column = next(c for c in asked.preparation.card.columns if c.name == made[-1].name)
        return replace(query, keys=(Key(column),))
    return query


def _of_steps(asked: Asked, query: Query) -> Query:
    """What is shown where nothing is named of the prepared rows: the statistics asked of the columns that were
    prepared ("show its mean"), else how these are spread."""
    card = {column.name: column for column in asked.preparation.card.columns}
    names = [getattr(step, "name", "") for step in asked.preparation.steps]
    names += [column.name for step in asked.preparation.steps for column in inputs(step)]
    columns = list(dict.fromkeys(card[name] for name in names if name in card))
    if columns and not is_number(columns[0]):
        return replace(query, intent="aggregate", values=(Measure("count"),), keys=(Key(columns[0]),))
    numbers = tuple(column for column in columns if is_number(column))
    cues = {cue.kind: cue.at for cue in statistical_cues(asked.scene.linked.tokens) if cue.kind in STATISTICS}
    if cues and numbers:
        values = tuple(Measure(STATISTICS[kind], numbers[0], at) for kind, at in cues.items())
        return replace(query, intent="aggregate", values=values)
    return replace(query, intent="describe", columns=numbers) if numbers else query


def _left(asked: Asked) -> frozenset[int]:
    """The places of words that only speak of the rows that are left."""
    fewer = any(isinstance(step, (DropMissing, DropOutliers, DropRepeated)) for step in asked.preparation.steps)
    tokens = asked.scene.linked.tokens
    return frozenset(at for at, token in enumerate(tokens) if fewer and token.word in ("left", "remain", "remaining"))


def _spent(whole: Scene, preparation: Preparation) -> frozenset[int]:
    """The places of the clauses that only prepare."""
    found: set[int] = set()
    for clause in preparation.spent:
        found |= whole.linked.places(clause)
    return frozenset(found)
