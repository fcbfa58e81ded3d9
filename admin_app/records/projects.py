"""How far each project is: its four steps, its stage, age and money, derived from its documents [A40, R20, 5].

Nothing of it is stored.  Many projects at once cost as many statements as one; a crew sees its own workorders and no
money, because every document passes the policy.  One call::

    cards = read_projects(session, actor, page.projects, clock.today())
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, load_only

from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.models import (
    Company,
    CreditNote,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceState,
    Lead,
    LeadState,
    LeadStatus,
    Payment,
    PaymentState,
    Project,
    Service,
    ServiceState,
    WorkOrder,
)
from admin_app.policy import Permission, holds, visible
from admin_app.records.project_steps import (
    Stage,
    StatusNames,
    StepCard,
    current_estimate,
    estimate_step,
    invoice_step,
    last_of,
    lead_step,
    work_step,
)
from admin_app.records.project_tabs import Tab, tabs_of

__all__ = ["ProjectCard", "Stage", "StepCard", "Tab", "read_project", "read_projects"]


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project with what follows from its documents; amounts are None for who may see no money.

    `value` is the contract, else the current estimate, else 0; `billed` what stands invoiced after credits, deposits
    once; `paid` what was received and not paid back.  `since` is the day it was asked for.
    """

    project: Project
    tab: Tab
    steps: tuple[StepCard, ...]
    lead: Lead | None
    leads: int
    since: date
    age: int
    """Days since then."""
    value: Money | None = None
    billed: Money | None = None
    paid: Money | None = None

    @property
    def stage(self) -> Stage:
        """The furthest document there is; a bare project stands before its lead."""
        return next((step.stage for step in reversed(self.steps) if step.exists), Stage.LEAD)

    def step(self, stage: Stage | str) -> StepCard:
        """One of the four steps; raises KeyError for a word that names none."""
        for step in self.steps:
            if step.stage == stage:
                return step
        raise KeyError(stage)


@dataclass(frozen=True, slots=True)
class _Credited:
    """The credit notes on the invoices of one project in one currency, minor units."""

    total: int = 0
    open: int = 0
    """What of it no invoice used and nobody paid back."""


@dataclass(frozen=True, slots=True)
class _Papers:
    """The documents of one project that the actor may see, the latest last."""

    leads: list[Lead]
    estimates: list[Estimate]
    work: list[WorkOrder]
    invoices: list[Invoice]
    prepaid: Mapping[str, int]
    """Currency → minor units received for the project and not used yet."""
    credited: Mapping[str, _Credited]
    """Currency → the credit notes on its invoices, used, open or paid back."""


def read_project(session: Session, actor: Actor, project: Project, today: date) -> ProjectCard:
    """The card of one project."""
    return read_projects(session, actor, [project], today)[0]


def read_projects(
    session: Session, actor: Actor, projects: Sequence[Project], today: date
) -> list[ProjectCard]:
    """The cards of these projects, in their order: ten statements, however many there are."""
    ids = [project.id for project in projects]
    if not ids:
        return []
    tabs, names = tabs_of(session, ids), _status_names(session, actor)
    done = _services(session, actor, ids)
    papers = _papers(session, actor, ids)
    currency = session.scalar(select(Company.currency)) or "EUR"
    shows_money = holds(actor, Permission.MONEY_READ)
    return [
        _card(project, tabs[project.id], papers[project.id], names, done, currency, today, shows_money)
        for project in projects
    ]


def _papers(session: Session, actor: Actor, ids: list[int]) -> dict[int, _Papers]:
    leads = _by_project(session, actor, select(Lead).where(Lead.project_id.in_(ids)).order_by(Lead.id))
    estimates = _by_project(
        session,
        actor,
        select(Estimate)
        .options(
            load_only(
                Estimate.number,
                Estimate.revision,
                Estimate.base_id,
                Estimate.change_of_id,
                Estimate.project_id,
                Estimate.state,
                Estimate.state_since,
                Estimate.currency,
                Estimate.total,
                Estimate.sent_at,
                Estimate.not_sent,
                Estimate.confirmed_on,
            )
        )
        .where(Estimate.project_id.in_(ids), Estimate.state != EstimateState.SUPERSEDED)
        .order_by(Estimate.id),
    )
    kept = _superseded_contracts(session, actor, ids)
    work = _by_project(
        session, actor, select(WorkOrder).where(WorkOrder.project_id.in_(ids)).order_by(WorkOrder.id)
    )
    invoices = _by_project(
        session,
        actor,
        select(Invoice)
        .options(
            load_only(
                Invoice.number,
                Invoice.project_id,
                Invoice.state,
                Invoice.kind,
                Invoice.issued_on,
                Invoice.due_on,
                Invoice.currency,
                Invoice.total,
                Invoice.balance,
                Invoice.deducted,
                Invoice.retained,
                Invoice.released_on,
                Invoice.credited,
                Invoice.written_off,
            )
        )
        .where(Invoice.project_id.in_(ids), Invoice.state != InvoiceState.VOID)
        .order_by(Invoice.id),
    )
    prepaid, credited = _prepaid(session, actor, ids), _credited(session, actor, ids)
    return {
        one: _Papers(
            leads[one], kept[one] + estimates[one], work[one], invoices[one], prepaid[one], credited[one]
        )
        for one in ids
    }


Paper = TypeVar("Paper", Lead, Estimate, WorkOrder, Invoice)


