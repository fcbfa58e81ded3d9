"""A client chooses a password: by an invitation, because staff chose the last one, or because they want to [110, D10].

A hash takes its time, so the transaction is given back before it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.passwords import HINT
from admin_app.models import Contact, PortalAccount, PortalSession
from admin_app.portal.door import (
    HOME,
    MOST_TYPED,
    door,
    knock,
    link_is_gone,
    passwords,
    session_of_door,
    wanted,
    welcome_in,
)
from admin_app.portal.frame import look_at
from admin_app.services.one_time_link import Purpose
from admin_app.services.portal.accounts import hash_for_client, names_of
from admin_app.services.portal.invitations import groups_open_to
from admin_app.services.portal.sessions import Visit
from admin_app.services.portal.sign_in import change_password, come_in_by_link, tries_of, whose_link
from admin_app.services.portal.tell_client import sender_of
from admin_app.services.sign_in import count_try, forget_tries
from admin_app.web.access import public
from admin_app.web.clients import remember, signed_in_client
from admin_app.web.company import clock
from admin_app.web.database import db, separate_transaction
from admin_app.web.login import release_transaction
from admin_app.web.office import keep_nothing

NOT_YOURS = "That is not your password now"


@door.route("/welcome/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> ResponseReturnValue:
    """Begin by an invitation: choose a password, or go on without one [R35]; opening it changes nothing."""
    session = session_of_door()
    try:
        account, contact = whose_link(session, Purpose.INVITATION, token, clock())
        group = groups_open_to(session, contact.id)[0]
        facts = {
            "name": contact.first_name or contact.name,
            "signs_in_with": contact.email or account.user_name or "",
            "inviter": sender_of(session, contact, group)[1],
            "group_id": group.id,
        }
        if request.method == "GET":
            return _page("invitation", facts)
        try:
            kept = None if request.form.get("without") else _new_hash(names_of(session, contact, account))
            done = come_in_by_link(session, Purpose.INVITATION, token, knock(), clock(), kept)
        except Invalid as refusal:
            return _page("invitation", facts, refusal)
    except NotFound:
        return link_is_gone()
    return welcome_in(done, wanted())


@door.route("/password", methods=["GET", "POST"])
@public
def password() -> ResponseReturnValue:
    """Change one's own password: every other session ends, this one goes on under a new token."""
    session = session_of_door()
    found: tuple[PortalSession, PortalAccount, Contact] | None = signed_in_client()
    if found is None:
        return redirect(url_for(".sign_in", next=url_for(".password")))
    row, account, contact = found
    facts = {
        "is_forced": account.must_change_password,
        "has_one": account.password_hash is not None,
        "signs_in_with": contact.email or account.user_name or "",
        "group_id": row.group_id,
    }
    if request.method == "GET":
        return _page("password", facts)
    replaced, names = account.password_hash, names_of(session, contact, account)
    account_id, visit = account.id, Visit(row.group_id, row.previous_visit_at)
    try:
        if replaced is not None and not own_password_fits(request.form.get("current", "")):
            raise Invalid(NOT_YOURS, {"current": NOT_YOURS})
        kept = _new_hash(names)
        token = change_password(session, account_id, visit, kept, knock(), clock(), replaced)
    except Invalid as refusal:
        return _page("password", facts, refusal)
    flash("Your password is kept. Every other browser is signed out.")
    return remember(cast(Response, redirect(wanted() or HOME)), token)


def own_password_fits(typed: str) -> bool:
    """Whether this is the password of the client who is signed in; tries are counted like those of the door.

    For changes that ask for the password again.  The request's transaction is given back, since a hash takes its time.
    Somebody without a password has none that could fit.  Raises Busy after too many tries.
    """
    found: tuple[PortalSession, PortalAccount, Contact] | None = signed_in_client()
    if found is None:
        return False
    _, account, contact = found
    kept, name, now = account.password_hash, contact.email or account.user_name or "", clock()
    tries, from_here = tries_of(name), knock(name).visitor
    release_transaction()
    count_try(separate_transaction, tries, from_here, now)
    fits = passwords().fits(kept, typed[:MOST_TYPED])
    if fits:
        with separate_transaction() as own:
            forget_tries(own, tries, from_here)
    return fits


def _new_hash(names: tuple[str, ...]) -> str:
    """The hash of the password that was typed twice; raises Invalid at `new` or `again`."""
    new, again = request.form.get("new", ""), request.form.get("again", "")
    if not new or len(new) > MOST_TYPED:
        raise Invalid("Type a new password", {"new": "Type a new password"})
    if new != again:
        raise Invalid("The two passwords differ", {"again": "The two passwords differ; type the same twice"})
    release_transaction()
    return hash_for_client(passwords(), new, names, "new")


def _page(page: str, facts: Mapping[str, object], refusal: Invalid | None = None) -> Response:
    group_id = facts.get("group_id")
    look_at(group_id if isinstance(group_id, int) else None)
    if refusal is not None:
        db.session.rollback()
        keep_nothing()
    drawn = render_template(
        f"portal/door/{page}.html",
        wrong=refusal,
        fields=refusal.fields if refusal is not None else {},
        hint=HINT,
        next=wanted(),
        **facts,
    )
    answer = make_response(drawn)
    answer.status_code = 200 if refusal is None else 422
    return answer
