"""The page of a call: shown, shown again with another customer or other times, saved in one act [44, A52, A53, 12].

Every button of the form brings back what was typed; only "Save call" keeps anything.  Without script the search is a
form of its own, and the choices are links and buttons.
"""

from __future__ import annotations

import secrets

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.calls.desk import desk
from admin_app.admin.calls.form import LAST_ESTIMATOR, CallForm, open_form, read_call, refuse, typed_form
from admin_app.admin.projects.desk import home_of
from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.policy import Permission
from admin_app.services.keep_preference import remember
from admin_app.services.messages.resolve import Resolved
from admin_app.services.take_call import KnownAlready, Taken, take_call
from admin_app.services.who_was_told import would_be_told
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, zone
from admin_app.web.formats import instant
from admin_app.web.office import keep_nothing

ONLY_ASKS = ("find", "choose", "new", "other", "slots")
"""Buttons that show the form again and keep nothing."""


@desk.route("/new", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def new() -> ResponseReturnValue:
    """The form; on POST what came of the call, or the form again with what was typed."""
    if request.method != "POST":
        return _shown(open_form()), 200
    if request.form.get("act") in ONLY_ASKS or request.form.get("choose"):
        keep_nothing()
        return _shown(typed_form()), 200
    form = typed_form()
    try:
        taken = take_call(office_session(), read_call(form), actor(), clock(), request.form.get("key") or None)
        estimator = taken.lead.project.estimator_id
        remember(office_session(), actor(), LAST_ESTIMATOR, str(estimator or ""))
        said, back = _said(taken), home_of(taken.lead.project, "lead")
    except (Invalid, Unmet, Conflict) as refusal:
        office_session().rollback()
        keep_nothing()
        return _again(refusal), refusal.status
    for sentence, kind in said:
        flash(sentence, kind)
    return redirect(back)


def _again(refusal: Invalid | Unmet | Conflict) -> str:
    """The form with what was typed, read anew: what the attempt had written is gone."""
    form = typed_form()
    if isinstance(refusal, Invalid):
        refuse(form, refusal)
    elif isinstance(refusal, KnownAlready):
        form.doubles = refusal.doubles
    else:
        form.error = refusal.sentence
    return _shown(form)


def _said(taken: Taken) -> list[tuple[str, str]]:
    """What was done, in sentences with their tone."""
    lead, event = taken.lead, taken.event
    told = [(f"“{lead.title}” is on the list.", "success")]
    if event is not None:
        who = event.assignee.name if event.assignee is not None else "Somebody"
        told = [(f"“{lead.title}” is on the list. {who} comes on {instant(event.starts_at, zone())}.", "success")]
    if taken.told:
        told.append((taken.told, "warning" if taken.told.startswith("Nobody") else "info"))
    for clash in taken.clashes[:1]:
        told.append((f"{clash.who} has “{clash.what}” at that time already.", "warning"))
    return told


def _shown(form: CallForm) -> str:
    return render_template(
        "admin/calls/new.html",
        form=form,
        key=request.form.get("key") or secrets.token_urlsafe(24),
        told=_who_is_told(form),
        focus=_focus(form),
        link=lambda caller: url_for(
            "calls.new",
            group=caller.group_id,
            contact=caller.contact_id,
            thread=form.thread.id if form.thread is not None else None,
        ),
    )


def _who_is_told(form: CallForm) -> Resolved | None:
    """Who would get the confirmation, and why others would not [L14]; None while the customer is not known."""
    if form.group is None:
        return None
    return would_be_told(office_session(), form.group)


def _focus(form: CallForm) -> str:
    """Where the keyboard goes on: who calls, then what they want; a refusal goes to its summary."""
    if form.error or form.doubles:
        return ""
    act = request.form.get("act", "")
    if act == "slots":
        return "slot"
    if form.group is not None or act == "new":
        return "title" if form.group is not None else "person-first_name"
    return "q"
