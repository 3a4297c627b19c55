"""num(): text that holds a number, as temporary functions of Spark, by the patterns that DuckDB's macros read it by.

What each step means stands in analyst.engine.numbers; here the text is split once because its parts are arguments.
"""

from __future__ import annotations

from analyst.core.numerals import (
    BETWEEN,
    FOREIGN,
    LEAD,
    LETTERS,
    MARKS,
    NO_UNITS,
    NOTE,
    PLAIN,
    PLAIN_DIGITS,
    SCALES,
    SPLIT,
    TAIL,
)
from analyst.engine.remote.translation.operands import Operand
from analyst.engine.remote.translation.spark.casts import cast
from analyst.engine.remote.translation.spark.patterns import java_pattern
from analyst.engine.remote.translation.spark.text import text_literal
from analyst.engine.remote.translation.types import DOUBLE, VARCHAR

_WORD = r"^[+]? ?([^0-9\s.%()+€$£¥₹]+)"
_GROUPED = r"[1-9][0-9]{0,2}(,[0-9]{3})+([.][0-9]+)?"
_INDIAN = r"[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?"
_DOTTED = r"[0-9]{1,3}([.][0-9]{3})+,[0-9]+"
_DOTS_ONLY = r"[0-9]{1,3}([.][0-9]{3}){2,}"
_COMMA = "[0-9]*,[0-9]*"


def _listed(words: object) -> str:
    return ", ".join(text_literal(word) for word in words)  # type: ignore[attr-defined]


def _whole(text: str, pattern: str) -> str:
    return f"{text} RLIKE {text_literal(_anchored(java_pattern(pattern)))}"


def _anchored(pattern: str) -> str:
    return rf"\A(?:{pattern})\z"


def _part(text: str, pattern: str, group: int) -> str:
    return f"regexp_extract({text}, {text_literal(java_pattern(pattern))}, {group})"


def _as_double(text: str) -> str:
    return cast(Operand(text, VARCHAR), DOUBLE, True) or ""


def _function(name: str, parameters: str, gives: str, body: str) -> str:
    listed = ", ".join(f"{parameter} STRING" for parameter in parameters.split())
    return f"CREATE OR REPLACE TEMPORARY FUNCTION {name}({listed}) RETURNS {gives} RETURN {body}"


_SCALED = " ".join(f"WHEN {text_literal(word)} THEN {scale!r}D" for word, scale in SCALES.items())
_USUAL = f"""CASE WHEN {_whole("s", _GROUPED)} OR {_whole("s", _INDIAN)} THEN replace(s, ',', '')
 WHEN {_whole("s", _DOTTED)} THEN replace(replace(s, '.', ''), ',', '.')
 WHEN {_whole("s", _DOTS_ONLY)} THEN replace(s, '.', '') WHEN {_whole("s", _COMMA)} THEN replace(s, ',', '.')
 ELSE s END"""
_SCALE = f"""CASE WHEN tail = '' THEN 1D
 WHEN num_word(tail) IN ({_listed(LETTERS)}) AND {_whole("tail", "[+]? ?[mbt]")}
 AND lead = '' THEN 1D ELSE CASE num_word(tail) {_SCALED} ELSE 1D END END"""
_SHARE = f"""CASE WHEN tail = '' THEN 1D WHEN contains(tail, '‰') THEN 1000D
 WHEN tail RLIKE {text_literal(java_pattern("(?i)%|^ ?(percent|prozent|pct)"))} THEN 100D ELSE 1D END"""
_SIGN = """CASE WHEN contains(lead, '-') OR endswith(tail, '-') OR (contains(lead, '(') AND contains(tail, ')'))
 THEN -1 ELSE 1 END"""
_FITS = f"""digits <> '' AND {_whole("digits", PLAIN_DIGITS)} AND (lead = '' OR {_whole("lead", LEAD)})
 AND (tail = '' OR ({_whole("tail", TAIL)} AND num_word(tail) NOT IN ({_listed(sorted(NO_UNITS))})))"""
_READ = f"""CASE WHEN num_fits(lead, digits, tail) THEN num_sign(lead, tail) * num_scale(lead, tail)
 * num_double(num_usual(translate(digits, {text_literal(BETWEEN)}, ''))) / num_share(tail) END"""
_NOTED = f"regexp_replace({_part('s', SPLIT, 3)}, {text_literal(java_pattern(NOTE))}, '')"
_FINITE = "NOT isnan(num_double(x)) AND abs(num_double(x)) <> CAST('Infinity' AS DOUBLE)"

NUM_FUNCTIONS: tuple[str, ...] = (
    _function(
        "num_plain",
        "x",
        "STRING",
        f"CASE WHEN octet_length(x) = char_length(x) THEN x "
        f"ELSE translate(x, {text_literal(FOREIGN + MARKS)}, {text_literal(PLAIN)}) END",
    ),
    _function("num_double", "x", "DOUBLE", _as_double("x")),
    _function("num_usual", "s", "STRING", _USUAL),
    _function("num_word", "tail", "STRING", f"lower({_part('tail', _WORD, 1)})"),
    _function("num_scale", "lead tail", "DOUBLE", _SCALE),
    _function("num_share", "tail", "DOUBLE", _SHARE),
    _function("num_sign", "lead tail", "INT", _SIGN),
    _function("num_fits", "lead digits tail", "BOOLEAN", _FITS),
    _function("num_read", "lead digits tail", "DOUBLE", _READ),
    _function("num_text", "s", "DOUBLE", f"num_read({_part('s', SPLIT, 1)}, {_part('s', SPLIT, 2)}, {_NOTED})"),
    _function(
        "num",
        "x",
        "DOUBLE",
        f"CASE WHEN {_FINITE} THEN num_double(x) ELSE num_text(num_plain(x)) END",
    ),
)
"""Statements that make num(x) known to a Spark session, in their order; each replaces an older one."""
