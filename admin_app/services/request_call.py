"""A client asks to be called: the estimator gets a task, a call in the calendar and a mail [47, A53]."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import Channel, Event, EventKind, EventState, Lead, MessagePurpose, Task, TaskState
from admin_app.policy import Permission, demand
from admin_app.services.messages.resolve import recipients_for
from admin_app.services.messages.tell import tell
from admin_app.services.messages.words import draft
from admin_app.services.record_rules import make

LONGEST_NOTE = 2_000


def request_call(session: Session, lead: Lead, actor: Actor, clock: Clock, note: str = "") -> Task:
    """Put the call on the estimator's list for today, with what the client said.

    Raises NotAllowed, Unmet without an estimator or while an earlier request is still open.
    """
    demand(actor, Permission.WORK_WRITE)
    project = lead.project
    if project.estimator is None:
        raise Unmet("Choose an estimator first: somebody has to make the call")
    if lead.call_requested_at is not None:
        raise Unmet(f"{project.estimator.name} has this call on the list already")
    whom = project.contact.name if project.contact is not None else lead.group.name
    facts = {"title": f"Call {whom} back"[:200], "group": lead.group, "project": project}
    facts["assignee"] = project.estimator
    words = clean_text(note, LONGEST_NOTE, multiline=True)
    task = make(session, Task, facts | {"due_on": clock.today(), "description": words or None})
    event = {"kind": EventKind.CALL, "starts_at": clock.now(), "address": None, "notes": words or None}
    make(session, Event, facts | event)
    lead.call_requested_at = clock.now()
    session.flush()  # the page shows it as asked for
    _tell(session, lead, task, actor, clock)
    return task


def _tell(session: Session, lead: Lead, task: Task, actor: Actor, clock: Clock) -> None:
    """The estimator reads of it by mail, and by text message where the company has a number to send from.

    What cannot be sent stops nothing: the task is on the list.
    """
    for channel in Channel:
        for recipient in recipients_for(session, lead, MessagePurpose.CALL_REQUEST, channel).chosen:
            words = draft(session, MessagePurpose.CALL_REQUEST, channel, lead, actor, clock, recipient)
            body = f"{words.body.rstrip()}\n\n{task.description}" if task.description else words.body
            with suppress(Unmet, Invalid), session.begin_nested():
                tell(
                    session,
                    MessagePurpose.CALL_REQUEST,
                    lead,
                    actor,
                    clock,
                    channel=channel,
                    to=[recipient],
                    subject=words.subject,
                    body=body,
                    key=call_key(task),
                )


def call_key(task: Task) -> str:
    """The key under which the messages of a call request are queued."""
    return f"call-{task.public_id}"


def call_made(session: Session, lead: Lead, actor: Actor, clock: Clock) -> None:
    """The call was made: task and event are done, and another one can be asked for; raises Unmet without a request."""
    demand(actor, Permission.WORK_WRITE)
    if lead.call_requested_at is None:
        raise Unmet("No call is asked for")
    tasks = select(Task).where(
        Task.project_id == lead.project_id,
        Task.title.startswith("Call ", autoescape=True),
        Task.state.in_((TaskState.OPEN, TaskState.IN_PROGRESS)),
    )
    for task in session.scalars(tasks):
        task.state, task.done_at = TaskState.DONE, clock.now()
    calls = select(Event).where(
        Event.project_id == lead.project_id,
        Event.kind == EventKind.CALL,
        Event.state == EventState.PLANNED,
        Event.starts_at == lead.call_requested_at,
    )
    for call in session.scalars(calls):
        call.state = EventState.DONE
    lead.call_requested_at = None
    session.flush()  # the page shows it as done
