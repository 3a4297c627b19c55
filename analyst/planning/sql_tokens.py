"""Changing names inside SQL text without touching its strings and comments.

Only for repairs: whatever comes out is inspected and bound again, so a wrong cut can fail but never harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analyst.core.quoting import quoted

_TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)"
    r"|(?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$\$.*?\$\$)"
    r'|(?P<quoted>"(?:[^"]|"")*")'
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<space>\s+)"
    r"|(?P<other>\d[\w.]*|.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of SQL: `kind` is comment, string, quoted, word, space or other."""

    kind: str
    text: str

    @property
    def is_name(self) -> bool:
        """Whether it is an identifier or a word."""
        return self.kind in ("word", "quoted")

    @property
    def name(self) -> str:
        """The identifier without its quotes."""
        return self.text[1:-1].replace('""', '"') if self.kind == "quoted" else self.text


def tokens(sql: str) -> list[Token]:
    """All of `sql`, cut into tokens; joined they give the text back."""
    return [Token(str(match.lastgroup), match.group()) for match in _TOKEN.finditer(sql)]


def same_name(name: str) -> str:
    """The form in which names are equal up to case, spaces, underscores and other symbols."""
    return re.sub(r"[\W_]+", "", name).casefold() or name.casefold()


def same_value(text: str) -> str:
    """The form in which values are equal up to case, spaces and underscores (C and C++ differ)."""
    return re.sub(r"[\s_]+", "", text).casefold()


def rewrite_names(sql: str, change: Callable[[Token], str | None]) -> str:
    """`sql` with every identifier for which `change` gives a text replaced by it."""
    return "".join((change(token) if token.is_name else None) or token.text for token in tokens(sql))


def rename(sql: str, old: str, new: str) -> str:
    """`sql` with identifier `old` (any case) written as the quoted identifier `new`."""
    return rewrite_names(sql, lambda token: quoted(new) if token.name.casefold() == old.casefold() else None)


def join_words(sql: str, column: str) -> str:
    """`sql` with unquoted words that spell `column` together (Unit Price) put into one quoted identifier."""
    spelled = r"\s+".join(re.escape(part) for part in re.split(r"[\s_]+", column) if part)
    pattern = re.compile(rf"(?<![\w\"']){spelled}(?![\w\"'])", re.IGNORECASE)
    return "".join(_outside_strings(sql, lambda text: pattern.sub(lambda _: quoted(column), text)))


def replace_at(sql: str, byte_offset: int, length: int, new: str) -> str:
    """`sql` with the bytes from `byte_offset` replaced: positions in DuckDB's syntax tree count bytes."""
    raw = sql.encode()
    return (raw[:byte_offset] + new.encode() + raw[byte_offset + length :]).decode(errors="replace")


def token_at(sql: str, byte_offset: int) -> Token | None:
    """The token that starts at `byte_offset`, or None."""
    place = 0
    for token in tokens(sql):
        if place == byte_offset:
            return token
        place += len(token.text.encode())
    return None


def _outside_strings(sql: str, change: Callable[[str], str]) -> Iterator[str]:
    plain = ""
    for token in tokens(sql):
        if token.kind in ("comment", "string", "quoted"):
            yield change(plain)
            yield token.text
            plain = ""
        else:
            plain += token.text
    yield change(plain)
