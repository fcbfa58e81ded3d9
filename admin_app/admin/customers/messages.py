"""Everything said with a customer, both ways, with the files that went along [E19]."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, the_group
from admin_app.admin.customers.profile import show
from admin_app.kernel.parsing import parse_id
from admin_app.policy import Permission
from admin_app.records.inbox import talk_with
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.get("/<int:group_id>/messages")
@rule(Permission.MESSAGES_READ)
def messages(group_id: int) -> ResponseReturnValue:
    """The latest messages of all threads of the customer; older ones page by page."""
    group = the_group(group_id)
    before = parse_id(request.args.get("before", ""))
    talk = talk_with(office_session(), actor(), group_id=group.id, before=before)
    return show(group, "messages", talk=talk, is_older=before is not None)
