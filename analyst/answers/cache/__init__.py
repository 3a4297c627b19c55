"""Kept answers: when two questions may share one, where it lies, how long it lives."""
