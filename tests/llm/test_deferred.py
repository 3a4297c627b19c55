"""Types that openai leaves unfinished are whole before threads use them."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from pydantic import BaseModel, ConfigDict

from analyst.core.settings import ROOT
from analyst.llm.client import GatewayClient
from analyst.llm.deferred import complete


class Deferred(BaseModel):
    model_config = ConfigDict(defer_build=True)


class Inner(Deferred):
    count: int


class Outer(Deferred):
    inners: list[Inner] | None = None
    by_name: dict[str, Inner] = {}


def test_a_model_and_all_that_it_holds_are_whole() -> None:
    assert not Outer.__pydantic_complete__ and not Inner.__pydantic_complete__
    complete(Outer)
    assert Outer.__pydantic_complete__ and Inner.__pydantic_complete__


FRESH = """
from analyst.llm.client import GatewayClient
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta
before = ChatCompletionChunk.__pydantic_complete__
GatewayClient("http://127.0.0.1:9", "k").alive()
print(before, ChatCompletionChunk.__pydantic_complete__, ChoiceDelta.__pydantic_complete__)
"""


def test_a_process_has_them_whole_before_its_first_reply_is_read() -> None:
    told = subprocess.run([sys.executable, "-c", FRESH], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True", "True"]


def test_threads_that_begin_at_once_share_one_client() -> None:
    client, together = GatewayClient("http://127.0.0.1:9", "k"), Barrier(8)

    def opened(_: int) -> int:
        together.wait()
        return id(client._client())

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(opened, range(8)))) == 1
    client.close()
