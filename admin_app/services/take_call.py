"""A call becomes work in one act: a new customer, the site, project and lead, a visit, its confirmation [44, A52].

It composes use cases that stand by themselves; all of it is kept, or nothing.  One call::

    taken = take_call(session, Call(title="Fell the ash", group_id=7, estimator=2, starts_at=nine, ends_at=ten), bea,
                      clock, key)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Address,
    Contact,
    CustomerGroup,
    Event,
    EventKind,
    Lead,
    MessagePurpose,
    Thread,
)
from admin_app.policy import Permission, demand
from admin_app.services.answer_once import answer_once
from admin_app.services.create_customer import NewCustomer, NewPerson, create_customer
from admin_app.services.likely_doubles import Double, likely_doubles
from admin_app.services.messages.threads import claim_for_customer
from admin_app.services.new_lead import NewLead, new_lead
from admin_app.services.plan_appointment import clashes_at, plan_appointment
from admin_app.services.record_rules import put
from admin_app.services.save_record import create, find
from admin_app.services.schedule_work import Clash
from admin_app.services.who_was_told import said_of

NO_TITLE = "Say in a few words what they want"
_FIELDS = (("contact-0-", "person-"), ("address-0-", "site-"), ("name", "group-name"))
"""What `create_customer` calls the fields, and what they are called here."""


@dataclass(frozen=True, slots=True)
class NewCaller:
    """Somebody whom we do not know yet: fields of the contact and of the customer; an empty name is made of theirs."""

    person: Mapping[str, Any]
    group: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """What was said on the phone; links by id.

    Either `group_id` names the customer (with `contact_id` who speaks), or `caller` is somebody new.  `place` are
    fields of a new site, `address_id` one of the customer's.  Instants are UTC; without a start no visit is planned.
    `sure`: whoever took the call has seen that somebody like this is known, and means another one.
    """

    title: str
    request: str = ""
    source: Any = None
    priority: Any = None
    estimator: Any = None
    group_id: int | None = None
    contact_id: int | None = None
    caller: NewCaller | None = None
    address_id: int | None = None
    place: Mapping[str, Any] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tell: bool = False
    thread_id: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a call; `told` says who gets the confirmation or why nobody does, nothing where none was asked."""

    lead: Lead
    event: Event | None = None
    told: str = ""
    clashes: tuple[Clash, ...] = ()


class KnownAlready(Unmet):
    """Somebody like the caller is known: whoever takes the call says which one is meant."""

    def __init__(self, doubles: list[Double]) -> None:
        """Carry those who may be meant."""
        super().__init__("Somebody like this is known already; choose that customer, or say that this is another one")
        self.doubles = doubles


def take_call(session: Session, call: Call, actor: Actor, clock: Clock, key: str | None = None) -> Taken:
    """Write everything down; the same key again gives the first lead, and nothing is done twice.

    Raises NotAllowed, NotFound, KnownAlready, Conflict, Unmet, and Invalid by field: `person-email`, `group-name`,
    `site-line1`, `title`, `estimator`, `slot`.
    """
    for permission in (Permission.CUSTOMERS_WRITE, Permission.SALES_WRITE, Permission.WORK_WRITE):
        demand(actor, permission)
    made: list[Taken] = []

    def act() -> Lead:
        made.append(_take(session, call, actor, clock))
        return made[0].lead

    lead = answer_once(session, clock, key=key, purpose="call", content=call, kind=Lead, act=act)
    return made[0] if made else Taken(lead)


def _take(session: Session, call: Call, actor: Actor, clock: Clock) -> Taken:
    group, contact = _who(session, call, actor)
    lead = new_lead(
        session,
        NewLead(
            group_id=group.id,
            title=call.title,
            request=call.request,
            contact=contact.id if contact is not None else None,
            address=_where(session, call, group, actor),
            source=call.source,
            estimator=call.estimator,
            priority=call.priority,
        ),
        actor,
        clock,
    )
    if call.thread_id is not None:
        _keep_thread(session, call.thread_id, lead, contact, actor)
    if call.starts_at is None:
        return Taken(lead)
    return _visit(session, call, lead, actor, clock)


