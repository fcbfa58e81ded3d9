"""API tokens: which programs have a key, as whom each acts, and taking one back (security.md, "Access")."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.settings.desk import desk
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.policy import Permission
from admin_app.services import api_tokens
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing


@desk.get("/tokens")
@rule(Permission.USERS)
def tokens() -> ResponseReturnValue:
    """Every token, and the form that makes one."""
    return _page({"read_only": "1"})


@desk.post("/tokens")
@rule(Permission.USERS)
def token_new() -> ResponseReturnValue:
    """Make a token and show its secret, this once."""
    typed = {name: request.form.get(name, "") for name in ("name", "user", "read_only")}
    try:
        made = api_tokens.make_token(
            office_session(),
            typed["name"],
            parse_id(typed["user"]) if typed["user"] else None,
            read_only=typed["read_only"] == "1",
            actor=actor(),
            clock=clock(),
        )
    except (Invalid, NotAllowed, NotFound) as refusal:
        office_session().rollback()
        keep_nothing()
        return _page(typed, refusal.sentence), refusal.status
    return render_template(
        "admin/settings/token_made.html", token=made.token, secret=made.secret, person=made.token.user
    )


@desk.route("/tokens/<int:token_id>/revoke", methods=["GET", "POST"])
@rule(Permission.USERS)
def token_revoke(token_id: int) -> ResponseReturnValue:
    """Say what ends with the token, then end it."""
    session = office_session()
    if request.method == "GET":
        token = api_tokens.token_of(session, token_id, actor())
        return render_template("admin/settings/token_revoke.html", token=token)
    token = api_tokens.revoke_token(session, token_id, actor(), clock())
    flash(f"The token of {token.name} opens nothing any more.", "success")
    return redirect(url_for("settings.tokens"))


def _page(typed: dict[str, str], error: str = "") -> str:
    session, who = office_session(), actor()
    return render_template(
        "admin/settings/tokens.html",
        tokens=api_tokens.tokens(session, who),
        people=api_tokens.people_to_act_as(session, who),
        typed=typed,
        error=error,
    )
