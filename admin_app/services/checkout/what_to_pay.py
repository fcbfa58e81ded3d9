"""What a client can pay by card now: the amounts come from the ledger, never from a form [120, W8].

Whole open balances of one or several invoices, the statement, or the deposit of a signed proposal; each in one
currency and to one brand, whose account at the provider takes the money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import (
    Brand,
    CheckoutKind,
    CreditNote,
    CustomerGroup,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Payment,
    Signature,
)
from admin_app.money.ledger import company_currency
from admin_app.policy import Permission, demand_for, visible
from admin_app.services.facts import received_for
from admin_app.services.take_number import brand_for

MOST_INVOICES = 100
"""Invoices that one payment settles."""


@dataclass(frozen=True, slots=True)
class Payable:
    """One sum that can be paid at once: how much, to which brand, and for what."""

    kind: CheckoutKind
    group_id: int
    brand: Brand
    amount: int
    currency: str
    targets: tuple[tuple[int, int], ...] = ()
    """Invoice ids with the minor units that each takes."""
    estimate: Estimate | None = None
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """What a client owes in one currency by the documents that they see: open bills less money and credits."""

    currency: str
    invoices: tuple[Invoice, ...]
    billed: int
    unused: int

    @property
    def due(self) -> int:
        """What is to be paid, never below nothing."""
        return max(0, self.billed - self.unused)


def card_brand(session: Session, brand_id: int | None) -> Brand | None:
    """The brand if it takes cards: its own key to an account at the provider is set [W8]."""
    brand = brand_for(session, brand_id)
    return brand if brand.stripe_key else None


def takes_cards(session: Session, group: CustomerGroup, brand_id: int | None = None) -> bool:
    """Whether a card can be paid with at all, to this brand or the customer's."""
    return card_brand(session, brand_id or group.brand_id) is not None


def of_invoices(session: Session, actor: Actor, public_ids: Sequence[str]) -> Payable:
    """The open balances of these invoices.

    Raises NotFound for one that the actor does not see, Unmet for one that is paid, for two currencies or two brands,
    and where the brand takes no cards.
    """
    wanted = list(dict.fromkeys(public_ids))[: MOST_INVOICES + 1]
    if not 0 < len(wanted) <= MOST_INVOICES:
        raise Unmet("Choose the invoices that you want to pay")
    query = select(Invoice).where(Invoice.public_id.in_(wanted)).order_by(Invoice.due_on, Invoice.id)
    found = session.scalars(visible(actor, query)).all()
    if len(found) != len(wanted):
        raise NotFound("There is nothing here")
    for invoice in found:
        demand_for(actor, Permission.PAY_ONLINE, invoice)
        if invoice.state is not InvoiceState.ISSUED or invoice.balance == 0:
            raise Unmet(f"Nothing is open on invoice {invoice}")
    return _payable(session, found, [invoice.balance for invoice in found])


def owed(session: Session, actor: Actor, group_id: int) -> list[Owed]:
    """What is owed in each currency, by the documents that the actor sees; the oldest bill first."""
    bills = session.scalars(
        visible(actor, select(Invoice))
        .where(Invoice.group_id == group_id, Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0)
        .order_by(Invoice.due_on, Invoice.id)
    ).all()
    unused = _unused(session, actor, group_id)
    currencies = sorted({bill.currency for bill in bills} | {key for key, left in unused.items() if left})
    return [
        Owed(
            code,
            tuple(bill for bill in bills if bill.currency == code),
            sum(bill.balance for bill in bills if bill.currency == code),
            unused.get(code, 0),
        )
        for code in currencies
    ]


def of_statement(session: Session, actor: Actor, currency: str) -> Payable:
    """Everything that is owed in a currency, less what is with us already; the oldest bills take it first [90].

    Raises NotFound for whoever does not look after the account, Unmet where nothing is owed or several brands are.
    """
    scope = actor.client
    if scope is None or not scope.sees_account or scope.document is not None:
        raise NotFound("There is nothing here")
    account = next((one for one in owed(session, actor, scope.group_id) if one.currency == currency), None)
    if account is None or account.due == 0:
        raise Unmet("Nothing is to be paid")
    left, bills, parts = account.due, [], []
    for bill in account.invoices[:MOST_INVOICES]:
        demand_for(actor, Permission.PAY_ONLINE, bill)
        part = min(bill.balance, left)
        left -= part
        if part:
            bills.append(bill)
            parts.append(part)
    return _payable(session, bills, parts)


