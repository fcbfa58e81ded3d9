"""The pipeline: every open document of every project in the column of its state, the longest waiting first [68].

A project stands where its documents stand: a lead until it is estimated, an estimate until it is answered, a workorder
until it is invoiced, an invoice until it is paid.  The board costs the same number of statements however much is on
it; a column shows at most `MOST_CARDS` and counts the rest.  One call::

    columns = read_board(session, pete, clock.today(), "Europe/London", "EUR", BoardFilter(estimator_id=pete.id))
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Select,
    String,
    Subquery,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.models import (
    Address,
    Allocation,
    CustomerGroup,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceState,
    Lead,
    LeadState,
    LeadStatus,
    Project,
    User,
    WorkOrder,
    WorkOrderState,
)
from admin_app.models.types import MinorUnits
from admin_app.policy import visible

MOST_CARDS = 20
"""Cards that a column shows; the rest is counted."""
RECENT_DAYS = 30
"""So long a paid invoice stays on the board."""

LEAD, ESTIMATE, WORK, BILL = "lead", "estimate", "workorder", "invoice"
"""The kinds of cards, by the word of their flow."""

NEW_REQUESTS, POSTPONED, TO_INVOICE, INVOICED, DONE = "new", "postponed", "to-invoice", "invoiced", "done"
CUSTOM = "status-"
"""What the key of a column of our own statuses begins with; the number of the status follows."""

ESTIMATE_COLUMNS = {
    EstimateState.DRAFT: ("estimate-draft", "Estimate draft"),
    EstimateState.SENT: ("estimate-sent", "Estimate sent"),
    EstimateState.CHANGES_REQUESTED: ("estimate-changes", "Changes requested"),
}
WORK_COLUMNS = {
    WorkOrderState.NEW: ("work-new", "Work new"),
    WorkOrderState.SCHEDULED: ("work-scheduled", "Work scheduled"),
    WorkOrderState.IN_PROGRESS: ("work-in-progress", "Work in progress"),
    WorkOrderState.FINISHED: ("work-finished", "Work finished"),
}


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What narrows the board; the brand is the project's own or, where it has none, its customer's."""

    brand_id: int | None = None
    estimator_id: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One document on the board; `amount` is its total with tax, in minor units of `currency`, None for a lead."""

    kind: str
    id: int
    state: str
    title: str
    number: str | None
    project_id: int
    group_id: int
    customer: str
    site: str
    amount: int | None
    currency: str
    days: int
    """How long it has stood in its column."""
    estimator: str


@dataclass(slots=True)
class Column:
    """One state of the board: how many, what they come to in the company's currency, half of them older than `age`."""

    key: str
    title: str
    kind: str
    is_offered: bool = True
    """False for a status that was switched off: its column is there while a lead stands in it."""
    count: int = 0
    value: int | None = None
    elsewhere: int = 0
    """Documents in other currencies, which `value` leaves out."""
    age: int | None = None
    """The median age in days."""
    cards: list[Card] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.cards)


def read_board(
    session: Session,
    actor: Actor,
    today: date,
    zone: str,
    currency: str,
    wanted: BoardFilter | None = None,
    most: int = MOST_CARDS,
) -> list[Column]:
    """Every column with at most `most` cards: four statements, whatever is on the board."""
    wanted = wanted or BoardFilter()
    columns = {column.key: column for column in read_columns(session, actor)}
    pools = (
        (_waiting(actor, wanted), False),
        (_open_bills(actor, wanted), False),
        (_paid_bills(actor, wanted, today - timedelta(days=RECENT_DAYS)), True),
    )
    for pool, newest_first in pools:
        ranked = _ranked(pool, currency, newest_first)
        ages: dict[str, list[int]] = {}
        for row in session.execute(visible(actor, _shown(ranked, most))):
            column = columns[row.place]
            days = (today - _day(row.since, zone)).days
            column.count, column.value, column.elsewhere = row.n, _whole(row.value), int(row.elsewhere or 0)
            if row.rank <= most:
                column.cards.append(_card(row, days))
            if row.rank in _middle(row.n):
                ages.setdefault(row.place, []).append(days)
        for place, days_of in ages.items():
            columns[place].age = sum(days_of) // len(days_of)
    return [column for column in columns.values() if column.is_offered or column.count]


