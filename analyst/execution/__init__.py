"""Where plans run: a worker process with limits, a pool of them, and the runner that speaks to it."""

DOOR = (
    "pool",
    "runner",
)
"""The modules that other rooms may import."""
