"""Two ways to pay one invoice at the same moment take its money once: the page of a client, the charge of a saved card.

Both are attempts.  With the customer locked, each looks for the other before the provider is asked: a charge waits for
the page, and a page is not opened while a card is being charged [A20, M31].
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import Checkout, CheckoutKind, CheckoutState

PAGE_LIVES = timedelta(days=2)
"""A provider keeps its page open for a day, and ours may have asked for it some hours after the attempt began."""
BEING_CHARGED = "A saved card is being charged for this now; wait some minutes for the bank's answer"


def is_a_page() -> ColumnElement[bool]:
    """Attempts of a client who sits before the provider's page; their key was drawn with the form."""
    return Checkout.key.startswith("form-")


def is_a_charge() -> ColumnElement[bool]:
    """Attempts on a saved card.  Of a card that was removed meanwhile nothing is left but the key."""
    return or_(Checkout.key.startswith("charge-"), Checkout.key.startswith("plan-"))


def at_a_page(session: Session, charge: Checkout, clock: Clock) -> bool:
    """Whether a client may be paying at a page what this charge is for; the customer is locked."""
    pages = _on_same_invoices(
        session,
        charge.group_id,
        charge.invoice_ids,
        is_a_page(),
        Checkout.state.in_(CheckoutState.under_way()),
        Checkout.started_at > clock.now() - PAGE_LIVES,
    )
    return bool(pages)


def refuse_while_charged(session: Session, group_id: int, invoice_ids: Collection[int]) -> None:
    """Raises Unmet while the provider is asked to charge a saved card for one of these; the customer is locked."""
    if _on_same_invoices(session, group_id, invoice_ids, is_a_charge(), Checkout.state == CheckoutState.OPEN):
        raise Unmet(BEING_CHARGED)


def has_charge(session: Session, group_id: int, invoice_id: int) -> bool:
    """Whether a charge for an invoice is at work or waits for its next try; the customer is locked."""
    waiting = _on_same_invoices(
        session, group_id, (invoice_id,), is_a_charge(), Checkout.next_try_at.is_not(None)
    )
    return bool(waiting)


def _on_same_invoices(
    session: Session, group_id: int, invoice_ids: Collection[int], *which: ColumnElement[bool]
) -> list[Checkout]:
    found = session.scalars(
        select(Checkout).where(Checkout.group_id == group_id, Checkout.kind == CheckoutKind.INVOICES, *which)
    )
    return [one for one in found if not one.invoice_ids.isdisjoint(invoice_ids)]
