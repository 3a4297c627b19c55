"""Strict Office Open XML, which Excel can save and openpyxl can't read: a copy with the usual names of its XML."""

from __future__ import annotations

import zipfile
from pathlib import Path

_NAMES = (
    (
        b"http://purl.oclc.org/ooxml/officeDocument/",
        b"http://schemas.openxmlformats.org/officeDocument/2006/",
    ),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
)
_HEAD = 1 << 16
"""Bytes of a part among which its namespaces are declared."""
_PIECE = 1 << 20


def is_strict(path: Path) -> bool:
    """Whether a workbook is written in the strict variant."""
    with zipfile.ZipFile(path) as archive:
        part = next((name for name in archive.namelist() if name.endswith("xl/workbook.xml")), None)
        if part is None:
            return False
        with archive.open(part) as book:
            return b"purl.oclc.org/ooxml/spreadsheetml" in book.read(_HEAD)


def as_transitional(path: Path, target: Path) -> Path:
    """Write a copy of a strict workbook to `target` that readers of the usual variant take."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            with source.open(name) as part, out.open(name, "w") as copy:
                text = name.endswith((".xml", ".rels"))
                head = part.read(_HEAD)
                copy.write(_renamed(head) if text else head)
                while piece := part.read(_PIECE):
                    copy.write(_renamed(piece) if name.endswith(".rels") else piece)
    return target


def _renamed(xml: bytes) -> bytes:
    for strict, usual in _NAMES:
        xml = xml.replace(strict, usual)
    return xml
