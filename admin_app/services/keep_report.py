"""Questions that somebody keeps: named, shared, shown on dashboards, mailed weekly, watched at a threshold [125, 136].

A kept question belongs to whoever kept it, and nobody else changes it; a shared one is read by everybody who may
explore figures.  What the question means is the figures' business: here it is the words of an address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import AuditEntry, Change, SavedReport
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, visible
from admin_app.records import bulk
from admin_app.services.keep_preference import recall, remember
from admin_app.services.restore_record import make_again

LONGEST_TITLE = 120
LONGEST_QUERY = 1000
MOST_REPORTS = 200
"""Reports that one person keeps; more of them nobody finds again."""
DIGEST = "reports digest"
"""The name of a person's choice about the weekly letter: "on", "off", else as their role has it."""
STEP = 10
"""Between the places of two tiles."""

NOBODYS = "A report belongs to a member of staff; sign in to keep one"


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """The condition that a report is this person's own, or shared."""
    return or_(SavedReport.owner_id == actor.id, SavedReport.shared.is_(True))


def readable_reports(actor: Actor) -> Select[Any]:
    """The reports that this person may read, own ones first, in the order of their tiles."""
    own = (SavedReport.owner_id == actor.id).desc()
    order = (own, SavedReport.position, SavedReport.id)
    return visible(actor, select(SavedReport).where(readable_by(actor)).order_by(*order))


def report_at(session: Session, report_id: int, actor: Actor) -> SavedReport:
    """One that this person may read; raises NotFound for any other."""
    demand(actor, Permission.REPORTS)
    query = visible(actor, select(SavedReport).where(SavedReport.id == report_id, readable_by(actor)))
    found: SavedReport | None = session.scalar(query) if abs(report_id) <= LARGEST_ID else None
    if found is None:
        raise NotFound("There is no such report")
    return found


def own_report(session: Session, report_id: int, actor: Actor) -> SavedReport:
    """One that belongs to this person; raises NotFound, and NotAllowed for a shared one of somebody else."""
    found = report_at(session, report_id, actor)
    if found.owner_id != actor.id:
        raise NotAllowed(f"This report belongs to {found.owner.name}; keep a copy of your own to change it")
    return found


def keep_report(session: Session, title: str, query: str, actor: Actor) -> SavedReport:
    """Keep a question under a title; the same question kept again is the one that is kept, under its new title.

    Raises NotAllowed, Invalid for a title or question that is empty or too long, Unmet for too many of them.
    """
    demand(actor, Permission.REPORTS)
    if actor.id is None:
        raise Unmet(NOBODYS)
    title, query = checked_title(title), _checked_query(query)
    mine = select(SavedReport).where(SavedReport.owner_id == actor.id)
    kept = session.scalar(mine.where(SavedReport.query == query).limit(1))
    if kept is not None:
        kept.title = title
    else:
        count = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        if count >= MOST_REPORTS:
            raise Unmet(f"You keep {count} reports already; delete one that nobody looks at any more")
        kept = SavedReport(title=title, query=query, owner_id=actor.id, position=_last_place(session, actor))
        session.add(kept)
    session.flush()  # its page is asked for by its number
    return kept


def rename(session: Session, report: SavedReport, title: str, actor: Actor) -> None:
    """Give a report of one's own another title."""
    _mine(report, actor).title = checked_title(title)
    session.flush()


def share(session: Session, report: SavedReport, shared: bool, actor: Actor) -> None:
    """Let everybody who may explore figures read it, or nobody else."""
    _mine(report, actor).shared = shared
    session.flush()


def put_on_dashboard(session: Session, report: SavedReport, shown: bool, actor: Actor) -> None:
    """Show it as a tile, behind those that are there; or take the tile off."""
    _mine(report, actor)
    if shown and not report.on_dashboard:
        report.position = _last_place(session, actor)
    report.on_dashboard = shown
    session.flush()


def move_tile(session: Session, report: SavedReport, by: int, actor: Actor) -> None:
    """Move the tile so many places back (below zero: forward) among one's own tiles."""
    _mine(report, actor)
    tiles = _tiles(session, actor)
    if report not in tiles:
        raise Unmet("This report is not on your dashboard; put it there first")
    there = tiles.index(report)
    tiles.insert(max(0, min(len(tiles) - 1, there + by)), tiles.pop(there))
    for place, one in enumerate(tiles, start=1):
        one.position = place * STEP
    session.flush()


