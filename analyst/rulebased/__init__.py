"""The rule-based analyst behind the gateway: reads the messages any model gets and replies the same JSON."""

DOOR = ("analyst",)
"""The modules that other rooms may import."""
