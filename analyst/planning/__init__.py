"""The plan language: what a model may ask to be computed, checked before it runs and run where it can harm nothing."""

DOOR = (
    "binding",
    "data_errors",
    "disclosure",
    "finding",
    "language",
    "loose_json",
    "mixing",
    "renaming",
    "sql_binding",
    "sql_guard",
    "sql_lineage",
    "sql_trees",
    "sql_units",
)
"""The modules that other rooms may import."""
