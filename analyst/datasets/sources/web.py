"""Tables by http(s): downloaded up to a size, each redirect checked, web pages refused by what they are."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from analyst.core.errors import TableError
from analyst.protocol.places import WEB, Url

if TYPE_CHECKING:
    import httpx

MB = 10**6
_REDIRECTS, _TIMEOUT_S, _SETTLED_S = 5, 30.0, 2.0
_SUFFIXES = {
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.apache.parquet": ".parquet",
    "text/csv": ".csv",
}
"""What a file is named that the server only gives a type."""
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_FILENAME = re.compile(r"filename=\"?([^\";]+)", re.IGNORECASE)
_HOW = {
    401: "The server asks for a sign-in. Download the file in your browser and give its path.",
    403: "The server asks for a sign-in. Download the file in your browser and give its path.",
    404: "Check the URL.",
    429: "The server takes no more requests now. Try again later.",
}
Addresses = Callable[[str, int], list[str]]
"""The addresses of a host."""


@dataclass(frozen=True)
class Download:
    """A file that was downloaded."""

    path: Path
    bytes: int


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses that the host's name stands for. OSError: none."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


@dataclass(frozen=True)
class Downloader:
    """Downloads up to `most_bytes`. The host that was asked for may lie anywhere; a redirect leads to public ones."""

    most_bytes: int
    addresses: Addresses = addresses_of
    transport: httpx.BaseTransport | None = None

    def download(self, url: Url, folder: Path) -> Download:
        """Download into `folder`, under the file's own name. TableError: why that can't be."""
        import httpx

        folder.mkdir(parents=True, exist_ok=True)
        try:
            timeout = httpx.Timeout(_TIMEOUT_S)
            with httpx.Client(timeout=timeout, transport=self.transport) as client, self._answer(client, url) as answer:
                return self._save(url, answer, folder)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            reason = str(error).replace(url.text, url.shown).splitlines()[0] if str(error) else type(error).__name__
            raise TableError(
                f"{url.shown!r} can't be downloaded: {reason[:200]}.", "Check the URL and your network."
            ) from None

    def version(self, url: Url) -> str:
        """What changes with the file, as its server tells without sending it; "" where it does not tell."""
        import httpx

        try:
            with (
                httpx.Client(timeout=httpx.Timeout(_TIMEOUT_S), transport=self.transport) as client,
                self._answer(client, url, "HEAD") as answer,
            ):
                return _version(answer.headers)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TableError):
            return ""

    @contextmanager
    def _answer(self, client: httpx.Client, url: Url, method: str = "GET") -> Iterator[httpx.Response]:
        """The answer at the end of all redirects."""
        request = client.build_request(method, url.text)
        for _ in range(_REDIRECTS + 1):
            answer = client.send(request, stream=True)
            try:
                if not answer.is_redirect:
                    _require_good(url, answer)
                    yield answer
                    return
                target = _target(url, request, answer)
            finally:
                answer.close()
            request = (
                client.build_request(method, target)
                if target.host == url.parts.hostname
                else self._public(client, url, target, method)
            )
        raise TableError(f"{url.shown!r} redirects more than {_REDIRECTS} times.", "Give the URL that it leads to.")

    def _public(self, client: httpx.Client, url: Url, target: httpx.URL, method: str) -> httpx.Request:
        """A request to another host at the address that was checked: its name may stand for another one by then."""
        port = target.port or (443 if target.scheme == "https" else 80)
        try:
            found = self.addresses(target.host, port)
        except OSError:
            found = []
        if not found or not all(ipaddress.ip_address(one).is_global for one in found):
            raise TableError(
                f"{url.shown!r} redirects to {target.host!r}, which is no public address.",
                "If you trust it, give the URL that it leads to.",
            )
        at = target.copy_with(host=found[0])
        headers = {"Host": target.netloc.decode("ascii")}
        return client.build_request(method, at, headers=headers, extensions={"sni_hostname": target.host})

    def _save(self, url: Url, answer: httpx.Response, folder: Path) -> Download:
        target, size = folder / _file_name(url, answer), 0
        length = answer.headers.get("content-length", "")
        if length.isdigit() and int(length) > self.most_bytes:
            raise self._too_large(url)
        with target.open("wb") as file:
            for piece in answer.iter_bytes():
                if size == 0 and _PAGE.match(piece[:1000]):
                    raise _web_page(url)
                size += len(piece)
                if size > self.most_bytes:
                    raise self._too_large(url)
                file.write(piece)
        return Download(target, size)

    def _too_large(self, url: Url) -> TableError:
        return TableError(
            f"{url.shown!r} is larger than {self.most_bytes // MB:,} MB.",
            "Raise SOURCE_LIMIT_MB, or download the file and give its path.",
        )


def _version(headers: Mapping[str, str]) -> str:
    """The file's tag, or its time of change where that is long enough ago that it would differ after another change."""
    changed, size = headers.get("last-modified", ""), headers.get("content-length", "")
    if tag := headers.get("etag", ""):
        return f"{tag} {changed} {size}"
    try:
        age = parsedate_to_datetime(headers.get("date", "")) - parsedate_to_datetime(changed)
    except (ValueError, TypeError):
        return ""
    return f"{changed} {size}" if age.total_seconds() >= _SETTLED_S else ""


def _target(url: Url, request: httpx.Request, answer: httpx.Response) -> httpx.URL:
    """Where a redirect leads."""
    host = request.extensions.get("sni_hostname", request.url.host)
    target = request.url.copy_with(host=host).join(answer.headers.get("location", ""))
    if target.scheme not in WEB or (url.scheme == "https" and target.scheme != "https"):
        raise TableError(
            f"{url.shown!r} redirects to a URL of the kind {target.scheme}://, which is not followed.",
            "Give the URL of the file itself.",
        )
    return target.copy_with(userinfo=b"")


def _require_good(url: Url, answer: httpx.Response) -> None:
    if answer.status_code != 200:
        fix = _HOW.get(answer.status_code, "Check the URL, or try again later.")
        raise TableError(f"{url.shown!r} can't be downloaded: the server answered {answer.status_code}.", fix)
    if answer.headers.get("content-type", "").split(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        raise _web_page(url)


def _web_page(url: Url) -> TableError:
    return TableError(
        f"{url.shown!r} is a web page (HTML), not a table.",
        "Give the URL of the file itself; a page for a sign-in is one too: download the file and give its path.",
    )


def _file_name(url: Url, answer: httpx.Response) -> str:
    """The file's name, as the server or else the URL gives it; with the suffix of its type where it has none."""
    offered = _FILENAME.search(answer.headers.get("content-disposition", ""))
    name = PurePosixPath(unquote(offered[1] if offered else url.parts.path).replace("\\", "/")).name
    name = "".join(sign for sign in name if sign.isprintable()).lstrip(".")[:100] or "table"
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    return name if PurePosixPath(name).suffix else name + _SUFFIXES.get(kind, "")
