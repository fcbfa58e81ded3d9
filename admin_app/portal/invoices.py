"""Invoices in the portal: the list with what is due, the page of one, credit notes, and their papers [W7, E6, 82]."""

from __future__ import annotations

import io

from flask import Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.money import Money
from admin_app.models import CreditNote, Invoice, InvoiceState, PortalModule
from admin_app.portal.bill_page import bill_row, priced_lines, read_bill
from admin_app.portal.forms import form_key
from admin_app.portal.lists import chosen_filter, filters, page_of, url_of_page
from admin_app.portal.pages import pages
from admin_app.portal.seen import note_downloaded, note_opened
from admin_app.portal.talk import talk_about
from admin_app.portal.things import thing, things
from admin_app.services.checkout.start import mandate_words
from admin_app.services.checkout.what_to_pay import card_brand, owed
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.papers.paper_of import content_of, file_name, pdf_of
from admin_app.storage.folder import FolderStorage
from admin_app.web.clients import client, for_clients, is_preview
from admin_app.web.company import actor, office_session, today
from admin_app.web.login import settings

SHOWN = (("", "All"), ("open", "To pay"), ("paid", "Paid"))


@pages.get("/invoices/")
@for_clients(PortalModule.INVOICES)
def invoices() -> ResponseReturnValue:
    """What is due in all, and every invoice with its state, what is open first."""
    session, chosen = office_session(), chosen_filter(SHOWN)
    query = select(Invoice)
    if chosen == "open":
        query = query.where(Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0)
    elif chosen == "paid":
        query = query.where(Invoice.state == InvoiceState.ISSUED, Invoice.balance == 0)
    found = page_of(query.order_by(Invoice.balance == 0, Invoice.issued_on.desc(), Invoice.id.desc()))
    accounts = owed(session, actor(), client().group_id)
    return render_template(
        "portal/invoices/list.html",
        rows=[bill_row(invoice, today()) for invoice in found.rows],
        page=found,
        filters=filters(".invoices", SHOWN, chosen),
        chosen=chosen,
        url_of_page=url_of_page(".invoices", show=chosen),
        accounts=[one for one in accounts if one.billed],
        due={one.currency: Money(one.billed, one.currency) for one in accounts},
        payable={
            one.currency
            for one in accounts
            if one.invoices and all(_takes_card(invoice) for invoice in one.invoices)
        },
        rows_of={one.currency: [bill_row(bill, today()) for bill in one.invoices] for one in accounts},
        sees_account=client().scope.sees_account,
        key=form_key(),
    )


@pages.get("/invoices/<public_id>")
@for_clients(PortalModule.INVOICES, by_link=True)
def invoice(public_id: str) -> ResponseReturnValue:
    """One invoice: what is to pay, the paper, what settled it, and the ways to pay."""
    bill = thing(Invoice, public_id)
    session = office_session()
    note_opened(bill, _hash_of(bill))
    by_link = client().scope.document is not None
    brand = card_brand(session, bill.brand_id or bill.group.brand_id)
    scope = client().scope
    return render_template(
        "portal/invoices/invoice.html",
        bill=read_bill(session, bill, content_of(session, "invoice", bill), actor(), today()),
        by_link=by_link,
        is_preview=is_preview(),
        may_keep_card=scope.sees_account and not by_link and brand is not None,
        mandate=mandate_words(brand.name) if brand is not None else "",
        credit_notes=things(
            select(CreditNote).where(CreditNote.invoice_id == bill.id).order_by(CreditNote.id)
        ),
        talk=talk_about(bill),
        key=form_key(),
        back_url=None if by_link else url_for(".invoices"),
    )


@pages.get("/invoices/<public_id>/pdf")
@for_clients(PortalModule.INVOICES, by_link=True)
def invoice_pdf(public_id: str) -> Response:
    """The invoice on paper, as it was issued."""
    return _paper("invoice", thing(Invoice, public_id))


@pages.get("/credit-notes/<public_id>")
@for_clients(PortalModule.INVOICES, by_link=True)
def credit_note(public_id: str) -> ResponseReturnValue:
    """What was taken back of an invoice, and what of it is still open."""
    note = thing(CreditNote, public_id)
    note_opened(note, _hash_of(note))
    content = content_of(office_session(), "credit-note", note)
    by_link = client().scope.document is not None
    return render_template(
        "portal/invoices/credit_note.html",
        note=note,
        content=content,
        total=Money(note.total, note.currency),
        open=Money(note.open, note.currency),
        lines=priced_lines(content),
        totals=[(row, Money.of(row.amount, content.currency)) for row in content.totals],
        of=next(iter(things(select(Invoice).where(Invoice.id == note.invoice_id))), None),
        talk=talk_about(note),
        back_url=None if by_link else url_for(".invoices"),
    )


@pages.get("/credit-notes/<public_id>/pdf")
@for_clients(PortalModule.INVOICES, by_link=True)
def credit_note_pdf(public_id: str) -> Response:
    """The credit note on paper."""
    return _paper("credit-note", thing(CreditNote, public_id))


def _paper(word: str, record: Invoice | CreditNote) -> Response:
    session = office_session()
    pdf = pdf_of(session, FolderStorage(settings().files), word, record)
    name = file_name(content_of(session, word, record))
    note_downloaded(record, _hash_of(record))
    return send_file(
        io.BytesIO(pdf),
        mimetype="application/pdf",
        as_attachment="show" not in request.args,
        download_name=name,
    )


def _hash_of(record: Invoice | CreditNote) -> str | None:
    frozen = snapshot_of(office_session(), record)
    return frozen.sha256 if frozen is not None else None


def _takes_card(bill: Invoice) -> bool:
    return card_brand(office_session(), bill.brand_id or bill.group.brand_id) is not None
