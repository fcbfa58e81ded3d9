"""What can be done with one invoice: the acts on the page of an invoice that stands by itself [A79-A84, 74-81]."""

from __future__ import annotations

from datetime import date

from flask import url_for

from admin_app.models import Invoice, InvoiceKind, InvoiceState
from admin_app.policy import Permission as P
from admin_app.policy import holds
from admin_app.services.checkout.saved_cards import chargeable
from admin_app.web.company import actor, office_session

Act = tuple[str, str, str]
"""Words, icon and address."""


def acts_on(invoice: Invoice, today: date, back: str) -> list[Act]:
    """The acts that this person may do now; what an act does is said on a page of its own before it is done."""
    is_issued = invoice.state is InvoiceState.ISSUED
    is_open = is_issued and invoice.balance > 0
    is_late = is_open and invoice.due_on is not None and invoice.due_on < today
    is_interest = invoice.kind is InvoiceKind.INTEREST and invoice.state is not InvoiceState.VOID
    is_held = is_issued and invoice.retained > 0 and invoice.released_on is None
    where = {"invoice_id": invoice.id, "back": back}
    wanted = (
        (
            True,
            P.MONEY_READ,
            "Look at the PDF",
            "file-earmark-text",
            "papers.invoice_pdf",
            {"record_id": invoice.id},
        ),
        (
            is_issued,
            P.MONEY_WRITE,
            "Send by mail",
            "send",
            "papers.send_invoice",
            {"record_id": invoice.id, "back": back},
        ),
        (
            is_issued,
            P.MONEY_WRITE,
            "Send a text",
            "phone",
            "papers.send_invoice",
            {"record_id": invoice.id, "channel": "sms", "back": back},
        ),
        (
            is_issued,
            P.MONEY_WRITE,
            "Copy portal link",
            "link-45deg",
            "document_links.bill",
            {"word": "invoice", "record_id": invoice.id, "back": back},
        ),
        (
            is_open,
            P.MONEY_WRITE,
            "Record payment",
            "cash-coin",
            "customers.new_payment",
            {"group_id": invoice.group_id, "invoice": invoice.id},
        ),
        (
            is_open and bool(chargeable(office_session(), actor(), invoice.group_id)),
            P.MONEY_WRITE,
            "Charge saved card",
            "credit-card",
            "billing.charge_card",
            where,
        ),
        (is_issued, P.CREDIT, "Write credit note", "dash-circle", "billing.credit", where),
        (is_open, P.CREDIT, "Write off", "x-circle", "billing.write_off", where),
        (is_held, P.MONEY_WRITE, "Release retainage", "unlock", "billing.release", where),
        (
            is_late and not is_interest,
            P.MONEY_WRITE,
            "Charge interest",
            "percent",
            "billing.charge_one",
            where,
        ),
        (is_interest, P.MONEY_WRITE, "Take interest off", "percent", "billing.waive", where),
    )
    return [
        (words, icon, url_for(endpoint, **values))
        for holds_now, right, words, icon, endpoint, values in wanted
        if holds_now and holds(actor(), right)
    ]
