"""Several leads become one project, and a lead that was entered by mistake goes [51, 49, M39].

What stood in a project that is left empty (tasks, events, files, people) goes along; access does not: it was granted
for that project alone [D2].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Attachment,
    Estimate,
    Event,
    Invoice,
    Lead,
    Payment,
    Project,
    ProjectContact,
    Task,
    WorkOrder,
)
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.services.delete_record import delete
from admin_app.services.project_contacts import assign

DOCUMENTS: tuple[Any, ...] = (Estimate, WorkOrder, Invoice, Payment)
"""What makes a project more than its leads."""
DESK: tuple[Any, ...] = (Task, Event, Attachment)


def join_leads(session: Session, leads: Sequence[Lead], project: Project, actor: Actor) -> list[Project]:
    """Move leads into one project of the same customer; returns the projects that were left empty and are gone.

    Raises NotAllowed, and Unmet for a lead of another customer or one that has an estimate or more in its own project.
    """
    demand(actor, Permission.SALES_WRITE)
    moving = [lead for lead in leads if lead.project_id != project.id]
    for lead in moving:
        if lead.group_id != project.group_id:
            raise Unmet(f"“{lead.title}” is a lead of another customer")
    lock_customer(session, project.group_id)
    gone = []
    for lead in moving:
        left = lead.project
        if _documents_of(session, left):
            raise Unmet(f"“{lead.title}” has an estimate or more in its own project; it stays there")
        lead.project = project
        session.flush()  # what stays in the old project is asked of the database
        if not _leads_of(session, left):
            _take_along(session, left, project)
            _remove(session, left, actor)
            gone.append(left)
    return gone


def delete_lead(session: Session, lead: Lead, actor: Actor) -> Project | None:
    """Delete a lead; its project goes too when nothing else is in it, else the project is returned.

    Raises NotAllowed, Unmet while there is an estimate: that lead is declined instead [M39].
    """
    demand(actor, Permission.SALES_WRITE)
    project = lead.project
    lock_customer(session, lead.group_id)
    if obstacle := why_it_stays(session, lead):
        raise Unmet(obstacle)
    delete(session, Lead, lead.id, actor)
    if _leads_of(session, project) or _documents_of(session, project) or _desk_of(session, project):
        return project
    _remove(session, project, actor)
    return None


def why_it_stays(session: Session, lead: Lead) -> str:
    """Why a lead cannot be deleted now, as a sentence; "" where it can."""
    if _documents_of(session, lead.project) and not _other_leads(session, lead):
        return "This lead has an estimate or more; decline it instead of deleting it"
    return ""


def _any(session: Session, condition: ColumnElement[bool]) -> bool:
    return session.scalar(select(1).where(condition).limit(1)) is not None


def _documents_of(session: Session, project: Project) -> bool:
    return any(_any(session, kind.project_id == project.id) for kind in DOCUMENTS)


def _leads_of(session: Session, project: Project) -> bool:
    return _any(session, Lead.project_id == project.id)


def _other_leads(session: Session, lead: Lead) -> bool:
    return _any(session, (Lead.project_id == lead.project_id) & (Lead.id != lead.id))


def _desk_of(session: Session, project: Project) -> bool:
    """Whether tasks, events or files stand in the project: then it is more than the lead that began it."""
    return any(_any(session, kind.project_id == project.id) for kind in DESK)


def _take_along(session: Session, left: Project, project: Project) -> None:
    for kind in DESK:
        for record in session.scalars(select(kind).where(kind.project_id == left.id)):
            record.project_id = project.id
    for place in session.scalars(select(ProjectContact).where(ProjectContact.project_id == left.id)):
        assign(session, project, place.contact)
    session.flush()  # nothing may fall with the project that goes


def _remove(session: Session, project: Project, actor: Actor) -> None:
    delete(session, Project, project.id, actor)
