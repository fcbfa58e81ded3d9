"""The second step of signing in: a code that an app on the person's phone shows, or one of ten recovery codes.

A code works once, within half a minute either way of the clock; a recovery code works once and is kept as its hash.
Whoever changes how he signs in types his password again, is told of it by mail, and is signed out everywhere else
(security.md, "Signing in").  Nothing here knows another person's step but `reset`, which takes it away.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import Company, Passkey, RecoveryCode, SignInAttempt, User
from admin_app.policy import Permission, demand
from admin_app.services import staff_sessions
from admin_app.services.manage_user import only_an_owner_touches_an_owner
from admin_app.services.passwords import demand_password
from admin_app.services.queue_mail import queue_mail
from admin_app.services.sealed_note import read_note, write_note
from admin_app.services.sign_in import (
    WINDOW,
    CodeWanted,
    SignedIn,
    Transaction,
    begin_for,
    count_try,
    forget_tries,
    proof_of,
)
from admin_app.services.staff_sessions import Lifetimes, Visitor, token_hash

STEP = 30
"""Seconds for which an app shows one code (RFC 6238)."""
DIGITS = re.compile(r"[0-9]{6}")
LONGEST_CODE = 40
"""Characters that are looked at of what was typed as a code."""

RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of which recovery codes are made: none of them is taken for another when written by hand."""
CODE_LETTERS, CODE_GROUP = 12, 4

HALF_WAY = timedelta(minutes=5)
"""How long after the password the code may come."""
SETTING_UP = timedelta(minutes=15)
"""How long the picture for the app may be on the screen."""
WARN_AFTER = 5
"""Wrong codes within ten minutes after which the person is told that somebody knows their password."""

