"""A project is opened to a contact in the portal, silently or with a mail [R33-R36, R38-R40, D2]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import AccessState, Brand, Company, Contact, Project, ProjectAccess
from admin_app.policy import Permission, demand
from admin_app.services.project_contacts import assign
from admin_app.services.queue_mail import queue_mail
from admin_app.services.revoke_access import access_of, is_open
from admin_app.services.save_record import find


def grant_access(
    session: Session, project: Project, contact_id: int, actor: Actor, clock: Clock, *, notify: bool = False
) -> ProjectAccess:
    """Open the project to a contact: silently [R36], or with a mail that says so [R35].

    Granting what is open already changes nothing, but for the mail to somebody who was invited silently.  Raises
    NotAllowed, NotFound, and Unmet for a mail to somebody without an address, or without a sender.
    """
    demand(actor, Permission.ACCESS_GRANT)
    contact = find(session, Contact, contact_id, actor)
    if contact.archived_at is not None:
        raise Unmet(f"{contact.name} is archived; restore this contact first")
    assign(session, project, contact)
    access = access_of(session, project, contact.id)
    if is_open(access) and not (notify and access is not None and access.state is AccessState.INVITED):
        assert access is not None
        return access
    if access is None:
        access = ProjectAccess(project=project, contact=contact, granted_at=clock.now())
        session.add(access)
    access.state = AccessState.NOTIFIED if notify else AccessState.INVITED
    access.granted_at, access.granted_by, access.revoked_at = clock.now(), actor.name, None
    session.flush()  # the mail is named after the access
    if notify:
        _tell(session, project, access, clock)
    return access


def _tell(session: Session, project: Project, access: ProjectAccess, clock: Clock) -> None:
    """Queue the mail that says what was opened and how we are reached; it promises nothing that is not there."""
    contact = access.contact
    if not contact.email:
        raise Unmet(
            f"{contact.name} has no email address; invite without a mail, or add the address to the contact first"
        )
    brand = project.brand or project.group.brand
    name, reach = _ourselves(session, brand)
    body = (
        f"Dear {contact.name},\n\n"
        f"we have opened the project “{project.title}” to you: proposals, dates and invoices about it may be sent to "
        "you from now on, for you to look at and to answer.\n\n"
        f"If you have a question, {reach}.\n\n"
        f"{name}\n"
    )
    queue_mail(
        session,
        contact.email,
        f"Your project “{_short(project.title)}” with {name}",
        body,
        clock,
        brand=brand,
        group_id=project.group_id,
        key=f"project-access-{access.id}-{access.granted_at:%Y%m%d%H%M%S%f}",
    )


def _ourselves(session: Session, brand: Brand | None) -> tuple[str, str]:
    """Our name towards this customer, and how we are reached, in words."""
    company = session.scalars(select(Company)).first()
    name = brand.name if brand is not None else company.name if company is not None else ""
    phone = (brand.phone if brand is not None else None) or (company.phone if company is not None else None)
    return name, f"answer this mail or call {phone}" if phone else "answer this mail"


def _short(title: str) -> str:
    """The title as it fits into a subject."""
    return title if len(title) <= 120 else f"{title[:119]}…"
