"""Money goes back to the customer: all or part of a payment, with a number of its own [M28]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.flow import Event
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.models import DocumentKind, Invoice, Payment, PaymentState, PaymentWay, Refund
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once
from admin_app.services.facts import Said
from admin_app.services.reactions import react
from admin_app.services.take_number import brand_for, take_number
from admin_app.services.write_credit_note import CreditForm, book_credit_note


@dataclass(frozen=True, slots=True)
class RefundForm:
    """What the refund form says; one of the two last answers says what happens with paid invoices [M28]."""

    payment_id: int
    amount: Money
    refunded_on: date
    method: PaymentWay | None = None
    """None: the way it came."""
    reason: str | None = None
    reopen_invoices: bool = False
    """Invoices that used the money are open again: it is still owed."""
    credit_invoices: bool = False
    """A credit note goes with it: what those invoices billed is taken back too."""


def refund_payment(
    session: Session, form: RefundForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> Refund:
    """Pay back a part of a payment: first what no invoice uses, then, if the form says so, what invoices use.

    Those invoices are open again, or credited by as much (which asks for that right too).  Raises Invalid for an
    amount that is no refund, Unmet for more than was received less what was refunded, for money in use while the form
    does not say what follows, and in a locked period.
    """
    policy.demand(actor, policy.Permission.REFUND)
    if form.credit_invoices:
        policy.demand(actor, policy.Permission.CREDIT)

    def book() -> Refund:
        payment = session.get_one(Payment, form.payment_id)
        group = lock_customer(session, payment.group_id)
        _check(form, payment, clock)
        books = Books(session, actor, clock)
        freed = _free(session, books, payment, form)
        refund = Refund(
            payment_id=payment.id,
            group_id=payment.group_id,
            number=take_number(
                session, brand_for(session, group.brand_id), DocumentKind.REFUND, form.refunded_on
            ),
            amount=form.amount.minor,
            currency=form.amount.currency,
            refunded_on=form.refunded_on,
            method=form.method or payment.method,
            reason=form.reason,
        )
        session.add(refund)
        session.flush()  # the entry names the refund by its id
        books.pay_back(refund, payment)
        if form.credit_invoices:
            _credit(session, freed, form, actor, clock)
        react(session, Event("refund_booked"), refund, actor, clock, Said())
        return refund

    return answer_once(
        session, clock, key=form_key, purpose="refund payment", content=form, kind=Refund, act=book
    )


def _check(form: RefundForm, payment: Payment, clock: Clock) -> None:
    """Refuse what is no refund of this payment."""
    if payment.state is not PaymentState.RECEIVED:
        raise Unmet(f"This payment is {payment.state.value}; only money that was received can be paid back")
    if form.amount.currency != payment.currency:
        raise Invalid(
            f"This payment was in {payment.currency}", {"amount": f"Pay back in {payment.currency}"}
        )
    if form.amount.minor <= 0:
        raise Invalid("A refund is more than nothing", {"amount": "Enter what goes back, above zero"})
    if form.refunded_on > clock.today():
        raise Invalid("A refund is booked when it went", {"refunded_on": "This day has not come yet"})
    if form.refunded_on < payment.paid_on:
        raise Invalid("Money goes back after it came", {"refunded_on": f"It came on {payment.paid_on}"})
    most = Money(payment.amount - payment.refunded, payment.currency)
    if form.amount > most:
        raise Unmet(f"At most {most} {most.currency} of this payment can go back")


def _free(session: Session, books: Books, payment: Payment, form: RefundForm) -> list[tuple[Invoice, Money]]:
    """Take allocations back, the latest first, until the refund is free; what is left of the last one stays in use.

    What is still missing then is the tip, which goes back last.  Gives the invoices with what they lost.
    """
    freed: list[tuple[Invoice, Money]] = []
    for allocation in books.standing_allocations(payment):
        missing = form.amount.minor - payment.unallocated
        if missing <= 0:
            break
        invoice = session.get_one(Invoice, allocation.invoice_id)
        if not (form.reopen_invoices or form.credit_invoices):
            raise Unmet(
                f"{Money(missing, payment.currency)} of this refund is used for invoice {invoice}; "
                "say that the invoice is to be open again, or credited"
            )
        books.take_back(allocation, on=form.refunded_on)
        still_used = max(0, allocation.amount - missing)
        if still_used:
            books.allocate(payment, invoice, Money(still_used, payment.currency), on=form.refunded_on)
        freed.append((invoice, Money(allocation.amount - still_used, payment.currency)))
    return freed


def _credit(
    session: Session, freed: list[tuple[Invoice, Money]], form: RefundForm, actor: Actor, clock: Clock
) -> None:
    """Credit the invoices by what they lost, so that none of it is owed again."""
    reason = (form.reason or "").strip() or "Paid back"
    for invoice, amount in freed:
        credit = CreditForm(invoice.id, reason, amount=amount, issued_on=form.refunded_on)
        book_credit_note(session, invoice, credit, actor, clock)
