"""The tools as an assistant meets them, over the SDK's own client: in process, and over a real process's stdin and stdout."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import McpError
from mcp.shared.memory import create_connected_server_and_client_session

from analyst.apps.mcp.tables import FolderTables
from analyst.apps.mcp.tools import HIDDEN, Desk, build_server
from analyst.core.settings import ROOT, load_settings
from analyst.service.analyses import Analyses
from analyst.service.queue import JobQueue, Limits
from analyst.service.requests import AnalysisRequest
from analyst.service.worker import Worker
from analyst.storage.database import Store
from tests.apps.web.conftest import StandIn

TABLE = "region,email,amount\nnorth,a@example.com,1\nsouth,b@example.com,2\n"
Talk = Callable[[ClientSession], Awaitable[None]]


class Served:
    """A desk over a stand-in's analyses, its folder with one table, and one table outside."""

    def __init__(self, folder: Path) -> None:
        self.tables = folder / "tables"
        self.tables.mkdir()
        for file in (self.tables / "sales.csv", folder / "secret.csv"):
            file.write_text(TABLE)
        settings = load_settings(
            folder / "none.env", metrics_export_path=folder / "m.db", runs_dir=folder / "runs", database_url=None
        )
        self.resident = StandIn(settings, Store.at(settings.metrics_export_path))
        self.queue = JobQueue(self.resident.store, Limits())
        self.worker = Worker(self.queue, self.resident.analyse, at_once=1)
        self.analyses = Analyses(self.queue, self.resident.store, settings.runs_dir, self.worker.wake)

    def talk(self, say: Talk) -> None:
        """Have a client say something to the tools."""

        async def run() -> None:
            desk = Desk(self.analyses, self.resident, FolderTables(self.tables))
            async with create_connected_server_and_client_session(build_server(desk)._mcp_server) as client:
                await say(client)

        self.worker.start()
        try:
            anyio.run(run)
        finally:
            self.resident.go_on.set()
            self.worker.stop()


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path)


def test_a_question_is_answered_with_its_parts_and_progress_on_the_way(served: Served) -> None:
    served.resident.go_on.set()
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async def say(client: ClientSession) -> None:
        asked = {"table": "sales.csv", "question": "total amount?"}
        done = await client.call_tool("ask_table", asked, progress_callback=hear)
        told: dict[str, Any] = done.structuredContent or {}
        assert told["answer"] == "42" and told["unanswered"] is None
        assert told["report"].endswith("report.html")
        explained = await client.call_tool("explain_answer", {"run": told["run"]})
        assert (explained.structuredContent or {})["question"] == "total amount?"

    served.talk(say)
    assert heard == ["Reading", "Writing"]


def test_a_follow_up_names_the_run_before_it_if_its_table_is_within_reach(served: Served) -> None:
    served.resident.go_on.set()

    async def say(client: ClientSession) -> None:
        first = await client.call_tool("ask_table", {"table": "sales.csv", "question": "total amount?"})
        run = (first.structuredContent or {})["run"]
        done = await client.call_tool("ask_table", {"follows": run, "question": "and in the south?"})
        assert (done.structuredContent or {})["answer"] == "42"
        request = AnalysisRequest(served.tables.parent / "secret.csv", "total amount?")
        served.analyses.threads.begin("outside", "local", request)
        (served.resident.settings.runs_dir / "outside").mkdir()
        result = served.analyses.result(run, "local").model_copy(update={"id": "outside"})
        (served.resident.settings.runs_dir / "outside" / "result.json").write_text(result.model_dump_json())
        for wrong in ({"follows": "outside"}, {"follows": "nowhere"}, {}, {"follows": run, "table": "sales.csv"}):
            refused = await client.call_tool("ask_table", wrong | {"question": "and in the south?"})
            assert refused.isError, wrong

    served.talk(say)


def test_tables_are_joined_by_keys_that_are_chosen_and_a_follow_up_adds_further_ones(served: Served) -> None:
    served.resident.go_on.set()
    for name in ("regions", "managers"):
        (served.tables / f"{name}.csv").write_text("region,name\nnorth,n\nsouth,s\n")

    async def say(client: ClientSession) -> None:
        asked = {"table": "sales.csv", "question": "total amount by name?"}
        keys = {"joined_with": ["regions.csv"], "on": ["sales.region=regions.region"]}
        first = await client.call_tool("ask_table", asked | keys)
        more = {"joined_with": ["managers.csv"], "on": ["regions.name=managers.name"]}
        run = (first.structuredContent or {})["run"]
        await client.call_tool("ask_table", {"follows": run, "question": "and by manager?"} | more)
        for wrong in ({"joined_with": ["../secret.csv"]}, keys | {"on": ["sales.region"]}):
            assert (await client.call_tool("ask_table", asked | wrong)).isError, wrong

    served.talk(say)
    joined, followed = served.resident.asked
    assert [other.place.name for other in followed.others] == ["regions.csv", "managers.csv"]
    assert [str(pair) for pair in joined.on] == ["sales.region=regions.region"]
    assert [str(pair) for pair in followed.on] == ["sales.region=regions.region", "regions.name=managers.name"]


