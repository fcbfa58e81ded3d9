"""What a client paid, receipts, and the account as the ledger has it [87, 90, W7]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.documents.pdf import render_pdf
from admin_app.kernel.errors import NotFound
from admin_app.kernel.money import Money
from admin_app.models import CustomerGroup, Invoice, Payment, PortalModule, Refund
from admin_app.portal.forms import form_key
from admin_app.portal.lists import listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.papers import sent_pdf
from admin_app.portal.seen import note_downloaded, note_opened
from admin_app.portal.things import NOTHING_HERE, thing, things
from admin_app.records.customer_money import uses_of
from admin_app.records.statement_of_account import Account, Since, currencies_of, read_account
from admin_app.services.checkout.what_to_pay import card_brand, owed
from admin_app.services.papers.paper_of import content_of, file_name, pictures_of
from admin_app.services.send_statement import statement_pdf as drawn_statement
from admin_app.storage.folder import FolderStorage
from admin_app.web.clients import LINK, client, for_clients
from admin_app.web.company import actor, currency, office_session, today
from admin_app.web.login import settings

SINCE = ((Since.LIFETIME.value, "Everything"), (Since.LAST_ZERO.value, "Since nothing was owed"))


@pages.get("/payments/")
@for_clients(PortalModule.INVOICES)
def payments() -> ResponseReturnValue:
    """What was paid and paid back, the latest first, and what is with us for later."""
    session = office_session()
    found = page_of(select(Payment).order_by(Payment.paid_on.desc(), Payment.id.desc()))
    used = uses_of(session, actor(), list(found.rows))
    back = things(
        select(Refund)
        .where(Refund.payment_id.in_([payment.id for payment in found.rows]))
        .order_by(Refund.refunded_on.desc(), Refund.id.desc())
    )
    return render_template(
        "portal/invoices/payments.html",
        used=used,
        refunds=back,
        unused=[
            Money(one.unused, one.currency) for one in owed(session, actor(), client().group_id) if one.unused
        ],
        **listed(".payments", found),
    )


@pages.get("/receipts/<public_id>")
@for_clients(PortalModule.INVOICES, by_link=True)
def receipt(public_id: str) -> ResponseReturnValue:
    """One payment: what came, what it settled, what went back."""
    payment = thing(Payment, public_id)
    note_opened(payment)
    used = uses_of(office_session(), actor(), [payment])[payment.id]
    return render_template(
        "portal/invoices/receipt.html",
        payment=payment,
        used=[(invoice, Money(amount, payment.currency)) for invoice, amount in used],
        refunds=things(select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.id)),
    )


@pages.get("/receipts/<public_id>/pdf")
@for_clients(PortalModule.INVOICES, by_link=True)
def receipt_pdf(public_id: str) -> Response:
    """The receipt on paper; it names the invoices that the client sees."""
    payment = thing(Payment, public_id)
    content = content_of(office_session(), "receipt", payment)
    numbers = {one.number for one in things(select(Invoice).where(Invoice.group_id == payment.group_id))}
    if client().mode != LINK:
        content = replace(
            content, settlements=tuple(one for one in content.settlements if one.document in numbers)
        )
    pdf = render_pdf(content, pictures_of(content, FolderStorage(settings().files)))
    note_downloaded(payment)
    return sent_pdf(pdf, file_name(content))


@pages.get("/statement")
@for_clients(PortalModule.INVOICES)
def statement() -> ResponseReturnValue:
    """The account with the balance after each entry, and one button that pays what is owed [90]."""
    session, group = office_session(), own_account()
    account = _account(group)
    due = next((one for one in owed(session, actor(), group.id) if one.currency == account.currency), None)
    balance = Money(account.closing, account.currency)
    return render_template(
        "portal/invoices/statement.html",
        account=account,
        balance=balance,
        owes=account.closing > 0,
        amounts=[
            (row, Money(row.amount, account.currency), Money(row.balance, account.currency))
            for row in account.rows
        ],
        opening=Money(account.opening, account.currency),
        currencies=currencies_of(session, group) or [currency()],
        since=request.args.get("since", Since.LIFETIME.value),
        starts_on=request.args.get("from", ""),
        choices=SINCE,
        to_pay=Money(due.due, due.currency) if due is not None and due.due else None,
        takes_card=bool(
            due is not None
            and due.invoices
            and len({bill.brand_id for bill in due.invoices}) == 1
            and card_brand(session, due.invoices[0].brand_id or group.brand_id)
        ),
        key=form_key(),
    )


@pages.get("/statement/pdf")
@for_clients(PortalModule.INVOICES)
def statement_pdf() -> Response:
    """The same on paper."""
    group = own_account()
    name, pdf = drawn_statement(office_session(), FolderStorage(settings().files), group, _account(group))
    return sent_pdf(pdf, name)


def own_account() -> CustomerGroup:
    """The customer, for who looks after the account; raises NotFound for anybody else."""
    group = next(iter(things(select(CustomerGroup))), None)
    if group is None or not client().scope.sees_account:
        raise NotFound(NOTHING_HERE)
    return group


def _account(group: CustomerGroup) -> Account:
    session = office_session()
    known = currencies_of(session, group)
    asked = request.args.get("currency", "")
    code = asked if asked in known else currency() if currency() in known else (known or [currency()])[0]
    word = request.args.get("since", "")
    since = Since(word) if word in {one.value for one in Since} else Since.LIFETIME
    starts_on: date | None = None
    if since is Since.DAY:
        try:
            starts_on = date.fromisoformat(request.args.get("from", ""))
        except ValueError:
            since = Since.LIFETIME  # an empty or mistyped day shows everything
    return read_account(session, actor(), group, code, since, starts_on=starts_on, ends_on=today())
