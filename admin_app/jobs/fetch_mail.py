"""The mailbox for answers is looked at every minute; a mail counts as read only after it was kept [100].

A worker that dies between the two reads the mail again, and finds that it is known.
"""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from admin_app.gateways.imap import Mailbox, OpenMailbox
from admin_app.jobs.shift import Shift
from admin_app.services.inbound.keep_files import keep_files
from admin_app.services.inbound.read_mail import LARGEST_MAIL, ReadMail, head_only, read_mail
from admin_app.services.inbound.take_in_mail import known_before, take_in_mail
from admin_app.storage.folder import FolderStorage

LOG = logging.getLogger("sawhorse.worker")

MOST_AT_ONCE = 200
"""Mails of one look; the rest follows a minute later."""


def fetch_mail(shift: Shift) -> None:
    """Take in what nobody has read yet; raises Unmet when the mail server does not answer as it should."""
    if not shift.settings.imap_url:
        return
    with Mailbox.at(shift.settings.imap_url).opened() as mailbox:
        for uid in mailbox.unread()[:MOST_AT_ONCE]:
            _fetch(shift, mailbox, uid)


def _fetch(shift: Shift, mailbox: OpenMailbox, uid: str) -> None:
    """One mail; trouble with it is said, and neither marks it as read nor keeps the others waiting."""
    mail = _read(mailbox, uid)
    if mail is None:
        return
    try:
        _take(shift, mail)
    except SQLAlchemyError:
        raise  # the database is away: all of them wait
    except Exception:
        LOG.exception("mail %s was not taken in", mail.origin)
        return
    mailbox.mark_read(uid)


def _read(mailbox: OpenMailbox, uid: str) -> ReadMail | None:
    """The mail, or only its head where it is too large; None for one that went away meanwhile."""
    size = mailbox.size(uid)
    if size > LARGEST_MAIL:
        head = mailbox.head(uid)
        return (
            head_only(head, f"This mail is too large to be read ({size // 1_000_000} MB)") if head else None
        )
    raw = mailbox.whole(uid)
    return read_mail(raw) if raw else None


def _take(shift: Shift, mail: ReadMail) -> None:
    with shift.transaction() as session:
        if known_before(session, mail) is not None:
            return
    mail, kept = keep_files(FolderStorage(shift.settings.files), mail)
    with shift.transaction() as session:
        taken = take_in_mail(session, mail, kept, shift.settings.secret_key, shift.clock)
    LOG.info("mail %s: %s%s", mail.origin, taken.fate.value, f", {taken.why}" if taken.why else "")
