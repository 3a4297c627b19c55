"""Files that are no table by whatever name: what they are is said; tables by odd names are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import TableError
from analyst.datasets.preparing import check_input
from analyst.protocol.table import OpenedTable, TableSource

Opener = Callable[..., OpenedTable]
Rows = Callable[[OpenedTable], list[tuple[Any, ...]]]

PROGRAM = (
    'import os\n\ndef run(name, value):\n    """Do it."""\n    return os.path.join(name, value)\n\n\nrun("a", "b")\n'
)
LETTER = (
    "Dear team,\n\nthe meeting was moved to Monday. Please bring your figures, plans and ideas.\n\n"
    "We will also discuss the budget for next year, which is still open.\n\nBest,\nAnn\n"
)
USERS = "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000:Ann:/home/ann:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n"
LOG = "2024-01-01 10:00:00 INFO start\n2024-01-01 10:00:01 WARN slow, again\n2024-01-01 10:00:02 INFO done\n"
SETTINGS = "# settings\nname: shop\nport: 80\nhosts:\n  - one\n  - two\nlimits:\n  most: 5, 6\n"
HTML = "<html><body><table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>"
SHEET_2003 = '<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "a program": (PROGRAM, "tool.py", "is a program"),
    "a program named as text": (PROGRAM * 3, "tool.txt", "is a program"),
    "a letter": (LETTER, "letter.txt", "text of sentences"),
    "a letter named as a table": (LETTER, "letter.csv", "text of sentences"),
    "a letter named as a workbook": (LETTER, "letter.xlsx", "text of sentences|plain text"),
    "a few words named as a workbook": ("not a workbook", "b.xlsx", "not an Excel workbook but plain text"),
    "the users of a system": (USERS, "passwd", "no header line: its lines hold 7 fields separated by ':'"),
    "a log": (LOG, "app.log", "is a log file"),
    "settings": (SETTINGS, "c.yaml", "is a configuration file"),
    "settings named as text": (SETTINGS, "c.txt", "is a list of settings"),
    "settings in JSON": (json.dumps({"name": "x", "scripts": {"a": "b"}, "port": 5}), "p.json", "'name', 'scripts'"),
    "parts of settings in JSON": (json.dumps({"db": {"host": "x"}, "log": {"level": 1}}), "p.json", "one JSON object"),
    "one record in JSON": (json.dumps({"a": 1, "b": 2}), "p.json", "one JSON object"),
    "HTML named as a workbook": (HTML, "t.xls", r"not an Excel workbook: it is a web page \(HTML\) named .xls"),
    "HTML named as a table": (HTML, "t.csv", "is a web page"),
    "a spreadsheet of 2003": (SHEET_2003, "t.xls", "XML Spreadsheet 2003"),
    "an old workbook": (OLE + "Workbook".encode("utf-16-le"), "t.xls", "an old Excel workbook"),
    "an old text document": (OLE + "WordDocument".encode("utf-16-le"), "t.doc", "an old Word document"),
    "an encrypted workbook": (OLE + "EncryptedPackage".encode("utf-16-le"), "t.xlsx", "needs a password"),
    "a tar archive": (b"a.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248), "t.tar", "tar archive"),
    "an SPSS file": (b"$FL2@(#) SPSS DATA FILE" + bytes(100), "t.sav", "SPSS"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_said_what_a_file_is_that_is_no_table(case: str, opened: Opener) -> None:
    content, name, words = REFUSED[case]
    with pytest.raises(TableError, match=words) as caught:
        opened(content, name)
    assert caught.value.fix and name in str(caught.value)


COMMENTS = "comment\nthis was a really good and very fine product indeed\nnot what I had expected at all, sadly\nok\n"
READ = {
    "one column": ("city\nRome\nOslo\n", "t.csv", 2),
    "one column named as text": ("city\nRome\nOslo\n", "t.txt", 2),
    "one column of sentences": (COMMENTS, "t.csv", 3),
    "reviews beside numbers": (
        "id,review\n" + '1,"It was good, very good indeed. I liked it a lot."\n' * 5, "t.csv", 5
    ),
    "a table named as a log": ("time,level,ms\n10:00,INFO,5\n10:01,WARN,7\n10:02,INFO,9\n", "t.log", 3),
    "a table between colons with names": ("id:name:n\n1:x:3\n2:y:4\n3:z:5\n", "t.txt", 3),
    "records of one key": (json.dumps([{"a": 1}, {"a": 2}]), "t.json", 2),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_a_table_is_read_whatever_its_name(case: str, opened: Opener) -> None:
    content, name, count = READ[case]
    assert opened(content, name).rows == count


def test_text_named_as_a_workbook_is_read_and_told(opened: Opener, rows: Rows) -> None:
    table = opened("a\tb\n1\tx\n2\ty\n", "t.xls")
    assert rows(table) == [(1, "x"), (2, "y")]
    assert any(note.kind == "named" and ".xls" in note.message for note in table.notes)


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("country,2023\nA,5\nB,7\n", ("country", "2023")),
        ("A,x,5\nB,y,7\nC,x,9\n", ("column_1", "column_2", "column_3")),
        ("Ann,f,1990\nBob,m,1985\nCleo,f,2001\n", ("column_1", "column_2", "column_3")),
        ("Oslo,3\nOslo,4\nRome,5\n", ("column_1", "column_2")),
        ("name,sex,born\nAnn,f,1990\nBob,m,1985\n", ("name", "sex", "born")),
    ],
)
def test_a_first_line_of_data_is_no_header(content: str, columns: tuple[str, ...], opened: Opener) -> None:
    assert opened(content).columns == columns


BY_FIRST_BYTES = [case for case, (content, _, _) in REFUSED.items() if isinstance(content, bytes) or "HTML" in case]


@pytest.mark.parametrize("case", BY_FIRST_BYTES)
def test_what_its_first_bytes_tell_is_said_before_anything_is_started(case: str, tmp_path: Path) -> None:
    content, name, words = REFUSED[case]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TableError, match=words):
        check_input(TableSource(tmp_path / name))


@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_passes_the_first_look(case: str, tmp_path: Path) -> None:
    content, name, _ = READ[case]
    (tmp_path / name).write_text(content)
    check_input(TableSource(tmp_path / name))
