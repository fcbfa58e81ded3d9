"""Everything said about a project, both ways, with the files that went along [E19]."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from admin_app.admin.projects.desk import desk, show, the_project
from admin_app.kernel.parsing import parse_id
from admin_app.policy import Permission
from admin_app.records.inbox import talk_with
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.get("/<int:project_id>/messages")
@rule(Permission.MESSAGES_READ)
def messages(project_id: int) -> ResponseReturnValue:
    """The latest messages about the project and its documents; older ones page by page."""
    project = the_project(project_id)
    before = parse_id(request.args.get("before", ""))
    talk = talk_with(
        office_session(), actor(), group_id=project.group_id, project_id=project.id, before=before
    )
    return show(project, "messages", talk=talk, is_older=before is not None)
