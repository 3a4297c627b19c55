"""Where tables live and queries run: connections to a table engine, locked down."""

DOOR = ("duckdb",)
"""The modules that other rooms may import."""
