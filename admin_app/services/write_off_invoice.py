"""What nobody will pay is written off, what was let off for paying early is allowed; both are taken back [M5, 81]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import Invoice, InvoiceState, WriteOff, WriteOffKind
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once


@dataclass(frozen=True, slots=True)
class WriteOffForm:
    """What the form says: without an amount, all that is open; without a day, today."""

    invoice_id: int
    reason: str
    amount: Money | None = None
    on: date | None = None


def write_off_invoice(
    session: Session, form: WriteOffForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> WriteOff:
    """Write off what is open of an invoice, or a part of it: the customer owes it no more.

    Revenue and tax stay what they were.  Raises Invalid (with fields) for no reason, nothing or a strange day, Unmet
    for more than is open, for an invoice that is not issued, and in a locked period.
    """
    return _write_off(session, form, WriteOffKind.BAD_DEBT, actor, clock, form_key)


def allow_settlement(
    session: Session, form: WriteOffForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> WriteOff:
    """Let off a part of an invoice because it is paid early; `form.on` is the day of the payment [M5].

    The tax stays as it is: where the law says otherwise, write a credit note.  Raises as `write_off_invoice` does.
    """
    return _write_off(session, form, WriteOffKind.ALLOWANCE, actor, clock, form_key)


def take_back_write_off(
    session: Session, loss: WriteOff, actor: Actor, clock: Clock, form_key: str | None = None
) -> WriteOff:
    """Ask for a written-off amount again, from today: the money comes after all.

    Raises Unmet for one that was taken back before, and in a locked period.
    """
    policy.demand(actor, policy.Permission.CREDIT)

    def book() -> WriteOff:
        lock_customer(session, loss.group_id)
        invoice = session.get_one(Invoice, loss.invoice_id)
        Books(session, actor, clock).take_back_write_off(loss, invoice, on=clock.today())
        return loss

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose="take back write-off",
        content=loss.id,
        kind=WriteOff,
        act=book,
    )


def _write_off(
    session: Session, form: WriteOffForm, kind: WriteOffKind, actor: Actor, clock: Clock, form_key: str | None
) -> WriteOff:
    """The loss with its entry, in either kind."""
    policy.demand(actor, policy.Permission.CREDIT)

    def book() -> WriteOff:
        invoice = session.get(Invoice, form.invoice_id)
        if invoice is None:
            raise NotFound("This invoice does not exist")
        group = lock_customer(session, invoice.group_id)
        day = form.on or clock.today()
        loss = WriteOff(
            group_id=group.id,
            invoice_id=invoice.id,
            kind=kind,
            amount=_checked(form, invoice, day, clock).minor,
            currency=invoice.currency,
            written_off_on=day,
            reason=form.reason.strip()[:400],
        )
        session.add(loss)
        session.flush()  # the entry names the write-off by its id
        Books(session, actor, clock).write_off(loss, invoice)
        return loss

    return answer_once(
        session, clock, key=form_key, purpose=kind.value, content=form, kind=WriteOff, act=book
    )


def _checked(form: WriteOffForm, invoice: Invoice, day: date, clock: Clock) -> Money:
    """The amount, once everything about the form makes sense."""
    if not form.reason.strip():
        raise Invalid("A write-off says why", {"reason": "Say why this is not asked for any more"})
    if invoice.state is not InvoiceState.ISSUED:
        raise Unmet(f"Invoice {invoice} is {invoice.state.value}; only an issued one can be written off")
    left = Money(invoice.balance, invoice.currency)
    amount = left if form.amount is None else form.amount
    if amount.currency != invoice.currency:
        raise Invalid(
            f"This invoice is in {invoice.currency}", {"amount": f"Write off in {invoice.currency}"}
        )
    if not left:
        raise Unmet(f"Nothing is open of invoice {invoice}")
    if amount.minor <= 0:
        raise Invalid("A write-off is more than nothing", {"amount": "Enter an amount above zero"})
    assert invoice.issued_on is not None
    if day < invoice.issued_on:
        dated = f"The invoice is dated {invoice.issued_on:%d %B %Y}"
        raise Invalid("What was not billed yet is not written off", {"on": dated})
    if day > clock.today():
        raise Invalid("A write-off is booked when it is decided", {"on": "This day has not come yet"})
    return amount
