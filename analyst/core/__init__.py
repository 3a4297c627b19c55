"""What every room stands on: settings, errors, events, the agents' names and text."""

DOOR = (
    "agents",
    "aligned",
    "errors",
    "events",
    "exit_codes",
    "program",
    "quoting",
    "settings",
)
"""The modules that other rooms may import."""