def _who(session: Session, call: Call, actor: Actor) -> tuple[CustomerGroup, Contact | None]:
    """The customer and who speaks for them; somebody new is written down."""
    if call.group_id is not None:
        if not call.title.strip():
            raise Invalid(NO_TITLE, {"title": NO_TITLE})
        group = find(session, CustomerGroup, call.group_id, actor)
        return group, _speaker(session, call.contact_id, actor)
    if call.caller is None:
        raise Invalid("Say who calls", {"who": "Say who calls"})
    if not call.sure and (doubles := _doubles(session, call.caller, actor)):
        raise KnownAlready(doubles)
    return _somebody_new(session, call, call.caller, actor), None


def _speaker(session: Session, contact_id: int | None, actor: Actor) -> Contact | None:
    """Who is on the phone; nobody named means the primary contact, which the new lead finds.

    That they belong to the customer is held by the rules of projects.
    """
    if contact_id is None:
        return None
    return find(session, Contact, contact_id, actor)


def _doubles(session: Session, caller: NewCaller, actor: Actor) -> list[Double]:
    person, group = caller.person, caller.group
    return likely_doubles(
        session,
        actor,
        name=str(group.get("name") or f"{person.get('first_name', '')} {person.get('last_name', '')}").strip(),
        email=str(person.get("email") or ""),
        phone=str(person.get("phone") or ""),
    )


def _somebody_new(session: Session, call: Call, caller: NewCaller, actor: Actor) -> CustomerGroup:
    name = caller.person.get("last_name") or caller.person.get("first_name") or ""
    group = dict(caller.group)
    group["name"] = group.get("name") or (f"{name} household" if name else "")
    places = [call.place] if call.place else []
    wrong: dict[str, str] = {} if call.title.strip() else {"title": NO_TITLE}
    try:
        made = create_customer(session, NewCustomer(group, [NewPerson(caller.person)], places), actor)
    except Invalid as refusal:
        told = {_called_here(key): sentence for key, sentence in refusal.fields.items()}
        if not name:
            told.pop("group-name", None)  # it would be made of the name that is missing
        raise Invalid(refusal.sentence, told | wrong) from None
    if wrong:
        raise Invalid(NO_TITLE, wrong)
    return made


def _called_here(key: str) -> str:
    for there, here in _FIELDS:
        if key.startswith(there):
            return here + key.removeprefix(there)
    return key


def _where(session: Session, call: Call, group: CustomerGroup, actor: Actor) -> Any:
    """The site: the one chosen, a new one of a known customer, or (None) what the lead finds by itself."""
    if call.group_id is None or not call.place:
        return call.address_id
    try:
        return create(session, Address, {**call.place, "group": group}, actor).id
    except Invalid as refusal:
        raise Invalid(
            refusal.sentence, {f"site-{key}": sentence for key, sentence in refusal.fields.items()}
        ) from None


def _keep_thread(
    session: Session, thread_id: int, lead: Lead, contact: Contact | None, actor: Actor
) -> None:
    """The message that the call answers belongs to the customer and the project from now on."""
    thread = find(session, Thread, thread_id, actor)
    writer = contact if contact is not None else lead.project.contact
    claim_for_customer(session, thread, lead.group, writer)
    put(session, thread, {"project_id": lead.project_id})


def _visit(session: Session, call: Call, lead: Lead, actor: Actor, clock: Clock) -> Taken:
    project = lead.project
    try:
        event = plan_appointment(
            session,
            lead.group,
            kind=EventKind.VISIT,
            title=f"Visit: {lead.title}"[:200],
            starts_at=call.starts_at,
            ends_at=call.ends_at,
            assignee_id=project.estimator_id,
            address_id=project.address_id,
            project_id=project.id,
            contact_id=project.contact_id,
            notes=call.request or None,
            tell=call.tell,
            actor=actor,
            clock=clock,
        )
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"slot": refusal.sentence}) from None
    told = said_of(session, event, MessagePurpose.APPOINTMENT, clock) if call.tell else ""
    return Taken(lead, event, told, tuple(clashes_at(session, event)))
