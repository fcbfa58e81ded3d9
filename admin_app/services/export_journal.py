"""The journal leaves for the tax adviser: each entry once, as a file that can be fetched again [91, month close].

Writing the file only reads (`write_journal`); keeping it marks what left (`keep_export`), so that a long journal holds
nobody up.  Entries are never changed, so what was written is what is marked.  One call::

    written = write_journal(session, storage, wanted, actor, clock)
    export = keep_export(session, written, actor)
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.models import AccountMapping, Company, ExportedEntry, ExportFormat, JournalExport, Setting
from admin_app.records.journal_entries import accounts_used, entries_between, entries_of
from admin_app.records.journal_export.accounts import Chart, MappedAccount, default_mapping
from admin_app.records.journal_export.datev import Batch
from admin_app.records.journal_export.entries import JournalFile
from admin_app.records.journal_export.formats import JournalFormat, journal_file
from admin_app.storage.folder import FolderStorage

LARGEST_FILE = 1 << 30
DATEV = "datev"
"""The key under which the adviser's numbers are remembered."""
_AT_A_TIME = 5_000


@dataclass(frozen=True, slots=True)
class DatevNumbers:
    """What the adviser tells once: consultant, client, the month in which the fiscal year begins, the chart."""

    consultant: int = 0
    client: int = 0
    first_month: int = 1
    chart: Chart = Chart.SKR03


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to leave: a format and days, both included; `again` takes what left before along."""

    format: ExportFormat
    starts_on: date | None
    ends_on: date
    again: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written to the store, and the entries in it."""

    wanted: Wanted
    entry_ids: tuple[int, ...]
    starts_on: date
    store_key: str
    filename: str
    remarks: tuple[str, ...]


def write_journal(
    session: Session, storage: FolderStorage, wanted: Wanted, actor: Actor, clock: Clock
) -> Written:
    """Write the entries of the days to the store; nothing is marked yet, and nothing is locked.

    Raises Unmet where nothing is left to export or an entry is out of balance, Invalid for unmapped accounts and for
    what the format cannot express.
    """
    policy.demand(actor, policy.Permission.PERIOD_LOCK)
    if wanted.starts_on is not None and wanted.starts_on > wanted.ends_on:
        raise Invalid("These days end before they begin", {"to": "Choose a day after the first one"})
    query = entries_between(wanted.starts_on, wanted.ends_on, exported_too=wanted.again)
    ids = tuple(session.scalars(query))
    if not ids:
        raise Unmet("Every entry of these days has left already, or there is none")
    first = next(iter(entries_of(session, ids[:1]))).effective_on
    file = _file(session, wanted, ids, wanted.starts_on or first, clock)
    with tempfile.TemporaryFile() as parts:
        for part in file.parts:
            parts.write(part)
        parts.seek(0)
        stored = storage.store(cast(BinaryIO, parts), limit=LARGEST_FILE)
    name = _name(wanted, wanted.starts_on or first, file)
    return Written(wanted, ids, wanted.starts_on or first, stored.key, name, file.remarks)


def keep_export(session: Session, written: Written, actor: Actor) -> JournalExport:
    """Mark the entries as left and keep the file; raises Conflict when somebody else exported one of them meanwhile."""
    policy.demand(actor, policy.Permission.PERIOD_LOCK)
    session.scalar(select(Company.id).with_for_update())
    gone = _gone(session, written.entry_ids)
    if gone and not written.wanted.again:
        raise Conflict("Somebody else exported these entries meanwhile; look at the exports again")
    export = JournalExport(
        format=written.wanted.format,
        starts_on=written.starts_on,
        ends_on=written.wanted.ends_on,
        entries=len(written.entry_ids),
        made_by=actor.name[:120],
        store_key=written.store_key,
    )
    session.add(export)
    session.flush()  # what left names its export by the id
    new = [{"export_id": export.id, "entry_id": key} for key in written.entry_ids if key not in gone]
    for start in range(0, len(new), _AT_A_TIME):
        session.execute(insert(ExportedEntry), new[start : start + _AT_A_TIME])
    return export


def _gone(session: Session, ids: tuple[int, ...]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), 900):
        some = ids[start : start + 900]
        found |= set(session.scalars(select(ExportedEntry.entry_id).where(ExportedEntry.entry_id.in_(some))))
    return found


