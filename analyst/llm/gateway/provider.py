"""The embedded analyst as a LiteLLM provider: this module runs in the gateway's environment, inside its process.

A thin shim: LiteLLM may load it by file path, outside sys.modules, so it holds no state and imports absolutely. Being
what the gateway loads of ours, it also makes LiteLLM ask each provider once, hand on what providers say of usage, work
on merged parts of what they stream, and serve only who shows the key.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai.resources  # noqa: F401 - LiteLLM's adapters load it at their first call, which it makes a second longer
from litellm import CustomLLM
from litellm.litellm_core_utils.streaming_handler import CustomStreamWrapper
from litellm.types.utils import GenericStreamingChunk, ModelResponse, Usage

from analyst.llm.gateway.admission import require_key
from analyst.llm.gateway.merging import merge_streams
from analyst.llm.gateway.once import ask_once
from analyst.llm.gateway.provider_usage import keep_provider_usage
from analyst.rulebased.analyst import reply

CHARACTERS_PER_TOKEN = 4
"""What one token of English holds on average: the rule by which the embedded analyst's tokens are counted."""


def count_tokens(text: str) -> int:
    """Tokens of `text`: a fourth of its characters, rounded up. The same rule counts prompts and replies."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def _prompt_text(messages: list[dict[str, Any]]) -> str:
    contents = (message.get("content") or "" for message in messages)
    return "\n".join(c if isinstance(c, str) else json.dumps(c, default=str) for c in contents)


def _usage(messages: list[dict[str, Any]], text: str) -> dict[str, int]:
    prompt, completion = count_tokens(_prompt_text(messages)), count_tokens(text)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


class EmbeddedAnalyst(CustomLLM):  # type: ignore[misc]
    """Answers by rules, whole or as a stream of one chunk. Costs nothing: litellm_config.yaml sets its price to 0."""

    def completion(self, *args: Any, **given: Any) -> ModelResponse:
        """The reply as LiteLLM's response object, with counted tokens."""
        text = reply(given["messages"])
        response: ModelResponse = given["model_response"]
        response.choices[0].message.content = text
        response.choices[0].finish_reason = "stop"
        response.model = given["model"]
        response.usage = Usage(**_usage(given["messages"], text))
        return response

    async def acompletion(self, *args: Any, **given: Any) -> ModelResponse:
        """The same on a thread: the rules use the processor, and the gateway has other calls to serve."""
        return await asyncio.to_thread(self.completion, *args, **given)

    def streaming(self, *args: Any, **given: Any) -> Iterator[GenericStreamingChunk]:
        """The reply as one chunk: it exists only once it is whole."""
        text = reply(given["messages"])
        yield GenericStreamingChunk(
            text=text,
            is_finished=True,
            finish_reason="stop",
            usage=_usage(given["messages"], text),
            index=0,
            tool_use=None,
            provider_specific_fields=None,
        )

    async def astreaming(self, *args: Any, **given: Any) -> AsyncIterator[GenericStreamingChunk]:
        """The same for an asynchronous caller."""
        for chunk in await asyncio.to_thread(lambda: list(self.streaming(*args, **given))):
            yield chunk


ask_once()
keep_provider_usage()
require_key()
merge_streams(CustomStreamWrapper)
embedded_analyst = EmbeddedAnalyst()
