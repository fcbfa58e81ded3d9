"""Passkeys: adding and removing one's own, and signing in with one."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from admin_app.admin.second_step import here, security_page, with_password
from admin_app.admin.settings.desk import confirm_password
from admin_app.admin.sign_in import SignInForm, go_in, passkey_site, sign_in_page
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.policy import Permission
from admin_app.services import passkeys
from admin_app.services.passkeys import Asked, Site
from admin_app.services.staff_sessions import Lifetimes
from admin_app.web.access import public, rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.database import separate_transaction
from admin_app.web.login import release_transaction, settings, signed_in, visitor
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

door = Blueprint("passkeys", __name__)

CHALLENGE = "passkey"
"""Where the cookie keeps the note of the challenge until the device has answered."""


@door.post("/sign-in-and-security/passkeys/challenge")
@rule(Permission.SIGNED_IN)
def ask_to_add() -> ResponseReturnValue:
    """What the device is asked before it makes a passkey; the password is checked here."""
    confirm_password()
    asked = passkeys.ask_to_add(office_session(), actor(), _site(), settings().secret_key, clock())
    return _challenge(asked)


@door.post("/sign-in-and-security/passkeys")
@rule(Permission.SIGNED_IN)
def add() -> ResponseReturnValue:
    """Keep the passkey that the device has made."""
    form = request.form
    try:
        added = passkeys.add_passkey(
            office_session(),
            form.get("name", ""),
            form.get("credential", ""),
            str(cookie.pop(CHALLENGE, "")),
            actor(),
            _site(),
            settings().secret_key,
            clock(),
        )
    except Invalid as refusal:
        keep_nothing()
        release_transaction()
        return security_page("add", refusal.sentence, refusal.status)
    flash(f"“{added.name}” now signs you in.", "success")
    return redirect(url_for("second_step.security"))


@door.post("/sign-in-and-security/passkeys/<int:passkey_id>/remove")
@rule(Permission.SIGNED_IN)
def remove(passkey_id: int) -> ResponseReturnValue:
    """Let a passkey of one's own open nothing any more."""

    def act() -> ResponseReturnValue:
        name = passkeys.remove_passkey(office_session(), passkey_id, actor(), here().session_id, clock())
        flash(f"“{name}” opens nothing any more. Every other browser is signed out.", "success")
        return redirect(url_for("second_step.security"))

    return with_password(f"remove-{passkey_id}", act)


@door.post("/login/passkey/challenge")
@public
def ask_to_sign_in() -> ResponseReturnValue:
    """What a device is asked that holds a passkey."""
    return _challenge(passkeys.ask_to_sign_in(_site(), settings().secret_key, clock()))


@door.post("/login/passkey")
@public
def sign_in() -> ResponseReturnValue:
    """Let in whoever answered with a passkey; whatever is wrong, the sign-in page says the same."""
    keep_nothing()
    form = SignInForm(next=own_path(request.form.get("next"), "/admin/"))
    site, secret_key, now, before = _site(), settings().secret_key, clock(), signed_in()
    office_session()  # tells the history who acts
    release_transaction()
    try:
        done = passkeys.sign_in_by_passkey(
            separate_transaction,
            request.form.get("credential", ""),
            str(cookie.pop(CHALLENGE, "")),
            site,
            visitor(),
            Lifetimes.by(settings()),
            secret_key,
            now,
        )
    except Invalid as refusal:
        return sign_in_page(form, refusal.sentence)
    return go_in(done, str(form.next.data), before)


def _site() -> Site:
    site = passkey_site()
    if site is None:
        raise Unmet("Browsers know no passkeys at this address")
    return site


def _challenge(asked: Asked) -> Response:
    cookie[CHALLENGE] = asked.note
    return Response(asked.options, mimetype="application/json")
