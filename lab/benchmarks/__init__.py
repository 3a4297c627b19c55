"""Benchmarks: each says what it measured, on what, and writes its table."""
