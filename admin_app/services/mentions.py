"""Colleagues named in a note with @: "@Ann Ashworth", or "@Ann" while there is one Ann [103].

Who is named finds it until it was seen; looking at a page marks nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Mention, Note, User
from admin_app.policy import Permission, demand

MOST_NAMED = 50
"""Colleagues that one note can call."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a note as it is shown; `user_id` of whom it names, None for plain words."""

    text: str
    user_id: int | None = None


def staff_names(session: Session, *, active_only: bool = True) -> dict[int, str]:
    """Who can be named: id → name.  Those who left still show in old notes."""
    query = select(User.id, User.name).order_by(User.name, User.id)
    found = session.execute(query.where(User.active) if active_only else query)
    return dict(row for row in found)


def pieces_of(body: str, people: Mapping[int, str]) -> list[Piece]:
    """The words of a note, cut where it names somebody; nothing of them is lost or changed."""
    pieces: list[Piece] = []
    begin = 0
    for start, end, user_id in _found(body, people):
        if start > begin:
            pieces.append(Piece(body[begin:start]))
        pieces.append(Piece(body[start:end], user_id))
        begin = end
    if begin < len(body):
        pieces.append(Piece(body[begin:]))
    return pieces


def keep_mentions(session: Session, note: Note, actor: Actor) -> list[Mention]:
    """Write down whom a new note names; its author is not told of their own words."""
    if "@" not in note.body:
        return []
    people = staff_names(session)
    named = dict.fromkeys(user_id for _, _, user_id in _found(note.body, people) if user_id != actor.id)
    mentions = [Mention(note_id=note.id, user_id=user_id) for user_id in list(named)[:MOST_NAMED]]
    session.add_all(mentions)
    session.flush()  # the inbox of whoever is named counts them
    return mentions


def mark_seen(session: Session, note: Note, actor: Actor, clock: Clock) -> bool:
    """Whoever is named has seen the note; returns whether that was news.  Raises NotAllowed."""
    demand(actor, Permission.WORK_READ)
    mention = session.scalar(
        select(Mention).where(
            Mention.note_id == note.id, Mention.user_id == actor.id, Mention.seen_at.is_(None)
        )
    )
    if mention is None:
        return False
    mention.seen_at = clock.now()
    session.flush()  # it leaves the inbox
    return True


def unseen_of(session: Session, note_ids: Sequence[int], actor: Actor) -> frozenset[int]:
    """Of these notes, those that name the actor and were not seen yet."""
    if not note_ids or actor.id is None:
        return frozenset()
    query = select(Mention.note_id).where(
        Mention.note_id.in_(note_ids), Mention.user_id == actor.id, Mention.seen_at.is_(None)
    )
    return frozenset(session.scalars(query))


def _found(body: str, people: Mapping[int, str]) -> Iterator[tuple[int, int, int]]:
    """Start, end and user of each name behind an @; the longest name that fits counts."""
    ways = _ways_to_name(people)
    lowered = _lowered(body)
    at = lowered.find("@")
    while at != -1:
        end = at + 1
        if at == 0 or not (lowered[at - 1].isalnum() or lowered[at - 1] in "._-+"):  # no mail address
            for name, user_id in ways:
                behind = at + 1 + len(name)
                if lowered.startswith(name, at + 1) and not lowered[behind : behind + 1].isalnum():
                    yield at, behind, user_id
                    end = behind
                    break
        at = lowered.find("@", end)


def _ways_to_name(people: Mapping[int, str]) -> list[tuple[str, int]]:
    """Each full name, and each first name that only one of them has; the longest first."""
    ways = {_lowered(name): user_id for user_id, name in reversed(list(people.items())) if name.strip()}
    first_names = Counter(_lowered(name.split()[0]) for name in people.values() if name.strip())
    for user_id, name in people.items():
        first = _lowered(name.split()[0]) if name.strip() else ""
        if first and first_names[first] == 1:
            ways.setdefault(first, user_id)
    return sorted(ways.items(), key=lambda way: -len(way[0]))


def _lowered(text: str) -> str:
    """The text in small letters, sign by sign: "İ" has two in small letters, and places must stay what they were."""
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)
