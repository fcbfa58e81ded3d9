"""What the pages of jobs share: their blueprint, the one place where a job is looked up, and the words of the trade.

A workorder of another crew and one that does not exist look the same: NotFound (security.md, promise 1).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from babel.dates import format_time
from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from admin_app.admin.customers.desk import may
from admin_app.admin.jobs.worked import worked
from admin_app.kernel.errors import NotFound, Refusal
from admin_app.models import Address, FormKind, Project, Service, WorkOrder, WorkOrderState
from admin_app.models.types import LARGEST_ID
from admin_app.policy import FIELD_CREWS, Permission, visible
from admin_app.web.company import actor, clock, office_session, zone
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

desk = Blueprint("jobs", __name__, url_prefix="/admin/jobs")

OPEN = (WorkOrderState.NEW, WorkOrderState.SCHEDULED, WorkOrderState.IN_PROGRESS)
"""States in which there is something to do on site."""
FORM_WORDS: dict[FormKind, tuple[str, str]] = {
    FormKind.SAFETY: ("Pre-job safety form", "needs_safety_form"),
    FormKind.REPORT: ("Report", "needs_report"),
    FormKind.FINISH: ("Finish form", "needs_finish_form"),
}
"""What each form is called, and the switch that asks for it on a workorder [A71, A72]."""

FORM_ADDRESSES = {FormKind.SAFETY: "safety", FormKind.REPORT: "report", FormKind.FINISH: "finish"}
"""The word of each form in addresses."""


def title_here() -> str:
    """What the list is called: a crew sees its own jobs, the office everybody's."""
    return "My jobs" if actor().role in FIELD_CREWS else "Jobs by day"


def the_job(work_id: int) -> WorkOrder:
    """The workorder of this address with its site, people, services and forms; raises NotFound."""
    query = (
        select(WorkOrder)
        .options(
            joinedload(WorkOrder.group),
            joinedload(WorkOrder.project).joinedload(Project.address),
            joinedload(WorkOrder.project).joinedload(Project.contact),
            selectinload(WorkOrder.crew),
            selectinload(WorkOrder.equipment),
            selectinload(WorkOrder.services).joinedload(Service.asset),
            selectinload(WorkOrder.forms),
        )
        .where(WorkOrder.id == (work_id if work_id <= LARGEST_ID else 0))
    )
    work: WorkOrder | None = office_session().scalar(visible(actor(), query))
    if work is None:
        raise NotFound("There is no such job")
    return work


def back_to(work: WorkOrder) -> str:
    """The page of this site that sent the form (`back`), else the job itself."""
    return own_path(request.values.get("back"), url_for("jobs.job", work_id=work.id))


def done_or_said(work: WorkOrder, act: Any) -> ResponseReturnValue:
    """Do something small and stay; what is refused is said above the page, with nothing changed."""
    back = back_to(work)
    try:
        said = act()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
    else:
        flash(said, "success")
    return redirect(back)


def map_url(address: Address) -> str:
    """Where a map shows the address: a plain link, nothing is fetched from there."""
    if address.lat is not None and address.lon is not None:
        return f"https://www.openstreetmap.org/?mlat={address.lat}&mlon={address.lon}#map=17/{address.lat}/{address.lon}"
    where = ", ".join(part for part in (address.name, address.country) if part)
    return f"https://www.openstreetmap.org/search?query={quote_plus(where)}"


def way_to(address: Address) -> str:
    """Where a phone begins to navigate: a link that opens its own map application, or a map in the browser."""
    if address.lat is not None and address.lon is not None:
        there = f"{address.lat},{address.lon}"
    else:
        there = ", ".join(part for part in (address.name, address.country) if part)
    return f"https://www.google.com/maps/dir/?api=1&destination={quote_plus(there)}"


def local(moment: datetime) -> datetime:
    """An instant as the clock on the company's wall shows it."""
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZoneInfo(zone()))


def day_of(moment: datetime) -> date:
    """The company's day of an instant."""
    return local(moment).date()


def hours_of(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """ "08:00–12:30", "08:00", or with the day where it ends on another one."""
    if starts_at is None:
        return ""
    start = local(starts_at)
    if ends_at is None:
        return format_time(start, "HH:mm")
    end = local(ends_at)
    if end.date() == start.date():
        return f"{format_time(start, 'HH:mm')}–{format_time(end, 'HH:mm')}"
    return f"{format_time(start, 'HH:mm')} to {end.day} {end:%b} {format_time(end, 'HH:mm')}"


def clock_of(moment: datetime) -> str:
    """ "08:05", as the company's clock shows an instant."""
    return format_time(local(moment), "HH:mm")


def worked_since(moment: datetime) -> str:
    """How long a clock that was started then has run: "1 h 05 min"."""
    return worked(max(int((clock().now() - moment).total_seconds()) // 60, 0))


def forms_of(work: WorkOrder) -> list[dict[str, Any]]:
    """Each form of a workorder: its words, whether it is asked for, and what was filled in."""
    filled = {form.kind: form for form in work.forms}
    return [
        {"kind": kind, "words": words, "wanted": getattr(work, switch), "filled": filled.get(kind)}
        for kind, (words, switch) in FORM_WORDS.items()
    ]


@desk.app_context_processor
def _words_of_the_jobs() -> dict[str, Any]:
    return {
        "worked": worked,
        "hours_of": hours_of,
        "day_of": day_of,
        "map_url": map_url,
        "way_to": way_to,
        "clock_of": clock_of,
        "worked_since": worked_since,
        "whose_phone": actor,
        "jobs_title": title_here,
        "drawn_at": lambda: clock().now().isoformat(timespec="seconds"),
        "forms_of": forms_of,
        "form_word": FORM_ADDRESSES.__getitem__,
        "may_do_jobs": lambda: may(Permission.JOB_DO),
    }
