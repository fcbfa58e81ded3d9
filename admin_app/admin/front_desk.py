"""The first page of the office, and the Flask-Admin application behind its generated pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin.base import Admin, AdminIndexView, expose
from flask_admin.theme import Bootstrap4Theme

from admin_app.admin.today.page import today_page
from admin_app.policy import FIELD_CREWS, Permission
from admin_app.web.company import actor
from admin_app.web.headers import csp_nonce


class FrontDesk(AdminIndexView):
    """/admin/: Today, what needs a person now; a field crew finds its jobs instead."""

    access = {"index": Permission.SIGNED_IN}

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the page once; Flask-Admin would call it a second time after a TypeError."""
        return fn(self, *args, **kwargs)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Where this person's day begins."""
        if actor().role in FIELD_CREWS:
            return redirect(url_for("jobs.index"))
        return today_page()


def open_front_desk(app: Flask) -> Admin:
    """Flask-Admin on /admin, with our nonce in its script tags."""
    return Admin(
        app,
        name="Sawhorse",
        theme=Bootstrap4Theme(),
        index_view=FrontDesk(name="Home", url="/admin"),
        csp_nonce_generator=csp_nonce,
    )
