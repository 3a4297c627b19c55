"""Who calls models: the names of the agents in chains, prompts, metrics and cost records."""

from __future__ import annotations

AGENTS = ("data_profiler", "query_interpreter", "insight_generator", "report_writer")
"""The four agents, by the names used in chains, prompts and metrics."""
JUDGE = "consensus_judge"
"""Who decides between plans whose results differ; asked only when an analysis wants consensus."""
ROLES = (*AGENTS, JUDGE)
"""Everyone that calls a model: the names in chains, prompts and cost records."""
EMBEDDED_MODEL = "embedded-analyst"
"""The gateway's name of the rule-based analyst: the last candidate of every chain, free, never out of reach."""
