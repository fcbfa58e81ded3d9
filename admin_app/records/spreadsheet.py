"""Files that spreadsheets open, written while they are read: CSV, and XLSX as a stream of its own.

Nothing here holds more than one part of the rows in memory.  A text that a spreadsheet would compute is written so
that it shows as text, and our own import reads it back unchanged (security.md, "Requests"; trap F14).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

BOM = b"\xef\xbb\xbf"
"""With it, spreadsheets read a CSV as UTF-8."""
MOST_ROWS_A_SHEET = 1_048_576

_COMPUTED = re.compile(r"'*[\s\x00-\x1f]*[=+\-@\t\r]")
_FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

Cell = str | int | Decimal | None
"""Text, or a number that a spreadsheet may add up."""


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would compute it: "=1+2" → "'=1+2"."""
    return f"'{text}" if _COMPUTED.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text[:1] == "'" and _COMPUTED.match(text) else text


def csv_file(
    header: Sequence[str], parts: Iterable[Sequence[Sequence[Cell]]], *, bom: bool = True
) -> Iterator[bytes]:
    """A CSV in UTF-8, line by line ending in CRLF (RFC 4180); `parts` are some thousand rows each."""
    lines = io.StringIO()
    write = csv.writer(lines, lineterminator="\r\n")
    write.writerow([guarded(title) for title in header])
    yield (BOM if bom else b"") + _taken(lines)
    for part in parts:
        write.writerows([[_csv_cell(cell) for cell in row] for row in part])
        yield _taken(lines)


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else str(cell)


def _taken(lines: io.StringIO) -> bytes:
    text = lines.getvalue()
    lines.seek(0)
    lines.truncate()
    return text.encode()


class _Outlet(io.RawIOBase):
    """A file that only grows; what was written is taken away part by part."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def xlsx_file(
    title: str, header: Sequence[str], parts: Iterable[Sequence[Sequence[Cell]]]
) -> Iterator[bytes]:
    """A workbook (ECMA-376) with the rows on one sheet, or several where they do not fit on one.

    Text is stored as text, so nothing is computed; numbers are numbers.
    """
    outlet = _Outlet()
    sheets = 0
    rows = _rows(parts)
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as book:
        going = True
        while going:
            sheets += 1
            with book.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as sheet:
                sheet.write(_SHEET_START)
                sheet.write(_row_xml([guarded_text(name) for name in header], style=1))
                written, going = 1, False
                for number, part in rows:
                    sheet.write(b"".join(_row_xml(row) for row in part))
                    written += number
                    if taken := outlet.take():
                        yield taken
                    if written + MOST_ROWS_A_PART > MOST_ROWS_A_SHEET:
                        going = True
                        break
                sheet.write(b"</sheetData></worksheet>")
            yield outlet.take()
        for name, content in _surroundings(title, sheets).items():
            book.writestr(name, content)
    yield outlet.take()


MOST_ROWS_A_PART = 5_000


def _rows(parts: Iterable[Sequence[Sequence[Cell]]]) -> Iterator[tuple[int, Sequence[Sequence[Cell]]]]:
    for part in parts:
        yield len(part), part


def guarded_text(text: str) -> str:
    """Text for a cell that is text already: only what would be taken for our guard gets one."""
    return f"'{text}" if text[:1] == "'" and _COMPUTED.match(text) else text


def _row_xml(row: Sequence[Cell], style: int = 0) -> bytes:
    return ("<row>" + "".join(_cell_xml(cell, style) for cell in row) + "</row>").encode()


def _cell_xml(cell: Cell, style: int) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if not isinstance(cell, str):
        return f"<c><v>{cell}</v></c>"
    text = escape(_FORBIDDEN_IN_XML.sub("", guarded_text(cell)))
    styled = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{styled}><is><t xml:space="preserve">{text}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_START = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()


def _surroundings(title: str, sheets: int) -> dict[str, str]:
    """The small files around the sheets of a workbook."""
    name = escape(re.sub(r"[\[\]:*?/\\']", " ", title)[:25].strip() or "List", {'"': "&quot;"})
    numbers = range(1, sheets + 1)
    listed = "".join(
        f'<sheet name="{name}{f" {n}" if n > 1 else ""}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    typed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="rIdStyles" Type="{_REL}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/>'
        '<xf fontId="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{typed}</Types>',
    }
