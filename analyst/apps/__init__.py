"""The doors people come in by."""

DOOR = ("cli.terminal",)
"""The modules that other rooms may import."""
