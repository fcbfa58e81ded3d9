"""Who can be chosen for a project: its contact out of its people, its estimator out of the staff [A42, A43, A45]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from admin_app.admin.customers.sheet import Options
from admin_app.models import Address, Contact, Membership, Project, ProjectContact
from admin_app.policy import visible
from admin_app.services.choose_estimator import can_estimate
from admin_app.web.company import actor, office_session

MOST_SHOWN = 200


def people_of(projects: Sequence[Project]) -> dict[int, list[tuple[str, str]]]:
    """Project → the contacts to choose from: those of its customer and those who take part; two statements."""
    session, who = office_session(), actor()
    groups = {project.group_id for project in projects}
    members: Select[Any] = (
        select(Membership.group_id)
        .add_columns(Contact)
        .join(Contact, Contact.id == Membership.contact_id)
        .where(Membership.group_id.in_(groups), Contact.archived_at.is_(None))
        .order_by(Membership.is_primary.desc(), Membership.position, Membership.id)
        .limit(MOST_SHOWN)
    )
    parts: Select[Any] = (
        select(ProjectContact.project_id)
        .add_columns(Contact)
        .join(Contact, Contact.id == ProjectContact.contact_id)
        .where(ProjectContact.project_id.in_([project.id for project in projects]))
        .order_by(ProjectContact.id)
        .limit(MOST_SHOWN)
    )
    by_group: dict[int, dict[int, str]] = defaultdict(dict)
    by_project: dict[int, dict[int, str]] = defaultdict(dict)
    for group_id, contact in session.execute(visible(who, members)):
        by_group[group_id][contact.id] = contact.name
    for project_id, contact in session.execute(visible(who, parts)):
        by_project[project_id][contact.id] = contact.name
    found = {}
    for project in projects:
        people = by_group[project.group_id] | by_project[project.id]
        if project.contact is not None:
            people.setdefault(project.contact.id, project.contact.name)
        found[project.id] = [(str(number), name) for number, name in people.items()]
    return found


def colleagues_of(projects: Sequence[Project]) -> list[tuple[str, str]]:
    """Who can estimate: the active staff of the office, and whoever does it now."""
    stays = [project.estimator_id for project in projects]
    return [(str(number), name) for number, name in can_estimate(office_session(), stays)]


def sites_of(project: Project) -> Options:
    """The customer's addresses."""
    query = select(Address).where(Address.group_id == project.group_id).order_by(Address.id).limit(MOST_SHOWN)
    return [(str(one.id), one.name) for one in office_session().scalars(visible(actor(), query))]
