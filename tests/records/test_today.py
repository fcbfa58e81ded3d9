"""What needs a person today: every line counts what its list shows, at one price however much there is [68]."""

from datetime import UTC, date, datetime, timedelta

import pytest

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    ChangeState,
    EstimateState,
    EventKind,
    EventState,
    InvoiceState,
    LeadState,
    OutboxMessage,
    OutboxState,
    Priority,
    TaskState,
    ThreadState,
    WorkOrderState,
)
from admin_app.records.today import (
    TodayFilter,
    lines_of,
    read_day,
    read_figures,
    read_rows,
)
from admin_app.records.today_lines import LINES
from admin_app.records.today_rows import Moment
from seeds.builders import a_brand, a_company, a_contact, a_group, a_task, a_user, an_event
from seeds.portal_builders import a_contact_change
from seeds.work_builders import a_lead, a_project, a_thread, a_work_order, an_estimate
from tests.records.lists import statements
from tests.services.desk import Desk

TODAY = date(2026, 3, 17)
NOW = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=12)


@pytest.fixture
def desk(session, ann, clock):
    a_company(session)
    north = a_brand(session, is_default=True)
    return Desk(session, ann, clock, a_group(session, name="Finch household", brand_id=north.id))


@pytest.fixture
def moment(clock):
    return Moment.of(clock, "Europe/London")


def figures(desk, moment, wanted=None, actor=None):
    read = read_figures(desk.session, actor or desk.actor, moment, wanted)
    return {figure.line.key: figure for figure in read}


def counts(desk, moment, wanted=None, actor=None):
    """The lines that are not empty."""
    found = figures(desk, moment, wanted, actor)
    return {key: figure.count for key, figure in found.items() if figure.count}


def a_full_day(desk):
    """One row of every kind, and beside each one that is not meant."""
    session, group = desk.session, desk.group
    pete = a_user(session, "pete")
    project = a_project(session, group, estimator_id=pete.id)
    _ask(session, group, project)
    _offer(session, group, pete)
    _plan(session, group, project, pete)
    _work(session, group, pete)
    _bill(desk)
    for state in OutboxState:
        session.add(_a_mail(state, group))
    session.flush()
    return pete


def _ask(session, group, project):
    a_thread(session, group, waits=True, last_at=LONG_AGO)
    a_thread(session, group, waits=False)
    a_thread(session, group, waits=True, state=ThreadState.DONE)
    a_lead(session, project, priority=Priority.URGENT)
    a_lead(session, a_project(session, group), state=LeadState.FOR_APPROVAL)
    a_lead(session, a_project(session, group), state=LeadState.DECLINED)
    contact = a_contact(session, group)
    a_contact_change(session, contact, group)
    a_contact_change(session, contact, group, state=ChangeState.WITHDRAWN)


def _offer(session, group, pete):
    mine, other = a_project(session, group, estimator_id=pete.id), a_project(session, group)
    an_estimate(session, mine, state=EstimateState.SENT, sent_at=LONG_AGO, total=10_000)
    an_estimate(session, other, state=EstimateState.SENT, sent_at=LONG_AGO, total=5_050)
    an_estimate(session, other, state=EstimateState.SENT, sent_at=LONG_AGO, total=700, currency="GBP")
    an_estimate(session, other, state=EstimateState.SENT, sent_at=NOW - timedelta(days=6), total=9)
    an_estimate(session, other, state=EstimateState.CHANGES_REQUESTED, total=300)
    a_lead(session, other)  # answered by an estimate already


def _plan(session, group, project, pete):
    here = {"assignee_id": pete.id, "project_id": project.id}
    an_event(session, group, title="Call Clara back", kind=EventKind.CALL, starts_at=LONG_AGO, **here)
    a_task(session, group, title="Call Clara back", due_on=TODAY, **here)
    a_task(session, group, title="Order chains", due_on=TODAY - timedelta(days=1))
    a_task(session, group, title="Order oil", due_on=TODAY + timedelta(days=1))
    a_task(session, group, title="Done", due_on=TODAY, state=TaskState.DONE)
    an_event(session, group, kind=EventKind.VISIT, starts_at=datetime(2026, 3, 17, 0, 0, tzinfo=UTC), **here)
    an_event(session, group, kind=EventKind.VISIT, starts_at=datetime(2026, 3, 18, 0, 0, tzinfo=UTC))
    off = {"kind": EventKind.VISIT, "state": EventState.CANCELLED, "starts_at": NOW}
    an_event(session, group, **off)


