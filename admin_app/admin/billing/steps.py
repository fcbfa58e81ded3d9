"""The steps of an invoice at the desk: issue, and void after reading what that does [A78, M10, M13]."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.billing.desk import desk, the_invoice
from admin_app.kernel.errors import Unmet
from admin_app.models import Invoice
from admin_app.policy import Permission
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.void_invoice import void_invoice
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path


@desk.post("/invoices/<int:invoice_id>/issue")
@rule(Permission.MONEY_WRITE)
def issue(invoice_id: int) -> ResponseReturnValue:
    """The draft takes its number and is booked; a second press finds it issued."""
    invoice = the_invoice(invoice_id)
    issue_invoice(office_session(), invoice, actor(), clock())
    flash(f"Invoice {invoice.number} issued.", "success")
    return redirect(home_of(invoice))


@desk.route("/invoices/<int:invoice_id>/void", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def void(invoice_id: int) -> ResponseReturnValue:
    """An invoice that was a mistake; its number stays, the books take it back."""
    invoice = the_invoice(invoice_id)
    error, status = "", 200
    if request.method == "POST":
        try:
            void_invoice(office_session(), invoice, actor(), clock())
        except Unmet as refusal:
            office_session().rollback()
            keep_nothing()
            invoice = the_invoice(invoice_id)
            error, status = refusal.sentence, refusal.status
        else:
            flash(f"Invoice {invoice.number} is void.", "success")
            return redirect(home_of(invoice))
    page = render_template("admin/billing/void.html", invoice=invoice, error=error, back=home_of(invoice))
    return page, status


def home_of(invoice: Invoice) -> str:
    """The page from which the act was asked for, else where the invoice is at home."""
    if invoice.project_id is not None:
        home = url_for("projects.invoice", project_id=invoice.project_id, bill=invoice.id)
    else:
        home = url_for("invoices.details_view", id=invoice.id)
    return own_path(request.values.get("back"), home)
