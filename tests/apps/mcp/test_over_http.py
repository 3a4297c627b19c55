"""The tools under the API's port, over the SDK's own client: each user's own tables and runs, by the API's keys."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import McpError
from mcp.types import CancelledNotification, CancelledNotificationParams, ClientNotification

from tests.apps.web.conftest import Api, started

TABLE = b"region,amount\nnorth,1\nsouth,2\n"
Talk = Callable[[ClientSession], Awaitable[None]]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    yield from started(tmp_path_factory.mktemp("mcp"), host="0.0.0.0", requests_per_minute=6000)


@pytest.fixture
def key(api: Api, request: pytest.FixtureRequest) -> str:
    """The key of a user of this test's own."""
    return api.keys.create(request.node.name[:60].replace("[", "-").replace("]", ""))


@contextlib.asynccontextmanager
async def session(api: Api, key: str) -> AsyncIterator[ClientSession]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(headers=headers, timeout=30) as http,
        streamable_http_client(f"{api.url}/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write) as client,
    ):
        await client.initialize()
        yield client


def talk(api: Api, key: str, say: Talk) -> None:
    async def run() -> None:
        async with session(api, key) as client:
            await say(client)

    anyio.run(run)


def upload(api: Api, key: str) -> str:
    with api.client(key) as client:
        return str(client.put("/api/v1/tables/sales.csv", content=TABLE).json()["id"])


async def call(client: ClientSession, tool: str, **given: object) -> Any:
    done = await client.call_tool(tool, given)
    assert not done.isError, done.content
    return done.structuredContent


def test_an_uploaded_table_is_listed_profiled_and_asked_about_with_progress(api: Api, key: str) -> None:
    api.resident.go_on.set()
    table, heard = upload(api, key), list[str | None]()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async def say(client: ClientSession) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} == {
            "ask_table", "profile_table", "list_tables", "explain_answer", "budget",
        }  # fmt: skip
        assert (await call(client, "list_tables"))["result"] == [{"table": table, "name": "sales.csv"}]
        assert (await call(client, "profile_table", table=table))["rows"] == 2
        asked = {"table": table, "question": "total amount?"}
        done = await client.call_tool("ask_table", asked, progress_callback=hear)
        told: dict[str, Any] = done.structuredContent or {}
        assert told["answer"] == "42" and told["report"] == f"/api/v1/analyses/{told['run']}/report.html"
        assert (await call(client, "explain_answer", run=told["run"]))["question"] == "total amount?"
        spent = await call(client, "budget")
        assert set(spent) == {"your_spent_usd", "your_limit_usd"}, "what all cost is for engineers"
        assert (spent["your_spent_usd"], spent["your_limit_usd"]) == ("0.25", None)

    talk(api, key, say)
    assert heard == ["Reading", "Writing"]


def test_another_users_table_and_run_are_not_there(api: Api, key: str) -> None:
    api.resident.go_on.set()
    table = upload(api, key)

    async def own(client: ClientSession) -> None:
        runs.append((await call(client, "ask_table", table=table, question="q"))["run"])

    async def others(client: ClientSession) -> None:
        assert (await call(client, "list_tables"))["result"] == []
        for tool, given in (("profile_table", {"table": table}), ("explain_answer", {"run": runs[0]})):
            refused = await client.call_tool(tool, given)
            assert refused.isError and "There is no" in str(refused.content)

    runs: list[str] = []
    talk(api, key, own)
    talk(api, api.keys.create("somebody-else"), others)


def test_a_call_that_is_cancelled_cancels_the_analysis(api: Api, key: str) -> None:
    api.resident.go_on.clear()
    table = upload(api, key)

    async def say(client: ClientSession) -> None:
        async def ask() -> None:
            with pytest.raises(McpError, match="cancelled"):
                await client.call_tool("ask_table", {"table": table, "question": "q"})

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            with api.client(key) as http:
                while (state := _state(http)) != "running":
                    await anyio.sleep(0.02)
                params = CancelledNotificationParams(requestId=1, reason="changed my mind")
                told = CancelledNotification(method="notifications/cancelled", params=params)
                await client.send_notification(ClientNotification(told))
                await anyio.sleep(1)  # the beat that hears of it
                api.resident.go_on.set()
                while (state := _state(http)) == "running":
                    await anyio.sleep(0.02)
            assert state == "cancelled"

    talk(api, key, say)


def _state(http: httpx.Client) -> str | None:
    runs = http.get("/api/v1/analyses").json()
    return str(runs[0]["state"]) if runs else None


HELLO = {
    "jsonrpc": "2.0", "id": 0, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
ACCEPT = {"Accept": "application/json, text/event-stream"}


def test_a_session_is_of_the_key_that_opened_it(api: Api, key: str) -> None:
    with api.client(key) as own, api.client(api.keys.create("thief")) as thief, api.client() as nobody:
        opened = own.post("/mcp", json=HELLO, headers=ACCEPT)
        assert opened.status_code == 200
        id = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        assert thief.post("/mcp", json=listing, headers=ACCEPT | id).status_code == 404
        assert nobody.post("/mcp", json=listing, headers=ACCEPT | id).status_code == 401
        assert nobody.post("/mcp", json=HELLO, headers=ACCEPT).headers["content-type"] == "application/problem+json"
        assert own.post("/mcp", json=listing, headers=ACCEPT | id).status_code == 200
        assert own.post("/mcp", content=b"x" * 70_000, headers=ACCEPT | id).status_code == 413
        evil = own.post("/mcp", json=HELLO, headers=ACCEPT | {"Host": "evil.example"})
        assert evil.status_code == 421, "another site's page can't reach it by its own name"


def test_who_loses_the_key_during_a_call_hears_no_answer(
    api: Api, key: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr("analyst.apps.mcp.tools.CHECK_S", 0.2)
    api.resident.go_on.clear()
    table = upload(api, key)

    async def say(client: ClientSession) -> None:
        async with anyio.create_task_group() as group:

            async def ask() -> None:
                done = await client.call_tool("ask_table", {"table": table, "question": "q"})
                assert done.isError and "revoked" in str(done.content)

            group.start_soon(ask)
            with api.client(key) as http:
                while _state(http) != "running":
                    await anyio.sleep(0.02)
            api.keys.revoke(request.node.name[:60])

    talk(api, key, say)
    api.resident.go_on.set()