def _work(session, group, pete):
    day = timedelta(days=1)
    spans = [
        (WorkOrderState.SCHEDULED, NOW - day, NOW + day),
        (WorkOrderState.IN_PROGRESS, NOW, None),
        (WorkOrderState.SCHEDULED, NOW + day, None),
        (WorkOrderState.SCHEDULED, NOW - 2 * day, NOW - day),
        (WorkOrderState.IN_PROGRESS, NOW - 3 * day, None),
        (WorkOrderState.NEW, None, None),
        (WorkOrderState.FINISHED, NOW, NOW),
        (WorkOrderState.COMPLETED, NOW, NOW),
    ]
    for state, starts_at, ends_at in spans:
        estimate = an_estimate(
            session,
            a_project(session, group),
            state=EstimateState.CONFIRMED,
            confirmed_on=TODAY,
            total=20_000,
        )
        work = a_work_order(session, estimate, state=state, starts_at=starts_at, ends_at=ends_at)
        if state is WorkOrderState.IN_PROGRESS and starts_at == NOW:
            work.crew.append(pete)


def _bill(desk):
    desk.draft("80.00", total=9_600, deducted=600)
    desk.draft()  # nothing on it
    late = desk.invoice("120.00", issued_on=date(2026, 1, 2))
    late.due_on = TODAY - timedelta(days=30)
    soon = desk.invoice("50.00")
    soon.due_on = TODAY
    desk.pay("33.00")


def _a_mail(state, group):
    return OutboxMessage(
        message_id=f"{state}@x", sender="us@x.test", recipient="you@x.test", subject="Hello", body="Hello",
        state=state, due_at=NOW, group_id=group.id,
    )  # fmt: skip


def test_every_line_counts_its_rows_and_what_they_come_to(desk, moment):
    a_full_day(desk)

    found = figures(desk, moment)

    assert {key: (figure.count, figure.sums) for key, figure in found.items()} == {
        "messages": (1, {}),
        "requests": (2, {}),
        "details": (1, {}),
        "calls": (1, {}),
        "changes": (1, {"EUR": 300}),
        "silent": (3, {"EUR": 15_050, "GBP": 700}),
        "appointments": (1, {}),
        "jobs": (2, {}),
        "late-jobs": (2, {}),
        "unplanned": (1, {"EUR": 20_000}),
        "tasks": (1, {}),
        "finished": (2, {"EUR": 40_000}),
        "to-invoice": (1, {"EUR": 9_000}),
        "overdue": (1, {"EUR": 12_000}),
        "unallocated": (1, {"EUR": 3_300}),
        "bank": (0, {}),
        "outbox": (1, {}),
    }
    assert found["messages"].since == found["silent"].since == LONG_AGO
    assert (found["overdue"].since, found["requests"].since) == (date(2026, 2, 15), date(2026, 3, 2))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.key)
@pytest.mark.parametrize("mine", [False, True], ids=["everybody's", "mine"])
def test_the_rows_behind_a_line_are_those_that_it_counts(desk, moment, line, mine):
    pete = a_full_day(desk)
    wanted = TodayFilter(mine=pete.id if mine else None)

    (figure,) = read_figures(desk.session, desk.actor, moment, wanted, [line])
    rows = read_rows(desk.session, desk.actor, line, moment, wanted).rows

    assert len(rows) == figure.count
    sums: dict[str, int] = {}
    for row in rows:
        if row.currency:
            sums[row.currency] = sums.get(row.currency, 0) + (row.amount or 0)
    assert sums == figure.sums
    assert min((row.since for row in rows), default=None) == figure.since


def test_mine_is_what_i_look_after_and_what_is_the_companys_stays(desk, moment):
    pete = a_full_day(desk)

    assert counts(desk, moment, TodayFilter(mine=pete.id)) == {
        "requests": 1,
        "details": 1,
        "calls": 1,
        "silent": 1,
        "appointments": 1,
        "jobs": 1,
        "outbox": 1,
    }


