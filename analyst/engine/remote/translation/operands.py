"""What an expression becomes: its text in the server's dialect, with all that the expression around it must know."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.trees import Literal
from analyst.engine.remote.translation.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    NUMBERS,
    TIMESTAMP,
    VARCHAR,
    Family,
    SqlType,
    common,
)

LONGEST = 200_000
"""The most characters of a translated query; names that stand for expressions are written out, which can multiply."""


@dataclass(frozen=True)
class Operand:
    """An expression in the server's dialect, safe to stand anywhere; `value` when it is a constant (`constant`)."""

    text: str
    type: SqlType
    constant: bool = False
    value: Literal = None
    aggregates: bool = False
    windows: bool = False

    @property
    def family(self) -> Family:
        """The family of its type."""
        return self.type.family

    @property
    def is_written(self) -> bool:
        """Whether its value stands in the query itself, and is not NULL."""
        return self.constant and (self.value is not None or self.type.item is not None)


def joined(text: str, type: SqlType, parts: Sequence[Operand]) -> Operand:
    """An expression made of `parts`."""
    if len(text) > LONGEST:
        raise TranslationError("The query is too long once its names are written out: split it into two steps.")
    return Operand(
        text, type, aggregates=any(part.aggregates for part in parts), windows=any(part.windows for part in parts)
    )


def recast(text: str, type: SqlType, part: Operand) -> Operand:
    """`part` cast to `type`; still a constant where its value is the same as one of that type."""
    kept = part.constant and isinstance(part.value, _VALUES.get(type.family, ()))
    return replace(joined(text, type, [part]), constant=kept, value=part.value if kept else None)


_VALUES: dict[Family, tuple[type, ...]] = {
    Family.INTEGER: (int,),
    Family.DECIMAL: (int, Decimal),
    Family.DOUBLE: (int, float, Decimal),
    Family.TEXT: (str,),
}

Texts = Callable[..., str]
Types = Callable[[Sequence[Operand]], SqlType]
Casting = Callable[[Operand, SqlType, bool], "str | None"]
"""The text of an operand cast to a type (with True: NULL where it can't be); None where there is no equal cast."""


@dataclass(frozen=True)
class Rule:
    """One way of calling a function: the kinds of its arguments, the type of its result, its text.

    `takes` holds a word an argument (see FITS), the last with * when it may be repeated. `text` is a template with {0}
    for the first argument, or a function of the arguments; {over} marks where a window's OVER goes.
    """

    takes: str
    gives: SqlType | Types
    text: str | Texts
    distinct: bool = False
    """For an aggregate: whether DISTINCT may stand before its first argument."""
    ordered: bool = False
    """For an aggregate: the order of its rows decides, and stands in {order}. For a window: it needs ORDER BY."""

    def type_of(self, parts: Sequence[Operand]) -> SqlType:
        """The type of the result."""
        return self.gives if isinstance(self.gives, SqlType) else self.gives(parts)

    def write(self, parts: Sequence[Operand], **named: str) -> str:
        """The call in the server's dialect."""
        if isinstance(self.text, str):
            return self.text.format(*(part.text for part in parts), **named)
        return self.text(*parts, **named)


