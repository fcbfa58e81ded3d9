"""Whether an address may and can be written to: who said stop, what came back, and the proof of both [102].

Nothing is erased.  Consent and delivery are two facts: somebody who makes sure that an address works has not asked
anew for messages, and of each fact the latest word holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from phonenumbers import PhoneNumberFormat
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.kernel.text import digits, email_key
from admin_app.models import Channel, Company, Contact, ReachEntry, ReachKind
from admin_app.services.queue_mail import checked_address
from admin_app.services.queue_sms import checked_number

LONGEST_PROOF = 2_000
CALLED = {Channel.MAIL: "mails", Channel.SMS: "text messages"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an address stands on a channel: the word that forbids, and the bounce that nobody looked after."""

    opted_out: ReachEntry | None = None
    bounced: ReachEntry | None = None

    @property
    def reached(self) -> bool:
        """Whether it may and can be written to."""
        return self.opted_out is None and self.bounced is None

    def why_not(self, name: str, address: str, channel: Channel) -> str:
        """The sentence that says why nothing is sent there; "" where it is."""
        if self.opted_out is not None:
            return f"{name} asked on {_day(self.opted_out.at)} for no more {CALLED[channel]}"
        if self.bounced is not None:
            came = "A mail" if channel is Channel.MAIL else "A text message"
            return f"{came} to {address} came back on {_day(self.bounced.at)}"
        return ""


REACHED = Standing()
"""Of an address of which nothing is known."""


def address_key(address: str, channel: Channel, country: str | None) -> str:
    """The form in which addresses are compared: a folded mail address, or the digits of the full number.

    `country` is where numbers without a country code belong.  Raises Invalid for what is no address.
    """
    if channel is Channel.MAIL:
        return email_key(checked_address(address))
    return digits(checked_number(address, country))


def opt_out(session: Session, address: str, channel: Channel, by: str, said: str, clock: Clock) -> ReachEntry:
    """Somebody asked for no more messages there; `said` are the words, `by` who said or wrote them down."""
    return _keep(session, ReachKind.OPT_OUT, address, channel, by, said, clock)


def opt_in(session: Session, address: str, channel: Channel, by: str, said: str, clock: Clock) -> ReachEntry:
    """Somebody agreed to messages there again; without the words that prove it, Invalid."""
    if not said.strip():
        raise Invalid("Write down how they agreed: it is the proof", {"said": "How did they agree?"})
    return _keep(session, ReachKind.OPT_IN, address, channel, by, said, clock)


def bounced(session: Session, address: str, channel: Channel, by: str, said: str, clock: Clock) -> ReachEntry:
    """A message came back for good; `said` is what the other side answered."""
    return _keep(session, ReachKind.BOUNCED, address, channel, by, said, clock)


def works(session: Session, address: str, channel: Channel, by: str, said: str, clock: Clock) -> ReachEntry:
    """Somebody made sure that an address from which a message came back can be reached again."""
    return _keep(session, ReachKind.WORKS, address, channel, by, said, clock)


def standing(session: Session, addresses: Iterable[str], channel: Channel) -> dict[str, Standing]:
    """Address as given → how it stands; what is no address is left out, for nothing is known of it."""
    country = session.scalar(select(Company.country))
    keys: dict[str, str] = {}
    for address in addresses:
        try:
            keys[address] = address_key(address, channel, country)
        except Invalid:
            continue
    known = _entries(session, set(keys.values()), channel)
    return {address: _standing(known.get(key, [])) for address, key in keys.items()}


def history_of(session: Session, address: str, channel: Channel) -> list[ReachEntry]:
    """All that became known of an address, the latest last: what an auditor is shown."""
    key = address_key(address, channel, session.scalar(select(Company.country)))
    return _entries(session, {key}, channel).get(key, [])


def contact_at(session: Session, address: str, channel: Channel) -> Contact | None:
    """The contact of an address or a number, however the number was typed; None where nobody is known.

    Of two with one number the one who was known first.
    """
    if channel is Channel.MAIL:
        return session.scalar(select(Contact).where(Contact.email_key == email_key(address)))
    country = session.scalar(select(Company.country))
    try:
        number = phonenumbers.parse(checked_number(address, country), country)
    except (Invalid, phonenumbers.NumberParseException):
        return None
    forms = {
        phonenumbers.format_number(number, form)
        for form in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL)
    }
    forms |= {form.replace(" ", "") for form in forms}
    query = select(Contact).where(or_(Contact.mobile.in_(forms), Contact.phone.in_(forms)))
    return session.scalar(query.order_by(Contact.archived_at.is_not(None), Contact.id).limit(1))


def _keep(
    session: Session, kind: ReachKind, address: str, channel: Channel, by: str, said: str, clock: Clock
) -> ReachEntry:
    contact = contact_at(session, address, channel)
    entry = ReachEntry(
        contact_id=contact.id if contact is not None else None,
        channel=channel,
        address=address_key(address, channel, session.scalar(select(Company.country))),
        kind=kind,
        at=clock.now(),
        by=clean_text(by[:200], 200),
        said=clean_text(said[:LONGEST_PROOF], LONGEST_PROOF, multiline=True),
    )
    session.add(entry)
    session.flush()  # whoever writes next in this transaction must know
    return entry


def _entries(session: Session, keys: set[str], channel: Channel) -> dict[str, list[ReachEntry]]:
    found: dict[str, list[ReachEntry]] = {}
    if not keys:
        return found
    query = (
        select(ReachEntry)
        .where(ReachEntry.address.in_(keys), ReachEntry.channel == channel)
        .order_by(ReachEntry.id)
    )
    for entry in session.scalars(query):
        found.setdefault(entry.address, []).append(entry)
    return found


def _standing(entries: list[ReachEntry]) -> Standing:
    """Of each fact the latest word."""
    consent = [one for one in entries if one.kind in (ReachKind.OPT_OUT, ReachKind.OPT_IN)]
    delivery = [one for one in entries if one.kind in (ReachKind.BOUNCED, ReachKind.WORKS)]
    return Standing(
        opted_out=consent[-1] if consent and consent[-1].kind is ReachKind.OPT_OUT else None,
        bounced=delivery[-1] if delivery and delivery[-1].kind is ReachKind.BOUNCED else None,
    )


def _day(at: datetime) -> str:
    return f"{at:%-d %B %Y}"