def read_columns(session: Session, actor: Actor) -> Iterator[Column]:
    """The columns in the order of the flow, empty; the company's own statuses stand between new and postponed [45]."""
    statuses = list(
        session.scalars(visible(actor, select(LeadStatus).order_by(LeadStatus.position, LeadStatus.id)))
    )
    yield Column(NEW_REQUESTS, "New requests", LEAD)
    for status in statuses:
        if status.state is LeadState.CUSTOM:
            yield Column(f"{CUSTOM}{status.id}", status.name, LEAD, status.enabled)
    postponed = next((one.name for one in statuses if one.state is LeadState.POSTPONED), "Postponed")
    yield Column(POSTPONED, postponed, LEAD)
    for key, title in ESTIMATE_COLUMNS.values():
        yield Column(key, title, ESTIMATE)
    for key, title in WORK_COLUMNS.values():
        yield Column(key, title, WORK)
    yield Column(TO_INVOICE, "To invoice", BILL)
    yield Column(INVOICED, "Invoiced, open", BILL)
    yield Column(DONE, "Paid recently", BILL)


def _middle(count: int) -> tuple[int, int]:
    """The one or two ranks in the middle of `count`."""
    return (count + 1) // 2, (count + 2) // 2


def _day(since: date | datetime, zone: str) -> date:
    if isinstance(since, datetime):
        return since.replace(tzinfo=since.tzinfo or UTC).astimezone(ZoneInfo(zone)).date()
    return since


def _whole(summed: Any) -> int | None:
    return None if summed is None else int(summed)


def _card(row: Any, days: int) -> Card:
    return Card(
        kind=row.kind,
        id=row.id,
        state=row.state,
        title=row.title or row.project,
        number=row.number,
        project_id=row.project_id,
        group_id=row.group_id,
        customer=row.customer,
        site=", ".join(part for part in (row.line1, row.city) if part),
        amount=_whole(row.amount),
        currency=row.currency,
        days=days,
        estimator=row.estimator or "",
    )


# ---------------------------------------------------------------------- which documents stand where


def _waiting(actor: Actor, wanted: BoardFilter) -> Subquery:
    """Leads, estimates, work and drafts of invoices: what has stood in its state since an instant."""
    lead_place = case(
        (Lead.state == LeadState.CUSTOM, literal(CUSTOM) + cast(Lead.custom_status_id, String)),
        (Lead.state == LeadState.POSTPONED, literal(POSTPONED)),
        else_=literal(NEW_REQUESTS),
    )
    leads = _pool(
        Lead, LEAD, lead_place, Lead.state_since, cast(null(), MinorUnits()), literal(""), null()
    ).where(Lead.state.in_(LeadState.open()))
    estimates = _pool(
        Estimate,
        ESTIMATE,
        case(*((Estimate.state == state, literal(key)) for state, (key, _) in ESTIMATE_COLUMNS.items())),
        Estimate.state_since,
        Estimate.total,
        Estimate.currency,
        Estimate.number,
    ).where(Estimate.state.in_(ESTIMATE_COLUMNS))
    first = aliased(Estimate)
    work = (
        _pool(
            WorkOrder,
            WORK,
            case(
                *((WorkOrder.state == state, literal(key)) for state, (key, _) in WORK_COLUMNS.items()),
                else_=literal(TO_INVOICE),
            ),
            WorkOrder.state_since,
            contract_total(),
            first.currency,
            WorkOrder.number,
        )
        .join(first, first.id == WorkOrder.estimate_id)
        .where(or_(WorkOrder.state.in_(WORK_COLUMNS), waits_for_a_bill()))
    )
    drafts = _pool(
        Invoice, BILL, literal(TO_INVOICE), Invoice.created_at, Invoice.total, Invoice.currency, null()
    ).where(Invoice.state == InvoiceState.DRAFT, Invoice.project_id.is_not(None))
    parts = [_narrowed(visible(actor, part), wanted) for part in (leads, estimates, work, drafts)]
    return union_all(*parts).subquery()


def waits_for_a_bill() -> ColumnElement[bool]:
    """Completed work of whose contract nothing is billed, nor is a draft of it there."""
    bill = aliased(Invoice)
    billed = exists().where(bill.estimate_id == WorkOrder.estimate_id, bill.state != InvoiceState.VOID)
    return (WorkOrder.state == WorkOrderState.COMPLETED) & ~billed


