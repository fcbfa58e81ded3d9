"""A client signs in: by email or user name and password, by a mailed link, or by an invitation [110, W20, D10].

Tries are counted like those of the staff, in a name space of their own.  Unknown people, wrong passwords, users who
were switched off and people whose portal is closed all get the same answer after the same work (security.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ActorKind
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Conflict, Invalid, NotFound
from admin_app.kernel.text import email_key, fold
from admin_app.models import Contact, CustomerGroup, PortalAccount, Project
from admin_app.policy import Closed, as_client, client_scope, visible
from admin_app.services.one_time_link import (
    GONE,
    Purpose,
    draw_link,
    drawn_since,
    look_at_link,
    use_link_of_contact,
)
from admin_app.services.passwords import Passwords
from admin_app.services.portal import sessions
from admin_app.services.portal.accounts import account_of, came_in, end_everything
from admin_app.services.portal.address import doorstep_of
from admin_app.services.portal.invitations import groups_open_to
from admin_app.services.portal.tell_client import mail_link, sender_of, tell_of_password
from admin_app.services.sign_in import Transaction, count_try, forget_tries
from admin_app.services.staff_sessions import Lifetimes, Visitor

NO_WAY_IN = (
    "This does not let you in. Check what you typed, or have a link to sign in sent to your email address"
)
MOST_LINKS = 3
"""Links to sign in that one client is sent within ten minutes, whoever asks for them."""
LINKS_WINDOW = timedelta(minutes=10)
LONGEST_NAME = 254
MOST_PROJECTS = 60
"""Projects that the chooser names."""


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door: from where, and how long they may stay.

    `replaces` is the token of a session that this browser has already: it ends.  `group_id` is the customer by whose
    own door they came [W21].
    """

    visitor: Visitor
    lifetimes: Lifetimes
    replaces: str = ""
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClientIn:
    """What came of it: the session's token, who it is, and what they must or may choose first."""

    token: str
    contact_id: int
    group_id: int | None
    """Whose things are looked at; None: to be chosen [R6]."""
    must_change_password: bool = False
    several_projects: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    account_id: int
    password_hash: str


def name_key(typed: str) -> str:
    """The form in which what a client types to be known by is compared: an email address, else a user name."""
    return (email_key(typed) if "@" in typed else fold(typed))[:LONGEST_NAME]


def tries_of(typed: str) -> str:
    """The name under which tries at a portal user are counted: no try here locks a member of staff out."""
    return f"client {name_key(typed)}"


def sign_in(
    transaction: Transaction,
    passwords: Passwords,
    name: str,
    password: str,
    knock: Knock,
    clock: Clock,
) -> ClientIn:
    """Check the password and begin a session.

    Raises Busy after too many tries, and Invalid with the same sentence for everything else.
    """
    count_try(transaction, tries_of(name), knock.visitor, clock)
    with transaction() as session:
        known = _known(session, name)
    if not passwords.fits(known.password_hash if known else None, password) or known is None:
        raise Invalid(NO_WAY_IN)
    newer = passwords.hash(password) if passwords.is_outdated(known.password_hash) else None
    with transaction() as session:
        account = session.scalar(
            select(PortalAccount)
            .where(PortalAccount.id == known.account_id, PortalAccount.password_hash == known.password_hash)
            .with_for_update()
        )
        done = _begin(session, account, knock, clock) if account else None
        if account is None or done is None:
            raise Invalid(NO_WAY_IN)
        forget_tries(session, tries_of(name), knock.visitor)
        if newer:
            account.password_hash = newer
    return done


def send_link(session: Session, name: str, group_id: int | None, wanted: str, clock: Clock) -> None:
    """Mail a link to sign in to whom this name belongs; nobody is told whether there is anybody.

    The worker calls it, so that the page that was asked has the same to do for everybody.  `wanted`: where the client
    wanted to go, a path of the portal.
    """
    account = _account_named(session, name)
    contact = session.get(Contact, account.contact_id) if account is not None else None
    doorstep = doorstep_of(session)
    if account is None or contact is None or doorstep is None or not contact.email:
        return
    account_of(
        session, contact.id, lock=True
    )  # of two wishes at once the second cancels the first one's link
    groups = groups_open_to(session, contact.id)
    too_many = drawn_since(session, Purpose.SIGN_IN, contact.id, clock.now() - LINKS_WINDOW) >= MOST_LINKS
    if not groups or too_many:
        return
    group = next((one for one in groups if one.id == group_id), groups[0])
    token = draw_link(session, Purpose.SIGN_IN, None, clock, contact_id=contact.id)
    mail_link(
        session,
        contact,
        f"Your link to sign in at {sender_of(session, contact, group)[1]}"[:300],
        "here is your link to sign in to our customer portal. It works once, and for 15 minutes:\n\n"
        f"{doorstep.base}/portal/link/{token}{f'?next={quote(wanted)}' if wanted else ''}\n\n"
        "If you did not ask for it, do nothing: without this mail nobody gets in.",
        clock,
        group=group,
        why=f"A link to sign in was asked for with the name of {contact.name}",
    )


