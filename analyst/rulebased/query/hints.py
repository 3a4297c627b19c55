"""Measures that a question hints at without naming them: cheapest, how much, spend."""

from __future__ import annotations

from analyst.protocol.lexicon import HINTED
from analyst.protocol.replies import Alternative
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import hinted_by, is_measure, is_number, meanings, name_words, spoken, yes_no
from analyst.rulebased.link.likeness import alike
from analyst.rulebased.query.aggregates import aggregates, lawful
from analyst.rulebased.query.computed import TOLD, Values
from analyst.rulebased.query.cues import EVENTS, GRAMMAR, IDLE, SPENDING
from analyst.rulebased.query.defaults import is_money, speaking_measure, speaks
from analyst.rulebased.query.model import Aggregate, At, Measure, Rows, places
from analyst.rulebased.query.roles import Named, Roles
from analyst.rulebased.query.scene import Scene

MONEY = frozenset(
    "revenue sale turnover earning taking take money income cash spend spent earn bring worth cost".split()
)


def hinted_at(scene: Scene, roles: Roles, rows: Rows, made: Values) -> bool:
    """Whether a word hints at a measure without naming it: `cheapest`, `earners`."""
    numbers, taken = _unused(scene, roles, rows)
    for at, token in enumerate(scene.linked.tokens):
        hints = [] if at in taken or at in scene.linked.rows else HINTED.get(token.word, "").split()
        for hint in hints:
            fit = [c for c in numbers if hinted_by(hint, c) and not _is_priced(hint, c)]
            fit = [c for c in fit if hint in name_words(c.name)] or fit
            if fit:
                named = _told_apart(scene, fit, at)
                _take_hint(scene, (named or fit)[0], at, roles, made)
                if 1 < len(named or fit) < 5:
                    made.alternatives.append(read_as(token.raw, *(named or fit)))
                return True
    return False


def hinted(scene: Scene, roles: Roles, rows: Rows, made: Values) -> None:
    """A measure that is meant though no word names it: `cheapest`, `how much`, `spend`, `top customers`."""
    if hinted_at(scene, roles, rows, made):
        return
    numbers, taken = _unused(scene, roles, rows)
    money = speaking_measure(scene.card)
    said = next((i for i, t in enumerate(scene.linked.tokens) if t.stem in MONEY and i not in taken), None)
    if money is not None and is_money(money) and said is not None:
        _take_hint(scene, money, said, roles, made)
        _or_another(scene.card, scene.linked.tokens[said].raw, money, made)
        return
    only = [c for c in numbers if c.role == "measure"]
    told = scene.all(*TOLD, "quantile", "much")
    paid = money if money is not None and is_money(money) and not _other_noun(scene, rows) else None
    meant = only[0] if len(only) == 1 else paid
    if told and meant is not None and is_number(meant) and not scene.has("count"):
        _take_hint(scene, meant, told[0].end, roles, made, scene.at("value"))
        made.said.append(f"I read this as {spoken(meant)}.")
    elif money is not None and is_money(money) and (ranks_by_money(scene, roles) or scene.has("value")):
        at = min(scene.at("value"), default=scene.superlative[0] if scene.superlative else 0)
        _take_hint(scene, money, at, roles, made, scene.at("value") | {at})
        _or_another(scene.card, "", money, made)


def read_as(words: str, meant: ColumnCard, *others: ColumnCard) -> Alternative:
    """Words that were read as one column and may mean others."""
    instead = tuple(column.name for column in others)
    told = tuple(map(spoken, others))
    return Alternative(words=words, meant=spoken(meant), others=told, column=meant.name, instead=instead)


def _or_another(card: TableCard, words: str, money: ColumnCard, made: Values) -> None:
    """That another column holds money just as well: gross and net amounts."""
    equals = [c for c in card.columns if speaks(c) == speaks(money) and c is not money and is_money(c)]
    if 0 < len(equals) < 4:
        made.alternatives.append(read_as(words, money, *equals))


def _unused(scene: Scene, roles: Roles, rows: Rows) -> tuple[list[ColumnCard], At]:
    """The numbers that no condition and no key takes up, and the places of words that are taken."""
    used = {c.column.name for c in rows.conditions} | {n.column.name for n in roles.keys}
    numbers = [c for c in scene.card.columns if is_measure(c) and not yes_no(c) and c.name not in used]
    return numbers, rows.places | places(roles.groups)


def _told_apart(scene: Scene, fit: list[ColumnCard], at: int) -> list[ColumnCard]:
    """Those of several columns that most words of the question name: `late on arrival`, of two delays."""
    tokens = [scene.linked.tokens[at], *(t for t in scene.linked.tokens if t.word not in GRAMMAR)]
    named = [sum(any(alike(t.stem, t.word, word) for t in tokens) for word in name_words(c.name)) for c in fit]
    return [column for column, words in zip(fit, named, strict=True) if words == max(named) > 0]


def _other_noun(scene: Scene, rows: Rows) -> bool:
    """Whether a noun that the table does not know stands beside the aggregating word: then no other number is meant."""
    known = rows.places | {i for m in scene.linked.mentions for i in range(m.start, m.end)} | scene.linked.rows
    known |= {i for v in scene.linked.values for i in range(v.start, v.end)}
    for cue in scene.all(*TOLD, "quantile", "much"):
        for at in range(cue.end, min(cue.end + 2, len(scene.linked.tokens))):
            word = scene.linked.word(at)
            if at not in known and word not in GRAMMAR | IDLE | SPENDING | EVENTS and not word[:1].isdigit():
                return True
            if word in ("by", "per", "in", "for"):
                break
    return False


def _is_priced(hint: str, column: ColumnCard) -> bool:
    return hint == "quantity" and not {"price", "cost", "amount"}.isdisjoint(meanings(column.name))


def _take_hint(scene: Scene, column: ColumnCard, at: int, roles: Roles, made: Values, places: At | None = None) -> None:
    named = Named(column, frozenset([at]) if places is None else places, at, at + 1)
    roles.measures.append(named)
    superlative = scene.superlative is not None and scene.superlative[0] == at
    if superlative and not (roles.asked or roles.entities or roles.keys or scene.counted):
        kind: Aggregate = "min" if scene.direction == "lowest" else "max"
        made.found.append((at, Measure(kind, column, named.at)))
        return
    for measure in aggregates(scene, named, 0, roles):
        made.found.append((at, lawful(scene, measure, made)))


def ranks_by_money(scene: Scene, roles: Roles) -> bool:
    """`top 10 customers`: ranked by the money that they bring, when nothing else is said."""
    return (
        scene.direction is not None
        and bool(roles.asked or roles.entities)
        and not scene.has("count", "popular", "rate")
        and not any(named.lead in ("most", "fewest", "least") for named in roles.subjects)
    )
