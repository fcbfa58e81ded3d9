"""Somebody at the desk writes down what a client said about messages, and sees all that is known of it [102]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Channel, Company, Contact, ReachEntry, ReachKind
from admin_app.policy import Permission, demand
from admin_app.services.messages import reach
from admin_app.services.messages.resolve import address_of

_KEEP: Mapping[ReachKind, Callable[..., ReachEntry]] = {
    ReachKind.OPT_OUT: reach.opt_out,
    ReachKind.OPT_IN: reach.opt_in,
    ReachKind.WORKS: reach.works,
}
"""What a person writes down; that a message came back is told by the other side."""


@dataclass(frozen=True, slots=True)
class Line:
    """One channel to a contact: where it leads, whether it may be used, and the whole story; the latest word last."""

    channel: Channel
    address: str
    why_not: str
    """The sentence why nothing is sent there; "" where it is."""
    acts: Sequence[ReachKind]
    """What can be written down now."""
    history: Sequence[ReachEntry]


def consent_of(session: Session, contact: Contact) -> list[Line]:
    """The channels by which a contact can be reached, each with what is known of its address."""
    country = session.scalar(select(Company.country))
    lines = []
    for channel in Channel:
        address = address_of(contact, channel, country)
        if address is None:
            continue
        known = reach.standing(session, [address], channel).get(address, reach.REACHED)
        acts = [ReachKind.OPT_IN if known.opted_out else ReachKind.OPT_OUT]
        if known.bounced:
            acts.append(ReachKind.WORKS)
        why_not = known.why_not(contact.name, address, channel)
        lines.append(Line(channel, address, why_not, acts, reach.history_of(session, address, channel)))
    return lines


def write_down(
    session: Session,
    contact: Contact,
    channel: Channel,
    kind: ReachKind,
    said: str,
    actor: Actor,
    clock: Clock,
) -> ReachEntry:
    """Keep what a contact said of a channel, in words that can be shown later: the proof.

    Raises NotAllowed, Invalid without words, Unmet for a channel that does not lead to the contact and for what
    stands so already.
    """
    demand(actor, Permission.MESSAGES_WRITE)
    if not said.strip():
        raise Invalid(
            "Write down what they said, when and how: it is the proof", {"said": "What did they say?"}
        )
    line = next((one for one in consent_of(session, contact) if one.channel is channel), None)
    if line is None:
        raise Unmet(f"{contact.name} cannot be reached by {reach.CALLED[channel]}")
    if kind not in line.acts or kind not in _KEEP:
        raise Unmet("That stands so already")
    return _KEEP[kind](session, line.address, channel, actor.name, said, clock)
