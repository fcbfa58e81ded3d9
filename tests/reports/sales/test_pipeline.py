"""Leads and estimates by where they stand, and how likely they are won: by hand, with losses competing [133, L12]."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from admin_app.kernel.clock import FixedClock
from admin_app.models import EstimateState, LeadState
from reports.engine import Desk, Query
from seeds.builders import a_user
from seeds.work_builders import a_lead, a_lead_source, a_project, an_estimate
from tests.services.desk import a_desk

ASKED = date(2026, 1, 5)


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def later(days):
    return ASKED + timedelta(days)


@pytest.fixture
def office(session, ann, clock):
    return a_desk(session, ann, clock)


@pytest.fixture
def desk(session, ann, clock):
    return Desk(session, ann, clock)


def offered(office, *, won=None, lost=None, sent=0, expired=None, asked=True, **but):
    """A lead of the fifth of January whose offer went out and was answered so many days after it."""
    project = a_project(office.session, office.group, **but)
    state, more = EstimateState.SENT, {}
    if won is not None:
        state, more = EstimateState.CONFIRMED, {"confirmed_on": later(won), "won_by_id": project.estimator_id}
    if lost is not None:
        more = {"answered_at": noon(later(lost)), "declined_reason": "Too dear"}
        state = EstimateState.DECLINED
    if expired is not None:
        state, more = EstimateState.EXPIRED, {"state_since": noon(later(expired))}
    facts = {"state": state, "sent_at": noon(later(sent)), "created_at": noon(ASKED)} | more
    estimate = an_estimate(office.session, project, **facts)
    if asked:
        a_lead(office.session, project, state=LeadState.ESTIMATED, asked_on=ASKED)
    return estimate


def states(desk, name, **but):
    answer = desk.ask(Query(name, by=("state",), **but))
    return {mark.keys[0]: mark.value for mark in answer.marks}


def test_leads_are_counted_where_they_stood_on_the_day(office, desk):
    """[45, 50, 51]"""
    offered(office, won=20, sent=3)
    offered(office, lost=30, sent=3)
    offered(office, expired=40, sent=3)
    project = a_project(office.session, office.group)
    a_lead(office.session, project, asked_on=ASKED)
    away = a_lead(
        office.session, project, asked_on=ASKED, state=LeadState.DECLINED, state_since=noon(later(2))
    )
    away.declined_reason = "Too far away"
    a_lead(
        office.session,
        project,
        asked_on=ASKED,
        state=LeadState.POSTPONED,
        state_since=noon(later(1)),
        postponed_until=date(2027, 1, 1),
    )
    office.session.flush()

    assert states(desk, "conversion", as_of=ASKED) == {"waiting": 3, "estimated": 3}
    assert states(desk, "conversion", as_of=later(3)) == {"waiting": 1, "postponed": 1, "sent": 3, "lost": 1}
    assert states(desk, "conversion", as_of=later(25)) == {
        "waiting": 1,
        "postponed": 1,
        "sent": 2,
        "won": 1,
        "lost": 1,
    }
    assert states(desk, "conversion") == {"waiting": 1, "postponed": 1, "won": 1, "lost": 3}
    reasons = desk.ask(Query("leads", by=("reason",), where=(("state", "lost"),)))
    assert {mark.keys[0]: mark.value for mark in reasons.marks} == {
        "Too far away": 1,
        "Too dear": 1,
        "Expired without an answer": 1,
    }
    assert desk.ask(Query("leads", as_of=later(-1))).value == 0


def test_a_new_question_in_an_old_project_is_not_won_by_the_old_acceptance(office, desk):
    estimate = offered(office, won=3)
    a_lead(office.session, estimate.project, asked_on=later(10))

    assert states(desk, "conversion") == {"won": 1, "waiting": 1}


def test_leads_are_split_by_how_customers_heard_of_us(office, desk):
    source = a_lead_source(office.session, "Web")
    project = a_project(office.session, office.group)
    a_lead(office.session, project, asked_on=ASKED, source_id=source.id)
    a_lead(office.session, project, asked_on=ASKED)

    answer = desk.ask(Query("leads", by=("source",)))

    assert {mark.labels[0]: mark.value for mark in answer.marks} == {"Web": 1, "Not known": 1}


def test_the_win_rate_lets_losses_compete_and_open_ones_wait(office, desk):
    """Four estimates: won after 10 days, lost after 20, open for 71 days, won after 100 (not within 90).

    Aalen-Johansen: 1/4 at day 10; nothing at 20; at day 71 one of two leaves unanswered; 1/4 + 1/2 at 100.  Within
    90 days 0.25; won of closed says 2 of 3; one minus Kaplan-Meier with the loss censored would also say 0.25 here
    but 1 - 3/4 · 0 = 1 in the end.
    """
    early = ASKED - timedelta(days=120)
    for sent, won, lost in ((0, 10, None), (0, None, 20), (0, None, None)):
        offered(office, sent=sent, won=won, lost=lost)
    slow = offered(office, sent=-120, won=-20)
    assert slow.sent_at == noon(early)

    rate = desk.ask(Query("win_rate"))

    assert rate.value == Decimal("0.25")
    assert rate.rows == 4
    assert "n = 4, 1 still open" in rate.note
    assert "95 % interval" in rate.note
    assert desk.ask(Query("won_of_closed")).value == Decimal(2) / 3
    assert states(desk, "estimates_sent") == {"won": 2, "lost": 1, "open": 1}


def test_a_loss_takes_the_chance_of_a_win_away(office, desk):
    """Two lost on day 5, then one of the two left won on day 10: half of a half, not half (L12)."""
    offered(office, lost=5)
    offered(office, lost=5)
    offered(office, won=10)
    offered(office)

    assert desk.ask(Query("win_rate")).value == Decimal("0.25")
    assert desk.ask(Query("lead_conversion")).value == Decimal("0.25")


def test_the_rate_is_of_the_cohort_that_was_sent_then_and_as_it_was_known_then(office, desk):
    offered(office, won=10)
    offered(office, lost=5)
    offered(office, sent=40, won=45)

    by_month = desk.ask(Query("win_rate", by=("month",)))
    assert {mark.keys[0]: mark.value for mark in by_month.marks} == {
        "2026-01": Decimal("0.5"),
        "2026-02": Decimal(1),
    }
    past = desk.ask(Query("win_rate", as_of=later(7)))
    assert past.value == 0
    assert past.rows == 2
    assert desk.ask(Query("win_rate", start=later(30))).value == 1


def test_an_estimator_owns_the_wins_of_their_time_with_an_interval(office, desk):
    pete, bea = a_user(office.session, "pete"), a_user(office.session, "bea")
    for won in (5, 6, 7):
        taken_over = offered(office, won=won, estimator_id=pete.id)
    offered(office, lost=4, estimator_id=pete.id)
    offered(office, lost=4, estimator_id=bea.id)
    taken_over.project.estimator_id = bea.id
    office.session.flush()

    answer = desk.ask(Query("win_rate", by=("estimator",)))
    marks = {mark.labels[0]: mark for mark in answer.marks}

    assert marks["Pete Novák"].value == Decimal("0.75")
    assert marks["Bea Okafor"].value == 0
    assert marks["Pete Novák"].low < marks["Pete Novák"].value < marks["Pete Novák"].high


def test_a_revision_is_the_same_estimate_and_what_was_not_sent_is_none(office, desk):
    first = offered(office, lost=4, asked=False)
    an_estimate(
        office.session,
        first.project,
        base_id=first.id,
        revision=2,
        state=EstimateState.CONFIRMED,
        sent_at=noon(later(8)),
        confirmed_on=later(9),
    )
    first.state = EstimateState.SUPERSEDED
    passed_over = offered(office, won=2, asked=False)
    passed_over.sent_at = None
    office.session.flush()

    assert states(desk, "estimates_sent") == {"won": 1}
    assert states(desk, "estimates_sent", as_of=later(5)) == {"lost": 1}
    assert desk.ask(Query("won")).value == 2


def test_half_have_left_a_state_after_the_median_and_running_stays_count(office, desk):
    """Stays of 2, 4 and 9 days in "sent" and one that runs since 3 days: Kaplan-Meier's median is 4 days."""
    for days in (2, 4, 9):
        _stay(office, days)
    _stay(office, None, began=date(2026, 3, 14))

    answer = desk.ask(Query("time_in_state", by=("state",)))
    sent = answer.mark("estimate sent")

    assert (sent.value, sent.rows) == (4, 4)
    assert answer.mark("estimate confirmed") is None
    assert "1 still there" in desk.ask(Query("time_in_state", where=(("state", "estimate sent"),))).note


def test_a_median_that_is_not_reached_is_told_so(office, desk):
    _stay(office, None, began=date(2026, 3, 14))

    answer = desk.ask(Query("time_in_state", where=(("state", "estimate sent"),)))

    assert answer.value is None
    assert answer.note.startswith("Not reached")


def _stay(office, days, began=ASKED):
    """An estimate that was sent and left that state so many days later, in the books of its history."""
    session = office.session
    session.info["clock"] = FixedClock(noon(began))
    estimate = an_estimate(
        session,
        a_project(session, office.group),
        state=EstimateState.SENT,
        sent_at=noon(began),
        created_at=noon(began),
    )
    if days is not None:
        session.info["clock"] = FixedClock(noon(began + timedelta(days)))
        estimate.state = EstimateState.CONFIRMED
        session.flush()
    session.info["clock"] = office.clock
