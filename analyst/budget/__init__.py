"""What calls cost: pinned prices, the worst case before a call, and the ledger that holds the day's cap."""

DOOR = (
    "command",
    "compliance",
    "ledger",
    "pressure",
    "prices",
)
"""The modules that other rooms may import."""