def whose_link(session: Session, purpose: Purpose, token: str, clock: Clock) -> tuple[PortalAccount, Contact]:
    """Who may come in by a link that still works; nothing changes.  Raises NotFound for every other link."""
    link = look_at_link(session, purpose, token, clock)
    contact = session.get(Contact, link.contact_id) if link.contact_id is not None else None
    account = account_of(session, contact.id) if contact is not None else None
    if account is None or contact is None or not groups_open_to(session, contact.id):
        raise NotFound(GONE)
    return account, contact


def come_in_by_link(
    session: Session,
    purpose: Purpose,
    token: str,
    knock: Knock,
    clock: Clock,
    new_hash: str | None = None,
) -> ClientIn:
    """Use up an invitation or a link to sign in and begin a session; `new_hash`: a password that was chosen with it.

    Of two uses at once one wins.  Raises NotFound for a link that works no more, whatever the reason.
    """
    contact_id = use_link_of_contact(session, purpose, token, clock)
    account = account_of(session, contact_id, lock=True)
    if account is None:
        raise NotFound(GONE)
    if new_hash is not None:
        _put_password(session, account, new_hash, clock)
    done = _begin(session, account, knock, clock)
    if done is None:
        raise NotFound(GONE)
    return done


def change_password(
    session: Session,
    account_id: int,
    visit: sessions.Visit,
    new_hash: str,
    knock: Knock,
    clock: Clock,
    replacing: str | None,
) -> str:
    """Keep the password that a client chose; every other session ends, this visit goes on under the new token.

    `replacing` is the hash that the old password was checked against, None where there was none: raises Conflict if
    it is no longer the one.
    """
    account = session.scalar(
        select(PortalAccount)
        .where(PortalAccount.id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if account is None or not account.active:
        raise NotFound(GONE)
    if account.password_hash != replacing:
        raise Conflict("Your password was changed meanwhile, in another window; sign in with the new one")
    _put_password(session, account, new_hash, clock)
    return sessions.begin(session, account, knock.visitor, knock.lifetimes, clock, goes_on=visit)


def _put_password(session: Session, account: PortalAccount, new_hash: str, clock: Clock) -> None:
    """Keep a password that the client chose themselves, and tell them where there was one before."""
    if account.password_hash is not None:
        tell_of_password(session, session.get_one(Contact, account.contact_id), clock)
    _act_as(session, account)
    account.password_hash, account.must_change_password = new_hash, False
    end_everything(session, account, clock)
    session.flush()  # the session that begins next belongs to the new password


def _begin(session: Session, account: PortalAccount, knock: Knock, clock: Clock) -> ClientIn | None:
    """Begin a session for somebody who has shown who they are; None where the portal is closed to them."""
    contact = session.get_one(Contact, account.contact_id)
    groups = groups_open_to(session, contact.id)
    if not groups:
        return None
    _act_as(session, account)
    if knock.replaces:
        sessions.end(session, knock.replaces)
    chosen = knock.group_id if any(one.id == knock.group_id for one in groups) else _only(groups)
    token = sessions.begin(session, account, knock.visitor, knock.lifetimes, clock, chosen)
    came_in(session, account)
    several = chosen is not None and len(projects_open_to(session, contact, chosen)) > 1
    return ClientIn(token, contact.id, chosen, account.must_change_password, several)


def projects_open_to(session: Session, contact: Contact, group_id: int) -> list[Project]:
    """The projects of a customer that the contact may look at, by title [R4, R6]."""
    scope = client_scope(session, contact.id, group_id)
    if isinstance(scope, Closed):
        return []
    query = visible(as_client(contact.name, scope), select(Project)).order_by(Project.title, Project.id)
    return list(session.scalars(query.limit(MOST_PROJECTS)))


def _only(groups: list[CustomerGroup]) -> int | None:
    return groups[0].id if len(groups) == 1 else None


def _act_as(session: Session, account: PortalAccount) -> None:
    """From here on the history names the client: who they are has been shown."""
    contact = session.get_one(Contact, account.contact_id)
    session.info["actor"] = Actor(ActorKind.CLIENT, contact.name, contact.id)


def _known(session: Session, name: str) -> _Known | None:
    """The active portal user of this name who has a password."""
    account = _account_named(session, name)
    if account is None or account.password_hash is None:
        return None
    return _Known(account.id, account.password_hash)


def _account_named(session: Session, name: str) -> PortalAccount | None:
    """The active portal user with this email address or user name; one statement either way."""
    key = name_key(name)
    query = select(PortalAccount).join(Contact, Contact.id == PortalAccount.contact_id)
    named = Contact.email_key == key if "@" in key else PortalAccount.user_key == key
    return session.scalar(query.where(named, PortalAccount.active.is_(True), Contact.archived_at.is_(None)))
