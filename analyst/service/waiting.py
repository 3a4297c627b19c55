"""Who is served when: the order in which waiting jobs will be begun, and how long that probably takes."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyst.storage.jobs import Waiting


@dataclass(frozen=True)
class Pace:
    """How fast the queue moves: `slots` analyses at once, of which `running` are taken, each for `typical_s` s."""

    slots: int
    running: int
    typical_s: float

    def wait_s(self, before: int) -> float:
        """Seconds until an analysis begins that has so many `before` it."""
        behind = before + self.running - max(self.slots, 1)
        return 0.0 if behind < 0 else round(self.typical_s * (behind // max(self.slots, 1) + 1), 1)


def in_order(waiting: Iterable[Waiting]) -> Iterator[str]:
    """The ids of the jobs as storage.jobs.claim would give them out, but for who has how many running by then."""
    lines: dict[str, list[Waiting]] = defaultdict(list)
    for job in waiting:
        lines["" if job.attempt else job.asker].append(job)
    yield from (job.id for job in sorted(lines.pop("", []), key=lambda job: job.created_at))
    for line in lines.values():
        line.sort(key=lambda job: (-job.priority, job.created_at, job.id), reverse=True)
    turns = [(line[0].served_at, _came(line), asker) for asker, line in lines.items()]
    heapq.heapify(turns)
    latest = max((served for served, *_ in turns), default=0.0)
    while turns:
        _, _, asker = heapq.heappop(turns)
        line = lines[asker]
        yield line.pop().id
        latest += 1
        if line:
            heapq.heappush(turns, (latest, _came(line), asker))


def _came(line: Iterable[Waiting]) -> float:
    return min(job.created_at for job in line)
