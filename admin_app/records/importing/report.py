"""What a run found: each refused row and each doubtful one with its file, row, column and value, and the counts.

Findings go straight to a CSV file, so that a million of them need no memory; the first ones are kept for the page.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from admin_app.records.spreadsheet import guarded, unguarded

FIRST_ONES = 200
"""Findings that a page or the command shows; the file has all of them."""
HEADER = ("severity", "file", "row", "column", "value", "sentence")
_LONGEST_VALUE = 200


class Severity(StrEnum):
    """What became of the row."""

    ERROR = "error"
    """It was not taken."""
    WARNING = "warning"
    """It was taken, and somebody should look."""
    SKIPPED = "skipped"
    """It was left out, as told or because it says nothing new."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row (or file, where `row` is None) with what is wrong, in a sentence."""

    file: str
    row: int | None
    column: str
    value: str
    sentence: str
    severity: Severity = Severity.ERROR

    def as_cells(self) -> tuple[str, ...]:
        """The cells of its line in the errors file, safe to open in a spreadsheet."""
        row = "" if self.row is None else str(self.row)
        return (self.severity, self.file, row, _safe(self.column), _safe(self.value), _safe(self.sentence))


def _safe(text: str) -> str:
    """The text as a spreadsheet shows it, never as a formula."""
    return guarded("".join(c if c.isprintable() else "�" for c in text)[:_LONGEST_VALUE])


@dataclass(slots=True)
class Tally:
    """The counts of one file."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: int = 0
    warnings: int = 0

    def as_json(self) -> dict[str, int]:
        """As the run keeps them."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Tally:
        """What a run kept."""
        return cls(**{name: int(kept.get(name, 0)) for name in cls.__slots__})


@dataclass
class Report:
    """Collects the findings of a run into `path`; a context manager, for it holds the file open."""

    path: Path
    tallies: dict[str, Tally] = field(default_factory=dict)
    first: list[Finding] = field(default_factory=list)
    _refused: dict[str, set[int]] = field(default_factory=dict)
    _file: TextIO | None = None
    _writer: Any = None

    def __enter__(self) -> Self:
        """Begin the file with its header."""
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def tally(self, file: str) -> Tally:
        """The counts of one file."""
        return self.tallies.setdefault(file, Tally())

    def add(self, finding: Finding) -> None:
        """Write one finding down; a row is counted once, however many of its cells are wrong."""
        if len(self.first) < FIRST_ONES:
            self.first.append(finding)
        if self._writer is not None:
            self._writer.writerow(finding.as_cells())
        tally = self.tally(finding.file)
        if finding.severity is Severity.WARNING:
            tally.warnings += 1
        elif finding.severity is Severity.ERROR:
            refused = self._refused.setdefault(finding.file, set())
            if finding.row is None or finding.row not in refused:
                tally.errors += 1
            if finding.row is not None:
                refused.add(finding.row)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Write several down."""
        for finding in findings:
            self.add(finding)

    def refused_rows(self, file: str) -> set[int]:
        """The numbers of the rows of a file that were refused."""
        return self._refused.get(file, set())

    @property
    def errors(self) -> int:
        """Rows that were refused, over all files."""
        return sum(tally.errors for tally in self.tallies.values())


def read_findings(path: Path, most: int) -> list[Finding]:
    """The first findings of a run out of its file; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        return [
            Finding(
                name,
                int(row) if row else None,
                unguarded(column),
                unguarded(value),
                unguarded(said),
                Severity(kind),
            )
            for kind, name, row, column, value, said in itertools.islice(rows, most)
        ]
