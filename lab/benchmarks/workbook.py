"""The seeded table as an Excel workbook, written as XML by DuckDB: a million rows in seconds."""

# The SQL is this module's own.

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb

MOST_ROWS = 1_048_575
"""Rows that a worksheet holds below its header."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
    f'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="data" sheetId="1" r:id="r1"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{_OFFICE}/styles"'
    ' Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>'
    '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
_TEXT = "'<c t=\"inlineStr\"><is><t>' || {0} || '</t></is></c>'"
_DAY = "'<c s=\"1\"><v>' || ({0} - DATE '1899-12-30') || '</v></c>'"
_NUMBER = "'<c><v>' || {0} || '</v></c>'"
_CELLS = {"VARCHAR": _TEXT, "DATE": _DAY}


def write_workbook(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The first rows of the table `data` of a connection, as many as a worksheet holds; its texts need no escapes."""
    columns = [(str(name), str(kind)) for name, kind, *_ in connection.execute("DESCRIBE data").fetchall()]
    cells = " || ".join(f"coalesce({_CELLS.get(kind, _NUMBER).format(name)}, '<c/>')" for name, kind in columns)
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name, _ in columns)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, text in _PARTS.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData><row>{head}</row>'.encode())
            rows = connection.execute(f"SELECT '<row>' || {cells} || '</row>' FROM data LIMIT {MOST_ROWS}")
            while found := rows.fetchmany(50_000):
                sheet.write("".join(row for (row,) in found).encode())
            sheet.write(b"</sheetData></worksheet>")
