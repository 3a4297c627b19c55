"""From evidence to what people read: numbers filled into prose and checked, charts, and the report in every format."""

DOOR = (
    "charts.choosing",
    "charts.drawing",
    "charts.library",
    "cited",
    "filling",
    "html",
    "key_figures",
    "markdown",
    "naming",
    "numbers",
    "page",
    "plain",
    "recorded",
    "report",
    "saving",
    "scope",
    "slides",
    "spans",
    "tables",
    "units",
)
"""The modules that other rooms may import."""
