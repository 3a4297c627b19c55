"""The monitor's figures as text for a terminal: tables by agent and model, and lines of totals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from analyst.core.text import aligned
from analyst.observability.summary import BY, SHARES

EMPTY = "No calls recorded yet. Run an analysis first: python main.py"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _usd(value: Decimal | None) -> str:
    return "-" if value is None else f"${value:,.6f}" if abs(value) < 1 else f"${value:,.2f}"


_COLUMNS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "calls": lambda row: f"{row['calls']:,}",
    "success": lambda row: _percent(row["success_rate"]),
    "fallback": lambda row: _percent(row["fallback_rate"]),
    "rejected": lambda row: _percent(row["rejection_rate"]),
    "tokens in": lambda row: f"{row['input_tokens']:,}",
    "out": lambda row: f"{row['output_tokens']:,}",
    "cost": lambda row: _usd(row["cost_usd"]),
    "mean": lambda row: _seconds(row["mean_latency_s"]),
    "p95": lambda row: _seconds(row["p95"]),
}
_WIDE_ONLY = ("tokens in", "out", "mean")
"""Left out on a terminal narrower than WIDTH, where the names would have no room."""
WIDTH = 110


def report_text(report: Mapping[str, Any], by: Sequence[str], width: int) -> str:
    """The report in lines of about `width`: tables, totals, the budget, and what needs attention."""
    summary = report["summary"]
    tables = [line for name in by for line in (*_table(summary[BY[name][0]], BY[name][1], width), "")]
    lines = (*tables, *_report_lines(summary), *budget_lines(report["budget"]), *_issue_lines(report["issues"]))
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[Mapping[str, Any]], name: str, width: int) -> list[str]:
    told = {heading: cell for heading, cell in _COLUMNS.items() if width >= WIDTH or heading not in _WIDE_ONLY}
    body = [(_day(row[name]) if name == "day" else row[name], *(cell(row) for cell in told.values())) for row in rows]
    return aligned([(name.partition("_")[0], *told), *body], ruled=True)


def _report_lines(summary: Mapping[str, Any]) -> list[str]:
    total, latency, cost, degraded = (summary[part] for part in ("totals", "latency", "cost", "degraded"))
    simulated = [f"Scenario  {summary['scenario']} (simulated calls only)"] if summary["scenario"] else []
    return [
        *simulated,
        f"Runs      {summary['runs']['total']} "
        f"({_counts({name: n for name, n in summary['runs'].items() if name != 'total'})})",
        f"Calls     {total['calls']}, success {_percent(total['success_rate'])}, "
        f"fallback {_percent(total['fallback_rate'])}, rejected {_percent(total['rejection_rate'])}, "
        f"escalated {total['escalations']}, hedged {total['hedged']}",
        f"Failures  {_counts(summary['failures'])}",
        f"Fallbacks {_counts(summary['fallback_reasons'])}; failover time {_ranks(summary['failover'])}",
        f"Latency   per run: mean {_seconds(latency['mean_s'])}, {_ranks(latency)}; "
        f"{_percent(latency['within_target'])} within the target of {latency['target_s']:g} s",
        f"          per call: mean {_seconds(total['mean_latency_s'])}, {_ranks(total)}",
        f"Cost      {_usd(cost['total_usd'])} total, {_usd(cost['per_run_usd'])} per run",
        f"Savings   {_usd(cost['saved_usd'])} ({_percent(cost['saved_share'])}) compared with "
        f"{_usd(cost['baseline_usd'])} ({cost['baseline']})",
        *claim_lines(summary["claims"]),
        *_kept_lines(summary["kept_answers"]),
        *_degraded_lines(degraded, _accepted(summary), cost["runs_with_calls"]),
        *_consensus_lines(summary["consensus"]),
    ]


def _degraded_lines(told: Mapping[str, Any], accepted: int, runs: int) -> list[str]:
    """How much the rule-based analyst answered, then for which agents and why."""
    share = (
        f"Degraded  the rule-based analyst gave {told['answers']} of {accepted} accepted answers "
        f"({_percent(told['answer_share'])}), in {told['runs']} of {runs} runs with calls "
        f"({_percent(told['run_share'])})"
    )
    kinds = f"          by agent: {_counts(told['agents'])}; by reason: {_counts(told['reasons'])}"
    return [share, kinds] if told["answers"] else [share]


def _accepted(summary: Mapping[str, Any]) -> int:
    return sum(row["accepted"] for row in summary["models"])


def _consensus_lines(told: Mapping[str, Any]) -> list[str]:
    """How often models agreed, and the extra cost; nothing where no run used consensus."""
    if not told["runs"]:
        return []
    runs = "1 run" if told["runs"] == 1 else f"{told['runs']} runs"
    return [
        f"Consensus {runs} ({_counts(told['outcomes'])}); of {told['compared']} compared, "
        f"{_percent(told['rate'])} agreed and {_percent(told['judge_rate'])} went to the judge",
        f"          {told['models_asked']} models asked; {_usd(told['extra_usd'])} extra "
        f"({_usd(told['extra_usd_per_run'])} and {_seconds(told['extra_s_per_run'])} per run)",
    ]


def _kept_lines(told: Mapping[str, Any] | None) -> list[str]:
    """How often the cache answered, and what that saved; nothing where no question was looked up."""
    if not told or not told["lookups"]:
        return []
    words, *similar = (told["hits_by_tier"][tier] for tier in (1, 2, 3))
    return [
        f"Cache     {told['hits']} of {told['lookups']} questions answered from the cache "
        f"({_percent(told['hit_rate'])}): {words} with the same words, {sum(similar)} with the same meaning",
        f"          saved {_usd(told['saved_usd'])} and {_seconds(told['saved_s'])}; {told['kept']} cached answers",
    ]


def claim_lines(claims: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where a provider's own figure for a call doesn't fit its tokens at the pinned price, with both figures."""
    return [
        f"{'Disputed' if not place else '':9} {row['model']}: the provider claims {_span(row)} for "
        f"{_calls(row['calls'])}; {_usd(row['booked_usd'])} was booked at the pinned price"
        for place, row in enumerate(claims)
    ]


