"""What a client meets when something breaks: a full disk, others that do the same at once, streams that nobody reads."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.apps.web.conftest import Api, started

SALES = b"region,amount\nnorth,1\nsouth,2\n"


def upload(client: httpx.Client, content: bytes = SALES) -> httpx.Response:
    return client.put("/api/v1/tables/sales.csv", content=content)


def ask(client: httpx.Client, table: str) -> httpx.Response:
    return client.post("/api/v1/analyses", json={"table": table, "question": "total amount?"})


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    yield
    filler.unlink()


def test_on_a_full_disk_every_step_says_what_to_do_and_goes_on_when_there_is_room(
    small_disk: Path, tmp_path: Path
) -> None:
    for api in started(tmp_path, disk=small_disk):
        api.resident.go_on.clear()
        with api.client() as client:
            table = upload(client).json()["id"]
            running = ask(client, table).json()["id"]
            while client.get(f"/api/v1/analyses/{running}").json()["state"] != "running":
                time.sleep(0.05)
            with full(small_disk):
                refused = [upload(client, SALES * 2000), ask(client, table)]
                for one in refused:
                    assert one.status_code == 503 and int(one.headers["retry-after"]) > 0, one.text
                    assert "isk space" in one.json()["fix"]
                assert client.get(f"/api/v1/analyses/{running}").json()["state"] == "running"
                assert client.get("/health").status_code == 200
            assert [one["name"] for one in client.get("/api/v1/tables").json()] == ["sales.csv"]
            api.resident.go_on.set()
            events = client.get(f"/api/v1/analyses/{running}/events").text
            assert '"state":"done"' in events, "the analysis that ran meanwhile is not lost"
            assert ask(client, table).status_code == 202


def test_the_same_upload_from_many_sides_at_once_is_one_table(api: Api) -> None:
    content = SALES * 500
    with api.client() as client, ThreadPoolExecutor(6) as pool:
        ids = {response.json()["id"] for response in pool.map(lambda _: upload(client, content), range(12))}
        [id] = ids
        folder = api.resident.settings.uploads_dir / id
        assert [file.read_bytes() for file in folder.iterdir()] == [content]


def test_streams_that_nobody_reads_any_more_hold_nothing_up(held: Api) -> None:
    with held.client() as client:
        run = ask(client, upload(client).json()["id"]).json()["id"]
        for _ in range(20):
            with held.client() as gone, gone.stream("GET", f"/api/v1/analyses/{run}/events") as stream:
                next(stream.iter_lines())
        held.resident.go_on.set()
        assert '"state":"done"' in client.get(f"/api/v1/analyses/{run}/events").text
        assert client.get(f"/api/v1/analyses/{run}/result").json()["answer"] == "42"
