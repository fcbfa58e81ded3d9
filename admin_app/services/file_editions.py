"""Versions of a file: a new one beside the old, one name for all, at most one of them shown to the client [103, 104].

Sharing belongs to a version: a newer one is not shared until somebody says so, and then instead of the older one.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.models import Attachment
from admin_app.policy import Permission, demand, visible
from admin_app.services.record_rules import put
from admin_app.services.save_record import find
from admin_app.services.store_file import KeptUpload
from admin_app.storage.content import ACCEPTED, LONGEST_NAME, ContentType, label_for

MOST_EDITIONS = 500


def editions_in_order(session: Session, attachment: Attachment, actor: Actor) -> list[Attachment]:
    """All versions of the file to which this one belongs, the newest first."""
    first_id = attachment.first_id or attachment.id
    query = (
        select(Attachment)
        .where(or_(Attachment.first_id == first_id, Attachment.id == first_id))
        .order_by(Attachment.edition.desc(), Attachment.id.desc())
        .limit(MOST_EDITIONS)
    )
    return list(session.scalars(visible(actor, query)))


def add_edition(session: Session, attachment: Attachment, upload: KeptUpload, actor: Actor) -> Attachment:
    """Keep an upload as the newest version, under the name of the file; clients go on seeing what they saw.

    Raises NotAllowed, Invalid for the same bytes as the newest version has, and for more than 500 versions.
    """
    known = _held(session, attachment, actor)
    newest = known[0]
    if newest.sha256 == upload.file.sha256:
        raise Invalid(f"This is version {newest.edition} once more: the content is the same")
    if len(known) >= MOST_EDITIONS:
        raise Invalid(f"A file has at most {MOST_EDITIONS} versions; delete some first")
    first_id = newest.first_id or newest.id
    if newest.first_id is None:
        put(session, newest, {"first_id": first_id})
    edition = upload.row(
        actor.name,
        group_id=newest.group_id,
        project_id=newest.project_id,
        work_order_id=newest.work_order_id,
        name=_renamed(newest.name, newest.content_type, upload.kind),
        first_id=first_id,
        edition=newest.edition + 1,
    )
    session.add(edition)
    session.flush()  # its number names it on the page
    return edition


def share_edition(session: Session, attachment: Attachment, shared: bool, actor: Actor) -> Attachment:
    """Show this version to the client, and no other one of the file; or take it back.  Nobody is told [104]."""
    for one in _held(session, attachment, actor):
        wanted = shared and one.id == attachment.id
        if one.shared != wanted and (shared or one.id == attachment.id):
            put(session, one, {"shared": wanted})
    return attachment


def rename_file(session: Session, attachment: Attachment, name: str, actor: Actor) -> str:
    """Call the file, with all its versions, something else; the ending stays that of the content.

    Raises NotAllowed, Invalid for a name without words.
    """
    known = _held(session, attachment, actor)
    words = clean_text(name, LONGEST_NAME)
    if not words.strip(". /\\"):
        raise Invalid("Give the file a name", {"name": "Give the file a name"})
    for one in known:
        put(session, one, {"name": _named(words, _kind_of(one.content_type))})
    return attachment.name


def remove_edition(session: Session, attachment: Attachment, actor: Actor, *, whole: bool = False) -> str:
    """Take one version away, or the file with all of them, and say its name; the bytes go with the next sweep."""
    known = _held(session, attachment, actor)
    name = attachment.name
    going = known if whole else [one for one in known if one.id == attachment.id]
    left = [one for one in known if one not in going]
    for one in going:
        session.delete(one)
    session.flush()  # a refusal of the database belongs to this act
    # The number of a row that is gone may be given to another file: what is left stands on one of its own.
    first_id = min(one.id for one in left) if len(left) > 1 else None
    for one in left:
        if one.first_id != first_id:
            put(session, one, {"first_id": first_id})
    return name


def _held(session: Session, attachment: Attachment, actor: Actor) -> list[Attachment]:
    """All versions, the newest first, while the first one is held: two new versions get two numbers."""
    demand(actor, Permission.WORK_WRITE)
    find(session, Attachment, attachment.first_id or attachment.id, actor, lock=True)
    return editions_in_order(session, attachment, actor)


def _kind_of(mime: str) -> ContentType | None:
    return next((kind for kind in ACCEPTED if kind.mime == mime), None)


def _named(words: str, kind: ContentType | None) -> str:
    """The typed name with the ending of the content, which is not typed twice."""
    if kind is None:
        return words
    typed = words if words.lower().endswith(kind.ending) else f"{words}{kind.ending}"
    return label_for(typed, kind)


def _renamed(name: str, mime: str, kind: ContentType) -> str:
    """The name of the file for a version of another type: "Plan.docx" becomes "Plan.pdf"."""
    old = _kind_of(mime)
    if old is None or old == kind:
        return name
    return label_for(name, kind)
