"""The doors people come in by."""

DOOR = ("cli.commands", "cli.naming", "cli.parser", "cli.remote", "cli.terminal")
"""The modules that other rooms may import."""
