"""Interest and the late fee on overdue invoices: reckoned, charged as an invoice of its own, taken off again [80, M41].

Simple, by the day, of what the journal says was open on each day, within the limit of the company's settings; what was
charged for an invoice before is not charged again, and an invoice over interest bears none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, select, union_all
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    Company,
    CreditNote,
    Invoice,
    InvoiceKind,
    InvoiceState,
    JournalEntry,
    Posting,
    WriteOff,
)
from admin_app.money import accounts
from admin_app.money.entries import RETAINAGE
from admin_app.money.interest import DAY_COUNT, BalanceStep, Interest, InterestTerms, interest_on
from admin_app.money.ledger import company_currency, lock_customer
from admin_app.records import bulk
from admin_app.services.answer_once import answer_once
from admin_app.services.take import open_step
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_draft import Line, write_lines

NOT_AGREED = "No interest and no late fee is set; enter one in the company's settings"


@dataclass(frozen=True, slots=True)
class Charge:
    """What may be charged for an invoice now; `before` was charged already, drafts included."""

    invoice: Invoice
    interest: Interest
    before: Money


def terms_of(session: Session, currency: str) -> InterestTerms | None:
    """What the company agreed on, None where nothing is; its late fee is for invoices in its own currency only."""
    company = session.scalar(select(Company))
    if company is None or not (company.interest_percent or company.interest_flat):
        return None
    is_own = currency == company_currency(session)
    return InterestTerms(
        annual_rate=Decimal(company.interest_percent),
        flat_fee=Money(company.interest_flat, currency) if company.interest_flat and is_own else None,
        cap_percent=Decimal(company.interest_cap_percent),
    )


def charges_of(session: Session, invoices: Sequence[Invoice], until: date) -> list[Charge]:
    """What may be charged for each of these issued invoices up to `until`; nothing where no rate is set."""
    bearing = [one for one in invoices if _bears_interest(one)]
    steps, before = _balance_steps(session, bearing), _charged_before(session, bearing)
    agreed = {code: terms_of(session, code) for code in {one.currency for one in bearing}}
    found = []
    for invoice in bearing:
        terms = agreed[invoice.currency]
        if terms is None or invoice.due_on is None:
            continue
        total = Money(invoice.total, invoice.currency)
        charged = Money(before.get(invoice.id, 0), invoice.currency)
        interest = interest_on(terms, total, invoice.due_on, steps[invoice.id], until, charged)
        found.append(Charge(invoice, interest, charged))
    return found


def charge_interest(
    session: Session, invoice: Invoice, actor: Actor, clock: Clock, form_key: str | None = None
) -> Invoice:
    """A draft over what may be charged for an invoice up to today; it waits in the tray.

    Raises Unmet where nothing is set or nothing more may be charged, and for what bears no interest; NotAllowed.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)

    def book() -> Invoice:
        lock_customer(session, invoice.group_id)
        if invoice.kind is InvoiceKind.INTEREST:
            raise Unmet(f"Invoice {invoice} is over interest itself; interest bears none")
        if invoice.state is not InvoiceState.ISSUED:
            raise Unmet(f"Invoice {invoice} is {invoice.state.value}; only an issued one bears interest")
        if terms_of(session, invoice.currency) is None:
            raise Unmet(NOT_AGREED)
        charges = charges_of(session, [invoice], clock.today())
        if not charges or not charges[0].interest.amount:
            raise Unmet(f"Nothing more may be charged for invoice {invoice} today")
        return _draft(session, charges[0], actor, clock)

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose="charge interest",
        content=invoice.id,
        kind=Invoice,
        act=book,
    )


