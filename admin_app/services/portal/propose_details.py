"""A client wants their own details changed: kept as a wish that the office accepts or refuses [121].

Nothing of the contact changes here.  Whether an email address may be taken is asked when somebody accepts it: a client
who tries addresses learns nothing of who else is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import ChangeState, Contact, ContactChange, Entity
from admin_app.models.field import BoundField, fields_of
from admin_app.policy import Permission, demand_for
from admin_app.records.values import office_reading, parse

OWN_FIELDS = ("first_name", "last_name", "email", "phone", "mobile")
"""What clients may ask to have changed, in the order of the form."""


def propose_details(session: Session, typed: Mapping[str, str], actor: Actor, clock: Clock) -> ContactChange:
    """Keep what the client wants changed; an earlier wish that waits gives way to this one.

    Raises Invalid with a sentence a field, Unmet where nothing differs, NotFound for whoever has no details here.
    """
    contact = own_contact(session, actor)
    after = _read(session, typed)
    if not after["first_name"] and not after["last_name"]:
        raise Invalid("A name is missing", {"first_name": "A name is missing"})
    changed = {key: value for key, value in after.items() if value != (getattr(contact, key) or "")}
    if not changed:
        raise Unmet("Nothing differs from what we have; nothing was sent")
    before = waiting_change(session, contact)
    if before is not None:
        before.state, before.answered_at = ChangeState.WITHDRAWN, clock.now()
        session.flush()  # one wish waits at a time
    scope = actor.client
    assert scope is not None
    wish = ContactChange(
        group_id=scope.group_id,
        contact_id=contact.id,
        before={key: getattr(contact, key) or None for key in changed},
        after={key: value or None for key, value in changed.items()},
        asked_at=clock.now(),
    )
    session.add(wish)
    session.flush()
    return wish


def withdraw_change(session: Session, actor: Actor, clock: Clock) -> None:
    """Take the wish back that waits; that none waits any more is fine."""
    waits = waiting_change(session, own_contact(session, actor))
    if waits is not None:
        waits.state, waits.answered_at = ChangeState.WITHDRAWN, clock.now()
        session.flush()


def own_contact(session: Session, actor: Actor) -> Contact:
    """The contact who acts; raises NotFound for a link made for nobody, a preview that would write, and for staff."""
    scope = actor.client
    contact = session.get(Contact, scope.contact_id) if scope and scope.contact_id is not None else None
    if contact is None:
        raise NotFound("There is nothing here")
    demand_for(actor, Permission.KEEP_OWN_DETAILS, contact)
    return contact


def waiting_change(session: Session, contact: Contact) -> ContactChange | None:
    """The one wish of a contact that waits for the office."""
    return session.scalar(
        select(ContactChange).where(
            ContactChange.contact_id == contact.id, ContactChange.state == ChangeState.WAITING
        )
    )


def own_fields(entity: type[Entity] = Contact) -> dict[str, BoundField]:
    """The declarations of the fields that clients may ask to have changed."""
    declared = {bound.key: bound for bound in fields_of(entity)}
    return {key: declared[key] for key in OWN_FIELDS}


def _read(session: Session, typed: Mapping[str, str]) -> dict[str, str]:
    reading, read, wrong = office_reading(session), {}, {}
    for key, bound in own_fields().items():
        try:
            read[key] = str(parse(bound, typed.get(key, "").strip(), reading) or "")
        except Invalid as refusal:
            wrong[key] = refusal.sentence
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)
    return read
