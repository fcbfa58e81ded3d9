"""The code that shows who signs: six digits to the named contact, for ten minutes and one signature [54, E4, L9].

Whoever holds a link was sent it once; the code asks whether it is still the contact who holds it.  A try is counted
before the code is looked at, in a transaction of its own, so that a hundred guesses at once are a hundred guesses.
Only a keyed hash is kept.  One call::

    code_id = check_code(separate_transaction, estimate_id, contact_id, "123456", secret, clock)
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Busy, Conflict, Invalid, Unmet
from admin_app.models import Brand, Channel, Company, Contact, Estimate, EstimateState, SigningCode
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand_for
from admin_app.services.messages.about import brand_of
from admin_app.services.messages.resolve import address_of
from admin_app.services.queue_mail import queue_mail
from admin_app.services.queue_sms import queue_sms

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a short transaction that is kept when its block ends well; the door hands it in."""

DIGITS = 6
LIFE = timedelta(minutes=10)
MOST_TRIES = 5
PAUSE = timedelta(seconds=30)
"""A second press within this time sends no second code."""
WINDOW = timedelta(hours=1)
MOST_CODES = 6
"""Codes to one contact within the window, over all proposals."""
PURPOSE = "signing code"
WRONG = "This code is wrong or has run out"


def send_code(session: Session, estimate: Estimate, secret: str, actor: Actor, clock: Clock) -> SigningCode:
    """Queue a new code to the contact of the link, by mail or else by text message; older ones work no more.

    Raises NotFound to whom this is not for, Unmet where it cannot be signed or nobody can be reached, Busy after six
    codes within an hour.
    """
    demand_for(actor, Permission.ANSWER_ESTIMATE, estimate)
    contact_id = actor.client.contact_id if actor.client is not None else None
    if contact_id is None:
        raise Unmet(
            "A code goes to the person for whom this link was made, and it was made for nobody by name"
        )
    lock_customer(session, estimate.group_id)
    session.refresh(estimate)
    if estimate.state is not EstimateState.SENT:
        raise Unmet(f"This proposal is {estimate.state.value}; there is nothing to sign")
    latest = latest_code(session, estimate.id, contact_id, clock)
    if latest is not None and latest.sent_at > clock.now() - PAUSE:
        return latest
    _refuse_too_many(session, contact_id, clock)
    return _send(session, estimate, session.get_one(Contact, contact_id), secret, clock)


def latest_code(session: Session, estimate_id: int, contact_id: int, clock: Clock) -> SigningCode | None:
    """The code that works now, if one does."""
    return session.scalar(
        select(SigningCode)
        .where(
            SigningCode.estimate_id == estimate_id,
            SigningCode.contact_id == contact_id,
            SigningCode.used_at.is_(None),
            SigningCode.expires_at > clock.now(),
            SigningCode.tries < MOST_TRIES,
        )
        .order_by(SigningCode.id.desc())
        .limit(1)
    )


def check_code(
    transaction: Transaction, estimate_id: int, contact_id: int, typed: str, secret: str, clock: Clock
) -> int:
    """The id of the code that was typed; it still waits to be used.  Raises Invalid under "code"."""
    digits = "".join(one for one in typed if one.isascii() and one.isdigit())
    with transaction() as session:
        known = session.execute(
            update(SigningCode)
            .where(
                SigningCode.estimate_id == estimate_id,
                SigningCode.contact_id == contact_id,
                SigningCode.used_at.is_(None),
                SigningCode.expires_at > clock.now(),
                SigningCode.tries < MOST_TRIES,
            )
            .values(tries=SigningCode.tries + 1)
            .returning(SigningCode.id, SigningCode.code_hash, SigningCode.tries)
        ).first()
    if known is None:
        raise Invalid(WRONG, {"code": f"{WRONG}; send yourself a new one"})
    if not hmac.compare_digest(known.code_hash, _hash(secret, estimate_id, contact_id, digits)):
        left = MOST_TRIES - known.tries
        tail = f"{left} {'try' if left == 1 else 'tries'} left" if left else "send yourself a new one"
        raise Invalid(WRONG, {"code": f"{WRONG}; {tail}"})
    return int(known.id)


