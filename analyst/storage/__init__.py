"""What the platform remembers: calls, runs, the day's budget and its reservations, in SQLite or PostgreSQL."""

DOOR = (
    "access_keys",
    "alerts",
    "asker_limits",
    "answers_kept",
    "budget",
    "calls",
    "consensus",
    "database",
    "export",
    "feedback",
    "job_records",
    "jobs",
    "model_state",
    "performance",
    "runs",
    "slices",
    "sums",
    "tables",
    "timeline",
    "threads",
    "transaction",
    "uploads",
    "workers",
)
"""The modules that other rooms may import."""