def _span(row: Mapping[str, Any]) -> str:
    least, most = _usd(row["least_usd"]), _usd(row["most_usd"])
    return least if least == most else f"{least} to {most} each"


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"


def budget_lines(budget: Mapping[str, Any]) -> list[str]:
    """Today's spending against the budget, and what a full day would cost."""
    verdict = "within the budget" if budget["compliant"] else "OVER THE BUDGET"
    lines = [
        f"Budget    {_day(budget['day'])} ({budget['timezone']}): {_usd(budget['spent_usd'])} of "
        f"{_usd(budget['budget_usd'])} spent, {_usd(budget['reserved_usd'])} reserved, "
        f"{_usd(budget['remaining_usd'])} left, {verdict}",
    ]
    if budget["day_end_usd"] > budget["spent_usd"]:
        fits = "within" if budget["day_end_compliant"] else "OVER"
        lines.append(
            f"          {_usd(budget['day_end_usd'])} by the end of the day, at the rate of the last 24 hours, "
            f"{fits} the budget"
        )
    if budget["projected_day_usd"] is not None:
        fits = "within" if budget["projected_compliant"] else "OVER"
        lines.append(
            f"Projected {_usd(budget['projected_day_usd'])} per day of {budget['expected_daily_requests']} analyses, "
            f"{fits} the budget"
        )
    return lines


def _issue_lines(issues: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{'Attention' if not place else '':9} {issue['text']}" for place, issue in enumerate(issues)]


def terminal_width(wanted: int) -> int:
    """The columns of this terminal, as far as they are `wanted`; at least 80."""
    return max(min(shutil.get_terminal_size((wanted, 24)).columns, wanted), 80)


def _day(day: int) -> str:
    told = f"{day:08d}"
    return f"{told[:4]}-{told[4:6]}-{told[6:]}"


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.items()) or "none"


def _ranks(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_seconds(row[name])}" for name in SHARES)
