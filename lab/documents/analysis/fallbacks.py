"""The fallbacks section: how often each agent's primary answered, why it did not, and the client's questions on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyst.core.agents import AGENTS, EMBEDDED_MODEL
from analyst.core.text import listed
from analyst.llm.chains import load_chains
from lab.documents.analysis.answered import Answered, calls_of, role_of
from lab.loadtest.written import percent


def by_agent(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each agent's requests, who answered them, and what failed before."""
    rows = []
    for name in (name for name in AGENTS if name in content["agents"]):
        group = content["agents"][name]
        used = _used(content, name)
        rows.append(
            {
                "name": role_of(name),
                "requests": f"{group['calls']:,}",
                "primary": f"{group['calls'] - used:,} ({percent(1 - used / group['calls'])})",
                "used": f"{used:,}",
                "rate": percent(group["fallback_rate"]),
                "failed": counted(group["failed_attempts"]) or "none",
                "reasons": counted(group["fallback_reasons"]) or "the policy's order",
            }
        )
    return rows


def counted(reasons: Mapping[str, int]) -> str:
    """How often each reason came, as people read it."""
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in reasons.items())


def questions(content: Mapping[str, Any]) -> list[Answered]:
    """The client's four questions on fallbacks."""
    return [
        Answered("Did fallbacks trigger in the test?", _triggered(content)),
        Answered("Which agent's fallback rate is highest?", _highest(content)),
        Answered("Are the fallback chains configured correctly?", _configured(content)),
        Answered("What happens if primary and fallback both fail?", _both_fail(content)),
    ]


def _used(content: Mapping[str, Any], agent: str) -> int:
    return sum(call["fallback"] for call in calls_of(content, agent))


def _triggered(content: Mapping[str, Any]) -> str:
    summary, scenario = content["summary"], content["options"]["scenario"]
    used = sum(_used(content, name) for name in AGENTS)
    met = f" The scenario {scenario} makes providers fail." if scenario else ""
    return (
        f"**{'Yes' if used else 'No'}**: {used:,} of {summary['calls']:,} answers "
        f"({percent(summary['fallback_rate'])}) came from a model other than the call's primary.{met} "
        f"{percent(summary['rejection_rate'])} of the replies failed our check and went back to the model or on to "
        "the next one."
    )


def _highest(content: Mapping[str, Any]) -> str:
    rates = {name: group["fallback_rate"] or 0.0 for name, group in content["agents"].items() if name in AGENTS}
    if not rates or not max(rates.values()):
        return "None: no fallback was used."
    most = max(rates.values())
    first = [role_of(name) for name in AGENTS if rates.get(name) == most]
    reasons = content["agents"][next(name for name in AGENTS if rates.get(name) == most)]["fallback_reasons"]
    others = f" Its primary was passed over: {counted(reasons)}." if reasons and len(first) == 1 else ""
    return f"The **{listed(first)}**{' each' if len(first) > 1 else ''}, {percent(most)}.{others}"


def _configured(content: Mapping[str, Any]) -> str:
    chains = {name: chain for name, chain in load_chains().items() if name in AGENTS}
    companies = min(
        len({chain.facts[model].account for model in chain.models if model != EMBEDDED_MODEL})
        for chain in chains.values()
    )
    last = all(chain.models[-1] == EMBEDDED_MODEL for chain in chains.values())
    right = last and companies > 1
    return (
        f"**{'Yes' if right else 'No'}.** Every agent's chain spans at least {companies} providers and "
        f"{'ends with the rule-based analyst' if last else 'does not end with the rule-based analyst'}. In this test, "
        f"{percent(content['summary']['degraded_call_rate'])} of the agents' answers had to come from there. The "
        "policy chooses the primary before each call. With dynamic routing it can differ from the first model in "
        "chains.yaml, and that does not count as a fallback."
    )


def _both_fail(content: Mapping[str, Any]) -> str:
    summary = content["summary"]
    failed = summary["requests"] - summary["succeeded"] or "none"
    return (
        "The router asks the remaining models of the chain. Every chain ends with the rule-based analyst, which "
        "applies rules inside the gateway's process, costs nothing and needs no network. So an analysis still "
        f"completes with computed numbers, in simpler words. Of {summary['requests']:,} analyses, {failed} failed. In "
        f"{percent(summary['degraded_rate'])} at least one agent was answered by the rule-based analyst, and the "
        "report says so. If the gateway itself stops, the next call restarts it. Only if it can't be restarted does "
        "an analysis end with an error, which lists every model tried with the reason it failed."
    )
