"""The sections that commands of their own measured, as analysis.md tells them: bottleneck, switches, rungs, memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from analyst.core.text import listed
from lab.loadtest.ladder import provider_wait_s, steady_throughput
from lab.loadtest.written import change, seconds, share, usd, whole

PARTS = {
    "workers_s": "the workers (tables, agents, charts, reports)",
    "plans_s": "the plan processes below them",
    "gateway_s": "the gateway",
}


MUCH_BY_OTHERS = 0.2
"""Share of the cores from which on other programs blur what is measured."""


def bottleneck(content: Mapping[str, Any]) -> str:
    """What an analysis spends its time on, and what would be full first: a paragraph."""
    lines = [line for line in content["requests"] if line["success"] and line["calls"]]
    mean = content["summary"]["avg_latency_s"]
    if not lines or not mean:
        return ""
    waited = sum(map(provider_wait_s, lines)) / len(lines)
    stages = content["stages_s"]
    own = ", ".join(
        f"{stages[stage]['mean']:.2f} s {what}"
        for stage, what in (("prepare", "for the table"), ("compose", "for charts and report"))
        if stages.get(stage, {}).get("mean") is not None
    )
    first = "The providers are" if waited > mean / 2 else "The platform's own work is"
    told = (
        f"**{first} what an analysis waits for most.** Of its {mean:.2f} s, {waited:.2f} s "
        f"({100 * waited / mean:.0f}%) are calls on the longest path through the agents. The rest is the "
        f"platform's own work ({own}, plus the plan, the checks and the coordination between calls)."
    )
    parts = [told, _against_bound(content, waited), _processors(content["cpu"]) if content.get("cpu") else ""]
    return " ".join(filter(None, parts))


def _against_bound(content: Mapping[str, Any], waited: float) -> str:
    """The test's own throughput against what its providers allow; nothing where requests came at a rate."""
    at_once = content["options"]["concurrency"]
    found = steady_throughput(content["requests"], at_once)
    if content["options"].get("rate") or not found or not waited:
        return ""
    bound = at_once / waited
    return (
        f"With {at_once} at a time, the providers allow {bound:.2f} analyses per second (slots / wait). Measured while "
        f"every slot was taken: {found:.2f}, **{100 * found / bound:.0f}% of that bound**."
    )


def _processors(cpu: Mapping[str, Any]) -> str:
    parts = sum(cpu[part] for part in PARTS) or 1.0
    shares = ", ".join(f"{what} {100 * cpu[part] / parts:.0f}%" for part, what in PARTS.items())
    return (
        f"An analysis uses {cpu['platform_s_per_analysis']:.2f} s of one core: {shares}. So {cpu['cores']} cores are "
        f"fully used at {cpu['full_at_per_s']:.1f} analyses per second. In this test, the cores were busy "
        f"{100 * cpu['busy_share']:.0f}% of the time."
    )