def test_a_brand_is_the_projects_own_or_its_customers(desk, moment):
    session = desk.session
    south = a_brand(session, name="South", key="south")
    a_lead(session, a_project(session, desk.group))
    a_lead(session, a_project(session, desk.group, brand_id=south.id))
    a_lead(session, a_project(session, a_group(session, name="Otto", brand_id=south.id)))
    desk.draft("10.00", brand_id=south.id)
    desk.draft("10.00")

    found = counts(desk, moment, TodayFilter(brand_id=south.id))

    assert found == {"requests": 2, "to-invoice": 1}


def test_what_a_role_may_not_see_is_no_line_of_theirs(session):
    def keys(role):
        return {line.key for line in lines_of(Actor(ActorKind.STAFF, "Somebody", id=9, role=role))}

    assert keys(Role.OWNER) == keys(Role.OFFICE) == {line.key for line in LINES}
    assert keys(Role.ESTIMATOR) == keys(Role.ANALYST) == keys(Role.OWNER) - {"bank", "outbox"}
    assert keys(Role.CREW) == {"calls", "appointments", "jobs", "late-jobs", "tasks"}


def test_a_crew_counts_its_own_calls_and_jobs_only(desk, moment):
    a_full_day(desk)
    cem = a_user(desk.session, "cem")
    actor = Actor(ActorKind.STAFF, cem.name, id=cem.id, role=Role.CREW)

    assert counts(desk, moment, actor=actor) == {}


def test_a_day_in_summer_begins_by_the_clock_on_the_wall(desk):
    """In July the day of London begins at eleven in the evening, UTC [M35]."""
    moment = Moment.of(FixedClock(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "Europe/London"), "Europe/London")
    early, late = datetime(2026, 7, 1, 22, 59, tzinfo=UTC), datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
    assert (moment.begins, moment.ends) == (late, late + timedelta(days=1))
    for starts_at in (early, late):
        an_event(desk.session, desk.group, kind=EventKind.VISIT, starts_at=starts_at)

    assert counts(desk, moment) == {"appointments": 1}


def test_the_page_costs_the_same_statements_however_much_there_is(desk, moment):
    def cost():
        with statements(desk.session) as sent:
            read_figures(desk.session, desk.actor, moment)
            read_day(desk.session, desk.actor, moment)
        return len(sent)

    before = cost()
    for _ in range(3):
        _plan(desk.session, desk.group, a_project(desk.session, desk.group), a_user_once(desk))
        _work(desk.session, desk.group, a_user_once(desk))
    desk.session.expire_all()

    assert (before, cost()) == (3, 4)  # the crews are read where there are jobs


def a_user_once(desk):
    from sqlalchemy import select

    from admin_app.models import User

    return desk.session.scalar(select(User)) or a_user(desk.session, "pete")


def test_rows_are_read_page_by_page_without_a_gap(desk, moment):
    line = next(line for line in LINES if line.key == "to-invoice")
    ids = [desk.draft("10.00", state=InvoiceState.DRAFT).id for _ in range(5)]
    seen, after = [], ""

    for _ in range(3):
        page = read_rows(desk.session, desk.actor, line, moment, after=after, most=2)
        seen += [row.id for row in page.rows]
        after = page.after

    assert (seen, after) == (ids, "")


@pytest.mark.parametrize("after", ["", "x", "_", "2026-03-17_x", "nonsense_7", "2026-03-17T09:30:00+00:00_0"])
def test_a_damaged_place_begins_at_the_beginning(desk, moment, after):
    line = next(line for line in LINES if line.key == "overdue")
    desk.invoice("120.00", issued_on=date(2026, 1, 2)).due_on = date(2026, 2, 1)
    desk.session.flush()

    assert len(read_rows(desk.session, desk.actor, line, moment, after=after).rows) == 1


def test_work_without_a_contract_is_counted_and_comes_to_nothing(desk, moment):
    a_work_order(desk.session, an_estimate(desk.session, a_project(desk.session, desk.group)))

    found = figures(desk, moment)["unplanned"]

    assert (found.count, found.sums) == (1, {"EUR": 0})


def test_the_day_holds_appointments_and_jobs_with_their_crews(desk, moment):
    pete = a_full_day(desk)

    day = read_day(desk.session, desk.actor, moment)

    assert [event.assignee.name for event in day.events if event.assignee] == [pete.name]
    assert [[one.name for one in job.crew] for job in day.jobs] == [[], [pete.name]]