def use_code(session: Session, code_id: int, clock: Clock) -> str:
    """Use a checked code up with its signature, and say where it had gone.  Raises Conflict for the second of two."""
    used = session.execute(
        update(SigningCode)
        .where(SigningCode.id == code_id, SigningCode.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(SigningCode.sent_to)
    ).first()
    if used is None:
        raise Conflict("This code was used a moment ago")
    return str(used[0])


def masked(address: str) -> str:
    """An address as somebody who knows it recognises it: c…@client.test, …456."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{address[-3:]}"


def _send(session: Session, estimate: Estimate, contact: Contact, secret: str, clock: Clock) -> SigningCode:
    _cancel_older(session, estimate.id, contact.id, clock)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    channel, address = _way_to(session, contact)
    kept = SigningCode(
        estimate_id=estimate.id,
        contact_id=contact.id,
        code_hash=_hash(secret, estimate.id, contact.id, code),
        sent_to=address,
        sent_at=clock.now(),
        expires_at=clock.now() + LIFE,
    )
    session.add(kept)
    session.flush()
    _queue(session, estimate, contact, kept, channel, code, clock)
    return kept


def _queue(
    session: Session,
    estimate: Estimate,
    contact: Contact,
    kept: SigningCode,
    channel: Channel,
    code: str,
    clock: Clock,
) -> None:
    brand: Brand | None = brand_of(session, estimate)
    ours = brand.name if brand is not None else session.scalar(select(Company.name)) or ""
    key, why = f"{PURPOSE}-{kept.id}", f"{contact.name} asked for it in order to sign"
    if channel is Channel.SMS:
        queue_sms(
            session, kept.sent_to, f"{ours}: your signing code: {code}. It works for ten minutes.", clock,
            brand=brand, group_id=estimate.group_id, contact_id=contact.id, key=key, purpose=PURPOSE, reason=why,
        )  # fmt: skip
        return
    body = (
        f"Dear {contact.name},\n\nyour signing code: {code}\n\nIt signs our proposal {estimate} once, within ten "
        f"minutes. Nobody of us ever asks you for it. If you did not want to sign, there is nothing to do: without "
        f"the code nothing happens.\n\nKind regards\n{ours}\n"
    )
    queue_mail(
        session, kept.sent_to, f"Your code to sign proposal {estimate}", body, clock,
        brand=brand, group_id=estimate.group_id, contact_id=contact.id, key=key, purpose=PURPOSE, reason=why,
    )  # fmt: skip


def _way_to(session: Session, contact: Contact) -> tuple[Channel, str]:
    """Mail before text message; raises Unmet where we know neither."""
    country = session.scalar(select(Company.country))
    for channel in (Channel.MAIL, Channel.SMS):
        address = address_of(contact, channel, country)
        if address:
            return channel, address
    raise Unmet("We know no address of yours to which a code could go; call us, and we help")


def _refuse_too_many(session: Session, contact_id: int, clock: Clock) -> None:
    since = clock.now() - WINDOW
    count, first = session.execute(
        select(func.count(), func.min(SigningCode.sent_at)).where(
            SigningCode.contact_id == contact_id, SigningCode.sent_at > since
        )
    ).one()
    if count >= MOST_CODES:
        wait = max(int((first - since).total_seconds()), 1)
        raise Busy("Too many codes were asked for. Wait a while, then try again.", retry_after=wait)


def _cancel_older(session: Session, estimate_id: int, contact_id: int, clock: Clock) -> None:
    session.execute(
        update(SigningCode)
        .where(
            SigningCode.estimate_id == estimate_id,
            SigningCode.contact_id == contact_id,
            SigningCode.used_at.is_(None),
            SigningCode.expires_at > clock.now(),
        )
        .values(expires_at=clock.now())
    )


def _hash(secret: str, estimate_id: int, contact_id: int, code: str) -> str:
    key = hashlib.sha256(b"signing code" + secret.encode()).digest()
    return hmac.new(key, f"{estimate_id}/{contact_id}/{code}".encode(), hashlib.sha256).hexdigest()
