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
    "remote.postgres",
    "remote.postgres_catalog",
    "remote.postgres_connecting",
    "remote.postgres_opening",
    "remote.postgres_survey",
    "remote.session",
    "remote.spark",
    "remote.spark_opening",
    "remote.spark_survey",
    "remote.survey",
)
"""The modules that other rooms may import."""
