"""What every room stands on: settings, errors, events, the agents' names and text."""

DOOR = (
    "agents",
    "background",
    "errors",
    "events",
    "exit_codes",
    "json_lines",
    "program",
    "quoting",
    "settings",
    "text",
)
"""The modules that other rooms may import."""
