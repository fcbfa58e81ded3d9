"""In which projects each contact of a customer takes part [R9, R18]: in two statements, however many there are."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import Membership, Project, ProjectContact
from admin_app.policy import visible

MOST_SHOWN = 500
"""Projects of all these contacts together."""


def projects_by_contact(session: Session, actor: Actor, group_id: int) -> dict[int, list[tuple[int, str]]]:
    """Of a customer: contact → (id, title) of the projects they take part in or are the contact of, newest first."""
    people = select(Membership.contact_id).where(Membership.group_id == group_id)
    own: Select[Any] = (
        select(Project.contact_id)
        .add_columns(Project.id, Project.title)
        .where(Project.contact_id.in_(people))
    )
    parts: Select[Any] = (
        select(ProjectContact.contact_id)
        .add_columns(Project.id, Project.title)
        .join(Project, Project.id == ProjectContact.project_id)
        .where(ProjectContact.contact_id.in_(people))
    )
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for query in (own, parts):
        newest = visible(actor, query).order_by(Project.id.desc()).limit(MOST_SHOWN)
        for contact_id, project_id, title in session.execute(newest):
            found[contact_id][project_id] = title
    return {contact: sorted(projects.items(), reverse=True) for contact, projects in found.items()}
