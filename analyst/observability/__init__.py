"""What the records say: the report's text, Prometheus metrics and traces made of the monitor's figures."""

DOOR = (
    "alerts",
    "command",
    "issues",
    "live",
    "prometheus",
    "receivers",
    "report",
    "routing",
    "summary",
    "tracing",
)
"""The modules that other rooms may import."""
