"""Functions of text in PostgreSQL's SQL, equal to DuckDB's in a database of UTF-8."""

from __future__ import annotations

from collections.abc import Mapping

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.operands import Operand, Rule
from analyst.engine.remote.translation.postgres.casts import by_bytes, plain_literal, text_literal
from analyst.engine.remote.translation.types import BIGINT, BOOLEAN, VARCHAR

_BLANKS = text_literal("".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000))))
"""What trim() takes off: Unicode's spaces."""
_LOWER = by_bytes('lower({0} COLLATE "pg_c_utf8")')
_UPPER = by_bytes("""upper(replace({0}, 'ß', 'ẞ') COLLATE "pg_c_utf8")""")
"""A change of case, one character for one, of all letters of Unicode; PostgreSQL 17 brings the collation."""


def _substring(text: Operand, start: Operand, length: Operand | None = None) -> str:
    """A part of a text; a negative start counts from its end."""
    begin = f"CAST({start.text} AS integer)"
    if not (start.is_written and isinstance(start.value, int) and start.value > 0):
        begin = f"(CASE WHEN {begin} < 0 THEN char_length({text.text}) + {begin} + 1 ELSE {begin} END)"
    if length is None:
        return f"substr({text.text}, {begin})"
    if length.constant and isinstance(length.value, int) and length.value < 0:
        raise TranslationError(
            "substring() of a negative length has no equal on PostgreSQL: write left(x, n) or right(x, n)."
        )
    return f"substr({text.text}, {begin}, CAST({length.text} AS integer))"


def _split_part(text: Operand, separator: Operand, place: Operand) -> str:
    if not separator.value or place.value == 0:
        raise TranslationError("split_part() needs a separator and a place other than 0.")
    return f"split_part({text.text}, {separator.text}, {place.text})"


def _padded(name: str) -> tuple[Rule, ...]:
    def write(text: Operand, length: Operand, fill: Operand) -> str:
        if not fill.value:
            raise TranslationError(f"{name}() needs a character to fill with.")
        return f"{name}({text.text}, CAST({length.text} AS integer), {fill.text})"

    return (Rule("text integer words!", VARCHAR, write),)


def _joined(*parts: Operand) -> str:
    return by_bytes(f"concat_ws('', {', '.join(part.text for part in parts)})")


def _with_separator(*parts: Operand) -> str:
    return by_bytes(f"concat_ws({', '.join(part.text for part in parts)})")


def _like(text: Operand, pattern: Operand) -> str:
    """LIKE without an escape character, which PostgreSQL has unless none is named."""
    return f"({text.text} LIKE {pattern.text} ESCAPE '')"


def _ilike(text: Operand, pattern: Operand) -> str:
    low = "".join(_low(character) for character in str(pattern.value))
    return f"({_LOWER.format(text.text)} LIKE {text_literal(low)} ESCAPE '')"


def _low(character: str) -> str:
    low = character.lower()
    return low if len(low) == 1 else "i"


def _like_escape(text: Operand, pattern: Operand, escape: Operand) -> str:
    return f"({text.text} LIKE {pattern.text} ESCAPE {plain_literal(str(escape.value))})"


_CONTAINS = (Rule("words words", BOOLEAN, "(strpos({0}, {1}) > 0)"),)
_STARTS = (Rule("words words", BOOLEAN, "starts_with({0}, {1})"),)
_ENDS = (Rule("words words", BOOLEAN, "(right({0}, char_length({1})) = {1})"),)
_PLACE = (Rule("words words", BIGINT, "CAST(strpos({0}, {1}) AS bigint)"),)
_SUBSTRING = (Rule("text integer", VARCHAR, _substring), Rule("text integer integer", VARCHAR, _substring))
_LENGTH = (Rule("words", BIGINT, "CAST(char_length({0}) AS bigint)"),)

TEXTS: Mapping[str, tuple[Rule, ...]] = {
    "||": (Rule("text text", VARCHAR, "({0} || {1})"),),
    "concat": (Rule("text*", VARCHAR, _joined),),
    "concat_ws": (Rule("words text*", VARCHAR, _with_separator),),
    **dict.fromkeys(("lower", "lcase"), (Rule("text", VARCHAR, _LOWER),)),
    **dict.fromkeys(("upper", "ucase"), (Rule("text", VARCHAR, _UPPER),)),
    **{
        name: (Rule("text", VARCHAR, f"{own}({{0}}, {_BLANKS})"), Rule("text words!", VARCHAR, f"{own}({{0}}, {{1}})"))
        for name, own in (("trim", "btrim"), ("ltrim", "ltrim"), ("rtrim", "rtrim"))
    },
    **dict.fromkeys(("length", "len", "char_length", "character_length"), _LENGTH),
    "strlen": (Rule("words", BIGINT, "CAST(octet_length({0}) AS bigint)"),),
    "replace": (Rule("text words words", VARCHAR, "replace({0}, {1}, {2})"),),
    "repeat": (Rule("words integer", VARCHAR, "repeat({0}, CAST({1} AS integer))"),),
    "lpad": _padded("lpad"),
    "rpad": _padded("rpad"),
    "contains": _CONTAINS,
    "starts_with": _STARTS,
    "ends_with": _ENDS,
    "strpos": _PLACE,
    "substring": _SUBSTRING,
    "left": (Rule("text integer", VARCHAR, "left({0}, CAST({1} AS integer))"),),
    "right": (Rule("text integer", VARCHAR, "right({0}, CAST({1} AS integer))"),),
    "split_part": (Rule("words words! integer!", VARCHAR, _split_part),),
    "~~": (Rule("text words!", BOOLEAN, _like),),
    "!~~": (Rule("text words!", BOOLEAN, lambda *parts: f"(NOT {_like(*parts)})"),),
    "~~*": (Rule("text words!", BOOLEAN, _ilike),),
    "!~~*": (Rule("text words!", BOOLEAN, lambda *parts: f"(NOT {_ilike(*parts)})"),),
    "like_escape": (Rule("text words! words!", BOOLEAN, _like_escape),),
    "not_like_escape": (Rule("text words! words!", BOOLEAN, lambda *parts: f"(NOT {_like_escape(*parts)})"),),
    "md5": (Rule("words", VARCHAR, by_bytes("md5({0})")),),
}
"""By DuckDB's name."""
CASES = frozenset({"lower", "lcase", "upper", "ucase", "~~*", "!~~*"})
"""Functions that change the case of letters, for which servers before PostgreSQL 17 have no equal."""
