"""CPU seconds of a load test's processes, from /proc: what a full core is full of. None where there is no /proc."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROC = Path("/proc")
PARTS = ("workers", "plans", "gateway", "simulator")
"""The workers themselves, the plan processes below them, the gateway, and what else this command started."""


@dataclass(frozen=True)
class _Process:
    parent: int
    own_s: float
    reaped_s: float
    """Of children that have ended."""


def read_processes(proc: Path = PROC) -> dict[int, _Process]:
    """Every process of the machine by its id; empty where there is no /proc."""
    found = {}
    for place in proc.glob("[0-9]*/stat"):
        try:
            fields = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        own, reaped = (sum(int(fields[at]) for at in pair) / _ticks() for pair in ((11, 12), (13, 14)))
        found[int(place.parent.name)] = _Process(int(fields[1]), own, reaped)
    return found


def tree(processes: Mapping[int, _Process], root: int) -> list[int]:
    """`root` and all processes below it, as far as they live."""
    found = [root] if root in processes else []
    for pid in found:
        found += [child for child, process in processes.items() if process.parent == pid]
    return found


class CpuWatch:
    """CPU seconds from now on of the `workers`, their plan processes, the `gateway`, and the rest started here."""

    def __init__(self, workers: Sequence[int], gateway: int | None, proc: Path = PROC) -> None:
        self._workers, self._gateway, self._proc = tuple(workers), gateway, proc
        self._began, self._began_busy = self._parts(), _busy_s(proc)

    def used(self, wall_s: float, analyses: int) -> dict[str, Any] | None:
        """Seconds by part, of all else on the machine, and a mean an analysis; how many a second would fill it."""
        if not self._began:
            return None
        now, cores = self._parts(), os.cpu_count() or 1
        told = {part: round(max(now[part] - self._began[part], 0.0), 3) for part in PARTS}
        ours = sum(told.values())
        platform = ours - told["simulator"]
        return {
            **{f"{part}_s": seconds for part, seconds in told.items()},
            "others_s": round(max(_busy_s(self._proc) - self._began_busy - ours, 0.0), 3),
            "wall_s": round(wall_s, 3),
            "cores": cores,
            "busy_share": round((_busy_s(self._proc) - self._began_busy) / (wall_s * cores), 4) if wall_s else None,
            "platform_s_per_analysis": round(platform / analyses, 4) if analyses else None,
            "full_at_per_s": round(cores * analyses / platform, 4) if platform and analyses else None,
        }

    def _parts(self) -> dict[str, float]:
        processes = read_processes(self._proc)
        if not processes:
            return {}
        workers = [pid for pid in self._workers if pid in processes]
        below = {pid for worker in workers for pid in tree(processes, worker)} - set(workers)
        gateway = set(tree(processes, self._gateway)) if self._gateway else set()
        rest = set(tree(processes, os.getpid())) - set(workers) - below - gateway - {os.getpid()}
        # A worker's ended children are its plan processes.
        ended = sum(processes[pid].reaped_s for pid in workers)
        return {
            "workers": sum(processes[pid].own_s for pid in workers),
            "plans": ended + _whole(processes, below),
            "gateway": _whole(processes, gateway),
            "simulator": _whole(processes, rest),
        }


def _whole(processes: Mapping[int, _Process], pids: set[int]) -> float:
    return sum(processes[pid].own_s + processes[pid].reaped_s for pid in pids)


def _busy_s(proc: Path) -> float:
    """Seconds of all cores that went to somebody since the machine started (0 where that is not to be had)."""
    try:
        user, nice, system, _, _, irq, soft, *_ = map(
            int, (proc / "stat").read_text("ascii").split("\n")[0].split()[1:]
        )
    except (OSError, ValueError):
        return 0.0
    return (user + nice + system + irq + soft) / _ticks()


def _ticks() -> int:
    return os.sysconf("SC_CLK_TCK")
