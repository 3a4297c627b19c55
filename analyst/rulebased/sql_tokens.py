"""SQL as tokens: the names, texts, numbers, words and signs of a statement that this room wrote."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["name", "text", "number", "word", "sign"]
_KINDS: tuple[Kind, ...] = ("name", "text", "number", "word", "sign")
_TOKEN = re.compile(
    r"""(?P<name>"(?:[^"]|"")*")|(?P<text>'(?:[^']|'')*')|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?)"""
    r"""|(?P<word>[^\W\d]\w*)|(?P<sign><=|>=|<>|\|\||::|[^\s\w])"""
)
_UNARY_AFTER = frozenset("SELECT BETWEEN AND OR WHEN THEN ELSE IN BY LIMIT".split())
"""Words after which a minus belongs to a number."""


class SqlToken(NamedTuple):
    """`value` is without quotes. Keywords are written in capitals here, functions and columns of results in small
    letters."""

    kind: Kind
    value: str

    def is_word(self, *words: str) -> bool:
        """Whether it is one of the words, not quoted."""
        return self.kind == "word" and self.value in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of the signs."""
        return self.kind == "sign" and self.value in signs


def sql_tokens(statement: str) -> tuple[SqlToken, ...]:
    """The tokens of `statement`; a minus that belongs to a number is part of it."""
    out: list[SqlToken] = []
    for found in _TOKEN.finditer(statement):
        kind = next(kind for kind in _KINDS if found[kind] is not None)
        token = SqlToken(kind, _value(kind, found[0]))
        if kind == "number" and out and out[-1].is_sign("-") and _is_unary(out[:-1]):
            out[-1] = SqlToken("number", f"-{token.value}")
        else:
            out.append(token)
    return tuple(out)


def _is_unary(before: list[SqlToken]) -> bool:
    """Whether a minus after these tokens belongs to the number that follows."""
    if not before:
        return True
    last = before[-1]
    return last.is_word(*_UNARY_AFTER) or (last.kind == "sign" and last.value != ")")


def _value(kind: Kind, raw: str) -> str:
    if kind == "name":
        return raw[1:-1].replace('""', '"')
    return raw[1:-1].replace("''", "'") if kind == "text" else raw
