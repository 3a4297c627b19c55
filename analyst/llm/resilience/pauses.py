"""How pauses grow: doubled each time, up to a longest one."""

from __future__ import annotations

MOST_DOUBLINGS = 10
"""More than any pause needs: what is down or used up for days fails thousands of times, and 2**1024 is no float."""


def doubled(first_s: float, times: int, longest_s: float) -> float:
    """`first_s` seconds doubled `times` times, `longest_s` at most."""
    return min(first_s * 2.0 ** min(times, MOST_DOUBLINGS), longest_s)
