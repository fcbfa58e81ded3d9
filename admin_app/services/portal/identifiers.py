"""The word behind /portal/ that leads to one customer's own sign-in page [W21, E12, 111].

It stands in an address that people read out on the phone: small letters, digits and single hyphens.  One call::

    set_identifier(session, group, "smith-house", ann)
"""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.kernel.text import fold
from admin_app.models import CustomerGroup
from admin_app.policy import Permission, demand
from admin_app.services.record_rules import put

LEAST, MOST = 3, 40
"""Signs of an identifier."""
LONGEST_NAME = 32
"""Signs of a public id, by which the same page is found."""
RESERVED = frozenset(
    "d sign-in sign-out sign-up login logout password choose welcome link home projects appointments files "
    "proposals jobs invoices credit-notes receipts statement payments pay cards messages requests details "
    "logo look calendar account accounts admin api hooks health help office portal reports settings setup "
    "static support".split()
)
"""Words that are addresses of the portal itself, or that would be taken for the office's own."""
_SHAPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_OTHERS = re.compile(r"[^a-z0-9]+")


def set_identifier(session: Session, group: CustomerGroup, typed: str, actor: Actor) -> str | None:
    """Give a customer its word, or none for an empty one; addresses with the word before it lead there no more.

    Raises NotAllowed, and Invalid at `portal_identifier` for a word that cannot stand there or is taken.
    """
    demand(actor, Permission.ACCESS_GRANT)
    word = typed.strip().lower()
    if word:
        _refuse_a_bad_word(word)
        other = _named(session, word)
        if other is not None and other.id != group.id:
            raise _invalid(f"“{word}” is the identifier of another customer; choose another word")
    if (group.portal_identifier or "") != word:
        put(session, group, {"portal_identifier": word or None})
    return group.portal_identifier


def propose_identifier(session: Session, group: CustomerGroup) -> str:
    """A word that is free, made of the customer's name; "" where the name has no letters that could stand there."""
    base = _OTHERS.sub("-", fold(group.name)).strip("-")[: MOST - 4].strip("-")
    if len(base) < LEAST:
        return ""
    for ending in ("", *(f"-{number}" for number in range(2, 100))):
        word = f"{base}{ending}"
        if word not in RESERVED and _named(session, word) is None:
            return word
    return ""


def group_behind(session: Session, word: str) -> CustomerGroup | None:
    """The customer whose sign-in page this is: by its identifier, else by its public id; None for any other word.

    The page shows the customer's look to whoever knows the word, and nothing else.
    """
    if len(word) > MOST or not word.isascii() or not word.isprintable():
        return None
    found = _named(session, word.lower())
    if found is None and len(word) <= LONGEST_NAME:
        found = session.scalar(select(CustomerGroup).where(CustomerGroup.public_id == word))
    return found


def _named(session: Session, word: str) -> CustomerGroup | None:
    return session.scalar(select(CustomerGroup).where(CustomerGroup.portal_identifier == word))


def _refuse_a_bad_word(word: str) -> None:
    if not LEAST <= len(word) <= MOST:
        raise _invalid(f"An identifier has {LEAST} to {MOST} signs; this one has {len(word)}")
    if not _SHAPE.fullmatch(word):
        raise _invalid(
            "An identifier consists of letters from a to z, digits, and single hyphens between them"
        )
    if word in RESERVED:
        raise _invalid(f"“{word}” is an address of the portal itself; choose another word")


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, {"portal_identifier": sentence})
