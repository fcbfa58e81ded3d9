"""What the pages of billing share: their blueprint and the look-up of their records."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import select

from admin_app.kernel.errors import NotFound
from admin_app.models import Estimate, Invoice
from admin_app.policy import visible
from admin_app.web.company import actor, office_session

desk = Blueprint("billing", __name__, url_prefix="/admin/billing")


def the_contract(first_id: int) -> Estimate:
    """The first revision of the estimate that names a contract; raises NotFound."""
    query = select(Estimate).where(Estimate.id == first_id, Estimate.base_id.is_(None))
    found: Estimate | None = office_session().scalar(visible(actor(), query))
    if found is None:
        raise NotFound("There is no such contract")
    return found


def the_invoice(invoice_id: int) -> Invoice:
    """An invoice that this person may see; raises NotFound."""
    query = visible(actor(), select(Invoice).where(Invoice.id == invoice_id))
    found: Invoice | None = office_session().scalar(query)
    if found is None:
        raise NotFound("There is no such invoice")
    return found
