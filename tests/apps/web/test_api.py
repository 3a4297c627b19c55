"""The HTTP API as a client meets it: uploads, questions, streams, keys, and what is told when something is wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from analyst.apps.web.serving import Place, serving
from analyst.core.errors import PortTakenError, SettingsError
from analyst.core.settings import ROOT
from tests.apps.web.conftest import RATE, Api, StandIn

SALES = b"region,amount\nnorth,1\nsouth,2\n"
PROBLEM = "application/problem+json"


def upload(client: httpx.Client, name: str = "sales.csv", content: bytes = SALES) -> str:
    done = client.put(f"/api/v1/tables/{name}", content=content)
    assert done.status_code == 201, done.text
    return str(done.json()["id"])


def ask(client: httpx.Client, table: str, question: str = "total amount?", **headers: str) -> httpx.Response:
    return client.post("/api/v1/analyses", json={"table": table, "question": question}, headers=headers)


def ended(client: httpx.Client, run: str) -> list[tuple[int, str, dict[str, object]]]:
    """The events of a run up to its end."""
    return list(events(client, run))


def events(client: httpx.Client, run: str, **headers: str) -> Iterator[tuple[int, str, dict[str, object]]]:
    with client.stream("GET", f"/api/v1/analyses/{run}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told: dict[str, str] = {}
        for line in stream.iter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                told[name] = value
            elif told:
                yield int(told["id"]), told["event"], json.loads(told["data"])
                told = {}


def test_a_question_is_asked_followed_and_answered_in_every_format(going: Api) -> None:
    with going.client() as client:
        accepted = ask(client, upload(client))
        assert accepted.status_code == 202 and accepted.json()["state"] in ("waiting", "running", "done")
        location = accepted.headers["location"]
        told = ended(client, accepted.json()["id"])
        assert [kind for _, kind, _ in told] == ["stage", "stage", "ended"] and told[-1][2]["state"] == "done"
        assert client.get(location).json()["state"] == "done"
        result = client.get(f"{location}/result").json()
        assert result["answer"] == "42"
        assert result["files"]["report.pdf"] == f"{location}/report.pdf", "no path of the server is told"
        page = client.get(f"{location}/report.html")
        assert page.text == "report.html of total amount?" and "sandbox" in page.headers["content-security-policy"]
        assert client.get(f"{location}/report.json").json() == result
        missing = client.get(f"{location}/report.xlsx")
        assert missing.status_code == 404 and missing.headers["content-type"] == PROBLEM


def test_a_follow_up_is_asked_of_the_table_of_the_question_before_it(going: Api) -> None:
    with going.client() as client:
        first = ask(client, upload(client)).json()["id"]
        ended(client, first)
        accepted = client.post("/api/v1/analyses", json={"follows": first, "question": "and in the south?"})
        assert accepted.status_code == 202 and accepted.json()["table"] == "sales.csv"
        again = accepted.json()["id"]
        ended(client, again)
        thread = client.get(f"/api/v1/threads/{again}").json()
        assert [(turn["run"], turn["follows"]) for turn in thread["turns"]] == [(first, None), (again, first)]
        assert thread["id"] == first and thread["turns"][0]["answer"] == "42"
        assert first in [summary["id"] for summary in client.get("/api/v1/threads").json()]
        both = {"follows": first, "table": "t", "question": "q"}
        assert client.post("/api/v1/analyses", json=both).status_code == 422
        nobodys = {"follows": "nowhere", "question": "q"}
        assert client.post("/api/v1/analyses", json=nobodys).status_code == 404


def test_keys_that_are_chosen_reach_the_analysis_and_follow_ups_keep_and_add_tables(going: Api) -> None:
    with going.client() as client:
        sales, shops, goods = (
            upload(client, f"{name}.csv", f"nr,{name}\n1,2\n".encode()) for name in ("sales", "shops", "goods")
        )
        body = {"table": sales, "others": [{"table": shops}], "on": ["sales.nr=shops.nr"], "question": "total sales?"}
        run = client.post("/api/v1/analyses", json=body).json()["id"]
        ended(client, run)
        added = {"others": [{"table": goods}], "on": ['sales.nr="goods".nr,sales.sales=goods.goods']}
        again = client.post("/api/v1/analyses", json={"follows": run, "question": "and by goods?"} | added).json()["id"]
        ended(client, again)
        joined, followed = going.resident.asked[-2:]
        assert [str(pair) for pair in joined.on] == ["sales.nr=shops.nr"]
        assert [str(pair) for pair in followed.on] == [
            "sales.nr=shops.nr",
            'sales.nr="goods".nr',
            "sales.sales=goods.goods",
        ]
        assert (joined.table, joined.others) == (followed.table, followed.others[:1]) and len(followed.others) == 2


@pytest.mark.parametrize("on", ["sales.nr", "sales.nr=", "sales.nr==shops.nr", ""])
def test_keys_that_name_no_two_columns_are_refused_with_what_to_write(going: Api, on: str) -> None:
    with going.client() as client:
        table = upload(client)
        body = {"table": table, "others": [{"table": table}], "on": [on], "question": "total amount?"}
        refused = client.post("/api/v1/analyses", json=body)
        assert refused.status_code == 422 and refused.headers["content-type"] == PROBLEM
        assert refused.json()["fix"] == "Write TABLE.COLUMN=TABLE.COLUMN."


def test_a_stream_goes_on_behind_the_last_event_that_came(going: Api) -> None:
    with going.client() as client:
        run = ask(client, upload(client)).json()["id"]
        whole = ended(client, run)
        assert list(events(client, run, **{"Last-Event-ID": "1"})) == whole[1:]
        assert list(events(client, run, **{"Last-Event-ID": str(whole[-1][0])})) == []


def test_events_come_while_the_analysis_runs(held: Api) -> None:
    with held.client() as client:
        run = ask(client, upload(client)).json()["id"]
        stream = events(client, run)
        assert next(stream)[2]["text"] == "Reading"
        held.resident.go_on.set()
        assert [kind for _, kind, _ in stream] == ["stage", "ended"]


def test_an_analysis_is_cancelled_and_then_deleted_with_its_files(held: Api) -> None:
    with held.client() as client:
        run = ask(client, upload(client)).json()["id"]
        next(events(client, run))
        assert client.delete(f"/api/v1/analyses/{run}").status_code == 202
        held.resident.go_on.set()
        assert ended(client, run)[-1][2]["state"] == "cancelled"
        gone = client.get(f"/api/v1/analyses/{run}/result")
        assert gone.status_code == 409 and "cancelled" in gone.json()["detail"]
        done = ask(client, upload(client), "another").json()["id"]
        ended(client, done)
        folder = held.resident.settings.runs_dir / done
        assert folder.exists() and client.delete(f"/api/v1/analyses/{done}").status_code == 204
        assert not folder.exists() and client.get(f"/api/v1/analyses/{done}").status_code == 404


def test_why_there_is_no_answer_is_told_with_what_to_do(going: Api) -> None:
    with going.client() as client:
        run = ask(client, upload(client), "fail").json()["id"]
        failure = ended(client, run)[-1][2]["failure"]
        assert failure == {
            "code": "AnalysisError",
            "message": "No model answered.",
            "fix": "Add a key.",
            "exit_code": 1,
        }
        told = client.get(f"/api/v1/analyses/{run}/result")
        assert told.status_code == 409 and told.json()["fix"] == "Add a key."


def test_the_same_request_sent_again_is_the_same_analysis(going: Api) -> None:
    with going.client() as client:
        table = upload(client)
        first, again = (ask(client, table, **{"Idempotency-Key": "k1"}) for _ in range(2))
        other = ask(client, table, "something else", **{"Idempotency-Key": "k1"})
        assert first.json()["id"] == again.json()["id"] and other.status_code == 409
        assert other.json()["type"] == "urn:analyst:problem:conflict"
        ended(client, first.json()["id"])


def test_who_asks_too_much_is_told_when_to_come_again(held: Api) -> None:
    with held.client() as client:
        table, answers = upload(client), list[httpx.Response]()
        while len(answers) < 10 and (not answers or answers[-1].status_code == 202):
            answers.append(ask(client, table))
            time.sleep(0.1)
        assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
        assert len(answers) == 5, "two run, two wait"
        held.resident.go_on.set()
        for one in answers[:-1]:
            ended(client, one.json()["id"])


def test_how_long_a_question_waits_is_told_before_and_after_it_is_asked(held: Api) -> None:
    with held.client() as client:
        table, runs = upload(client), list[str]()
        for _ in range(4):
            runs.append(ask(client, table).json()["id"])
            time.sleep(0.1)
        told = client.get("/api/v1/queue").json()
        assert (told["running"], told["waiting"], told["slots"], told["your_waiting_limit"]) == (2, 2, 2, 2)
        places = [client.get(f"/api/v1/analyses/{run}").json() for run in runs[2:]]
        assert [place["before"] for place in places] == [0, 1]
        assert 0 <= places[0]["expected_wait_s"] <= places[1]["expected_wait_s"] <= told["expected_wait_s"]
        held.resident.go_on.set()
        for run in runs:
            ended(client, run)


class TestTables:
    def test_a_table_is_profiled_without_a_value_of_it(self, api: Api) -> None:
        with api.client() as client:
            told = client.get(f"/api/v1/tables/{upload(client)}/profile").json()
        assert "How many records are there by region?" in told["questions"]
        assert told["rows"] == 2 and [c["name"] for c in told["columns"]] == ["region", "amount"]
        assert "north" not in json.dumps(told)

    def test_the_same_file_is_one_table_and_other_bytes_or_names_are_others(self, api: Api) -> None:
        with api.client() as client:
            ids = [upload(client), upload(client), upload(client, "b.csv"), upload(client, content=SALES + b"east,3\n")]
            assert ids[0] == ids[1] and len(set(ids)) == 3
            assert {one["id"] for one in client.get("/api/v1/tables").json()} >= set(ids)
            assert client.delete(f"/api/v1/tables/{ids[2]}").status_code == 204
            assert client.get(f"/api/v1/tables/{ids[2]}").status_code == 404
            assert ask(client, ids[2]).status_code == 404

    def test_a_table_that_is_asked_about_is_not_deleted_under_the_question(self, held: Api) -> None:
        with held.client() as client:
            table = upload(client, "busy.csv")
            run = ask(client, table).json()["id"]
            refused = client.delete(f"/api/v1/tables/{table}")
            assert refused.status_code == 409 and "being analyzed" in refused.json()["detail"]
            held.resident.go_on.set()
            ended(client, run)
            assert client.delete(f"/api/v1/tables/{table}").status_code == 204

    def test_a_digest_is_checked(self, api: Api) -> None:
        digests = [base64.b64encode(hashlib.sha256(content).digest()).decode() for content in (SALES, b"other")]
        with api.client() as client:
            codes = [
                client.put("/api/v1/tables/s.csv", content=SALES, headers={"Content-Digest": digest}).status_code
                for digest in (f"sha-256=:{digests[0]}:", f"sha-256=:{digests[1]}:", "md5=:abc:")
            ]
        assert codes == [201, 422, 422]

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_table_that_is_too_large_is_refused_and_leaves_nothing(self, chunked: bool, api: Api) -> None:
        content = b"a,b\n" + b"1,2\n" * 300_000
        with api.client() as client:
            sent = (content[i : i + 65_536] for i in range(0, len(content), 65_536)) if chunked else content
            done = client.put("/api/v1/tables/large.csv", content=sent)
        assert done.status_code == 413 and "1 MB" in done.json()["detail"]
        assert leftovers(api) == []

    def test_an_upload_that_breaks_off_leaves_nothing(self, api: Api) -> None:
        place = urlsplit(api.url)
        with socket.create_connection((place.hostname, place.port)) as wire:
            head = f"PUT /api/v1/tables/cut.csv HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 100000\r\n\r\n"
            wire.sendall(head.encode() + b"a,b\n1,2\n")
            time.sleep(0.2)
        end = time.monotonic() + 30
        while leftovers(api) and time.monotonic() < end:
            time.sleep(0.05)
        with api.client() as client:
            assert leftovers(api) == [] and "cut.csv" not in client.get("/api/v1/tables").text

    @pytest.mark.parametrize("name", ["..%2F..%2Fetc", ".hidden", "a%00b.csv", "x" * 300])
    def test_a_name_that_is_no_file_name_is_refused(self, name: str, api: Api) -> None:
        with api.client() as client:
            assert client.put(f"/api/v1/tables/{name}", content=SALES).status_code in (404, 405, 422)


def leftovers(api: Api) -> list[Path]:
    return [file for file in api.resident.settings.uploads_dir.rglob("*") if file.name.endswith(".part")]


class TestWhoMayAsk:
    def test_on_another_interface_only_who_has_a_key_is_answered(self, open_to_others: Api) -> None:
        key = open_to_others.keys.create("ann")
        with open_to_others.client() as nobody, open_to_others.client("analyst-wrong") as wrong:
            for refused in (nobody.get("/api/v1/tables"), wrong.get("/api/v1/tables"), nobody.get("/metrics")):
                assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
            assert nobody.get("/health").json() == {"status": "alive"}
        with open_to_others.client(key) as ann:
            assert ann.get("/api/v1/tables").json() == []
            assert open_to_others.keys.revoke("ann") == 1
            assert "revoked" in ann.get("/api/v1/tables").json()["detail"]

    def test_a_stream_ends_when_its_key_is_revoked(self, open_to_others: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("analyst.apps.web.analyses.CHECK_S", 0.2)
        open_to_others.resident.go_on.clear()
        with open_to_others.client(open_to_others.keys.create("dora")) as dora:
            run = ask(dora, upload(dora)).json()["id"]
            with dora.stream("GET", f"/api/v1/analyses/{run}/events") as stream:
                lines = stream.iter_lines()
                next(lines)
                open_to_others.keys.revoke("dora")
                rest = "\n".join(lines)
            assert "event: refused" in rest and "revoked" in rest
        open_to_others.resident.go_on.set()

    def test_everyone_sees_only_his_own(self, open_to_others: Api) -> None:
        with (
            open_to_others.client(open_to_others.keys.create("bob")) as bob,
            open_to_others.client(open_to_others.keys.create("cleo")) as cleo,
        ):
            table = upload(bob)
            run = ask(bob, table).json()["id"]
            assert ask(cleo, table).status_code == 404
            for path in (f"tables/{table}", f"analyses/{run}", f"analyses/{run}/result", f"analyses/{run}/events"):
                assert cleo.get(f"/api/v1/{path}").status_code == 404
            assert cleo.delete(f"/api/v1/analyses/{run}").status_code == 404
            assert cleo.get("/api/v1/analyses").json() == []

    def test_only_the_owner_may_name_files_of_the_machine(self, going: Api, tmp_path: Path) -> None:
        file = tmp_path / "sales.csv"
        file.write_bytes(SALES)
        body = {"file": str(file), "question": "total amount?"}
        with going.client() as anyone, going.owner() as owner:
            assert anyone.post("/api/v1/analyses", json=body).status_code == 403
            accepted = owner.post("/api/v1/analyses", json=body)
            assert accepted.status_code == 202 and ended(owner, accepted.json()["id"])

    def test_a_file_of_the_owners_is_out_of_reach_of_follow_ups_too(self, going: Api, tmp_path: Path) -> None:
        (tmp_path / "mine.csv").write_bytes(SALES)
        with going.owner() as owner, going.client() as anyone:
            body = {"file": str(tmp_path / "mine.csv"), "question": "total amount?"}
            run = owner.post("/api/v1/analyses", json=body).json()["id"]
            ended(owner, run)
            follow_up = {"follows": run, "question": "and in the south?"}
            assert anyone.post("/api/v1/analyses", json=follow_up).status_code == 403
            assert owner.post("/api/v1/analyses", json=follow_up | {"follows": "last"}).status_code == 202

    @pytest.mark.parametrize(
        ("url", "status"),
        [
            ("https://data.example/sales.csv", 202),
            ("spark:sales.orders", 202),
            ("spark:parquet:/lake/orders", 202),
            ("spark:hr.people", 403),
            ("spark:jdbc:postgresql://db/shop?table=public.orders", 202),
            ("spark:jdbc:postgresql://db/shop?table=hr.people", 403),
            ("spark:jdbc:postgresql://db/shop?table=public.orders&socketFactory=x", 403),
            ("spark:jdbc:postgresql://db/shop?socketFactory=x&table=public.orders", 403),
            ("spark:jdbc:derby:/lake/x?table=public.orders", 403),
            ("spark:parquet:/etc/orders", 403),
            ("spark:parquet:/lake/../etc", 422),
            ("postgresql://ann@db.example:5432/shop?table=orders", 202),
            ("https://DATA.example/sales.csv", 202),
            ("https://data.example.evil.example/sales.csv", 403),
            ("https://data.example:8080/sales.csv", 403),
            ("https://data.example@evil.example/sales.csv", 422),
            ("https://evil.example/data.example", 403),
            ("http://127.0.0.1/sales.csv", 403),
            ("postgresql:///shop?host=/run/postgresql&table=orders", 403),
            ("/etc/passwd", 422),
        ],
    )
    def test_anyone_may_ask_about_urls_of_the_hosts_that_are_allowed(self, url: str, status: int, going: Api) -> None:
        with going.client() as anyone:
            asked = anyone.post("/api/v1/analyses", json={"url": url, "question": "total amount?"})
            assert asked.status_code == status, asked.text
            if status == 202:
                ended(anyone, asked.json()["id"])

    def test_the_owner_may_ask_about_any_url_and_others_can_not_follow_up_on_it(self, going: Api) -> None:
        with going.owner() as owner, going.client() as anyone:
            body = {"url": "https://inside.example/sales.csv?sig=s3cret", "question": "total amount?"}
            asked = owner.post("/api/v1/analyses", json=body)
            assert asked.status_code == 202 and "s3cret" not in asked.text
            ended(owner, asked.json()["id"])
            follow_up = {"follows": asked.json()["id"], "question": "and in the south?"}
            assert anyone.post("/api/v1/analyses", json=follow_up).status_code == 403
            assert owner.post("/api/v1/analyses", json=follow_up).status_code == 202

    def test_the_service_does_not_open_itself_to_others_without_a_key(self, tmp_path: Path, api: Api) -> None:
        from analyst.storage.database import Store

        resident = StandIn(api.resident.settings, Store.at(tmp_path / "metrics.db"))
        with pytest.raises(SettingsError, match="keys create"), serving(resident, Place("0.0.0.0", 0)):
            pass

    def test_a_port_that_is_taken_is_named(self, api: Api) -> None:
        port = urlsplit(api.url).port
        with pytest.raises(PortTakenError, match=str(port)), serving(api.resident, Place("127.0.0.1", port or 0)):
            pass


class TestBadRequests:
    @pytest.mark.parametrize(
        "body",
        [
            {"question": "q"},
            {"table": "nothing", "question": "q"},
            {"table": "x", "file": "/etc/passwd", "question": "q"},
            {"table": "x", "question": "q", "unknown": 1},
            {"table": "x", "question": "q", "priority": 99},
            [],
        ],
    )
    def test_each_is_a_problem_with_its_reason(self, body: object, api: Api) -> None:
        with api.client() as client:
            told = client.post("/api/v1/analyses", json=body)
        assert told.status_code in (403, 404, 422) and told.headers["content-type"] == PROBLEM
        assert told.json()["status"] == told.status_code and told.json()["detail"]

    def test_an_empty_question_says_what_to_do(self, api: Api) -> None:
        with api.client() as client:
            told = ask(client, upload(client), "   ").json()
        assert told["status"] == 422 and "empty" in told["detail"] and "Ask a question" in told["fix"]

    def test_what_other_sites_pages_and_foreign_names_send_is_refused(self, api: Api) -> None:
        with api.client() as client:
            assert client.get("/api/v1/tables", headers={"Host": "evil.example"}).status_code == 421
            assert client.get("/api/v1/tables", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
            assert client.post("/api/v1/analyses", content=b"x" * 70_000).status_code == 413
            simple = client.post("/api/v1/analyses", content=b"{}", headers={"Content-Type": "text/plain"})
            assert simple.status_code == 422
            assert client.get("/nowhere").headers["content-type"] == PROBLEM


def test_health_readiness_budget_and_metrics_are_told(held: Api) -> None:
    with held.client() as client:
        assert client.get("/health").status_code == 200
        assert client.get("/ready").status_code == 503
        held.resident.go_on.set()
        assert client.get("/ready").json() == {"status": "ready"}
        yours = {"spent_usd": "0.25", "limit_usd": None}
        assert client.get("/api/v1/budget").json() == {"limit_usd": "20", "yours": yours}
        assert client.get("/metrics").text == "budget_usd 20\n"
        assert "/api/v1/analyses/{id}/events" in client.get("/openapi.json").json()["paths"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_readmes_examples_work(going: Api, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_bytes(SALES)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.split("```\napi=")[1].split("```")[0].replace("\\\n", "")
    values = {"api": f"{going.url}/api/v1", "ID": "", "RUN": ""}
    for line in block.splitlines()[1:]:
        call = line.split(" # ")[0].replace("$api", values["api"])
        call = re.sub(r"\b(ID|RUN)\b", lambda found: values[found[0]], call)
        done = subprocess.run(
            call.replace("curl", "curl -sS --fail-with-body"), shell=True, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{call}\n{done.stdout}{done.stderr}"
        if '"sha256"' in done.stdout:
            values["ID"] = json.loads(done.stdout)["id"]
        elif '"question"' in call:
            values["RUN"] = json.loads(done.stdout)["id"]


def test_who_sends_too_many_requests_is_told_when_to_come_again(open_to_others: Api) -> None:
    key = open_to_others.keys.create("hasty")
    with open_to_others.client(key) as hasty, open_to_others.client("analyst-wrong") as wrong:
        answers = [hasty.get("/api/v1/queue") for _ in range(RATE + 1)]
        assert {one.status_code for one in answers[:-1]} == {200}
        assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) >= 1
        assert answers[-1].headers["content-type"] == PROBLEM
        assert {wrong.get("/api/v1/queue").status_code for _ in range(RATE + 1)} == {401, 429}
        assert hasty.get("/health").status_code == 200
    with open_to_others.client(open_to_others.keys.create("calm")) as calm:
        assert calm.get("/api/v1/queue").status_code == 200


def test_what_is_text_is_compressed_for_who_takes_it_and_streams_are_not(going: Api) -> None:
    with going.client() as client:
        table = client.put("/api/v1/tables/sales.csv", content=SALES).json()["id"]
        run = client.post("/api/v1/analyses", json={"table": table, "question": "q"}).json()["id"]
        events = client.get(f"/api/v1/analyses/{run}/events")
        assert "content-encoding" not in events.headers, "a compressed event waits for those after it"
        style = re.search(r'href="(/static/[^"]+\.css)"', client.get("/").text)
        assert style
        for path in ("/", style[1], "/openapi.json"):
            plain = client.get(path, headers={"Accept-Encoding": "identity"})
            small = client.get(path)
            assert "content-encoding" not in plain.headers and small.headers["content-encoding"] == "gzip"
            assert "accept-encoding" in plain.headers["vary"].lower() and small.text == plain.text
            assert small.num_bytes_downloaded < 0.5 * plain.num_bytes_downloaded
        assert "content-encoding" not in client.get("/health").headers, "too small to gain"


def test_a_file_that_was_compressed_has_an_etag_that_stands_for_what_it_says(going: Api) -> None:
    with going.client() as client:
        table = client.put("/api/v1/tables/sales.csv", content=SALES).json()["id"]
        run = client.post("/api/v1/analyses", json={"table": table, "question": "why " * 500}).json()["id"]
        client.get(f"/api/v1/analyses/{run}/events")
        path = f"/api/v1/analyses/{run}/report.md"
        small, plain = client.get(path), client.get(path, headers={"Accept-Encoding": "identity"})
        assert small.headers["etag"] == f"W/{plain.headers['etag']}" and small.headers["content-encoding"] == "gzip"
