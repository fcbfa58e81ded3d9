"""A task remembers when it was done, and reminds whoever has it once [94, 96, A92]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from admin_app.jobs.remind_of_tasks import remind_those_who_have_tasks
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import OutboxMessage, Task, TaskState
from admin_app.models.engine import open_engine
from admin_app.services.remind_of_tasks import AT_A_TIME, remind_of_tasks
from admin_app.services.save_record import create, update
from seeds.builders import a_company, a_group, a_task
from tests.services.desk import Desk
from tests.signing import a_user

NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)


@pytest.fixture
def pete(desk: Desk):
    return a_user(desk.session, Role.ESTIMATOR)


@pytest.fixture
def reachable(desk: Desk):
    """The company has an address of its own to send from."""
    from admin_app.models import Company

    desk.session.get_one(Company, 1).email = "office@ashworth.example"
    desk.session.flush()


def later(moment=NOON):
    return FixedClock(moment)


def mails(desk: Desk) -> list[OutboxMessage]:
    return list(desk.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_done_is_written_down_and_taken_back(desk):
    """[A92] whichever door sets the status."""
    task = create(desk.session, Task, {"title": "Ring"}, desk.actor)

    update(desk.session, Task, task.id, {"state": "done"}, desk.actor)
    assert task.done_at == desk.clock.now()

    update(desk.session, Task, task.id, {"state": "open"}, desk.actor)
    assert task.done_at is None


def test_whoever_has_the_task_gets_one_mail_when_the_moment_comes(desk, pete, reachable):
    """[96] and none before, and none again."""
    task = a_task(desk.session, desk.group, assignee_id=pete.id, remind_at=NOON, description="After five")

    assert remind_of_tasks(desk.session, desk.clock) == 0
    assert remind_of_tasks(desk.session, later(), desk_url="https://desk.example") == 1
    assert remind_of_tasks(desk.session, later(NOON + timedelta(hours=1))) == 0

    (mail,) = mails(desk)
    assert (mail.recipient, mail.subject) == (pete.email, f"Reminder: {task.title}")
    assert "After five" in mail.body and desk.group.name in mail.body
    assert f"https://desk.example/admin/customers/{desk.group.id}/tasks/{task.id}\n" in mail.body
    assert task.reminded_at == NOON


def test_a_new_moment_reminds_again(desk, pete, reachable):
    task = a_task(desk.session, desk.group, assignee_id=pete.id, remind_at=NOON)
    remind_of_tasks(desk.session, later())
    tomorrow = NOON + timedelta(days=1)

    update(desk.session, Task, task.id, {"remind_at": tomorrow}, desk.actor)
    remind_of_tasks(desk.session, later(tomorrow))

    assert len(mails(desk)) == 2


@pytest.mark.parametrize("but", [{"state": TaskState.DONE}, {"state": TaskState.DROPPED}, {"assignee_id": None}])
def test_what_is_over_or_in_nobodys_hands_reminds_nobody(desk, pete, reachable, but):
    a_task(desk.session, desk.group, **{"assignee_id": pete.id, "remind_at": NOON} | but)

    remind_of_tasks(desk.session, later())

    assert mails(desk) == []
    assert remind_of_tasks(desk.session, later()) == 0


def test_without_a_sender_the_reminder_waits(desk, pete):
    task = a_task(desk.session, desk.group, assignee_id=pete.id, remind_at=NOON)

    assert remind_of_tasks(desk.session, later()) == 0

    assert task.reminded_at is None and mails(desk) == []


def test_a_task_with_a_moment_that_is_over_comes_back_without_a_second_mail(desk, pete, reachable):
    """Undoing a deletion must not remind of last week."""
    past = desk.clock.now() - timedelta(days=7)

    create(desk.session, Task, {"title": "Old", "assignee": pete.id, "remind_at": past}, desk.actor)

    assert remind_of_tasks(desk.session, later()) == 0


def test_the_job_reminds_of_more_tasks_than_one_transaction_takes(settings, rows):
    with rows() as session:
        a_company(session, email="office@ashworth.example")
        who = a_user(session, Role.OFFICE)
        group = a_group(session)
        for number in range(AT_A_TIME + 1):
            a_task(session, group, title=f"Task {number}", assignee_id=who.id, remind_at=NOON)
    engine = open_engine(settings.database_url)

    remind_those_who_have_tasks(Shift(settings, engine, later()))

    with rows() as session:
        assert len(session.scalars(select(OutboxMessage.id)).all()) == AT_A_TIME + 1
    engine.dispose()


def test_the_worker_looks_every_minute():
    handler = HANDLERS["remind of tasks"]

    assert handler.next_due is not None
    from zoneinfo import ZoneInfo

    assert handler.next_due(NOON, ZoneInfo("UTC")) == NOON + timedelta(minutes=1)
