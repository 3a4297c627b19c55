"""The last look at a text before a server runs it: one SELECT over known relations, made of what we write.
A SELECT can read files, call what is installed on the server, and carry hints; other statements run as soon as they are
seen. sqlglot's parser of the server's dialect reads the text, which is no part of how it was written: what one of the
two mistakes, the other does not.
"""

# ruff: noqa: SIM905 - a list of words reads better without quotes

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyst.engine.errors import TranslationError

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

_WORDS = frozenset(
    """
all and as by decimal distinct div else except exists filter from group having in intersect join lateral not on or
order over select sets then union values when where
""".split()
)
"""Words of SQL that stand before a parenthesis and call nothing."""


@dataclass(frozen=True)
class Allowed:
    """What may stand in a text of a dialect, by sqlglot's names of it, of clauses and of expressions.

    Functions are looked at by their own names; `words` are those of the dialect that stand before a parenthesis and
    call nothing, `filled` is a sign after which the server would fill something in.
    """

    dialect: str
    name: str
    clauses: frozenset[str]
    expressions: frozenset[str]
    functions: frozenset[str]
    words: frozenset[str] = frozenset()
    filled: str = "\0"

    def require_safe(self, text: str, relations: Collection[str]) -> None:
        """TranslationError unless `text` is one SELECT over `relations`, made of known parts and functions."""
        import sqlglot
        from sqlglot import exp
        from sqlglot.errors import SqlglotError

        if self.filled in text or "\0" in text:
            raise self._unsafe("a text that the server would fill in")
        try:
            statements = sqlglot.parse(text, read=self.dialect)
            tokens = sqlglot.tokenize(text, read=self.dialect)
        except (SqlglotError, RecursionError) as error:
            raise self._unsafe("a text that can't be read as one") from error
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise self._unsafe("anything but one SELECT")
        self._require_words(tokens)
        self._require_parts(statements[0])
        self._require_tables(statements[0], {name.casefold() for name in relations})

    def _require_words(self, tokens: Collection[Token]) -> None:
        """No comment, no hint, no call of an unknown function, whatever the tree makes of it."""
        from sqlglot.tokenizer_core import TokenType

        refused = (TokenType.HINT, TokenType.SEMICOLON, TokenType.PARAMETER, TokenType.PIPE_GT)
        before: Token | None = None
        for token in tokens:
            if token.comments or token.token_type in refused:
                raise self._unsafe("a comment, a hint, a pipe or a parameter")
            if token.token_type is TokenType.L_PAREN and before is not None and self._calls(before):
                raise self._unsafe(f"the function {before.text}()")
            before = token

    def _calls(self, token: Token) -> bool:
        """Whether a word before a parenthesis calls what may not be called."""
        from sqlglot.tokenizer_core import TokenType

        if token.token_type is TokenType.IDENTIFIER:
            return False  # the names of a relation's columns: a call by a quoted name is a function in the tree
        word = token.text.casefold().split(" ")[-1]
        return word[:1].isalpha() and word not in self.functions | self.words | _WORDS

    def _require_parts(self, tree: exp.Expr) -> None:
        """Known parts only; the functions that sqlglot knows were held against `functions` as words."""
        from sqlglot import exp
        from sqlglot.dialects.dialect import Dialect

        unmarked = tuple(Dialect.get_or_raise(self.dialect).parser_class.NO_PAREN_FUNCTIONS.values())
        for node in tree.walk():
            kind = type(node).__name__
            if isinstance(node, exp.Anonymous):
                if str(node.name).casefold() not in self.functions or isinstance(node.this, exp.Identifier):
                    raise self._unsafe(f"the function {node.name}()")
            elif (
                isinstance(node, exp.Column)
                and isinstance(node.this, exp.Identifier)
                and not node.this.args.get("quoted")
            ):
                raise self._unsafe(f"{node.name}, which may be a function")
            elif isinstance(node, unmarked) or (
                not isinstance(node, exp.Func) and kind not in self.clauses | self.expressions
            ):
                raise self._unsafe(kind)

    def _require_tables(self, tree: exp.Expr, relations: Collection[str]) -> None:
        from sqlglot import exp

        named = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            plain = (
                isinstance(table.this, exp.Identifier) and not table.args.get("db") and not table.args.get("catalog")
            )
            if not plain or table.name.casefold() not in {*relations, *named}:
                raise self._unsafe(f"the table {table.sql(self.dialect)}")

    def _unsafe(self, what: str) -> TranslationError:
        return TranslationError(f"The query in {self.name} holds {what}, which may not run: write it another way.")
