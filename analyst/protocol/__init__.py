"""What agents and models say to each other: cards, evidence, replies, prompts, references and records of calls."""

DOOR = (
    "asked_fields",
    "blocks",
    "calls",
    "claims",
    "evidence",
    "facts",
    "lexicon",
    "models",
    "moments",
    "number_check",
    "numerals",
    "personal",
    "places",
    "prompting",
    "references",
    "relations",
    "remote",
    "replies",
    "results",
    "selection",
    "table",
    "threads",
)
"""The modules that other rooms may import."""
