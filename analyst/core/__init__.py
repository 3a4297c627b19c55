"""What every room stands on: settings, errors, events, the agents' names and text."""

DOOR = (
    "agents",
    "background",
    "currencies",
    "errors",
    "events",
    "exit_codes",
    "folders",
    "json_lines",
    "numerals",
    "processes",
    "program",
    "quoting",
    "settings",
    "text",
)
"""The modules that other rooms may import."""
