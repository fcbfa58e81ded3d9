"""The staff: who works here, with which role; switched off rather than deleted, so that the history keeps a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.forms import SAID_ON_THE_FORM, first_values, form_fields, open_form, record_values
from admin_app.admin.settings.desk import PASSWORD, Editing, confirm_password, desk, save_edit, signed_base
from admin_app.kernel.errors import Invalid, Refusal
from admin_app.kernel.text import email_key
from admin_app.models import User
from admin_app.policy import Permission
from admin_app.records.values import office_reading
from admin_app.services import manage_user, save_record, second_step
from admin_app.services.merge_edits import Base
from admin_app.web.access import rule
from admin_app.web.address import public_address
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import release_transaction, settings
from admin_app.web.office import keep_nothing

ROLES = {
    "owner": "Everything, deleting for good included",
    "office": "Everything but deleting for good and the owners' accounts",
    "estimator": "Customers, work and money; no settings, staff or refunds",
    "crew": "Own work, with sites and how to get in; no money",
    "subcontractor": "Own jobs only",
    "analyst": "Reads everything but access notes; changes nothing",
}
"""What each role may do, in a line."""


@desk.get("/staff/")
@rule(Permission.USERS)
def staff() -> ResponseReturnValue:
    """Everybody who works here or did."""
    people = manage_user.staff(office_session(), actor())
    return render_template("admin/settings/staff.html", people=people, roles=ROLES)


@desk.route("/staff/new", methods=["GET", "POST"])
@rule(Permission.USERS)
def staff_new() -> ResponseReturnValue:
    """Add somebody, and draw the link with which they choose a password."""
    session = office_session()
    fields = tuple(bound for bound in form_fields(User, actor()) if bound.key != "active")
    if request.method == "GET":
        data = first_values(fields, office_reading(session))
        return _page(None, Editing(open_form(session, actor(), fields, data=data)))
    form = open_form(session, actor(), fields, posted=request.form)
    try:
        person = save_record.create(session, User, form.values(), actor())
    except SAID_ON_THE_FORM as refusal:
        keep_nothing()
        form.show_refusal(refusal)
        return _page(None, Editing(form, status=refusal.status))
    return _show_link(person)


@desk.route("/staff/<int:user_id>", methods=["GET", "POST"])
@rule(Permission.USERS)
def staff_member(user_id: int) -> ResponseReturnValue:
    """One member of staff; another email address asks for one's own password."""
    if request.method == "GET":
        return _shown(user_id)
    session, fields = office_session(), form_fields(User, actor())
    person = manage_user.member_of_staff(session, user_id, actor())
    form = open_form(session, actor(), fields, posted=request.form)
    other_address = email_key(form["email"].data) != person.email_key

    def save(values: Mapping[str, Any], base: Base) -> None:
        if other_address:
            confirm_password()
        save_record.update(office_session(), User, user_id, values, actor(), base)

    again = save_edit(form, save)
    if again is not None:
        person = manage_user.member_of_staff(office_session(), user_id, actor())
        return _page(person, again, asks_password=other_address)
    flash("Saved.", "success")
    return redirect(url_for("settings.staff"))


@desk.post("/staff/<int:user_id>/link")
@rule(Permission.USERS)
def staff_link(user_id: int) -> ResponseReturnValue:
    """Draw a new link to choose a password; links before it stop working."""
    return _show_link(manage_user.member_of_staff(office_session(), user_id, actor()))


@desk.post("/staff/<int:user_id>/second-step")
@rule(Permission.USERS)
def staff_second_step(user_id: int) -> ResponseReturnValue:
    """Take away app, recovery codes and passkeys of somebody who lost the phone; asks for one's own password."""
    try:
        confirm_password()
        person = manage_user.member_of_staff(office_session(), user_id, actor())
        second_step.reset(office_session(), person, actor(), clock())
    except Invalid as refusal:
        keep_nothing()
        release_transaction()
        return _shown(user_id, refusal)
    flash(f"{person.name} signs in with the password alone until a second step is set up again.", "success")
    return redirect(url_for("settings.staff_member", user_id=user_id))


def _show_link(person: User) -> ResponseReturnValue:
    """Show the link once, and queue the mail that carries it where a mail server and a sender are known."""
    session = office_session()
    token = manage_user.invite(session, person, actor(), clock())
    path = url_for("sign_in.welcome", token=token)
    # On the screen of the one who asked, the address he typed will do; in a mail only the configured one
    # (security.md: links in mails are never built from the request).
    link = f"{public_address()}{path}"
    mailed = False
    if settings().smtp_url and settings().public_url:
        try:
            manage_user.mail_invitation(session, person, link, clock())
            mailed = True
        except Refusal as refusal:
            flash(f"The link could not be mailed: {refusal.sentence}.", "warning")
    return render_template("admin/settings/staff_link.html", person=person, link=link, mailed=mailed)


def _shown(user_id: int, reset_refused: Invalid | None = None) -> ResponseReturnValue:
    """A member of staff as kept; `reset_refused` is said where the second step is taken away."""
    session, fields = office_session(), form_fields(User, actor())
    person = manage_user.member_of_staff(session, user_id, actor())
    form = open_form(session, actor(), fields, data=record_values(person, fields, office_reading(session)))
    status = reset_refused.status if reset_refused else 200
    sentence = reset_refused.sentence if reset_refused else ""
    return _page(person, Editing(form, signed_base(person), status=status), reset_error=sentence)


def _page(
    person: User | None, editing: Editing, *, asks_password: bool = False, reset_error: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "admin/settings/staff_member.html",
        person=person,
        standing=second_step.standing_of(office_session(), person.id) if person else None,
        editing=editing,
        roles=ROLES,
        password_name=PASSWORD,
        asks_password=asks_password,
        reset_error=reset_error,
    )
    return page, editing.status
