"""DuckDB's types as the translation needs them: what family a value belongs to, and what several become together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum


class Family(Enum):
    """Kinds of values that behave alike in expressions."""

    NULL = "NULL"
    BOOLEAN = "yes or no"
    INTEGER = "a whole number"
    DECIMAL = "a decimal number"
    DOUBLE = "a number"
    TEXT = "text"
    DATE = "a date"
    TIMESTAMP = "a date with time"
    INTERVAL = "an interval"
    LIST = "a list"
    OTHER = "a value of another type"


NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.DOUBLE)
"""From the narrowest to the widest."""


@dataclass(frozen=True)
class SqlType:
    """A DuckDB type: its name without a size, the digits of a DECIMAL, what a list holds.

    `written` marks a text or a number that stands in the query itself: DuckDB gives it the type of what it meets.
    """

    name: str
    width: int = 0
    scale: int = 0
    item: SqlType | None = None
    written: bool = False

    @property
    def family(self) -> Family:
        """The family of its values."""
        return Family.LIST if self.item else _FAMILIES.get(self.name, Family.OTHER)

    def __str__(self) -> str:
        if self.item:
            return f"{self.item}[]"
        return f"DECIMAL({self.width},{self.scale})" if self.name == "DECIMAL" else self.name


_INTEGERS = ("TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT", "UBIGINT", "HUGEINT")
_FAMILIES = {
    "NULL": Family.NULL,
    "BOOLEAN": Family.BOOLEAN,
    "DECIMAL": Family.DECIMAL,
    "DOUBLE": Family.DOUBLE,
    "FLOAT": Family.DOUBLE,
    "VARCHAR": Family.TEXT,
    "DATE": Family.DATE,
    "TIMESTAMP": Family.TIMESTAMP,
    "INTERVAL": Family.INTERVAL,
    **dict.fromkeys(_INTEGERS, Family.INTEGER),
}
_SPELLED = {
    "BOOL": "BOOLEAN", "LOGICAL": "BOOLEAN", "INT": "INTEGER", "INT4": "INTEGER", "INT32": "INTEGER",
    "SIGNED": "INTEGER",
    "INT8": "BIGINT", "LONG": "BIGINT", "INT64": "BIGINT", "INT2": "SMALLINT", "SHORT": "SMALLINT", "INT16": "SMALLINT",
    "INT1": "TINYINT", "FLOAT8": "DOUBLE", "DOUBLE PRECISION": "DOUBLE", "REAL": "FLOAT", "FLOAT4": "FLOAT",
    "NUMERIC": "DECIMAL", "DEC": "DECIMAL", "TEXT": "VARCHAR", "STRING": "VARCHAR", "CHAR": "VARCHAR",
    "BPCHAR": "VARCHAR",
    "NVARCHAR": "VARCHAR", "DATETIME": "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
}  # fmt: skip
_DIGITS = {"TINYINT": 3, "UTINYINT": 3, "SMALLINT": 5, "USMALLINT": 5, "INTEGER": 10, "UINTEGER": 10}
WIDEST = 38
"""The most digits of a DECIMAL, in DuckDB and in Spark."""

NULL, BOOLEAN, INTEGER, BIGINT = SqlType("NULL"), SqlType("BOOLEAN"), SqlType("INTEGER"), SqlType("BIGINT")
HUGEINT, DOUBLE, VARCHAR, DATE = SqlType("HUGEINT"), SqlType("DOUBLE"), SqlType("VARCHAR"), SqlType("DATE")
TIMESTAMP, INTERVAL = SqlType("TIMESTAMP"), SqlType("INTERVAL")


def read_type(text: str) -> SqlType:
    """The type that DuckDB calls `text` ("DECIMAL(10,2)", "VARCHAR[]"); of the family OTHER where it is not known."""
    plain = text.strip().upper()
    if plain.endswith("[]"):
        return SqlType("LIST", item=read_type(plain[:-2]))
    if plain.startswith("ENUM"):
        return VARCHAR
    sized = re.fullmatch(r"(\w+)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", plain)
    name = _SPELLED.get(sized[1], sized[1]) if sized else _SPELLED.get(plain, plain)
    if name == "DECIMAL":
        return decimal(int(sized[2]), int(sized[3] or 0)) if sized else decimal(18, 3)
    return SqlType(name)


def decimal(width: int, scale: int) -> SqlType:
    """A DECIMAL of so many digits, `scale` of them behind the point."""
    return SqlType("DECIMAL", width, scale)


def as_decimal(type: SqlType) -> SqlType:
    """The DECIMAL that holds every value of a whole or decimal number."""
    return type if type.name == "DECIMAL" else decimal(_DIGITS.get(type.name, 19), 0)


def common(types: Sequence[SqlType]) -> SqlType | None:
    """The type that values of these types become together (in CASE, UNION, a comparison); None where there is none."""
    known = [type for type in types if type.family is not Family.NULL]
    firm = [type for type in known if not (type.written and type.family is Family.TEXT)] or known
    if not firm:
        return NULL
    families = {type.family for type in firm}
    if len(families) == 1:
        return _widest(firm)
    if families <= set(NUMBERS):
        doubles = [type for type in firm if type.family is Family.DOUBLE]
        return _widest(doubles) if doubles else _widest([as_decimal(type) for type in firm])
    if families == {Family.DATE, Family.TIMESTAMP}:
        return TIMESTAMP
    if families <= {Family.BOOLEAN, *NUMBERS}:
        return common([INTEGER if type.family is Family.BOOLEAN else type for type in firm])
    return None


def _widest(types: Sequence[SqlType]) -> SqlType:
    """The widest of types of one family."""
    first = types[0]
    if first.family is Family.INTEGER:
        firm = [type for type in types if not type.written] or types
        return replace(max(firm, key=lambda type: _INTEGERS.index(type.name)), written=False)
    if first.family is Family.DECIMAL:
        scale = max(type.scale for type in types)
        return decimal(min(max(type.width - type.scale for type in types) + scale, WIDEST), scale)
    if first.family is Family.DOUBLE:
        return DOUBLE if any(type.name == "DOUBLE" for type in types) else first
    if first.family is Family.LIST:
        item = common([type.item for type in types if type.item])
        return replace(first, item=item) if item else first
    return replace(first, written=all(type.written for type in types))
