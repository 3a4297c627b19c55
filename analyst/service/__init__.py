"""One service, many doors: analyses as durable jobs that are submitted, followed, cancelled, resumed and forgotten."""

DOOR = (
    "access",
    "analyses",
    "command",
    "presence",
    "profiles",
    "queue",
    "requests",
    "resident",
    "uploads",
    "worker",
    "working",
)
"""The modules that other rooms may import."""
