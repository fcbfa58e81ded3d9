"""A statement of the bank comes in: the same bytes and lines enter once, bad rows are named, good ones kept [92].

Reading happens outside any transaction (`read_bank_file`), keeping inside one (`take_in`).  One call::

    read = read_bank_file(path, name, remembered)       # NeedsColumns for a CSV that nobody has explained yet
    kept = take_in(session, read, actor, clock)         # kept.file, kept.known_since
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.dates import DateOrder
from admin_app.kernel.errors import Invalid
from admin_app.models import BankFile, BankLine, Company, ImportMapping
from admin_app.records.bank_files.camt053 import read_camt053
from admin_app.records.bank_files.csv_columns import BankColumns, mapping_signature, propose_columns
from admin_app.records.bank_files.csv_lines import read_csv_lines
from admin_app.records.bank_files.csv_manner import BankManner, guess_manner
from admin_app.records.bank_files.csv_table import BankTable, open_bank_csv
from admin_app.records.bank_files.kinds import BankFileKind, kind_of
from admin_app.records.bank_files.statement import LineError, Statement, StatementLine

MOST_BYTES = 32 * 1024 * 1024
"""Of a file that is sent to a page."""
MOST_ERRORS = 10_000
"""Bad rows that are kept with a file."""
MAPPED = "bank"
"""Which remembered mappings are those of banks."""
LONGEST_ACCOUNT = 42
_AT_A_TIME = 400
_SAMPLE = 5


@dataclass(frozen=True, slots=True)
class BankMapping:
    """What a person said once of a bank's CSV: its columns, how it writes, and what it leaves out."""

    columns: BankColumns
    date_order: str = ""
    decimal_mark: str = ""
    account: str = ""
    currency: str = ""

    def as_json(self) -> dict[str, Any]:
        """The mapping as it is kept beside the signature of the header."""
        return {
            "columns": self.columns.remembered(),
            "date_order": self.date_order,
            "decimal_mark": self.decimal_mark,
            "account": self.account,
            "currency": self.currency,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> BankMapping:
        """What `as_json` gave."""
        words = {
            key: str(kept.get(key) or "") for key in ("date_order", "decimal_mark", "account", "currency")
        }
        return cls(BankColumns.recalled(kept.get("columns") or {}), **words)

    def manner(self, table: BankTable) -> BankManner:
        """How dates and amounts are read: as told, else as the file shows."""
        found = guess_manner(table, self.columns)
        if self.date_order in list(DateOrder):
            found = replace(found, date_order=DateOrder(self.date_order))
        if self.decimal_mark in (".", ","):
            found = replace(found, decimal_mark=self.decimal_mark)
        return found


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read: its lines and the rows that could not be."""

    name: str
    sha256: str
    format: str
    account: str
    lines: tuple[StatementLine, ...]
    errors: tuple[LineError, ...]
    remarks: tuple[str, ...]
    pending: int = 0


class NeedsColumns(Invalid):
    """A CSV of which nobody has said yet which column is what."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a file; `known_since` is the day on which the same bytes came before."""

    file: BankFile
    known_since: date | None = None
    remarks: tuple[str, ...] = ()
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """The first lines of a CSV as they will be, and the first rows that cannot be read."""

    table: BankTable
    mapping: BankMapping
    lines: tuple[StatementLine, ...] = ()
    errors: tuple[LineError, ...] = ()
    refusal: str = ""


Recall = Callable[[str], BankMapping | None]
"""Gives the mapping remembered for a signature of headers."""


def read_bank_file(
    path: Path, name: str, recall: Recall, *, mapping: BankMapping | None = None, currency: str = "EUR"
) -> ReadFile:
    """Read a camt.053 or CSV; no database is asked but through `recall`.

    Raises Invalid for what is no bank statement, NeedsColumns for a CSV without a mapping.
    """
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(f"{name} is larger than {MOST_BYTES // 1_000_000} MB; ask the bank for shorter periods")
    kind = kind_of(path, name=name)
    if kind is BankFileKind.CAMT053:
        return _whole(path, name, kind, read_camt053(path, name=name))
    table = open_bank_csv(path, name=name)
    told = mapping or recall(mapping_signature(table.header))
    if told is None:
        raise NeedsColumns(f"Say which column of {name} is what")
    return _whole(path, name, kind, _lines_of(table, told, currency))


def sample_of(path: Path, name: str, mapping: BankMapping | None, currency: str) -> Sample:
    """A CSV with its proposed or told mapping and its first rows read through it: the preview."""
    table = open_bank_csv(path, name=name)
    told = mapping or BankMapping(
        propose_columns(table.header, table.sample()), account=table.own_account, currency=currency
    )
    try:
        first = next(_lines_of(table, told, currency))
    except Invalid as refusal:
        return Sample(table, told, refusal=refusal.sentence)
    return Sample(table, told, first.lines[:_SAMPLE], first.errors[:_SAMPLE])


def _lines_of(table: BankTable, told: BankMapping, currency: str) -> Iterator[Statement]:
    return read_csv_lines(
        table, told.columns, told.manner(table), currency=told.currency or currency, account=told.account
    )


def _whole(path: Path, name: str, kind: BankFileKind, statements: Iterator[Statement]) -> ReadFile:
    lines: list[StatementLine] = []
    errors: list[LineError] = []
    remarks: list[str] = []
    pending = 0
    for one in statements:
        lines += one.lines
        errors += one.errors
        remarks += [remark for remark in one.remarks if remark not in remarks]
        pending += one.pending
    accounts = list(dict.fromkeys(line.account for line in lines if line.account))
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return ReadFile(
        name[-200:],
        sha256,
        kind.value,
        (accounts[0] if len(accounts) == 1 else "")[:LONGEST_ACCOUNT],
        tuple(lines),
        tuple(errors[:MOST_ERRORS]),
        tuple(remarks),
        pending,
    )


def recall_mapping(session: Session, signature: str) -> BankMapping | None:
    """What was said of a CSV with these headers."""
    kept = session.scalar(select(ImportMapping).where(ImportMapping.fingerprint == _mark(signature)))
    return BankMapping.from_json(kept.mapping) if kept is not None else None


def remember_mapping(session: Session, header: Sequence[str], mapping: BankMapping, clock: Clock) -> None:
    """Keep what was said, so that the bank's next file needs no question."""
    mark = _mark(mapping_signature(header))
    kept = session.scalar(select(ImportMapping).where(ImportMapping.fingerprint == mark))
    if kept is None:
        kept = ImportMapping(fingerprint=mark, entity=MAPPED)
        session.add(kept)
    kept.mapping, kept.used_at = mapping.as_json(), clock.now()
    session.flush()


def _mark(signature: str) -> str:
    """A bank's headers and an import's never answer for each other."""
    return hashlib.sha256(f"{MAPPED}:{signature}".encode()).hexdigest()


def take_in(session: Session, read: ReadFile, actor: Actor, clock: Clock) -> Kept:
    """Keep what is new of a file that was read; bytes that came before change nothing and are told.

    Raises Invalid for a file without a single line or error.
    """
    policy.demand(actor, policy.Permission.BANK)
    # One file after the other: two overlapping files at once would both think that a line is new.
    session.scalar(select(Company.id).with_for_update())
    before = session.scalar(select(BankFile).where(BankFile.sha256 == read.sha256))
    if before is not None:
        return Kept(before, known_since=before.created_at.date())
    if not read.lines and not read.errors:
        raise Invalid(f"{read.name} holds no booked line")
    file = BankFile(
        name=read.name,
        sha256=read.sha256,
        account=read.account,
        format=read.format,
        lines_refused=len(read.errors),
        errors=[{"row": e.place, "field": e.field, "sentence": e.sentence} for e in read.errors],
    )
    session.add(file)
    session.flush()  # the lines name their file by its id
    for start in range(0, len(read.lines), _AT_A_TIME):
        _keep(session, file, read.lines[start : start + _AT_A_TIME])
    session.flush()
    return Kept(file, remarks=read.remarks, pending=read.pending)


def _keep(session: Session, file: BankFile, lines: Sequence[StatementLine]) -> None:
    wanted = [line.fingerprint for line in lines]
    known = set(session.scalars(select(BankLine.fingerprint).where(BankLine.fingerprint.in_(wanted))))
    new = [line for line in lines if line.fingerprint not in known]
    session.add_all(
        BankLine(
            bank_file_id=file.id,
            account=line.account[:LONGEST_ACCOUNT],
            booked_on=line.booked_on,
            amount=line.amount.minor,
            currency=line.amount.currency,
            counterparty=line.counterparty or None,
            counterparty_account=line.counterparty_account[:LONGEST_ACCOUNT] or None,
            text=_text_of(line),
            fingerprint=line.fingerprint,
        )
        for line in new
    )
    file.lines_new = (file.lines_new or 0) + len(new)
    file.lines_known = (file.lines_known or 0) + len(lines) - len(new)


def _text_of(line: StatementLine) -> str | None:
    """Everything the payer wrote; his own reference often carries our number."""
    parts = [line.reference, line.creditor_reference, line.end_to_end_id]
    told = [part for part in parts if part and part != "NOTPROVIDED"]
    return " · ".join(dict.fromkeys(told)) or None
