"""Words stuck on a customer and taken off again, one at a time [A21-A23, 33]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text
from admin_app.kernel.text import fold
from admin_app.models import CustomerGroup, Tag
from admin_app.policy import Permission, demand

LONGEST_TAG = 60


def add_tag(session: Session, group: CustomerGroup, word: str, actor: Actor) -> Tag:
    """Stick `word` on the customer, making the tag where nobody used it yet; twice is once.

    "VIP" and " vip" are one tag.  Raises Invalid for no word, and for one that is too long or has no letters.
    """
    demand(actor, Permission.CUSTOMERS_WRITE)
    tag = tag_named(session, word)
    if tag not in group.tags:
        group.tags.append(tag)
        session.flush()  # a tag that somebody deletes at this moment is refused here
    return tag


def tag_named(session: Session, word: str) -> Tag:
    """The tag that is compared like `word`, new where there is none; raises Invalid."""
    name = clean_text(word, LONGEST_TAG)
    folded = fold(name)
    if not folded:
        raise Invalid("Type a word for the tag", {"tag": "Type a word for the tag"})
    tag = session.scalar(select(Tag).where(Tag.folded == folded))
    if tag is None:
        tag = Tag(name=name, folded=folded)
        session.add(tag)
        session.flush()  # its number is needed for the link
    return tag


def remove_tag(session: Session, group: CustomerGroup, tag_id: int, actor: Actor) -> Tag:
    """Take one tag off the customer; the tag itself stays for others.  Raises NotFound where it is not on."""
    demand(actor, Permission.CUSTOMERS_WRITE)
    for tag in group.tags:
        if tag.id == tag_id:
            group.tags.remove(tag)
            session.flush()  # the timeline is written with it
            return tag
    raise NotFound("This tag is not on this customer")
