"""The statistical methods of the plan language: what each takes, computes and returns."""

DOOR = (
    "change",
    "columns",
    "method",
    "periods",
    "registry",
    "results",
    "timeline",
)
"""The modules that other rooms may import."""
