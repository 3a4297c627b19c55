"""The pinned prices against the map that the gateway's LiteLLM was installed with: what changed, what is going away.

The map is read as a file: importing LiteLLM takes seconds and belongs into the gateway's environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from analyst.budget.prices import BASELINE_MODEL, Price, Prices, Rates
from analyst.core.errors import SettingsError
from analyst.core.settings import ROOT

MAP_NAME = "model_prices_and_context_window_backup.json"
SOON = timedelta(days=60)
"""How long ahead a model's end is told: time to try another one."""
_FIELDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_long": "cache_creation_input_token_cost_above_1hr",
}
_LONG = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
Kind = Literal["changed", "gone", "deprecated", "note"]


@dataclass(frozen=True)
class Finding:
    """Something about `model`'s price; a `note` needs nobody's action."""

    model: str
    kind: Kind
    text: str


def installed_map(root: Path = ROOT) -> Path:
    """The map of the gateway's environment under `root`. SettingsError when there is none."""
    places = ("lib/python3*/site-packages", "Lib/site-packages")
    found = [path for place in places for path in sorted(root.glob(f".venv-gateway/{place}/litellm/{MAP_NAME}"))]
    if not found:
        raise SettingsError(
            "The gateway's environment is not installed, so there is no price list.", "Run `make setup`."
        )
    return found[0]


def read_map(path: Path) -> dict[str, Any]:
    """The map's entries by model. SettingsError when it can't be read."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} is not a price list: {error}.", "Run `make setup` again.") from None
    if not isinstance(read, dict):
        raise SettingsError(f"{path} is not a price list.", "Run `make setup` again.")
    return read


def findings(prices: Prices, listed: Mapping[str, Any], today: date) -> list[Finding]:
    """What differs between `prices` and the map `listed`, model by model."""
    return [finding for model, price in prices.models.items() for finding in _of_model(model, price, listed, today)]


def _of_model(model: str, price: Price, listed: Mapping[str, Any], today: date) -> Iterator[Finding]:
    if price.map_key is None:
        yield Finding(model, "note", f"not compared. {price.note}")
        return
    entry = listed.get(price.map_key)
    if not isinstance(entry, Mapping):
        yield Finding(model, "gone", f"{price.map_key} is no longer in the price list")
        return
    for told in _changes(price, entry):
        yield Finding(model, "changed", told)
    yield from _ending(model, entry, today)


def _changes(price: Price, entry: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_rates(price, entry, "")
    longer = {int(match[1]) * 1000 for name in entry if (match := _LONG.fullmatch(name)) and entry[name] is not None}
    pinned = {price.long_context.above_tokens} if price.long_context else set()
    if longer != pinned:
        yield f"higher price above {_tokens(longer)} in the price list, pinned above {_tokens(pinned)}"
    elif price.long_context:
        yield from _of_rates(price.long_context, entry, f"_above_{price.long_context.above_tokens // 1000}k_tokens")


def _of_rates(rates: Rates, entry: Mapping[str, Any], suffix: str) -> Iterator[str]:
    for field, name in _FIELDS.items():
        pinned, given = getattr(rates, field), entry.get(name + suffix)
        if given is None and field == "cached_input":
            # Without a price of its own a cached token costs what a fresh one does.
            given = entry.get(_FIELDS["input"] + suffix)
        mapped = Decimal(given or 0) * 1_000_000
        if mapped != pinned:
            yield f"{field}{suffix}: {mapped.normalize():f} in the price list, {pinned} pinned (USD per million tokens)"


def _tokens(limits: set[int]) -> str:
    return ", ".join(f"{limit:,} tokens" for limit in sorted(limits)) or "nothing"


def _ending(model: str, entry: Mapping[str, Any], today: date) -> Iterator[Finding]:
    told = entry.get("deprecation_date")
    try:
        end = date.fromisoformat(str(told))
    except ValueError:
        return
    if end > today + SOON:
        return
    text = f"deprecated since {end}" if end <= today else f"will be deprecated on {end}"
    if model == BASELINE_MODEL:
        yield Finding(model, "note", f"{text}; it is used only for comparison and is never called")
    else:
        yield Finding(model, "deprecated", f"{text}: choose its successor in analyst/llm/chains.yaml")
