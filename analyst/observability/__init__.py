"""What the records say: the report's text, Prometheus metrics and traces made of the monitor's figures."""

DOOR = (
    "command",
    "issues",
    "live",
    "prometheus",
    "report",
    "routing",
    "summary",
    "tracing",
)
"""The modules that other rooms may import."""
