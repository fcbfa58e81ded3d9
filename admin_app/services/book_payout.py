"""Card money arrives at the bank: what the provider collected, less what it keeps [M31, 92]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.models import Payout
from admin_app.money.ledger import Books
from admin_app.services.answer_once import answer_once


@dataclass(frozen=True, slots=True)
class PayoutForm:
    """What the provider's statement says: `gross` was collected, `fee` kept, the rest arrived on `paid_on`."""

    gross: Money
    fee: Money
    paid_on: date
    provider: str = "stripe"
    reference: str | None = None
    bank_line_id: int | None = None
    """The line of the bank that it is."""


def book_payout(
    session: Session, form: PayoutForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> Payout:
    """Book a payout: bank and fees against the card money that waited; it is no customer's.

    Raises Invalid (with fields) for amounts that make no payout, Unmet for a bank line that is booked already and in a
    locked period.
    """
    policy.demand(actor, policy.Permission.BANK)

    def book() -> Payout:
        _check(session, form, clock)
        payout = Payout(
            provider=form.provider,
            gross=form.gross.minor,
            fee=form.fee.minor,
            currency=form.gross.currency,
            paid_on=form.paid_on,
            reference=form.reference,
            bank_line_id=form.bank_line_id,
        )
        session.add(payout)
        session.flush()  # the entry names the payout by its id
        Books(session, actor, clock).pay_out(payout)
        return payout

    return answer_once(
        session, clock, key=form_key, purpose="book payout", content=form, kind=Payout, act=book
    )


def _check(session: Session, form: PayoutForm, clock: Clock) -> None:
    """Refuse what is no payout."""
    if form.gross.currency != form.fee.currency:
        raise Invalid("A payout has one currency", {"fee": f"Enter the fee in {form.gross.currency}"})
    if form.gross.minor <= 0:
        raise Invalid("A payout is more than nothing", {"gross": "Enter what was collected, above zero"})
    if not 0 <= form.fee.minor < form.gross.minor:
        raise Invalid("The fee is a part of the payout", {"fee": "Enter a fee from zero to below the gross"})
    if form.paid_on > clock.today():
        raise Invalid("A payout is booked when it came", {"paid_on": "This day has not come yet"})
    if form.bank_line_id is not None:
        booked = session.scalar(select(Payout.id).where(Payout.bank_line_id == form.bank_line_id))
        if booked is not None:
            raise Unmet("This line of the bank is booked as a payout already")