def _file(
    session: Session, wanted: Wanted, ids: tuple[int, ...], starts_on: date, clock: Clock
) -> JournalFile:
    company = session.scalars(select(Company)).one()
    is_datev = wanted.format is ExportFormat.DATEV
    numbers = datev_numbers(session) if is_datev else DatevNumbers()
    batch = None
    if is_datev:
        local = clock.now().astimezone(ZoneInfo(company.zone)).replace(tzinfo=None)
        batch = _batch(numbers, starts_on, wanted.ends_on, local, company)
    return journal_file(
        JournalFormat(wanted.format.value),
        lambda: entries_of(session, ids),
        mapping_of(session, numbers.chart if is_datev else Chart.OWN),
        title=company.name,
        batch=batch,
    )


def _batch(numbers: DatevNumbers, starts_on: date, ends_on: date, now: datetime, company: Company) -> Batch:
    if not numbers.consultant or not numbers.client:
        raise Invalid(
            "A DATEV batch needs the consultant and client numbers; write them beside the account mapping",
            {"consultant": "The adviser tells this number", "client": "The adviser tells this number"},
        )
    year = ends_on.year if ends_on.month >= numbers.first_month else ends_on.year - 1
    return Batch(
        consultant=numbers.consultant,
        client=numbers.client,
        fiscal_year_begin=date(year, numbers.first_month, 1),
        from_on=starts_on,
        to_on=ends_on,
        created_at=now,
        currency=company.currency,
        chart={Chart.SKR03: "03", Chart.SKR04: "04"}.get(numbers.chart, ""),
    )


def _name(wanted: Wanted, starts_on: date, file: JournalFile) -> str:
    """ "journal-2026-03-01-2026-03-31.csv"; a DATEV batch keeps the name that DATEV asks for."""
    if wanted.format is ExportFormat.DATEV:
        return file.filename
    ending = file.filename.rpartition(".")[2]
    return f"journal-{starts_on}-{wanted.ends_on}.{ending}"


def mapping_of(session: Session, chart: Chart) -> dict[str, MappedAccount]:
    """The adviser's accounts: what the office wrote, else the proposal of the chart."""
    mapping = default_mapping(accounts_used(session), chart)
    for own in session.scalars(select(AccountMapping)):
        proposed = mapping.get(own.account)
        mapping[own.account] = MappedAccount(
            own.code, own.label or (proposed.name if proposed else own.account)
        )
    return mapping


def keep_mapping(session: Session, told: Mapping[str, tuple[str, str]], actor: Actor) -> None:
    """Keep account → (code, name); an empty code goes back to the proposal.  Raises Invalid at its account."""
    policy.demand(actor, policy.Permission.PERIOD_LOCK)
    wrong = {
        account: "At most 20 characters for the code and 120 for the name"
        for account, (code, name) in told.items()
        if len(code.strip()) > 20 or len(name.strip()) > 120
    }
    if wrong:
        raise Invalid("A code or a name is too long", wrong)
    kept = {one.account: one for one in session.scalars(select(AccountMapping))}
    for account, (code, name) in told.items():
        own = kept.get(account)
        if not code.strip():
            if own is not None:
                session.delete(own)
        elif own is None:
            session.add(AccountMapping(account=account, code=code.strip(), label=name.strip() or None))
        else:
            own.code, own.label = code.strip(), name.strip() or None
    session.flush()


def datev_numbers(session: Session) -> DatevNumbers:
    """What the adviser told; zeros until somebody wrote it."""
    kept = session.scalar(select(Setting.value).where(Setting.key == DATEV))
    told = json.loads(kept) if kept else {}
    return DatevNumbers(
        int(told.get("consultant", 0)),
        int(told.get("client", 0)),
        int(told.get("first_month", 1)),
        Chart(told.get("chart", Chart.SKR03)),
    )


def keep_datev_numbers(session: Session, numbers: DatevNumbers, actor: Actor) -> None:
    """Remember what the adviser told; raises Invalid for a month that is none."""
    policy.demand(actor, policy.Permission.PERIOD_LOCK)
    if not 1 <= numbers.first_month <= 12:
        raise Invalid("A fiscal year begins in one of twelve months", {"first_month": "Choose a month"})
    row = session.scalar(select(Setting).where(Setting.key == DATEV))
    if row is None:
        row = Setting(key=DATEV)
        session.add(row)
    row.value = json.dumps(
        {
            "consultant": numbers.consultant,
            "client": numbers.client,
            "first_month": numbers.first_month,
            "chart": numbers.chart.value,
        }
    )
    session.flush()
