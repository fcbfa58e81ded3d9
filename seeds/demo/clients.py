"""Clients of the demo who use the portal: one with a proposal to sign, and one who works for three customers.

Told on the day on which the demo is made; the projects are opened by the services, in silence, as the desk would.
"""

from __future__ import annotations

import secrets
from decimal import Decimal

from sqlalchemy import select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Company, Contact, CustomerGroup, Estimate, Membership, PortalLook, Project
from admin_app.models.base import OfficeSession
from admin_app.services.grant_access import grant_access
from admin_app.services.new_estimate import new_estimate
from admin_app.services.new_lead import NewLead, new_lead
from admin_app.services.passwords import Passwords
from admin_app.services.portal.accounts import Wanted, account_of, keep_portal_user
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import Line, write_estimate
from seeds.demo.logins import DemoLogin

SIGNS, LOOKS = 7, 14
"""By their number in the plan: the customer with a proposal to sign, and one who only looks."""
WELCOME = "Here you see what we plan for you, sign what you like, and reach us without waiting on the phone."


def open_the_portal(
    session: OfficeSession, ann: Actor, clock: Clock, ids: dict[int, int], passwords: Passwords
) -> tuple[DemoLogin, ...]:
    """Switch the portal on and let clients in; `ids` of customers by their number in the plan."""
    session.get_one(Company, 1).portal_enabled_default = True
    session.add(PortalLook(welcome=WELCOME))
    session.flush()
    signs, looks = (session.get_one(CustomerGroup, ids[number]) for number in (SIGNS, LOOKS))
    propose(session, signs, ann, clock)
    logins = [
        _let_in(session, group, _primary(session, group), ann, clock, passwords) for group in (signs, looks)
    ]
    shared = _shared(session)
    if shared is not None:
        groups = session.scalars(
            select(CustomerGroup)
            .join(Membership, Membership.group_id == CustomerGroup.id)
            .where(Membership.contact_id == shared.id)
            .order_by(CustomerGroup.id)
        ).all()
        logins += [_let_in(session, group, shared, ann, clock, passwords) for group in groups][-1:]
    return tuple(logins)


def propose(session: OfficeSession, group: CustomerGroup, ann: Actor, clock: Clock) -> Estimate:
    """A proposal that waits for its answer: two lines, one to choose, a deposit."""
    lead = new_lead(session, NewLead(group_id=group.id, title="Care of the old beech"), ann, clock)
    estimate = new_estimate(session, lead.project, ann, clock)
    offered = (
        ("Crown thinning by a fifth", "640.00", "Dead and crossing wood out, the shape stays.", False),
        ("Crown anchor of two ropes", "385.00", "Holds the two main limbs together in a storm.", False),
        ("Bat survey before we begin", "180.00", "Needed where bats have been seen.", True),
    )
    lines = [
        Line(
            {
                "description": words,
                "details": details,
                "quantity": "1",
                "unit_price": price,
                "optional": optional,
                "chosen": not optional,
            },
            taxes=("VAT 20 %",),
        )
        for words, price, details, optional in offered
    ]
    write_estimate(session, estimate, ann, terms={"deposit_percent": str(Decimal(20))}, lines=lines)
    grant_access(session, lead.project, _primary(session, group).id, ann, clock)
    return send_estimate(session, estimate, ann, clock, by_hand=True)


def _let_in(
    session: OfficeSession,
    group: CustomerGroup,
    contact: Contact,
    ann: Actor,
    clock: Clock,
    passwords: Passwords,
) -> DemoLogin:
    """Open every project of the customer to the contact, who signs in with a password drawn for this home."""
    for project in session.scalars(select(Project).where(Project.group_id == group.id).order_by(Project.id)):
        grant_access(session, project, contact.id, ann, clock)
    password = secrets.token_urlsafe(9)
    wanted = Wanted(password_hash=passwords.hash(password))
    keep_portal_user(session, group, contact.id, wanted, ann, clock)
    account = account_of(session, contact.id)
    assert account is not None  # made a moment ago
    account.must_change_password = False  # a visitor of the demo is not asked to think of another
    session.flush()
    return DemoLogin(f"{contact.name} ({group.name})", contact.email or "", "client", password)


def _primary(session: OfficeSession, group: CustomerGroup) -> Contact:
    return session.scalars(
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group.id)
        .order_by(Membership.is_primary.desc(), Membership.id)
        .limit(1)
    ).one()


def _shared(session: OfficeSession) -> Contact | None:
    """The designer who works for several customers, where the story has told of her."""
    return session.scalar(select(Contact).where(Contact.email_key == "delia@garden-design.example"))
