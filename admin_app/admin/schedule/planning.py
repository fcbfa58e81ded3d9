"""The form of a plan: day, hours, people, machines, and whether the client is told; for jobs and for events [A70, E5].

Shown over the schedule and in the workspace of a project.  What its reader saw is carried along, so that two
dispatchers are shown both versions instead of overwriting each other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import may, reading
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.jobs.desk import day_of, hours_of
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_id
from admin_app.models import Entity, Event, WorkOrder
from admin_app.models.field import field_named
from admin_app.policy import Permission, demand
from admin_app.records.schedule import OPEN_WORK
from admin_app.records.values import parse
from admin_app.services.move_job import Moved, move_thing
from admin_app.services.plan_appointment import clashes_at
from admin_app.services.planned_as import MovedMeanwhile, Planned, plan_in_words, read_seen, seen_of
from admin_app.services.schedule_work import Clash, can_be_planned, can_be_sent, clashes_of
from admin_app.services.tell_of_plan import tell_of_plan, tells_by_itself, who_is_told
from admin_app.web.company import actor, clock, office_session, today
from admin_app.web.formats import day

TEMPLATE = "admin/schedule/plan.html"
Plans = Callable[[dict[str, Any]], Planned]


def plan_work(work: WorkOrder, back: str) -> ResponseReturnValue:
    """The plan of a job, to look at and, for those who plan, to change."""
    session = office_session()
    sheet = Sheet(WorkOrder, reading(), actor(), record=work, only=("starts_at", "ends_at"))
    people = _with(can_be_sent(session), ((one.id, one.name) for one in work.crew))
    machines = _with(can_be_planned(session), ((one.id, one.name) for one in work.equipment))
    posted = request.method == "POST"
    more: dict[str, Any] = {
        "record": work,
        "people": people,
        "ticked": _ticked("crew") if posted else tuple(one.id for one in work.crew),
        "machines": machines,
        "taken": _ticked("equipment") if posted else tuple(one.id for one in work.equipment),
        "clashes": clashes_of(session, work) if work.state in OPEN_WORK else [],
        "movable": may(Permission.WORK_WRITE) and work.state in OPEN_WORK,
    }

    def asked(values: dict[str, Any]) -> Planned:
        starts, ends = _instant(WorkOrder, "starts_at", values), _instant(WorkOrder, "ends_at", values)
        if starts is None:
            raise Invalid("Choose the day on which the work starts", {"starts_at": "When does the work start?"})
        return Planned(starts, ends, _ticked("crew"), _ticked("equipment"))

    return _answer(work, f"Plan {work.number}", sheet, more, asked, back)


def plan_event(event: Event, back: str) -> ResponseReturnValue:
    """The time and the person of an appointment or a visit."""
    session = office_session()
    people = _with(
        can_be_sent(session), [(event.assignee.id, event.assignee.name)] if event.assignee is not None else ()
    )
    sheet = Sheet(
        Event,
        reading(),
        actor(),
        record=event,
        only=("starts_at", "ends_at", "assignee"),
        options={"assignee": [(str(number), name) for number, name in people]},
    )
    planned = event.state.value == "planned"
    more: dict[str, Any] = {
        "record": event,
        "clashes": clashes_at(session, event),
        "movable": may(Permission.WORK_WRITE) and planned,
    }

    def asked(values: dict[str, Any]) -> Planned:
        starts, ends = _instant(Event, "starts_at", values), _instant(Event, "ends_at", values)
        if starts is None:
            raise Invalid("Choose a day and a time", {"starts_at": "When does it start?"})
        who = parse_id(values.get("assignee", ""))
        return Planned(starts, ends, (who,) if who is not None else ())

    return _answer(event, f"Plan the {event.kind.value}", sheet, more, asked, back)


def _answer(
    record: WorkOrder | Event, title: str, sheet: Sheet, more: dict[str, Any], asked: Plans, back: str
) -> ResponseReturnValue:
    session = office_session()
    if request.method == "POST":
        demand(actor(), Permission.WORK_WRITE)
    told_by_itself = tells_by_itself(session, record)
    resolved = who_is_told(session, record) if more["movable"] else None
    more |= {
        "seen": request.form.get("seen") or seen_of(record),
        "tell": "tell" in request.form if request.method == "POST" else told_by_itself,
        "resolved": resolved if may(Permission.MESSAGES_WRITE) else None,
        "clash_in_words": clash_in_words,
        "is_work": isinstance(record, WorkOrder),
        "hours": _when(record),
    }

    def save(values: dict[str, Any]) -> str:
        try:
            moved = move_thing(
                session, record, read_seen(more["seen"]), asked(values), actor(), clock(), backwards=True
            )
        except MovedMeanwhile as refusal:
            more.update(meanwhile=refusal, seen=seen_of(record))
            raise
        return _said(record, moved, told="tell" in request.form)

    return Popup(record.group, title, back, sheet, "Save the plan", template=TEMPLATE, more=more).answer(save)


def _said(record: WorkOrder | Event, moved: Moved, *, told: bool) -> str:
    session = office_session()
    for clash in moved.clashes:
        flash(clash_in_words(clash), "warning")
    words = ""
    if told:
        words = tell_of_plan(session, record, moved.was, actor(), clock()).in_words
    if record.starts_at is not None and day_of(record.starts_at) < today():
        flash("This day is over; it stands in the calendar all the same.", "warning")
    return f"Planned for {plan_in_words(session, moved.now)}. {words}".strip()


def clash_in_words(clash: Clash) -> str:
    """ "Cem is at “Visit at the mill” at that time: Tue 3 Mar 11:00–13:00"."""
    when = f"{day(day_of(clash.starts_at), today())} {hours_of(clash.starts_at, clash.ends_at)}"
    return f"{clash.who} is at “{clash.what}” at that time: {when}."


def _when(record: WorkOrder | Event) -> str:
    if record.starts_at is None:
        return "No day yet"
    return f"{day(day_of(record.starts_at), today())} {hours_of(record.starts_at, record.ends_at)}".capitalize()


def _with(offered: Any, held: Any) -> list[tuple[int, str]]:
    """What can be chosen, and what is chosen already though nobody new can have it."""
    known = {number for number, _ in offered}
    return [*offered, *((number, name) for number, name in held if number not in known)]


def _ticked(name: str) -> tuple[int, ...]:
    found = (parse_id(text) for text in request.form.getlist(name))
    return tuple(sorted({number for number in found if number is not None}))


def _instant(entity: type[Entity], key: str, values: dict[str, Any]) -> datetime | None:
    """What was typed, in the company's zone; raises Invalid with the field."""
    try:
        read: datetime | None = parse(field_named(entity, key), values.get(key, ""), reading())
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {key: refusal.sentence}) from None
    return read
