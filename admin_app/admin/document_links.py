"""Links to one document at the desk: copy the one of a contact, make it, take it back [A64, A83, A85, E12, E13].

Looking makes no link: a press does, and the page then shows the address to copy.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.portal_addresses import document_address
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import Entity, Estimate, Invoice
from admin_app.policy import Permission
from admin_app.services.messages.about import heading_of
from admin_app.services.papers.paper_of import find
from admin_app.services.portal.document_links import holders, make_link, refuse_draft, take_back
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.paths import own_path

page = Blueprint("document_links", __name__, url_prefix="/admin/links")
ANYBODY = "anybody"


@page.get("/estimate/<int:record_id>")
@rule(Permission.SALES_WRITE)
def estimate(record_id: int) -> ResponseReturnValue:
    """The links to a proposal [A64]."""
    return _shown("estimate", record_id)


@page.post("/estimate/<int:record_id>")
@rule(Permission.SALES_WRITE)
def make_for_estimate(record_id: int) -> ResponseReturnValue:
    """Make a link to a proposal, or take one back."""
    return _done("estimate", record_id)


@page.get("/<any(invoice,'credit-note',receipt):word>/<int:record_id>")
@rule(Permission.MONEY_WRITE)
def bill(word: str, record_id: int) -> ResponseReturnValue:
    """The links to an invoice, credit note or receipt [A83, A85]."""
    return _shown(word, record_id)


@page.post("/<any(invoice,'credit-note',receipt):word>/<int:record_id>")
@rule(Permission.MONEY_WRITE)
def make_for_bill(word: str, record_id: int) -> ResponseReturnValue:
    """Make a link to an invoice, credit note or receipt, or take one back."""
    return _done(word, record_id)


def _shown(word: str, record_id: int, refusal: Unmet | None = None) -> ResponseReturnValue:
    session = office_session()
    record = find(session, word, record_id, actor())
    draft = _draft_because(record)
    rows = [] if draft else holders(session, record, actor())
    return render_template(
        "admin/links/document.html",
        page_title=f"Portal links to {_named(record)}",
        record=record,
        word=word,
        draft=draft,
        sentence=refusal.sentence if refusal is not None else "",
        rows=[(one, document_address(one.link) if one.link is not None else "") for one in rows],
        anybody=ANYBODY,
        asks_for_access=isinstance(record, Estimate),
        here=_here(word, record_id),
        back=_back(record),
    ), (refusal.status if refusal is not None else 200)


def _done(word: str, record_id: int) -> ResponseReturnValue:
    """POST: `make` is a contact's id or "anybody", `take-back` the id of a link."""
    session = office_session()
    record = find(session, word, record_id, actor())
    wanted, taken = request.form.get("make", ""), parse_id(request.form.get("take-back"))
    try:
        if taken is not None:
            take_back(session, record, taken, actor(), clock())
            flash("Taken back: the link opens nothing any more. A new one is another address.", "success")
        else:
            make_link(session, record, _contact_id(wanted), actor(), clock())
            flash("The link is made; copy it below.", "success")
    except Unmet as refusal:
        session.rollback()
        return _shown(word, record_id, refusal)
    return redirect(_here(word, record_id))


def _contact_id(wanted: str) -> int | None:
    if wanted == ANYBODY:
        return None
    number = parse_id(wanted)
    if number is None:
        raise Invalid("Choose for whom the link is", {"make": "Choose somebody"})
    return number


def _draft_because(record: Entity) -> str:
    try:
        refuse_draft(record)
    except Unmet as refusal:
        return refusal.sentence
    return ""


def _named(record: Entity) -> str:
    """ "estimate E-00012": the first part of its heading, in the middle of a sentence."""
    heading = heading_of(record).partition(":")[0]
    return heading[:1].lower() + heading[1:]


def _here(word: str, record_id: int) -> str:
    back = own_path(request.values.get("back"), "") or None
    if word == "estimate":
        return url_for(".estimate", record_id=record_id, back=back)
    return url_for(".bill", word=word, record_id=record_id, back=back)


def _back(record: Entity) -> str:
    """The page of this site that it was opened from, else that of the document."""
    if isinstance(record, Estimate):
        home = url_for("projects.estimate_of", project_id=record.project_id, estimate_id=record.id)
    elif isinstance(record, Invoice) and record.project_id is not None:
        home = url_for("projects.invoice", project_id=record.project_id, bill=record.id)
    else:
        group_id: int = getattr(record, "group_id", 0)
        if not group_id:
            raise NotFound("There is nothing here")
        home = url_for("customers.profile", group_id=group_id)
    return own_path(request.values.get("back"), home)
