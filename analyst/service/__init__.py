"""One service, many doors: analyses as durable jobs that are submitted, followed, cancelled, resumed and forgotten."""

DOOR = (
    "access",
    "analyses",
    "command",
    "drafts",
    "feedback",
    "forgetting",
    "presence",
    "profiles",
    "queue",
    "request_rate",
    "requests",
    "resident",
    "sweeping",
    "threads",
    "uploads",
    "worker",
    "working",
)
"""The modules that other rooms may import."""
