"""What a question did not ask but its reader must know, searched for in a plan's results."""

DOOR = ("search",)
"""The modules that other rooms may import."""