def mail_weekly(session: Session, report: SavedReport, mailed: bool, actor: Actor) -> None:
    """Send it to its owner each week, or not any more."""
    _mine(report, actor).mailed = mailed
    session.flush()


def alert_at(
    session: Session, report: SavedReport, over: int | None, under: int | None, actor: Actor
) -> None:
    """Tell the owner when the figure is above `over` or below `under` (the unit of the metric); None: never.

    A new threshold is looked at afresh: what was told of the old one does not hold a mail back.
    """
    _mine(report, actor)
    if over is not None and under is not None and under >= over:
        raise Invalid(
            "The lower threshold must lie below the upper one", {"under": "Lower than the upper threshold"}
        )
    if (over, under) != (report.alert_over, report.alert_under):
        report.alert_over, report.alert_under, report.alerted = over, under, False
    session.flush()


def wants_digest(session: Session, actor: Actor) -> bool:
    """Whether this person gets the weekly letter: owners do unless they said no, everybody else who said yes."""
    chosen = recall(session, actor, DIGEST)
    return chosen == "on" if chosen else actor.role is Role.OWNER


def choose_digest(session: Session, on: bool, actor: Actor) -> None:
    """Get the weekly letter, or not any more."""
    demand(actor, Permission.REPORTS)
    remember(session, actor, DIGEST, "on" if on else "off")


def delete_report(session: Session, report: SavedReport, actor: Actor) -> None:
    """Forget a report of one's own; `bring_back` undoes it."""
    bulk.delete_records(session, SavedReport, [_mine(report, actor).id])


def bring_back(session: Session, report_id: int, actor: Actor) -> SavedReport:
    """Make a report again that this person deleted; raises NotFound where they deleted none of this number."""
    demand(actor, Permission.REPORTS)
    gone = select(AuditEntry).where(
        AuditEntry.entity == SavedReport.__name__,
        AuditEntry.entity_id == report_id,
        AuditEntry.change == Change.DELETED,
    )
    entry = (
        session.scalar(gone.order_by(AuditEntry.id.desc()).limit(1)) if abs(report_id) <= LARGEST_ID else None
    )
    owner = ((entry.before or {}).get("owner") or {}).get("id") if entry is not None else None
    if entry is None or actor.id is None or owner != actor.id:
        raise NotFound("There is no such report")
    report = make_again(session, SavedReport, entry)
    assert isinstance(report, SavedReport)
    return report


def checked_title(title: str) -> str:
    """The title as it is kept; raises Invalid for none and for one that is too long."""
    told = " ".join(title.split())
    if not told:
        raise Invalid("A report needs a title", {"title": "Give it a title"})
    if len(told) > LONGEST_TITLE:
        raise Invalid(
            f"This title has {len(told)} characters; at most {LONGEST_TITLE} fit",
            {"title": f"At most {LONGEST_TITLE} characters"},
        )
    return told


def _checked_query(query: str) -> str:
    if not query.strip():
        raise Invalid("A report asks a question: choose a metric first", {"metric": "Choose a metric"})
    if len(query) > LONGEST_QUERY:
        raise Invalid(f"This question is too long to be kept; at most {LONGEST_QUERY} characters fit")
    return query.strip()


def _mine(report: SavedReport, actor: Actor) -> SavedReport:
    demand(actor, Permission.REPORTS)
    if actor.id is None or report.owner_id != actor.id:
        raise NotAllowed("This report belongs to somebody else; keep a copy of your own to change it")
    return report


def _tiles(session: Session, actor: Actor) -> list[SavedReport]:
    mine = select(SavedReport).where(SavedReport.owner_id == actor.id, SavedReport.on_dashboard.is_(True))
    found: Sequence[SavedReport] = session.scalars(mine.order_by(SavedReport.position, SavedReport.id)).all()
    return list(found)


def _last_place(session: Session, actor: Actor) -> int:
    last = select(func.max(SavedReport.position)).where(SavedReport.owner_id == actor.id)
    return (session.scalar(last) or 0) + STEP
