"""One service, many doors: analyses as durable jobs that are submitted, followed, cancelled, resumed and forgotten."""

DOOR: tuple[str, ...] = ()
"""The modules that other rooms may import."""