def rungs(section: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of the throughput table."""
    return [_rung(row) for row in section["rows"]]


def _rung(row: Mapping[str, Any]) -> dict[str, str]:
    cpu = row["cpu"] or {}
    return {
        "concurrency": str(row["concurrency"]),
        "requests": f"{row['requests']}" + (f" ({row['failed']} failed)" if row["failed"] else ""),
        "p50": seconds(row["p50_latency_s"]),
        "held": seconds(row["provider_wait_s"]),
        "own": seconds(row["own_s"]),
        "bound": seconds(row["bound_per_s"]),
        "ideal": seconds(row["ideal_per_s"]),
        "found": seconds(row["throughput_per_s"]),
        "of_bound": share(row["share_of_bound"]),
        "share": share(row["share_of_ideal"]),
        "each": seconds(cpu.get("platform_s_per_analysis")),
        "busy": share(cpu.get("busy_share")),
        "others": share(others_share(row["cpu"])),
    }


def verdict(section: Mapping[str, Any]) -> str:
    """Where the goal is reached, and what is full where it is not."""
    goal, rows = section["goal"], section["rows"]
    missed = [row for row in rows if (row["share_of_ideal"] or 0.0) < goal]
    kept = [str(row["concurrency"]) for row in rows if row not in missed]
    least = f"throughput is at least {100 * goal:.0f}% of the ideal"
    if not missed:
        return f"At every level, {least}."
    told = [f"With {listed(kept)} at a time, {least}."] if kept else []
    return " ".join([*told, *(_short(row, section["full"]) for row in missed)])


def _short(row: Mapping[str, Any], full: float) -> str:
    return (
        f"With {row['concurrency']} at a time, it is {share(row['share_of_ideal'])}: {_why(row, full)}."
        if row["share_of_ideal"]
        else f"With {row['concurrency']} at a time, there was too little to measure."
    )


def _why(row: Mapping[str, Any], full: float) -> str:
    cpu = row["cpu"]
    if not cpu or not cpu["busy_share"]:
        return "no figures for the cores were available"
    if cpu["busy_share"] >= full:
        return f"all cores are busy, {share(others_share(cpu))} of them with other programs"
    return (
        f"{cpu['busy_share'] * cpu['cores']:.1f} of {cpu['cores']} cores are busy on average, so analyses that need a "
        f"core at the same moment are what raises the own time to {seconds(row['own_s'])} s"
    )


def others_share(cpu: Mapping[str, Any] | None) -> float | None:
    """The part of all cores that programs took which have nothing to do with the test."""
    return cpu["others_s"] / (cpu["wall_s"] * cpu["cores"]) if cpu and cpu.get("wall_s") else None


_FIGURES: tuple[tuple[str, Callable[[Mapping[str, Any]], Any], Callable[[Any], str]], ...] = (
    ("latency, median s", lambda side: side["p50_latency_s"], seconds),
    ("latency, mean s", lambda side: side["mean_latency_s"], seconds),
    ("cost, median", lambda side: side["p50_cost_usd"], usd),
    ("cost, mean", lambda side: side["mean_cost_usd"], usd),
    ("model calls", lambda side: side["calls"], str),
    ("input tokens per analysis", lambda side: side["tokens"]["input"], whole),
    ("cores busy with other programs", lambda side: others_share(side["cpu"]), share),
)


def switches(section: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of the table of optimizations: one row per figure, with the setting named in the first one."""
    rows = []
    for row in section["rows"].values():
        for place, (figure, of, written) in enumerate(_FIGURES):
            before, after = of(row["before"]), of(row["after"])
            rows.append(
                {
                    "name": "" if place else row["title"],
                    "switch": "" if place else f"`{row['switch']}`",
                    "figure": figure,
                    "before": written(before),
                    "after": written(after),
                    "effect": "" if of is _FIGURES[-1][1] else change(before, after),
                    "n": "" if place else f"{row['before']['n']} / {row['after']['n']}",
                }
            )
    return rows


def remarks(section: Mapping[str, Any]) -> list[str]:
    """What a reader must know about each optimization's figures."""
    told = []
    for row in section["rows"].values():
        hits = row["after"]["cached_rate"]
        parts = [f"{share(hits)} of the answers came from the cache"] if hits else []
        parts += [row["remark"]] if row["remark"] else []
        if parts:
            told.append(f"{row['title']}: {'; '.join(parts)}.")
    shares = [others_share(row[side]["cpu"]) or 0.0 for row in section["rows"].values() for side in ("before", "after")]
    if max(shares, default=0.0) > MUCH_BY_OTHERS:
        told.append(
            f"Other programs used {share(min(shares))} to {share(max(shares))} of the cores during the tests, so all "
            "times are longer than on a dedicated machine and small differences mean little."
        )
    return told


def memory_told(section: Mapping[str, Any]) -> dict[str, Any]:
    """What analysis.md says of the memory test."""
    growth = section["growth_mb_per_100"]
    flat = growth is not None and growth < section["flat_below_mb"]
    return {
        "rows": [
            {"upto": f"{min((at + 1) * section['every'], section['analyses']):,}", "mb": f"{mb:.0f}"}
            for at, mb in enumerate(section["rss_mb"])
        ],
        "growth": None if growth is None else f"{growth:+.1f} MB",
        "flat": flat,
        "max": f"{section['max_mb']:.0f}",
        "settled": section["settled_after"],
    }
