"""What a question wants computed: sums, means, counts, rates and ratios, each with the words that ask for it."""

from __future__ import annotations

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import is_number, spoken, yes_no
from analyst.rulebased.query.aggregates import measured
from analyst.rulebased.query.computed import Values
from analyst.rulebased.query.counting import counted, flagged, rated
from analyst.rulebased.query.found import Rows
from analyst.rulebased.query.hints import hinted, hinted_at
from analyst.rulebased.query.money import deal_value, total_of_lines
from analyst.rulebased.query.ratios import elapsed, named_ratio, paired, per_thing
from analyst.rulebased.query.roles import Named, Roles
from analyst.rulebased.query.scene import Scene
from analyst.rulebased.query.vocabulary import LEADS

_TWO = (elapsed, deal_value, total_of_lines, named_ratio, paired, per_thing)
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