def contract_total() -> Any:
    """What the contract of a workorder comes to with tax: the latest confirmed revision of each of its parts."""
    part, later = aliased(Estimate), aliased(Estimate)
    chain = func.coalesce(part.base_id, part.id)
    replaced = exists().where(
        func.coalesce(later.base_id, later.id) == chain,
        later.project_id == part.project_id,
        later.revision > part.revision,
        later.confirmed_on.is_not(None),
    )
    return (
        select(cast(func.sum(part.total), MinorUnits()))
        .where(
            part.project_id == WorkOrder.project_id,
            func.coalesce(part.change_of_id, chain) == WorkOrder.estimate_id,
            part.confirmed_on.is_not(None),
            ~replaced,
        )
        .correlate(WorkOrder)
        .scalar_subquery()
    )


def _open_bills(actor: Actor, wanted: BoardFilter) -> Subquery:
    """Issued invoices of projects on which something is still to be paid, since the day of issue."""
    query = _pool(
        Invoice,
        BILL,
        literal(INVOICED),
        Invoice.issued_on,
        Invoice.balance,
        Invoice.currency,
        Invoice.number,
    ).where(Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0, Invoice.project_id.is_not(None))
    return _narrowed(visible(actor, query), wanted).subquery()


def _paid_bills(actor: Actor, wanted: BoardFilter, since: date) -> Subquery:
    """Invoices of projects that were paid since a day, by the day of the last payment that was used for them."""
    last = (
        select(Allocation.invoice_id, func.max(Allocation.effective_on).label("on"))
        .where(Allocation.effective_on >= since)
        .group_by(Allocation.invoice_id)
        .subquery()
    )
    query = (
        _pool(Invoice, BILL, literal(DONE), last.c.on, Invoice.total, Invoice.currency, Invoice.number)
        .join(last, last.c.invoice_id == Invoice.id)
        .where(Invoice.state == InvoiceState.ISSUED, Invoice.balance == 0, Invoice.project_id.is_not(None))
    )
    return _narrowed(visible(actor, query), wanted).subquery()


def _pool(
    entity: Any, kind: str, place: Any, since: Any, amount: Any, currency: Any, number: Any
) -> Select[Any]:
    """What the board must know of one kind of document, in the same columns for all of them."""
    return select(
        entity.id,
        literal(kind).label("kind"),
        place.label("place"),
        cast(entity.state, String).label("state"),
        since.label("since"),
        amount.label("amount"),
        currency.label("currency"),
        cast(number, String).label("number"),
        entity.title,
        entity.project_id,
    )


def _narrowed(query: Select[Any], wanted: BoardFilter) -> Select[Any]:
    """Only the documents of the wanted brand and estimator."""
    if wanted.brand_id is None and wanted.estimator_id is None:
        return query
    of_projects = select(Project.id)
    if wanted.estimator_id is not None:
        of_projects = of_projects.where(Project.estimator_id == wanted.estimator_id)
    if wanted.brand_id is not None:
        of_projects = of_projects.join(CustomerGroup, CustomerGroup.id == Project.group_id).where(
            func.coalesce(Project.brand_id, CustomerGroup.brand_id) == wanted.brand_id
        )
    project_id = query.selected_columns["project_id"]
    return query.where(project_id.in_(of_projects))


def _ranked(pool: Subquery, currency: str, newest_first: bool) -> Subquery:
    """Each document with its rank in its column, and what the whole column comes to."""
    here = pool.c.place
    order = pool.c.since.desc() if newest_first else pool.c.since
    own = case((pool.c.currency == currency, pool.c.amount))
    foreign = case((pool.c.currency.not_in((currency, "")), 1), else_=0)
    return select(
        pool,
        func.row_number().over(partition_by=here, order_by=(order, pool.c.kind, pool.c.id)).label("rank"),
        func.count().over(partition_by=here).label("n"),
        func.sum(own).over(partition_by=here).label("value"),
        func.sum(foreign).over(partition_by=here).label("elsewhere"),
    ).subquery()


def _shown(ranked: Subquery, most: int) -> Select[Any]:
    """The first cards of each column and those in its middle, with customer, site and estimator."""
    middle = ranked.c.rank.in_(((ranked.c.n + 1) // 2, (ranked.c.n + 2) // 2))
    estimator = select(User.name).where(User.id == Project.estimator_id).scalar_subquery()
    return (
        select(
            ranked,
            Project.title.label("project"),
            Project.group_id,
            CustomerGroup.name.label("customer"),
            Address.line1,
            Address.city,
            estimator.label("estimator"),
        )
        .join(Project, Project.id == ranked.c.project_id)
        .join(CustomerGroup, CustomerGroup.id == Project.group_id)
        .outerjoin(Address, Address.id == Project.address_id)
        .where(or_(ranked.c.rank <= most, middle))
        .order_by(ranked.c.place, ranked.c.rank)
    )
