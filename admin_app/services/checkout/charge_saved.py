"""A saved card is charged for an invoice, once a try, under a permission that lives [A20].

An attempt is a `Checkout` that no client sits before: written by the staff's press or when a plan's invoice is issued,
then charged by a job.  `tries` counts what the provider answered; the next try has the key of that number, so that a
worker that died between the charge and its note asks the same question again and is given the same answer.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import (
    Checkout,
    CheckoutKind,
    CheckoutState,
    Invoice,
    InvoiceState,
    PaymentMethod,
)
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand, visible
from admin_app.services.answer_once import answer_once
from admin_app.services.checkout.at_once import at_a_page, has_charge, is_a_charge
from admin_app.services.checkout.charge_plan import write_attempt
from admin_app.services.checkout.office import ask_the_office
from admin_app.services.checkout.saved_cards import living_mandate, name_of
from admin_app.services.checkout.settle import settle
from admin_app.services.checkout.told import ChargeOrder, Outcome, Told

AGAIN_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
"""Days after the first try on which a declined card is tried again."""
LEASE = timedelta(minutes=15)
"""How long one try may take before another worker takes it over, under the same key."""
TAKEN_BACK = "The permission to charge this card was taken back"
PAID_OTHERWISE = "The invoice was paid in another way meanwhile"
AT_A_PAGE = "The client opened a page to pay this; the card waits until that is paid or left"
LOOK_AGAIN = timedelta(minutes=10)
"""How long a charge waits before it looks whether the client is still at a page."""


def charge_for_invoice(
    session: Session, invoice: Invoice, card_id: int, actor: Actor, clock: Clock, form_key: str | None
) -> Checkout:
    """Staff have a saved card charged with what is open on an invoice; the job does it within a minute.

    Raises Unmet without a living permission, for an invoice with nothing open, and while a charge is under way;
    NotFound for another customer's card.
    """
    demand(actor, Permission.MONEY_WRITE)

    def write() -> Checkout:
        lock_customer(session, invoice.group_id)
        query = select(PaymentMethod).where(
            PaymentMethod.id == card_id, PaymentMethod.group_id == invoice.group_id
        )
        card = session.scalar(visible(actor, query))
        if card is None:
            raise NotFound("This card is no longer here")
        if living_mandate(session, card) is None:
            raise Unmet("The client gave no permission to charge this card, or took it back")
        if invoice.state is not InvoiceState.ISSUED or invoice.balance == 0:
            raise Unmet(f"Nothing is open on invoice {invoice}")
        if has_charge(session, invoice.group_id, invoice.id):
            raise Unmet("A charge for this invoice is under way; wait for its answer")
        return write_attempt(session, invoice, card, f"charge-{form_key or invoice.public_id}", clock)

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose="charge a saved card",
        content=(invoice.id, card_id),
        kind=Checkout,
        act=write,
    )


def due_charges(session: Session, clock: Clock, limit: int = 50) -> list[int]:
    """The ids of charges whose (next) try is due, the longest waiting first."""
    return list(
        session.scalars(
            select(Checkout.id)
            .where(
                Checkout.state.in_(CheckoutState.under_way() | {CheckoutState.FAILED}),
                Checkout.next_try_at <= clock.now(),
                is_a_charge(),
            )
            .order_by(Checkout.next_try_at, Checkout.id)
            .limit(limit)
        )
    )


def take_charge(session: Session, checkout_id: int, clock: Clock) -> ChargeOrder | None:
    """Take one due charge for this worker and say what the provider is asked; None where there is nothing to do.

    What can no longer be charged is ended here: paid otherwise, permission taken back, card or key gone.  While the
    client may be paying the same invoice at a page, the charge waits.
    """
    checkout = session.get_one(Checkout, checkout_id)
    lock_customer(session, checkout.group_id)
    now = clock.now()
    if checkout.next_try_at is None or checkout.next_try_at > now or checkout.payment_id is not None:
        return None  # another worker was faster
    card = session.get(PaymentMethod, checkout.saved_card_id) if checkout.saved_card_id is not None else None
    if checkout.state is not CheckoutState.OPEN and not _may_go_on(session, checkout, card, clock):
        session.flush()
        return None
    if card is None:
        _end(checkout, CheckoutState.FAILED, TAKEN_BACK, clock)
        session.flush()
        return None
    checkout.state = CheckoutState.OPEN
    checkout.next_try_at = now + LEASE
    session.flush()  # the lease is committed before the provider is asked
    invoice = _invoice_of(session, checkout)
    return ChargeOrder(
        key=f"{checkout.public_id}-{checkout.tries + 1}",
        checkout=checkout.public_id,
        amount=checkout.amount,
        currency=checkout.currency,
        words=f"Invoice {invoice}",
        token=card.token,
        customer=card.provider_customer,
    )


def keep_answer(session: Session, checkout_id: int, told: Told, clock: Clock) -> str:
    """Book what the provider answered to a try, or note the decline and when the card is tried again."""
    checkout = session.get_one(Checkout, checkout_id)
    if told.outcome is not Outcome.FAILED:
        return settle(session, checkout, told, clock)
    lock_customer(session, checkout.group_id)
    if checkout.payment_id is not None:
        return "Booked before"
    checkout.tries += 1
    checkout.state = CheckoutState.FAILED
    checkout.problem = told.problem
    if checkout.tries <= len(AGAIN_AFTER):
        checkout.next_try_at = checkout.started_at + AGAIN_AFTER[checkout.tries - 1]
        if checkout.next_try_at <= clock.now():  # a worker that slept for days does not try twice in a minute
            checkout.next_try_at = clock.now() + AGAIN_AFTER[0]
    else:
        checkout.next_try_at = None
        checkout.settled_at = clock.now()
        _tell_office(session, checkout, clock)
    session.flush()
    return checkout.problem


def give_up(session: Session, checkout_id: int, why: str, clock: Clock) -> None:
    """The provider refuses what we ask, and would again: the office must look at the key or the card."""
    checkout = session.get_one(Checkout, checkout_id)
    lock_customer(session, checkout.group_id)
    if checkout.payment_id is None:
        _end(checkout, CheckoutState.FAILED, why, clock)
        _tell_office(session, checkout, clock)
        session.flush()


def stop_charging(session: Session, checkout: Checkout, actor: Actor, clock: Clock) -> None:
    """Staff stop the tries of a declined charge; raises Unmet while one is under way or nothing waits."""
    demand(actor, Permission.MONEY_WRITE)
    lock_customer(session, checkout.group_id)
    if checkout.state is not CheckoutState.FAILED or checkout.next_try_at is None:
        raise Unmet("No further try waits")
    checkout.next_try_at = None
    checkout.settled_at = clock.now()
    session.flush()


def charges_of(session: Session, actor: Actor, invoice: Invoice) -> list[Checkout]:
    """The attempts to pay an invoice online that the actor sees, the newest first."""
    recent = (
        select(Checkout).where(Checkout.group_id == invoice.group_id, Checkout.kind == CheckoutKind.INVOICES)
    ).order_by(Checkout.id.desc())
    found = session.scalars(visible(actor, recent).limit(200))
    return [one for one in found if invoice.id in one.invoice_ids]


def _may_go_on(session: Session, checkout: Checkout, card: PaymentMethod | None, clock: Clock) -> bool:
    """Whether a new try still makes sense; what is open by now is what it asks for."""
    invoice = _invoice_of(session, checkout)
    if invoice.state is not InvoiceState.ISSUED or invoice.balance == 0:
        _end(checkout, CheckoutState.EXPIRED, PAID_OTHERWISE, clock)
        return False
    if card is None or living_mandate(session, card) is None:
        _end(checkout, CheckoutState.FAILED, TAKEN_BACK, clock)
        return False
    waits = at_a_page(session, checkout, clock)
    if checkout.state is CheckoutState.STARTED:  # after a decline its reason stays in sight
        checkout.problem = AT_A_PAGE if waits else ""
    if waits:
        checkout.next_try_at = clock.now() + LOOK_AGAIN
        return False
    amount = min(checkout.amount, invoice.balance)
    checkout.amount = amount
    checkout.targets = [{"invoice": invoice.id, "amount": amount}]
    return True


def _invoice_of(session: Session, checkout: Checkout) -> Invoice:
    """The one invoice that a charge is for."""
    return session.get_one(Invoice, int(checkout.targets[0]["invoice"]))


def _end(checkout: Checkout, state: CheckoutState, why: str, clock: Clock) -> None:
    checkout.state, checkout.problem = state, why
    checkout.next_try_at, checkout.settled_at = None, clock.now()


def _tell_office(session: Session, checkout: Checkout, clock: Clock) -> None:
    invoice = _invoice_of(session, checkout)
    card = session.get(PaymentMethod, checkout.saved_card_id) if checkout.saved_card_id is not None else None
    named = name_of(card) if card is not None else "The saved card"
    ask_the_office(
        session,
        checkout.group_id,
        checkout.project_id,
        f"{named} could not be charged for invoice {invoice}",
        f"{checkout.problem} The card is not tried again; ask the client how the invoice will be paid.",
        clock,
    )