def test_a_call_that_is_cancelled_cancels_the_analysis(served: Served) -> None:
    async def say(client: ClientSession) -> None:
        async def ask() -> None:
            with pytest.raises(McpError, match="cancelled"):
                await client.call_tool("ask_table", {"table": "sales.csv", "question": "q"})

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            while not served.worker.busy:
                await anyio.sleep(0.02)
            [run] = served.queue.history("local", 5)
            await client.send_notification(_cancelled())
            while not served.queue.job(run.id, "local").cancelled:
                await anyio.sleep(0.02)

    served.talk(say)


def _cancelled() -> Any:
    from mcp.types import CancelledNotification, CancelledNotificationParams, ClientNotification

    params = CancelledNotificationParams(requestId=1, reason="changed my mind")
    return ClientNotification(CancelledNotification(method="notifications/cancelled", params=params))


def test_only_the_folders_tables_are_reached_and_no_value_is_told_by_a_profile(served: Served) -> None:
    async def say(client: ClientSession) -> None:
        listed = await client.call_tool("list_tables", {})
        assert (listed.structuredContent or {})["result"] == [{"table": "sales.csv", "name": "sales.csv"}]
        for path in ("../secret.csv", str(served.tables.parent / "secret.csv"), "nothing.csv"):
            refused = await client.call_tool("profile_table", {"table": path})
            assert refused.isError and "no table" in str(refused.content)
        profile = await client.call_tool("profile_table", {"table": "sales.csv"})
        told: dict[str, Any] = profile.structuredContent or {}
        assert [column["name"] for column in told["columns"]] == ["region", "email", "amount"]
        assert told["columns"][1]["personal"] and "example.com" not in str(told)

    served.talk(say)


def test_why_there_is_no_answer_is_told_with_what_to_do(served: Served) -> None:
    served.resident.go_on.set()

    async def say(client: ClientSession) -> None:
        done = await client.call_tool("ask_table", {"table": "sales.csv", "question": "fail"})
        assert done.isError and "No model answered. Add a key." in str(done.content)

    served.talk(say)


def test_explanations_hide_what_models_must_not_see() -> None:
    from analyst.apps.mcp.tools import _result_table
    from analyst.protocol.evidence import EvidenceTable

    rows = (("Ann Smith", 5), ("Bob Jones", 3))
    table = EvidenceTable("s1", "Top customers", ("name", "orders"), rows, 2, withheld={"name": None})
    assert _result_table(table).rows == [[HIDDEN, 5], [HIDDEN, 3]]


@asynccontextmanager
async def over_stdio(folder: Path, proxy_port: int) -> AsyncIterator[ClientSession]:
    settings = {
        "METRICS_EXPORT_PATH": folder / "m.db",
        "STATE_DIR": folder / "var",
        "LITELLM_PROXY_URL": f"http://127.0.0.1:{proxy_port}",
    }
    command = StdioServerParameters(
        command=sys.executable, args=["main.py", "mcp", "--folder", str(folder)], cwd=ROOT,
        env={name: str(value) for name, value in settings.items()},
    )  # fmt: skip
    async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


def test_the_real_process_speaks_over_stdin_and_stdout(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(TABLE)
    taken = socket.create_server(("127.0.0.1", 0))  # so that no gateway is started, which would outlive the test

    async def talk() -> None:
        async with over_stdio(tmp_path, taken.getsockname()[1]) as session:
            tools = {tool.name for tool in (await session.list_tools()).tools}
            assert tools == {"ask_table", "profile_table", "list_tables", "explain_answer", "budget"}
            listed = await session.call_tool("list_tables", {})
            assert (listed.structuredContent or {})["result"] == [{"table": "sales.csv", "name": "sales.csv"}]
            spent = await session.call_tool("budget", {})
            assert not spent.isError, spent.content

    with taken:
        anyio.run(talk)