WRONG_CODE = "This code does not fit. A code of the app changes every half minute and works once"
TOO_LATE = "That took too long, or something changed meanwhile; sign in again"
SET_UP_AGAIN = "That took too long; begin again and scan the new picture"
ON_ALREADY = "The second step is on already"
_OFF = "The second step is not on"
_WHAT = "The second step at sign-in is"


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody signs in beyond the password: since when with a code, and what else they hold."""

    since: datetime | None
    codes_left: int
    passkeys: int

    @property
    def is_on(self) -> bool:
        """Whether a code is asked for."""
        return self.since is not None

    @property
    def has_any(self) -> bool:
        """Whether there is anything that could be taken away."""
        return self.is_on or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class SetUp:
    """What is put into the app: the secret in words and as an address, and the note that keeps it until the code."""

    secret: str
    address: str
    note: str

    @property
    def in_words(self) -> str:
        """The secret in groups of four, as people copy it."""
        return " ".join(re.findall(r".{1,4}", self.secret))


def standing_of(session: Session, user_id: int) -> Standing:
    """How this person signs in."""
    since = session.scalar(select(User.totp_since).where(User.id == user_id))
    passkeys = session.scalar(select(func.count(Passkey.id)).where(Passkey.user_id == user_id)) or 0
    return Standing(since, _codes_left(session, user_id), passkeys)


def begin_set_up(session: Session, actor: Actor, secret_key: str, clock: Clock) -> SetUp:
    """Draw a secret for the actor's app; nothing is kept before a code proves that the app has it.

    Raises Unmet while the step is on.
    """
    demand_password(session, _WHAT)
    person = own_account(session, actor)
    if person.totp_since is not None:
        raise Unmet(ON_ALREADY)
    import pyotp

    return _set_up(session, person, pyotp.random_base32(), secret_key, clock)


def resume_set_up(session: Session, note: str, actor: Actor, secret_key: str, clock: Clock) -> SetUp:
    """The set-up of a note once more, after a code that did not fit; raises Unmet when it is too old."""
    return _set_up(
        session, own_account(session, actor), _secret_in(note, actor, secret_key, clock), secret_key, clock
    )


def switch_on(
    session: Session, note: str, code: str, actor: Actor, session_id: int, secret_key: str, clock: Clock
) -> list[str]:
    """Ask for a code from now on, and give back ten recovery codes, which are shown this once.

    Every session but `session_id` ends.  Raises Invalid at `code`, Unmet when the note is too old or the step is on.
    """
    secret = _secret_in(note, actor, secret_key, clock)
    person = own_account(session, actor)
    if person.totp_since is not None:
        raise Unmet(ON_ALREADY)
    step = _step_of(secret, _typed(code), clock)
    if step is None:
        raise Invalid(WRONG_CODE, {"code": WRONG_CODE})
    person.totp_secret, person.totp_since, person.totp_last = secret, clock.now(), step
    codes = _draw_codes(session, person.id)
    staff_sessions.end_others(session, person.id, session_id)
    tell_person(
        session,
        person,
        "The second step was switched on",
        "From now on a code is asked for at sign-in.",
        clock,
    )
    session.flush()
    return codes


def switch_off(session: Session, actor: Actor, session_id: int, clock: Clock) -> None:
    """Ask for no code any more; every session but `session_id` ends.  Raises Unmet."""
    demand_password(session, _WHAT)
    person = own_account(session, actor)
    if person.totp_since is None:
        raise Unmet(_OFF)
    _forget_app(session, person)
    staff_sessions.end_others(session, person.id, session_id)
    tell_person(
        session, person, "The second step was switched off", "At sign-in the password is enough.", clock
    )
    session.flush()


def new_recovery_codes(session: Session, actor: Actor, clock: Clock) -> list[str]:
    """Ten new recovery codes in place of all before; raises Unmet while the step is off."""
    demand_password(session, _WHAT)
    person = own_account(session, actor)
    if person.totp_since is None:
        raise Unmet(_OFF)
    codes = _draw_codes(session, person.id)
    tell_person(session, person, "New recovery codes were drawn", "Those before work no more.", clock)
    session.flush()
    return codes


def reset(session: Session, user: User, actor: Actor, clock: Clock) -> None:
    """Take away whatever somebody signs in with beyond the password: app, recovery codes and passkeys.

    For a lost phone.  Every session of theirs ends.  Raises NotAllowed for an owner's asked by somebody else than an
    owner, Unmet where there is nothing to take away.
    """
    demand(actor, Permission.USERS)
    only_an_owner_touches_an_owner(actor, user.role)
    demand_password(session, "How somebody signs in is")
    session.refresh(user, with_for_update=True)
    if not standing_of(session, user.id).has_any:
        raise Unmet(f"{user.name} signs in with the password alone; there is nothing to take away")
    _forget_app(session, user)
    session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    staff_sessions.end_all(session, user.id)
    meaning = f"{actor.name} did it, passkeys included: the password is enough until you set them up again."
    tell_person(session, user, "The second step was taken away", meaning, clock)
    session.flush()


def half_signed_in(wanted: CodeWanted, secret_key: str, clock: Clock) -> str:
    """The note that a browser holds between the password and the code, for five minutes."""
    return write_note(secret_key, "half signed in", {"user": wanted.user_id, "proof": wanted.proof}, clock)


def who_is_half_signed_in(session: Session, note: str, secret_key: str, clock: Clock) -> str | None:
    """The address of whoever may type a code with this note; None when it ran out or is none of ours."""
    half = read_note(secret_key, "half signed in", note, HALF_WAY, clock)
    return session.scalar(select(User.email).where(User.id == half["user"])) if half else None


def enter_code(
    transaction: Transaction,
    note: str,
    typed: str,
    visitor: Visitor,
    lifetimes: Lifetimes,
    secret_key: str,
    clock: Clock,
) -> SignedIn:
    """Take the code of somebody whose password was right, and begin the session.

    Raises Unmet when the note ran out or the account changed, Busy after too many tries, Invalid for a wrong code.
    """
    half = read_note(secret_key, "half signed in", note, HALF_WAY, clock)
    if half is None:
        raise Unmet(TOO_LATE)
    tries = f"code of person {half['user']}"
    count_try(transaction, tries, visitor, clock)
    with transaction() as session:
        person = session.scalar(
            select(User).where(User.id == half["user"], User.active.is_(True)).with_for_update()
        )
        if person is None or person.totp_since is None or proof_of(person) != half["proof"]:
            raise Unmet(TOO_LATE)
        if _is_taken(session, person, _typed(typed), clock):
            forget_tries(session, tries, visitor)
            return begin_for(session, person, visitor, lifetimes, clock)
        _warn(session, person, tries, clock)
    raise Invalid(WRONG_CODE, {"code": WRONG_CODE})


def own_account(session: Session, actor: Actor) -> User:
    """The account of whoever acts, held until the end of the transaction; raises NotAllowed."""
    demand(actor, Permission.SIGNED_IN)
    person = session.scalar(
        select(User).where(User.id == (actor.id or 0), User.active.is_(True)).with_for_update()
    )
    if person is None:
        raise NotAllowed("Sign in first")
    return person


def tell_person(
    session: Session, user: User, what: str, meaning: str, clock: Clock, *, key: str | None = None
) -> None:
    """Tell somebody how signing in changed, who may not be the one who did it.

    Nothing where the company has no address to write from.
    """
    company = session.scalar(select(Company))
    if company is not None and company.email:
        queue_mail(
            session,
            user.email,
            f"{what}: signing in at {company.name}",
            f"Hello {user.name},\n\n{what[0].lower()}{what[1:]}. {meaning}\n"
            "If that was not you, tell the owner of the company at once.\n",
            clock,
            key=key,
        )


def _set_up(session: Session, person: User, secret: str, secret_key: str, clock: Clock) -> SetUp:
    import pyotp

    office = session.scalar(select(Company.name)) or "Sawhorse"
    address = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=office)
    note = write_note(secret_key, "set-up of an app", {"user": person.id, "secret": secret}, clock)
    return SetUp(secret, address, note)


def _secret_in(note: str, actor: Actor, secret_key: str, clock: Clock) -> str:
    kept = read_note(secret_key, "set-up of an app", note, SETTING_UP, clock)
    if kept is None or kept["user"] != actor.id:
        raise Unmet(SET_UP_AGAIN)
    return str(kept["secret"])


def _typed(code: str) -> str:
    """What was typed as a code, without blanks and dashes."""
    return re.sub(r"[\s-]", "", code[:LONGEST_CODE]).lower()


def _is_taken(session: Session, person: User, code: str, clock: Clock) -> bool:
    """Whether the code fits and was not used before; if so, it is used up here."""
    if DIGITS.fullmatch(code):
        return _take_app_code(session, person, code, clock)
    return _take_recovery_code(session, person, code, clock)


def _take_app_code(session: Session, person: User, code: str, clock: Clock) -> bool:
    step = _step_of(person.totp_secret or "", code, clock)
    if step is None:
        return False
    taken = session.execute(
        update(User)
        .where(User.id == person.id, User.totp_last < step)
        .values(totp_last=step)
        .returning(User.id)
    )
    return taken.first() is not None


def _take_recovery_code(session: Session, person: User, code: str, clock: Clock) -> bool:
    taken = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == person.id,
            RecoveryCode.code_hash == token_hash(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
    )
    if taken.first() is None:
        return False
    left = _codes_left(session, person.id)
    meaning = f"It works no more; {left} of {RECOVERY_CODES} are left."
    tell_person(session, person, "A recovery code was used", meaning, clock)
    return True


def _step_of(secret: str, code: str, clock: Clock) -> int | None:
    """The half minute whose code this is: the one by the clock or a neighbour; all three are always compared."""
    import pyotp

    app, now = pyotp.TOTP(secret, interval=STEP), int(clock.now().timestamp()) // STEP
    fitting = [
        step
        for step in (now - 1, now, now + 1)
        if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())
    ]
    return max(fitting, default=None)


def _draw_codes(session: Session, user_id: int) -> list[str]:
    """Ten new codes in groups of four; those before are gone."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    drawn: set[str] = set()
    while len(drawn) < RECOVERY_CODES:
        drawn.add("".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS)))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=token_hash(code)) for code in drawn)
    return [_in_groups(code) for code in sorted(drawn)]


def _in_groups(code: str) -> str:
    return "-".join(code[at : at + CODE_GROUP] for at in range(0, len(code), CODE_GROUP))


def _codes_left(session: Session, user_id: int) -> int:
    return (
        session.scalar(
            select(func.count(RecoveryCode.id)).where(
                RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
            )
        )
        or 0
    )


def _forget_app(session: Session, person: User) -> None:
    person.totp_secret, person.totp_since = None, None
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == person.id))


def _warn(session: Session, person: User, tries: str, clock: Clock) -> None:
    """After some wrong codes the person is told, once a day: whoever types them knows the password."""
    wrong = session.scalar(
        select(func.count(SignInAttempt.id)).where(
            SignInAttempt.account == tries, SignInAttempt.at > clock.now() - WINDOW
        )
    )
    if (wrong or 0) >= WARN_AFTER:
        meaning = "Whoever did it knows your password: choose a new one."
        key = f"wrong codes of {person.id} on {clock.today()}"
        tell_person(session, person, "Wrong codes were typed after your password", meaning, clock, key=key)
