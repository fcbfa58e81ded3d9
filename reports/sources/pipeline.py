"""Leads and the estimates that were sent: where each stood on a day, and when its wait ended [44-60, L12].

A row is an entry (the day the lead asked, the day the estimate was first sent); `state` is where it stood at the end
of the as-of day and `waited` the days until it was won or lost, or until then.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from admin_app.models import Estimate, EstimateState, Lead, LeadSource, LeadState, Project
from reports.sources.base import Part, Source, part
from reports.sources.billing import brand_of
from reports.sources.contracts import called, chain_of
from reports.sources.local_day import before_end_of, days_between, local_day

WAITING, POSTPONED, ESTIMATED, SENT, OPEN, WON, LOST = (
    "waiting",
    "postponed",
    "estimated",
    "sent",
    "open",
    "won",
    "lost",
)
"""Where a lead or an estimate stands."""
EXPIRED = "Expired without an answer"
"""The reason of an estimate that nobody answered."""


def lost_on(estimate: Any, as_of: date) -> ColumnElement[Any]:
    """The day on which a revision was declined or ran out, if that was by the as-of day."""
    declined = and_(estimate.declined_reason.is_not(None), before_end_of(estimate.answered_at, as_of))
    expired = and_(estimate.state == EstimateState.EXPIRED.value, before_end_of(estimate.state_since, as_of))
    return case((declined, local_day(estimate.answered_at)), (expired, local_day(estimate.state_since)))


def _of_project(what: Any, estimate: Any, *conditions: Any) -> ColumnElement[Any]:
    """One fact about the estimates of a lead's project."""
    query: Select[Any] = select(what).where(estimate.project_id == Lead.project_id, *conditions)
    return query.correlate(Lead).scalar_subquery()


def _won_on(as_of: date) -> ColumnElement[Any]:
    """The day of the first acceptance since the lead asked.

    Where the only acceptance lies before that day and no offer is open, the dates contradict each other: that day is
    given all the same, so that whoever measures waits sees it and leaves it out.
    """
    one, other = aliased(Estimate), aliased(Estimate)
    since = _of_project(
        func.min(one.confirmed_on), one, one.confirmed_on <= as_of, one.confirmed_on >= Lead.asked_on
    )
    unanswered = (
        select(other.id)
        .where(other.project_id == Lead.project_id, other.confirmed_on.is_(None))
        .correlate(Lead)
        .exists()
    )
    before = _of_project(func.max(one.confirmed_on), one, one.confirmed_on <= as_of)
    answered = and_(Lead.state == LeadState.ESTIMATED, ~unanswered)
    return func.coalesce(since, case((answered, before)))


def _pending(as_of: date, *, sent: bool) -> ColumnElement[bool]:
    """Whether an offer to the lead's project was open on the day: drafted, or sent and not answered."""
    one = aliased(Estimate)
    entered = before_end_of(one.sent_at if sent else one.created_at, as_of)
    open_then = (
        select(one.id)
        .where(
            one.project_id == Lead.project_id,
            entered,
            or_(one.state != EstimateState.SUPERSEDED, ~before_end_of(one.state_since, as_of)),
            or_(one.confirmed_on.is_(None), one.confirmed_on > as_of),
            lost_on(one, as_of).is_(None),
        )
        .correlate(Lead)
    )
    return and_(Lead.state == LeadState.ESTIMATED, open_then.exists())


def _lead_lost_on(as_of: date) -> ColumnElement[Any]:
    """The day on which a lead was declined, or the last of its offers was."""
    one = aliased(Estimate)
    declined = and_(Lead.state == LeadState.DECLINED, before_end_of(Lead.state_since, as_of))
    last = _of_project(func.max(lost_on(one, as_of)), one, lost_on(one, as_of) >= Lead.asked_on)
    turned_down = and_(Lead.state == LeadState.ESTIMATED, ~_pending(as_of, sent=False))
    return case((declined, local_day(Lead.state_since)), (turned_down, last))


def _lead(as_of: date) -> Part:
    won, lost = _won_on(as_of), _lead_lost_on(as_of)
    one, said = aliased(Estimate), aliased(Estimate)
    winner = (
        select(one.won_by_id)
        .where(one.project_id == Lead.project_id, one.confirmed_on == won)
        .order_by(one.id)
        .limit(1)
        .correlate(Lead)
        .scalar_subquery()
    )
    why = (
        select(said.declined_reason)
        .where(said.project_id == Lead.project_id, said.declined_reason.is_not(None))
        .order_by(said.id.desc())
        .limit(1)
        .correlate(Lead)
        .scalar_subquery()
    )
    put_off = and_(Lead.state == LeadState.POSTPONED, before_end_of(Lead.state_since, as_of))
    return part(
        Lead.__table__.join(Project.__table__, Project.id == Lead.project_id).outerjoin(
            LeadSource.__table__, LeadSource.id == Lead.source_id
        ),
        "lead",
        Lead.id,
        where=(Lead.asked_on <= as_of,),
        day=Lead.asked_on,
        group_id=Lead.group_id,
        amount=1,
        title=Lead.title,
        brand_id=brand_of(Project.brand_id, Lead.group_id),
        project_id=Lead.project_id,
        address_id=Project.address_id,
        lead_id=Lead.id,
        user_id=case((won.is_not(None), winner), else_=Project.estimator_id),
        source=LeadSource.name,
        state=case(
            (won.is_not(None), literal(WON)),
            (lost.is_not(None), literal(LOST)),
            (_pending(as_of, sent=True), literal(SENT)),
            (_pending(as_of, sent=False), literal(ESTIMATED)),
            (put_off, literal(POSTPONED)),
            else_=literal(WAITING),
        ),
        reason=case(
            (and_(won.is_(None), lost.is_not(None)), func.coalesce(Lead.declined_reason, why, EXPIRED))
        ),
        waited=days_between(Lead.asked_on, func.coalesce(won, lost, literal(as_of))),
    )


