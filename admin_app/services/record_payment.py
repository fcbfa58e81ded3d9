"""Money came in: full, partial, too much, or for no invoice yet [A27, A62, A82, M26, M27, M30]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.money import Money
from admin_app.models import Invoice, Payment, PaymentWay, Project
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once


@dataclass(frozen=True, slots=True)
class Use:
    """A part of a payment for an invoice; without an amount, as much as both sides allow [M27]."""

    invoice_id: int
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """What the payment form says: `amount` is what was received, `tip` a part of it that no invoice receives."""

    group_id: int
    amount: Money
    paid_on: date
    method: PaymentWay = PaymentWay.TRANSFER
    tip: Money | None = None
    reference: str | None = None
    note: str | None = None
    uses: tuple[Use, ...] = ()
    provider: str | None = None
    provider_reference: str | None = None
    project_id: int | None = None
    """The project it was taken for: its next invoice takes what is left of it by itself [M23]."""


def record_payment(
    session: Session, form: PaymentForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> Payment:
    """Book money that was received, and use it for the invoices that the form names; the rest stays unallocated.

    `form_key` is the key drawn with the form.  Raises Invalid (with fields) for an amount that is no payment, Unmet
    for an invoice that cannot take it or a locked period, NotFound for a customer or an invoice that is not there.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)

    def book() -> Payment:
        lock_customer(session, form.group_id)
        return book_payment(session, form, actor, clock)

    return answer_once(
        session, clock, key=form_key, purpose="record payment", content=form, kind=Payment, act=book
    )


def book_payment(session: Session, form: PaymentForm, actor: Actor, clock: Clock) -> Payment:
    """The payment with its entries; the customer is locked by the caller."""
    check_payment(form, clock)
    _refuse_foreign_project(session, form)
    books = Books(session, actor, clock)
    payment = Payment(
        group_id=form.group_id,
        project_id=form.project_id,
        amount=form.amount.minor,
        tip=form.tip.minor if form.tip else 0,
        currency=form.amount.currency,
        paid_on=form.paid_on,
        method=form.method,
        reference=form.reference,
        note=form.note,
        provider=form.provider,
        provider_reference=form.provider_reference,
        unallocated=0,
        refunded=0,
    )
    session.add(payment)
    session.flush()  # the entry names the payment by its id
    books.receive(payment)
    use_payment(session, books, payment, form.uses)
    return payment


def _refuse_foreign_project(session: Session, form: PaymentForm) -> None:
    """Ids in a form are checked like ids in an address: the project is this customer's."""
    if form.project_id is None:
        return
    project = session.get(Project, form.project_id)
    if project is None or project.group_id != form.group_id:
        raise NotFound("This customer has no such project")


def use_payment(session: Session, books: Books, payment: Payment, uses: Sequence[Use]) -> None:
    """Use a payment for invoices in the order named; counts from the day both were there."""
    for use in uses:
        invoice = session.get(Invoice, use.invoice_id)
        if invoice is None:
            raise NotFound("This invoice does not exist")
        amount = use.amount or Money(min(invoice.balance, payment.unallocated), payment.currency)
        if use.amount is None and not amount:
            continue  # nothing left on one side; the rest stays with the customer
        books.allocate(payment, invoice, amount, on=payment.paid_on)


def check_payment(form: PaymentForm, clock: Clock) -> None:
    """Refuse, at its field, what is no payment: nothing, a tip above it, a day that has not come."""
    if form.amount.minor <= 0:
        raise Invalid("A payment is more than nothing", {"amount": "Enter what was received, above zero"})
    if form.tip is not None and (form.tip.minor < 0 or form.tip > form.amount):
        raise Invalid("The tip is part of the payment", {"tip": "Enter a tip between zero and the amount"})
    if form.paid_on > clock.today():
        raise Invalid("A payment is booked when it came", {"paid_on": "This day has not come yet"})
