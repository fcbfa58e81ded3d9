"""A step by its name, for doors that know documents only by name: each goes through the use case of its page.

The table of a document names the use case that takes a step (`flow/`); here stands how each of them is called by what
was said.  A step that names none is taken as the table says (`services/take.py`).
One call::

    walked = walk_step(session, invoice, "issue", Words(Said(issue_on=day)), ann, clock)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from admin_app.flow import Offer
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound
from admin_app.models import Entity, Estimate, Invoice, Lead, WorkOrder
from admin_app.services.answer_estimate import confirm_estimate, decline_estimate, request_changes
from admin_app.services.facts import Said
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.move_lead import move_lead
from admin_app.services.planned_as import planned_as
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.schedule_work import Plan, schedule_work
from admin_app.services.send_estimate import send_estimate
from admin_app.services.take import flow_of, offers, take
from admin_app.services.tell_of_plan import tell_of_plan, tells_by_itself
from admin_app.services.unschedule_work import unschedule_work
from admin_app.services.void_invoice import void_invoice


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says with a step: `said` as everywhere, and for a day that is planned its time and crew.

    `starts_at`, `ends_at` and `crew` (ids of staff) that are None stay as the workorder has them.
    """

    said: Said = field(default_factory=Said)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    crew: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a step led: the document to look at now (a revision is a new one) and what happened."""

    document: Entity
    events: tuple[str, ...]


Walk = Callable[[Session, Any, str, Words, Actor, Clock], Entity]
"""Gets (session, document, step, words, actor, clock); gives the document to look at now."""


def _lead(session: Session, lead: Lead, step: str, words: Words, actor: Actor, clock: Clock) -> Entity:
    return move_lead(session, lead, step, actor, clock, words.said)


def _send(
    session: Session, estimate: Estimate, _step: str, words: Words, actor: Actor, clock: Clock
) -> Entity:
    said = words.said
    return send_estimate(session, estimate, actor, clock, said.contact_id, said.by_hand, said.comment)


def _confirm(
    session: Session, estimate: Estimate, _step: str, words: Words, actor: Actor, clock: Clock
) -> Entity:
    return confirm_estimate(session, estimate, actor, clock, words.said)


def _request_changes(
    session: Session, estimate: Estimate, _step: str, words: Words, actor: Actor, clock: Clock
) -> Entity:
    return request_changes(session, estimate, actor, clock, words.said.reason)


def _decline(
    session: Session, estimate: Estimate, _step: str, words: Words, actor: Actor, clock: Clock
) -> Entity:
    return decline_estimate(session, estimate, actor, clock, words.said.reason)


def _revise(
    session: Session, estimate: Estimate, _step: str, _words: Words, actor: Actor, clock: Clock
) -> Entity:
    return revise_estimate(session, estimate, actor, clock)


def _issue(
    session: Session, invoice: Invoice, _step: str, words: Words, actor: Actor, clock: Clock
) -> Entity:
    return issue_invoice(session, invoice, actor, clock, words.said.issue_on, words.said.due_on)


def _void(
    session: Session, invoice: Invoice, _step: str, _words: Words, actor: Actor, clock: Clock
) -> Entity:
    return void_invoice(session, invoice, actor, clock)


def _schedule(
    session: Session, work: WorkOrder, _step: str, words: Words, actor: Actor, clock: Clock
) -> Entity:
    crew = tuple(one.id for one in work.crew) if words.crew is None else words.crew
    starts_at = words.starts_at or work.starts_at
    # Another start without an end of its own does not keep the old end, which may lie before it.
    ends_at = words.ends_at or (None if words.starts_at else work.ends_at)
    was = planned_as(work)
    schedule_work(session, work, Plan(starts_at, ends_at, crew), actor, clock)
    if tells_by_itself(session, work):
        tell_of_plan(session, work, was, actor, clock)
    return work


def _unschedule(
    session: Session, work: WorkOrder, _step: str, _words: Words, actor: Actor, clock: Clock
) -> Entity:
    return unschedule_work(session, work, actor, clock)


def _by_the_table(
    session: Session, document: Entity, step: str, words: Words, actor: Actor, clock: Clock
) -> Entity:
    take(session, document, step, actor, clock, words.said)
    return document


WALKS: dict[str, Walk] = {
    "": _by_the_table,
    "move_lead": _lead,
    "send_estimate": _send,
    "confirm_estimate": _confirm,
    "request_changes": _request_changes,
    "decline_estimate": _decline,
    "revise_estimate": _revise,
    "issue_invoice": _issue,
    "void_invoice": _void,
    "schedule_work": _schedule,
    "unschedule_work": _unschedule,
}
"""The use case that a table names → how it is called by what was said."""

ALSO: dict[tuple[type[Entity], str], tuple[str, ...]] = {
    (Estimate, "send"): ("contact", "by_hand", "comment"),
    (Estimate, "confirm"): ("how", "comment"),
    (Invoice, "issue"): ("issue_on", "due_on"),
    (WorkOrder, "schedule"): ("starts_at", "ends_at", "crew"),
}
"""What may be said with a step beyond what its table asks for."""


def walk_step(
    session: Session, document: Entity, step: str, words: Words, actor: Actor, clock: Clock
) -> Walked:
    """Take a step of a document as its page does.

    Raises NotFound for a word that is no step or one that only the program takes, NotAllowed, Unmet with the sentence
    of what is in the way, Invalid with fields.
    """
    rows = flow_of(document).rows(step)
    if not any(row.offered for row in rows):
        raise NotFound(f"“{step}” is a step that only the program itself takes")
    walk = WALKS[flow_of(document).taken_by(step)]
    found = walk(session, document, step, words, actor, clock)
    session.flush()
    return Walked(found, events_of(document, step))


def events_of(document: Entity | type[Entity], step: str) -> tuple[str, ...]:
    """The names of what happens with a step."""
    named = (event.name for row in flow_of(document).rows(step) for event in row.events)
    return tuple(dict.fromkeys(named))


def words_of(document: Entity | type[Entity], step: str) -> tuple[str, ...]:
    """What can be said with a step, by the names that the API uses; what its table asks for comes first."""
    kind = document if isinstance(document, type) else type(document)
    asked = (asked for row in flow_of(document).rows(step) for asked in row.asks)
    return tuple(dict.fromkeys((*asked, *ALSO.get((kind, step), ()))))


def offered_steps(session: Session, document: Entity, actor: Actor, clock: Clock) -> list[Offer]:
    """The steps that the actor can be shown now; a step that only waits for words of its own counts as open."""
    return [
        Offer(offer.step) if offer.fix in offer.step.asks else offer
        for offer in offers(session, document, actor, clock)
    ]
