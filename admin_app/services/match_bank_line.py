"""A line of the bank becomes money of a customer, is attached to what was recorded by hand, or is set aside [92, L8].

Each act holds the line first, then the customer, so that a line is booked once however many people press; every act is
undone by `open_again`.  One call::

    payment = book_line(session, line_id, BookForm(group_id, uses), actor, clock, form_key)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    BankLine,
    BankLineState,
    Payment,
    PaymentState,
    PaymentWay,
    Payout,
    Refund,
)
from admin_app.money.entries import subject_of
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once
from admin_app.services.book_payout import PayoutForm, book_payout
from admin_app.services.record_payment import PaymentForm, Use, book_payment

LONGEST_REFERENCE = 120
LONGEST_REASON = 200
FROM_BANK = "bank:"
"""Begins the external id of a payment that a bank line became; the line's fingerprint follows."""


@dataclass(frozen=True, slots=True)
class BookForm:
    """Whose money a line is, what it pays at once, and for which project the rest is kept [M23]."""

    group_id: int
    uses: tuple[Use, ...] = ()
    project_id: int | None = None


def book_line(
    session: Session, line_id: int, form: BookForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> Payment:
    """Book the money of an open line as a payment of a customer, used as the form says; the rest is unallocated.

    Raises Unmet for a line that is not open, for money that went out, for uses that do not fit and for a locked
    period; NotFound for a customer, invoice or project that is not there.
    """
    policy.demand(actor, policy.Permission.BANK)

    def book() -> Payment:
        line = hold(session, line_id)
        if line.amount < 0:
            raise Unmet("This money went out; attach the refund that it is, or set the line aside")
        lock_customer(session, form.group_id)
        payment = book_payment(session, _as_payment(line, form), actor, clock)
        # The unique id stands behind "one line, one payment".
        payment.external_id = external_id_of(line)
        line.payment_id, line.state = payment.id, BankLineState.BOOKED
        session.flush()
        return payment

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose=f"book bank line {line_id}",
        content=form,
        kind=Payment,
        act=book,
    )


def _as_payment(line: BankLine, form: BookForm) -> PaymentForm:
    return PaymentForm(
        group_id=form.group_id,
        amount=Money(line.amount, line.currency),
        paid_on=line.booked_on,
        method=PaymentWay.TRANSFER,
        reference=(line.text or "")[:LONGEST_REFERENCE] or None,
        note=f"From the bank: {line.counterparty}" if line.counterparty else None,
        uses=form.uses,
        project_id=form.project_id,
    )


def external_id_of(line: BankLine) -> str:
    """The external id of the payment that a line becomes."""
    return f"{FROM_BANK}{line.fingerprint}"


def attach_payment(session: Session, line_id: int, payment: Payment, actor: Actor) -> BankLine:
    """The line is a payment that was recorded by hand: nothing is booked a second time.

    Raises Unmet for another amount, and for a payment that is another line already.
    """
    policy.demand(actor, policy.Permission.BANK)
    line = hold(session, line_id)
    lock_customer(session, payment.group_id)
    if payment.state is not PaymentState.RECEIVED:
        raise Unmet(
            f"This payment is {payment.state.value}; only money that was received is on the statement"
        )
    if (payment.amount, payment.currency) != (line.amount, line.currency):
        raise Unmet(
            f"The line is {Money(line.amount, line.currency)} {line.currency} and the payment "
            f"{Money(payment.amount, payment.currency)} {payment.currency}; they are not the same money"
        )
    _refuse_second(session, BankLine.payment_id == payment.id, "payment")
    line.payment_id, line.state = payment.id, BankLineState.BOOKED
    session.flush()
    return line


def attach_refund(session: Session, line_id: int, refund: Refund, actor: Actor) -> BankLine:
    """The money that went out is a refund recorded by hand; raises as `attach_payment` does."""
    policy.demand(actor, policy.Permission.BANK)
    line = hold(session, line_id)
    lock_customer(session, refund.group_id)
    if (-refund.amount, refund.currency) != (line.amount, line.currency):
        raise Unmet("The line and the refund are not the same amount")
    _refuse_second(session, BankLine.refund_id == refund.id, "refund")
    line.refund_id, line.state = refund.id, BankLineState.BOOKED
    session.flush()
    return line


def _refuse_second(session: Session, same: object, word: str) -> None:
    other = session.scalar(select(BankLine.booked_on).where(same))  # type: ignore[arg-type]
    if other is not None:
        raise Unmet(f"This {word} is the bank's line of {other:%-d %B %Y} already")


