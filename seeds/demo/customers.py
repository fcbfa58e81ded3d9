"""How a customer comes to the demo company: group, people, place, and what stands there."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    Address,
    AssetKind,
    Brand,
    Condition,
    Contact,
    CustomerGroup,
    EventKind,
    EventState,
    Membership,
    MembershipRole,
    SiteAsset,
    Task,
    TaskState,
    User,
)
from admin_app.models.base import OfficeSession
from admin_app.services.add_note import add_note
from admin_app.services.claim_email import claim_for_client
from admin_app.services.tag_customer import add_tag
from seeds.builders import a_contact, a_task, an_address, an_asset, an_event
from seeds.demo.plan import PlannedGroup
from seeds.demo.words import NOTES, TAGS, TASKS

DETAILS: dict[AssetKind, tuple[str, dict[str, object]]] = {
    AssetKind.TREE: ("Oak by the gate", {"species": "Quercus robur", "height_m": 18, "protected": True}),
    AssetKind.ROOF: ("Main roof", {"covering": "Welsh slate", "area_m2": 94, "pitch_degrees": 35}),
    AssetKind.BOILER: ("Boiler in the cellar", {"make": "Ferrum", "model": "F24", "power_kw": 24}),
}
"""What stands on a site of each brand: a name and its typed attributes."""


def meet(session: OfficeSession, planned: PlannedGroup, actor: Actor, clock: FixedClock) -> CustomerGroup:
    """Keep a new customer with its contacts, address, tags, site, and what lies on the desk."""
    dice = Random(planned.number)  # noqa: S311  (a story, no secret)
    brand = session.scalars(select(Brand).where(Brand.key == planned.brand.key)).one()
    group = CustomerGroup(
        name=planned.name,
        kind=planned.kind,
        brand=brand,
        rating=planned.rating,
        newsletter=dice.random() < 0.4,
        created_at=clock.now(),
        last_visit_on=max((bill.day for bill in planned.bills), default=None),
    )
    session.add(group)
    session.flush()  # contacts and address name it by its id
    _people(session, group, planned)
    address = _place(session, group, planned)
    for word in dice.sample(TAGS, k=dice.choices((0, 1, 2, 3), weights=(40, 35, 18, 7))[0]):
        add_tag(session, group, word, actor)
    if dice.random() < 0.35:
        add_note(session, group, dice.choice(NOTES), actor)
    if dice.random() < 0.6:
        _site(session, group, address, planned, dice)
    _diary(session, group, address, planned)
    if dice.random() < 0.12:
        _task(session, group, dice)
    return group


def _people(session: OfficeSession, group: CustomerGroup, planned: PlannedGroup) -> None:
    for place, person in enumerate(planned.people):
        contact = a_contact(
            session, first_name=person.first, last_name=person.last, email=person.email, phone=person.phone
        )
        if person.email:
            claim_for_client(session, person.email, contact)
        role = MembershipRole.GENERAL if place == 0 else MembershipRole.BILLING
        join(session, group, contact, role, primary=place == 0)


def join(
    session: OfficeSession,
    group: CustomerGroup,
    contact: Contact,
    role: MembershipRole,
    *,
    primary: bool = False,
) -> None:
    """Give a contact its place in a group."""
    place = len(group.memberships)
    session.add(
        Membership(group_id=group.id, contact_id=contact.id, role=role, is_primary=primary, position=place)
    )
    session.flush()


def _place(session: OfficeSession, group: CustomerGroup, planned: PlannedGroup) -> Address:
    town, postcode, lat, lon = planned.town
    name, notes = planned.access or (None, None)
    return an_address(
        session,
        group,
        line1=planned.street,
        city=town,
        postcode=postcode,
        country="GB",
        is_billing=True,
        is_site=True,
        lat=round(lat, 6),
        lon=round(lon, 6),
        access_contact_name=name,
        access_phone="+44 7700 900900" if name else None,
        access_notes=notes,
    )


def _site(
    session: OfficeSession, group: CustomerGroup, address: Address, planned: PlannedGroup, dice: Random
) -> SiteAsset:
    kind = AssetKind(planned.brand.asset)
    name, attributes = DETAILS[kind]
    return an_asset(
        session,
        group,
        address_id=address.id,
        kind=kind,
        name=name,
        attributes=attributes,
        condition=dice.choice(list(Condition)),
        checked_on=planned.since + timedelta(days=3),
        lat=address.lat,
        lon=address.lon,
    )


def _diary(session: OfficeSession, group: CustomerGroup, address: Address, planned: PlannedGroup) -> None:
    """The visit before each bill, done; the last bill's customer gets a visit planned next month."""
    for bill in planned.bills[-4:]:
        start = datetime.combine(bill.day, time(9), tzinfo=UTC)
        an_event(
            session,
            group,
            title=bill.lines[0].words,
            kind=EventKind.WORK,
            state=EventState.DONE,
            starts_at=start,
            ends_at=start + timedelta(hours=3),
            address_id=address.id,
        )


def _task(session: OfficeSession, group: CustomerGroup, dice: Random) -> Task:
    assignee = session.scalars(select(User).order_by(User.id)).all()[dice.randint(0, 2)]
    return a_task(
        session,
        group,
        title=dice.choice(TASKS),
        state=dice.choice(list(TaskState)),
        due_on=group.created_at.date() + timedelta(days=30),
        assignee_id=assignee.id,
    )
