"""What clients may do with what they see: each right with the condition beyond seeing it [W12, 109]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import object_session

from admin_app.kernel.actor import ClientScope
from admin_app.models import PortalModule, Project
from admin_app.policy.clients import sees
from admin_app.policy.conditions import granted
from admin_app.policy.permissions import P, Permission

M = PortalModule


def _named_with_access(scope: ClientScope, estimate: Any) -> bool:
    """A link binds nobody unless it was made for a contact to whom the project is open (design section 6)."""
    if scope.contact_id is None or estimate is None:
        return scope.contact_id is not None
    session = object_session(estimate)
    if session is None:
        return False
    signed_in = ClientScope(scope.group_id, scope.contact_id, opened=scope.opened, closed=scope.closed)
    return bool(
        session.scalar(
            select(Project.id).where(Project.id == estimate.project_id, granted(Project.id)(signed_in))
        )
    )


def _anything(_scope: ClientScope, _thing: Any) -> bool:
    return True


def _may_write(scope: ClientScope, _thing: Any) -> bool:
    """Writing about a document is part of the messages, and hidden with them [117]."""
    return M.MESSAGES in scope.modules


def _in_person(scope: ClientScope, _thing: Any) -> bool:
    return scope.document is None


def _has(one: PortalModule) -> Callable[[ClientScope, Any], bool]:
    return lambda scope, thing: scope.document is None and one in scope.modules


CLIENT_GRANTS: dict[Permission, Callable[[ClientScope, Any], bool]] = {
    P.ANSWER_ESTIMATE: _named_with_access,
    P.PAY_ONLINE: _anything,
    P.WRITE_AS_CLIENT: _may_write,
    P.ASK_FOR_WORK: _has(M.REQUESTS),
    P.ANSWER_APPOINTMENT: _anything,
    P.KEEP_OWN_DETAILS: _in_person,
}
"""What clients may do with what they see, and the condition beyond seeing it."""


def client_may(scope: ClientScope, permission: Permission, thing: Any = None) -> bool:
    """Whether a client may do this: nothing in a preview, and nothing with what they do not see."""
    beyond = CLIENT_GRANTS.get(permission)
    if beyond is None or scope.preview:
        return False
    if thing is not None and not sees(scope, thing):
        return False
    return beyond(scope, thing)
