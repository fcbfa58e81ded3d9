"""The day and the crew of a workorder, with a hint where somebody is in two places [61, 95, A70]."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import reading
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.jobs.desk import day_of, hours_of
from admin_app.admin.projects.desk import desk, the_project
from admin_app.admin.projects.work import tab_of, the_work
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_id
from admin_app.models import WorkOrder
from admin_app.models.field import field_named
from admin_app.policy import Permission
from admin_app.records.values import parse
from admin_app.services.schedule_work import Clash, Plan, can_be_sent, clashes_of
from admin_app.services.schedule_work import schedule_work as plan_it
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today
from admin_app.web.formats import day


@desk.route("/<int:project_id>/workorder/schedule", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def schedule_work(project_id: int) -> ResponseReturnValue:
    """From when to when, and who; saved, each of the crew has it in the calendar."""
    project = the_project(project_id)
    work = the_work(project)
    session = office_session()
    sheet = Sheet(WorkOrder, reading(), actor(), record=work, only=("starts_at", "ends_at"))
    people = can_be_sent(session)
    known = {number for number, _ in people}
    people = [*people, *((one.id, one.name) for one in work.crew if one.id not in known)]
    ticked = _ticked() if request.method == "POST" else tuple(one.id for one in work.crew)

    def save(values: dict[str, Any]) -> str:
        plan = Plan(_instant("starts_at", values), _instant("ends_at", values), _ticked())
        clashes = plan_it(session, work, plan, actor(), clock())
        for clash in clashes:
            flash(in_words(clash), "warning")
        return f"Planned for {day(day_of(work.starts_at), today()) if work.starts_at else 'no day'}."

    return Popup(
        project.group,
        f"Plan {work.number}",
        tab_of(work),
        sheet,
        "Plan the work",
        template="admin/projects/schedule_work.html",
        more={"people": people, "ticked": ticked, "clashes": clashes_of(session, work), "in_words": in_words},
    ).answer(save)


def in_words(clash: Clash) -> str:
    """ "Cem is at “Visit at the mill” at that time, Tue 3 Mar 11:00–13:00"."""
    when = f"{day(day_of(clash.starts_at), today())} {hours_of(clash.starts_at, clash.ends_at)}"
    return f"{clash.who} is at “{clash.what}” at that time: {when}."


def _ticked() -> tuple[int, ...]:
    found = (parse_id(text) for text in request.form.getlist("crew"))
    return tuple(number for number in found if number is not None)


def _instant(key: str, values: dict[str, Any]) -> datetime | None:
    """What was typed, in the company's zone; raises Invalid with the field."""
    try:
        read: datetime | None = parse(field_named(WorkOrder, key), values.get(key, ""), reading())
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {key: refusal.sentence}) from None
    return read
