"""Where tables live and queries run: what is asked of a table engine, and DuckDB, which answers it."""

DOOR = (
    "duckdb",
    "errors",
    "interface",
    "loading",
    "opening",
    "parsing",
    "remote.access",
    "remote.local_spark",
    "remote.session",
    "remote.spark",
    "remote.spark_opening",
    "remote.spark_survey",
)
"""The modules that other rooms may import."""
