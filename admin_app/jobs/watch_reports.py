"""Kept questions with a threshold are asked each day; the owner hears when it is crossed, and when it is back [125]."""

from __future__ import annotations

import logging

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from admin_app.jobs.shift import Shift
from admin_app.kernel.errors import Invalid, Refusal, Unmet
from admin_app.models import SavedReport, User
from admin_app.models.base import OfficeSession
from admin_app.policy import Permission, holds
from admin_app.records.guard import allow_bulk
from admin_app.services.queue_mail import queue_mail
from reports.engine import Answer, Desk
from reports.engine.periods import kept_query
from reports.engine.threshold import is_beyond, threshold_text

LOG = logging.getLogger("sawhorse.reports")


def watch_reports(shift: Shift) -> None:
    """Look at every watched report, each in a transaction of its own: one that breaks keeps no other from its mail."""
    watched = or_(SavedReport.alert_over.is_not(None), SavedReport.alert_under.is_not(None))
    with OfficeSession(shift.engine) as session:
        ids = session.scalars(select(SavedReport.id).where(watched).order_by(SavedReport.id)).all()
    for report_id in ids:
        try:
            with OfficeSession(shift.engine) as session:  # asked while nothing is locked
                answer = _asked(session, shift, report_id)
            if answer is not None:
                with shift.transaction() as session:
                    _note(session, shift, report_id, answer)
        except Unmet:
            return  # no sender yet: asked again tomorrow
        except Refusal as refusal:
            LOG.info("report %d is not watched: %s", report_id, refusal.sentence)


def _asked(session: Session, shift: Shift, report_id: int) -> Answer | None:
    """The figure with the rights of the owner; None where they may not look, or the report is gone."""
    report = session.get(SavedReport, report_id)
    if report is None or not report.owner.active:
        return None
    owner = report.owner.as_actor()
    if not holds(owner, Permission.REPORTS):
        return None
    return Desk(session, owner, shift.clock).ask(kept_query(report.query, shift.clock.today()))


def _note(session: Session, shift: Shift, report_id: int, answer: Answer) -> None:
    """Tell the owner where the figure has crossed a threshold since the last look, and keep that it was looked at."""
    report = session.scalar(select(SavedReport).where(SavedReport.id == report_id).with_for_update())
    if report is None:
        return  # deleted meanwhile
    beyond = report.alerted
    if answer.value is not None:  # no figure says nothing about a threshold
        beyond = is_beyond(answer.value, answer.metric.unit, report.alert_over, report.alert_under)
    if beyond != report.alerted:
        try:
            _tell(session, shift, report, report.owner, answer, beyond=beyond)
        except Invalid:
            LOG.warning("no mail can go to %s: the address is none", report.owner.name)
    with allow_bulk("when a report was looked at is no change of it"):
        session.execute(
            update(SavedReport)
            .where(SavedReport.id == report_id)
            .values(alerted=beyond, looked_at=shift.clock.now())
        )


def _tell(
    session: Session, shift: Shift, report: SavedReport, owner: User, answer: Answer, *, beyond: bool
) -> None:
    """Queue the mail; its key names the day and the way, so that a look that is done twice tells once."""
    unit, locale = answer.metric.unit, answer.locale
    limits = [
        f"{word} {threshold_text(kept, unit, answer.currency, locale)}"
        for word, kept in (("above", report.alert_over), ("below", report.alert_under))
        if kept is not None
    ]
    asked = " or ".join(limits)
    said = (
        f"{report.title} is beyond its threshold"
        if beyond
        else f"{report.title} is back within its threshold"
    )
    lines = [
        f"{owner.name},",
        "",
        f"{said}: {answer.metric.label} is {answer.text}. You asked to be told when it is {asked}.",
        "",
        answer.metric.sentence,
        f"By {answer.metric.basis.value}, n = {answer.rows:,}.",
    ]
    base = shift.settings.public_url
    if base:
        lines += ["", f"{base}/reports/explore?{report.query}", f"Stop watching it: {base}/reports/saved"]
    way = "beyond" if beyond else "back"
    queue_mail(
        session,
        owner.email,
        f"{said}: {answer.text}",
        "\n".join(lines) + "\n",
        shift.clock,
        key=f"report-{report.id}-{way}-{shift.clock.today().isoformat()}",
        reason="You watch this report at a threshold",
    )
