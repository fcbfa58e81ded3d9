"""The door of the office: sign in, sign out, choose a password, and the one-time link that begins an account."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import EmailField, Form, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from admin_app.kernel.errors import Invalid, NotAllowed
from admin_app.kernel.passwords import HINT, check_password
from admin_app.models import Company, User
from admin_app.policy import Permission
from admin_app.services import staff_sessions
from admin_app.services.change_password import change_password, use_welcome_link
from admin_app.services.one_time_link import Purpose, look_at_link
from admin_app.services.passkeys import Site, site_of
from admin_app.services.passwords import Passwords
from admin_app.services.second_step import half_signed_in
from admin_app.services.sign_in import CodeWanted, SignedIn, code_wanted, count_try, forget_tries
from admin_app.services.sign_in import sign_in as let_in
from admin_app.services.staff_sessions import Lifetimes
from admin_app.web.access import public, rule
from admin_app.web.company import clock, office_session
from admin_app.web.database import db, separate_transaction
from admin_app.web.login import (
    SignedInStaff,
    release_transaction,
    settings,
    sign_in_with,
    sign_out_here,
    signed_in,
    visitor,
)
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

door = Blueprint("sign_in", __name__)

HALF = "half_signed_in"
"""Where the cookie keeps the note of somebody whose password was right and whose code is still wanted."""

MOST_TYPED = 512
"""Characters that a password field takes at all; the rule for new passwords is stricter."""


class SignInForm(Form):
    """Email and password; where to go afterwards."""

    email = EmailField("Email", [InputRequired("Type your email address"), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Type your password"), Length(max=MOST_TYPED)])
    next = HiddenField()


class NewPasswordForm(Form):
    """A new password, typed twice."""

    new = PasswordField("New password", [InputRequired("Type the new password"), Length(max=MOST_TYPED)])
    again = PasswordField("The same again", [InputRequired("Type it a second time"), Length(max=MOST_TYPED)])


class ChangePasswordForm(Form):
    """The same, after the password that it replaces."""

    current = PasswordField(
        "Your password now", [InputRequired("Type your password"), Length(max=MOST_TYPED)]
    )
    new = PasswordField("New password", [InputRequired("Type the new password"), Length(max=MOST_TYPED)])
    again = PasswordField("The same again", [InputRequired("Type it a second time"), Length(max=MOST_TYPED)])


PasswordForm = NewPasswordForm | ChangePasswordForm


def passwords() -> Passwords:
    """The hash of this installation."""
    return Passwords.by(settings())


@door.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for email and password; after that go where the person wanted to."""
    form = SignInForm(request.form)
    wanted = own_path(form.next.data if request.method == "POST" else request.args.get("next"), "/admin/")
    if request.method == "GET" and signed_in() is not None:
        return redirect(wanted)
    form.next.data = wanted
    error = None
    if request.method == "POST":
        keep_nothing()
        if form.validate():
            try:
                return _let_in(form, wanted)
            except Invalid as refusal:
                error = refusal.sentence
        form.password.data = ""
    return sign_in_page(form, error)


def sign_in_page(form: SignInForm, error: str | None = None) -> Response:
    """The page on which staff sign in; a passkey is offered where browsers know them."""
    page = render_template("auth/login.html", form=form, error=error, passkeys=passkey_site() is not None)
    return make_response(page, 200 if request.method == "GET" else 422)


def passkey_site() -> Site | None:
    """What passkeys are bound to at the address of this request; None where browsers know none."""
    return site_of(settings().public_url, request.host_url)


def _let_in(form: SignInForm, wanted: str) -> Response:
    email, typed = cast(str, form.email.data), cast(str, form.password.data)
    office_session()  # tells the history who acts
    now, before = clock(), signed_in()
    release_transaction()
    done = let_in(
        separate_transaction, passwords(), email, typed, visitor(email), Lifetimes.by(settings()), now
    )
    return ask_for_code(done, wanted) if isinstance(done, CodeWanted) else go_in(done, wanted, before)


def ask_for_code(asked: CodeWanted, wanted: str) -> Response:
    """The password was right and the second step is on: to the page that asks for the code."""
    cookie[HALF] = half_signed_in(asked, settings().secret_key, clock())
    return cast(Response, redirect(url_for("second_step.code", next=wanted)))


