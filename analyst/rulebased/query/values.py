"""What a question wants computed: sums, means, counts, rates and ratios, each with the words that ask for it; and money
that no column holds, such as the total of price times quantity or what an order of several rows comes to."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.lexicon import HINTED
from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import is_number, meanings, spoken, yes_no
from analyst.rulebased.query.aggregates import measured
from analyst.rulebased.query.computed import Values, usual
from analyst.rulebased.query.counting import counted, flagged, rated
from analyst.rulebased.query.cues import LEADS
from analyst.rulebased.query.defaults import SINGLE_PRICE, deals, is_money, line_total, speaking_measure
from analyst.rulebased.query.hints import MONEY, hinted, hinted_at, ranks_by_money
from analyst.rulebased.query.model import NOWHERE, At, Measure, Ratio, Rows
from analyst.rulebased.query.ratios import by_things, elapsed, named_ratio, paired, per_thing
from analyst.rulebased.query.roles import Named, Roles
from analyst.rulebased.query.scene import Scene

_GROSS = frozenset("before without excluding ignoring".split())
_WORTH = ("value", "worth")
_NET = frozenset("after including minus less net with".split())


def deal_value(scene: Scene, roles: Roles, made: Values) -> bool:
    """`average order value`: the total by the number of different orders, where an order has several rows."""
    deal, main = deals(scene.card), speaking_measure(scene.card)
    total = line_total(scene.card) or (usual(main) if main is not None and is_money(main) else None)
    if deal is None or total is None or not scene.has("value") or scene.direction or roles.measures:
        return False
    if total.column is not None and total.column.per is not None:
        return False  # it stands on every row of its order: no sum of rows is what orders come to
    at = scene.at("value", "mean", "median", "much").union(*(n.at for n in _naming(roles, deal.name)))
    for group in (roles.entities, roles.asked, roles.subjects):
        group[:] = [named for named in group if named.column is not deal]
    made.found.append((min(at), Ratio(replace(total, aggregate="sum"), Measure("distinct", deal), at, "order_value")))
    made.said.append(f"This is the average of all {spoken(deal)}s, each with all its rows.")
    return True


def _naming(roles: Roles, name: str) -> list[Named]:
    return [n for n in (*roles.entities, *roles.asked, *roles.subjects) if n.column.name == name]


def total_of_lines(scene: Scene, roles: Roles, made: Values) -> bool:
    """`revenue`, `top customers`: price times quantity, less the discount, in a table that holds no amounts."""
    total = line_total(scene.card)
    grouped = {i for n in roles.groups for i in n.at}
    said = frozenset(i for i, t in enumerate(scene.linked.tokens) if t.stem in MONEY and i not in grouped)
    pieces = any("quantity" in HINTED.get(token.word, "") for token in scene.linked.tokens)
    if (
        total is None
        or pieces
        or not (said or scene.has("value") or (ranks_by_money(scene, roles) and not roles.measures))
    ):
        return False
    off = [n for n in roles.measures if total.less is not None and n.column is total.less]
    gross = any(scene.linked.word(n.first - 1) in _GROSS for n in off)
    told = next((c.kind for c in scene.all("mean", "median", "max", "min")), "sum")
    at = said.union(scene.at("value", "sum", "much", told), *(n.at | _led(scene, n) for n in off))
    roles.measures[:] = [n for n in roles.measures if n not in off]
    less = None if gross else total.less
    plain = replace(total, at=at, less=less)
    divided = by_things(scene, roles, made, plain) if told in ("sum", "mean") else None
    made.found.append((min(at, default=0), divided or replace(plain, aggregate=told)))  # type: ignore[arg-type]
    parts = " times ".join(spoken(c) for c in (total.column, total.times) if c is not None)
    made.said.append(f"Revenue is {parts}" + (f", less {spoken(less)}." if less is not None else "."))
    return True


def _led(scene: Scene, named: Named) -> At:
    """The word that says whether a discount is taken off."""
    before = named.first - 1
    return frozenset([before]) if scene.linked.word(before) in _GROSS | _NET else NOWHERE


def worth(scene: Scene, roles: Roles, made: Values) -> bool:
    """`stock value`: how many there are times what one costs."""
    named = [n for n in roles.measures if "quantity" in meanings(n.column.name) and scene.linked.word(n.end) in _WORTH]
    single = [c for c in scene.card.columns if is_number(c) and {"cost", "price"} & meanings(c.name)]
    cost = next((c for c in single if SINGLE_PRICE & meanings(c.name)), None)
    if not named or cost is None:
        return False
    many = named[0]
    roles.measures.remove(many)
    at = many.at | {many.end} | scene.at("sum")
    made.found.append((many.first, Measure("sum", cost, at, times=many.column, noun="value")))
    made.said.append(f"The value is {spoken(cost)} times {spoken(many.column)}.")
    return True


_TWO = (elapsed, deal_value, worth, total_of_lines, named_ratio, paired, per_thing)
"""Values of several columns, the more particular ones first."""


def find_values(scene: Scene, roles: Roles, rows: Rows) -> Values:
    """What the question wants computed; nothing when it names no number, no count and no rate."""
    made = Values()
    two = any(find(scene, roles, made) for find in _TWO)
    if not two:
        measured(scene, roles, made)
    if scene.has("rate", "share") and not two:
        rated(scene, roles, rows, made)
    if (not two and scene.has("count", "popular")) or (scene.has("much") and not made.found):
        counted(scene, roles, rows, made)
    if not made.found and roles.flags and scene.has("more", "relate", "difference"):
        hinted(scene, roles, rows, made)
    if not made.found and scene.counted:
        hinted_at(scene, roles, rows, made)
    flagged(scene, roles, rows, made)
    text = _text_asked(scene, roles, rows)
    if text is not None and not made.found:
        made.refused.append(_why_not(text.column))
    elif not made.found:
        hinted(scene, roles, rows, made)
    return made


def _keys_named(scene: Scene, roles: Roles) -> list[Named]:
    """Keys named as such ("order ids"), and not as what the rows are."""
    tokens = scene.linked.tokens
    return [
        n for n in roles.subjects if n.score >= 0.9 or (n.end < len(tokens) and tokens[n.end].word in ("id", "ids"))
    ]


def _why_not(column: ColumnCard) -> str:
    if column.role == "identifier":
        return f"{spoken(column)} only tells rows apart, so adding it up says nothing."
    return f"{spoken(column)} does not hold plain numbers, so it can't be added up or averaged."


def _text_asked(scene: Scene, roles: Roles, rows: Rows) -> Named | None:
    """A column of text that the question wants added up or averaged."""
    every = [*roles.entities, *roles.asked, *roles.keys, *roles.times, *roles.flags, *_keys_named(scene, roles)]
    kinds = ("sum", "mean", "median", "std", "variance", "quantile")
    for named in every:
        cue = scene.before(named.first, *kinds, past=1)
        number = is_number(named.column) and named.column.role != "identifier"
        if cue is None or number or yes_no(named.column) or named.lead in LEADS:
            continue
        if rows.used & set(range(cue.end, named.first)):
            continue
        if scene.at("count", "popular").isdisjoint(range(cue.first, named.first)):
            return named
    return None