def _by_project(session: Session, actor: Actor, query: Select[Paper]) -> dict[int, list[Paper]]:
    found: dict[int, list[Paper]] = defaultdict(list)
    for paper in session.scalars(visible(actor, query)):
        assert paper.project_id is not None
        found[paper.project_id].append(paper)
    return found


def _superseded_contracts(session: Session, actor: Actor, ids: list[int]) -> dict[int, list[Estimate]]:
    """Revisions that were confirmed and are being revised: until the new one is confirmed, they are the contract."""
    query = select(Estimate).where(
        Estimate.project_id.in_(ids),
        Estimate.state == EstimateState.SUPERSEDED,
        Estimate.confirmed_on.is_not(None),
    )
    return _by_project(session, actor, query.order_by(Estimate.id))


def _prepaid(session: Session, actor: Actor, ids: list[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    columns: tuple[Any, ...] = (Payment.project_id, Payment.currency, Payment.unallocated)
    unused = select(*columns).where(
        Payment.project_id.in_(ids), Payment.state == PaymentState.RECEIVED, Payment.unallocated > 0
    )
    for project_id, currency, minor in session.execute(visible(actor, unused)):
        found[project_id][currency] = found[project_id].get(currency, 0) + minor
    return found


def _credited(session: Session, actor: Actor, ids: list[int]) -> dict[int, dict[str, _Credited]]:
    found: dict[int, dict[str, _Credited]] = defaultdict(dict)
    columns: tuple[Any, ...] = (Invoice.project_id, CreditNote.currency, CreditNote.total, CreditNote.open)
    notes = select(*columns).join(Invoice, Invoice.id == CreditNote.invoice_id)
    for project_id, currency, total, left in session.execute(
        visible(actor, notes.where(Invoice.project_id.in_(ids)))
    ):
        before = found[project_id].get(currency, _Credited())
        found[project_id][currency] = _Credited(before.total + total, before.open + left)
    return found


def _services(session: Session, actor: Actor, ids: list[int]) -> dict[int, tuple[int, int]]:
    """Workorder → how many of its services are done, and how many there are that were not cancelled."""
    columns: tuple[Any, ...] = (Service.work_order_id, Service.state)
    wanted = (
        select(*columns)
        .join(WorkOrder, WorkOrder.id == Service.work_order_id)
        .where(WorkOrder.project_id.in_(ids), Service.state != ServiceState.CANCELLED)
    )
    seen = visible(actor, wanted).subquery()
    is_done = case((seen.c.state == ServiceState.COMPLETED, 1), else_=0)
    query = select(seen.c.work_order_id, func.sum(is_done), func.count()).group_by(seen.c.work_order_id)
    return {work: (int(done), int(count)) for work, done, count in session.execute(query)}


def _status_names(session: Session, actor: Actor) -> StatusNames:
    """What the statuses of leads are called here, by state and, for our own, by row."""
    rows = session.scalars(visible(actor, select(LeadStatus)))
    return {(row.state, row.id if row.state is LeadState.CUSTOM else None): row.name for row in rows}


def _card(
    project: Project,
    tab: Tab,
    papers: _Papers,
    names: StatusNames,
    done: Mapping[int, tuple[int, int]],
    currency: str,
    today: date,
    shows_money: bool,
) -> ProjectCard:
    lead = last_of([one for one in papers.leads if one.state is not LeadState.DECLINED]) or last_of(
        papers.leads
    )
    estimate = current_estimate(papers.estimates)
    code = estimate.currency if estimate else papers.invoices[-1].currency if papers.invoices else currency
    billed = sum(bill.total - bill.deducted for bill in _issued(papers.invoices, code))
    billed -= papers.credited.get(code, _Credited()).total
    since = min((one.asked_on for one in papers.leads), default=project.created_at.date())
    return ProjectCard(
        project=project,
        tab=tab,
        steps=(
            lead_step(lead, len(papers.leads), names),
            estimate_step(estimate, papers.estimates, shows_money),
            work_step(papers.work, done),
            invoice_step(papers.invoices, code, billed, today, shows_money),
        ),
        lead=lead,
        leads=len(papers.leads),
        since=since,
        age=max(0, (today - since).days),
        value=Money(_value(papers.estimates, estimate, code), code) if shows_money else None,
        billed=Money(billed, code) if shows_money else None,
        paid=Money(_paid(papers, code), code) if shows_money else None,
    )


def _value(estimates: Sequence[Estimate], current: Estimate | None, currency: str) -> int:
    """The contract with its change orders; before there is one, what is offered now (minor units)."""
    contracts: dict[int, Estimate] = {}
    for one in estimates:
        if one.confirmed_on is None or one.currency != currency or one.state is EstimateState.DECLINED:
            continue
        if one.first_id not in contracts or contracts[one.first_id].revision < one.revision:
            contracts[one.first_id] = one
    if contracts:
        return sum(one.total for one in contracts.values())
    return current.total if current is not None else 0


def _issued(invoices: Sequence[Invoice], currency: str) -> list[Invoice]:
    return [one for one in invoices if one.state is InvoiceState.ISSUED and one.currency == currency]


def _paid(papers: _Papers, currency: str) -> int:
    """What was received: on the invoices, and for the project without an invoice yet (minor units).

    A credit note that went into another bill or back to the customer took as much with it; its open part did not.
    """
    on_bills = 0
    for bill in _issued(papers.invoices, currency):
        payable = bill.total - bill.deducted - (0 if bill.released_on else bill.retained)
        on_bills += payable - bill.balance - bill.written_off
    credited = papers.credited.get(currency, _Credited())
    return max(0, on_bills - credited.total + credited.open) + papers.prepaid.get(currency, 0)
