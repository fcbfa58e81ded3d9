"""Taking out what nothing names any more: stored files without a row, links and sessions that ran out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import String, cast, delete, or_, select
from sqlalchemy.orm import Session

from admin_app.jobs.shift import Shift
from admin_app.kernel.errors import NotFound
from admin_app.models import (
    Attachment,
    Brand,
    Job,
    JournalExport,
    NotebookRun,
    OneTimeLink,
    OutboxMessage,
    OutboxState,
    PortalLook,
    Signature,
    SignInAttempt,
    SigningCode,
    StaffSession,
)
from admin_app.services.portal.sessions import forget_dead
from admin_app.storage.folder import FolderStorage

WAIT = timedelta(days=1)
"""A file may be older than its row: it is stored before the row is committed, and a backup may be reading it."""

REMEMBERED = timedelta(days=30)
"""How long failed tries and finished jobs are kept for whoever asks what happened."""


def sweep_files(shift: Shift) -> None:
    """Remove stored files that no row has named for a day: rolled-back uploads and deleted records."""
    storage = FolderStorage(shift.settings.files)
    old_enough = shift.clock.now() - WAIT
    with shift.transaction() as session:
        named = {
            key
            for column in (
                Attachment.store_key,
                Attachment.preview_key,
                Brand.logo_key,
                JournalExport.store_key,
                NotebookRun.result_key,
                PortalLook.logo_key,
                Signature.drawing_key,
            )
            for key in session.scalars(select(column).where(column.is_not(None)))
        } | _papers_of_mails(session, shift)
    for key in list(storage.stored_keys()):
        try:
            if key not in named and storage.stored_at(key) < old_enough:
                storage.remove(key)
        except NotFound:
            continue  # another worker was faster


def _papers_of_mails(session: Session, shift: Shift) -> set[str]:
    """The papers of mails that wait, and of those that went in the last days."""
    kept = select(OutboxMessage.papers).where(
        cast(OutboxMessage.papers, String).like("%store_key%"),
        or_(
            OutboxMessage.state != OutboxState.SENT,
            OutboxMessage.sent_at > shift.clock.now() - REMEMBERED,
        ),
    )
    return {
        str(paper["store_key"])
        for papers in session.scalars(kept)
        for paper in papers
        if "store_key" in paper
    }


def forget_what_ran_out(shift: Shift) -> None:
    """Delete sessions and links, of staff and clients, that can never work again, and old traces of tries and jobs."""
    now = shift.clock.now()
    with shift.transaction() as session:
        session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
        forget_dead(session, shift.clock)
        session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < now - REMEMBERED))
        session.execute(delete(SigningCode).where(SigningCode.expires_at < now - REMEMBERED))
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - REMEMBERED))
        # A job that recurs is due again after it was done, so it is never among these.
        session.execute(delete(Job).where(Job.done_at < now - REMEMBERED, Job.due_at <= Job.done_at))
