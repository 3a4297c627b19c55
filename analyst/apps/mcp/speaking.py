"""The process behind the tools: answers at once, loads what analyses need meanwhile, keeps stdout clean."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from pathlib import Path

import anyio
from mcp.server.fastmcp import FastMCP
from mcp.server.stdio import stdio_server

from analyst.apps.mcp.tables import FolderTables
from analyst.apps.mcp.tools import Desk, build_server
from analyst.service.analyses import Analyses
from analyst.service.resident import Resident, queue_of
from analyst.service.worker import Worker


def speak(resident: Resident, folder: Path) -> None:
    """Serve the tables in `folder` until stdin ends."""
    # Whatever a library prints would break the protocol: it goes to stderr, and the protocol to a copy of stdout.
    stdout = TextIOWrapper(os.fdopen(os.dup(1), "wb"), encoding="utf-8")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING)
    settings, store = resident.settings, resident.store
    queue = queue_of(resident)
    worker = Worker(queue, resident.analyse, settings.analyses_at_once)
    analyses = Analyses(queue, store, settings.runs_dir, worker.wake)
    server = build_server(Desk(analyses, resident, FolderTables(folder)))
    resident.warm_up()
    worker.start()
    try:
        anyio.run(_serve, server, stdout)
    finally:
        worker.stop()
        resident.close()


async def _serve(server: FastMCP[None], stdout: TextIOWrapper) -> None:
    async with stdio_server(stdout=anyio.wrap_file(stdout)) as (read, write):
        inner = server._mcp_server  # FastMCP's own stdio takes the process's stdout
        await inner.run(read, write, inner.create_initialization_options())
