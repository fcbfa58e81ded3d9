"""Invoices in the portal: the list with what is due, the page of one, credit notes, and their papers [W7, E6, 82]."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.money import Money
from admin_app.models import CreditNote, Invoice, InvoiceState, PortalModule
from admin_app.portal.bill_page import priced_lines, priced_totals, read_bill
from admin_app.portal.forms import form_key
from admin_app.portal.lists import chosen_filter, listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.papers import frozen_paper, note_paper_opened
from admin_app.portal.talk import talk_about
from admin_app.portal.things import thing, things
from admin_app.services.checkout.start import mandate_words
from admin_app.services.checkout.what_to_pay import card_brand, owed
from admin_app.services.papers.paper_of import content_of
from admin_app.web.clients import LINK, client, for_clients
from admin_app.web.company import actor, office_session, today

SHOWS = (("", "All"), ("open", "To pay"), ("paid", "Paid"))


@pages.get("/invoices/")
@for_clients(PortalModule.INVOICES)
def invoices() -> ResponseReturnValue:
    """What is due in all, and every invoice with its state, what is open first."""
    session, shown = office_session(), chosen_filter(SHOWS)
    query = select(Invoice)
    if shown == "open":
        query = query.where(Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0)
    elif shown == "paid":
        query = query.where(Invoice.state == InvoiceState.ISSUED, Invoice.balance == 0)
    found = page_of(query.order_by(Invoice.balance == 0, Invoice.issued_on.desc(), Invoice.id.desc()))
    accounts = owed(session, actor(), client().group_id)
    return render_template(
        "portal/invoices/list.html",
        **listed(".invoices", found, SHOWS, shown),
        accounts=[one for one in accounts if one.billed],
        due={one.currency: Money(one.billed, one.currency) for one in accounts},
        payable={
            one.currency
            for one in accounts
            if one.invoices and all(_takes_card(invoice) for invoice in one.invoices)
        },
        sees_account=client().scope.sees_account,
        key=form_key(),
    )


@pages.get("/invoices/<public_id>")
@for_clients(PortalModule.INVOICES, by_link=True)
def invoice(public_id: str) -> ResponseReturnValue:
    """One invoice: what is to pay, the paper, what settled it, and the ways to pay."""
    bill = thing(Invoice, public_id)
    session = office_session()
    note_paper_opened(bill)
    brand = card_brand(session, bill.brand_id or bill.group.brand_id)
    return render_template(
        "portal/invoices/invoice.html",
        bill=read_bill(session, bill, content_of(session, "invoice", bill), actor(), today()),
        may_keep_card=client().scope.sees_account and client().mode != LINK and brand is not None,
        mandate=mandate_words(brand.name) if brand is not None else "",
        credit_notes=things(
            select(CreditNote).where(CreditNote.invoice_id == bill.id).order_by(CreditNote.id)
        ),
        talk=talk_about(bill),
        key=form_key(),
    )


@pages.get("/invoices/<public_id>/pdf")
@for_clients(PortalModule.INVOICES, by_link=True)
def invoice_pdf(public_id: str) -> Response:
    """The invoice on paper, as it was issued."""
    return frozen_paper(thing(Invoice, public_id))


@pages.get("/credit-notes/<public_id>")
@for_clients(PortalModule.INVOICES, by_link=True)
def credit_note(public_id: str) -> ResponseReturnValue:
    """What was taken back of an invoice, and what of it is still open."""
    note = thing(CreditNote, public_id)
    note_paper_opened(note)
    content = content_of(office_session(), "credit-note", note)
    return render_template(
        "portal/invoices/credit_note.html",
        note=note,
        content=content,
        lines=priced_lines(content),
        totals=priced_totals(content),
        of=next(iter(things(select(Invoice).where(Invoice.id == note.invoice_id))), None),
        talk=talk_about(note),
    )


@pages.get("/credit-notes/<public_id>/pdf")
@for_clients(PortalModule.INVOICES, by_link=True)
def credit_note_pdf(public_id: str) -> Response:
    """The credit note on paper."""
    return frozen_paper(thing(CreditNote, public_id))


def _takes_card(bill: Invoice) -> bool:
    return card_brand(office_session(), bill.brand_id or bill.group.brand_id) is not None
