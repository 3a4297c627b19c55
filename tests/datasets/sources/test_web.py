"""Tables by http(s): capped, redirects checked, web pages refused; no part of the query shows anywhere."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from analyst.core.errors import TableError
from analyst.datasets.sources.web import Download, Downloader
from analyst.protocol.places import Url

CSV = b"day,amount\n2024-01-05,10\n2024-01-06,20\n"
PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.8"
HOSTS = {"other.example": [PUBLIC], "inside.example": [PRIVATE], "both.example": [PUBLIC, "127.0.0.1"]}
Answer = Callable[[httpx.Request], httpx.Response]


def download(
    answer: Answer, folder: Path, url: str = "http://data.example/sales.csv?sig=s3cret", most: int = 1000
) -> Download:
    def addresses(host: str, port: int) -> list[str]:
        if host not in HOSTS:
            raise OSError("unknown")
        return HOSTS[host]

    return Downloader(most, addresses, httpx.MockTransport(answer)).download(Url(url), folder)


def test_a_file_is_downloaded_under_its_own_name(tmp_path: Path) -> None:
    found = download(lambda request: httpx.Response(200, content=CSV), tmp_path)
    assert (found.path.name, found.bytes, found.path.read_bytes()) == ("sales.csv", len(CSV), CSV)


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"content-disposition": 'attachment; filename="of june.xlsx"'}, "of june.xlsx"),
        ({"content-disposition": 'attachment; filename="../../etc/x.csv"'}, "x.csv"),
        ({"content-type": "application/json; charset=utf-8"}, "export.json"),
        ({}, "export"),
    ],
)
def test_the_server_names_the_file_or_its_kind(headers: dict[str, str], name: str, tmp_path: Path) -> None:
    answer = lambda request: httpx.Response(200, content=CSV, headers=headers)  # noqa: E731
    assert download(answer, tmp_path, "https://data.example/api/export").path == tmp_path / name


@pytest.mark.parametrize(
    ("status", "content", "kind", "told"),
    [
        (200, b"<!DOCTYPE html><html></html>", "", "is a web page"),
        (200, CSV, "text/html; charset=utf-8", "is a web page"),
        (200, b"x" * 1001, "", "larger than"),
        (401, b"", "", "answered 401.*asks for a sign-in"),
        (404, b"", "", "answered 404"),
        (500, b"", "", "answered 500"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(
    status: int, content: bytes, kind: str, told: str, tmp_path: Path
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers={"content-type": kind})

    with pytest.raises(TableError, match=told) as refused:
        download(answer, tmp_path)
    assert "s3cret" not in str(refused.value)


def test_a_file_that_unpacks_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 5000)
    answer = lambda request: httpx.Response(200, content=packed, headers={"content-encoding": "gzip"})  # noqa: E731
    with pytest.raises(TableError, match="larger than"):
        download(answer, tmp_path)


def test_a_server_that_can_not_be_reached_is_named_without_the_query(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no route to {request.url}")

    with pytest.raises(TableError, match="can't be downloaded: no route") as refused:
        download(answer, tmp_path)
    assert "s3cret" not in str(refused.value)


def redirecting(*targets: str) -> tuple[Answer, list[httpx.Request]]:
    """A server that redirects in turn, then gives the file; and what it is asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) <= len(targets):
            return httpx.Response(302, headers={"location": targets[len(asked) - 1]})
        return httpx.Response(200, content=CSV)

    return answer, asked


def test_a_redirect_is_followed_to_a_public_address_which_is_the_one_that_was_checked(tmp_path: Path) -> None:
    answer, asked = redirecting("/next", "https://other.example/file.csv")
    download(answer, tmp_path)
    assert [str(request.url) for request in asked][1:] == ["http://data.example/next", f"https://{PUBLIC}/file.csv"]
    assert asked[2].headers["host"] == "other.example"
    assert asked[2].extensions["sni_hostname"] == "other.example"


@pytest.mark.parametrize(
    "target",
    [
        "http://inside.example/x.csv",
        "http://both.example/x.csv",
        "http://127.0.0.1/x.csv",
        "http://unknown.example/x.csv",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for literal in ("127.0.0.1", "169.254.169.254"):
        monkeypatch.setitem(HOSTS, literal, [literal])
    answer, asked = redirecting(target)
    with pytest.raises(TableError, match="which is no public address"):
        download(answer, tmp_path)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://data.example/a.csv", "http://other.example/a.csv"),
        ("http://data.example/a.csv", "file:///etc/passwd"),
        ("http://data.example/a.csv", "ftp://other.example/a.csv"),
    ],
)
def test_a_redirect_to_another_kind_of_url_is_not_followed(url: str, target: str, tmp_path: Path) -> None:
    answer, asked = redirecting(target)
    with pytest.raises(TableError, match="which is not followed"):
        download(answer, tmp_path, url)
    assert len(asked) == 1


def test_a_circle_of_redirects_ends(tmp_path: Path) -> None:
    answer, asked = redirecting(*["/again"] * 50)
    with pytest.raises(TableError, match="redirects more than 5 times"):
        download(answer, tmp_path)
    assert len(asked) == 6


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({"etag": '"v1"'}, True),
        ({"last-modified": "Mon, 05 Jan 2026 10:00:00 GMT", "date": "Mon, 05 Jan 2026 10:00:05 GMT"}, True),
        ({"last-modified": "Mon, 05 Jan 2026 10:00:00 GMT", "date": "Mon, 05 Jan 2026 10:00:01 GMT"}, False),
        ({"last-modified": "yesterday", "date": "Mon, 05 Jan 2026 10:00:01 GMT"}, False),
        ({}, False),
    ],
)
def test_a_version_is_what_tells_a_change_for_sure(headers: dict[str, str], known: bool) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, headers=headers)

    found = Downloader(1000, transport=httpx.MockTransport(answer)).version(Url("https://data.example/sales.csv"))
    assert (bool(found), asked) == (known, ["HEAD"])


def test_a_server_that_tells_no_version_is_asked_for_the_file() -> None:
    for status in (403, 405, 500):
        refusing = Downloader(
            1000, transport=httpx.MockTransport(lambda request, status=status: httpx.Response(status))
        )
        assert refusing.version(Url("https://data.example/sales.csv")) == ""
