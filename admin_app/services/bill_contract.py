"""Bills of a contract as drafts: completed services, percent, amount, or the rest; never above it [M15-M20, A75].

What was billed is read from issued invoices less their credits; drafts that wait in the tray count as promised when
the next one is written, so that two drafts never bill one service.  `work_out` makes a draft's figures anew at issue.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import (
    Company,
    CreditNote,
    CreditNoteTax,
    Estimate,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    InvoiceTax,
    Project,
    WorkOrder,
)
from admin_app.money import progress
from admin_app.money.contract import Bill, Billed, Contract
from admin_app.money.ledger import lock_customer
from admin_app.services.bill_deductions import deduct_deposits, hold_back
from admin_app.services.contract_chain import load_contract
from admin_app.services.facts import billed_by_line
from admin_app.services.keep_bill import keep_bill

MakeBill = Callable[[Contract, Billed], Bill]


def bill_services(
    session: Session, first_id: int, keys: Collection[str], actor: Actor, clock: Clock
) -> Invoice:
    """A draft over what is not yet billed of completed services, by the keys of their lines [M16, A75]."""
    return _draft(session, first_id, lambda c, b: progress.bill_lines(c, b, keys), actor, clock)


def bill_percent(session: Session, first_id: int, percent: Decimal, actor: Actor, clock: Clock) -> Invoice:
    """A draft over a percentage of the contract's value."""
    return _draft(session, first_id, lambda c, b: progress.bill_percent(c, b, percent), actor, clock)


def bill_amount(session: Session, first_id: int, amount: Money, actor: Actor, clock: Clock) -> Invoice:
    """A draft over an amount in the terms of the contract's prices."""
    return _draft(session, first_id, lambda c, b: progress.bill_amount(c, b, amount), actor, clock)


def bill_rest(session: Session, first_id: int, actor: Actor, clock: Clock) -> Invoice:
    """A draft over everything that is left; it takes the left-over cents [M16, M19].

    Each of the four raises Unmet where so much is not left, and NotAllowed.
    """
    return _draft(session, first_id, progress.bill_rest, actor, clock)


def contract_and_billed(
    session: Session, first_id: int, *, with_drafts: bool = False, without: int | None = None
) -> tuple[Contract, Billed]:
    """The contract of an estimate and what is billed of it; `without` leaves one invoice out."""
    contract = load_contract(session, first_id)
    return contract, billed_of(session, first_id, contract.currency, with_drafts=with_drafts, without=without)


def billed_of(
    session: Session,
    first_id: int,
    currency: str,
    *,
    with_drafts: bool = False,
    without: int | None = None,
) -> Billed:
    """What stands billed of a contract, line by line and tax by tax, less what was credited [M17, M24]."""
    nets = {key: Money(net, currency) for key, net in billed_by_line(session, first_id).items()}
    nets = {key: net for key, net in nets.items() if net}
    taxes = _issued_taxes(session, first_id)
    if with_drafts:
        for key, net in _drafted_nets(session, first_id, without):
            nets[key] = nets.get(key, Money.zero(currency)) + Money(net, currency)
        for name, amount in _drafted_taxes(session, first_id, without):
            taxes[name] = taxes.get(name, 0) + amount
    return Billed(nets, {name: Money(amount, currency) for name, amount in taxes.items()})


def work_out(session: Session, invoice: Invoice) -> Bill:
    """The figures of a draft of a contract as they are now, kept on it: lines, taxes, deposits, what is held back.

    Called when it is written and again inside the issue, with the customer locked.  Raises Unmet where another bill
    has taken what this one asks for.
    """
    assert invoice.estimate_id is not None
    contract, billed = contract_and_billed(session, invoice.estimate_id)
    nets = {
        line.line_key: Money(line.net, invoice.currency)
        for line in invoice.lines
        if line.line_key is not None
    }
    bill = progress.bill_nets(contract, billed, nets)
    _keep(session, invoice, bill)
    return bill


def _draft(session: Session, first_id: int, make: MakeBill, actor: Actor, clock: Clock) -> Invoice:
    """A new draft of a contract with the lines that `make` finds."""
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    first = session.get_one(Estimate, first_id)
    lock_customer(session, first.group_id)
    contract, billed = contract_and_billed(session, first_id, with_drafts=True)
    bill = make(contract, billed)
    invoice = new_draft(session, first)
    _keep(session, invoice, bill)
    return invoice


