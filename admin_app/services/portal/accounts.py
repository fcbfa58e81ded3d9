"""Portal users: made, changed and switched off by the staff, one for each contact [W16-W20, W27-W31, D10, 109].

The account lets a contact sign in with whichever customer they belong to; what it hides is said for each customer in
the membership.  The hash of a password is made by the caller before the transaction opens.  One call::

    keep_portal_user(session, group, clara.id, Wanted(user_name="clara", hides=frozenset({"invoices"})), ann, clock)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.kernel.passwords import check_password
from admin_app.kernel.text import fold
from admin_app.models import (
    AccessState,
    Company,
    Contact,
    CustomerGroup,
    Membership,
    PortalAccount,
    PortalModule,
    Project,
    ProjectAccess,
)
from admin_app.policy import Permission, demand
from admin_app.services.add_contact import add_contact
from admin_app.services.one_time_link import Purpose, cancel_links
from admin_app.services.passwords import Passwords
from admin_app.services.portal import sessions
from admin_app.services.portal.tell_client import tell_of_password
from admin_app.services.save_record import find

LEAST_NAME, MOST_NAME = 3, 80
"""Signs of a user name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the staff want of a portal user; None leaves a field as it stands.

    `user_name` "" takes the name away.  `password_hash` is a password that staff chose: another is asked for at the
    first sign-in [D10, W20].  `hides` are the modules that this user does not see with this customer [W16, W28].
    """

    user_name: str | None = None
    password_hash: str | None = None
    active: bool | None = None
    hides: frozenset[str] | None = None


def account_of(session: Session, contact_id: int, *, lock: bool = False) -> PortalAccount | None:
    """The portal user of a contact, held until the transaction ends if asked."""
    query = select(PortalAccount).where(PortalAccount.contact_id == contact_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def keep_portal_user(
    session: Session, group: CustomerGroup, contact_id: int, wanted: Wanted, actor: Actor, clock: Clock
) -> PortalAccount:
    """Make a portal user of a contact of this customer, or change the one there is.

    Switching off ends every session at once, and links with it.  Raises NotAllowed, NotFound for somebody who has
    nothing to do with the customer, Unmet for an archived contact, Invalid at `user_name`, `password` or `hides`.
    """
    demand(actor, Permission.ACCESS_GRANT)
    contact = find(session, Contact, contact_id, actor)
    membership = _membership(session, group, contact)
    if contact.archived_at is not None:
        raise Unmet(f"{contact.name} is archived; restore this contact first")
    account = account_of(session, contact.id, lock=True) or _new(session, contact)
    if wanted.user_name is not None:
        account.user_name = _name_for(session, account, wanted.user_name)
    if wanted.hides is not None:
        _hide(group, contact, membership, wanted.hides)
    if wanted.password_hash is not None:
        _set_password(session, account, contact, wanted.password_hash, clock)
    if wanted.active is not None:
        _switch(session, account, wanted.active, clock)
    session.flush()  # whoever asks next must find it so
    return account


def add_portal_user(
    session: Session,
    group: CustomerGroup,
    person: Mapping[str, Any],
    place: Mapping[str, Any],
    wanted: Wanted,
    actor: Actor,
    clock: Clock,
) -> PortalAccount:
    """Another portal user in one step: the contact, the place in the customer, the account [W29].

    `person` and `place` hold typed values of Contact and Membership; a known email is a known person [R5].  Raises
    what `add_contact` and `keep_portal_user` raise.
    """
    demand(actor, Permission.ACCESS_GRANT)
    added = add_contact(session, group, person, place, actor)
    return keep_portal_user(session, group, added.membership.contact_id, wanted, actor, clock)


def ensure_account(session: Session, contact: Contact) -> PortalAccount:
    """The portal user of a contact, made without a password if there is none: an invitation or a mailed link opens it.

    For services that have asked for the right.
    """
    account = account_of(session, contact.id, lock=True) or _new(session, contact)
    session.flush()  # links are drawn for it next
    return account


def came_in(session: Session, account: PortalAccount) -> None:
    """The client signed in: what was opened to them is in use from now on [4.2]."""
    waiting = (AccessState.INVITED, AccessState.NOTIFIED)
    query = select(ProjectAccess).where(
        ProjectAccess.contact_id == account.contact_id, ProjectAccess.state.in_(waiting)
    )
    for access in session.scalars(query):
        access.state = AccessState.ACTIVE
    session.flush()  # the next page reads it


def hash_for_client(passwords: Passwords, typed: str, names: Iterable[str], field: str = "password") -> str:
    """The hash of a password that is good enough; raises Invalid at `field` for one that is too easy.

    `names` are what others know of the client.  It takes its time: give the transaction back first.
    """
    try:
        check_password(typed, *names)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {field: refusal.sentence}) from None
    return passwords.hash(typed)


def names_of(session: Session, contact: Contact, account: PortalAccount | None) -> tuple[str, ...]:
    """What others know of the client: name, email, user name, and the company; no password is one of them."""
    own = (contact.name, contact.email or "", account.user_name or "" if account is not None else "")
    return (*own, session.scalar(select(Company.name)) or "")


def end_everything(session: Session, account: PortalAccount, clock: Clock) -> None:
    """Sign the client out everywhere, and let no invitation and no link to sign in work any more."""
    sessions.end_all(session, account.id)
    for purpose in (Purpose.INVITATION, Purpose.SIGN_IN):
        cancel_links(session, purpose, None, clock, contact_id=account.contact_id)


def _new(session: Session, contact: Contact) -> PortalAccount:
    account = PortalAccount(contact=contact, contact_id=contact.id, active=True, must_change_password=False)
    session.add(account)
    return account


def _membership(session: Session, group: CustomerGroup, contact: Contact) -> Membership | None:
    """The place of the contact in the customer; None for one who only takes part in a project of it."""
    found = session.scalar(
        select(Membership).where(Membership.group_id == group.id, Membership.contact_id == contact.id)
    )
    if found is None:
        opened = (
            select(ProjectAccess.id)
            .join(Project, Project.id == ProjectAccess.project_id)
            .where(ProjectAccess.contact_id == contact.id, Project.group_id == group.id)
        )
        if session.scalar(opened.limit(1)) is None:
            raise NotFound(f"{contact.name} does not belong to {group.name}")
    return found


def _name_for(session: Session, account: PortalAccount, typed: str) -> str | None:
    """The user name as it is kept: nobody else's, and never to be taken for an email address."""
    try:
        name = clean_text(typed, MOST_NAME)
    except Invalid as refusal:
        raise _wrong_name(refusal.sentence) from None
    if not name:
        return None
    key = fold(name)
    if len(key) < LEAST_NAME:
        raise _wrong_name(f"A user name has at least {LEAST_NAME} signs")
    if len(key) > MOST_NAME:
        raise _wrong_name(f"At most {MOST_NAME} signs fit")
    if "@" in name:
        raise _wrong_name("A user name has no @; to sign in with the email address no user name is needed")
    with session.no_autoflush:
        other = session.scalar(select(PortalAccount).where(PortalAccount.user_key == key))
    if other is not None and other is not account:
        raise _wrong_name(f"“{name}” is the user name of somebody else; choose another")
    return name


