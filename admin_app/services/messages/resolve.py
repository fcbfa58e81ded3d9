"""Who gets a message, why, and why others do not [26, L14].

The choice is a pure function of what is known about the people (`choose`): each purpose has its ranks, such as the
billing contact before the primary one, and the first rank in which anybody can be reached is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.models import (
    AccessState,
    Channel,
    Company,
    Contact,
    CustomerGroup,
    Direction,
    Entity,
    Estimate,
    Event,
    Membership,
    MembershipRole,
    Message,
    MessagePurpose,
    OutboxMessage,
    OutboxState,
    ProjectAccess,
    ProjectContact,
    Thread,
    User,
)
from admin_app.services.messages.about import group_of, id_of, project_of, word_of
from admin_app.services.messages.reach import CALLED, REACHED, Standing, standing
from admin_app.services.queue_sms import takes_texts

MOST_PEOPLE = 200
P = MessagePurpose
MONEY = frozenset({P.INVOICE, P.INVOICE_SOON_DUE, P.INVOICE_OVERDUE, P.CREDIT_NOTE, P.RECEIPT})
APPOINTMENTS = frozenset(
    {
        P.APPOINTMENT,
        P.APPOINTMENT_MOVED,
        P.APPOINTMENT_CALLED_OFF,
        P.APPOINTMENT_REMINDER,
        P.START_DATE,
        P.START_DATE_MOVED,
    }
)
ESTIMATES = frozenset({P.ESTIMATE, P.ESTIMATE_REMINDER})
REMINDERS = frozenset({P.ESTIMATE_REMINDER, P.INVOICE_SOON_DUE, P.INVOICE_OVERDUE, P.APPOINTMENT_REMINDER})
"""What goes out by itself, and not to customers whose reminders are off."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who gets the message: a contact or a member of staff, at an address or number; `why` is a sentence."""

    contact_id: int | None
    user_id: int | None
    name: str
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """One who does not get it; `why` is a sentence."""

    contact_id: int | None
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who gets a message and who does not, each with the reason."""

    chosen: tuple[Recipient, ...]
    skipped: tuple[Skipped, ...]

    @property
    def nobody_because(self) -> str:
        """Why nobody gets it, as one sentence."""
        return self.skipped[0].why if self.skipped else "There is nobody to tell"


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody who might get a message about something."""

    contact_id: int
    name: str
    address: str | None
    """Where the channel reaches them; None: nowhere."""
    role: MembershipRole | None = None
    """What they are to the customer; None: no member."""
    is_primary: bool = False
    speaks_for_project: bool = False
    takes_part: bool = False
    """In the project, whichever customer they belong to."""
    meets: bool = False
    """Named in the appointment."""
    got_it: bool = False
    """The document went to them before."""
    has_access: bool = True
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Rank:
    """Some of the people, and what is said of them: "is the billing contact"."""

    holds: Callable[[Person], bool]
    says: str
    only_first: bool = False


def _has(*roles: MembershipRole) -> Callable[[Person], bool]:
    return lambda person: person.role in roles


_PROJECT = Rank(lambda person: person.speaks_for_project, "is the contact of the project")
_PRIMARY = Rank(lambda person: person.is_primary, "is the primary contact")
_SOMEBODY = Rank(
    lambda person: person.role not in (None, MembershipRole.SITE_ACCESS, MembershipRole.TENANT),
    "is the first who can be reached",
    only_first=True,
)
_ON_SITE = _has(MembershipRole.SITE_ACCESS, MembershipRole.TENANT)


def ranks_of(purpose: MessagePurpose) -> Sequence[Rank]:
    """Whom a purpose asks first, second and so on; the primary contact is the fallback of all."""
    if purpose in MONEY:
        return (Rank(_has(MembershipRole.BILLING), "is the billing contact"), _PROJECT, _PRIMARY, _SOMEBODY)
    if purpose in ESTIMATES:
        first = (
            (Rank(lambda person: person.got_it, "got the estimate"),)
            if purpose is P.ESTIMATE_REMINDER
            else ()
        )
        return (*first, Rank(_has(MembershipRole.APPROVER), "approves estimates"), _PROJECT, _PRIMARY)
    if purpose in APPOINTMENTS:
        return (
            Rank(lambda person: person.meets, "is named in the appointment"),
            Rank(lambda person: person.takes_part and _ON_SITE(person), "opens the site of the project"),
            Rank(_ON_SITE, "opens the site"),
            _PROJECT,
            _PRIMARY,
        )
    return (_PROJECT, _PRIMARY)


