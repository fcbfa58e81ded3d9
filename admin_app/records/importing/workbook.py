"""Opening spreadsheets: each worksheet is a table of text, as if it had been saved as CSV.

Numbers without decimals lose their ".0", dates become ISO text; formulas count as the value last computed.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from admin_app.kernel.errors import Invalid
from admin_app.records.importing.source import LONGEST_CELL, Numbered, Remark, Sheet, tidy_header

MOST_BYTES = 50 * 1024**2
MOST_UNPACKED = 500 * 1024**2
"""Bytes that the parts of a workbook may unpack to: a small file can hold a very large one."""
MOST_ROWS = 1_048_576


def open_workbook(path: Path, *, name: str | None = None) -> list[Sheet]:
    """Every worksheet that holds something, in order; raises Invalid for what is no workbook."""
    shown = name or path.name
    _refuse_too_large(path, shown)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [
            sheet
            for title in workbook.sheet_names
            if (sheet := _read(workbook.get_sheet_by_name(title), shown, title)) is not None
        ]
    except (python_calamine.CalamineError, ValueError, OSError):
        raise Invalid(
            f"{shown} cannot be opened as a spreadsheet; save it again as .xlsx or as CSV"
        ) from None
    if not sheets:
        raise Invalid(f"{shown} has no worksheet with a header and rows")
    return sheets


def _refuse_too_large(path: Path, name: str) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(
            f"{name} is larger than {MOST_BYTES // 1024**2} MB; save it as CSV, which has no such limit"
        )
    try:
        with zipfile.ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except zipfile.BadZipFile:
        return  # the old .xls is no zip file; calamine reads it as it is
    if unpacked > MOST_UNPACKED:
        raise Invalid(f"{name} unpacks to more than {MOST_UNPACKED // 1024**2} MB and is not read")


def _read(sheet: Any, name: str, title: str) -> Sheet | None:
    table = sheet.to_python(skip_empty_area=False)
    held: list[Numbered] = []
    header: tuple[str, ...] | None = None
    remarks: list[Remark] = []
    for number, cells in enumerate(table, start=1):
        texts = [_text(cell) for cell in cells]
        if not any(texts):
            continue
        if header is None:
            header, remarks = tidy_header(texts, name)
            continue
        held.append((number, texts[: len(header)] + _beyond(texts, len(header))))
        if len(held) > MOST_ROWS:
            raise Invalid(f"{name} has more than {MOST_ROWS:,} rows; save it as CSV")
    if header is None:
        return None
    return Sheet(title, header, held, remarks)


def _beyond(texts: list[str], width: int) -> list[str]:
    """Cells right of the header, if anything stands there; empty ones belong to the grid, not to the row."""
    rest = texts[width:]
    return rest if any(rest) else []


def _text(cell: Any) -> str:
    """A cell as CSV would carry it."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)[: LONGEST_CELL + 1]