@dataclass(frozen=True)
class Dialect:
    """What a server's SQL is like, and the rules of every function that has an equal in it."""

    name: str
    quote: Callable[[str], str]
    """A name as an identifier."""
    text: Callable[[str], str]
    """A text as a literal."""
    cast: Casting
    types: Mapping[str, str]
    """DuckDB's types by the server's names."""
    functions: Mapping[str, tuple[Rule, ...]]
    aggregates: Mapping[str, tuple[Rule, ...]]
    windows: Mapping[str, tuple[Rule, ...]]
    rows: str
    """A list {0} as rows of a SELECT."""
    run: str
    """The list of whole numbers from {0} to {1}."""
    lateral: str
    """What follows FROM to add a row for each element of the list {0}, as the column {2} of {1}."""
    joins: Mapping[str, str]
    """DuckDB's kinds of joins by the server's words."""
    lambdas: Mapping[str, str]
    """Functions of each element of a list: the list {0}, the element's name {1}, what is made of it {2}."""
    require_safe: Callable[[str, Collection[str]], None]
    """Raises TranslationError unless a text is one SELECT over these relations, made of known parts."""
    grouping: str = "grouping"
    """The function that tells which of several columns a group is made by."""
    skips_nulls: bool = False
    """Whether IGNORE NULLS may stand at a window function."""
    array: str = "{0}[]"
    """The type of a list of {0}."""
    advice: Mapping[str, str] = field(default_factory=dict)
    """What to write instead of a function or a construct that has no equal."""

    def type_name(self, type: SqlType) -> str | None:
        """The server's name of a type, None where there is none."""
        if type.item:
            inner = self.type_name(type.item)
            return inner and self.array.format(inner)
        name = self.types.get(type.name)
        return f"{name}({type.width}, {type.scale})" if name and type.name == "DECIMAL" else name

    def refusal(self, what: str, named: str) -> TranslationError:
        """Why something can't be run, and what to write instead."""
        instead = self.advice.get(what.casefold())
        told = f"{named} has no equal on {self.name}"
        return TranslationError(f"{told}: {instead}." if instead else f"{told}: write it another way.")

    def as_type(self, part: Operand, type: SqlType) -> Operand:
        """`part` as a value of `type`, as DuckDB makes one where it casts by itself."""
        if part.type == type or (part.family in (type.family, Family.NULL) and type.family is not Family.DECIMAL):
            return replace(part, type=type) if part.family is not Family.NULL else self._null(type)
        text = self.cast(part, type, False)
        if text is None:
            raise TranslationError(f"{part.type} can't be compared or combined with {type} on {self.name}: cast one.")
        return recast(text, type, part)

    def _null(self, type: SqlType) -> Operand:
        name = self.type_name(type)
        return Operand(f"CAST(NULL AS {name})" if name else "NULL", type, constant=True)

    def unified(self, parts: Sequence[Operand]) -> list[Operand]:
        """Values of one type."""
        type = common([part.type for part in parts])
        if type is None:
            told = " and ".join(dict.fromkeys(str(part.type) for part in parts))
            raise TranslationError(f"{told} can't be combined on {self.name}: cast them to one type.")
        if type.family is Family.NULL:
            return list(parts)
        return [self.as_type(part, type) for part in parts]

    def truth(self, part: Operand) -> Operand:
        """`part` as a condition."""
        if part.family in (Family.BOOLEAN, Family.NULL):
            return part
        if part.family in NUMBERS:
            return joined(f"({part.text} <> 0)", BOOLEAN, [part])
        raise TranslationError(f"{part.type} is no condition on {self.name}: compare it with a value.")

    def fitted(self, takes: str, parts: Sequence[Operand]) -> list[Operand] | None:
        """The arguments as a rule wants them; None when they are not of its kinds."""
        words = takes.split()
        if words and words[-1].endswith("*"):
            words[-1:] = [words[-1].rstrip("*")] * (len(parts) - len(words) + 1)
        if len(words) != len(parts):
            return None
        fitted = [FITS[word.rstrip("!")](self, part) for word, part in zip(words, parts, strict=True)]
        known = [part for part in fitted if part is not None]
        fixed = (part.is_written for word, part in zip(words, parts, strict=True) if word.endswith("!"))
        if len(known) < len(parts) or not all(fixed):
            return None
        same = iter(self.unified([part for word, part in zip(words, known, strict=True) if word == "same"]))
        return [next(same) if word == "same" else part for word, part in zip(words, known, strict=True)]


def _is(*families: Family) -> Callable[[Dialect, Operand], Operand | None]:
    return lambda dialect, part: part if part.family in (*families, Family.NULL) else None


def _becomes(type: SqlType, *families: Family) -> Callable[[Dialect, Operand], Operand | None]:
    def fit(dialect: Dialect, part: Operand) -> Operand | None:
        return dialect.as_type(part, type) if part.family in (type.family, Family.NULL, *families) else None

    return fit


FITS: Mapping[str, Callable[[Dialect, Operand], Operand | None]] = {
    "any": lambda dialect, part: part,
    "same": lambda dialect, part: part,
    "number": _is(*NUMBERS),
    "integer": _is(Family.INTEGER),
    "decimal": _is(Family.INTEGER, Family.DECIMAL),
    "fraction": _is(Family.DECIMAL),
    "float": _is(Family.DOUBLE),
    "double": _becomes(DOUBLE, *NUMBERS),
    "boolean": _is(Family.BOOLEAN),
    "condition": lambda dialect, part: dialect.truth(part),
    "text": _becomes(VARCHAR, *NUMBERS, Family.BOOLEAN, Family.DATE, Family.TIMESTAMP),
    "words": _is(Family.TEXT),
    "date": _is(Family.DATE),
    "day": _becomes(DATE, Family.TIMESTAMP),
    "moment": _is(Family.DATE, Family.TIMESTAMP),
    "timestamp": _becomes(TIMESTAMP, Family.DATE),
    "interval": _is(Family.INTERVAL),
    "list": _is(Family.LIST),
}
"""Kinds of arguments: what an operand becomes as one, None where it is of another kind. With ! it must be constant."""
