"""Who takes part in a project: contacts of its customer and others, such as the architect [R29-R32, D2].

Taking part opens nothing: what opens a project in the portal is `grant_access`.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import Contact, CustomerGroup, Membership, Project, ProjectContact
from admin_app.policy import Permission, demand, visible
from admin_app.services.revoke_access import access_of, is_open, revoke_access
from admin_app.services.save_record import find

MOST_PEOPLE = 200
"""Contacts of a group that are attached at once."""


def attach_contact(session: Session, project: Project, contact_id: int, actor: Actor) -> ProjectContact:
    """Let a contact take part; one who does already stays as they are.

    Raises NotAllowed, NotFound for a contact that the actor may not see, Unmet for an archived one.
    """
    demand(actor, Permission.SALES_WRITE)
    contact = find(session, Contact, contact_id, actor)
    if contact.archived_at is not None:
        raise Unmet(f"{contact.name} is archived; restore this contact first")
    return assign(session, project, contact)


def attach_group(session: Session, project: Project, group_id: int, actor: Actor) -> list[ProjectContact]:
    """Let everybody of a customer take part; raises NotAllowed, NotFound, and Unmet for one without contacts."""
    demand(actor, Permission.SALES_WRITE)
    group = find(session, CustomerGroup, group_id, actor)
    members = (
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group.id, Contact.archived_at.is_(None))
        .order_by(Membership.is_primary.desc(), Membership.position, Membership.id)
        .limit(MOST_PEOPLE)
    )
    people = list(session.scalars(visible(actor, members)))
    if not people:
        raise Unmet(f"{group.name} has no contacts yet; add one first")
    return [assign(session, project, contact) for contact in people]


def assign(session: Session, project: Project, contact: Contact) -> ProjectContact:
    """The place of a contact in a project, made if there is none; for services that have asked for the right."""
    found = place_of(session, project, contact.id)
    if found is None:
        found = ProjectContact(project=project, contact=contact)
        session.add(found)
        session.flush()  # one place a contact, and the page that follows reads it
    return found


def place_of(session: Session, project: Project, contact_id: int) -> ProjectContact | None:
    """The place of a contact in a project, if they take part."""
    query = select(ProjectContact).where(
        ProjectContact.project_id == project.id, ProjectContact.contact_id == contact_id
    )
    found: ProjectContact | None = session.scalar(query)
    return found


def detach_contact(session: Session, project: Project, contact_id: int, actor: Actor, clock: Clock) -> None:
    """Take a contact out of a project; access that was granted ends with it.

    Raises NotAllowed, NotFound for one who does not take part, Unmet for the contact of the project itself.
    """
    demand(actor, Permission.SALES_WRITE)
    place = place_of(session, project, contact_id)
    if place is None:
        raise NotFound("This contact does not take part in the project")
    if project.contact_id == contact_id:
        raise Unmet(f"{place.contact.name} is the contact of this project; choose another contact first")
    access = access_of(session, project, contact_id)
    if is_open(access):
        revoke_access(session, project, contact_id, actor, clock)
    session.delete(place)
    session.flush()  # a refusal of the database belongs to this act
