"""Papers at the desk: looked at, sent to a contact, checked against what was frozen [A59, A60, A76, A79, A80, L9]."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.letter import answer
from admin_app.kernel.errors import NotFound
from admin_app.models import CreditNote, Entity, Estimate, Invoice, Refund
from admin_app.policy import Permission
from admin_app.services.papers.by_hand import send_by_hand
from admin_app.services.papers.freeze import is_intact, snapshot_of
from admin_app.services.papers.paper_of import content_of, file_name, find, pdf_of
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings
from admin_app.web.paths import own_path

page = Blueprint("papers", __name__, url_prefix="/admin/papers")


@page.get("/estimate/<int:record_id>.pdf")
@rule(Permission.SALES_READ)
def estimate_pdf(record_id: int) -> Response:
    """The estimate on paper [A59]."""
    return _pdf("estimate", record_id)


@page.get("/workorder/<int:record_id>.pdf")
@rule(Permission.WORK_READ)
def workorder_pdf(record_id: int) -> Response:
    """The workorder on paper, without prices [A76]."""
    return _pdf("workorder", record_id)


@page.get("/invoice/<int:record_id>.pdf")
@rule(Permission.MONEY_READ)
def invoice_pdf(record_id: int) -> Response:
    """The invoice on paper [A79]."""
    return _pdf("invoice", record_id)


@page.get("/credit-note/<int:record_id>.pdf")
@rule(Permission.MONEY_READ)
def credit_note_pdf(record_id: int) -> Response:
    """The credit note on paper."""
    return _pdf("credit-note", record_id)


@page.get("/receipt/<int:record_id>.pdf")
@rule(Permission.MONEY_READ)
def receipt_pdf(record_id: int) -> Response:
    """The receipt of a payment."""
    return _pdf("receipt", record_id)


@page.get("/refund/<int:record_id>.pdf")
@rule(Permission.MONEY_READ)
def refund_pdf(record_id: int) -> Response:
    """The document of a refund [M28]."""
    return _pdf("refund", record_id)


def _pdf(word: str, record_id: int) -> Response:
    session = office_session()
    record = find(session, word, record_id, actor())
    pdf = pdf_of(session, FolderStorage(settings().files), word, record)
    name = file_name(content_of(session, word, record))
    return send_file(
        io.BytesIO(pdf),
        mimetype="application/pdf",
        as_attachment="save" in request.args,
        download_name=name,
    )


@page.route("/estimate/<int:record_id>/send", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def send_estimate(record_id: int) -> ResponseReturnValue:
    """Send, or send again, an estimate that has its number [A60]."""
    return _send("estimate", record_id)


@page.route("/invoice/<int:record_id>/send", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def send_invoice(record_id: int) -> ResponseReturnValue:
    """Send an issued invoice [A80]."""
    return _send("invoice", record_id)


@page.route("/credit-note/<int:record_id>/send", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def send_credit_note(record_id: int) -> ResponseReturnValue:
    """Send a credit note."""
    return _send("credit-note", record_id)


@page.route("/receipt/<int:record_id>/send", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def send_receipt(record_id: int) -> ResponseReturnValue:
    """Send the receipt of a payment."""
    return _send("receipt", record_id)


def _send(word: str, record_id: int) -> ResponseReturnValue:
    """The letter with its paper; a text message about it goes without."""

    def record() -> Entity:
        return find(office_session(), word, record_id, actor())

    name = file_name(content_of(office_session(), word, record()))
    return answer(
        record,
        lambda about, letter, key: send_by_hand(
            office_session(), word, about, letter, actor(), clock(), key
        ),
        (name, f"/admin/papers/{word}/{record_id}.pdf"),
    )


def _back(record: Any) -> str:
    """The page of this site that the form was opened from, else the customer's."""
    home = url_for("customers.profile", group_id=record.group_id)
    return own_path(request.values.get("back"), home)


@page.get("/<any(estimate,invoice,'credit-note',refund):word>/<int:record_id>/frozen")
@rule(Permission.SALES_READ)
def frozen(word: str, record_id: int) -> ResponseReturnValue:
    """What was frozen of a document, its hash worked out anew, and who signed which content [L9, I10]."""
    session = office_session()
    record = find(session, word, record_id, actor())
    assert isinstance(record, Estimate | Invoice | CreditNote | Refund)
    snapshot = snapshot_of(session, record)
    if snapshot is None:
        raise NotFound("Nothing of this document is frozen: it was not sent or issued here")
    return render_template(
        "admin/papers/frozen.html",
        page_title=f"Check {record.singular} {record}",
        record=record,
        snapshot=snapshot,
        intact=is_intact(snapshot),
        signatures=record.signatures if isinstance(record, Estimate) else [],
        back=_back(record),
    )
