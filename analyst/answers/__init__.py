"""Models' answers: how a reply is read."""

DOOR = (
    "cache.answer_cache",
    "cache.command",
    "cache.recall",
    "accepted",
    "announcing",
    "briefing",
    "charting",
    "composing",
    "consensus.council",
    "consensus.verdict",
    "guards",
    "illustrating",
    "key_picture",
    "last_resort",
    "question",
    "run",
    "suggesting",
)
"""The modules that other rooms may import."""
