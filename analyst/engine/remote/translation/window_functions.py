"""Functions that only windows have: every dialect calls them alike."""

from __future__ import annotations

from collections.abc import Mapping

from analyst.engine.remote.translation.operands import Rule
from analyst.engine.remote.translation.results import first
from analyst.engine.remote.translation.types import BIGINT, DOUBLE, SqlType


def _numbering(name: str, type: SqlType = BIGINT, takes: str = "") -> tuple[Rule, ...]:
    call = f"{name}({'CAST({0} AS integer)' if takes else ''}){{over}}"
    return (Rule(takes, type, f"CAST({call} AS bigint)" if type is BIGINT else call, ordered=True),)


def _shifted(name: str) -> tuple[Rule, ...]:
    return (
        Rule("any", first, f"{name}({{0}}){{over}}", ordered=True),
        Rule("any integer!", first, f"{name}({{0}}, {{1}}){{over}}", ordered=True),
        Rule("same integer! same", first, f"{name}({{0}}, {{1}}, {{2}}){{over}}", ordered=True),
    )


_FIRST = (Rule("any", first, "first_value({0}){over}", ordered=True),)
_LAST = (Rule("any", first, "last_value({0}){over}", ordered=True),)

FUNCTIONS: Mapping[str, tuple[Rule, ...]] = {
    "row_number": _numbering("row_number"),
    "rank": _numbering("rank"),
    "dense_rank": _numbering("dense_rank"),
    "rank_dense": _numbering("dense_rank"),
    "ntile": _numbering("ntile", takes="integer!"),
    "percent_rank": _numbering("percent_rank", DOUBLE),
    "cume_dist": _numbering("cume_dist", DOUBLE),
    "lag": _shifted("lag"),
    "lead": _shifted("lead"),
    "first_value": _FIRST,
    "first": _FIRST,
    "last_value": _LAST,
    "last": _LAST,
    "nth_value": (Rule("any integer!", first, "nth_value({0}, {1}){over}", ordered=True),),
}
"""By DuckDB's name."""