def waive_interest(
    session: Session, invoice: Invoice, reason: str, actor: Actor, clock: Clock, form_key: str | None = None
) -> str:
    """Take interest off again, for a reason that the history keeps; says how: "deleted", "void" or "credited".

    A draft goes, an issued invoice is void while nothing is paid on it and its period is open, else it is credited.
    Raises Invalid without a reason, Unmet for an invoice that is not over interest or is gone already.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    if not reason.strip():
        raise Invalid("Taking interest off needs a reason", {"reason": "Say why it is taken off"})
    lock_customer(session, invoice.group_id)
    if invoice.kind is not InvoiceKind.INTEREST or invoice.state is InvoiceState.VOID:
        raise Unmet(f"Invoice {invoice} charges no interest")
    before = session.info.get("reason")
    session.info["reason"] = f"Interest taken off: {reason.strip()}"[:300]
    try:
        if invoice.state is InvoiceState.DRAFT:
            bulk.delete_records(session, Invoice, [invoice.id])
            return "deleted"
        if _can_be_void(session, invoice, actor, clock):
            void_invoice(session, invoice, actor, clock)
            session.flush()  # the entry of the history carries the reason
            return "void"
        write_credit_note(session, CreditForm(invoice.id, reason), actor, clock, form_key)
        return "credited"
    finally:
        session.info["reason"] = before


def _can_be_void(session: Session, invoice: Invoice, actor: Actor, clock: Clock) -> bool:
    try:
        open_step(session, invoice, "void", actor, clock)
    except Unmet:
        return False
    return True


def _bears_interest(invoice: Invoice) -> bool:
    return invoice.state is InvoiceState.ISSUED and invoice.kind is not InvoiceKind.INTEREST


def _draft(session: Session, charge: Charge, actor: Actor, clock: Clock) -> Invoice:
    """The invoice over interest: one line without tax, its reckoning in the notes."""
    of, today = charge.invoice, clock.today()
    assert of.due_on is not None
    draft = Invoice(
        group_id=of.group_id,
        brand_id=of.brand_id,
        project_id=of.project_id,
        interest_of_id=of.id,
        kind=InvoiceKind.INTEREST,
        title=f"Interest on invoice {of.number}"[:200],
        currency=of.currency,
        prices_include_tax=False,
        notes="\n".join(_told(charge)),
    )
    session.add(draft)
    session.flush()  # its line names it
    days = charge.interest.days
    what = f"Interest on invoice {of.number}, due {of.due_on:%-d %B %Y}, {days} days up to {today:%-d %B %Y}"
    amount = charge.interest.amount.decimal
    write_lines(
        session,
        draft,
        [Line({"description": what[:500], "quantity": Decimal(1), "unit_price": amount})],
        actor,
    )
    return draft


def _told(charge: Charge) -> Iterable[str]:
    """The reckoning in plain lines; the days are counted as the law of most trades does."""
    for step in charge.interest.derivation.children:
        yield f"{step.label}: {step.amount} {step.amount.currency} ({step.rule})"
    yield f"Days are counted {DAY_COUNT}; no tax is charged on interest."


def _balance_steps(session: Session, invoices: Sequence[Invoice]) -> Mapping[int, list[BalanceStep]]:
    """What was open of each invoice from which day on, by the journal."""
    currencies = {one.id: one.currency for one in invoices}
    moves = _moves(list(currencies)).subquery()
    query = (
        select(moves.c.invoice_id, moves.c.day, func.sum(moves.c.amount))
        .group_by(moves.c.invoice_id, moves.c.day)
        .order_by(moves.c.invoice_id, moves.c.day)
    )
    found: dict[int, list[BalanceStep]] = defaultdict(list)
    running: dict[int, int] = defaultdict(int)
    for invoice_id, day, amount in session.execute(query):
        running[invoice_id] += int(amount)
        found[invoice_id].append(BalanceStep(day, Money(running[invoice_id], currencies[invoice_id])))
    return found


def _moves(ids: list[int]) -> Any:
    """Each posting to receivable that is about one of these invoices: its issue, uses, write-offs, its retainage."""

    def moves(invoice_id: Any, document: str, table: Any) -> Select[Any]:
        query = select(
            invoice_id.label("invoice_id"),
            JournalEntry.effective_on.label("day"),
            Posting.amount.label("amount"),
        )
        return (
            query.select_from(JournalEntry)
            .join(Posting, and_(Posting.entry_id == JournalEntry.id, Posting.account == accounts.RECEIVABLE))
            .join(table, table.id == JournalEntry.document_id)
            .where(JournalEntry.document == document, invoice_id.in_(ids))
        )

    return union_all(
        moves(Invoice.id, "invoice", Invoice),
        moves(Invoice.id, RETAINAGE, Invoice),
        moves(Allocation.invoice_id, "allocation", Allocation),
        moves(WriteOff.invoice_id, "write-off", WriteOff),
    )


def _charged_before(session: Session, invoices: Sequence[Invoice]) -> Mapping[int, int]:
    """Minor units of interest that stand on drafts and issued invoices for each invoice, less what was credited."""
    credited = (
        select(func.coalesce(func.sum(CreditNote.total), 0))
        .where(CreditNote.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    query = select(Invoice.interest_of_id, Invoice.total, credited).where(
        Invoice.interest_of_id.in_([one.id for one in invoices]), Invoice.state != InvoiceState.VOID
    )
    found: dict[int, int] = defaultdict(int)
    for invoice_id, total, back in session.execute(query):
        found[invoice_id] += int(total) - int(back)
    return found
