"""Hostile files: what each must become, or the error it must give."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pytest

from analyst.core.errors import TableError
from analyst.protocol.table import OpenedTable, TableProfile

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Messy:
    """A file's bytes, the rows and columns it must become, and the kinds of notes it must give with their counts."""

    content: bytes
    rows: Rows
    columns: tuple[str, ...] = ("a", "b")
    notes: dict[str, int] = field(default_factory=dict)
    name: str = "given.csv"


def packed(files: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


AB: Rows = [(1, "x"), (2, "y")]
LONG = b"a,b\n" + b"1,x\n" * 299
UMLAUT: Rows = [("Müller", 1), ("Größe", 2)]
UMLAUT_TEXT = "a,b\nMüller,1\nGröße,2\n"

FILES = {
    "plain": Messy(b"a,b\n1,x\n2,y\n", AB),
    "no newline at the end": Messy(b"a,b\n1,x\n2,y", AB),
    "CRLF": Messy(b"a,b\r\n1,x\r\n2,y\r\n", AB),
    "CR only": Messy(b"a,b\r1,x\r2,y\r", AB),
    "mixed line ends": Messy(b"a,b\r\n1,x\n2,y\r\n", AB),
    "semicolons": Messy(b"a;b\n1;x\n2;y\n", AB, notes={"delimiter": 1}),
    "tabs": Messy(b"a\tb\n1\tx\n2\ty\n", AB, notes={"delimiter": 1}),
    "pipes": Messy(b"a|b\n1|x\n2|y\n", AB, notes={"delimiter": 1}),
    "sep line of Excel": Messy(b"sep=;\na;b\n1;x\n2;y\n", AB),
    "byte-order mark": Messy(b"\xef\xbb\xbfa,b\n1,x\n2,y\n", AB),
    "UTF-16 LE with mark": Messy(UMLAUT_TEXT.encode("utf-16"), UMLAUT, notes={"encoding": 1}),
    "UTF-16 LE without mark": Messy(UMLAUT_TEXT.encode("utf-16-le"), UMLAUT, notes={"encoding": 1}),
    "UTF-16 BE without mark": Messy(UMLAUT_TEXT.encode("utf-16-be"), UMLAUT, notes={"encoding": 1}),
    "UTF-16 BE with mark": Messy(b"\xfe\xff" + UMLAUT_TEXT.encode("utf-16-be"), UMLAUT, notes={"encoding": 1}),
    "UTF-32": Messy(UMLAUT_TEXT.encode("utf-32"), UMLAUT, notes={"encoding": 1}),
    "latin-1": Messy(UMLAUT_TEXT.encode("latin-1"), UMLAUT, notes={"encoding": 1}),
    "cp1252": Messy("a,b\n5 €,1\n„ja“,2\n".encode("cp1252"), [("5 €", 1), ("„ja“", 2)], notes={"encoding": 1}),
    "Shift-JIS": Messy(
        ("a,b\n" + "東京都,1\n大阪府,2\n" * 20).encode("shift_jis"),
        [("東京都", 1), ("大阪府", 2)] * 20,
        notes={"encoding": 1},
    ),
    "one bad byte in UTF-8": Messy(
        "a,b\nMüller,1\n".encode() + b"Gr\xf6sse,2\n",
        [("Müller", 1), ("Grösse", 2)],
        notes={"undecodable": 1},
    ),
    "NUL bytes": Messy(b"a,b\n1,x\x00\n\x002,y\n", AB, notes={"nul_bytes": 2}),
    "one longer row at the end": Messy(LONG + b"1,x,z\n", [(1, "x")] * 300, notes={"fields_surplus": 1}),
    "one longer row amid": Messy(b"a,b\n1,x\n7,u,v\n2,y\n", AB),
    "surplus empty fields": Messy(b"a,b\n1,x,\n2,y\n", AB),
    "empty field at every line's end": Messy(b"a,b,\n1,x,\n2,y,\n", AB),
    "shorter rows": Messy(b"a,b\n1,x\n2\n", [(1, "x"), (2, None)], notes={"rows_padded": 1}),
    "R's row names": Messy(b"a,b\nr1,1,x\nr2,2,y\n", [("r1", 1, "x"), ("r2", 2, "y")], ("row_name", "a", "b")),
    "duplicate headers": Messy(b"a,a\n1,x\n2,y\n", AB, ("a", "a_2"), {"headers_duplicate": 1}),
    "headers that differ by case": Messy(b"a,A\n1,x\n2,y\n", AB, ("a", "A_2"), {"headers_duplicate": 1}),
    "header _row": Messy(b"_row,b\n1,x\n2,y\n", AB, ("_row_2", "b"), {"headers_duplicate": 1}),
    "empty header": Messy(b"a,\n1,x\n2,y\n", AB, ("a", "column_2"), {"headers_empty": 1}),
    "header with a line break": Messy(b'"a\nz",b\n1,x\n2,y\n', AB, ("a z", "b"), {"headers_cleaned": 1}),
    "header with quotes": Messy(b'"a""; DROP TABLE data; --",b\n1,x\n2,y\n', AB, ('a"; DROP TABLE data; --', "b")),
    "no header": Messy(b"1,x\n2,y\n", AB, ("column_1", "column_2"), {"no_header": 1}),
    "years as headers": Messy(b"k,2021,2022\nu,1,2\nv,3,4\n", [("u", 1, 2), ("v", 3, 4)], ("k", "2021", "2022")),
    "titles before the header": Messy(b"Report 2024\n\na,b\n1,x\n2,y\n", AB, notes={"lines_skipped": 2}),
    "blank lines between": Messy(b"a,b\n\n1,x\n\n\n2,y\n\n", AB),
    "line of spaces": Messy(b"a,b\n1,x\n   \n2,y\n", AB),
    "quoted delimiter and line break": Messy(b'a,b\n1,"x, y\nz"\n2,y\n', [(1, "x, y\nz"), (2, "y")]),
    "doubled quotes": Messy(b'a,b\n1,"say ""hi"""\n2,y\n', [(1, 'say "hi"'), (2, "y")]),
    "backslash quotes": Messy(b'a,b\n1,"say \\"hi\\" now"\n2,"y"\n', [(1, 'say "hi" now'), (2, "y")]),
    "inch marks": Messy(b'a,b\n1,5" pipe\n2,7" pipe\n', [(1, '5" pipe'), (2, '7" pipe')]),
    "quote that never closes": Messy(
        b'a,b\n1,"x\n2,y\n3,z\n', [(1, '"x'), (2, "y"), (3, "z")], notes={"quotes_repaired": 1}
    ),
    "single quotes": Messy(b"'a','b'\n'1','x, z'\n'2','y'\n", [(1, "x, z"), (2, "y")]),
    "decimal comma": Messy(b"a;b\n1,5;x\n-2,25;y\n", [(1.5, "x"), (-2.25, "y")], notes={"number_format": 1}),
    "decimal comma and points": Messy(b"a;b\n1.234,50;x\n12,00;y\n", [(1234.5, "x"), (12.0, "y")]),
    "thousands in quotes": Messy(b'a,b\n"1,234",x\n"1,234,567",y\n', [(1234.0, "x"), (1234567.0, "y")]),
    "spaces between thousands": Messy(b"a,b\n1 234,x\n12 345,y\n", [(1234.0, "x"), (12345.0, "y")]),
    "special spaces in text": Messy("a,b\n1,x\u00a0z\n2,y\n".encode(), [(1, "x z"), (2, "y")], notes={"spaces": 1}),
    "words for missing": Messy(b"a,b\n1,x\nNA,null\n3,  \n", [(1, "x"), (None, None), (3, None)]),
    "a number that isn't one, late": Messy(
        b"a,b\n" + b"1,x\n" * 30_000 + b"oops,y\n", [("1", "x")] * 30_000 + [("oops", "y")]
    ),
    "yes and no": Messy(b"a,b\nyes,1\nno,2\n", [("yes", 1), ("no", 2)]),
    "true and false": Messy(b"a,b\ntrue,1\nFALSE,2\n", [(True, 1), (False, 2)]),
    "codes with leading zeros": Messy(b"a,b\n01234,1\n56789,2\n", [("01234", 1), ("56789", 2)]),
    "numbers too long": Messy(b"a,b\n123456789012345678901,1\n2,2\n", [("123456789012345678901", 1), ("2", 2)]),
    "underscores are no numbers": Messy(b"a,b\n1_000,1\n2_000,2\n", [("1_000", 1), ("2_000", 2)]),
    "inf is no number": Messy(b"a,b\ninf,1\n2,2\n", [("inf", 1), ("2", 2)]),
    "ISO dates": Messy(b"a,b\n2024-01-05,1\n2024-2-6,2\n", [(date(2024, 1, 5), 1), (date(2024, 2, 6), 2)]),
    "ISO stamps": Messy(
        b"a,b\n2024-01-05T10:00:00Z,1\n2024-01-05 12:30,2\n",
        [(datetime(2024, 1, 5, 10), 1), (datetime(2024, 1, 5, 12, 30), 2)],
    ),
    "times": Messy(b"a,b\n10:30,1\n23:59:59,2\n", [(time(10, 30), 1), (time(23, 59, 59), 2)]),
    "a date that does not exist": Messy(b"a,b\n2024-02-30,1\n2024-01-01,2\n", [("2024-02-30", 1), ("2024-01-01", 2)]),
    "one column": Messy(b"a\nx\ny\n", [("x",), ("y",)], ("a",)),
    "a huge cell": Messy(b"a,b\n1," + b"x" * 5_000_000 + b"\n2,y\n", [(1, "x" * 5_000_000), (2, "y")]),
    "a huge quoted cell": Messy(b'a,b\n1,"' + b"x\n" * 2_500_000 + b'"\n2,y\n', [(1, "x\n" * 2_500_000), (2, "y")]),
    "gzip": Messy(gzip.compress(b"a,b\n1,x\n2,y\n"), AB, name="given.csv.gz"),
    "semicolon text named .tsv": Messy(b"a;b\n1;x\n2;y\n", AB, name="given.tsv"),
    "a JSON array": Messy(b'[{"a":1,"b":"x"},{"a":2,"b":"y"}]', AB, name="given.json"),
    "a JSON line each": Messy(b'{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', AB, name="given.ndjson"),
    "JSON with late fields": Messy(b'[{"a":1},{"a":2,"b":"y"}]', [(1, None), (2, "y")], name="given.json"),
    "JSON columns": Messy(b'{"a":[1,2],"b":["x","y"]}', AB, name="given.json"),
    "JSON records inside": Messy(b'{"n":2,"data":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}', AB, name="given.json"),
    "JSON with a nested object": Messy(
        b'[{"a":1,"b":{"c":[1,2]}},{"a":2,"b":null}]', [(1, "[1,2]"), (2, None)], ("a", "b.c"), {"flattened": 1, "nested": 1}, "j.json"
    ),
}  # fmt: skip
FILES["one longer row amid"] = Messy(
    b"a,b\n" + b"1,x\n" * 50 + b"7,u,v\n2,y\n", [(1, "x")] * 50 + [(7, "u,v"), (2, "y")], notes={"text_joined": 1}
)

FILES |= {
    "a clock beside commas": Messy(
        b"a,b\n1,2024-01-05 10:00:00\n2,2024-01-05 11:30:00\n",
        [(1, datetime(2024, 1, 5, 10)), (2, datetime(2024, 1, 5, 11, 30))],
    ),
    "clocks in one column": Messy(b"a\n10:30\n23:45\n", [(time(10, 30),), (time(23, 45),)], ("a",)),
    "clocks of twelve hours": Messy(b"a,b\n9:05 PM,x\n12:30 a.m.,y\n", [(time(21, 5), "x"), (time(0, 30), "y")]),
    "two signs between fields": Messy(b"a::b\n1::x\n2::y\n", AB, notes={"delimiter": 1, "columns_empty": 1}),
    "a blank before quotes": Messy(b'a, b\n1, "x, z"\n2, "y"\n', [(1, "x, z"), (2, "y")]),
    "single quotes that are doubled": Messy(
        b"a,'b'\n1,'O''Brien'\n2,'Smith'\n", [(1, "O'Brien"), (2, "Smith")]
    ),
    "several titles, one with a comma": Messy(
        b"Report of 2024-05-01\nCompany: ACME, Inc.\nPeriod: Q1\n\na,b,c\n1,x,3\n2,y,4\n",
        [(1, "x", 3), (2, "y", 4)], ("a", "b", "c"), {"lines_skipped": 4},
    ),
    "titles as wide as the table": Messy(
        b"Report,Sales,\nMade on,2024-05-01,\n,,\na,b,c\n1,x,3\n2,y,4\n",
        [(1, "x", 3), (2, "y", 4)], ("a", "b", "c"), {"lines_skipped": 3},
    ),
    "remarks before and amid": Messy(
        b"# made by X\n# 2024, v2\na,b\n1,x\n# more\n2,y\n", AB, notes={"lines_skipped": 2, "remarks": 1}
    ),
    "a header that is a remark for others": Messy(b"#a,b\n1,x\n2,y\n", AB),
    "units below the header": Messy(
        b"t,speed,way\ns,m/s,[m]\n1,2.5,3\n2,3.5,4\n3,4.5,5\n",
        [(1, 2.5, 3), (2, 3.5, 4), (3, 4.5, 5)], ("t (s)", "speed (m/s)", "way (m)"), {"header_units": 1},
    ),
    "a header of two rows": Messy(
        b",2023,,2024,\nk,Q1,Q2,Q1,Q2\nu,1,2,3,4\nv,5,6,7,8\n",
        [("u", 1, 2, 3, 4), ("v", 5, 6, 7, 8)], ("k", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"), {"header_groups": 1},
    ),
    "a ruler below the header": Messy(b"| a | b |\n|---|---|\n| 1 | x |\n| 2 | y |\n", AB),
    "cells padded by a program": Messy(b"a | b\n1 | x\n2 | y\n", AB, notes={"blanks_trimmed": 1}),
    "the header again": Messy(b"a,b\n1,x\na,b\n2,y\n", AB, notes={"header_repeated": 1}),
    "no header above text": Messy(
        b"Lyon,new\nNice,old\nLyon,old\n",
        [("Lyon", "new"), ("Nice", "old"), ("Lyon", "old")], ("column_1", "column_2"), {"no_header": 1},
    ),
    "rows of commas only": Messy(b"a,b\n,\n1,x\n,\n2,y\n,\n", AB, notes={"blank_rows": 3}),
    "a nameless empty column": Messy(b"a,,b\n1,,x\n2,,y\n", AB, notes={"columns_empty": 1}),
    "a row of totals": Messy(
        b"a,b\nx,1.5\ny,2.5\nTotal,4.0\n", [("x", 1.5), ("y", 2.5)], notes={"totals_row": 1}
    ),
    "a row of totals without a name": Messy(
        b"a,b,c\nx,1,5\ny,2,6\nz,3,7\n,6,18\n", [("x", 1, 5), ("y", 2, 6), ("z", 3, 7)], ("a", "b", "c"), {"totals_row": 1}
    ),
    "totals in German": Messy(
        b"a;b\nx;1.000,50\ny;2.000,00\nSumme;3.000,50\n", [("x", 1000.5), ("y", 2000.0)], notes={"totals_row": 1}
    ),
    "a category called Total": Messy(
        b"a,b\nx,1\ny,2\nTotal,50\n", [("x", 1), ("y", 2), ("Total", 50)], notes={"total_doubtful": 1}
    ),
    "lines below the table": Messy(
        b"a,b,c\n1,x,3\n2,y,4\n\nSource: our system, 2024\nEnd\n",
        [(1, "x", 3), (2, "y", 4)], ("a", "b", "c"), {"footer": 2},
    ),
    "lines below, as wide as the table": Messy(
        b"a,b,c\n1,x,3\n2,y,4\n,,\nSource: our system,,\nEnd,,\n",
        [(1, "x", 3), (2, "y", 4)], ("a", "b", "c"), {"footer": 2},
    ),
    "quotes within quotes": Messy(
        b'a,b\n1,"he said "yes" to it"\n2,y\n', [(1, 'he said "yes" to it'), (2, "y")], notes={"quotes_repaired": 1}
    ),
    "two kinds of line ends, the rarer one first": Messy(
        b'a,b\n"x\r\nz","1"\n"y ""q"" z",2\n"5" pipe",3\n', [("x\nz", 1), ('y "q" z', 2), ('5" pipe', 3)]
    ),
    "the end sign of DOS": Messy(b"a,b\n1,x\n2,y\n\x1a", AB),
    "numbers and signs for nothing": Messy(
        b"a,b\n1,x\n-,y\n#DIV/0!,z\n4,u\n", [(1, "x"), (None, "y"), (None, "z"), (4, "u")], notes={"missing_signs": 2}
    ),
    "a code that looks missing": Messy(
        b"a,b\n" + b"".join(b"%c%c,1\n" % (65 + i % 26, 65 + i // 26) for i in range(40)) + b"NA,1\n",
        [(chr(65 + i % 26) + chr(65 + i // 26), 1) for i in range(40)] + [("NA", 1)],
    ),
    "numbers of India": Messy(b'a,b\n"1,23,456",x\n"12,34,567.5",y\n', [(123456.0, "x"), (1234567.5, "y")]),
    "a minus behind and a true minus": Messy("a,b\n12-,x\n−2.5,y\n".encode(), [(-12.0, "x"), (-2.5, "y")]),
    "codes of several lengths": Messy(b"a,b\n00123,x\n4567,y\n", [("00123", "x"), ("4567", "y")]),
    "days as whole numbers": Messy(
        b"date,b\n20240105,x\n20231231,y\n", [(date(2024, 1, 5), "x"), (date(2023, 12, 31), "y")], ("date", "b"), {"date_format": 1}
    ),
    "seconds since 1970": Messy(
        b"timestamp,b\n1700000000,x\n1700000060,y\n",
        [(datetime(2023, 11, 14, 22, 13, 20), "x"), (datetime(2023, 11, 14, 22, 14, 20), "y")], ("timestamp", "b"),
    ),
    "an order number that could be a day": Messy(
        b"order_id,b\n20240105,x\n20231231,y\n", [(20240105, "x"), (20231231, "y")], ("order_id", "b")
    ),
    "fewer names than fields": Messy(
        b"a,b\n1,x,2,5\n1,y,4,5\n", [(1, "x", 2, 5), (1, "y", 4, 5)], ("a", "b", "column_3", "column_4"), {"header_short": 2}
    ),
    "decimal commas that split every field": Messy(
        b"a,b\n1,5,2,5\n3,5,4,25\n", [(1.5, 2.5), (3.5, 4.25)], notes={"numbers_joined": 2}
    ),
    "a text named .gz": Messy(b"a,b\n1,x\n2,y\n", AB, name="given.csv.gz"),
    "gzip in gzip": Messy(gzip.compress(gzip.compress(b"a,b\n1,x\n2,y\n")), AB, name="given.csv.gz.gz"),
    "a ZIP of one table": Messy(
        packed({"folder/t.csv": b"a,b\n1,x\n2,y\n", "folder/README.txt": b"hello", "__MACOSX/t.csv": b"?"}), AB, name="t.zip"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_messy_file_becomes_the_table_that_its_writer_meant(
    case: str, opened: Callable[..., OpenedTable], rows: Callable[[OpenedTable], Rows]
) -> None:
    messy = FILES[case]
    table = opened(messy.content, messy.name)
    assert table.columns == messy.columns
    assert rows(table) == messy.rows
    assert table.rows == len(messy.rows)
    told = {note.kind: note.count for note in table.notes}
    assert {kind: told.get(kind) for kind in messy.notes} == messy.notes


REFUSED = {
    "empty": (b"", "given.csv", "is empty"),
    "only blank lines": (b"\n\n\n", "given.csv", "empty"),
    "header only": (b"a,b\n", "given.csv", "no rows"),
    "header only, no line end": (b"a,b", "given.csv", "no rows"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "given.csv", "PNG"),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(200), "given.csv", "JPEG"),
    "PDF": (b"%PDF-1.7\n" + b"x" * 100, "given.csv", "PDF"),
    "random bytes": (bytes((i * 7919 + i // 3) % 251 for i in range(5000)), "given.csv", "binary"),
    "only NULs": (bytes(5000), "given.csv", "binary"),
    "damaged ZIP": (b"PK\x03\x04" + bytes(100), "given.xlsx", "damaged"),
    "damaged gzip": (gzip.compress(b"a,b\n1,2\n" * 999)[:30], "given.gz", "damaged gzip"),
    "damaged Parquet": (b"PAR1" + bytes(100), "given.parquet", "damaged Parquet"),
    "encrypted Excel": (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "given.xlsx", "encrypted"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(600), "given.xls", ".xls"),
    "web page": (b"<!DOCTYPE html><html><body>no</body></html>", "given.csv", "web page"),
    "broken JSON": (b'[{"a":1},{"a":', "given.json", "JSON"),
    "an empty JSON object": (b"{}", "given.json", "JSON|rows|column"),
    "an empty JSON array": (b"[]", "given.json", "JSON|rows|column"),
    "a ZIP of two tables": (
        packed({"a.csv": b"a\n1\n", "b.csv": b"a\n1\n"}),
        "t.zip",
        "contains 2 tables: 'a.csv', 'b.csv'",
    ),
    "a ZIP without a table": (packed({"a.png": b"x"}), "t.zip", "contains no table"),
    "OpenDocument": (packed({"mimetype": b"x", "content.xml": b"<x/>"}), "t.ods", "OpenDocument"),
    "a JSON list of values": (b"[1, 2, 3]", "given.json", "without records"),
    "JSON with a comma too many": (b'[{"a": 1},]', "given.json", "not valid JSON"),
    "too many columns": (
        (",".join(f"c{i}" for i in range(7000)) + "\n" + ",".join("1" * 7000) + "\n").encode(),
        "given.csv",
        "7,000 columns",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_with_one_clear_line_and_a_fix(
    case: str, opened: Callable[..., OpenedTable]
) -> None:
    content, name, words = REFUSED[case]
    with pytest.raises(TableError, match=words) as caught:
        opened(content, name)
    assert caught.value.fix
    assert "\n" not in str(caught.value)


def test_five_thousand_columns_open_and_are_profiled(profiled: Callable[..., TableProfile]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([f"c{i}" for i in range(5000)])
    writer.writerows([[i * row for i in range(5000)] for row in range(3)])
    profile = profiled(text.getvalue())
    assert len(profile.columns) == 5000
    assert profile.column("c7").mean == 7 and profile.column("c7").quantiles[0.5] == 7
