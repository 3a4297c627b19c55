"""Functions of text and of lists in Spark SQL, equal to DuckDB's."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.spark.patterns import java_pattern, java_replacement
from analyst.engine.remote.translation.types import BIGINT, BOOLEAN, NULL, VARCHAR, SqlType


def text_literal(text: str) -> str:
    """A text as Spark reads one: backslashes doubled, and no ${…}, which Spark would fill in."""
    if "\0" in text:
        raise TranslationError("The query holds a NUL character: remove it.")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024") + "'"


def _same_case(function: str, apart: Mapping[str, str]) -> str:
    """A change of case as DuckDB makes it, one character for one: `apart` are letters that Java makes several of."""
    text = "{0}"
    for letter, other in apart.items():
        text = f"replace({text}, '{letter}', '{other}')"
    return f"{function}({text})"


_LOWER = _same_case("lower", {"İ": "i", "Σ": "σ"})
_SEVERAL = "".join(chr(code) for code in range(0x10000) if len(chr(code).upper()) > 1 and chr(code) != "ß")
"""Letters whose capitals are several letters for Java and none for DuckDB: ligatures and Greek with several marks."""
_UPPER = (
    f"(CASE WHEN {{0}} RLIKE '[{_SEVERAL}]' THEN CAST(raise_error('a letter has no single capital') AS STRING) "
    f"ELSE {_same_case('upper', {'ß': 'ẞ'})} END)"
)


def _substring(text: Operand, start: Operand, length: Operand | None = None) -> str:
    if length is None:
        return f"substring({text.text}, {start.text})"
    if length.constant and isinstance(length.value, int) and length.value < 0:
        raise TranslationError(
            "substring() of a negative length has no equal on Spark: write left(x, n) or right(x, n)."
        )
    if start.is_written and isinstance(start.value, int) and start.value == 0:
        raise TranslationError("substring() from 0 has no equal on Spark: the first character is 1.")
    begin, count = start.text, length.text
    if not start.constant:
        count = f"(CASE WHEN {begin} = 0 THEN {count} - 1 ELSE {count} END)"
    if not length.constant:
        backwards = f"(CASE WHEN {length.text} < 0 THEN greatest({begin} + {length.text}, 1) ELSE {begin} END)"
        ahead = f"(CASE WHEN {length.text} < 0 THEN {begin} - greatest({begin} + {length.text}, 1) ELSE {count} END)"
        begin, count = backwards, ahead
    return f"substring({text.text}, CAST({begin} AS INT), CAST({count} AS INT))"


def _side(function: str) -> str:
    """left and right: a negative number leaves out so many characters of the other side."""
    count = "(CASE WHEN {1} < 0 THEN greatest(char_length({0}) + {1}, 0) ELSE {1} END)"
    return f"{function}({{0}}, CAST({count} AS INT))"


def _split_part(text: Operand, separator: Operand, place: Operand) -> str:
    if not separator.value or place.value == 0:
        raise TranslationError("split_part() needs a separator and a place other than 0.")
    return f"split_part({text.text}, {separator.text}, {place.text})"


def _split(text: Operand, separator: Operand) -> str:
    if not separator.value:
        raise TranslationError("string_split() needs a separator on Spark: write the character that parts the text.")
    pattern = "".join(f"[{c}]" if c not in "\\^" else f"\\{c}" for c in str(separator.value))
    return f"split({text.text}, {text_literal(pattern)}, -1)"


def _concatenated(*parts: Operand) -> str:
    return f"concat_ws('', {', '.join(part.text for part in parts)})"


def _with_separator(*parts: Operand) -> str:
    return f"concat_ws({', '.join(part.text for part in parts)})"


def like(text: Operand, pattern: Operand) -> str:
    """LIKE without an escape character, which Spark has unless another is named."""
    return _like(text.text, str(pattern.value))


def _like(text: str, pattern: str) -> str:
    if "\\" not in pattern:
        return f"({text} LIKE {text_literal(pattern)})"
    escape = next(c for c in "!#~^|§¤" if c not in pattern)
    return f"({text} LIKE {text_literal(pattern)} ESCAPE '{escape}')"


def _ilike(text: Operand, pattern: Operand) -> str:
    return _like(_LOWER.format(text.text), "".join(_low(c) for c in str(pattern.value)))


def _low(character: str) -> str:
    if character in "İ":
        return "i"
    low = character.lower()
    return low if len(low) == 1 else character


def _like_escape(text: Operand, pattern: Operand, escape: Operand) -> str:
    return f"({text.text} LIKE {pattern.text} ESCAPE {escape.text})"


def _options(parts: tuple[Operand, ...]) -> str:
    return str(parts[0].value) if parts else ""


def _matches(text: Operand, pattern: Operand, *options: Operand) -> str:
    return f"({text.text} RLIKE {text_literal(java_pattern(str(pattern.value), _options(options)))})"


def _full_match(text: Operand, pattern: Operand, *options: Operand) -> str:
    written = java_pattern(str(pattern.value), _options(options))
    whole = text_literal(rf"\A(?:{written})\z")
    return f"({text.text} RLIKE {whole})"


def _extract(text: Operand, pattern: Operand, *group: Operand) -> str:
    place = group[0].value if group else 0
    if not isinstance(place, int):
        raise TranslationError("regexp_extract() with names of groups has no equal on Spark: extract one group a call.")
    options = _options(group[1:])
    return f"regexp_extract({text.text}, {text_literal(java_pattern(str(pattern.value), options))}, {place})"


def _replace(text: Operand, pattern: Operand, other: Operand, *options: Operand) -> str:
    """regexp_replace: the first match alone, unless 'g' asks for all."""
    given = _options(options)
    written = java_pattern(str(pattern.value), given)
    if "g" in given:
        return (
            f"regexp_replace({text.text}, {text_literal(written)}, {text_literal(java_replacement(str(other.value)))})"
        )
    first = rf"\A([\s\S]*?)(?:{written})"
    replacement = "$1" + java_replacement(str(other.value), 1).replace("$1", "${first}")
    if "${first}" in replacement or r"\0" in str(other.value):
        first, replacement = (
            rf"\A([\s\S]*?)({written})",
            "$1" + java_replacement(str(other.value), 2).replace("$12", "$2"),
        )
        replacement = _shifted(str(other.value))
    elif replacement[2:3].isdigit():
        raise TranslationError("regexp_replace() with a digit first in its replacement has no equal on Spark: use 'g'.")
    return f"regexp_replace({text.text}, {text_literal(first)}, {text_literal(replacement)})"


def _shifted(other: str) -> str:
    """A replacement behind two groups of our own: what stands before the match, and the match."""
    return "$1" + java_replacement(other, 2)


@cache
def _accents() -> tuple[str, str]:
    """Every letter with a mark that has a plain one, and the plain ones."""
    found = {}
    for code in range(0x80, min(sys.maxunicode, 0x2FFF)):
        plain = "".join(c for c in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(c))
        if len(plain) == 1 and plain != chr(code):
            found[chr(code)] = plain
    return "".join(found), "".join(found.values())


def _unaccented(text: Operand) -> str:
    marked, plain = (part.replace("'", "\\'") for part in _accents())
    return f"translate(regexp_replace({text.text}, '\\\\p{{Mn}}', ''), '{marked}', '{plain}')"


def _listed(*parts: Operand) -> str:
    return f"array({', '.join(part.text for part in parts)})"


def _list_type(parts: Sequence[Operand]) -> SqlType:
    return SqlType("LIST", item=replace(parts[0].type, written=False) if parts else NULL)


_HAS = "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN coalesce(array_contains({0}, {1}), FALSE) END)"
_OVERLAPS = "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN coalesce(arrays_overlap({0}, {1}), FALSE) END)"
_CONTAINS = (Rule("words words", BOOLEAN, "contains({0}, {1})"), Rule("list any", BOOLEAN, _HAS))
_STARTS = (Rule("words words", BOOLEAN, "startswith({0}, {1})"),)
_ENDS = (Rule("words words", BOOLEAN, "endswith({0}, {1})"),)
_PLACE = (Rule("words words", BIGINT, "CAST(instr({0}, {1}) AS BIGINT)"),)
_SUBSTRING = (
    Rule("text integer", VARCHAR, _substring),
    Rule("text integer integer", VARCHAR, _substring),
)
_LENGTH = (
    Rule("words", BIGINT, "CAST(char_length({0}) AS BIGINT)"),
    Rule("list", BIGINT, "CAST(size({0}) AS BIGINT)"),
)
_CHARACTERS = _LENGTH[:1]
_SPLIT = (Rule("words words!", SqlType("LIST", item=VARCHAR), _split),)
_LIKE, _ILIKE = (Rule("text words!", BOOLEAN, like),), (Rule("text words!", BOOLEAN, _ilike),)
_MATCH = (Rule("words words!", BOOLEAN, _matches), Rule("words words! words!", BOOLEAN, _matches))
_LIST_HAS = (Rule("list any", BOOLEAN, _HAS),)


def _item(parts: Sequence[Operand]) -> SqlType:
    return parts[0].type.item or NULL


_ELEMENT = (Rule("list integer!", _item, "try_element_at({0}, {1})"),)
_OVERLAP = (Rule("list list", BOOLEAN, _OVERLAPS),)
_JOINED = (Rule("list words", VARCHAR, "array_join({0}, {1})"),)
_TRIMMED = {"trim": "BOTH", "ltrim": "LEADING", "rtrim": "TRAILING"}

TEXTS: Mapping[str, tuple[Rule, ...]] = {
    "||": (Rule("text text", VARCHAR, "concat({0}, {1})"),),
    "concat": (Rule("text*", VARCHAR, _concatenated),),
    "concat_ws": (Rule("words text*", VARCHAR, _with_separator),),
    "lower": (Rule("text", VARCHAR, _LOWER),),
    "lcase": (Rule("text", VARCHAR, _LOWER),),
    "upper": (Rule("text", VARCHAR, _UPPER),),
    "ucase": (Rule("text", VARCHAR, _UPPER),),
    **{
        name: (Rule("text", VARCHAR, f"{name}({{0}})"), Rule("text words!", VARCHAR, f"trim({side} {{1}} FROM {{0}})"))
        for name, side in _TRIMMED.items()
    },
    "length": _LENGTH,
    "len": _LENGTH,
    "char_length": _CHARACTERS,
    "character_length": _CHARACTERS,
    "strlen": (Rule("words", BIGINT, "CAST(octet_length({0}) AS BIGINT)"),),
    "replace": (Rule("text words words", VARCHAR, "replace({0}, {1}, {2})"),),
    "translate": (Rule("text words! words!", VARCHAR, "translate({0}, {1}, {2})"),),
    "reverse": (Rule("words", VARCHAR, "reverse({0})"),),
    "repeat": (Rule("words integer", VARCHAR, "repeat({0}, CAST({1} AS INT))"),),
    "lpad": (Rule("text integer words!", VARCHAR, "lpad({0}, CAST({1} AS INT), {2})"),),
    "rpad": (Rule("text integer words!", VARCHAR, "rpad({0}, CAST({1} AS INT), {2})"),),
    "contains": _CONTAINS,
    "starts_with": _STARTS,
    "ends_with": _ENDS,
    "strpos": _PLACE,
    "substring": _SUBSTRING,
    "left": (Rule("text integer", VARCHAR, _side("left")),),
    "right": (Rule("text integer", VARCHAR, _side("right")),),
    "split_part": (Rule("words words! integer!", VARCHAR, _split_part),),
    "string_split": _SPLIT,
    "str_split": _SPLIT,
    "split": _SPLIT,
    "string_to_array": _SPLIT,
    "~~": _LIKE,
    "!~~": tuple(Rule(rule.takes, BOOLEAN, lambda *parts: f"(NOT {like(*parts)})") for rule in _LIKE),
    "~~*": _ILIKE,
    "!~~*": tuple(Rule(rule.takes, BOOLEAN, lambda *parts: f"(NOT {_ilike(*parts)})") for rule in _ILIKE),
    "like_escape": (Rule("text words! words!", BOOLEAN, _like_escape),),
    "not_like_escape": (Rule("text words! words!", BOOLEAN, lambda *parts: f"(NOT {_like_escape(*parts)})"),),
    "regexp_matches": _MATCH,
    "regexp_full_match": (
        Rule("words words!", BOOLEAN, _full_match),
        Rule("words words! words!", BOOLEAN, _full_match),
    ),
    "regexp_extract": (
        Rule("words words!", VARCHAR, _extract),
        Rule("words words! integer!", VARCHAR, _extract),
        Rule("words words! integer! words!", VARCHAR, _extract),
    ),
    "regexp_replace": (
        Rule("text words! words!", VARCHAR, _replace),
        Rule("text words! words! words!", VARCHAR, _replace),
    ),
    "strip_accents": (Rule("words", VARCHAR, _unaccented),),
    "md5": (Rule("words", VARCHAR, "md5({0})"),),
    "sha256": (Rule("words", VARCHAR, "sha2({0}, 256)"),),
    "list_value": (Rule("same*", _list_type, _listed),),
    "list_contains": _LIST_HAS,
    "array_contains": _LIST_HAS,
    "list_has": _LIST_HAS,
    "list_has_any": _OVERLAP,
    "array_has_any": _OVERLAP,
    "&&": _OVERLAP,
    "list_extract": _ELEMENT,
    "array_extract": _ELEMENT,
    "list_element": _ELEMENT,
    "array_to_string": _JOINED,
    "array_length": _LENGTH[1:],
}
"""By DuckDB's name."""
_TRANSFORM, _FILTER = "transform({0}, {1} -> {2})", "filter({0}, {1} -> {2})"
LAMBDAS: Mapping[str, str] = {
    **dict.fromkeys(("list_transform", "list_apply", "array_transform", "array_apply", "apply"), _TRANSFORM),
    **dict.fromkeys(("list_filter", "array_filter", "filter"), _FILTER),
}
"""Functions that take a lambda, by DuckDB's name."""
