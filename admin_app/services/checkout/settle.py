"""What the provider told of an attempt is booked once: the payment with its uses, or why there is none [M31, M32].

Told twice, late or out of order, by a message or by an answer: the customer is locked, the attempt read again, and what
is booked already stays.  Amount and currency must be what was agreed, else a person looks.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Refusal
from admin_app.kernel.money import Money
from admin_app.models import (
    Checkout,
    CheckoutKind,
    CheckoutState,
    Company,
    DocumentLink,
    Estimate,
    Invoice,
    InvoiceState,
    MessagePurpose,
    Payment,
    PaymentWay,
)
from admin_app.money.ledger import lock_customer
from admin_app.services.checkout.office import ask_the_office
from admin_app.services.checkout.saved_cards import keep_card
from admin_app.services.checkout.told import Outcome, Told
from admin_app.services.messages.tell import tell
from admin_app.services.portal.answers import confirm_when_paid
from admin_app.services.portal.links import link_for
from admin_app.services.queue_job import queue_job
from admin_app.services.record_payment import PaymentForm, Use, book_payment

ASK = "ask the card provider"
"""The job that asks what became of one attempt."""


def settle(session: Session, checkout: Checkout, told: Told, clock: Clock) -> str:
    """Book what the provider told; gives a sentence of what followed.  Nothing is booked twice."""
    lock_customer(session, checkout.group_id)
    if checkout.state is CheckoutState.QUARANTINED:
        return "A person looks at it already"
    if not _learn_names(session, checkout, told, clock):
        return checkout.problem
    if told.outcome is Outcome.PAID:
        return _paid(session, checkout, told, clock)
    if told.outcome is Outcome.SAVED:
        return _saved(session, checkout, told, clock)
    if checkout.state in CheckoutState.under_way():
        _not_paid(checkout, told, clock)
        session.flush()
    return f"The attempt is {checkout.state.value}"


def _paid(session: Session, checkout: Checkout, told: Told, clock: Clock) -> str:
    if checkout.payment_id is not None:
        if told.card is not None:
            _keep(session, checkout, told, clock)
        return "Booked before"
    if (told.amount, told.currency) != (checkout.amount, checkout.currency) or told.intent is None:
        _quarantine(session, checkout, told, clock)
        return checkout.problem
    payment = _book(session, checkout, told, clock)
    checkout.payment_id = payment.id
    checkout.state = CheckoutState.PAID
    checkout.problem = ""
    checkout.next_try_at = None
    checkout.settled_at = clock.now()
    session.flush()  # the answer to the client reads the payment from here
    if checkout.save_card:
        _keep(session, checkout, told, clock)
    if checkout.kind is CheckoutKind.DEPOSIT and checkout.estimate is not None:
        _make_firm(session, checkout, checkout.estimate, clock)
    _thank(session, checkout, payment, clock)
    return f"Booked as payment {payment.id}"


def _make_firm(session: Session, checkout: Checkout, estimate: Estimate, clock: Clock) -> None:
    """The proposal is confirmed by its deposit; where something came between, the office hears of the money."""
    if confirm_when_paid(session, estimate, clock):
        return
    ask_the_office(
        session,
        checkout.group_id,
        checkout.project_id,
        f"Decide about the deposit for {estimate}",
        f"It was paid online, and the proposal is {estimate.state.value} now, so it was not confirmed. The money "
        "stays with the project: confirm the proposal by hand, send a new one, or pay it back.",
        clock,
    )


def _book(session: Session, checkout: Checkout, told: Told, clock: Clock) -> Payment:
    """The payment by the provider's day; what an invoice does not take any more stays with the customer [M27]."""
    assert told.intent is not None
    form = PaymentForm(
        checkout.group_id,
        Money(checkout.amount, checkout.currency),
        booked_on(session, told.at, clock),
        PaymentWay.CARD,
        reference="Paid online",
        uses=_uses(session, checkout),
        provider=checkout.provider,
        provider_reference=told.intent,
        project_id=checkout.project_id,
    )
    return book_payment(session, form, SYSTEM, clock)


def _uses(session: Session, checkout: Checkout) -> tuple[Use, ...]:
    """What was agreed for each invoice, as far as it is still open."""
    uses = []
    for target in checkout.targets:
        invoice = session.get(Invoice, int(target["invoice"]))
        if (
            invoice is None
            or invoice.state is not InvoiceState.ISSUED
            or invoice.currency != checkout.currency
        ):
            continue
        amount = min(int(target["amount"]), invoice.balance)
        if amount:
            uses.append(Use(invoice.id, Money(amount, checkout.currency)))
    return tuple(uses)


