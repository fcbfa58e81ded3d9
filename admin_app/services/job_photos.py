"""Photos of a job: taken on site, kept with the workorder and its project; whoever took one may take it away again.

One call::

    add_photos(session, work, [keep_upload(store, file, "IMG_1.jpg")], cem)
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound
from admin_app.models import Attachment, AuditEntry, WorkOrder
from admin_app.models.audit import Change
from admin_app.policy import Permission, holds, visible
from admin_app.services.demand_job import demand_job
from admin_app.services.store_file import KeptUpload

MOST_PHOTOS = 400
"""Of one workorder; a mistake of a phone fills no store."""


def photos_of(work_id: int) -> Select[Attachment]:
    """The pictures of a workorder in the order in which they came."""
    return (
        select(Attachment)
        .where(Attachment.work_order_id == work_id, Attachment.preview_key.is_not(None))
        .order_by(Attachment.id)
    )


def add_photos(
    session: Session, work: WorkOrder, uploads: Sequence[KeptUpload], actor: Actor
) -> list[Attachment]:
    """Write the rows of kept pictures; clients do not see them until somebody shares them.

    Raises Invalid for what is no picture, and for more than 400 of one workorder.
    """
    demand_job(actor, work)
    if other := next((one for one in uploads if not one.kind.is_picture), None):
        raise Invalid(f"{other.label} is no photo; the office keeps other files with the project")
    there = len(session.scalars(photos_of(work.id).with_only_columns(Attachment.id)).all())
    if there + len(uploads) > MOST_PHOTOS:
        raise Invalid(f"This job has {there} photos; more than {MOST_PHOTOS} are not kept")
    whose = {"group_id": work.group_id, "project_id": work.project_id, "work_order_id": work.id}
    added = [one.row(actor.name, **whose) for one in uploads]
    session.add_all(added)
    session.flush()  # their numbers name them on the page
    return added


def photo_of(session: Session, work: WorkOrder, photo_id: int, actor: Actor) -> Attachment:
    """One photo of this workorder; raises NotFound for any other file."""
    wanted = photos_of(work.id).where(Attachment.id == photo_id)
    photo: Attachment | None = session.scalar(visible(actor, wanted))
    if photo is None:
        raise NotFound("This photo is no longer here")
    return photo


def own_photos(session: Session, photos: Sequence[Attachment], actor: Actor) -> set[int]:
    """Which of these the actor may take away: those they took themselves, to the office all.

    The history knows who brought a file; two people may bear one name.
    """
    if holds(actor, Permission.WORK_WRITE):
        return {one.id for one in photos}
    query = select(AuditEntry.entity_id).where(
        AuditEntry.entity == Attachment.__name__,
        AuditEntry.entity_id.in_([one.id for one in photos]),
        AuditEntry.change == Change.CREATED,
        AuditEntry.actor_id == actor.id,
    )
    return set(session.scalars(query))


def remove_photo(session: Session, work: WorkOrder, photo_id: int, actor: Actor) -> None:
    """Take a photo off the job; its bytes go with the next sweep.  Raises NotAllowed for a colleague's."""
    demand_job(actor, work)
    photo = photo_of(session, work, photo_id, actor)
    if photo.id not in own_photos(session, [photo], actor):
        raise NotAllowed("You can take away photos that you took, not those of others")
    session.delete(photo)
    session.flush()  # a refusal of the database belongs to this act
