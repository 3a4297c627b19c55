"""Keeps what a provider itself says of a stream's usage; imported in the gateway's process, by the shim alone.

LiteLLM makes one usage of a stream's chunks (litellm 1.106, ChunkProcessor.calculate_usage). Where the provider counted
no tokens it counts them, and nothing tells its guess from the provider's word. It also replaces the provider's total,
which alone shows thoughts that were counted apart, and drops what a user's own key was charged behind OpenRouter
(openrouter.ai/docs/use-cases/usage-accounting). So the provider's own figures are put beside LiteLLM's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litellm.litellm_core_utils.streaming_chunk_builder_utils import ChunkProcessor

_COUNTS = ("prompt_tokens", "completion_tokens")
_FIGURES = ("total_tokens", "cost", "is_byok", "cost_details")
_CALCULATED = ChunkProcessor.calculate_usage


def keep_provider_usage() -> None:
    """Make LiteLLM put the provider's own figures into a stream's usage, as its field `provider`."""
    ChunkProcessor.calculate_usage = _calculated


def _calculated(processor: Any, chunks: Sequence[Any], *args: Any, **given: Any) -> Any:
    usage = _CALCULATED(processor, chunks, *args, **given)
    counted = processor._calculate_usage_per_chunk(chunks=chunks)
    told: dict[str, Any] = {name: counted[name] for name in _COUNTS}
    for chunk in chunks:
        if (own := processor._extract_usage_chunk(chunk)) is not None:
            told |= {name: value for name in _FIGURES if (value := getattr(own, name, None))}
            told |= {name: None for name in _COUNTS if getattr(own, name) < 0}  # LiteLLM passes over these
    usage.provider = told
    return usage
