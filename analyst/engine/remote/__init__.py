"""Tables that stay where they lie: an engine over a server of another kind, with a DuckDB session beside it."""