def _wrong_name(sentence: str) -> Invalid:
    return Invalid(sentence, {"user_name": sentence})


def _hide(
    group: CustomerGroup, contact: Contact, membership: Membership | None, hides: frozenset[str]
) -> None:
    """Hide modules from this user with this customer; an override can only take away [W12, W16]."""
    unknown = hides - {one.value for one in PortalModule}
    if unknown:
        raise Invalid(
            "Choose among the parts of the portal", {"hides": "Choose among the parts of the portal"}
        )
    if membership is None:
        if hides:
            sentence = (
                f"{contact.name} only takes part in a project of {group.name}; add the contact to it first"
            )
            raise Invalid(sentence, {"hides": sentence})
        return
    if sorted(membership.portal_hides or ()) != sorted(hides):
        membership.portal_hides = sorted(hides)


def _set_password(
    session: Session, account: PortalAccount, contact: Contact, password_hash: str, clock: Clock
) -> None:
    """Keep a password that staff chose; the client chooses another at the first sign-in [D10]."""
    if not contact.email and not account.user_name:
        sentence = f"{contact.name} has no email address; give a user name to sign in with"
        raise Invalid(sentence, {"user_name": sentence})
    was_there = account.password_hash is not None
    account.password_hash, account.must_change_password = password_hash, True
    session.flush()  # a new account has its number from now on
    end_everything(session, account, clock)
    if was_there:
        tell_of_password(session, contact, clock)


def _switch(session: Session, account: PortalAccount, on: bool, clock: Clock) -> None:
    if account.active == on:
        return
    account.active = on
    session.flush()
    if not on:
        end_everything(session, account, clock)