def _offers(as_of: date) -> Subquery:
    """Each estimate that went to the client by the day: first and last sending, and the day of its acceptance."""
    was_sent = before_end_of(Estimate.sent_at, as_of)
    return (
        select(
            chain_of(Estimate).label("first_id"),
            func.min(Estimate.sent_at).label("sent_at"),
            func.max(case((was_sent, Estimate.revision))).label("last_sent"),
            func.min(case((Estimate.confirmed_on <= as_of, Estimate.confirmed_on))).label("won_on"),
        )
        .where(Estimate.change_of_id.is_(None))
        .group_by(chain_of(Estimate))
        .having(func.max(case((was_sent, Estimate.revision))).is_not(None))
        .subquery()
    )


def _sent(as_of: date, *, closed: bool | None = None, won_only: bool = False) -> Part:
    """One row an estimate that was sent; `closed` narrows to those with an answer, which count on its day."""
    offers, last, revision = _offers(as_of), aliased(Estimate), aliased(Estimate)
    newest = (
        select(
            last.id,
            chain_of(last).label("first_id"),
            last.revision,
            last.group_id,
            last.project_id,
            called(last).label("title"),
            last.declined_reason,
            lost_on(last, as_of).label("lost_on"),
        )
        .where(last.sent_at.is_not(None))
        .subquery()
    )
    winner = (
        select(revision.won_by_id)
        .where(
            chain_of(revision) == offers.c.first_id,
            revision.project_id == newest.c.project_id,
            revision.confirmed_on == offers.c.won_on,
        )
        .order_by(revision.revision)
        .limit(1)
        .correlate(offers, newest)
        .scalar_subquery()
    )
    won = offers.c.won_on.is_not(None)
    ended = func.coalesce(offers.c.won_on, newest.c.lost_on)
    narrowed = (ended.is_not(None),) if closed else ()
    joined = offers.join(
        newest, and_(newest.c.first_id == offers.c.first_id, newest.c.revision == offers.c.last_sent)
    ).join(Project.__table__, Project.id == newest.c.project_id)
    return part(
        joined,
        "estimate",
        newest.c.id,
        where=(*narrowed, won) if won_only else narrowed,
        day=ended if closed else local_day(offers.c.sent_at),
        group_id=newest.c.group_id,
        amount=1,
        title=newest.c.title,
        brand_id=brand_of(Project.brand_id, newest.c.group_id),
        project_id=newest.c.project_id,
        address_id=Project.address_id,
        estimate_id=offers.c.first_id,
        user_id=case((won, winner), else_=Project.estimator_id),
        state=case((won, literal(WON)), (newest.c.lost_on.is_not(None), literal(LOST)), else_=literal(OPEN)),
        reason=case(
            (and_(~won, newest.c.lost_on.is_not(None)), func.coalesce(newest.c.declined_reason, EXPIRED))
        ),
        waited=days_between(local_day(offers.c.sent_at), func.coalesce(ended, literal(as_of))),
    )


_OF_PROJECT = frozenset({"brand_id", "project_id", "address_id", "user_id", "state", "reason", "waited"})

LEADS = Source(
    "leads",
    "Leads, counted on the day they asked; won with the first acceptance since, lost when they or the last of their "
    "offers were declined or ran out.",
    (Lead, Estimate),
    lambda as_of: (_lead(as_of),),
    _OF_PROJECT | {"lead_id", "source"},
    in_money=False,
)
ESTIMATES_SENT = Source(
    "estimates_sent",
    "Estimates that went to the client, one each through all revisions, on the day of the first sending; change orders "
    "are left out.",
    (Estimate,),
    lambda as_of: (_sent(as_of),),
    _OF_PROJECT | {"estimate_id"},
    in_money=False,
)
CLOSED = Source(
    "estimates_closed",
    "Estimates that were sent and then accepted, declined or ran out, on that day.",
    (Estimate,),
    lambda as_of: (_sent(as_of, closed=True),),
    _OF_PROJECT | {"estimate_id"},
    in_money=False,
)
WON_AFTER_SENDING = Source(
    "estimates_won_after_sending",
    "Estimates that were sent and then accepted, on that day.",
    (Estimate,),
    lambda as_of: (_sent(as_of, closed=True, won_only=True),),
    _OF_PROJECT | {"estimate_id"},
    in_money=False,
)
