"""Which kept totals are behind: days and customers are written down in the transaction that changed a document [L1].

The documents themselves are watched, on every session, so that no act has to remember: an issue, a void, a reversal
mark the day of the document, not the day of the act.  Statements that go past the session call `mark_run` and
`before_statement`.  A row of RollupDirty says one of four things:

* day and customer: a document of that customer counts, counted or will count on that day
* a day alone: something that is nobody's (a payout)
* a customer alone: something that all documents of the customer take from it (its brand)
* neither: more than is worth naming; all totals are worked out anew
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    Select,
    Table,
    cast,
    delete,
    event,
    func,
    insert,
    inspect,
    literal,
    null,
    select,
)
from sqlalchemy.orm import MANYTOONE, Session, UOWTransaction

from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    CreditNote,
    CustomerGroup,
    Invoice,
    JournalEntry,
    OfficeSession,
    Payment,
    Refund,
    RollupDirty,
    Row,
    WriteOff,
)

DAYS: dict[type[Row], tuple[str, ...]] = {
    Invoice: ("issued_on",),
    CreditNote: ("issued_on",),
    Payment: ("paid_on",),
    Refund: ("refunded_on",),
    WriteOff: ("written_off_on", "taken_back_on"),
}
"""The documents that figures count, with the columns that tell on which day."""
CACHES = {"balance", "credited", "written_off", "unallocated", "refunded", "open", "version", "updated_at"}
"""What the ledger keeps in step: a payment changes these of every invoice that it pays, and no total."""
MOST_NAMED = 10_000
"""Documents of one statement whose days are written down one by one."""

AT_A_TIME = 1_000
"""Marks that one statement takes away."""

Mark = tuple[date | None, int | None]
_BEFORE, _MARKED = "sawhorse_marks_before", "sawhorse_marked"


def mark_run(connection: Connection, run_id: int, at: datetime) -> None:
    """Mark every document that an import run brought; the caller's transaction holds."""
    marks = [
        _days_of(entity, table.c[day], table.c.import_run_id == run_id)
        for entity in DAYS
        for table in [_table(entity)]
        for day in DAYS[entity]
    ]
    _write(connection, marks, at)


def before_statement(
    connection: Connection, entity: type[Row], ids: Select[Any] | Collection[int], columns: Collection[str]
) -> None:
    """Mark what a statement that sets these columns of these records, or deletes them, is about to change."""
    at = SystemClock().now()
    if entity is CustomerGroup and "brand_id" in columns:
        table = _table(CustomerGroup)
        _write(connection, [select(cast(null(), Date), table.c.id).where(table.c.id.in_(ids))], at)
    if entity not in DAYS or not set(columns) - CACHES:
        return
    table = _table(entity)
    mine = table.c.id.in_(ids)
    marks = [_days_of(entity, table.c[day], mine) for day in DAYS[entity]]
    # Its new day is one of the customer's by then.
    marks.append(select(cast(null(), Date), table.c.group_id).where(mine))
    _write(connection, marks, at)


def take_away(session: Session, ids: Sequence[int]) -> None:
    """Take these marks away: their totals caught up.  What this transaction changes from now on is marked again."""
    for start in range(0, len(ids), AT_A_TIME):
        some = ids[start : start + AT_A_TIME]
        session.execute(delete(RollupDirty).where(RollupDirty.id.in_(some)))
    session.info.pop(_MARKED, None)


def _days_of(entity: type[Row], day: Any, where: Any) -> Select[Any]:
    return select(day, _table(entity).c.group_id).where(where, day.is_not(None))


def _write(connection: Connection, marks: list[Select[Any]], at: datetime) -> None:
    """Write marks down by a statement each; where they are too many, that everything is behind."""
    named = sum(
        connection.scalar(select(func.count()).select_from(one.limit(MOST_NAMED + 1).subquery())) or 0
        for one in marks
    )
    if named > MOST_NAMED:
        connection.execute(insert(RollupDirty), [{"day": None, "group_id": None, "at": at}])
        return
    if not named:
        return
    moment = literal(at, RollupDirty.__table__.c.at.type)
    for one in marks:
        pairs = one.distinct().subquery()
        rows = select(*pairs.c, moment)
        connection.execute(insert(RollupDirty).from_select(["day", "group_id", "at"], rows))


