"""Opening CSV files as people have them: the encoding and the delimiter are found, or told.

UTF-8 with or without its mark, UTF-16, Windows and Latin-1; commas, semicolons, tabs and bars.  Spreadsheets are
opened by `workbook`.  One call::

    source = open_csv(Path("customers.csv"))
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from admin_app.kernel.errors import Invalid
from admin_app.records.importing.source import (
    LONGEST_CELL,
    MOST_BYTES,
    MOST_ROWS,
    Numbered,
    Remark,
    tidy_header,
)

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows (Western European)",
    "latin-1": "Latin-1",
}
"""The encodings that are found or may be told, and what they are called."""

_SAMPLE = 256 * 1024
_PIECE = 1024 * 1024


@dataclass(slots=True)
class CsvFile:
    """A CSV file with the way it is written; opened anew each time its rows are asked for."""

    path: Path
    name: str
    encoding: str
    delimiter: str
    header: tuple[str, ...] = ()
    remarks: list[Remark] = field(default_factory=list)
    estimated_rows: int = 0
    _first_row: int = 2

    def rows(self) -> Iterator[Numbered]:
        """The rows below the header; a cell without end stops the file with a remark, the rows before it stand."""
        with self.path.open("r", encoding=self.encoding, errors="replace", newline="") as text:
            reader = self._reader(text)
            for number, cells in reader:
                if number < self._first_row or not any(cells):
                    continue
                if number > MOST_ROWS:
                    self._remark(f"The file has more than {MOST_ROWS:,} rows; the rest was not read", number)
                    return
                yield number, cells

    def shown(self, column: str) -> str:
        """The header itself."""
        return column

    def _reader(self, text: io.TextIOBase) -> Iterator[Numbered]:
        """Every row with its number.  A spreadsheet counts rows, not lines: a cell may hold several lines."""
        csv.field_size_limit(LONGEST_CELL)
        reader = csv.reader(text, delimiter=self.delimiter)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self._remark(
                    "A cell holds more than two million characters, so a quote is probably opened and never closed; "
                    "the file was read up to this row",
                    number,
                )
                return
            yield number, cells

    def _remark(self, sentence: str, row: int) -> None:
        remark = Remark(sentence, row)
        if remark not in self.remarks:
            self.remarks.append(remark)


def open_csv(
    path: Path, *, name: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> CsvFile:
    """Open a CSV file; `encoding` and `delimiter` are found unless told.  Raises Invalid for what is no table."""
    shown = name or path.name
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise Invalid(f"{shown} has {size:,} bytes; at most {MOST_BYTES:,} can be read")
    if size == 0:
        raise Invalid(f"{shown} is empty")
    found = encoding or find_encoding(path)
    source = CsvFile(path, shown, found, delimiter or ",")
    sample = _sample(path, found)
    source.delimiter = delimiter or find_delimiter(sample)
    with path.open("r", encoding=found, errors="replace", newline="") as text:
        for number, cells in source._reader(text):
            if any(cell.strip() for cell in cells) and not _is_separator_line(cells):
                source.header, source.remarks = tidy_header(cells, shown)
                source._first_row = number + 1
                break
        else:
            raise Invalid(f"{shown} has no header: its first row must name the columns")
    if found in ("cp1252", "latin-1"):
        source._remark(f"The file is not UTF-8; it was read as {ENCODINGS[found]}", 1)
    source.estimated_rows = _estimate(size, sample, found)
    return source


def _is_separator_line(cells: list[str]) -> bool:
    """Whether this is the line `sep=;` by which Excel notes the delimiter."""
    return cells[0].lower().startswith("sep=") and len("".join(cells)) <= 5


def find_encoding(path: Path) -> str:
    """How the bytes are to be read: by the mark at the start, else UTF-8 if the whole file is, else Windows."""
    with path.open("rb") as stream:
        start = stream.read(4096)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        # Text without a mark whose every second byte is 0 is UTF-16 of a Western language.
        pairs = start[: len(start) // 2 * 2]
        if len(pairs) >= 4:
            even, odd = pairs[::2].count(0), pairs[1::2].count(0)
            if odd > len(pairs) // 4 and even == 0:
                return "utf-16-le"
            if even > len(pairs) // 4 and odd == 0:
                return "utf-16-be"
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
            return "utf-8-sig"
        except UnicodeDecodeError:
            pass
        stream.seek(0)
        # Five bytes have no meaning in the Windows code page; Latin-1 has one for each.
        while piece := stream.read(_PIECE):
            if any(byte in piece for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)):
                return "latin-1"
    return "cp1252"


def _sample(path: Path, encoding: str) -> str:
    with path.open("r", encoding=encoding, errors="replace", newline="") as text:
        return text.read(_SAMPLE)


def find_delimiter(sample: str) -> str:
    """The mark that cuts most rows of the sample into the same number of cells; a comma if none does."""
    first = sample[:8].lower()
    if first.startswith("sep=") and len(first) > 4 and first[4] in DELIMITERS:
        return first[4]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter)
        if not widths:
            continue
        header = widths[0]
        if header < 2:
            continue
        agreeing = Counter(widths)[header] / len(widths)
        score = agreeing * (1 + min(header, 50) / 100)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    """How many cells the first rows have when cut by this mark; the last row of a sample may be cut off."""
    csv.field_size_limit(LONGEST_CELL)
    widths: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(cells):
                widths.append(len(cells))
            if len(widths) > 200:
                break
    except csv.Error:
        pass
    return widths[:-1] if len(widths) > 2 and len(sample) >= _SAMPLE else widths


def _estimate(size: int, sample: str, encoding: str) -> int:
    """About how many rows the file has, from the lines of its first part; for the progress bar only."""
    lines = sample.count("\n") or 1
    width = len(sample.encode(encoding if encoding != "utf-8-sig" else "utf-8", errors="replace"))
    return max(1, round(size * lines / max(1, width)))