def booked_on(session: Session, at: datetime | None, clock: Clock) -> date:
    """The company's day of what happened at the provider; today where that is locked or still to come [M34, M35]."""
    company = session.execute(select(Company.zone, Company.locked_until)).first()
    today = clock.today()
    if at is None or company is None:
        return today
    day = at.replace(tzinfo=at.tzinfo or UTC).astimezone(ZoneInfo(company.zone)).date()
    if day > today or (company.locked_until is not None and day <= company.locked_until):
        return today
    return day


def _saved(session: Session, checkout: Checkout, told: Told, clock: Clock) -> str:
    if checkout.kind is not CheckoutKind.CARD:
        return "This attempt is about money, not about a card"
    if checkout.state is not CheckoutState.SAVED:
        _keep(session, checkout, told, clock)
        if told.card is not None:
            checkout.state = CheckoutState.SAVED
            checkout.next_try_at = None
            checkout.settled_at = clock.now()
    session.flush()
    return "The card is kept" if checkout.state is CheckoutState.SAVED else "The card is asked for"


def _keep(session: Session, checkout: Checkout, told: Told, clock: Clock) -> None:
    """Keep the card beside the client's word; a message names no card, so the provider is asked for it."""
    if not checkout.save_card:
        return
    if told.card is not None:
        keep_card(session, checkout, told.card)
    else:
        queue_job(session, ASK, f"card-{checkout.public_id}", {"checkout": checkout.id}, clock.now())


def _not_paid(checkout: Checkout, told: Told, clock: Clock) -> None:
    """Left, closed or declined; at the provider's page a client whose card was declined may take another one."""
    checkout.problem = told.problem or checkout.problem
    if told.outcome is Outcome.EXPIRED:
        checkout.state = CheckoutState.EXPIRED
    elif told.outcome is Outcome.FAILED and told.session is not None:
        checkout.state = CheckoutState.FAILED
    if checkout.state not in CheckoutState.under_way():
        checkout.next_try_at = None
        checkout.settled_at = clock.now()


def _learn_names(session: Session, checkout: Checkout, told: Told, clock: Clock) -> bool:
    """Keep what the provider calls it; False where the money belongs to another attempt already."""
    named = [Checkout.provider_intent == told.intent] if told.intent else []
    named += [Checkout.provider_session == told.session] if told.session else []
    if named:
        other = select(Checkout.id).where(
            Checkout.provider == checkout.provider, Checkout.id != checkout.id, or_(*named)
        )
        taken = session.scalar(other.limit(1)) is not None
        taken = taken or (
            told.intent is not None
            and checkout.provider_intent not in (None, told.intent)
            and _done(checkout)
        )
        if taken:
            checkout.problem = (
                "The provider names this payment for two attempts; nothing was booked for this one"
            )
            ask_the_office(
                session,
                checkout.group_id,
                checkout.project_id,
                f"Look at the card payment {told.intent or told.session}",
                checkout.problem,
                clock,
            )
            return False
    checkout.provider_session = checkout.provider_session or told.session
    if told.intent is not None and not _done(checkout):
        checkout.provider_intent = told.intent
    session.flush()
    return True


def _done(checkout: Checkout) -> bool:
    return checkout.payment_id is not None


def _quarantine(session: Session, checkout: Checkout, told: Told, clock: Clock) -> None:
    """Money came that is not what was agreed: nothing is booked until a person has looked [M31]."""
    agreed = f"{Money(checkout.amount, checkout.currency)} {checkout.currency}"
    came = f"{told.amount} {told.currency} in minor units" if told.amount is not None else "no amount"
    if told.amount is not None and told.currency is not None:
        with suppress(Refusal, KeyError):  # a currency that nobody here knows is printed as it came
            came = f"{Money(told.amount, told.currency)} {told.currency}"
    checkout.state = CheckoutState.QUARANTINED
    checkout.problem = f"{agreed} were agreed, and the provider told of {came}; nothing is booked"
    checkout.next_try_at = None
    checkout.settled_at = clock.now()
    ask_the_office(
        session,
        checkout.group_id,
        checkout.project_id,
        f"Look at the card payment {told.intent or checkout.public_id}",
        checkout.problem,
        clock,
    )


def _thank(session: Session, checkout: Checkout, payment: Payment, clock: Clock) -> None:
    """The receipt by mail, and a link to it for whoever paid by a link; who cannot be told is not told."""
    try:
        with session.begin_nested():
            tell(
                session,
                MessagePurpose.RECEIPT,
                payment,
                SYSTEM,
                clock,
                key=f"receipt-{payment.public_id}",
                papers=[{"paper": "receipt", "id": payment.id, "name": f"{payment.id:06d}"}],
            )
    except Refusal:
        pass  # nobody of this customer reads mail; the receipt stands in the portal
    came_by = session.get(DocumentLink, checkout.link_id) if checkout.link_id is not None else None
    if came_by is not None:
        link_for(session, payment, came_by.contact, SYSTEM, clock)
