"""What the pages of a project share: their blueprint, the frame around the tabs, and where records are looked up.

A tab is a view called like its key in `TABS` that ends with `show`::

    @desk.get("/<int:project_id>/estimate")
    @rule(Permission.SALES_READ)
    def estimate(project_id): return show(the_project(project_id), "estimate", lines=...)
"""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, current_app, render_template, request, url_for
from sqlalchemy import Select, select

from admin_app.admin.customers.desk import may
from admin_app.kernel.errors import NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import Lead, LeadState, Project
from admin_app.models.base import Entity
from admin_app.policy import Permission, visible
from admin_app.records.project_tabs import with_surroundings
from admin_app.records.projects import ProjectCard, read_project
from admin_app.web.company import actor, office_session, today
from admin_app.web.paths import own_path

desk = Blueprint("projects", __name__, url_prefix="/admin/projects")

Record = TypeVar("Record", bound=Entity)

TABS: tuple[tuple[str, str, Permission], ...] = (
    ("customer", "Customer", Permission.SALES_READ),
    ("lead", "Lead", Permission.SALES_READ),
    ("estimate", "Estimate", Permission.SALES_READ),
    ("workorder", "Workorder", Permission.WORK_READ),
    ("invoice", "Invoice", Permission.MONEY_READ),
    ("tasks", "Tasks, events & notes", Permission.WORK_READ),
    ("files", "Files", Permission.WORK_READ),
    ("messages", "Messages", Permission.MESSAGES_READ),
)
"""View, words, and the right it asks for; a tab without a view is not drawn."""


def the_project(project_id: int) -> Project:
    """The project of this address with customer, brand, site, contact and estimator; raises NotFound."""
    query = with_surroundings(select(Project)).where(Project.id == project_id)
    project: Project | None = office_session().scalar(visible(actor(), query))
    if project is None:
        raise NotFound("There is no such project")
    return project


def one_of(
    entity: type[Record], project: Project, record_id: int, query: Select[Any] | None = None
) -> Record:
    """One record of this project by its number; raises NotFound also for another project's."""
    kind: Any = entity
    wanted = (select(kind) if query is None else query).where(
        kind.id == record_id, kind.project_id == project.id
    )
    record: Record | None = office_session().scalar(visible(actor(), wanted))
    if record is None:
        raise NotFound(f"There is no such {entity.singular} in this project")
    return record


def the_lead(project: Project) -> Lead:
    """The lead that the form or address names by `lead`, else the one that counts; raises NotFound."""
    number = parse_id(request.values.get("lead", ""))
    if number is not None:
        return one_of(Lead, project, number)
    query = (
        select(Lead)
        .where(Lead.project_id == project.id)
        .order_by(Lead.state == LeadState.DECLINED, Lead.id.desc())
        .limit(1)
    )
    lead: Lead | None = office_session().scalar(visible(actor(), query))
    if lead is None:
        raise NotFound("This project has no lead")
    return lead


def show(project: Project, tab: str, template: str | None = None, **more: Any) -> str:
    """A tab of the project in its frame; `template` extends admin/projects/frame.html, `more` goes to it.

    The template knows `project`, `card` (records.projects.ProjectCard), `tabs`, `people` and `estimators` besides.
    """
    from admin_app.admin.projects.choices import colleagues_of, people_of

    card = more.pop("card", None) or read_project(office_session(), actor(), project, today())
    return render_template(
        template or f"admin/projects/{tab}.html",
        project=project,
        card=card,
        tabs=tabs_of(card, tab),
        people=people_of([project])[project.id] if may(Permission.SALES_WRITE) else [],
        estimators=colleagues_of([project]) if may(Permission.SALES_WRITE) else [],
        **more,
    )


def tabs_of(card: ProjectCard, tab: str) -> list[dict[str, Any]]:
    """The tabs that exist and that the reader may open."""
    return [
        {"label": words, "url": url, "active": key == tab, "count": _count(card, key)}
        for key, words, permission in TABS
        if may(permission)
        for url in [step_url(key, card.project.id)]
        if url
    ]


def _count(card: ProjectCard, key: str) -> int | None:
    """How many documents stand behind a tab, where there are several."""
    many = next((step.many for step in card.steps if step.stage == key), 0)
    return many if many > 1 else None


def step_url(key: str, project_id: int) -> str | None:
    """The address of a tab or act of a project, e.g. "estimate"; None where there is no such page."""
    endpoint = f"projects.{key}"
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, project_id=project_id)


def force_url(project_id: int, step: str) -> str | None:
    """Where the "+" of a step sends to; None where nothing can be force-created."""
    if "projects.force" not in current_app.view_functions:
        return None
    return url_for("projects.force", project_id=project_id, step=step)


def home_of(project: Project, tab: str = "") -> str:
    """The address of a tab of this project; without one, of the project itself."""
    return (step_url(tab, project.id) if tab else None) or url_for("projects.project", project_id=project.id)


def back_to(project: Project, tab: str = "") -> str:
    """The page of this site that the form was sent from (`back`), else a tab of the project."""
    return own_path(request.values.get("back"), home_of(project, tab))


@desk.app_context_processor
def _words_of_the_desk() -> dict[str, Any]:
    return {"step_url": step_url, "force_url": force_url}
