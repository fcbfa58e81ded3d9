"""What the pages of billing share: their blueprint and the look-up of their records."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import select

from admin_app.kernel.errors import NotFound
from admin_app.models import CreditNote, Estimate, Invoice, Subscription, WriteOff
from admin_app.models.types import LARGEST_ID
from admin_app.policy import visible
from admin_app.web.company import actor, office_session

desk = Blueprint("billing", __name__, url_prefix="/admin/billing")


def the_contract(first_id: int) -> Estimate:
    """The first revision of the estimate that names a contract; raises NotFound."""
    query = select(Estimate).where(Estimate.id == usable(first_id), Estimate.base_id.is_(None))
    found: Estimate | None = office_session().scalar(visible(actor(), query))
    if found is None:
        raise NotFound("There is no such contract")
    return found


def the_invoice(invoice_id: int) -> Invoice:
    """An invoice that this person may see; raises NotFound."""
    query = visible(actor(), select(Invoice).where(Invoice.id == usable(invoice_id)))
    found: Invoice | None = office_session().scalar(query)
    if found is None:
        raise NotFound("There is no such invoice")
    return found


def the_subscription(subscription_id: int) -> Subscription:
    """A customer's service plan that this person may see; raises NotFound."""
    query = visible(actor(), select(Subscription).where(Subscription.id == usable(subscription_id)))
    found: Subscription | None = office_session().scalar(query)
    if found is None:
        raise NotFound("There is no such subscription")
    return found


def the_credit_note(credit_id: int) -> CreditNote:
    """A credit note that this person may see; raises NotFound."""
    query = visible(actor(), select(CreditNote).where(CreditNote.id == usable(credit_id)))
    found: CreditNote | None = office_session().scalar(query)
    if found is None:
        raise NotFound("There is no such credit note")
    return found


def the_write_off(loss_id: int) -> WriteOff:
    """A write-off that this person may see; raises NotFound."""
    query = visible(actor(), select(WriteOff).where(WriteOff.id == usable(loss_id)))
    found: WriteOff | None = office_session().scalar(query)
    if found is None:
        raise NotFound("There is no such write-off")
    return found


def usable(record_id: int) -> int:
    """A number that a database can hold; larger ones name nothing."""
    if record_id > LARGEST_ID:
        raise NotFound("There is nothing here")
    return record_id
