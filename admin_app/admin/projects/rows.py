"""Projects as rows of a list: the strip, and what can be changed without opening them [A35, A40-A45, R19, R20]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import select

from admin_app.admin.customers.desk import may
from admin_app.admin.projects.choices import colleagues_of, people_of
from admin_app.admin.projects.moves import Move, moves_of
from admin_app.kernel.parsing import parse_id
from admin_app.models import LeadStatus
from admin_app.policy import Permission, visible
from admin_app.records.project_tabs import Tab, Wanted, count_tabs, project_page
from admin_app.records.projects import ProjectCard, read_projects
from admin_app.services.lead_statuses import status_of
from admin_app.web.company import actor, office_session, today

WORDS = {
    Tab.IN_PROGRESS: "In progress",
    Tab.COMPLETED: "Completed",
    Tab.DECLINED: "Declined",
    Tab.ALL: "All",
}


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project with the choices of its drop-downs; a lead without a status of its own has no `status_id`."""

    card: ProjectCard
    statuses: list[tuple[str, str]]
    status_id: int | None
    people: list[tuple[str, str]]
    moves: list[Move]
    """Steps of its other documents [A40]."""


@dataclass(frozen=True, slots=True)
class ProjectList:
    """One page of rows with the counted tabs; `before` and `after` are marks of its neighbours."""

    rows: list[ProjectRow]
    tab: Tab
    counts: list[tuple[Tab, str, int]]
    estimators: list[tuple[str, str]]
    before: int | None
    after: int | None


def project_list(group_id: int | None = None, estimator_id: int | None = None) -> ProjectList:
    """The page that the address asks for by `tab`, `after` and `before`; a fixed number of statements."""
    session, who = office_session(), actor()
    everybody = Wanted(group_id=group_id, estimator_id=estimator_id)
    counts = count_tabs(session, who, everybody)
    asked = request.args.get("tab", "")
    tab = Tab(asked) if asked in {one.value for one in Tab} else _first(counts)
    wanted = Wanted(
        group_id=group_id,
        estimator_id=estimator_id,
        tab=tab,
        after=parse_id(request.args.get("after", "")),
        before=parse_id(request.args.get("before", "")),
    )
    page = project_page(session, who, wanted)
    return ProjectList(
        rows=dressed(read_projects(session, who, page.projects, today())),
        tab=tab,
        counts=[(one, WORDS[one], counts[one]) for one in Tab],
        estimators=colleagues_of(page.projects) if may(Permission.SALES_WRITE) else [],
        before=page.before,
        after=page.after,
    )


def _first(counts: Any) -> Tab:
    """What is in progress; where nothing is, everything."""
    return Tab.IN_PROGRESS if counts[Tab.IN_PROGRESS] else Tab.ALL


def dressed(cards: list[ProjectCard]) -> list[ProjectRow]:
    """The cards with the choices that the reader has; three statements, however many there are."""
    if not cards or not may(Permission.SALES_WRITE):
        return [ProjectRow(card, [], None, [], []) for card in cards]
    people = people_of([card.project for card in cards])
    query = select(LeadStatus).order_by(LeadStatus.position, LeadStatus.id)
    statuses = list(office_session().scalars(visible(actor(), query)))
    return [_row(card, statuses, people[card.project.id]) for card in cards]


def _row(card: ProjectCard, statuses: list[LeadStatus], people: list[tuple[str, str]]) -> ProjectRow:
    lead = card.lead
    if lead is None:
        return ProjectRow(card, [], None, people, moves_of(card))
    now = status_of(lead, statuses)
    offered = [(str(row.id), row.name) for row in statuses if row.enabled or row is now]
    return ProjectRow(card, offered, now.id if now is not None else None, people, moves_of(card))
