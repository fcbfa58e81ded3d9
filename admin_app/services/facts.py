"""What the guards of a step must know beyond the document itself, gathered in few statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from admin_app.flow.estimate import EstimateFacts
from admin_app.flow.invoice import InvoiceFacts
from admin_app.flow.lead import LeadFacts
from admin_app.flow.service import ServiceFacts
from admin_app.flow.work_order import WorkOrderFacts
from admin_app.kernel.clock import Clock
from admin_app.models import (
    AccessState,
    Allocation,
    Company,
    CreditNote,
    CreditNoteLine,
    DepositUse,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Lead,
    LeadStatus,
    Payment,
    PaymentState,
    ProjectAccess,
    Service,
    Signature,
    WorkForm,
    WorkOrder,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says with a step; each table names what its steps ask for (`Step.asks`)."""

    reason: str = ""
    until: date | None = None
    """The day on which a postponed lead comes back."""
    status_id: int | None = None
    """A lead status of our own."""
    how: str = ""
    """How the client agreed, or why the work goes ahead without signature or deposit."""
    comment: str = ""
    """What the client said with the answer; it stands on the workorder."""
    by_hand: bool = False
    """Handed over in person: no mail."""
    contact_id: int | None = None
    """To whom a document is sent."""
    issue_on: date | None = None
    due_on: date | None = None
    forced: bool = False
    """A forced step walks through it: it is marked as not sent [D8]."""


def facts_of(session: Session, document: Any, clock: Clock, said: Said) -> Any:
    """The facts of a document for its table; raises KeyError for what does not move."""
    return _FACTS[type(document)](session, document, clock, said)


def _lead(session: Session, lead: Lead, clock: Clock, said: Said) -> LeadFacts:
    gone = (EstimateState.DECLINED, EstimateState.SUPERSEDED)
    estimates = session.scalar(
        select(func.count())
        .select_from(Estimate)
        .where(Estimate.project_id == lead.project_id, Estimate.state.not_in(gone))
    )
    status = session.get(LeadStatus, said.status_id) if said.status_id is not None else None
    return LeadFacts(
        today=clock.today(),
        estimates=estimates or 0,
        reason=said.reason,
        until=said.until,
        status_enabled=status is not None and status.enabled,
    )


def _estimate(session: Session, estimate: Estimate, clock: Clock, said: Said) -> EstimateFacts:
    signed = session.scalar(select(Signature.id).where(Signature.estimate_id == estimate.id).limit(1))
    return EstimateFacts(
        today=clock.today(),
        signed=signed is not None,
        deposit_received=received_for(session, estimate.project_id, estimate.currency),
        override=said.how,
        by_hand=said.by_hand or said.forced,
        recipient_has_access=said.contact_id is None
        or has_access(session, estimate.project_id, said.contact_id),
        reason=said.reason,
        contract_is_open=estimate.change_of_id is None or is_contracted(session, estimate.change_of_id),
    )


def received_for(session: Session, project_id: int, currency: str) -> int:
    """What was received for a project and not paid back, in minor units: as payments, or on its invoices."""
    for_project = session.scalar(
        select(func.coalesce(func.sum(Payment.amount - Payment.tip - Payment.refunded), 0)).where(
            Payment.project_id == project_id,
            Payment.currency == currency,
            Payment.state == PaymentState.RECEIVED,
        )
    )
    on_invoices = session.scalar(
        select(func.coalesce(func.sum(Allocation.amount), 0))
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(
            Invoice.project_id == project_id,
            Invoice.currency == currency,
            Payment.project_id.is_(None) | (Payment.project_id != project_id),
        )
    )
    return int(for_project or 0) + int(on_invoices or 0)


def has_access(session: Session, project_id: int, contact_id: int) -> bool:
    """Whether a project is open to a contact [R33]."""
    query = select(ProjectAccess.id).where(
        ProjectAccess.project_id == project_id,
        ProjectAccess.contact_id == contact_id,
        ProjectAccess.state.in_(AccessState.open()),
    )
    return session.scalar(query) is not None


