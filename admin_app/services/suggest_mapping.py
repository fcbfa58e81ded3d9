"""Which column of another program's file is what: remembered from the last time, else guessed; and how it would read.

One call::

    suggestion = suggest(session, source)
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from admin_app.kernel.clock import Clock
from admin_app.kernel.dates import DateOrder, guess_date_order
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import guess_decimal_mark
from admin_app.models import ImportMapping, OfficeSession
from admin_app.records.importing.check import Checker
from admin_app.records.importing.choices import Doubles
from admin_app.records.importing.convert import Manner
from admin_app.records.importing.mapping import ColumnMapping, check_mapping, map_source
from admin_app.records.importing.report import Finding, Report
from admin_app.records.importing.schema import spec_of
from admin_app.records.importing.source import Sheet, Source
from admin_app.records.importing.targets import SURE, Guess, guess, subject_of
from admin_app.records.values import Reading
from admin_app.services.import_choices import Choices

_LOOKED_AT = 500
PREVIEWED = 8
"""Rows that the mapping page shows as they will be."""
_MAPPING_KEYS = frozenset(
    {"columns", "date_order", "decimal_mark", "doubles", "cut_over", "encoding", "delimiter"}
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping to start from: each column's guess, and whether it was remembered from an earlier file."""

    subject: str
    guesses: list[Guess]
    remembered: bool
    date_order: DateOrder | None
    decimal_mark: str | None

    @property
    def mapping(self) -> ColumnMapping:
        """The columns that are sure enough to be filled in."""
        return {
            found.header: found.target for found in self.guesses if found.target and found.confidence >= SURE
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they will be: by part of our format its columns and cells; and what would be refused."""

    parts: list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]
    findings: list[Finding]


def header_mark(header: Sequence[str]) -> str:
    """The mark under which the mapping of a header is remembered: its names in their order."""
    return hashlib.sha256("\n".join(title.strip().lower() for title in header).encode()).hexdigest()


def suggest(session: OfficeSession, source: Source) -> Suggestion:
    """What each column of the file is, as remembered or guessed."""
    rows = [cells for _, cells in itertools.islice(source.rows(), _LOOKED_AT)]
    cells = [cell.strip() for row in rows for cell in row if cell.strip()]
    amounts = [cell for cell in cells if any(mark in cell for mark in ".,") and cell[-1:].isdigit()]
    order, mark = guess_date_order(cells), guess_decimal_mark(amounts)
    known = session.scalar(
        select(ImportMapping).where(ImportMapping.fingerprint == header_mark(source.header))
    )
    if known is not None:
        guesses = [Guess(title, known.mapping.get(title) or None, 100) for title in source.header]
        return Suggestion(known.entity, guesses, True, order, mark)
    subject = subject_of(source.header)
    return Suggestion(subject, guess(source.header, rows, subject), False, order, mark)


def remember(
    session: OfficeSession, source: Source, subject: str, mapping: ColumnMapping, clock: Clock
) -> None:
    """Keep a mapping for the next file with the same header; raises Invalid for one that makes no sense."""
    check_mapping(source, mapping)
    mark = header_mark(source.header)
    known = session.scalar(select(ImportMapping).where(ImportMapping.fingerprint == mark))
    if known is None:
        known = ImportMapping(fingerprint=mark, entity=subject)
        session.add(known)
    known.mapping, known.used_at, known.entity = dict(mapping), clock.now(), subject
    session.flush()  # a second remembering in this request finds it


def preview(source: Source, mapping: ColumnMapping, choices: Choices, reading: Reading) -> Preview:
    """The first rows, read as they would be moved in; raises Invalid for a mapping that makes no sense."""
    head = Sheet(source.name, source.header, list(itertools.islice(source.rows(), PREVIEWED)))
    manner = Manner(reading, choices.date_order, choices.decimal_mark, mapped=True)
    report = Report(Path())
    parts = []
    for part in map_source(head, mapping, manner, cut_over=choices.cut_over):
        spec = spec_of(part.file)
        # Opening balances are written by us, with a point, whatever mark the file has.
        checker = Checker(spec, part, replace(manner, decimal_mark=".") if part.plain else manner, report)
        columns = tuple(
            name for name in part.header if name != "group" or spec.stage in ("invoices", "payments")
        )
        kept = ["line", *(column.name for column in spec.columns)]
        shown = [
            tuple(_printed(row[kept.index(name)]) for name in columns)
            for batch in checker.batches()
            for row in batch.staged[spec.stage]
        ]
        parts.append((spec.stage, columns, shown))
    return Preview(parts, report.first)


def _printed(value: Any) -> str:
    return "" if value is None else "yes" if value is True else "no" if value is False else str(value)


def read_mapping_file(path: Path, files: Sequence[Source], dry_run: bool) -> Choices:
    """The choices of a mapping file: {"columns": {header: target}, "date_order": "dmy", "decimal_mark": ",", …}.

    `columns` may also be by file name: {"customers.csv": {header: target}}.  Raises Invalid.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        raise Invalid(f"{path} cannot be read as JSON") from None
    if not isinstance(told, dict):
        raise Invalid(f"{path} must be one JSON object")
    columns = told.get("columns", told if not _MAPPING_KEYS & set(told) else {})
    unknown = set(told) - _MAPPING_KEYS if "columns" in told else set()
    if unknown:
        raise Invalid(
            f"{path}: “{sorted(unknown)[0]}” is no option; they are {', '.join(sorted(_MAPPING_KEYS))}"
        )
    by_file: dict[str, ColumnMapping] = {}
    for source in files:
        mapping = columns.get(source.name, columns)
        if all(isinstance(target, str) for target in mapping.values()):
            by_file[source.name] = {
                title: target for title, target in mapping.items() if title in source.header
            }
    return choices_of(told, by_file, dry_run)


def choices_of(told: Mapping[str, Any], mappings: dict[str, ColumnMapping], dry_run: bool = False) -> Choices:
    """Choices out of what a form or a mapping file says; raises Invalid with the field."""
    try:
        order = DateOrder(told["date_order"]) if told.get("date_order") else None
        doubles = Doubles(told.get("doubles") or Doubles.SKIP)
        cut_over = date.fromisoformat(told["cut_over"]) if told.get("cut_over") else None
    except ValueError as error:
        raise Invalid(f"This choice is not known: {error}") from None
    mark = told.get("decimal_mark") or None
    if mark not in (None, ".", ","):
        raise Invalid("The decimal mark is a point or a comma", {"decimal_mark": "Choose a point or a comma"})
    return Choices(
        dry_run,
        told.get("encoding") or None,
        told.get("delimiter") or None,
        order,
        mark,
        doubles,
        cut_over,
        mappings,
    )
