"""A rained-out day is moved: hours, clients, clashes, what stays, one press, and the way back [97, L14, E5]."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import (
    BulkAct,
    Company,
    Event,
    EventState,
    OutboxMessage,
    OutboxState,
    User,
    WorkOrder,
    WorkOrderState,
)
from admin_app.services.move_day import DayMove, DayPlan, move_day, plan_of_day
from admin_app.services.planned_as import MovedMeanwhile, seen_of
from admin_app.services.schedule_work import Plan, schedule_work
from admin_app.services.undo_act import undo
from seeds.work_builders import a_piece_of_equipment
from tests.services.desk import Desk
from tests.services.test_payments_at_once import DESKS, at_once, engine, set_up
from tests.services.weeks import TUESDAY, a_client, a_hand, a_job, a_visit, at, planned
from tests.signing import a_user

__all__ = ["engine"]

THURSDAY = TUESDAY + timedelta(days=2)


@pytest.fixture
def rainy(desk: Desk) -> Desk:
    """A desk whose company can write mails, in London."""
    company = desk.session.scalars(select(Company)).one()
    company.email, company.zone = "office@ashworth.test", "Europe/London"
    desk.session.flush()
    return desk


@pytest.fixture
def cem(rainy: Desk) -> User:
    return a_hand(rainy.session, "Cem Kaya")


def listed(desk: Desk, to: date = THURSDAY, who: User | None = None, day: date = TUESDAY) -> DayPlan:
    return plan_of_day(
        desk.session, day, to, "Europe/London", desk.actor, desk.clock, who.id if who is not None else None
    )


def press(desk: Desk, plan: DayPlan, *, tell: bool = True, key: str | None = None) -> BulkAct:
    """The button below the list, everything ticked."""
    picked = tuple((one.thing.key, one.seen) for one in plan.moving)
    told = tuple(name for name, _ in picked) if tell else ()
    return move_day(desk.session, DayMove(plan.day, plan.to, picked, told), desk.actor, desk.clock, key)


def mails(desk: Desk) -> list[OutboxMessage]:
    return list(desk.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_the_list_says_what_moves_who_is_told_and_why_and_what_stays(rainy: Desk, cem: User):
    session, clock = rainy.session, rainy.clock
    finch, birch = a_client(session), a_client(session, "Birch household", None)
    ash = planned(session, a_job(session, finch), at(TUESDAY, 13), clock, cem)
    hedge = planned(session, a_job(session, birch, "Hedge"), at(TUESDAY, 14), clock, cem)
    begun = planned(session, a_job(session, finch, "Begun"), at(TUESDAY, 8), clock, cem)
    begun.state = WorkOrderState.IN_PROGRESS
    long = planned(session, a_job(session, finch, "Long"), at(TUESDAY - timedelta(days=1), 8), clock, cem, hours=60)
    done = a_visit(session, finch, at(TUESDAY, 7), cem, state=EventState.DONE)
    session.flush()

    plan = listed(rainy)

    told = {one.thing.record: one.told for one in plan.moving if one.told is not None}
    assert list(told) == [ash, hedge]
    assert [one.why for one in told[ash].chosen] == ["Clara Finch is the primary contact"]
    assert told[hedge].nobody_because == "Clara Birch has no email address"
    assert {one.thing.record: one.stays for one in plan.staying} == {
        begun: "The work has begun",
        long: "It began on Mon 16 Mar and takes 3 days; move it by itself",
        done: "It is done",
    }


def test_one_press_moves_everything_at_its_hours_and_tells_each_client_once(rainy: Desk, cem: User):
    session, clock = rainy.session, rainy.clock
    finch = a_client(session)
    work = planned(session, a_job(session, finch), at(TUESDAY, 13), clock, cem, hours=51)
    visit = a_visit(session, finch, at(TUESDAY, 15), cem)

    act = press(rainy, listed(rainy), key="a key")

    assert act.summary == "2 jobs and appointments moved from Tue 17 Mar to Thu 19 Mar"
    assert (work.starts_at, work.ends_at) == (at(THURSDAY, 13), at(THURSDAY + timedelta(days=2), 16))
    assert visit.starts_at == at(THURSDAY, 15)
    assert [one.id for one in work.crew] == [cem.id]
    assert sorted(mail.purpose for mail in mails(rainy)) == ["appointment moved", "start date moved"]
    assert all("March 19" in mail.body for mail in mails(rainy))


def test_a_second_press_with_the_same_key_gives_the_first_act(rainy: Desk, cem: User):
    session = rainy.session
    planned(session, a_job(session, a_client(session)), at(TUESDAY, 13), rainy.clock, cem)
    plan = listed(rainy)

    first, second = (press(rainy, plan, key="one key") for _ in range(2))

    assert first is second
    assert len(mails(rainy)) == 1


def test_one_persons_day_moves_with_those_who_work_along(rainy: Desk, cem: User):
    session, dan = rainy.session, a_hand(rainy.session, "Dan Obi")
    group = a_client(session)
    both = planned(session, a_job(session, group, "Both"), at(TUESDAY, 13), rainy.clock, cem, dan)
    planned(session, a_job(session, group, "Dan alone"), at(TUESDAY, 13), rainy.clock, dan)

    plan = listed(rainy, who=cem)

    assert [one.thing.record for one in plan.moving] == [both]
    assert plan.moving[0].thing.names == ("Cem Kaya", "Dan Obi")


def test_who_and_what_clashes_on_the_new_day_is_named(rainy: Desk, cem: User):
    session, clock = rainy.session, rainy.clock
    chipper, group = a_piece_of_equipment(session), a_client(session)
    planned(session, a_job(session, group), at(TUESDAY, 8), clock, cem, equipment=(chipper.id,))
    planned(session, a_job(session, group, "There"), at(THURSDAY, 11), clock, cem, equipment=(chipper.id,))
    planned(session, a_job(session, group, "Later"), at(THURSDAY, 15), clock, cem)

    (one,) = listed(rainy).moving

    assert [(clash.who, clash.what) for clash in one.clashes] == [("Cem Kaya", "There"), ("Chipper", "There")]


@pytest.mark.parametrize(
    ("day", "to", "was", "becomes"),
    [
        (date(2026, 3, 27), date(2026, 3, 30), 8, 7),
        (date(2026, 10, 23), date(2026, 10, 26), 7, 8),
        (date(2026, 3, 28), date(2026, 3, 29), 8, 7),
    ],
    ids=["into summer time", "out of it", "onto the day of 23 hours"],
)
def test_hours_are_kept_over_the_change_of_the_clocks(rainy: Desk, cem: User, day, to, was, becomes):
    """Eight in the morning stays eight on the wall, another instant."""
    session = rainy.session
    work = planned(session, a_job(session, a_client(session)), at(day, was), rainy.clock, cem)

    press(rainy, listed(rainy, to, day=day))

    assert (work.starts_at, work.ends_at) == (at(to, becomes), at(to, becomes + 4))


def test_what_somebody_else_moved_since_stops_the_whole_press(rainy: Desk, cem: User):
    session, clock = rainy.session, rainy.clock
    group = a_client(session)
    first = planned(session, a_job(session, group, "First"), at(TUESDAY, 13), clock, cem)
    second = planned(session, a_job(session, group, "Second"), at(TUESDAY, 14), clock, cem)
    plan = listed(rainy)
    schedule_work(session, second, Plan(at(TUESDAY, 18), None, (cem.id,)), rainy.actor, clock)
    session.commit()

    with pytest.raises(MovedMeanwhile, match="planned “Second” anew"):
        press(rainy, plan)

    session.rollback()
    assert first.starts_at == at(TUESDAY, 13)
    assert mails(rainy) == []


def test_what_has_begun_since_stops_it_in_words(rainy: Desk, cem: User):
    session = rainy.session
    work = planned(session, a_job(session, a_client(session)), at(TUESDAY, 13), rainy.clock, cem)
    plan = listed(rainy)
    work.state = WorkOrderState.IN_PROGRESS
    session.flush()

    with pytest.raises(Unmet, match="“Fell the ash” stays: the work has begun"):
        press(rainy, plan)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (TUESDAY, "another day"),
        (TUESDAY - timedelta(days=1), "is over; choose today or a later day"),
        (date(2090, 1, 1), "within two years"),
    ],
)
def test_a_day_to_which_nothing_moves_is_refused(rainy: Desk, cem: User, to: date, said: str):
    planned(rainy.session, a_job(rainy.session, a_client(rainy.session)), at(TUESDAY, 13), rainy.clock, cem)

    with pytest.raises(Invalid, match=said):
        press(rainy, listed(rainy, to))


@pytest.mark.parametrize("name", ["work-", "work-x", "invoice-1", "", "event-" + "9" * 30])
def test_a_form_that_was_not_ours_is_refused(rainy: Desk, name: str):
    with pytest.raises(Invalid):
        move_day(rainy.session, DayMove(TUESDAY, THURSDAY, ((name, "|||"),)), rainy.actor, rainy.clock)


def test_a_crew_moves_no_day(rainy: Desk, cem: User):
    with pytest.raises(NotAllowed):
        plan_of_day(rainy.session, TUESDAY, THURSDAY, "UTC", cem.as_actor(), rainy.clock)


# ------------------------------------------------------------------------------------------ the way back


def test_a_moved_day_is_put_back_and_nobody_hears_of_it(rainy: Desk, cem: User):
    session = rainy.session
    group = a_client(session)
    work = planned(session, a_job(session, group), at(TUESDAY, 13), rainy.clock, cem)
    visit = a_visit(session, group, at(TUESDAY, 15), cem)
    act = press(rainy, listed(rainy))
    session.commit()

    undoing = undo(session, act.id, rainy.actor)

    assert undoing.count == 2
    assert (work.starts_at, visit.starts_at) == (at(TUESDAY, 13), at(TUESDAY, 15))
    (day,) = session.scalars(select(Event).where(Event.work_order_id == work.id))
    assert day.starts_at == at(TUESDAY, 13)
    assert [mail.state for mail in mails(rainy)] == [OutboxState.WITHDRAWN] * 2
    with pytest.raises(Unmet, match="undone already"):
        undo(session, act.id, rainy.actor)


def test_whoever_read_the_mail_hears_of_the_old_day_again(rainy: Desk, cem: User):
    session = rainy.session
    planned(session, a_job(session, a_client(session)), at(TUESDAY, 13), rainy.clock, cem)
    act = press(rainy, listed(rainy))
    mails(rainy)[0].state = OutboxState.SENT
    session.commit()

    undo(session, act.id, rainy.actor)

    assert [mail.state for mail in mails(rainy)] == [OutboxState.SENT, OutboxState.WAITING]
    assert "March 17" in mails(rainy)[1].body


def test_what_was_planned_anew_since_is_left_and_listed(rainy: Desk, cem: User):
    session, clock = rainy.session, rainy.clock
    group = a_client(session)
    first = planned(session, a_job(session, group, "First"), at(TUESDAY, 13), clock, cem)
    second = planned(session, a_job(session, group, "Second"), at(TUESDAY, 14), clock, cem)
    act = press(rainy, listed(rainy), tell=False)
    schedule_work(session, second, Plan(at(THURSDAY, 18), None, (cem.id,)), rainy.actor, clock)
    session.commit()

    undoing = undo(session, act.id, rainy.actor)

    assert (undoing.count, first.starts_at, second.starts_at) == (1, at(TUESDAY, 13), at(THURSDAY, 18))
    assert [(kept["name"], kept["why"]) for kept in act.kept or ()] == [("Second", "changed since")]


# ------------------------------------------------------------------------------------------ at once


def test_twenty_presses_at_once_move_the_day_once(engine, ann, clock):
    """Two dispatchers and a double press: one act, one mail a client."""

    def full(desk):
        desk.session.scalars(select(Company)).one().email = "office@ashworth.test"
        cem = a_user(desk.session)
        group = a_client(desk.session)
        works = [a_job(desk.session, group, f"Job {number}") for number in range(3)]
        return tuple(planned(desk.session, work, at(TUESDAY, 13), clock, cem).id for work in works)

    ids = set_up(engine, ann, clock, full)

    def move(session, number):
        picked = tuple((f"work-{one}", seen_of(session.get_one(WorkOrder, one))) for one in ids)
        form = DayMove(TUESDAY, THURSDAY, picked, tuple(name for name, _ in picked))
        return move_day(session, form, ann, clock, "one key").id

    answers = at_once(engine, ann, clock, move)

    done = {answer for answer in answers if isinstance(answer, int)}
    assert len(done) == 1
    assert len(answers) == DESKS
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(OutboxMessage)) == 3
        starts = set(connection.scalars(select(WorkOrder.starts_at)).all())
        assert starts == {at(THURSDAY, 13)}
