"""What every file looks like once it is open: a header, rows of text with their numbers, and remarks about the file.

Rows come one at a time, so that a file of any size needs the memory of one row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from admin_app.kernel.errors import Invalid

MOST_BYTES = 4 * 1024**3
"""A file of a million customers has 1.9 GB in all its seven files."""
MOST_ROWS = 50_000_000
MOST_COLUMNS = 200
LONGEST_CELL = 2 * 1024**2
"""Characters; a cell beyond it is a quote that is opened and never closed."""

Numbered = tuple[int, list[str]]
"""The row's number as a spreadsheet shows it (the header is row 1), and its cells."""


class Ragged(list[str]):
    """The cells of a row that does not fit its header, on the way to being refused."""

    def __init__(self, cells: list[str], width: int) -> None:
        """Keep the cells and how many there should be."""
        super().__init__(cells)
        self.width = width


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the file as a whole that a person should know; `row` where it begins."""

    sentence: str
    row: int | None = None


class Source(Protocol):
    """An open file."""

    name: str
    header: tuple[str, ...]
    remarks: list[Remark]

    @property
    def estimated_rows(self) -> int:
        """About how many rows there are, for the progress bar."""
        ...

    def rows(self) -> Iterator[Numbered]:
        """The rows below the header, from the first; may be asked again."""
        ...

    def shown(self, column: str) -> str:
        """The header as it stands in the file that people have, for the list of errors."""
        ...


@dataclass(slots=True)
class Sheet:
    """A file held in memory: a worksheet, or rows that a program made."""

    name: str
    header: tuple[str, ...]
    held: list[Numbered]
    remarks: list[Remark] = field(default_factory=list)

    @property
    def estimated_rows(self) -> int:
        """How many rows there are."""
        return len(self.held)

    def rows(self) -> Iterator[Numbered]:
        """The rows below the header."""
        return iter(self.held)

    def shown(self, column: str) -> str:
        """The header itself."""
        return column


def tidy_header(cells: list[str], name: str) -> tuple[tuple[str, ...], list[Remark]]:
    """The header with blanks trimmed; columns called alike get a number, and that is said.

    Raises Invalid for a header with nothing in it or with more columns than anybody's file.
    """
    if len(cells) > MOST_COLUMNS:
        raise Invalid(f"{name} has {len(cells)} columns; at most {MOST_COLUMNS} can be read")
    if not any(cell.strip() for cell in cells):
        raise Invalid(f"{name} has no header: its first row must name the columns")
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    seen: dict[str, int] = {}
    header, remarks = [], []
    for place, cell in enumerate(cells, start=1):
        title = " ".join(cell.replace("\x00", "").split())[:120] or f"Column {place}"
        times = seen[title.lower()] = seen.get(title.lower(), 0) + 1
        if times > 1:
            remarks.append(
                Remark(
                    f"The column “{title}” stands {times} times; this one is read as “{title} ({times})”", 1
                )
            )
            title = f"{title} ({times})"
        header.append(title)
    return tuple(header), remarks
