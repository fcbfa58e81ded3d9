"""One's own page "Sign-in and security", and the page that asks for a code between the password and the office."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from wtforms import Form, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from admin_app.admin.settings.desk import PASSWORD, confirm_password
from admin_app.admin.sign_in import HALF, go_in, passkey_site
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.policy import Permission
from admin_app.services import second_step
from admin_app.services.passkeys import passkeys_of
from admin_app.services.second_step import LONGEST_CODE, SetUp
from admin_app.services.staff_sessions import Lifetimes
from admin_app.web.access import public, rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.database import separate_transaction
from admin_app.web.login import SignedInStaff, release_transaction, settings, signed_in, visitor
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

page = Blueprint("second_step", __name__)

NO_PASSKEYS_HERE = "Browsers offer passkeys only where the office is reached by https and by a name"
LOCAL = "Browsers offer passkeys by name, not by number: open this page at {address}"


class CodeForm(Form):
    """The code of the app, or a recovery code; where to go afterwards."""

    code = StringField("Code", [InputRequired("Type the code"), Length(max=LONGEST_CODE)])
    next = HiddenField()


@page.get("/sign-in-and-security")
@rule(Permission.SIGNED_IN)
def security() -> ResponseReturnValue:
    """How one signs in: password, second step, passkeys."""
    return security_page()


def security_page(wrong: str = "", error: str = "", status: int = 200) -> Response:
    """The page; `wrong` names the form that was sent and refused, `error` says why."""
    session, who = office_session(), actor()
    answer = render_template(
        "auth/security.html",
        standing=second_step.standing_of(session, cast(int, who.id)),
        passkeys=passkeys_of(session, who),
        no_passkeys=_why_no_passkeys(),
        password_name=PASSWORD,
        wrong=wrong,
        error=error,
    )
    return make_response(answer, status)


def here() -> SignedInStaff:
    """Who sits here, with the session that goes on when the others end; raises NotAllowed."""
    person = signed_in()
    if person is None:
        raise NotAllowed("Sign in first")
    return person


def with_password(form: str, act: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Ask for the password typed with `form`, then act; what is refused is said at that form."""
    try:
        confirm_password()
        return act()
    except Invalid as refusal:
        keep_nothing()
        release_transaction()
        return security_page(form, refusal.sentence, refusal.status)


@page.post("/sign-in-and-security/app")
@rule(Permission.SIGNED_IN)
def set_up() -> ResponseReturnValue:
    """Show the picture that the app reads; nothing is kept before its code comes back."""

    def begin() -> ResponseReturnValue:
        return _app_page(second_step.begin_set_up(office_session(), actor(), settings().secret_key, clock()))

    return with_password("app", begin)


@page.post("/sign-in-and-security/app/on")
@rule(Permission.SIGNED_IN)
def switch_on() -> ResponseReturnValue:
    """Take the first code of the app, and show the recovery codes, this once."""
    session, note, secret_key = office_session(), request.form.get("note", ""), settings().secret_key
    typed = request.form.get("code", "")
    try:
        codes = second_step.switch_on(session, note, typed, actor(), here().session_id, secret_key, clock())
    except Invalid as refusal:
        keep_nothing()
        release_transaction()
        again = second_step.resume_set_up(office_session(), note, actor(), secret_key, clock())
        return _app_page(again, refusal.sentence, refusal.status)
    return render_template("auth/recovery_codes.html", codes=codes, is_first=True)


@page.post("/sign-in-and-security/app/off")
@rule(Permission.SIGNED_IN)
def switch_off() -> ResponseReturnValue:
    """Ask for no code any more."""

    def act() -> ResponseReturnValue:
        second_step.switch_off(office_session(), actor(), here().session_id, clock())
        flash("The second step is off. Every other browser is signed out.", "success")
        return redirect(url_for("second_step.security"))

    return with_password("off", act)


@page.post("/sign-in-and-security/recovery-codes")
@rule(Permission.SIGNED_IN)
def recovery_codes() -> ResponseReturnValue:
    """Draw new recovery codes and show them, this once."""

    def act() -> ResponseReturnValue:
        codes = second_step.new_recovery_codes(office_session(), actor(), clock())
        return render_template("auth/recovery_codes.html", codes=codes, is_first=False)

    return with_password("codes", act)


@page.route("/login/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """Ask whoever typed the right password for the code of the app; after that go where they wanted to."""
    form = CodeForm(request.form)
    wanted = own_path(form.next.data if request.method == "POST" else request.args.get("next"), "/admin/")
    note, secret_key, now = str(cookie.get(HALF, "")), settings().secret_key, clock()
    email = second_step.who_is_half_signed_in(office_session(), note, secret_key, now)
    if email is None:
        return _sign_in_again(wanted, second_step.TOO_LATE if note else None)
    if request.method == "POST":
        keep_nothing()
        before = signed_in()
        if form.validate():
            release_transaction()
            lifetimes, typed = Lifetimes.by(settings()), cast(str, form.code.data)
            try:
                done = second_step.enter_code(
                    separate_transaction, note, typed, visitor(email), lifetimes, secret_key, now
                )
                return go_in(done, wanted, before)
            except Invalid as refusal:
                form.code.errors = [refusal.sentence]
            except Unmet as refusal:
                return _sign_in_again(wanted, refusal.sentence)
        form.code.data = ""
    form.next.data = wanted
    answer = render_template(
        "auth/code.html", form=form, email=email, by_recovery=request.args.get("by") == "recovery"
    )
    return make_response(answer, 200 if request.method == "GET" else 422)


def _sign_in_again(wanted: str, why: str | None) -> ResponseReturnValue:
    """Back to the password."""
    cookie.pop(HALF, None)
    if why:
        flash(f"{why}.", "warning")
    return redirect(url_for("sign_in.sign_in", next=wanted))


def _app_page(set_up: SetUp, error: str = "", status: int = 200) -> Response:
    import segno

    picture = segno.make(set_up.address, micro=False).svg_data_uri(scale=5, border=4, light="#fff")
    return make_response(
        render_template("auth/second_step_app.html", set_up=set_up, picture=picture, error=error), status
    )


def _why_no_passkeys() -> str | None:
    """What stands in the way of passkeys at this address; None where nothing does."""
    if passkey_site() is not None:
        return None
    number, _, port = request.host.rpartition(":") if request.host.count(":") == 1 else (request.host, "", "")
    if number == "127.0.0.1":
        return LOCAL.format(address=f"http://localhost{':' + port if port else ''}{request.path}")
    return NO_PASSKEYS_HERE
