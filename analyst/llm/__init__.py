"""Calls of models: chains, attempts, the gateway and its client, and what is known of each model."""

DOOR = (
    "attempts",
    "chains",
    "client",
    "gateway.command",
    "gateway.launcher",
    "listening",
    "listing",
    "racing",
    "resilience.deadline",
    "resilience.health",
    "resilience.hours",
    "resilience.policy",
    "resilience.signals",
    "resources",
    "route",
    "timeouts",
)
"""The modules that other rooms may import."""
