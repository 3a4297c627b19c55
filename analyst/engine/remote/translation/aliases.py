"""The further names that DuckDB has for a function: no dialect names its rules twice."""

from __future__ import annotations

from collections.abc import Mapping

from analyst.engine.remote.translation.operands import Rule

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "+": ("add",),
    "-": ("subtract",),
    "*": ("multiply",),
    "/": ("divide",),
    "%": ("mod",),
    "**": ("^", "pow", "power"),
    "date_part": ("datepart",),
    "date_trunc": ("datetrunc",),
    "date_diff": ("datediff",),
    "date_sub": ("datesub",),
    "starts_with": ("prefix", "^@"),
    "ends_with": ("suffix",),
    "strpos": ("instr", "position"),
    "substring": ("substr",),
    "avg": ("mean",),
    "arg_max": ("argmax", "max_by"),
    "arg_min": ("argmin", "min_by"),
    "string_agg": ("group_concat", "listagg"),
    "count_if": ("countif",),
}


def with_aliases(rules: Mapping[str, tuple[Rule, ...]]) -> Mapping[str, tuple[Rule, ...]]:
    """The rules by every name of their functions."""
    return {alias: found for name, found in rules.items() for alias in (name, *_ALIASES.get(name, ()))}
