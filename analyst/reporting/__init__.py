"""From evidence to what people read: numbers filled into prose and checked, charts, and the report in every format."""

DOOR = (
    "charts.choice",
    "charts.choosing",
    "charts.drawing",
    "cited",
    "filling",
    "html",
    "markdown",
    "money",
    "naming",
    "page",
    "plain",
    "report",
    "saving",
    "scope",
)
"""The modules that other rooms may import."""