def book_line_as_payout(
    session: Session, line_id: int, form: PayoutForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> Payout:
    """Card money that the provider paid out in one sum: it leaves the clearing account, the fee is a cost [M31].

    Day and reference are the line's unless the form names a reference.  Raises Invalid where gross − fee is not what
    arrived, Unmet for a line that is not open and a locked period.
    """
    policy.demand(actor, policy.Permission.BANK)

    def book() -> Payout:
        line = hold(session, line_id)
        _check_payout(line, form)
        reference = form.reference or (line.text or "")[:LONGEST_REFERENCE] or None
        meant = replace(form, paid_on=line.booked_on, reference=reference, bank_line_id=line.id)
        payout = book_payout(session, meant, actor, clock)
        line.state = BankLineState.BOOKED
        session.flush()
        return payout

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose=f"book payout of bank line {line_id}",
        content=form,
        kind=Payout,
        act=book,
    )


def _check_payout(line: BankLine, form: PayoutForm) -> None:
    arrived = Money(line.amount, line.currency)
    if not form.provider.strip():
        raise Invalid("Say which provider paid out", {"provider": "Name the provider"})
    if form.gross - form.fee != arrived:
        raise Invalid(
            f"Gross less fee is {form.gross - form.fee}, but {arrived} {line.currency} arrived",
            {"gross": "Gross less fee must be what arrived"},
        )


def set_aside(session: Session, line_id: int, why: str, actor: Actor) -> BankLine:
    """The line is not our customers' money: rent, wages, fees; raises Invalid without a reason."""
    policy.demand(actor, policy.Permission.BANK)
    reason = " ".join(why.split())
    if not reason:
        raise Invalid("Say what the line is", {"why": "Say what it is: rent, wages, bank fees"})
    if len(reason) > LONGEST_REASON:
        raise Invalid("This reason is too long", {"why": f"At most {LONGEST_REASON} characters"})
    line = hold(session, line_id)
    line.set_aside_why, line.state = reason, BankLineState.SET_ASIDE
    session.flush()
    return line


def open_again(session: Session, line_id: int, actor: Actor, clock: Clock) -> BankLine:
    """Undo: the line is open again; a payment or payout that it became is taken back on its own day.

    What was recorded by hand stays, and only loses the line.  Raises Unmet for an open line, for a payment of which a
    part was refunded, and in a locked period.
    """
    policy.demand(actor, policy.Permission.BANK)
    line = _held(session, line_id)
    if line.state is BankLineState.OPEN:
        raise Unmet("This line is open already")
    _take_back_payment(session, line, actor, clock)
    _take_back_payout(session, line, actor, clock)
    line.payment_id = line.refund_id = line.set_aside_why = None
    line.state = BankLineState.OPEN
    session.flush()
    return line


def payment_of(session: Session, line: BankLine) -> Payment | None:
    """The payment that stands for a line now: a correction takes the place of what was booked first [M29]."""
    booked = session.scalar(select(Payment).where(Payment.external_id == external_id_of(line)))
    if booked is not None:
        return booked
    return session.get(Payment, line.payment_id) if line.payment_id is not None else None


def _take_back_payment(session: Session, line: BankLine, actor: Actor, clock: Clock) -> None:
    payment = payment_of(session, line)
    if payment is None or payment.external_id != external_id_of(line):
        return  # recorded by hand
    lock_customer(session, payment.group_id)
    if payment.state is PaymentState.RECEIVED:
        if payment.refunded:
            raise Unmet("A part of this payment was refunded; it is a fact now and cannot be taken back")
        Books(session, actor, clock).take_back_receipt(payment)
    payment.external_id = None
    session.flush()  # free for the payment that the line becomes next


def _take_back_payout(session: Session, line: BankLine, actor: Actor, clock: Clock) -> None:
    payout = session.scalar(select(Payout).where(Payout.bank_line_id == line.id))
    if payout is None:
        return
    Books(session, actor, clock).reverse(subject_of(payout))
    payout.bank_line_id = None
    session.flush()  # the line may become another payout


def hold(session: Session, line_id: int) -> BankLine:
    """The open line, held until the transaction ends; raises NotFound, and Unmet for one that is not open."""
    line = _held(session, line_id)
    match line.state:
        case BankLineState.BOOKED:
            raise Unmet("This line was booked already")
        case BankLineState.SET_ASIDE:
            raise Unmet(f"This line was set aside: {line.set_aside_why}")
    return line


def _held(session: Session, line_id: int) -> BankLine:
    line = session.scalar(
        select(BankLine)
        .where(BankLine.id == line_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if line is None:
        raise NotFound("There is no such bank line")
    return line
