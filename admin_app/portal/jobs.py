"""Jobs of the client: when, what, how far each service is; nothing of crews, costs or our own notes [W6, 119]."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.models import Attachment, PortalModule, Project, Service, WorkOrder, WorkOrderState
from admin_app.portal.lists import chosen_filter, listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.seen import note_opened
from admin_app.portal.talk import talk_about
from admin_app.portal.things import thing, things
from admin_app.web.clients import for_clients

SHOWS = (("", "All"), ("open", "To be done"), ("done", "Done"))
DONE = (WorkOrderState.FINISHED, WorkOrderState.COMPLETED, WorkOrderState.CANCELLED)
MOST_PHOTOS = 48
MOST_SERVICES = 500


@pages.get("/jobs/")
@for_clients(PortalModule.JOBS)
def jobs() -> ResponseReturnValue:
    """The jobs, the newest first; `?show=open` what is to be done, `?show=done` what is over."""
    shown = chosen_filter(SHOWS)
    query = select(WorkOrder)
    if shown == "open":
        query = query.where(WorkOrder.state.not_in(DONE))
    elif shown == "done":
        query = query.where(WorkOrder.state.in_(DONE))
    return render_template(
        "portal/jobs.html",
        **listed(".jobs", page_of(query.order_by(WorkOrder.id.desc())), SHOWS, shown),
    )


@pages.get("/jobs/<public_id>")
@for_clients(PortalModule.JOBS, by_link=True)
def job(public_id: str) -> ResponseReturnValue:
    """One job: its days, its services with their state, its photos, what was said about it."""
    work = thing(WorkOrder, public_id)
    note_opened(work)
    services = select(Service).where(Service.work_order_id == work.id).order_by(Service.position)
    photos = (
        select(Attachment)
        .where(Attachment.work_order_id == work.id, Attachment.message_id.is_(None))
        .order_by(Attachment.id.desc())
    )
    projects = things(select(Project).where(Project.id == work.project_id))
    return render_template(
        "portal/job.html",
        work=work,
        project=projects[0] if projects else None,
        services=things(services.limit(MOST_SERVICES)),
        photos=things(photos.limit(MOST_PHOTOS)),
        talk=talk_about(work),
    )
