"""Which open invoices a customer's money is for: proposed with the reason, applied in one act, taken back [L8, 92].

Nothing is posted before a person (or `accept_exact`) says so.  One call::

    best, *others = proposals_for(session, payment, actor)
    apply_uses(session, payment, uses_in(best), actor, clock, form_key)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import Allocation, Invoice, InvoiceState, Payment
from admin_app.money.ledger import Books, lock_customer
from admin_app.money.proposer import OpenDocument, Proposal, propose
from admin_app.services.answer_once import answer_once
from admin_app.services.record_payment import Use

MOST_USES = 500
"""Invoices that one act may spend money on."""


def proposals_for(session: Session, payment: Payment, actor: Actor) -> tuple[Proposal, ...]:
    """How the part of a payment that nothing uses yet could be used, the surest way first."""
    left = Money(payment.unallocated, payment.currency)
    hint = " ".join(filter(None, (payment.reference, payment.note)))
    return proposals_for_money(session, payment.group_id, left, hint, actor)


def proposals_for_money(
    session: Session, group_id: int, money: Money, hint: str, actor: Actor
) -> tuple[Proposal, ...]:
    """How money of a customer could be used; `hint` is the payer's text."""
    return propose(money, open_documents(session, actor, group_id, money.currency), hint)


def open_documents(session: Session, actor: Actor, group_id: int, currency: str) -> list[OpenDocument]:
    """What a customer has open in a currency, as the proposer takes it; the key is the invoice's id."""
    query = select(Invoice).where(
        Invoice.group_id == group_id,
        Invoice.state == InvoiceState.ISSUED,
        Invoice.balance > 0,
        Invoice.currency == currency,
    )
    return [as_open(invoice) for invoice in session.scalars(policy.visible(actor, query))]


def as_open(invoice: Invoice) -> OpenDocument:
    """An issued invoice as the proposer takes it."""
    assert invoice.issued_on is not None
    return OpenDocument(
        key=str(invoice.id),
        number=str(invoice.number),
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        balance=Money(invoice.balance, invoice.currency),
        client_order_no=invoice.client_order_no,
    )


def uses_in(proposal: Proposal) -> tuple[Use, ...]:
    """The uses of a proposal as the services of payments take them."""
    return tuple(Use(int(use.document.key), use.amount) for use in proposal.uses)


def as_text(uses: Iterable[Use]) -> str:
    """Uses as a form carries them: "12:10000,15:2500" (invoice, minor units)."""
    return ",".join(f"{use.invoice_id}:{use.amount.minor}" for use in uses if use.amount is not None)


def from_text(session: Session, actor: Actor, group_id: int, text: str, currency: str) -> tuple[Use, ...]:
    """What `as_text` wrote, for invoices of this customer; raises Invalid for anything else.

    An invoice that was paid meanwhile passes: the books refuse it, or know the form that paid it.
    """
    uses = []
    for part in text.split(",")[: MOST_USES + 1]:
        invoice_id, _, minor = part.partition(":")
        if not all(
            number.isascii() and number.isdigit() and len(number) <= 18 for number in (invoice_id, minor)
        ):
            raise Invalid("This proposal is damaged; open the page again")
        uses.append(Use(int(invoice_id), Money(int(minor), currency)))
    if len(uses) > MOST_USES:
        raise Invalid(f"At most {MOST_USES} invoices are paid in one act")
    wanted = {use.invoice_id for use in uses}
    own = select(Invoice.id).where(Invoice.id.in_(wanted), Invoice.group_id == group_id)
    if set(session.scalars(policy.visible(actor, own))) != wanted or not all(use.amount for use in uses):
        raise Invalid("This proposal does not fit the customer any more; look at the new ones")
    return tuple(uses)


def apply_uses(
    session: Session,
    payment: Payment,
    uses: Sequence[Use],
    actor: Actor,
    clock: Clock,
    form_key: str | None = None,
) -> list[Allocation]:
    """Use a payment for these invoices as of today, all or none; the same key again answers with the same ones.

    Raises Unmet for more than is open or left, for others' invoices and in a locked period, Invalid for no use.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    if not uses:
        raise Invalid("Say which invoices receive the money")

    def book() -> Allocation:
        lock_customer(session, payment.group_id)
        books = Books(session, actor, clock)
        made = []
        for use in uses:
            invoice = session.get(Invoice, use.invoice_id)
            if invoice is None:
                raise NotFound("This invoice does not exist")
            amount = use.amount or Money(min(invoice.balance, payment.unallocated), payment.currency)
            made.append(books.allocate(payment, invoice, amount, on=clock.today()))
        return made[-1]

    last = answer_once(
        session,
        clock,
        key=form_key,
        purpose=f"use payment {payment.id}",
        content=tuple(uses),
        kind=Allocation,
        act=book,
    )
    return _made_together(session, payment, last, len(uses))


def _made_together(session: Session, payment: Payment, last: Allocation, count: int) -> list[Allocation]:
    """The allocations of one act: they follow each other, because the customer was locked."""
    query = (
        select(Allocation)
        .where(Allocation.payment_id == payment.id, Allocation.amount > 0, Allocation.id <= last.id)
        .order_by(Allocation.id.desc())
        .limit(count)
    )
    return sorted(session.scalars(query), key=lambda one: one.id)


def take_back_uses(
    session: Session, payment: Payment, allocation_ids: Collection[int], actor: Actor, clock: Clock
) -> Money:
    """Undo: the money of these allocations is unallocated again from today; gives back how much.

    What was taken back before is passed over, so that a second press changes nothing.  Raises NotFound for
    allocations of another payment, Unmet in a locked period.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    lock_customer(session, payment.group_id)
    mine = select(Allocation.id).where(
        Allocation.payment_id == payment.id, Allocation.id.in_(allocation_ids), Allocation.amount > 0
    )
    if set(session.scalars(mine)) != set(allocation_ids):
        raise NotFound("There is no such use of this payment")
    books = Books(session, actor, clock)
    given_back = 0
    for allocation in books.standing_allocations(payment):
        if allocation.id in allocation_ids:
            books.take_back(allocation, on=clock.today())
            given_back += allocation.amount
    if not given_back:
        raise Unmet("This was taken back from the invoices before")
    return Money(given_back, payment.currency)
