"""What a client opened and downloaded, kept for the office: when, who, and the hash of what it was [L19].

One `opened` row a visit, document and content; a download is written each time.  The rows are written after the answer
is made, in a short transaction of their own (`admin_app.portal.seen`), for a page that is read writes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Attachment, Entity, PortalReceipt, SeenHow
from admin_app.services.messages.about import group_of, id_of, word_of

FILE = "file"
"""The word for a kept file: no message is about one, yet it is opened and downloaded."""
ONE_VISIT = timedelta(minutes=30)
"""Whoever opens the same again within this time is still looking at it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen, as plain values that outlive the transaction which read them; `content_hash` is hex SHA-256."""

    about: str
    about_id: int
    group_id: int
    content_hash: str | None = None


def seen_of(about: Entity, content_hash: str | None = None) -> Seen:
    """What is written down of a record: the word and number by which its thread and papers know it; "file" for files.

    Raises TypeError for a kind of record that no message is about, ValueError for one that is nobody's.
    """
    group = group_of(about)
    if group is None:
        raise ValueError("Only what belongs to a customer is shown to one")
    if isinstance(about, Attachment):
        return Seen(FILE, about.id, group.id, about.sha256)
    return Seen(word_of(about), id_of(about), group.id, content_hash)


def opened(session: Session, seen: Seen, actor: Actor, clock: Clock) -> None:
    """Write down that a client opened a document, unless this visit did so before, and never for a preview."""
    if not _is_preview(actor) and not _opened_before(session, seen, actor, clock):
        _keep(session, seen, SeenHow.OPENED, actor, clock)


def downloaded(session: Session, seen: Seen, actor: Actor, clock: Clock) -> None:
    """Write down that a client took a document away; never for a preview."""
    if not _is_preview(actor):
        _keep(session, seen, SeenHow.DOWNLOADED, actor, clock)


def _is_preview(actor: Actor) -> bool:
    return actor.client is None or actor.client.preview


def _opened_before(session: Session, seen: Seen, actor: Actor, clock: Clock) -> bool:
    """Whether the same person opened the same content within this visit."""
    scope = actor.client
    assert scope is not None
    return (
        session.scalar(
            select(PortalReceipt.id)
            .where(
                PortalReceipt.about == seen.about,
                PortalReceipt.about_id == seen.about_id,
                PortalReceipt.how == SeenHow.OPENED,
                PortalReceipt.at > clock.now() - ONE_VISIT,
                PortalReceipt.contact_id == scope.contact_id
                if scope.contact_id is not None
                else PortalReceipt.contact_id.is_(None),
                PortalReceipt.content_hash == seen.content_hash
                if seen.content_hash is not None
                else PortalReceipt.content_hash.is_(None),
                PortalReceipt.by_link.is_(scope.document is not None),
            )
            .limit(1)
        )
        is not None
    )


def _keep(session: Session, seen: Seen, how: SeenHow, actor: Actor, clock: Clock) -> None:
    scope = actor.client
    assert scope is not None
    row = PortalReceipt(
        at=clock.now(),
        group_id=seen.group_id,
        contact_id=scope.contact_id,
        about=seen.about,
        about_id=seen.about_id,
        how=how,
        content_hash=seen.content_hash,
        by_link=scope.document is not None,
    )
    session.add(row)
    session.flush()
