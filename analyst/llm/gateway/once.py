"""Keeps LiteLLM from asking a provider twice for one call; imported in the gateway's process, by the shim alone.

When a connection is lost before the answer begins, LiteLLM's HTTP client sends the request again by itself, whatever
`num_retries` says, over a client that it closes before a stream is read: the provider bills two answers, we read none,
and the failure is told a whole first token later. It also follows a provider's redirects, up to 20 of them, and sends
prompt and key along; and after a 422 of OpenAI's it sends the request again without the field that was named in it.
There is no setting for any of them (litellm 1.106: AsyncHTTPHandler.post and create_client, OpenAIChatCompletion).
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import aiohttp
import httpx
from litellm.llms.custom_httpx.aiohttp_transport import AIOHTTP_EXC_MAP
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler
from litellm.llms.openai import openai as openai_adapter

_SEND = httpx.AsyncClient.send


async def _not_again(*_: object, **__: object) -> NoReturn:
    """Stand in for the second request: the failure of the first one stays the outcome."""
    lost = sys.exc_info()[1]
    raise lost if isinstance(lost, httpx.TransportError) else httpx.ReadError("the connection was lost")


def _not_without(error: Exception, _: object) -> NoReturn:
    """Stand in for the smaller request: the provider's refusal stays the outcome."""
    raise error


async def _sent(client: httpx.AsyncClient, request: httpx.Request, **given: Any) -> httpx.Response:
    """Send the request to where it is addressed; a redirect is that provider's answer."""
    return await _SEND(client, request, **{**given, "follow_redirects": False})


def ask_once() -> None:
    """Switch further requests and redirects off, and tell a connection that was reset from one that was never made.

    LiteLLM takes a reset for that, but the provider may be at work then, and bill it.
    """
    AIOHTTP_EXC_MAP[aiohttp.ClientOSError] = httpx.ReadError
    AsyncHTTPHandler.single_connection_post_request = _not_again
    openai_adapter.drop_params_from_unprocessable_entity_error = _not_without
    httpx.AsyncClient.send = _sent  # type: ignore[method-assign, assignment]
