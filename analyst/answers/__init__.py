"""Models' answers: how a reply is read."""

DOOR = (
    "cache.answer_cache",
    "cache.command",
    "cache.recall",
    "checks",
    "composing",
    "consensus.council",
    "consensus.verdict",
    "illustrating",
)
"""The modules that other rooms may import."""
