"""The open part of a credit note goes back to the customer as money, with a number of its own [M25, M28]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.flow import Event
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import CreditNote, DocumentKind, PaymentWay, Refund
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once
from admin_app.services.facts import Said
from admin_app.services.reactions import react
from admin_app.services.take_number import brand_for, take_number


@dataclass(frozen=True, slots=True)
class CreditRefundForm:
    """What the refund form of a credit note says."""

    credit_note_id: int
    amount: Money
    refunded_on: date
    method: PaymentWay = PaymentWay.TRANSFER
    reason: str | None = None


def refund_credit(
    session: Session, form: CreditRefundForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> Refund:
    """Pay back what no invoice uses of a credit note, all or part of it.

    Raises Invalid (with fields) for an amount that is no refund, Unmet for more than is open and in a locked period.
    """
    policy.demand(actor, policy.Permission.REFUND)

    def book() -> Refund:
        credit = session.get(CreditNote, form.credit_note_id)
        if credit is None:
            raise NotFound("This credit note does not exist")
        lock_customer(session, credit.group_id)
        _check(form, credit, clock)
        brand = brand_for(session, credit.brand_id)
        refund = Refund(
            credit_note_id=credit.id,
            group_id=credit.group_id,
            number=take_number(session, brand, DocumentKind.REFUND, form.refunded_on),
            amount=form.amount.minor,
            currency=form.amount.currency,
            refunded_on=form.refunded_on,
            method=form.method,
            reason=form.reason,
        )
        session.add(refund)
        session.flush()  # the entry names the refund by its id
        Books(session, actor, clock).pay_out_credit(refund, credit)
        react(session, Event("refund_booked"), refund, actor, clock, Said())
        return refund

    return answer_once(
        session, clock, key=form_key, purpose="refund credit", content=form, kind=Refund, act=book
    )


def _check(form: CreditRefundForm, credit: CreditNote, clock: Clock) -> None:
    """Refuse what is no refund of this credit note."""
    if form.amount.currency != credit.currency:
        raise Invalid(
            f"This credit note is in {credit.currency}", {"amount": f"Pay back in {credit.currency}"}
        )
    if form.amount.minor <= 0:
        raise Invalid("A refund is more than nothing", {"amount": "Enter what goes back, above zero"})
    if form.refunded_on > clock.today():
        raise Invalid("A refund is booked when it went", {"refunded_on": "This day has not come yet"})
    if form.refunded_on < credit.issued_on:
        dated = f"The credit note is dated {credit.issued_on:%d %B %Y}"
        raise Invalid("Money goes back after it was credited", {"refunded_on": dated})
    if form.amount.minor > credit.open:
        left = Money(credit.open, credit.currency)
        raise Unmet(f"Of credit note {credit} {left} {left.currency} is open; at most that can go back")