def is_contracted(session: Session, first_id: int) -> bool:
    """Whether any revision of an estimate was confirmed: it has a contract."""
    query = select(Estimate.id).where(
        (Estimate.id == first_id) | (Estimate.base_id == first_id), Estimate.confirmed_on.is_not(None)
    )
    return session.scalar(query.limit(1)) is not None


def _work_order(session: Session, work: WorkOrder, clock: Clock, said: Said) -> WorkOrderFacts:
    filled = session.scalars(select(WorkForm.kind).where(WorkForm.work_order_id == work.id))
    # What credit notes took back, whether it settled the invoice or was paid back.
    taken_back = (
        select(func.coalesce(func.sum(CreditNote.total), 0))
        .where(CreditNote.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    final = session.scalar(
        select(Invoice.number).where(
            Invoice.estimate_id == work.estimate_id,
            # One bill over everything closes a contract as well as the last of several.
            Invoice.kind.in_((InvoiceKind.FULL, InvoiceKind.FINAL)),
            Invoice.state == InvoiceState.ISSUED,
            taken_back < Invoice.total,
        )
    )
    return WorkOrderFacts(
        today=clock.today(),
        filled=frozenset(filled),
        billed=sum(billed_by_line(session, work.estimate_id).values()),
        final_invoice=final or "",
        reason=said.reason,
    )


def billed_by_line(session: Session, first_id: int) -> dict[str, int]:
    """What stands billed of a contract by line key, net of credits, in minor units, without deposits [M15, M17]."""
    billed: dict[str, int] = {}
    lines = (
        select(InvoiceLine.line_key, func.sum(InvoiceLine.net))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            Invoice.estimate_id == first_id,
            Invoice.state == InvoiceState.ISSUED,
            Invoice.kind != InvoiceKind.DEPOSIT,
            InvoiceLine.line_key.is_not(None),
        )
        .group_by(InvoiceLine.line_key)
    )
    credits = (
        select(InvoiceLine.line_key, -func.sum(CreditNoteLine.net))
        .join(InvoiceLine, InvoiceLine.id == CreditNoteLine.invoice_line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            Invoice.estimate_id == first_id,
            Invoice.kind != InvoiceKind.DEPOSIT,
            InvoiceLine.line_key.is_not(None),
        )
        .group_by(InvoiceLine.line_key)
    )
    for query in (lines, credits):
        for key, net in session.execute(query):
            assert key is not None
            billed[key] = billed.get(key, 0) + int(net)
    return billed


def _service(session: Session, service: Service, _clock: Clock, _said: Said) -> ServiceFacts:
    billed = billed_by_line(session, service.work_order.estimate_id)
    return ServiceFacts(billed=billed.get(service.line_key, 0))


def _invoice(session: Session, invoice: Invoice, clock: Clock, said: Said) -> InvoiceFacts:
    used = session.scalar(
        select(func.coalesce(func.sum(Allocation.amount), 0)).where(Allocation.invoice_id == invoice.id)
    )
    credits = session.scalar(
        select(func.count()).select_from(CreditNote).where(CreditNote.invoice_id == invoice.id)
    )
    bill = aliased(Invoice)
    deducted_by = session.scalar(
        select(bill.number)
        .join(DepositUse, DepositUse.invoice_id == bill.id)
        .where(DepositUse.deposit_id == invoice.id, bill.state == InvoiceState.ISSUED)
        .limit(1)
    )
    return InvoiceFacts(
        today=clock.today(),
        issue_on=said.issue_on or clock.today(),
        locked_until=session.scalar(select(Company.locked_until)),
        allocated=int(used or 0),
        credit_notes=credits or 0,
        used_as_deposit_by=deducted_by or "",
    )


_FACTS: dict[type[Any], Any] = {
    Lead: _lead,
    Estimate: _estimate,
    WorkOrder: _work_order,
    Service: _service,
    Invoice: _invoice,
}
