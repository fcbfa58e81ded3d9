"""Staff are added, changed and switched off; the owner's rank is given only by an owner.

Three rules stand whatever the door: an email belongs to one side of the counter [R14-R16], the company always has
an active owner, and nobody raises or takes rank above his own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.kernel.text import email_key
from admin_app.models import Company, User
from admin_app.models.field import Surface, fields_on
from admin_app.policy import Permission, demand, visible
from admin_app.services import staff_sessions
from admin_app.services.claim_email import claim_for_staff, release_staff_email
from admin_app.services.one_time_link import Purpose, cancel_links, draw_link
from admin_app.services.passwords import demand_password
from admin_app.services.queue_mail import checked_address, queue_mail
from admin_app.services.read_values import read_values

SET_BY_RULES = ("name", "role", "email")
"""Fields that ask more than their shape; the rest of the declared ones is put as it was read."""


def add_user(session: Session, values: Mapping[str, Any], actor: Actor, clock: Clock) -> User:
    """Add a member of staff, who cannot sign in before a password is chosen.

    Raises NotAllowed, and Invalid for an address that is taken.
    """
    demand(actor, Permission.USERS)
    unknown = set(values) - {bound.key for bound in fields_on(User, Surface.FORM)}
    if unknown:
        raise Invalid(f"{', '.join(sorted(unknown))} cannot be set here")
    # Typed before anything is judged: the word "owner" must not slip past a look for Role.OWNER.
    read = read_values(session, User, values, actor, new=True, currency=None)
    user = User(role=Role.OFFICE, active=True)
    _set(session, user, {bound.key: value for bound, value in read.items()}, actor)
    session.add(user)
    session.flush()
    return user


def change_user(session: Session, user: User, values: Mapping[str, Any], actor: Actor, clock: Clock) -> User:
    """Change a member of staff; whoever is switched off is signed out everywhere at once.

    The old email address is told of the new one.  Raises NotAllowed, Unmet for the last owner, Invalid.
    """
    demand(actor, Permission.USERS)
    _hold_owners(session)
    session.refresh(user)
    only_an_owner_touches_an_owner(actor, user.role)
    if "email" in values and email_key(str(values["email"])) != user.email_key:
        demand_password(session, "The address with which somebody signs in is")
    old_email, was_active, was_owner = user.email, user.active, user.role is Role.OWNER
    _set(session, user, values, actor)
    if user.id == actor.id and not user.active:
        raise Unmet("You cannot switch yourself off; another owner can")
    if was_owner and was_active and not (user.active and user.role is Role.OWNER):
        _another_owner_remains(session, user)
    if was_active and not user.active:
        staff_sessions.end_all(session, user.id)
        cancel_links(session, Purpose.WELCOME, user.id, clock)
    if email_key(old_email) != email_key(user.email):
        staff_sessions.end_all(session, user.id)
        cancel_links(session, Purpose.WELCOME, user.id, clock)
        _tell_old_address(session, old_email, user, clock)
    session.flush()
    return user


def invite(session: Session, user: User, actor: Actor, clock: Clock) -> str:
    """Draw the one-time link with which a member of staff chooses a password, and give back its token.

    Raises NotAllowed for an owner's link asked by somebody else than an owner, Unmet for somebody switched off.
    """
    demand(actor, Permission.USERS)
    only_an_owner_touches_an_owner(actor, user.role)
    if not user.active:
        raise Unmet(f"{user.name} is switched off; switch them on first")
    return draw_link(session, Purpose.WELCOME, user.id, clock)


def keep_password(session: Session, user: User, password_hash: str, actor: Actor, clock: Clock) -> None:
    """Keep a password that the program was told on the command line or at the set-up; every session ends."""
    demand(actor, Permission.USERS)
    only_an_owner_touches_an_owner(actor, user.role)
    user.password_hash = password_hash
    staff_sessions.end_all(session, user.id)
    cancel_links(session, Purpose.WELCOME, user.id, clock)
    session.flush()


def mail_invitation(session: Session, user: User, link: str, clock: Clock) -> None:
    """Queue the mail that carries the link; raises Unmet without a sender."""
    company = session.scalar(select(Company.name)) or "Sawhorse"
    queue_mail(
        session,
        user.email,
        f"Your account at {company}",
        f"Hello {user.name},\n\n"
        f"choose your password for {company} here; the link works once and for three days:\n\n{link}\n\n"
        "If you did not expect this mail, do nothing: without a password nobody can sign in.\n",
        clock,
    )


def staff(session: Session, actor: Actor) -> list[User]:
    """Everybody who works here, those switched off last."""
    return list(
        session.scalars(
            visible(actor, select(User)).order_by(User.active.desc(), func.lower(User.name), User.id)
        )
    )


def member_of_staff(session: Session, user_id: int, actor: Actor) -> User:
    """One member of staff; raises NotFound."""
    user: User | None = session.scalar(visible(actor, select(User)).where(User.id == user_id))
    if user is None:
        raise NotFound("There is no such member of staff")
    return user


def user_by_email(session: Session, email: str) -> User:
    """The member of staff with this address; raises NotFound."""
    user = session.scalar(select(User).where(User.email_key == email_key(email)))
    if user is None:
        raise NotFound(f"Nobody on the staff has the address {email}")
    return user


def _set(session: Session, user: User, values: Mapping[str, Any], actor: Actor) -> None:
    if "name" in values:
        user.name = clean_text(str(values["name"] or ""), 120)
        if not user.name:
            raise Invalid("A member of staff needs a name", {"name": "A name is missing"})
    if "role" in values and Role(values["role"]) is not user.role:
        only_an_owner_touches_an_owner(actor, Role(values["role"]))
        user.role = Role(values["role"])
    for key in values.keys() - set(SET_BY_RULES):
        setattr(user, key, values[key])
    if "email" in values:
        _take_email(session, user, str(values["email"] or ""))


def _take_email(session: Session, user: User, typed: str) -> None:
    address = checked_address(typed)
    key = email_key(address)
    if user.email_key == key:
        user.email = address
        return
    # Without autoflush: a person half filled in must not reach the database.
    with session.no_autoflush:
        other = session.scalar(select(User).where(User.email_key == key))
        if other is not None and other is not user:
            sentence = f"{other.name} has this address already"
            raise Invalid(sentence, {"email": sentence})
        claim_for_staff(session, address)
        if user.email:
            release_staff_email(session, user.email)
    user.email, user.email_key = address, key


def only_an_owner_touches_an_owner(actor: Actor, role: Role) -> None:
    """Refuse to give, take or touch the owner's rank to whoever is none; raises NotAllowed."""
    if role is Role.OWNER and actor.kind is not ActorKind.SYSTEM and actor.role is not Role.OWNER:
        raise NotAllowed("Only an owner can do this for an owner")


def _hold_owners(session: Session) -> None:
    """Lock the owners' rows, so that two owners cannot switch each other off at the same time."""
    session.execute(select(User.id).where(User.role == Role.OWNER).order_by(User.id).with_for_update())


def _another_owner_remains(session: Session, user: User) -> None:
    with session.no_autoflush:
        others = session.scalar(
            select(func.count())
            .select_from(User)
            .where(User.role == Role.OWNER, User.active.is_(True), User.id != user.id)
        )
    if not others:
        raise Unmet(f"{user.name} is the last owner; make somebody else an owner first")


def _tell_old_address(session: Session, old: str, user: User, clock: Clock) -> None:
    """Tell the old address of the new one, if the company has an address to write from."""
    sender = session.scalar(select(Company.email))
    if sender:
        queue_mail(
            session,
            old,
            "Your sign-in address was changed",
            f"Hello {user.name},\n\nfrom now on you sign in with {user.email}.\n"
            "If you did not expect this, tell the owner of the company at once.\n",
            clock,
        )
