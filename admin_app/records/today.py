"""Today: what needs a person now, counted in one statement, and the rows behind each line [68].

The lines are declared in `records/today_lines.py`.  One call::

    figures = read_figures(session, pete, Moment.of(clock, zone), TodayFilter(mine=pete.id))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from admin_app.kernel.actor import Actor
from admin_app.models import (
    Address,
    Contact,
    CustomerGroup,
    Event,
    EventState,
    Membership,
    OutboxMessage,
    Project,
    User,
    WorkOrder,
)
from admin_app.models.types import Instant
from admin_app.policy import holds, visible
from admin_app.records.today_lines import LINES, Line
from admin_app.records.today_rows import MET, Moment, on_site

PAGE = 100
"""Rows of a line that are shown at once."""
MOST_ON_THE_DAY = 60
"""Appointments, and jobs, that the day beside the lines shows."""


@dataclass(frozen=True, slots=True)
class TodayFilter:
    """What narrows the page: a brand, and whose work; what belongs to the whole company is not narrowed."""

    brand_id: int | None = None
    mine: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What a line comes to; `sums` maps currency → minor units, `since` is its first instant or day."""

    line: Line
    count: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    since: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class TodayRow:
    """One row behind a line: what it is, whose, since when, what it comes to (minor units of `currency`)."""

    id: int
    group_id: int | None
    project_id: int | None
    title: str
    number: str
    note: str
    customer: str
    place: str
    contact: str
    phone: str
    owner: str
    since: date | datetime
    amount: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class TodayRows:
    """A page of rows; `after` is the place to go on from, empty at the end."""

    rows: list[TodayRow]
    after: str = ""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Who is where today: what stands in the calendar, and the work with its crews."""

    events: list[Event]
    jobs: list[WorkOrder]


def lines_of(actor: Actor) -> list[Line]:
    """The lines that this person may see."""
    return [line for line in LINES if holds(actor, line.see)]


def line_named(actor: Actor, key: str) -> Line | None:
    """The line of an address, if this person may see it."""
    return next((line for line in lines_of(actor) if line.key == key), None)


def rows_of(actor: Actor, line: Line, moment: Moment, wanted: TodayFilter) -> Select[Any]:
    """The rows of a line that this person may see, narrowed to a brand or to their own."""
    query = line.rows(moment)
    if not _is_machinery(query):
        query = visible(actor, query)
    if line.mine is None:
        return query
    if wanted.brand_id is not None:
        query = query.where(query.selected_columns["brand_id"] == wanted.brand_id)
    if wanted.mine is not None:
        query = query.where(line.mine(wanted.mine))
    return query


def _is_machinery(query: Select[Any]) -> bool:
    return query.column_descriptions[0]["entity"] is OutboxMessage


def read_figures(
    session: Session,
    actor: Actor,
    moment: Moment,
    wanted: TodayFilter | None = None,
    lines: Sequence[Line] | None = None,
) -> list[Figure]:
    """What each line comes to, empty ones included, in one statement however many there are."""
    asked = lines_of(actor) if lines is None else list(lines)
    if not asked:
        return []
    parts = [
        _summed(number, rows_of(actor, line, moment, wanted or TodayFilter()))
        for number, line in enumerate(asked)
    ]
    found: dict[int, Figure] = {number: Figure(line) for number, line in enumerate(asked)}
    for row in session.execute(union_all(*parts) if len(parts) > 1 else parts[0]):
        before = found[row.line]
        sums = before.sums | ({row.currency: int(row.amount or 0)} if row.currency else {})
        firsts = [one for one in (before.since, row.since_at, row.since_on) if one is not None]
        found[row.line] = Figure(before.line, before.count + row.n, sums, min(firsts, default=None))
    return list(found.values())


def _summed(number: int, query: Select[Any]) -> Select[Any]:
    rows = query.subquery()
    dated = isinstance(rows.c.since.type, Date)
    # SQLite's CAST would make a number of a day, so what is there is only told its type.
    first = type_coerce(func.min(rows.c.since), Date() if dated else Instant())
    return select(
        literal(number).label("line"),
        rows.c.currency,
        func.count().label("n"),
        func.sum(rows.c.amount).label("amount"),
        (cast(null(), Instant()) if dated else first).label("since_at"),
        (first if dated else cast(null(), Date())).label("since_on"),
    ).group_by(rows.c.currency)


def read_rows(
    session: Session,
    actor: Actor,
    line: Line,
    moment: Moment,
    wanted: TodayFilter | None = None,
    after: str = "",
    most: int = PAGE,
) -> TodayRows:
    """The rows behind a line, the oldest first; `after` is where the page before ended."""
    rows = rows_of(actor, line, moment, wanted or TodayFilter()).subquery()
    owner = select(User.name).where(User.id == rows.c.owner_id).scalar_subquery()
    starred = (
        select(Membership.contact_id)
        .where(Membership.group_id == rows.c.group_id, Membership.is_primary)
        .scalar_subquery()
    )
    query = (
        select(
            rows,
            CustomerGroup.name.label("customer"),
            Address.line1,
            Address.city,
            Contact.first_name,
            Contact.last_name,
            func.coalesce(Contact.mobile, Contact.phone).label("phone"),
            cast(owner, String).label("owner"),
        )
        .outerjoin(CustomerGroup, CustomerGroup.id == rows.c.group_id)
        .outerjoin(Project, Project.id == rows.c.project_id)
        .outerjoin(Address, Address.id == Project.address_id)
        .outerjoin(Contact, Contact.id == func.coalesce(Project.contact_id, starred))
        .order_by(rows.c.since, rows.c.id)
        .limit(most + 1)
    )
    place = _place(after, dated=isinstance(rows.c.since.type, Date))
    if place is not None:
        since, last = place
        query = query.where(
            or_(rows.c.since > since, and_(rows.c.since == since, rows.c.id > last)), rows.c.since >= since
        )
    found = list(_told(session.execute(query)))
    more = found[most - 1] if len(found) > most else None
    return TodayRows(found[:most], f"{more.since.isoformat()}_{more.id}" if more else "")


def _told(rows: Any) -> Iterator[TodayRow]:
    for row in rows:
        yield TodayRow(
            id=row.id,
            group_id=row.group_id,
            project_id=row.project_id,
            title=row.title or "",
            number=row.number or "",
            note=row.note or "",
            customer=row.customer or "",
            place=", ".join(part for part in (row.line1, row.city) if part),
            contact=" ".join(part for part in (row.first_name, row.last_name) if part),
            phone=row.phone or "",
            owner=row.owner or "",
            since=row.since,
            amount=None if row.amount is None else int(row.amount),
            currency=row.currency or "",
        )


def _place(after: str, *, dated: bool) -> tuple[date | datetime, int] | None:
    """Where a page goes on; None for the first one and for an address that says nothing of the kind."""
    since, _, last = after.rpartition("_")
    if not (last.isascii() and last.isdigit() and len(last) <= 18):
        return None
    try:
        if dated:
            return date.fromisoformat(since), int(last)
        moment = datetime.fromisoformat(since)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), int(last)


def read_day(session: Session, actor: Actor, moment: Moment, wanted: TodayFilter | None = None) -> DayPlan:
    """The calendar of today and the jobs on site with their crews: three statements, whatever is on."""
    wanted = wanted or TodayFilter()
    lines = {line.key: line for line in LINES}
    met = rows_of(actor, lines["appointments"], moment, wanted).subquery()
    ids = select(met.c.id)
    events = (
        select(Event)
        .options(joinedload(Event.group), joinedload(Event.assignee), joinedload(Event.address))
        .where(Event.id.in_(ids), Event.kind.in_(MET), Event.state == EventState.PLANNED)
        .order_by(Event.starts_at, Event.id)
        .limit(MOST_ON_THE_DAY)
    )
    there = rows_of(actor, lines["jobs"], moment, wanted).subquery()
    jobs = (
        select(WorkOrder)
        .options(
            joinedload(WorkOrder.group),
            joinedload(WorkOrder.project).joinedload(Project.address),
            selectinload(WorkOrder.crew),
        )
        .where(on_site(moment), WorkOrder.id.in_(select(there.c.id)))
        .order_by(WorkOrder.starts_at, WorkOrder.id)
        .limit(MOST_ON_THE_DAY)
    )
    return DayPlan(
        list(session.scalars(visible(actor, events))), list(session.scalars(visible(actor, jobs)))
    )
