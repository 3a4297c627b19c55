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
    "report",
    "saving",
    "scope",
    "spans",
    "tables",
    "units",
)
"""The modules that other rooms may import."""
