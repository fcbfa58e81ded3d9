"""A payment that was typed wrong is corrected: the old one reversed, a new one in its place [A96, M29, D4]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Allocation, Payment
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once
from admin_app.services.record_payment import PaymentForm, Use, book_payment, check_payment
from admin_app.services.reverse_payment import refuse_fact


def edit_payment(
    session: Session,
    payment: Payment,
    form: PaymentForm,
    actor: Actor,
    clock: Clock,
    form_key: str | None = None,
) -> Payment:
    """The payment as the form says now; the caller shows the answer, for a change of money makes a new row.

    A new reference or note is written on the payment itself.  Everything else reverses it on its original date and
    books the replacement, which is used for the same invoices as far as it reaches, unless the form names uses; it
    stays with its project, unless the form names another one or another customer.
    Raises as `record_payment` and `reverse_payment` do.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)

    def book() -> Payment:
        lock_customer(session, min(payment.group_id, form.group_id))
        lock_customer(session, max(payment.group_id, form.group_id))
        if _same_money(payment, form):
            payment.reference, payment.note = form.reference, form.note
            session.flush()
            return payment
        refuse_fact(payment, "edited")
        check_payment(form, clock)
        stays = form.project_id is None and form.group_id == payment.group_id
        project_id = payment.project_id if stays else form.project_id
        books = Books(session, actor, clock)
        uses = form.uses
        if not uses and form.group_id == payment.group_id and form.amount.currency == payment.currency:
            uses = _as_far_as_it_reaches(books.standing_allocations(payment), form)
        books.take_back_receipt(payment)
        external_id, payment.external_id = payment.external_id, None
        session.flush()  # the file's id moves to the replacement, and is unique
        corrected = book_payment(session, replace(form, uses=uses, project_id=project_id), actor, clock)
        corrected.replaces_id = payment.id
        corrected.external_id = external_id
        session.flush()
        return corrected

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose=f"edit payment {payment.id}",
        content=form,
        kind=Payment,
        act=book,
    )


def _same_money(payment: Payment, form: PaymentForm) -> bool:
    """Whether only words changed."""
    tip = form.tip.minor if form.tip else 0
    was = (payment.group_id, payment.amount, payment.tip, payment.currency, payment.paid_on, payment.method)
    stays = form.project_id in (None, payment.project_id)
    return stays and not form.uses and was == (
        form.group_id,
        form.amount.minor,
        tip,
        form.amount.currency,
        form.paid_on,
        form.method,
    )


def _as_far_as_it_reaches(allocations: Iterable[Allocation], form: PaymentForm) -> tuple[Use, ...]:
    """The old uses in their order, cut where the new amount ends."""
    left = form.amount - (form.tip or Money.zero(form.amount.currency))
    uses = []
    for allocation in sorted(allocations, key=lambda one: one.id):
        amount = min(left, Money(allocation.amount, allocation.currency))
        if amount:
            uses.append(Use(allocation.invoice_id, amount))
            left -= amount
    return tuple(uses)
