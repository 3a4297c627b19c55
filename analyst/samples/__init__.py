"""The bundled samples: small tables with a question each and planted truths (truths.json)."""

DOOR = (
    "catalog",
    "generate",
)
"""The modules that other rooms may import."""
