"""What every room stands on: settings, errors, events, the agents' names and text."""

DOOR = (
    "agents",
    "background",
    "currencies",
    "errors",
    "events",
    "exit_codes",
    "hosts",
    "interruption",
    "json_lines",
    "numerals",
    "origins",
    "outputs",
    "process",
    "program",
    "quoting",
    "scratch",
    "settings",
    "text",
    "yes_no",
)
"""The modules that other rooms may import."""
