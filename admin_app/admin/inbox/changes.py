"""A client's wish to change own details: before and after, accepted or refused with words [121]."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.inbox.desk import desk
from admin_app.kernel.errors import Conflict, Invalid, Refusal, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import ChangeState, ContactChange
from admin_app.policy import Permission
from admin_app.records.contact_changes import the_change, wishes_of
from admin_app.records.inbox import Box
from admin_app.services.portal.answer_details import accept_change, refuse_change
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing


@desk.get("/changes/<int:change_id>")
@rule(Permission.MESSAGES_READ)
def change(change_id: int) -> ResponseReturnValue:
    """One wish with its fields side by side."""
    return _page(the_change(office_session(), actor(), change_id))


@desk.post("/changes/<int:change_id>")
@rule(Permission.CUSTOMERS_WRITE)
def answer_change(change_id: int) -> ResponseReturnValue:
    """Accept or refuse; the client is told, and the contact changes only by an acceptance."""
    session = office_session()
    found = the_change(session, actor(), change_id)
    name = found.contact.name
    try:
        match request.form.get("act"):
            case "accept":
                seen = parse_id(request.form.get("version", ""))
                answered = accept_change(session, found, actor(), clock(), seen=seen or 0)
                flash(f"Saved. {answered.told}.", "success")
            case "refuse":
                answered = refuse_change(session, found, request.form.get("words", ""), actor(), clock())
                flash(f"Refused; {name} stays as it was. {answered.told}.", "success")
            case _:
                raise Invalid("Accept or refuse it")
    except (Invalid, Unmet, Conflict) as refusal:
        session.rollback()
        keep_nothing()
        return _page(the_change(session, actor(), change_id), refusal), refusal.status
    return redirect(url_for("inbox.index", box=Box.DETAILS.value))


def _page(change: ContactChange, refusal: Refusal | None = None) -> str:
    wrong = refusal.fields.get("words", "") if isinstance(refusal, Invalid) else ""
    return render_template(
        "admin/inbox/change.html",
        page_title=f"New details of {change.contact.name}",
        change=change,
        wishes=wishes_of(office_session(), change),
        waits=change.state is ChangeState.WAITING,
        words=request.form.get("words", ""),
        wrong=wrong,
        refused=refusal.sentence if refusal is not None and not wrong else "",
    )
