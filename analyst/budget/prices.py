"""What a call costs: pinned prices a model, and whose figure is believed for a reply.

The prices lie in prices.json with their source and date, so a cost doesn't change because a download did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analyst.budget.tokens import asks_for_cache, worst_case_input_tokens
from analyst.core.errors import SettingsError
from analyst.protocol.calls import CallRequest, GatewayReply

PRICES_FILE = Path(__file__).with_name("prices.json")
BASELINE_MODEL = "gpt-4"
"""What the naive platform would send everything to."""
STRONG_MODEL = "claude-opus-5-5"
"""Today's strong model: what such a platform would send everything to now."""
_MILLION = Decimal(1_000_000)
MOST_TIMES = Decimal(2)
"""A figure that somebody gives for a call is believed up to so many times what its tokens cost at the pinned price, and
token counts up to so many times what the call could cost at most. Beyond it is somebody's slip."""
UNTOLD_TOKENS = 10_000
"""Tokens that a "free" model's call is taken to have had where it tells none: they bound the cost it may claim."""


class Rates(BaseModel):
    """USD per million tokens. `cached_input` is read from a provider's cache, `cache_write` written to it.

    `cache_write_long` is what a write costs that is to last an hour.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cached_input: Decimal = Field(ge=0)
    cache_write: Decimal = Field(Decimal(0), ge=0)
    cache_write_long: Decimal = Field(Decimal(0), ge=0)

    @property
    def free(self) -> bool:
        """Whether nothing is charged at all."""
        return not (self.output or self.cached_input or self.dearest_input)

    @property
    def dearest_input(self) -> Decimal:
        """The most that a token of the input can cost."""
        return max(self.input, self.cache_write, self.cache_write_long)


class LongContext(Rates):
    """The rates of a call whose input is longer than `above_tokens`."""

    above_tokens: int = Field(gt=0)


class Price(Rates):
    """One model's prices; `map_key` is its name in the source, `note` why a price is not from there.

    `cache_on_request`: the provider writes its cache, and charges for it, only where a message has `cache_control`.
    `least_share`: a figure below this part of the pinned price is not believed (below 1: the provider has discounts).
    """

    map_key: str | None = None
    note: str | None = None
    cache_on_request: bool = False
    least_share: Decimal = Field(Decimal("0.5"), gt=0, le=1)
    long_context: LongContext | None = None

    def at(self, input_tokens: int) -> Rates:
        """The rates of a call with so many input tokens."""
        longer = self.long_context
        return longer if longer is not None and input_tokens > longer.above_tokens else self


class PriceList(BaseModel):
    """prices.json, whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    pinned_on: str
    unit: str
    models: dict[str, Price]


@dataclass(frozen=True)
class Cost:
    """What is booked for an answered call (USD) and whose figure that is: provider, gateway, pinned or reservation.

    `claimed` is the figure that was given but not believed.
    """

    usd: Decimal
    source: str
    claimed: Decimal | None = None


