"""Bytes to text: one streamed pass that hashes and checks a file, and a transcoded copy when it is not clean UTF-8."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analyst.core.errors import TableError
from analyst.core.text import counted
from analyst.datasets.sources.encodings import SHOWN, decoded_again, detect_encoding, is_encoded_twice
from analyst.protocol.table import IngestNote

CHUNK = 1 << 20


@dataclass(frozen=True)
class Scan:
    """What one pass over the bytes tells: content hash, size read, whether UTF-8 holds throughout, NUL bytes, head.

    `strange` is the first piece that is no UTF-8.
    """

    fingerprint: str
    size: int
    utf8: bool
    nuls: int
    lone_returns: bool
    head: bytes
    strange: bytes = b""

    @property
    def codec(self) -> str:
        """The Python codec of the text."""
        return detect_encoding(self.head, self.strange)


def chunks(file: BinaryIO, limit: int | None = None) -> Iterator[bytes]:
    """The bytes of `file` in pieces, at most `limit` of them in all."""
    left = limit
    while block := file.read(CHUNK if left is None else min(CHUNK, left)):
        if left is not None:
            left -= len(block)
        yield block


def scan(path: Path, limit: int | None = None) -> Scan:
    """Read `path` once (its first `limit` bytes)."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, nuls, utf8, lone, head, strange = 0, 0, True, False, b"", b""
    with path.open("rb") as file:
        for piece in chunks(file, limit):
            digest.update(piece)
            nuls += piece.count(0)
            head = head or piece
            lone = lone or (b"\r" in piece and b"\n" not in piece and len(piece) > 1)
            if utf8 and not _decodes(decoder, piece):
                utf8, strange = False, piece
            size += len(piece)
        if utf8 and not _decodes(decoder, b"", final=True):
            utf8, strange = False, piece
    return Scan(digest.hexdigest(), size, utf8, nuls, lone, head, strange)


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    if not final and piece.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(path: Path, scanned: Scan, workdir: Path) -> tuple[Path, tuple[IngestNote, ...]]:
    """`path`, or a clean UTF-8 copy of it in `workdir`, and notes on what was changed."""
    codec = scanned.codec
    if codec in ("utf-8", "utf-8-sig") and scanned.utf8 and is_encoded_twice(scanned.head):
        return _decode_twice(path, workdir / "transcoded.csv", codec)
    wide = codec.startswith(("utf-16", "utf-32"))
    if codec == "utf-8" and scanned.utf8 and not scanned.nuls and not scanned.lone_returns:
        return path, ()
    target = workdir / "transcoded.csv"
    replaced, nuls = _transcode(path, target, codec, scanned.size)
    notes = []
    if codec not in ("utf-8", "utf-8-sig"):
        notes.append(IngestNote("encoding", f"The text was read as {SHOWN.get(codec, codec)}.", 1))
    if replaced:
        message = f"{replaced:,} byte(s) are not valid {codec} text: read as Windows-1252 or replaced by \ufffd."
        notes.append(IngestNote("undecodable", message, replaced))
    if nuls and not wide:
        notes.append(IngestNote("nul_bytes", f"{nuls:,} NUL byte(s) were removed.", nuls))
    return target, tuple(notes)


def _decode_twice(path: Path, target: Path, codec: str) -> tuple[Path, tuple[IngestNote, ...]]:
    """A copy whose lines are decoded a second time where that is possible, and a note."""
    count = 0
    with path.open(encoding=codec, newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        for line in source:
            mended = decoded_again(line)
            count += mended is not None
            out.write((mended or line).replace("\0", ""))
    told = f"{counted(count, 'line')} had letters that were encoded twice (Ã¼ for ü): decoded again."
    return target, (IngestNote("encoding", told, count),)


def _transcode(path: Path, target: Path, codec: str, size: int) -> tuple[int, int]:
    """Write `target`; the number of undecodable places and of NUL characters removed. Lone CR becomes LF."""
    broken = _BrokenBytes()
    codecs.register_error(broken.name, broken)
    decoder = codecs.getincrementaldecoder(codec)(broken.name)
    newlines = _Newlines()
    nuls = 0
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as out:
        for piece in _pieces(source, size):
            text = decoder.decode(piece, not piece)
            nuls += text.count("\0")
            out.write(newlines.clean(text.replace("\0", ""), last=not piece))
    return broken.count, nuls


def _pieces(source: BinaryIO, size: int) -> Iterator[bytes]:
    yield from chunks(source, size)
    yield b""


class _BrokenBytes:
    """A codec's error handler: a byte that is no UTF-8 is most likely Windows-1252; counted."""

    def __init__(self) -> None:
        self.name = f"broken-{id(self)}"
        self.count = 0

    def __call__(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        bad = error.object[error.start : error.end]
        self.count += len(bad)
        return bad.decode(
            "cp1252" if error.encoding.replace("-", "").startswith("utf8") else "ascii", "replace"
        ), error.end


class _Newlines:
    """CRLF and lone CR to LF over pieces of text."""

    def __init__(self) -> None:
        self._held = ""

    def clean(self, text: str, *, last: bool) -> str:
        text = self._held + text
        self._held = ""
        if text.endswith("\r") and not last:
            text, self._held = text[:-1], "\r"
        return text.replace("\r\n", "\n").replace("\r", "\n")


def refuse_binary(path: Path, head: bytes) -> None:
    """TableError when `head` is no text. UTF-16 and UTF-32 have been recognised before."""
    sample = head[:8000].rstrip(b"\x1a")
    controls = sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in sample if byte)
    nuls = sample.count(0)
    if controls > len(sample) * 0.02 or nuls > len(sample) * 0.3:
        raise TableError(
            f"{path.name!r} is a binary file, not a table (it starts with {sample[:8]!r}).",
            "Save it as CSV, Excel (.xlsx), Parquet or JSON.",
        )