def of_deposit(session: Session, actor: Actor, public_id: str) -> Payable:
    """What is missing of the deposit of a proposal that was signed or agreed [56, M22].

    Raises NotFound for one that the actor does not see, Unmet where nothing is asked or an invoice asks for it.
    """
    estimate = session.scalar(visible(actor, select(Estimate).where(Estimate.public_id == public_id)))
    if estimate is None:
        raise NotFound("There is nothing here")
    demand_for(actor, Permission.PAY_ONLINE, estimate)
    if not _agreed(session, estimate):
        raise Unmet("Sign the proposal first; the deposit follows")
    missing = deposit_left(session, estimate)
    if missing == 0:
        raise Unmet("The deposit is paid, or an invoice asks for it")
    brand = card_brand(session, estimate.group.brand_id)
    if brand is None:
        raise Unmet("Cards are not taken here; the bank details stand on the proposal")
    return Payable(
        CheckoutKind.DEPOSIT,
        estimate.group_id,
        brand,
        missing,
        estimate.currency,
        estimate=estimate,
        project_id=estimate.project_id,
    )


def deposit_left(session: Session, estimate: Estimate) -> int:
    """Minor units of the deposit that have not arrived; 0 where a deposit invoice asks for them instead [M21]."""
    billed = session.scalar(
        select(Invoice.id)
        .where(
            Invoice.estimate_id == estimate.first_id,
            Invoice.kind == InvoiceKind.DEPOSIT,
            Invoice.state == InvoiceState.ISSUED,
        )
        .limit(1)
    )
    if billed is not None:
        return 0
    return max(0, estimate.deposit - received_for(session, estimate.project_id, estimate.currency))


def can_pay_deposit(session: Session, actor: Actor, estimate: Estimate) -> int:
    """What the button would ask for, in minor units; 0: there is no button [W8]."""
    if not _agreed(session, estimate) or card_brand(session, estimate.group.brand_id) is None:
        return 0
    return deposit_left(session, estimate)


def of_card(session: Session, actor: Actor) -> Payable:
    """Nothing is paid: a card is saved for the customer.  Raises NotFound, and Unmet where no cards are taken."""
    scope = actor.client
    if scope is None or not scope.sees_account or scope.document is not None:
        raise NotFound("There is nothing here")
    group = session.get_one(CustomerGroup, scope.group_id)
    demand_for(actor, Permission.PAY_ONLINE, group)
    brand = card_brand(session, group.brand_id)
    if brand is None:
        raise Unmet("Cards are not taken here")
    return Payable(CheckoutKind.CARD, group.id, brand, 0, company_currency(session))


def _agreed(session: Session, estimate: Estimate) -> bool:
    """Whether the client said yes to this revision: signed, even where the deposit is still waited for."""
    if estimate.state is EstimateState.CONFIRMED:
        return True
    signed = select(Signature.id).where(Signature.estimate_id == estimate.id).limit(1)
    return estimate.state is EstimateState.SENT and session.scalar(signed) is not None


def _payable(session: Session, invoices: Sequence[Invoice], parts: Sequence[int]) -> Payable:
    if len({invoice.currency for invoice in invoices}) > 1:
        raise Unmet("These invoices are in several currencies; pay those of one currency at a time")
    brands = {brand_for(session, invoice.brand_id or invoice.group.brand_id).id for invoice in invoices}
    if len(brands) > 1:
        raise Unmet("These invoices belong to several of our companies; pay those of one company at a time")
    brand = card_brand(session, brands.pop())
    if brand is None:
        raise Unmet("Cards are not taken here; the bank details stand on the invoice")
    projects = {invoice.project_id for invoice in invoices}
    return Payable(
        CheckoutKind.INVOICES,
        invoices[0].group_id,
        brand,
        sum(parts),
        invoices[0].currency,
        tuple((invoice.id, part) for invoice, part in zip(invoices, parts, strict=True)),
        project_id=projects.pop() if len(projects) == 1 else None,
    )


def _unused(session: Session, actor: Actor, group_id: int) -> dict[str, int]:
    """What is with us and settles nothing yet, by currency: money and credits that the actor sees [M26, 87]."""
    found: dict[str, int] = {}
    kinds: tuple[tuple[Any, Any], ...] = ((Payment, Payment.unallocated), (CreditNote, CreditNote.open))
    for kind, left in kinds:
        query = (
            visible(actor, select(kind))
            .where(kind.group_id == group_id, left > 0)
            .with_only_columns(kind.currency, func.sum(left))
            .group_by(kind.currency)
        )
        for code, amount in session.execute(query):
            found[code] = found.get(code, 0) + int(amount)
    return found