def choose(
    purpose: MessagePurpose,
    channel: Channel,
    people: Sequence[Person],
    known: Mapping[str, Standing],
    *,
    nobody: str = "",
) -> Resolved:
    """Those of `people` who get it, and the rest with the reason; nobody knows anything but what is handed in.

    `known`: address → how it stands.  `nobody`, if not empty, is the sentence why the whole purpose or channel is off.
    """
    skipped: dict[int, str] = {}
    able: list[Person] = []
    for person in people:
        why = nobody or _unable(person, purpose, channel, known)
        if why:
            skipped[person.contact_id] = why
        else:
            able.append(person)
    chosen, rest = _first_rank(purpose, able)
    skipped |= rest
    return Resolved(
        tuple(chosen),
        tuple(
            Skipped(p.contact_id, p.name, skipped[p.contact_id]) for p in people if p.contact_id in skipped
        ),
    )


def _first_rank(purpose: MessagePurpose, able: Sequence[Person]) -> tuple[list[Recipient], dict[int, str]]:
    """Those of the first rank that has anybody, and contact → why the others are passed over."""
    for rank in ranks_of(purpose):
        found = [person for person in able if rank.holds(person)]
        if not found:
            continue
        taken = found[:1] if rank.only_first else found
        chosen = [
            Recipient(p.contact_id, None, p.name, p.address or "", f"{p.name} {rank.says}") for p in taken
        ]
        chosen = list({one.address: one for one in reversed(chosen)}.values())[::-1]
        told = chosen[0].name if len(chosen) == 1 else f"{chosen[0].name} and {len(chosen) - 1} more"
        gets = {one.contact_id for one in chosen}
        why = f"{told} gets it" if len(chosen) == 1 else f"{told} get it"
        return chosen, {p.contact_id: why for p in able if p.contact_id not in gets}
    return [], {p.contact_id: f"{p.name} is not who is told of this" for p in able}


def _unable(person: Person, purpose: MessagePurpose, channel: Channel, known: Mapping[str, Standing]) -> str:
    """Why a person cannot be told at all; "" for one who can."""
    if person.archived:
        return f"{person.name} is archived"
    if not person.address:
        return f"{person.name} has no {'email address' if channel is Channel.MAIL else 'mobile number'}"
    why = known.get(person.address, REACHED).why_not(person.name, person.address, channel)
    if not why and purpose in ESTIMATES and not person.has_access:
        return f"The project is not open to {person.name}"
    return why


def recipients_for(session: Session, about: Entity, purpose: MessagePurpose, channel: Channel) -> Resolved:
    """Who gets a message of this purpose about a record, by this channel [26]."""
    if purpose is P.CALL_REQUEST:
        return _estimator(about, channel)
    group = group_of(about)
    if group is None:
        return Resolved((), (Skipped(None, "", "It belongs to no customer, so there is nobody to tell"),))
    people = _people(session, about, group, purpose, channel)
    if not people:
        return Resolved((), (Skipped(None, group.name, f"{group.name} has no contacts"),))
    off = _off(session, channel)
    if not off and purpose in REMINDERS and not group.reminders:
        off = f"{group.name} gets no reminders"
    known = standing(session, [p.address for p in people if p.address], channel)
    return choose(purpose, channel, people, known, nobody=off)


def everybody(session: Session, group_id: int, channel: Channel, project_id: int | None = None) -> Resolved:
    """Everybody of a customer, and of a project, whom the desk may choose to write to [A29, A30]."""
    people = _belonging(session, group_id, project_id, channel)
    known = standing(session, [p.address for p in people if p.address], channel)
    off = _off(session, channel)
    chosen, skipped = [], []
    for person in people:
        why = off or _unable(person, P.FREE, channel, known)
        if why:
            skipped.append(Skipped(person.contact_id, person.name, why))
        else:
            says = "belongs to the customer" if person.role is not None else "takes part in the project"
            chosen.append(
                Recipient(person.contact_id, None, person.name, person.address or "", f"{person.name} {says}")
            )
    return Resolved(tuple(chosen), tuple(skipped))


def refuse_reason(session: Session, channel: Channel, to: Iterable[Recipient]) -> dict[str, str]:
    """Address → why nothing may be sent there, for recipients that somebody chose by hand; staff are always told."""
    clients = [one for one in to if one.user_id is None]
    off = _off(session, channel)
    if off:
        return {one.address: off for one in clients}
    known = standing(session, [one.address for one in clients], channel)
    said = {
        one.address: known.get(one.address, REACHED).why_not(one.name, one.address, channel)
        for one in clients
    }
    return {address: why for address, why in said.items() if why}


