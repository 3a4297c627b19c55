"""Where tables live and queries run: what is asked of a table engine, and DuckDB, which answers it."""

DOOR = (
    "duckdb",
    "errors",
    "interface",
    "loading",
    "parsing",
)
"""The modules that other rooms may import."""
