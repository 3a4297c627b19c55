"""architecture_diagram.png, drawn from the chains: doors, agents, router, gateway, models, edges to each candidate.

An SVG is filled from a template and rasterised by vl-convert, which draws the reports' charts too.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analyst.core.agents import EMBEDDED_MODEL
from lab.documents.figures import AgentPlan, agent_plans, all_models
from lab.documents.flow import COLOURS, COLUMN_WIDTH, COLUMN_X, Box, band, placed

FOLDER = Path(__file__).resolve().parent
WIDTH, COLUMN_TOP, BAR_TOP, TOP, MODEL_HEIGHT, GAP, TIER_HEAD = 1600, 316, 300, 446, 72, 12, 34
_SOURCE, _END = b"Source-SHA256\0", b"\0\0\0\0IEND"
"""The key of the PNG's text that tells its SVG, and how its last chunk begins."""
TIER_COLOURS = {
    "local": "#e8f1ea",
    "budget cloud": "#e8eef7",
    "premium": "#f4ebf5",
    "optional cloud": "#f3f1ea",
    "emergency": "#f1f1f1",
}
MODEL_X, MODEL_WIDTH = 1090, 450
ROUTER_X, GATEWAY_X, BAR_WIDTH = 530, 800, 190


@dataclass(frozen=True)
class Edge:
    """A curve from an agent to a model: `rank` 1 is the primary."""

    path: str
    colour: str
    rank: int
    x: float
    y: float


def diagram_svg(results: Mapping[str, Any]) -> str:
    """The picture as SVG, with mean seconds measured by the load test `results`, or published where not used there."""
    plans = agent_plans(results)
    tiers, models, height = _place_models(plans, results)
    column = placed(plans, COLUMN_TOP, height)
    agents = {plan.name: column[plan.name][0] for plan in plans}
    environment = Environment(loader=FileSystemLoader(FOLDER / "templates"), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("architecture.svg.j2").render(
        width=WIDTH,
        height=height + 100,
        bottom=height,
        column=column,
        agents=agents,
        tiers=tiers,
        models=models,
        edges=_edges(plans, agents, models),
        router=Box(ROUTER_X, BAR_TOP, BAR_WIDTH, height - BAR_TOP, "SmartRouter"),
        gateway=Box(GATEWAY_X, BAR_TOP, BAR_WIDTH, height - BAR_TOP, "LiteLLM gateway"),
        scenario=results["options"]["scenario"],
        created=results["created"][:10],
        **band(),
    )


def diagram_png(svg: str) -> bytes:
    """The picture as PNG, 1600 pixels wide, with a digest of the SVG that it was drawn from."""
    import vl_convert

    png: bytes = vl_convert.svg_to_png(svg, scale=1)
    end = png.rindex(_END)
    return png[:end] + _chunk(b"tEXt", _SOURCE + _digest(svg)) + png[end:]


def drawn_from(png: bytes, svg: str) -> bool:
    """Whether diagram_png made this picture of `svg` (pixels differ from one release of the fonts to the next)."""
    return _SOURCE + _digest(svg) in png


def _digest(svg: str) -> bytes:
    return hashlib.sha256(svg.encode()).hexdigest().encode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _place_models(plans: list[AgentPlan], results: Mapping[str, Any]) -> tuple[list[Box], dict[str, Box], float]:
    y, tiers, models = float(TOP), [], {}
    for tier, names in all_models(plans).items():
        if not names:
            continue
        start, y = y, y + TIER_HEAD
        for name in names:
            models[name] = Box(MODEL_X, y, MODEL_WIDTH, MODEL_HEIGHT, name, (_speed(name, plans, results),))
            y += MODEL_HEIGHT + GAP
        tiers.append(Box(MODEL_X - 24, start, MODEL_WIDTH + 48, y - start, tier, (), TIER_COLOURS[tier]))
        y += GAP
    return tiers, models, y


def _speed(model: str, plans: list[AgentPlan], results: Mapping[str, Any]) -> str:
    """What is told below a model's name: seconds a call, measured or published, and its price."""
    plan = next(plan for plan in plans if model in plan.chain.models)
    line = next(line for line in plan.lines if line.model == model)
    price = "free" if line.price.free else f"${line.price.input}/${line.price.output} per M tokens"
    group = results["by_model"].get(model)
    if model == EMBEDDED_MODEL:
        return "rules in the gateway's process: instant, free, always available"
    if group is not None:
        return f"{group['latency_s']['mean']:.2f} s per call in the load test, {price}"
    facts = plan.chain.facts[model]
    return f"{facts.first_token_s:g} s + {facts.tokens_per_s:g} tokens/s (published), {price}"


def _edges(plans: list[AgentPlan], agents: Mapping[str, Box], models: Mapping[str, Box]) -> list[Edge]:
    edges = []
    for row, plan in enumerate(plans):
        box = agents[plan.name]
        for rank, model in enumerate(plan.chain.models, 1):
            target = models[model]
            rows = [place for place, other in enumerate(plans) if model in other.chain.models]
            y = target.y + MODEL_HEIGHT * (rows.index(row) + 1) / (len(rows) + 1)
            start, end = COLUMN_X + COLUMN_WIDTH, MODEL_X
            path = f"M {start} {box.middle} C {start + 330} {box.middle}, {end - 330} {y}, {end} {y}"
            edges.append(Edge(path, COLOURS[plan.name], rank, end, y))
    return sorted(edges, key=lambda edge: -edge.rank)
