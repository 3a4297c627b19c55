"""/tables: upload, list, profile and delete tables."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.requests import ClientDisconnect

from analyst.apps.web.service import TheAsker, TheService
from analyst.core.errors import UploadError
from analyst.service.profiles import TableSummary, summarize
from analyst.service.uploads import Receiving, too_large
from analyst.storage.uploads import Upload

router = APIRouter(prefix="/tables", tags=["tables"])
_SHA256 = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


@dataclass(frozen=True)
class TableInfo:
    """An uploaded table; `created_at` is Unix time."""

    id: str
    name: str
    bytes: int
    sha256: str
    created_at: float


@router.put("/{name}", status_code=201)
async def upload(
    name: str,
    request: Request,
    response: Response,
    service: TheService,
    asker: TheAsker,
    content_digest: Annotated[str | None, Header(description="sha-256=:BASE64: (RFC 9530), checked")] = None,
) -> TableInfo:
    """Upload a table: the body is the file. The same bytes under the same name give the same id."""
    wanted = _wanted(content_digest)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > service.uploads.limit_bytes:
        raise too_large(service.uploads.limit_bytes)
    with service.uploads.receive(name) as receiving:
        await _receive(request, receiving)
        if wanted is not None and receiving.sha256 != wanted:
            raise UploadError("The upload differs from its Content-Digest.", "Send it again.")
        kept = await asyncio.to_thread(service.uploads.keep, receiving, name, asker.name)
    response.headers["Location"] = f"/api/v1/tables/{kept.id}"
    return _info(kept)


def _wanted(digest: str | None) -> str | None:
    """The SHA-256 that a Content-Digest header names, in hex."""
    if digest is None:
        return None
    found = _SHA256.search(digest)
    try:
        return base64.b64decode(found[1], validate=True).hex() if found else _unreadable(digest)
    except binascii.Error:
        return _unreadable(digest)


def _unreadable(digest: str) -> str:
    raise UploadError(f"Content-Digest {digest[:100]!r} can't be read.", "Send sha-256=:BASE64: or leave it out.")


async def _receive(request: Request, receiving: Receiving) -> None:
    try:
        async for piece in request.stream():
            if piece:
                await asyncio.to_thread(receiving.write, piece)
    except ClientDisconnect:
        raise UploadError("The upload broke off.", "Send it again.") from None


@router.get("")
def listing(service: TheService, asker: TheAsker) -> list[TableInfo]:
    """Your tables, the newest first."""
    return [_info(one) for one in service.uploads.of(asker.name)]


@router.get("/{id}")
def one(id: str, service: TheService, asker: TheAsker) -> TableInfo:
    """One of your tables."""
    return _info(service.uploads.find(id, asker.name))


@router.get("/{id}/profile")
def profile(id: str, service: TheService, asker: TheAsker) -> TableSummary:
    """What a table holds, what is wrong with it, and what can be asked. Takes seconds for a large one."""
    found = service.uploads.find(id, asker.name)
    return summarize(service.resident.profile(Path(found.path)))


@router.delete("/{id}", status_code=204)
def delete(id: str, service: TheService, asker: TheAsker) -> None:
    """Delete a table. Analyses of it keep their results."""
    service.uploads.delete(id, asker.name)


def _info(found: Upload) -> TableInfo:
    return TableInfo(found.id, found.name, found.bytes, found.sha256, found.created_at)
