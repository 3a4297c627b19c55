"""Keeps LiteLLM from asking a provider twice for one call; imported in the gateway's process, by the shim alone.

When a connection is lost before the answer begins, LiteLLM's HTTP client sends the request again by itself, whatever
`num_retries` says, over a client that it closes before a stream is read: the provider bills two answers, we read none,
and the failure is told a whole first token later. There is no setting for it (litellm 1.106, AsyncHTTPHandler.post).
"""

from __future__ import annotations

import sys
from typing import NoReturn

import aiohttp
import httpx
from litellm.llms.custom_httpx.aiohttp_transport import AIOHTTP_EXC_MAP
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler


async def _not_again(*_: object, **__: object) -> NoReturn:
    """Stand in for the second request: the failure of the first one stays the outcome."""
    lost = sys.exc_info()[1]
    raise lost if isinstance(lost, httpx.TransportError) else httpx.ReadError("the connection was lost")


def ask_once() -> None:
    """Switch the second request off, and tell a connection that was reset from one that was never made: LiteLLM takes
    it for that, but the provider may be at work then, and bill it."""
    AIOHTTP_EXC_MAP[aiohttp.ClientOSError] = httpx.ReadError
    AsyncHTTPHandler.single_connection_post_request = _not_again
