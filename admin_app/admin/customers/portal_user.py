"""The Customer portal tab of a contact: user name, password, switch, parts, invitations, links [W18-W20, W28-W31].

A portal user belongs to the contact; what it hides is said with each customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, the_group
from admin_app.admin.customers.portal import hidden_above, see_as_url, shown_links, shown_receipts
from admin_app.admin.portal_addresses import invitation_to_hand_over
from admin_app.admin.settings.portal import MODULE_WORDS, hides_ticked
from admin_app.kernel.errors import Conflict, Invalid, NotFound, Refusal, Unmet
from admin_app.models import CustomerGroup
from admin_app.policy import Closed, Permission, client_scope
from admin_app.records.portal_people import Person, Stage, people_of
from admin_app.services.passwords import Passwords
from admin_app.services.portal.accounts import (
    Wanted,
    end_everything,
    hash_for_client,
    keep_portal_user,
    names_of,
)
from admin_app.services.portal.invitations import DAYS, draw_invitation, mail_invitation
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import release_transaction, settings
from admin_app.web.office import keep_nothing


@desk.get("/<int:group_id>/portal/users/<int:contact_id>")
@rule(Permission.SALES_READ)
def portal_user(group_id: int, contact_id: int) -> ResponseReturnValue:
    """One portal user with this customer."""
    group = the_group(group_id)
    return _page(group, _person(group, contact_id))


@desk.post("/<int:group_id>/portal/users/<int:contact_id>")
@rule(Permission.ACCESS_GRANT)
def keep_user(group_id: int, contact_id: int) -> ResponseReturnValue:
    """Save user name, password, switch and parts; the first save makes the portal user [W16-W20]."""
    group = the_group(group_id)
    person = _person(group, contact_id)
    active = request.form.get("active-on") != "no"
    taken = _taken_away(group, person) if not active else []
    if taken and request.form.get("agreed") != ", ".join(taken):
        keep_nothing()
        return _page(group, person, asks=taken), 200
    try:
        password_hash = _hashed(person)
        group = the_group(group_id)  # the transaction was given back while the password was hashed
        wanted = Wanted(
            user_name=request.form.get("user_name", ""),
            password_hash=password_hash,
            active=active,
            hides=hides_ticked(request.form, "user") if person.membership is not None else None,
        )
        account = keep_portal_user(office_session(), group, contact_id, wanted, actor(), clock())
    except (Invalid, Unmet, Conflict) as refusal:
        return _refused(group_id, contact_id, refusal)
    said = ["Saved."]
    if password_hash:
        said.append(f"{account.contact.name} is asked for another password at the first sign-in.")
    flash(" ".join([*said, *(f"{sentence}." for sentence in taken)]), "success")
    return redirect(_home(group, contact_id))


@desk.post("/<int:group_id>/portal/users/<int:contact_id>/invite")
@rule(Permission.ACCESS_GRANT)
def invite_user(group_id: int, contact_id: int) -> ResponseReturnValue:
    """Mail an invitation; invitations before it open nothing any more."""
    group = the_group(group_id)
    person = _person(group, contact_id)
    try:
        mail_invitation(office_session(), group, contact_id, actor(), clock())
    except (Invalid, Unmet, Conflict) as refusal:
        return _refused(group_id, contact_id, refusal)
    flash(f"A mail with the way in is on its way to {person.contact.email}.", "success")
    return redirect(_home(group, contact_id))


@desk.post("/<int:group_id>/portal/users/<int:contact_id>/invitation")
@rule(Permission.ACCESS_GRANT)
def draw_user_invitation(group_id: int, contact_id: int) -> ResponseReturnValue:
    """Show an invitation once, to be handed over by whoever asked; it is not mailed and not shown again."""
    group = the_group(group_id)
    _person(group, contact_id)
    try:
        token = draw_invitation(office_session(), group, contact_id, actor(), clock())
    except (Invalid, Unmet, Conflict) as refusal:
        return _refused(group_id, contact_id, refusal)
    return _page(group, _person(group, contact_id), invitation=invitation_to_hand_over(token))


@desk.post("/<int:group_id>/portal/users/<int:contact_id>/sign-out")
@rule(Permission.ACCESS_GRANT)
def sign_user_out(group_id: int, contact_id: int) -> ResponseReturnValue:
    """End every session of a portal user, and every invitation and link to sign in that is on its way."""
    group = the_group(group_id)
    person = _person(group, contact_id)
    if person.account is None:
        raise NotFound("This contact has no portal user yet")
    end_everything(office_session(), person.account, clock())
    flash(f"{person.contact.name} is signed out everywhere. The next visit asks to sign in again.", "success")
    return redirect(_home(group, contact_id))


def _home(group: CustomerGroup, contact_id: int) -> str:
    return url_for("customers.portal_user", group_id=group.id, contact_id=contact_id)


def _person(group: CustomerGroup, contact_id: int) -> Person:
    """Somebody of this customer or of one of its projects; raises NotFound for anybody else."""
    found = people_of(office_session(), actor(), group.id, contact_id)
    if not found:
        raise NotFound("There is no such contact here")
    return found[0]


def _hashed(person: Person) -> str | None:
    """The hash of a password that was typed; the database is given back while it is made.  Raises Invalid."""
    typed = request.form.get("password", "")
    if not typed:
        return None
    names = (*names_of(office_session(), person.contact, person.account), request.form.get("user_name", ""))
    release_transaction()
    return hash_for_client(Passwords.by(settings()), typed, [name for name in names if name])


def _taken_away(group: CustomerGroup, person: Person) -> list[str]:
    """What ends with the switch of one user, in numbers; nothing where it is off already."""
    if person.account is None or not person.account.active:
        return []
    name, links = person.contact.name, len(shown_links(group, person.contact.id))
    said = [f"{name} no longer gets in, with no customer"]
    if person.sessions:
        browsers = "1 browser is" if person.sessions == 1 else f"{person.sessions} browsers are"
        said.append(f"{browsers} signed out")
    if links:
        stop = "1 link made for {0} here stops" if links == 1 else "{1} links made for {0} here stop"
        said.append(f"{stop.format(name, links)} working")
    return said


def _refused(group_id: int, contact_id: int, refusal: Refusal) -> ResponseReturnValue:
    office_session().rollback()
    keep_nothing()
    group = the_group(group_id)
    return _page(group, _person(group, contact_id), refusal=refusal), refusal.status


def _page(
    group: CustomerGroup,
    person: Person,
    *,
    asks: Sequence[str] = (),
    refusal: Refusal | None = None,
    invitation: str = "",
) -> str:
    session = office_session()
    scope = client_scope(session, person.contact.id, group.id)
    typed = request.form if request.method == "POST" and not invitation else None
    account = person.account
    fields: dict[str, str] = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
    values: dict[str, Any] = {
        "user_name": account.user_name or "" if account is not None else "",
        "active": account is None or account.active,
        "hides": person.hides,
    }
    if typed is not None and "active-on" in typed:
        values = {
            "user_name": typed.get("user_name", "")[:80],
            "active": typed.get("active-on") != "no",
            "hides": hides_ticked(typed, "user"),
        }
    return render_template(
        "admin/customers/portal_user.html",
        group=group,
        person=person,
        contact=person.contact,
        account=account,
        stages=Stage,
        values=values,
        wrong=fields,
        refused=refusal.sentence if refusal is not None else "",
        asks=asks,
        agreed=", ".join(asks),
        closed=scope.why if isinstance(scope, Closed) else "",
        words=MODULE_WORDS,
        hidden_above=hidden_above(group),
        links=shown_links(group, person.contact.id),
        receipts=shown_receipts(group, person.contact.id),
        invitation=invitation,
        days=DAYS,
        see_as_url=see_as_url(group, person.contact.id),
    )
