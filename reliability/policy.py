"""Policies: in which order a chain's models are tried. A policy may reorder, never drop or add one."""

from __future__ import annotations

from collections.abc import Callable

from reliability.chains import Chain

Policy = Callable[[Chain], tuple[str, ...]]


def fixed(chain: Chain) -> tuple[str, ...]:
    """The order of chains.yaml."""
    return chain.models


POLICIES: dict[str, Policy] = {"fixed": fixed}
"""Policies by the name used in settings and statistics."""