@dataclass(frozen=True)
class Prices:
    """The pinned prices by the gateway's model names."""

    models: Mapping[str, Price]
    source: str = ""
    pinned_on: str = ""

    def price(self, model: str) -> Price:
        """The price of `model`. SettingsError when none is pinned: an unknown price is never taken for zero."""
        try:
            return self.models[model]
        except KeyError:
            fix = f"Add it to {PRICES_FILE.name}; known: {', '.join(sorted(self.models))}."
            raise SettingsError(f"No price is pinned for model {model!r}.", fix) from None

    def is_free(self, model: str) -> bool:
        """Whether `model` costs nothing, however long the call. SettingsError for an unknown model."""
        price = self.price(model)
        return price.free and (price.long_context is None or price.long_context.free)

    def worst_case(self, model: str, input_tokens: int, output_tokens: int, *, cache_asked: bool = True) -> Decimal:
        """USD that a call can cost at most: all input fresh or written to a cache, all output used."""
        price = self.price(model)
        rates = price.at(input_tokens)
        dearest = rates.dearest_input if cache_asked or not price.cache_on_request else rates.input
        return (dearest * input_tokens + rates.output * output_tokens) / _MILLION

    def worst_case_of(self, model: str, request: CallRequest) -> Decimal:
        """USD that the call can cost at most: what to reserve for it."""
        tokens = worst_case_input_tokens(request.messages, request.schema)
        return self.worst_case(model, tokens, request.max_tokens, cache_asked=asks_for_cache(request.messages))

    def list_cost(
        self, model: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0, cache_write_tokens: int = 0
    ) -> Decimal:
        """USD of so many tokens at the pinned price.

        `cached_tokens` and `cache_write_tokens` are the parts of the input read from a cache and written to it.
        """
        rates = self.price(model).at(input_tokens)
        cached = min(max(cached_tokens, 0), input_tokens)
        written = min(max(cache_write_tokens, 0), input_tokens - cached)
        fresh = input_tokens - cached - written
        of_input = rates.input * fresh + rates.cached_input * cached + (rates.cache_write or rates.input) * written
        return (of_input + rates.output * output_tokens) / _MILLION

    def baseline(self, input_tokens: int, output_tokens: int) -> Decimal:
        """USD that the naive all-GPT-4 platform would pay for so many tokens."""
        return self.list_cost(BASELINE_MODEL, input_tokens, output_tokens)

    def cost_of(self, reply: GatewayReply, reserved: Decimal) -> Cost:
        """What to book for an answered call for which `reserved` USD were set aside.

        The provider's figure, else the gateway's, where it fits the tokens at the pinned price: from the model's
        `least_share` to MOST_TIMES of it. A figure that doesn't fit is kept beside the pinned price, which is booked
        instead. Without token counts to compare with, or with ones that can't be true, the reservation is booked.
        """
        figure, source = _figure(reply)
        if reply.model in self.models and self.is_free(reply.model):
            return self._of_free(reply, figure, source)
        counted = self._counted(reply)
        if counted is None or (reserved and counted > MOST_TIMES * reserved):
            return Cost(reserved, "reservation", figure)
        if figure is None or self.price(reply.model).least_share * counted <= figure <= MOST_TIMES * counted:
            return Cost(counted, "pinned") if figure is None else Cost(figure, source)
        return Cost(counted, "pinned", figure)

    def _of_free(self, reply: GatewayReply, figure: Decimal | None, source: str) -> Cost:
        """A model that should cost nothing but says that it did is believed, within what any model would charge."""
        if figure is None:
            return Cost(Decimal(0), "pinned")
        tokens = max(reply.input_tokens, UNTOLD_TOKENS), max(reply.output_tokens, 0)
        most = MOST_TIMES * self.baseline(*tokens)
        return Cost(figure, source) if figure <= most else Cost(most, "pinned", figure)

    def _counted(self, reply: GatewayReply) -> Decimal | None:
        """USD of the reply's tokens at the pinned price; None without a price, or without counts of the provider's that
        can be true."""
        told = min(reply.input_tokens, reply.output_tokens) > 0 and reply.cached_tokens <= reply.input_tokens
        if reply.model not in self.models or reply.estimated or not told:
            return None
        return self.list_cost(
            reply.model, reply.input_tokens, reply.output_tokens, reply.cached_tokens, reply.cache_write_tokens
        )


def _figure(reply: GatewayReply) -> tuple[Decimal | None, str]:
    """The cost that somebody gives and who; a figure of zero is none: a gateway without a price for a model says 0."""
    for figure, source in ((reply.provider_cost_usd, "provider"), (reply.gateway_cost_usd, "gateway")):
        if figure is not None and figure.is_finite() and figure > 0:
            return figure, source
    return None, ""


@cache
def load_prices(path: Path = PRICES_FILE) -> Prices:
    """The prices in `path`. SettingsError names what is wrong in it."""
    try:
        read: object = json.loads(path.read_text(encoding="utf-8"))
        listed = PriceList.model_validate(read)
    except (OSError, ValueError, ValidationError) as error:
        raise SettingsError(f"{path} is not a valid price list: {error}.", "Restore it from the repository.") from None
    return Prices(listed.models, listed.source, listed.pinned_on)
