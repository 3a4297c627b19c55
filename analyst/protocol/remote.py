"""A table that stays on a server: where it lies, and what was measured of it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analyst.protocol.places import Url

WORDS = "words"
"""The relation beside a remote table's sample in which the values of its text columns stand, also rare ones."""


@dataclass(frozen=True)
class WholeColumn:
    """What the server told of a column of the whole table; None where it was not asked or makes no sense.

    `distinct` is exact where `values` are told, else estimated.
    """

    missing: int
    distinct: int
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None
    std: float | None = None
    skew: float | None = None
    values: tuple[tuple[Any, int], ...] | None = None


@dataclass(frozen=True)
class Remote:
    """The whole of a table of which a file here holds `sampled` rows; `columns` by name, in the server's order.

    `label` is the engine's name and version, `headers` are what the server calls the columns. `table` is the one of a
    database at `place`.
    """

    place: Url
    label: str
    sampled: int
    headers: tuple[str, ...]
    columns: Mapping[str, WholeColumn]
    table: str | None = None
