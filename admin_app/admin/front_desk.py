"""The first address of the office, and the Flask-Admin application behind its generated pages."""

from __future__ import annotations

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin.base import Admin, AdminIndexView, expose
from flask_admin.theme import Bootstrap4Theme

from admin_app.policy import FIELD_CREWS, Permission
from admin_app.web.company import actor
from admin_app.web.headers import csp_nonce


class FrontDesk(AdminIndexView):
    """/admin/: opens the customers, to a field crew its jobs."""

    access = {"index": Permission.SIGNED_IN}

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Go to where this person's day begins."""
        return redirect(url_for("jobs.index" if actor().role in FIELD_CREWS else "customers.index"))


def open_front_desk(app: Flask) -> Admin:
    """Flask-Admin on /admin, with our nonce in its script tags."""
    return Admin(
        app,
        name="Sawhorse",
        theme=Bootstrap4Theme(),
        index_view=FrontDesk(name="Home", url="/admin"),
        csp_nonce_generator=csp_nonce,
    )
