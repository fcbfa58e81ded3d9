"""The weekly letter goes out: one person a transaction, once a week, through the outbox with its pictures [125]."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.jobs.digest_letter import Letter, Week, letter_of
from admin_app.jobs.shift import Shift
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Company, SavedReport, User
from admin_app.models.base import OfficeSession
from admin_app.policy import Permission, holds
from admin_app.services.keep_report import wants_digest
from admin_app.services.queue_mail import queue_mail
from admin_app.services.queue_message import told
from admin_app.storage.folder import FolderStorage
from reports.engine import Desk

LOG = logging.getLogger("sawhorse.reports")
LARGEST_PICTURE = 2_000_000


def mail_digests(shift: Shift) -> None:
    """Queue the letter of last week for everybody who gets one and has none yet."""
    week = Week.before(shift.clock.today())
    with OfficeSession(shift.engine) as session:
        people = _readers(session)
    for user_id, report_ids in people.items():
        try:
            _send(shift, user_id, report_ids, week)
        except Unmet as refusal:
            LOG.info("no weekly letter: %s", refusal.sentence)
            return  # nobody is known to send it; the next Monday asks again
        except Invalid:
            LOG.warning("no weekly letter can go to person %d: the address is none", user_id)


def _readers(session: Session) -> dict[int, list[int]]:
    """Who gets a letter: those who want the figures, and those who have reports mailed, with these reports."""
    mailed: dict[int, list[int]] = defaultdict(list)
    marked = select(SavedReport.owner_id, SavedReport.id).where(SavedReport.mailed.is_(True))
    for owner_id, report_id in session.execute(marked.order_by(SavedReport.position, SavedReport.id)):
        mailed[owner_id].append(report_id)
    staff = session.scalars(select(User).where(User.active.is_(True)).order_by(User.id)).all()
    return {
        user.id: mailed.get(user.id, [])
        for user in staff
        if holds(user.as_actor(), Permission.REPORTS)
        and (user.id in mailed or wants_digest(session, user.as_actor()))
    }


def _send(shift: Shift, user_id: int, report_ids: Sequence[int], week: Week) -> None:
    """Write the letter while nothing is locked, then queue it."""
    key = f"digest-{user_id}-{week.first.isoformat()}"
    with OfficeSession(shift.engine) as session:
        if told(session, [key]):
            return
        user = session.get_one(User, user_id)
        address, letter = user.email, _written(session, shift, user, report_ids, week)
    papers = _stored(FolderStorage(shift.settings.files), letter)
    with shift.transaction() as session:
        queue_mail(
            session,
            address,
            letter.subject,
            letter.body,
            shift.clock,
            key=key,
            papers=papers,
            reason="You get the weekly letter of figures, or have a report mailed",
        )


def _written(session: Session, shift: Shift, user: User, report_ids: Sequence[int], week: Week) -> Letter:
    reports = [one for one in (session.get(SavedReport, number) for number in report_ids) if one is not None]
    return letter_of(
        Desk(session, user.as_actor(), shift.clock),
        user.name,
        week,
        reports,
        headlines=wants_digest(session, user.as_actor()),
        zone=session.scalar(select(Company.zone)) or "UTC",
        base=shift.settings.public_url,
    )


def _stored(storage: FolderStorage, letter: Letter) -> list[dict[str, str]]:
    """The pictures, kept until the mail is long gone (the sweep takes them then)."""
    return [
        {
            "name": name,
            "store_key": storage.store(BytesIO(content), limit=LARGEST_PICTURE).key,
            "kind": "image/png",
        }
        for name, content in letter.pictures
    ]