def new_draft(session: Session, first: Estimate) -> Invoice:
    """An empty draft of the contract whose first revision is `first`."""
    project = session.get_one(Project, first.project_id)
    invoice = Invoice(
        group_id=first.group_id,
        brand_id=project.brand_id or project.group.brand_id,
        project_id=project.id,
        estimate_id=first.id,
        work_order_id=session.scalar(select(WorkOrder.id).where(WorkOrder.estimate_id == first.id)),
        title=first.title,
        currency=first.currency,
        client_order_no=first.client_order_no or project.client_order_no,
    )
    session.add(invoice)
    session.flush()  # its lines name it by its id
    return invoice


def _keep(session: Session, invoice: Invoice, bill: Bill) -> None:
    """Put the bill on the draft, then take off what is not asked for now."""
    invoice.part = _next_part(session, invoice)
    if bill.closing:
        invoice.kind = InvoiceKind.FULL if invoice.part == 1 else InvoiceKind.FINAL
    else:
        invoice.kind = InvoiceKind.PARTIAL
    keep_bill(session, invoice, bill)
    deduct_deposits(session, invoice)
    hold_back(session, invoice, session.scalars(select(Company.retainage_base)).one())


def _next_part(session: Session, invoice: Invoice) -> int:
    """The how many-th bill of its contract this one is; void ones keep their place [M18]."""
    before = session.scalar(
        select(func.max(Invoice.part)).where(
            Invoice.estimate_id == invoice.estimate_id,
            Invoice.state != InvoiceState.DRAFT,
            Invoice.id != invoice.id,
        )
    )
    return (before or 0) + 1


def _issued_taxes(session: Session, first_id: int) -> dict[str, int]:
    """Tax by name on the issued bills of a contract, less what was credited, in minor units."""
    billed = (
        select(InvoiceTax.name, func.sum(InvoiceTax.amount))
        .join(Invoice, Invoice.id == InvoiceTax.invoice_id)
        .where(
            Invoice.estimate_id == first_id,
            Invoice.state == InvoiceState.ISSUED,
            Invoice.kind != InvoiceKind.DEPOSIT,
        )
        .group_by(InvoiceTax.name)
    )
    credited = (
        select(CreditNoteTax.name, -func.sum(CreditNoteTax.amount))
        .join(CreditNote, CreditNote.id == CreditNoteTax.credit_note_id)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .where(Invoice.estimate_id == first_id, Invoice.kind != InvoiceKind.DEPOSIT)
        .group_by(CreditNoteTax.name)
    )
    found: dict[str, int] = {}
    for query in (billed, credited):
        for name, amount in session.execute(query):
            found[name] = found.get(name, 0) + int(amount)
    return found


def _drafts(first_id: int, without: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Invoice.estimate_id == first_id,
        Invoice.state == InvoiceState.DRAFT,
        Invoice.kind != InvoiceKind.DEPOSIT,
    ]
    if without is not None:
        conditions.append(Invoice.id != without)
    return conditions


def _drafted_nets(session: Session, first_id: int, without: int | None) -> list[tuple[str, int]]:
    query = (
        select(InvoiceLine.line_key, func.sum(InvoiceLine.net))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(*_drafts(first_id, without), InvoiceLine.line_key.is_not(None))
        .group_by(InvoiceLine.line_key)
    )
    return [(str(key), int(net)) for key, net in session.execute(query)]


def _drafted_taxes(session: Session, first_id: int, without: int | None) -> list[tuple[str, int]]:
    query = (
        select(InvoiceTax.name, func.sum(InvoiceTax.amount))
        .join(Invoice, Invoice.id == InvoiceTax.invoice_id)
        .where(*_drafts(first_id, without))
        .group_by(InvoiceTax.name)
    )
    return [(name, int(amount)) for name, amount in session.execute(query)]


def unbilled_money(session: Session, first_id: int) -> Money:
    """What of a contract no issued bill has asked for, in the terms of its prices."""
    contract, billed = contract_and_billed(session, first_id)
    done = Money.total(billed.nets.values(), contract.currency)
    return contract.value - done
