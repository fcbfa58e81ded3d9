"""The red X: a project is closed to a contact again, who stays assigned to it [R37, 4.2]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound
from admin_app.models import AccessState, Project, ProjectAccess
from admin_app.policy import Permission, demand


def revoke_access(
    session: Session, project: Project, contact_id: int, actor: Actor, clock: Clock
) -> ProjectAccess:
    """Close the project to the contact at once; raises NotAllowed, and NotFound for one who has no access."""
    demand(actor, Permission.ACCESS_GRANT)
    access = access_of(session, project, contact_id)
    if access is None or not is_open(access):
        raise NotFound("This contact has no access to the project")
    access.state, access.revoked_at = AccessState.REVOKED, clock.now()
    session.flush()  # whoever asks next must find it closed
    return access


def access_of(session: Session, project: Project, contact_id: int) -> ProjectAccess | None:
    """What was granted to a contact for a project, open or taken away; None: never anything."""
    query = select(ProjectAccess).where(
        ProjectAccess.project_id == project.id, ProjectAccess.contact_id == contact_id
    )
    found: ProjectAccess | None = session.scalar(query)
    return found


def is_open(access: ProjectAccess | None) -> bool:
    """Whether the project is open to the contact now."""
    return access is not None and access.state in AccessState.open()
