"""The client's own details: shown as we have them, changed once the office agrees [121]."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import ChangeState, Contact, ContactChange
from admin_app.policy import Permission, may
from admin_app.portal.forms import typed
from admin_app.portal.pages import pages
from admin_app.portal.things import NOTHING_HERE, things
from admin_app.services.portal.propose_details import OWN_FIELDS, propose_details, withdraw_change
from admin_app.web.clients import PORTAL, client, for_clients
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email",
    "phone": "Phone",
    "mobile": "Mobile",
}
MOST_ANSWERED = 3


@pages.get("/details")
@for_clients()
def details() -> ResponseReturnValue:
    """What we know of them, what waits, and the form to ask for a change."""
    return _page()


@pages.post("/details")
@for_clients()
def propose() -> ResponseReturnValue:
    """Ask for other details; they hold once the office accepted them."""
    try:
        propose_details(office_session(), {key: typed(key) for key in OWN_FIELDS}, actor(), clock())
    except (Invalid, Unmet) as refusal:
        keep_nothing()
        return _page(refusal), refusal.status
    flash("We have your change and will look at it. Until then the old details hold.", "success")
    return redirect(url_for(".details"))


@pages.post("/details/withdraw")
@for_clients()
def withdraw_details() -> ResponseReturnValue:
    """Take the change back that waits."""
    withdraw_change(office_session(), actor(), clock())
    flash("The change is taken back.", "success")
    return redirect(url_for(".details"))


def _page(wrong: Invalid | Unmet | None = None) -> str:
    me = next(iter(things(select(Contact))), None)
    if me is None:
        raise NotFound(NOTHING_HERE)
    changes = things(
        select(ContactChange)
        .where(ContactChange.state != ChangeState.WITHDRAWN)
        .order_by(ContactChange.id.desc())
        .limit(MOST_ANSWERED + 1)
    )
    waiting = next((one for one in changes if one.state is ChangeState.WAITING), None)
    has_password = client().mode == PORTAL and "portal_door.password" in current_app.view_functions
    return render_template(
        "portal/details.html",
        me=me,
        labels=LABELS,
        waiting=waiting,
        answered=[one for one in changes if one.state is not ChangeState.WAITING][:1],
        values={key: typed(key) if wrong else _as_wished(me, waiting, key) for key in OWN_FIELDS},
        may_change=may(actor(), Permission.KEEP_OWN_DETAILS, me),
        password_url=url_for("portal_door.password") if has_password else None,
        wrong=wrong,
        wrong_fields=wrong.fields if isinstance(wrong, Invalid) else {},
    )


def _as_wished(me: Contact, waiting: ContactChange | None, key: str) -> str:
    """What the form begins with: the wish that waits, else what we have."""
    if waiting is not None and key in waiting.after:
        return str(waiting.after[key] or "")
    return str(getattr(me, key) or "")
