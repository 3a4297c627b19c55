"""Charts: chosen by the kind of result, drawn as SVG, PNG and Vega-Lite, and as text for a terminal."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from analyst.reporting.charts.choice import read_choice, write_choice
from analyst.reporting.charts.choosing import Axis, ChartChoice, choose
from analyst.reporting.charts.specs import specifications
from analyst.reporting.plain import as_text, text_table

__all__ = ["Axis", "Chart", "ChartChoice", "as_text", "choose", "draw", "read_choice", "text_table", "write_choice"]

SCALE = 2.0
"""Pixels of the PNG per pixel of the drawing: sharp on a good screen and on paper."""
_DRAWING = threading.Lock()


@dataclass(frozen=True)
class Chart:
    """A drawn chart. `spec` stands alone (title, fixed width); `page_spec` fits a page that shows the title."""

    choice: ChartChoice
    spec: dict[str, Any]
    page_spec: dict[str, Any]
    svg: str
    png: bytes

    @property
    def id(self) -> str:
        """The chart's id, also its files' name."""
        return self.choice.id


def draw(choice: ChartChoice) -> Chart:
    """Draw `choice` without a browser and without the network (1 s the first time, then tens of milliseconds)."""
    import vl_convert

    spec, page_spec = specifications(choice)
    version = grammar_version()
    with _DRAWING:
        svg = vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[])
        png = vl_convert.svg_to_png(svg, scale=SCALE)
    return Chart(choice, spec, page_spec, svg, png)


def grammar_version() -> str:
    """The newest Vega-Lite that the converter has of the major version that Altair writes, as "6.4"."""
    import altair
    import vl_convert

    major = altair.SCHEMA_VERSION.removeprefix("v").split(".")[0]
    known = [v.removeprefix("v").replace("_", ".") for v in vl_convert.get_vegalite_versions()]
    fitting = [v for v in known if v.split(".")[0] == major]
    return max(fitting or known, key=lambda v: [int(part) for part in v.split(".")])
