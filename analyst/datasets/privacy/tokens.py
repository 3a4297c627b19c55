"""The tokens of one analysis: each stands for one text, and comes back as it, also within SQL and JSON."""

from __future__ import annotations

import json
import re
from threading import Lock
from typing import Any

from analyst.protocol.personal import TOKEN, TOKEN_WORDS

_SQL = re.compile(
    r"\s*(?:(?:SELECT|WITH|FROM|PIVOT|select)\b|(?:with|from|pivot)\b(?=.*\b(?:select|using)\b))", re.DOTALL
)
"""How SQL begins; a sentence begins with a capital alone: "With PERSON_1's order"."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_PARTS = re.compile(rf"""'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\w*{TOKEN.pattern}\w*""")
"""What tokens may stand in, in SQL: a literal, a quoted name, or a word of its own."""


def swapped(text: str, written: str, token: str) -> str:
    """`text` with `token` for `written`: where that stands by itself, else wherever it stands. "anna" is no part of
    "annual" then; scripts without capitals part no words."""
    parted = re.sub(_edge(written[0], "<!") + re.escape(written) + _edge(written[-1], "!"), token, text)
    return parted if parted != text else text.replace(written, token)


def _edge(sign: str, beside: str) -> str:
    """That no further letter stands beside a letter, and no digit beside a digit."""
    if sign.isdigit():
        return rf"(?{beside}\d)"
    return rf"(?{beside}[^\W\d_])" if sign.lower() != sign.upper() else ""


class Tokens:
    """Gives tokens out and takes them back; the same text of a kind has the same token. Safe to use from threads."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], str] = {}
        self._texts: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._columns: set[str] = set()
        self._lock = Lock()

    def of(self, kind: str, text: str, *, names_column: bool = False) -> str:
        """The token of `text`; `names_column`: it is the name of a column, which SQL must quote."""
        with self._lock:
            token = self._tokens.get((kind, text))
            if token is None:
                word = TOKEN_WORDS[kind]
                self._numbers[word] = self._numbers.get(word, 0) + 1
                token = f"{word}_{self._numbers[word]}"
                self._tokens[kind, text] = token
                self._texts[token] = text
            if names_column:
                self._columns.add(token)
            return token

    def like(self, token: str, text: str) -> str:
        """The token of what `token` stands for in another spelling. A word that is no value of the table has one of its
        own, as it must come back as it is written; a value comes back as the table has it."""
        return self.of("unknown", text) if token.startswith(TOKEN_WORDS["unknown"]) else token

    def known(self) -> list[tuple[str, str]]:
        """Every (text, token), the longest text first."""
        with self._lock:
            return sorted(((text, token) for token, text in self._texts.items()), key=lambda pair: -len(pair[0]))

    def __contains__(self, token: object) -> bool:
        return token in self._texts

    def restore(self, text: str) -> str:
        """`text` with its tokens replaced by what they stand for; in JSON and SQL that is escaped.

        A token that stands for nothing stays as it is.
        """
        if not TOKEN.search(text):
            return text
        if text.lstrip()[:1] in ("{", "["):
            try:
                return json.dumps(self._in_json(json.loads(text)), ensure_ascii=False)
            except ValueError:
                return TOKEN.sub(lambda found: json.dumps(self._text(found[0]), ensure_ascii=False)[1:-1], text)
        return self._in_text(text)

    def _in_json(self, item: Any) -> Any:
        if isinstance(item, str):
            return self._in_text(item)
        if isinstance(item, list):
            return [self._in_json(one) for one in item]
        if isinstance(item, dict):
            return {self._in_text(key): self._in_json(value) for key, value in item.items()}
        return item

    def _in_text(self, text: str) -> str:
        return _PARTS.sub(self._in_sql, text) if _SQL.match(text) else self._plain(text)

    def _in_sql(self, part: re.Match[str]) -> str:
        text = part[0]
        sign = text[0]
        if sign in "'\"":
            return TOKEN.sub(lambda found: self._text(found[0]).replace(sign, sign * 2), text)
        plain = self._plain(text)
        columns = any(found[0] in self._columns for found in TOKEN.finditer(text))
        if plain == text or (_NUMBER.fullmatch(plain) and not columns):
            return plain
        return '"' + plain.replace('"', '""') + '"'

    def _plain(self, text: str) -> str:
        return TOKEN.sub(lambda found: self._text(found[0]), text)

    def _text(self, token: str) -> str:
        return self._texts.get(token, token)