def address_of(contact: Contact | User, channel: Channel, country: str | None) -> str | None:
    """Where a channel reaches somebody: the email address, or the first number that takes text messages."""
    if channel is Channel.MAIL:
        return contact.email or None
    numbers = (getattr(contact, "mobile", None), contact.phone)
    return next((number for number in numbers if number and takes_texts(number, country)), None)


def _off(session: Session, channel: Channel) -> str:
    company = session.scalars(select(Company)).first()
    is_on = company is None or (company.mail_on if channel is Channel.MAIL else company.sms_on)
    return "" if is_on else f"{CALLED[channel].capitalize()} to clients are switched off in the settings"


def _estimator(about: Any, channel: Channel) -> Resolved:
    """A call request goes to the estimator, who is one of us [A53]."""
    project = project_of(about)
    estimator: User | None = project.estimator if project is not None else None
    if estimator is None:
        return Resolved((), (Skipped(None, "", "The project has no estimator yet"),))
    address = estimator.email if channel is Channel.MAIL else estimator.phone
    if not address:
        return Resolved((), (Skipped(None, estimator.name, f"{estimator.name} has no phone number"),))
    why = f"{estimator.name} is the estimator"
    return Resolved((Recipient(None, estimator.id, estimator.name, address, why),), ())


def _people(
    session: Session, about: Any, group: CustomerGroup, purpose: MessagePurpose, channel: Channel
) -> list[Person]:
    """Everybody who might be told, with what the ranks ask of them."""
    project = project_of(about)
    meets = about.contact_id if isinstance(about, Event) else None
    speaks = project.contact_id if project is not None else None
    people = _belonging(
        session, group.id, project.id if project else None, channel, meets=meets, speaks=speaks
    )
    if not isinstance(about, Estimate):
        return people
    opened = set(
        session.scalars(
            select(ProjectAccess.contact_id).where(
                ProjectAccess.project_id == about.project_id, ProjectAccess.state.in_(AccessState.open())
            )
        )
    )
    got = _who_got(session, about) if purpose is P.ESTIMATE_REMINDER else set()
    return [
        replace(person, has_access=person.contact_id in opened, got_it=person.contact_id in got)
        for person in people
    ]


def _who_got(session: Session, estimate: Estimate) -> set[int]:
    """The contacts to whom this estimate went, by its thread."""
    query = (
        select(Message.contact_id)
        .join(Thread, Thread.id == Message.thread_id)
        .join(OutboxMessage, OutboxMessage.id == Message.outbox_id)
        .where(
            Thread.about == word_of(estimate),
            Thread.about_id == id_of(estimate),
            Message.direction == Direction.OUT,
            Message.contact_id.is_not(None),
            OutboxMessage.purpose == P.ESTIMATE.value,
            OutboxMessage.state != OutboxState.WITHDRAWN,
        )
    )
    return {one for one in session.scalars(query) if one is not None}


def _belonging(
    session: Session,
    group_id: int,
    project_id: int | None,
    channel: Channel,
    *,
    meets: int | None = None,
    speaks: int | None = None,
) -> list[Person]:
    """The members of a customer, primary first, then who else takes part in the project or the appointment."""
    country = session.scalar(select(Company.country))
    members = session.execute(
        select(Contact, Membership.role, Membership.is_primary)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group_id)
        .order_by(Membership.is_primary.desc(), Membership.position, Contact.id)
        .limit(MOST_PEOPLE)
    ).all()
    taking = set(
        session.scalars(select(ProjectContact.contact_id).where(ProjectContact.project_id == project_id))
        if project_id is not None
        else ()
    )
    wanted = (taking | {meets, speaks}) - {contact.id for contact, _, _ in members} - {None}
    others = (
        session.scalars(select(Contact).where(Contact.id.in_(wanted)).order_by(Contact.id)) if wanted else ()
    )
    rows: list[tuple[Contact, MembershipRole | None, bool]] = [(c, role, first) for c, role, first in members]
    rows += [(contact, None, False) for contact in others]
    return [
        Person(
            contact_id=contact.id,
            name=contact.name,
            address=address_of(contact, channel, country),
            role=role,
            is_primary=first,
            speaks_for_project=contact.id == speaks,
            takes_part=contact.id in taking,
            meets=contact.id == meets,
            archived=contact.archived_at is not None,
        )
        for contact, role, first in rows
    ]
