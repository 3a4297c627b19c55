"""How charts look: colours, type and sizes.

Colours are Okabe and Ito's, told apart by all common kinds of colour blindness (jfly.uni-koeln.de/color).
"""

from __future__ import annotations

from typing import Any

BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
PALETTE = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY)
DARK, GREY, PALE = "#1f2933", "#616e7c", "#e4e7eb"
PAPER = "#fefefe"
"""What lies behind a mark: as good as white, and told apart from white ink, which stays on a dark page."""
WIDTH = 680
"""Pixels of a chart that is drawn to a file."""
FONT = "Inter, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif"


def look() -> dict[str, Any]:
    """The configuration that every chart shares."""
    axis = {
        "labelColor": GREY,
        "titleColor": GREY,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 10,
        "labelPadding": 6,
        "gridColor": PALE,
        "domainColor": "#9aa5b1",
        "tickColor": "#9aa5b1",
        "labelLimit": 300,
        "titleLimit": 420,
    }
    title = {"fontSize": 16, "fontWeight": 600, "color": DARK, "subtitleColor": GREY, "subtitleFontSize": 12}
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "title": title | {"anchor": "start", "frame": "group", "offset": 14, "subtitlePadding": 6},
        "legend": {
            "labelColor": DARK,
            "titleColor": GREY,
            "labelFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
        },
        "range": {"category": list(PALETTE)},
    }
