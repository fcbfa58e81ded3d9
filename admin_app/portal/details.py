"""The client's own details: shown as we have them, changed once the office agrees [121]."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.text import email_key
from admin_app.models import ChangeState, Contact, ContactChange, PortalAccount
from admin_app.policy import Permission, may
from admin_app.portal.forms import typed
from admin_app.portal.own_password import NOT_YOURS, own_password_fits
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
    """Ask for other details; they hold once the office accepted them.  Another email address asks for the password."""
    try:
        _be_sure_who_asks()
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


def _be_sure_who_asks() -> None:
    """The address is the way in, so who has a password types it again to change it; raises Invalid at `current`."""
    me = next(iter(things(select(Contact))), None)
    if me is None or not _has_password() or email_key(typed("email")) == (me.email_key or ""):
        return
    if not own_password_fits(typed("current")):
        raise Invalid(NOT_YOURS, {"current": NOT_YOURS if typed("current") else "Type your password"})


def _has_password() -> bool:
    """Whether the client signs in with a password; whoever looks through their eyes is asked for none."""
    mine = next(iter(things(select(PortalAccount))), None) if client().mode == PORTAL else None
    return mine is not None and mine.password_hash is not None


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
    return render_template(
        "portal/details.html",
        me=me,
        labels=LABELS,
        waiting=waiting,
        answered=[one for one in changes if one.state is not ChangeState.WAITING][:1],
        values={key: typed(key) if wrong else _as_wished(me, waiting, key) for key in OWN_FIELDS},
        may_change=may(actor(), Permission.KEEP_OWN_DETAILS, me),
        has_password=_has_password(),
        password_url=url_for("portal_door.password") if client().mode == PORTAL else None,
        wrong=wrong,
        wrong_fields=wrong.fields if isinstance(wrong, Invalid) else {},
    )


def _as_wished(me: Contact, waiting: ContactChange | None, key: str) -> str:
    """What the form begins with: the wish that waits, else what we have."""
    if waiting is not None and key in waiting.after:
        return str(waiting.after[key] or "")
    return str(getattr(me, key) or "")
