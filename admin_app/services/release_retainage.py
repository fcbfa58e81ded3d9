"""What an invoice held back is released: the work has proved itself, and the rest is due [M20, 79]."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import CreditNote, Invoice
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once
from admin_app.services.write_credit_note import settle_own_invoice


def release_retainage(
    session: Session,
    invoice: Invoice,
    actor: Actor,
    clock: Clock,
    released_on: date | None = None,
    due_on: date | None = None,
    form_key: str | None = None,
) -> Invoice:
    """Make due what an invoice held back, from `released_on` (today); `due_on` moves the day by which it is asked.

    Open credits of this invoice settle it first.  Raises Unmet where nothing is held, and in a locked period; Invalid
    for a day to come.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    day = released_on or clock.today()

    def book() -> Invoice:
        lock_customer(session, invoice.group_id)
        if day > clock.today():
            raise Invalid(
                "A release is booked when it is agreed", {"released_on": "This day has not come yet"}
            )
        books = Books(session, actor, clock)
        if due_on is not None:
            invoice.due_on = due_on
        books.release(invoice, day)
        own = select(CreditNote).where(CreditNote.invoice_id == invoice.id, CreditNote.open > 0)
        for note in session.scalars(own.order_by(CreditNote.id)).all():
            settle_own_invoice(books, note, invoice, day)
        return invoice

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose="release retainage",
        content=(invoice.id, day, due_on),
        kind=Invoice,
        act=book,
    )
