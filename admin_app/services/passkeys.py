"""Passkeys of staff: a key on the person's own device signs in for both steps, since the device asks who holds it.

The office keeps the public half.  A challenge is sealed for minutes, for one act, and spent once; a sign count that
does not rise is refused.  Which site a passkey belongs to (its name and its origin) follows from the public address
(security.md, "Signing in"; Web Authentication, level 3).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import Company, OneTimeLink, Passkey, User
from admin_app.services import staff_sessions
from admin_app.services.passwords import demand_password
from admin_app.services.sealed_note import read_note, write_note
from admin_app.services.second_step import own_account, tell_person
from admin_app.services.sign_in import SignedIn, Transaction, begin_for, count_try, forget_tries
from admin_app.services.staff_sessions import Lifetimes, Visitor, token_hash

LIFE = timedelta(minutes=5)
"""How long a device may take to answer a challenge."""
CHALLENGE_BYTES = 32
MOST_PASSKEYS = 20
"""Of one person."""
LONGEST_ANSWER = 20_000
"""Characters that an answer of a device may have."""
LONGEST_ID = 400
LONGEST_NAME = 80
SPENT = "passkey challenge"
"""The purpose under which a challenge that was answered is kept, so that it is not answered again."""

UNKNOWN = "This passkey opens nothing here; sign in with your password"
NOT_ADDED = "This passkey could not be added; begin again"
NAME_MISSING = "Give the passkey a name, so that you know it again"


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to: the name of the site and the origin that a browser says it is at."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser hands to the device (JSON), and the note that keeps the challenge until the answer."""

    options: str
    note: str


def site_of(public_url: str | None, address: str) -> Site | None:
    """The site at the configured address, or at the one in use where both are on this machine.

    None where browsers know no passkeys: at a number instead of a name, and without encryption off this machine.
    """
    try:
        parts, here = urlsplit(public_url or address), urlsplit(address)
        if _is_this_machine(parts.hostname) and _is_this_machine(here.hostname):
            parts = here
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if not host or _is_number(host) or not (parts.scheme == "https" or _is_this_machine(host)):
        return None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return Site(host, f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else ""))


def passkeys_of(session: Session, actor: Actor) -> Sequence[Passkey]:
    """The actor's own passkeys, the oldest first."""
    query = select(Passkey).where(Passkey.user_id == (actor.id or 0)).order_by(Passkey.id)
    return session.scalars(query).all()


def ask_to_add(session: Session, actor: Actor, site: Site, secret_key: str, clock: Clock) -> Asked:
    """Draw the challenge with which a device makes a new passkey of the actor's; raises Unmet above twenty."""
    demand_password(session, "Passkeys are")
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    person = own_account(session, actor)
    known = passkeys_of(session, actor)
    _refuse_one_too_many(known)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_registration_options(
        rp_id=site.name,
        rp_name=session.scalar(select(Company.name)) or "Sawhorse",
        user_id=_handle(person),
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=_bytes(one.credential_id)) for one in known
        ],
    )
    return Asked(options_to_json(options), _note(challenge, f"add for {person.id}", secret_key, clock))


def add_passkey(
    session: Session,
    name: str,
    answer: str,
    note: str,
    actor: Actor,
    site: Site,
    secret_key: str,
    clock: Clock,
) -> Passkey:
    """Keep the passkey that a device has made.

    Raises Invalid for an answer that is none to our challenge, Unmet above twenty.
    """
    person = own_account(session, actor)
    _refuse_one_too_many(passkeys_of(session, actor))
    called = clean_text(name, LONGEST_NAME)
    if not called:
        raise Invalid(NAME_MISSING, {"name": NAME_MISSING})
    challenge = _challenge(note, f"add for {person.id}", secret_key, clock)
    if challenge is None:
        raise Invalid(NOT_ADDED)
    credential_id, public_key, count = _checked_new(answer, challenge, site)
    taken = session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id))
    if taken is not None or len(credential_id) > LONGEST_ID:
        raise Invalid(NOT_ADDED)
    _spend(session, challenge, person.id, clock, NOT_ADDED)
    added = Passkey(
        user_id=person.id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=count,
        name=called,
        made_at=clock.now(),
    )
    session.add(added)
    meaning = f"“{called}” now opens the office in your name."
    tell_person(session, person, "A passkey was added", meaning, clock)
    session.flush()
    return added


def remove_passkey(session: Session, passkey_id: int, actor: Actor, session_id: int, clock: Clock) -> str:
    """Let one of the actor's passkeys open nothing any more, and give back its name.

    Every session but `session_id` ends: the device may be in other hands.  Raises NotFound for another's.
    """
    demand_password(session, "Passkeys are")
    person = own_account(session, actor)
    passkey = session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == person.id))
    if passkey is None:
        raise NotFound("You have no such passkey")
    session.delete(passkey)
    staff_sessions.end_others(session, person.id, session_id)
    tell_person(session, person, "A passkey was removed", f"“{passkey.name}” opens nothing any more.", clock)
    session.flush()
    return passkey.name


