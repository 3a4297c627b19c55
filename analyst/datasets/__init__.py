"""Tables: open any file as a DuckDB table, profile it, find its faults, hide its personal data, describe it."""

DOOR = (
    "categories",
    "engine_command",
    "identity",
    "kept_tables",
    "measuring",
    "opened_tables",
    "piped",
    "preparing",
    "previewing",
    "quality",
    "reaching",
    "roles",
    "suspicion",
    "text_patterns",
)
"""The modules that other rooms may import."""