@event.listens_for(OfficeSession, "before_flush")
def _remember_days(session: Session, context: UOWTransaction, _: Any) -> None:
    """Take down on which days changed and deleted documents counted until now."""
    before: set[Mark] = set()
    for document in session.deleted:
        if type(document) in DAYS:
            before.update(_counted(session, document))
    for document in session.dirty:
        if type(document) in DAYS and _is_changed(document):
            before.update(_counted(session, document))
    context.attributes[_BEFORE] = before


@event.listens_for(OfficeSession, "after_flush")
def _mark(session: Session, context: UOWTransaction) -> None:
    """Write the marks, once a transaction each, while the session still tells what changed."""
    marks: set[Mark] = set(context.attributes.get(_BEFORE, ()))
    for thing in session.new:
        marks.update(_counts(thing))
    for thing in session.dirty:
        if type(thing) in DAYS and _is_changed(thing):
            marks.update(_counts(thing))
        elif isinstance(thing, CustomerGroup) and _has_changed(thing, "brand_id", "brand"):
            marks.add((None, thing.id))
    fresh = marks - _marked_before(session)
    if fresh:
        clock = session.info.get("clock") or SystemClock()
        at = clock.now()
        rows = [{"day": day, "group_id": group_id, "at": at} for day, group_id in sorted(fresh, key=str)]
        session.connection().execute(insert(RollupDirty), rows)
        _marked_before(session).update(fresh)


def _marked_before(session: Session) -> set[Mark]:
    """What this transaction marked; a savepoint that may be taken back begins anew."""
    now = session.get_nested_transaction() or session.get_transaction()
    kept = session.info.get(_MARKED)
    if kept is None or kept[0] is not now:
        kept = session.info[_MARKED] = (now, set())
    marked: set[Mark] = kept[1]
    return marked


def _counts(thing: Any) -> Iterator[Mark]:
    """On which days a document, or an entry of the journal, counts from now on."""
    if isinstance(thing, JournalEntry):
        for group_id in {posting.group_id for posting in thing.postings}:
            yield thing.effective_on, group_id
        return
    for key in DAYS.get(type(thing), ()):
        day = getattr(thing, key)
        if day is not None:
            yield day, thing.group_id


def _counted(session: Session, document: Any) -> Iterator[Mark]:
    """On which days a document counted, as the database holds it where the session never read it."""
    state = inspect(document)
    table = _table(type(document))
    was: dict[str, Any] = {}
    for key in (*DAYS[type(document)], "group_id"):
        history = state.attrs[key].history
        if history.deleted or history.unchanged:
            was[key] = (history.deleted or history.unchanged)[0]
    if len(was) <= len(DAYS[type(document)]) and state.identity is not None:
        found = session.connection().execute(select(table).where(table.c.id == state.identity[0])).mappings()
        was = dict(found.first() or {})
    for key in DAYS[type(document)]:
        if was.get(key) is not None:
            yield was[key], was.get("group_id")


def _is_changed(document: Any) -> bool:
    """Whether more than what the ledger keeps in step is about to be written."""
    mapper = inspect(document).mapper
    links = [link.key for link in mapper.relationships if link.direction is MANYTOONE]
    return _has_changed(document, *links, *(one.key for one in mapper.column_attrs if one.key not in CACHES))


def _has_changed(record: Any, *keys: str) -> bool:
    attributes = inspect(record).attrs
    return any(attributes[key].history.has_changes() for key in keys)


def _table(entity: type[Row]) -> Table:
    table = entity.__table__
    assert isinstance(table, Table)
    return table
