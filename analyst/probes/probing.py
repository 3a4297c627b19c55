"""What a question did not ask but its reader must know: probes of a plan's main results, before insights are written.

Each probe looks at the rows behind a claim from another side and says nothing unless it is sure: a false alarm would
cost the reader's trust. benchmarks/unasked.py measures how often they raise one, and how often they find what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analyst.probes.breaks import is_small, level_break
from analyst.probes.carriers import Carrier, carrying_group, carrying_rows, relation_rows
from analyst.probes.cells import Cell, sides, splits
from analyst.probes.claim import Claim
from analyst.probes.gaps import gap
from analyst.probes.reversal import Reversal, relation_reversal, reversal
from analyst.stats.method import Result, Source
from analyst.stats.results import Fields, formats, table

KINDS = ("reversal", "group", "rows", "break", "missing", "repeats")
"""What is looked for, in the order told; the result tables are called check_<kind>."""
MAX_SIDES = 60
_VERY_SURE = 6.0

_DIFFERENCE: Fields = (("first", "VARCHAR"), ("second", "VARCHAR"), ("difference", "DOUBLE"))
_SURE: Fields = (("certainty", "VARCHAR"),)
_LEVELS: Fields = (("levels", "BIGINT"), ("turned", "BIGINT"))
_REVERSAL: Fields = (("dimension", "VARCHAR"), *_DIFFERENCE, ("within", "DOUBLE"), *_LEVELS, *_SURE)
_RELATION: Fields = (("dimension", "VARCHAR"), ("x", "VARCHAR"), ("y", "VARCHAR"), ("r", "DOUBLE"),
                     ("within", "DOUBLE"), *_LEVELS, *_SURE)  # fmt: skip
_GROUP: Fields = (("dimension", "VARCHAR"), ("left_out", "VARCHAR"), *_DIFFERENCE, ("without", "DOUBLE"),
                  ("share", "DOUBLE"), *_SURE)  # fmt: skip
_ROWS: Fields = (*_DIFFERENCE, ("without", "DOUBLE"), ("rows_left_out", "BIGINT"), *_SURE)
_POINTS: Fields = (("x", "VARCHAR"), ("y", "VARCHAR"), ("r", "DOUBLE"), ("without", "DOUBLE"),
                   ("rows_left_out", "BIGINT"), *_SURE)  # fmt: skip
_BREAK: Fields = (("period", "VARCHAR"), ("before", "DOUBLE"), ("after", "DOUBLE"), ("shift", "DOUBLE"),
                  ("p", "DOUBLE"), *_SURE)  # fmt: skip
_MISSING: Fields = (("first", "VARCHAR"), ("second", "VARCHAR"), ("first_missing", "DOUBLE"),
                    ("second_missing", "DOUBLE"), *_SURE)  # fmt: skip


def look(source: Source, claim: Claim) -> Iterator[Result]:
    """The results of every probe that finds something in `claim`; their suffixes are of KINDS."""
    if claim.kind == "relation":
        yield from _relation(source, claim)
        return
    if claim.periods is not None:
        yield from _break(claim)
    if claim.kind == "spans" and not claim.dimensions:
        return
    found = sides(source, claim)
    if not 2 <= len(found) <= MAX_SIDES:
        return
    pairs = _pairs(found, claim)
    cut = list(splits(source, claim, pairs))
    if turned := reversal(cut):
        yield _reversal(claim, turned)
    elif carried := carrying_group(cut):
        yield _group(claim, carried)
    if carried := next((c for pair in pairs[:1] if (c := carrying_rows(source, claim, found, pair))), None):
        yield _rows(claim, carried)
    if not claim.per and (missing := gap(found)):
        yield table(_MISSING, [(missing.first, missing.second, missing.first_missing, missing.second_missing,
                                _certainty(missing.z))], suffix="missing",
                    formats={"first_missing": "percent", "second_missing": "percent"},
                    facts=claim.facts,
                    what=f"share of missing values in the {claim.words} by {claim.label}, which differs between the "
                         "sides compared")  # fmt: skip


def _pairs(found: dict[str, Cell], claim: Claim) -> list[tuple[str, str]]:
    """The pairs that a claim is about, the higher side first: the leader against the next and against the last."""
    known = {name: cell.value(additive=claim.additive) for name, cell in found.items() if cell.known}
    ranked = sorted(known, key=lambda name: known[name], reverse=not claim.ascending)
    if len(ranked) < 2:
        return []
    pairs = dict.fromkeys([(ranked[0], ranked[1]), (ranked[0], ranked[-1])])
    return [(one, other) if known[one] >= known[other] else (other, one) for one, other in pairs]


def _relation(source: Source, claim: Claim) -> Iterator[Result]:
    if turned := relation_reversal(source, claim):
        yield _reversal(claim, turned)
    if carried := relation_rows(source, claim):
        yield table(_POINTS, [(carried.first, carried.second, carried.effect, carried.without, carried.rows, "high")],
                    suffix="rows", formats={"rows_left_out": "integer"}, withheld=_hidden(carried),
                    facts=claim.facts,
                    what=f"correlation r of {claim.label} and {claim.words}, and without the few extreme rows that "
                         "drive it")  # fmt: skip


def _reversal(claim: Claim, turned: Reversal) -> Result:
    counts = {"levels": "integer", "turned": "integer"}
    sure = (turned.levels, turned.turned, _certainty(turned.z))
    if claim.kind == "relation":
        row = (turned.dimension, turned.first, turned.second, turned.effect, turned.within, *sure)
        return table(_RELATION, [row], suffix="reversal", formats=counts,
                     facts=claim.facts,
                     what=f"correlation r of {claim.label} and {claim.words}, which reverses within the levels of "
                          f"{turned.dimension} (Simpson's paradox)")  # fmt: skip
    row = (turned.dimension, turned.first, turned.second, turned.effect, turned.within, *sure)
    shown = {"difference": claim.format, "within": claim.format}
    return table(_REVERSAL, [row], suffix="reversal", formats=counts | shown,
                 facts=claim.facts,
                 what=f"difference of the {claim.words} by {claim.label}, first minus second, which reverses within "
                      f"the levels of {turned.dimension} (Simpson's paradox)")  # fmt: skip


def _group(claim: Claim, carried: Carrier) -> Result:
    row = (carried.dimension, carried.left_out, carried.first, carried.second, carried.effect, carried.without,
           carried.share, _certainty(carried.z))  # fmt: skip
    shown = {"difference": claim.format, "without": claim.format, "share": "percent"}
    held = "of the total" if claim.additive else "of the rows"
    return table(_GROUP, [row], suffix="group", formats=shown, values_of={"left_out": carried.dimension},
                 facts=claim.facts,
                 what=f"difference of the {claim.words} by {claim.label}, first minus second, and without one level of "
                      f"{carried.dimension}, which drives it; share: the level's part {held}")  # fmt: skip


def _rows(claim: Claim, carried: Carrier) -> Result:
    row = (carried.first, carried.second, carried.effect, carried.without, carried.rows, "high")
    shown = {"difference": claim.format, "without": claim.format, "rows_left_out": "integer"}
    return table(_ROWS, [row], suffix="rows", formats=shown, withheld=_hidden(carried),
                 facts=claim.facts,
                 what=f"difference of the {claim.words} by {claim.label}, first minus second, and without the few "
                      "extreme rows of the first that drive it")  # fmt: skip


def _hidden(carried: Carrier) -> dict[str, None]:
    """With one row left out, the two numbers together would spell its cell."""
    return {"without": None} if carried.rows < 2 else {}


def _break(claim: Claim) -> Iterator[Result]:
    found = level_break(claim.periods) if claim.periods else None
    if found and not is_small(found):
        shown = dict.fromkeys(("before", "after", "shift"), claim.format)
        sure = "high" if found.p < 1e-6 else "medium"
        yield table(_BREAK, [(found.period, found.before, found.after, found.shift, found.p, sure)], suffix="break",
                    formats=formats(_BREAK, shown),
                    facts=claim.facts,
                    what=f"lasting shift in the level of the {claim.words} at one period, after allowing for "
                         "trend and season; before and after: means of the periods around it")  # fmt: skip


def _certainty(z: float) -> str:
    return "high" if z >= _VERY_SURE else "medium"


def strongest(found: Iterable[Result]) -> Sequence[Result]:
    """One result of each kind, the first found, in the order of KINDS."""
    by_kind: dict[str, Result] = {}
    for result in found:
        by_kind.setdefault(result.suffix, result)
    return [by_kind[kind] for kind in KINDS if kind in by_kind]
