"""A client asks for a quote or a job: a lead "for approval" with a project of its own, open to nobody [W3, W4].

The project begins in silence: asking grants no access, and the client sees the request by having asked for it.  What
they wrote is the first message of the lead's thread, so that the desk finds it waiting and answers there.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM, Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import Address, Contact, Lead, LeadState
from admin_app.policy import Permission, demand_for, visible
from admin_app.services.answer_once import answer_once
from admin_app.services.messages.threads import thread_of
from admin_app.services.new_lead import NewLead, new_lead
from admin_app.services.portal.write_message import cleaned, keep_words
from admin_app.services.store_file import KeptUpload

LONGEST_TITLE = 200
LONGEST_WORDS = 8_000
LONGEST_PLACE = 300


class Asked(enum.StrEnum):
    """What a client asks for."""

    QUOTE = "quote"
    JOB = "job"


_IN_WORDS = {Asked.QUOTE: "Asks for a quote.", Asked.JOB: "Asks for a job, without a quote first."}


@dataclass(frozen=True, slots=True)
class Request:
    """What the client typed; `site` is the public id of one of the places that they see, `place` words of their own."""

    title: str
    words: str
    asked: Asked = Asked.QUOTE
    site: str = ""
    place: str = ""


def ask_for_work(
    session: Session,
    request: Request,
    files: Sequence[KeptUpload],
    actor: Actor,
    clock: Clock,
    key: str,
) -> Lead:
    """Write the request down with its project, its words and photos waiting for the office; a second press finds it.

    Raises NotFound where requests are switched off, Invalid with a sentence a field, Conflict for a key that came
    before with other words.
    """
    demand_for(actor, Permission.ASK_FOR_WORK, None)
    scope = actor.client
    if scope is None or scope.contact_id is None:
        raise NotFound("There is nothing here")
    asked = _read(session, request, actor)

    def write_down() -> Lead:
        lead = new_lead(
            session,
            NewLead(
                group_id=scope.group_id,
                title=asked.title,
                request=asked.words,
                contact=session.get(Contact, scope.contact_id),
                address=asked.site,
                state=LeadState.FOR_APPROVAL,
            ),
            SYSTEM,  # a client may ask; the program writes it down, and the history says who asked
            clock,
        )
        lead.asked_by_id = scope.contact_id
        session.flush()
        keep_words(session, thread_of(session, lead), asked.words, files, actor, clock, key)
        return lead

    return answer_once(
        session,
        clock,
        key=key,
        purpose="portal request",
        content=(scope.contact_id, scope.group_id, asked.title, asked.words),
        kind=Lead,
        act=write_down,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    title: str
    words: str
    site: Address | None


def _read(session: Session, request: Request, actor: Actor) -> _Asked:
    """The request as it is kept; raises Invalid with everything that is wrong."""
    wrong: dict[str, str] = {}

    def read(name: str, text: str, most: int, missing: str = "", *, multiline: bool = False) -> str:
        try:
            clean = cleaned(name, text, most, multiline=multiline)
        except Invalid as refusal:
            wrong.update(refusal.fields)
            return ""
        if missing and not clean:
            wrong[name] = missing
        return clean

    title = read("title", request.title, LONGEST_TITLE, "Say in a few words what it is about")
    words = read("words", request.words, LONGEST_WORDS, "Tell us what you need", multiline=True)
    place = read("place", request.place, LONGEST_PLACE)
    site = _site(session, request.site, actor)
    if request.site and site is None:
        wrong["site"] = "Choose one of your places, or write where it is"
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)
    told = (words, f"Where: {place}" if place else "", _IN_WORDS[request.asked])
    return _Asked(title, "\n\n".join(part for part in told if part), site)


def _site(session: Session, public_id: str, actor: Actor) -> Address | None:
    if not public_id:
        return None
    found: Address | None = session.scalar(
        visible(actor, select(Address)).where(Address.public_id == public_id[:32])
    )
    return found