def go_in(done: SignedIn, wanted: str, before: SignedInStaff | None) -> Response:
    """Begin the browser's session, end the one before it, and go where the person wanted to."""
    if before is not None:
        with separate_transaction() as own:
            staff_sessions.end(own, before.token)
    answer = cast(Response, redirect(url_for("sign_in.password") if done.must_change_password else wanted))
    sign_in_with(done.token, answer)
    return answer


@door.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """End this session; pressing it twice is fine."""
    sign_out_here()
    flash("You are signed out.")
    return redirect(url_for("sign_in.sign_in"))


@door.route("/password", methods=["GET", "POST"])
@rule(Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
    """Change one's own password: every other session ends, this one goes on under a new token."""
    form = ChangePasswordForm(request.form)
    if request.method == "POST" and form.validate() and _agrees(form):
        try:
            return _change_own(form)
        except Invalid as refusal:
            _put_errors(form, refusal)
    return _password_page(form, "Change password", cancel_url=url_for("admin.index"))


def own_password_fits(typed: str) -> bool:
    """Whether this is the password of the signed-in person; tries are counted like those of the door.

    The request's transaction is given back, since a hash takes its time.  Raises Busy after too many tries.
    """
    person = signed_in()
    if person is None:
        raise NotAllowed("Sign in first")
    session = office_session()
    kept = session.scalar(select(User.password_hash).where(User.id == person.actor.id))
    now, from_here = clock(), visitor(person.email)
    release_transaction()
    count_try(separate_transaction, person.email, from_here, now)
    fits = passwords().fits(kept, typed)
    if fits:
        with separate_transaction() as own:
            forget_tries(own, person.email, from_here)
    return fits


def _change_own(form: ChangePasswordForm) -> Response:
    person = signed_in()
    if person is None:
        raise NotAllowed("Sign in first")
    session = office_session()
    user = session.scalar(select(User).where(User.id == person.actor.id))
    old = user.password_hash if user else None
    names = _names(user)
    if not own_password_fits(cast(str, form.current.data)):
        raise Invalid("That is not your password now", {"current": "That is not your password now"})
    kept = _checked_hash(cast(str, form.new.data), names)
    changed = change_password(session, cast(int, person.actor.id), kept, clock(), replacing=old)
    token = staff_sessions.begin(session, changed, visitor(), Lifetimes.by(settings()), clock())
    answer = cast(Response, redirect(url_for("admin.index")))
    sign_in_with(token, answer)
    flash("Your password is changed. Every other browser is signed out.", "success")
    return answer


@door.route("/welcome/<token>", methods=["GET", "POST"])
@public
def welcome(token: str) -> ResponseReturnValue:
    """Choose a password by a one-time link; opening it changes nothing, sending the form uses it up."""
    session = office_session()
    link = look_at_link(session, Purpose.WELCOME, token, clock())
    user = session.get_one(User, link.user_id)
    form = NewPasswordForm(request.form)
    if request.method == "POST" and form.validate() and _agrees(form):
        try:
            names = _names(user)
            release_transaction()
            kept = _checked_hash(cast(str, form.new.data), names)
            changed = use_welcome_link(session, token, kept, clock())
            asked = code_wanted(changed)
            if asked is not None:
                return ask_for_code(asked, url_for("admin.index"))
            begun = staff_sessions.begin(session, changed, visitor(), Lifetimes.by(settings()), clock())
            answer = cast(Response, redirect(url_for("admin.index")))
            sign_in_with(begun, answer)
            return answer
        except Invalid as refusal:
            _put_errors(form, refusal)
    return _password_page(form, f"Welcome, {user.name}. Choose a password", username=user.email)


def _password_page(form: PasswordForm, heading: str, **more: object) -> Response:
    status = 200
    if request.method == "POST":
        keep_nothing()
        status = 422
    answer = make_response(
        render_template("auth/password.html", form=form, heading=heading, hint=HINT, **more)
    )
    answer.status_code = status
    return answer


def _agrees(form: PasswordForm) -> bool:
    if form.new.data == form.again.data:
        return True
    form.again.errors = ["The two passwords differ; type the same twice"]
    return False


def _checked_hash(typed: str, names: tuple[str, ...]) -> str:
    """The hash of a password that is good enough; raises Invalid at the field `new`."""
    try:
        check_password(typed, *names)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"new": refusal.sentence}) from None
    return passwords().hash(typed)


def _names(user: User | None) -> tuple[str, ...]:
    company = db.session.scalar(select(Company.name)) or ""
    return (user.name, user.email, company) if user else (company,)


def _put_errors(form: PasswordForm, refusal: Invalid) -> None:
    for name, sentence in refusal.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, sentence]
