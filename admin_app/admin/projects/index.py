"""Every project of the office under its tabs, newest first; the plain list beside it filters and exports [A35, 5]."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from admin_app.admin.projects.desk import desk
from admin_app.admin.projects.rows import project_list
from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.company import actor


@desk.get("/")
@rule(Permission.WORK_READ)
def index() -> ResponseReturnValue:
    """The projects that this person may see; `?mine=1` those that they estimate."""
    mine = bool(request.args.get("mine"))
    return render_template(
        "admin/projects/index.html",
        found=project_list(estimator_id=actor().id if mine else None),
        mine=mine,
    )