def ask_to_sign_in(site: Site, secret_key: str, clock: Clock) -> Asked:
    """Draw the challenge with which whoever holds a passkey signs in; no name is asked for."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_authentication_options(
        rp_id=site.name,
        challenge=challenge,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return Asked(options_to_json(options), _note(challenge, "sign in", secret_key, clock))


def sign_in_by_passkey(
    transaction: Transaction,
    answer: str,
    note: str,
    site: Site,
    visitor: Visitor,
    lifetimes: Lifetimes,
    secret_key: str,
    clock: Clock,
) -> SignedIn:
    """Begin a session for whoever answered our challenge with a passkey: it stands for both steps.

    Raises Busy after too many tries, and Invalid with the same sentence for whatever is wrong.
    """
    credential_id, handle = _named_in(answer)
    tries = f"passkey {hashlib.sha256(credential_id.encode()).hexdigest()}"
    count_try(transaction, tries, visitor, clock)
    challenge = _challenge(note, "sign in", secret_key, clock)
    if challenge is None:
        raise Invalid(UNKNOWN)
    with transaction() as session:
        found = session.execute(
            select(Passkey, User)
            .join(User, User.id == Passkey.user_id)
            .where(Passkey.credential_id == credential_id, User.active.is_(True))
            .with_for_update(of=User)  # whoever is being switched off gets no session any more
        ).first()
        if found is None or not hmac.compare_digest(handle, _handle(found[1])):
            raise Invalid(UNKNOWN)
        passkey, person = found
        count = _checked_use(answer, challenge, site, passkey)
        _spend(session, challenge, person.id, clock, UNKNOWN)
        used = session.execute(
            update(Passkey)
            .where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
            .values(sign_count=count, used_at=clock.now())
            .returning(Passkey.id)
        )
        if used.first() is None:
            raise Invalid(UNKNOWN)  # another answer of the same passkey was faster
        forget_tries(session, tries, visitor)
        return begin_for(session, person, visitor, lifetimes, clock)


def _refuse_one_too_many(known: Sequence[Passkey]) -> None:
    """The account is held, so that two devices at once are counted one after the other."""
    if len(known) >= MOST_PASSKEYS:
        raise Unmet(f"You have {MOST_PASSKEYS} passkeys already; remove one that you do not use first")


def _checked_new(answer: str, challenge: bytes, site: Site) -> tuple[str, str, int]:
    """The id, the public key and the sign count of a passkey that a device has made; raises Invalid."""
    from webauthn import verify_registration_response

    try:
        made = verify_registration_response(**_expected(answer, challenge, site))
    except Exception as trouble:  # whatever the reader of strangers' bytes trips over
        raise Invalid(NOT_ADDED) from trouble
    return _text(made.credential_id), _text(made.credential_public_key), made.sign_count


def _checked_use(answer: str, challenge: bytes, site: Site, passkey: Passkey) -> int:
    """The sign count of a right answer; raises Invalid, also for a count that did not rise: a copy of the key."""
    from webauthn import verify_authentication_response

    try:
        used = verify_authentication_response(
            **_expected(answer, challenge, site),
            credential_public_key=_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
        )
    except Exception as trouble:  # whatever the reader of strangers' bytes trips over
        raise Invalid(UNKNOWN) from trouble
    return used.new_sign_count


def _expected(answer: str, challenge: bytes, site: Site) -> dict[str, Any]:
    """What any answer is checked against: our challenge, our site, and that the device asked who holds it."""
    return {
        "credential": _read(answer),
        "expected_challenge": challenge,
        "expected_rp_id": site.name,
        "expected_origin": site.origin,
        "require_user_verification": True,
    }


def _named_in(answer: str) -> tuple[str, bytes]:
    """Which passkey an answer says it is of, and the handle of its person; raises Invalid."""
    try:
        read = _read(answer)
        return _text(_bytes(str(read["rawId"]))), _bytes(str(read["response"]["userHandle"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(UNKNOWN) from None


def _read(answer: str) -> dict[str, Any]:
    """The JSON that a browser sent; raises ValueError for anything but an object of a bearable length."""
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    try:
        read = json.loads(answer)
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(read, dict):
        raise ValueError("no object")
    return read


def _spend(session: Session, challenge: bytes, user_id: int, clock: Clock, refusal: str) -> None:
    """Keep that a challenge was answered; of two answers at once one counts, the other raises Invalid."""
    session.add(
        OneTimeLink(
            token_hash=token_hash(_text(challenge)),
            purpose=SPENT,
            user_id=user_id,
            expires_at=clock.now() + LIFE,
            used_at=clock.now(),
        )
    )
    try:
        session.flush()
    except IntegrityError:
        raise Invalid(refusal) from None


def _note(challenge: bytes, act: str, secret_key: str, clock: Clock) -> str:
    return write_note(secret_key, f"passkey: {act}", {"challenge": _text(challenge)}, clock)


def _challenge(note: str, act: str, secret_key: str, clock: Clock) -> bytes | None:
    kept = read_note(secret_key, f"passkey: {act}", note, LIFE, clock)
    return _bytes(kept["challenge"]) if kept else None


def _handle(person: User) -> bytes:
    """How a device knows the person: the same each time, and nothing that tells who it is."""
    return person.public_id.encode()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """The bytes behind the text; raises ValueError."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _is_this_machine(host: str | None) -> bool:
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_number(host) and ip_address(host).is_loopback


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
