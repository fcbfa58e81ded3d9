"""Files and their versions as lists show them: the newest of each, how many, which one the client sees [103, 104]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.models import Attachment
from admin_app.policy import visible


@dataclass(frozen=True, slots=True)
class Editions:
    """The versions of one file: how many there are, and the number of the one that the client sees."""

    count: int = 1
    shared: int | None = None


def is_newest() -> ColumnElement[bool]:
    """The condition on Attachment that leaves out versions which have a newer one."""
    newer = aliased(Attachment)
    return ~exists().where(newer.first_id == Attachment.first_id, newer.edition > Attachment.edition)


def editions_of(session: Session, actor: Actor, files: Sequence[Attachment]) -> Mapping[int, Editions]:
    """Id of a shown file → its versions; one statement, none where no file has a second version."""
    found = {one.id: Editions(1, one.edition if one.shared else None) for one in files}
    shown = {one.first_id: one.id for one in files if one.first_id is not None}
    if not shown:
        return found
    query = select(Attachment).where(Attachment.first_id.in_(list(shown)))
    counted: dict[int, Editions] = {}
    for one in session.scalars(visible(actor, query)):
        assert one.first_id is not None
        known = counted.get(one.first_id, Editions(0))
        shared = one.edition if one.shared else known.shared
        counted[one.first_id] = Editions(known.count + 1, shared)
    return found | {shown[first_id]: editions for first_id, editions in counted.items()}
