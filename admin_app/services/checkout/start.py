"""An attempt to pay is written down before the provider is asked, and gets the provider's page afterwards [M31, 120].

The door calls `start_checkout`, commits, asks the provider with no transaction open (`page_order` says for what), and
keeps the answer by `keep_page` in a second transaction.  Whatever breaks in between, the same key finds the same page.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound
from admin_app.kernel.text import new_public_id
from admin_app.models import (
    Brand,
    Checkout,
    CheckoutKind,
    CheckoutState,
    Contact,
    Invoice,
    Mandate,
    PaymentMethod,
)
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.services.answer_once import answer_once
from admin_app.services.checkout import what_to_pay
from admin_app.services.checkout.at_once import refuse_while_charged
from admin_app.services.checkout.told import Page, PageOrder
from admin_app.services.checkout.what_to_pay import Payable

PATIENCE = timedelta(minutes=2)
"""After that the program itself asks what became of an attempt."""


class Paying(enum.StrEnum):
    """What the form is about."""

    INVOICES = "invoices"
    STATEMENT = "statement"
    DEPOSIT = "deposit"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class PayForm:
    """What the client chose, and no amount: `ids` are public ids of invoices, or the one of the proposal."""

    paying: Paying
    ids: tuple[str, ...] = ()
    currency: str = ""
    save_card: bool = False
    address: str = ""
    """The network address of the client, kept with the permission to charge the card."""


def start_checkout(
    session: Session,
    form: PayForm,
    actor: Actor,
    clock: Clock,
    form_key: str | None,
    way_back: Callable[[str], str],
) -> Checkout:
    """Write down what is about to be paid; `way_back` says where the client returns to, by the public id.

    Raises what `what_to_pay` raises, Unmet while a saved card is being charged for the same, and Conflict for a key
    that was used for something else.
    """
    demand(actor, Permission.PAY_ONLINE)
    scope = actor.client
    if scope is None:
        raise NotFound("There is nothing here")

    def write() -> Checkout:
        lock_customer(session, scope.group_id)
        payable = _payable(session, form, actor)
        refuse_while_charged(session, payable.group_id, [number for number, _ in payable.targets])
        keeps_card = form.paying is Paying.CARD or (
            form.save_card and scope.sees_account and scope.document is None
        )
        checkout = Checkout(
            public_id=new_public_id(),
            key=f"form-{form_key or new_public_id()}",
            group_id=payable.group_id,
            brand_id=payable.brand.id,
            kind=payable.kind,
            amount=payable.amount,
            currency=payable.currency,
            targets=[{"invoice": number, "amount": part} for number, part in payable.targets],
            estimate_id=payable.estimate.id if payable.estimate is not None else None,
            project_id=payable.project_id,
            contact_id=scope.contact_id,
            link_id=scope.link_id,
            save_card=keeps_card,
            started_at=clock.now(),
            next_try_at=clock.now() + PATIENCE,
        )
        checkout.return_to = way_back(checkout.public_id)
        session.add(checkout)
        if keeps_card:
            session.add(_word_given(checkout, payable.brand, actor, form.address))
        session.flush()  # the key is drawn once: a second press is seen here
        return checkout

    return answer_once(
        session, clock, key=form_key, purpose="pay by card", content=form, kind=Checkout, act=write
    )


def mandate_words(brand_name: str) -> str:
    """What the client agrees to by the tick; the page prints exactly this [A20]."""
    return (
        f"{brand_name} may keep this card at its payment provider and charge it for invoices of this account, "
        "each by the amount that stands on it, until this permission is taken back in the portal."
    )


def page_order(session: Session, checkout: Checkout, origin: str) -> PageOrder:
    """What the provider is asked for; `origin` is our public address without a slash at its end."""
    contact = session.get(Contact, checkout.contact_id) if checkout.contact_id is not None else None
    known = select(PaymentMethod.provider_customer).where(
        PaymentMethod.group_id == checkout.group_id,
        PaymentMethod.brand_id == checkout.brand_id,
        PaymentMethod.provider == checkout.provider,
        PaymentMethod.provider_customer.is_not(None),
    )
    customer = session.scalar(known.order_by(PaymentMethod.id).limit(1)) if checkout.save_card else None
    return PageOrder(
        key=f"page-{checkout.public_id}",
        checkout=checkout.public_id,
        amount=checkout.amount,
        currency=checkout.currency,
        words=words_of(session, checkout),
        back=f"{origin}{checkout.return_to}",
        save_card=checkout.save_card,
        email=contact.email if contact is not None else None,
        customer=customer,
    )


def words_of(session: Session, checkout: Checkout) -> str:
    """What is paid, in the words that stand on the provider's page and on ours."""
    if checkout.kind is CheckoutKind.CARD:
        return "A card for later"
    if checkout.kind is CheckoutKind.DEPOSIT and checkout.estimate is not None:
        return f"Deposit for {checkout.estimate}"
    paid = select(Invoice.number).where(Invoice.id.in_(checkout.invoice_ids)).order_by(Invoice.id)
    numbers = session.scalars(paid).all()
    word = "Invoice" if len(numbers) == 1 else "Invoices"
    return f"{word} {', '.join(str(number) for number in numbers)}"[:240]


def keep_page(session: Session, checkout: Checkout, page: Page) -> None:
    """The provider's page is open: keep its name and address, unless a message of the provider came first."""
    lock_customer(session, checkout.group_id)
    checkout.provider_session = page.session
    checkout.url = page.url
    if checkout.state is CheckoutState.STARTED:
        checkout.state = CheckoutState.OPEN
    session.flush()


def older_ones(session: Session, checkout: Checkout) -> list[Checkout]:
    """Pages at the provider that are still open for something that is paid by this attempt, to be closed first."""
    others = session.scalars(
        select(Checkout).where(
            Checkout.group_id == checkout.group_id,
            Checkout.id != checkout.id,
            Checkout.state == CheckoutState.OPEN,
            Checkout.provider_session.is_not(None),
            Checkout.kind == checkout.kind,
        )
    )
    return [
        one
        for one in others
        if (checkout.estimate_id is not None and one.estimate_id == checkout.estimate_id)
        or one.invoice_ids & checkout.invoice_ids
    ]


def _payable(session: Session, form: PayForm, actor: Actor) -> Payable:
    if form.paying is Paying.STATEMENT:
        return what_to_pay.of_statement(session, actor, form.currency)
    if form.paying is Paying.DEPOSIT:
        return what_to_pay.of_deposit(session, actor, form.ids[0] if form.ids else "")
    if form.paying is Paying.CARD:
        return what_to_pay.of_card(session, actor)
    return what_to_pay.of_invoices(session, actor, form.ids)


def _word_given(checkout: Checkout, brand: Brand, actor: Actor, address: str) -> Mandate:
    """The permission as it was given; the card is put beside it when the provider has it."""
    return Mandate(
        group_id=checkout.group_id,
        contact_id=checkout.contact_id,
        given_by=actor.name[:200],
        words=mandate_words(brand.name),
        given_at=checkout.started_at,
        address=address[:64],
    )
