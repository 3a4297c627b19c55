"""Tables: open any file as a DuckDB table, profile it, find its faults, hide its personal data, describe it."""
