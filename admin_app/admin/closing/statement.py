"""The statement of one customer: lifetime, since the last zero, or from a day; as a page, a paper, a mail [90]."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from datetime import date

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.closing.desk import desk
from admin_app.admin.customers.desk import the_group
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import CustomerGroup
from admin_app.policy import Permission
from admin_app.records.statement_of_account import Account, Since, currencies_of, read_account, shown_balance
from admin_app.services.send_statement import draw_statement, payer_of, queue_statement, statement_pdf
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, currency, office_session, today
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    since: Since
    start: date | None
    currency: str
    error: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The same as the query of an address."""
        start = self.start.isoformat() if self.start else ""
        return {"since": self.since.value, "from": start, "currency": self.currency}


def _asked(group: CustomerGroup) -> Asked:
    wanted = request.values.get("since", "")
    since = Since(wanted) if wanted in list(Since) else Since.LAST_ZERO
    known = currencies_of(office_session(), group) or [currency()]
    code = request.values.get("currency", "")
    code = code if code in known else (currency() if currency() in known else known[0])
    if since is not Since.DAY:
        return Asked(since, None, code)
    try:
        return Asked(since, parse_date(request.values.get("from", "")), code)
    except Invalid as refusal:
        return Asked(Since.LIFETIME, None, code, refusal.sentence)


def _read(group: CustomerGroup, asked: Asked) -> Account:
    return read_account(
        office_session(),
        actor(),
        group,
        asked.currency,
        asked.since,
        starts_on=asked.start,
        ends_on=today(),
    )


@desk.get("/statement/<int:group_id>")
@rule(Permission.MONEY_READ)
def statement(group_id: int) -> ResponseReturnValue:
    """The account as a page, with the ways to take it along."""
    return _shown(the_group(group_id))


def _shown(group: CustomerGroup, error: str = "") -> str:
    asked = _asked(group)
    account = _read(group, asked)
    return render_template(
        "admin/closing/statement.html",
        group=group,
        account=account,
        closing=shown_balance(account),
        asked=asked,
        query=asked.query,
        since=Since,
        currencies=currencies_of(office_session(), group),
        payer=payer_of(office_session(), group.id),
        key=request.form.get("key") or secrets.token_urlsafe(12),
        error=error or asked.error,
    )


@desk.get("/statement/<int:group_id>.pdf")
@rule(Permission.MONEY_READ)
def statement_paper(group_id: int) -> Response:
    """The account on paper."""
    group = the_group(group_id)
    account = _read(group, _asked(group))
    name, pdf = statement_pdf(office_session(), FolderStorage(settings().files), group, account)
    return send_file(
        io.BytesIO(pdf),
        mimetype="application/pdf",
        as_attachment="save" in request.args,
        download_name=name,
    )


@desk.post("/statement/<int:group_id>/send")
@rule(Permission.MONEY_WRITE)
def send_statement(group_id: int) -> ResponseReturnValue:
    """Mail the statement to whoever pays; the key of the form sends it once."""
    session, group = office_session(), the_group(group_id)
    account = _read(group, _asked(group))
    key = f"statement-{group.public_id}-{request.form.get('key', '')[:40]}"
    try:
        if payer_of(session, group.id) is None:
            raise Unmet("Nobody of this customer has an email address")
        paper = draw_statement(session, FolderStorage(settings().files), group, account)
        group = the_group(group_id)
        payer = payer_of(session, group.id)
        message = queue_statement(session, group, account, paper, payer, actor(), clock(), key=key)
    except (Invalid, Unmet) as refusal:
        session.rollback()
        keep_nothing()
        return _shown(the_group(group_id), refusal.sentence), refusal.status
    flash(f"Statement on its way to {message.recipient}.", "success")
    return redirect(url_for("customers.payments", group_id=group_id))
