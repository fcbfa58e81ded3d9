"""A time with a client: planned, moved, called off, done [95, A52, P18]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import Company, EventKind, EventState, Message, MessagePurpose, OutboxMessage
from admin_app.services.plan_appointment import (
    call_off_event,
    clashes_at,
    event_done,
    move_event,
    plan_appointment,
)
from admin_app.services.who_was_told import said_of
from seeds.builders import a_contact, a_group, an_address, an_event
from seeds.work_builders import a_project, a_work_order, an_estimate
from tests.services.desk import Desk
from tests.signing import a_user

NINE = datetime(2026, 3, 19, 9, tzinfo=UTC)
TEN = datetime(2026, 3, 19, 10, tzinfo=UTC)


@pytest.fixture
def pete(desk: Desk):
    return a_user(desk.session, Role.ESTIMATOR)


def plan(desk: Desk, **but):
    facts: dict[str, Any] = {
        "kind": EventKind.VISIT,
        "title": "Look at the oak",
        "starts_at": NINE,
        "ends_at": TEN,
        "assignee_id": None,
        "address_id": None,
        "project_id": None,
        "contact_id": None,
        "notes": None,
        "tell": False,
    }
    return plan_appointment(desk.session, desk.group, **facts | but, actor=desk.actor, clock=desk.clock)


def move(desk: Desk, event, starts_at=NINE + timedelta(days=1), ends_at=TEN + timedelta(days=1), who=None):
    return move_event(desk.session, event, starts_at, ends_at, who, False, desk.actor, desk.clock)


def off(desk: Desk, event, reason="She is ill"):
    return call_off_event(desk.session, event, reason, False, desk.actor, desk.clock)


def test_an_appointment_has_its_place_its_project_and_whom_to_meet(desk, pete):
    """[A52] everything that belongs to the customer may be named."""
    site = an_address(desk.session, desk.group)
    project = a_project(desk.session, desk.group)
    clara = a_contact(desk.session, desk.group)

    event = plan(
        desk,
        assignee_id=pete.id,
        address_id=site.id,
        project_id=project.id,
        contact_id=clara.id,
        notes=" Ring twice \n",
    )

    assert (event.group_id, event.address_id, event.project_id) == (desk.group.id, site.id, project.id)
    assert (event.contact_id, event.assignee_id, event.state) == (clara.id, pete.id, EventState.PLANNED)
    assert (event.starts_at, event.ends_at, event.notes) == (NINE, TEN, "Ring twice")


@pytest.mark.parametrize("kind", ["address", "project", "contact"])
def test_what_belongs_to_another_customer_is_refused(desk, kind):
    other = a_group(desk.session, name="Otto Other")
    foreign = {
        "address": lambda: an_address(desk.session, other).id,
        "project": lambda: a_project(desk.session, other).id,
        "contact": lambda: a_contact(desk.session, other, first_name="Otto").id,
    }

    with pytest.raises(Invalid) as refused:
        plan(desk, **{f"{kind}_id": foreign[kind]()})

    assert kind in refused.value.fields


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"title": "  "}, "title"),
        ({"starts_at": None}, "starts_at"),
        ({"ends_at": NINE - timedelta(minutes=1)}, "ends_at"),
        ({"ends_at": NINE + timedelta(days=32)}, "ends_at"),
        ({"assignee_id": 10**30}, "assignee"),
        ({"contact_id": 999}, "contact"),
    ],
)
def test_nonsense_is_refused_at_its_field(desk, but, field):
    with pytest.raises(Invalid) as refused:
        plan(desk, **but)

    assert field in refused.value.fields


def test_whoever_left_is_given_nothing_new_but_keeps_what_they_have(desk, pete):
    event = plan(desk, assignee_id=pete.id)
    pete.active = False
    desk.session.flush()

    with pytest.raises(Invalid):
        plan(desk, assignee_id=pete.id)

    assert move(desk, event, who=pete.id).assignee_id == pete.id


def test_a_clash_is_told_and_never_refused(desk, pete):
    """[61] two small visits in a morning are daily bread."""
    plan(desk, assignee_id=pete.id, title="Sign the contract")

    event = plan(desk, assignee_id=pete.id, starts_at=NINE + timedelta(minutes=30), ends_at=TEN)

    assert [(clash.who, clash.what) for clash in clashes_at(desk.session, event)] == [
        (pete.name, "Sign the contract")
    ]
    assert clashes_at(desk.session, move(desk, event, who=pete.id)) == []


def test_a_moved_appointment_has_the_new_time_and_person(desk, pete):
    event = plan(desk)

    move(desk, event, who=pete.id)

    assert (event.starts_at, event.ends_at) == (NINE + timedelta(days=1), TEN + timedelta(days=1))
    assert event.assignee_id == pete.id


def test_what_was_called_off_keeps_its_reason_and_does_not_move(desk):
    event = plan(desk, notes="Ring twice")

    off(desk, event)

    assert event.state is EventState.CANCELLED
    assert event.notes == "Ring twice\nCalled off: She is ill"
    with pytest.raises(Unmet, match="called off already"):
        move(desk, event)
    with pytest.raises(Unmet, match="called off already"):
        off(desk, event)


def test_what_took_place_is_done_and_cannot_be_called_off(desk):
    event = event_done(desk.session, plan(desk), desk.actor)

    assert event.state is EventState.DONE
    with pytest.raises(Unmet, match="done already"):
        off(desk, event)


def test_a_day_of_a_workorder_is_planned_there(desk):
    work = a_work_order(desk.session, an_estimate(desk.session, a_project(desk.session, desk.group)))
    event = an_event(desk.session, desk.group, work_order_id=work.id)

    for act in (move, off, lambda desk, event: event_done(desk.session, event, desk.actor)):
        with pytest.raises(Unmet, match="belongs to a workorder"):
            act(desk, event)


def test_the_crew_plans_nothing(desk):
    worker = a_user(desk.session, Role.CREW)
    desk.actor = worker.as_actor()

    with pytest.raises(NotAllowed):
        plan(desk)


# ------------------------------------------------------------------------------------------ who is told


@pytest.fixture
def clara(desk: Desk):
    """The primary contact, who can be reached, of a company that has an address to write from."""
    desk.session.get_one(Company, 1).email = "office@harding.example"
    return a_contact(desk.session, desk.group, primary=True, email="clara@client.example")


def mails(desk: Desk) -> list[OutboxMessage]:
    return list(desk.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_each_act_tells_the_client_once_in_its_own_words(desk, clara):
    """[E5, L14]"""
    event = plan(desk, tell=True)
    move_event(desk.session, event, NINE, TEN + timedelta(hours=1), None, True, desk.actor, desk.clock)
    move_event(desk.session, event, NINE, TEN + timedelta(hours=1), None, True, desk.actor, desk.clock)
    call_off_event(desk.session, event, "She is ill", True, desk.actor, desk.clock)

    assert [mail.purpose for mail in mails(desk)] == ["appointment", "appointment moved", "appointment off"]
    assert {mail.recipient for mail in mails(desk)} == {"clara@client.example"}
    assert "March 19" in mails(desk)[0].subject and "She is ill" not in mails(desk)[2].body
    assert len(desk.session.scalars(select(Message)).all()) == 3
    states = [mail.state.value for mail in mails(desk)]
    assert states == ["withdrawn", "withdrawn", "waiting"], "only the last word goes out"


def test_a_move_that_nobody_is_told_of_takes_back_the_old_time(desk, clara):
    event = plan(desk, tell=True)
    move_event(desk.session, event, TEN, TEN + timedelta(hours=1), None, False, desk.actor, desk.clock)

    assert [mail.state.value for mail in mails(desk)] == ["withdrawn"]


def test_whoever_is_named_is_told_and_the_page_says_who(desk, clara):
    """[L14]"""
    otto = a_contact(desk.session, desk.group, first_name="Otto", email="otto@client.example")

    event = plan(desk, tell=True, contact_id=otto.id)

    assert [mail.recipient for mail in mails(desk)] == ["otto@client.example"]
    said = said_of(desk.session, event, MessagePurpose.APPOINTMENT, desk.clock)
    assert said == "Otto Client is told by mail."


def test_an_appointment_stands_where_nobody_can_be_told_and_the_reason_is_said(desk):
    a_contact(desk.session, desk.group, primary=True)

    event = plan(desk, tell=True)

    assert event.state is EventState.PLANNED and mails(desk) == []
    said = said_of(desk.session, event, MessagePurpose.APPOINTMENT, desk.clock)
    assert said == "Nobody was told: Clara Client has no email address."
    assert desk.session.scalars(select(Message)).all() == []


def test_without_an_address_to_write_from_it_is_said_too(desk, clara):
    desk.session.get_one(Company, 1).email = None
    desk.session.flush()

    event = plan(desk, tell=True)

    said = said_of(desk.session, event, MessagePurpose.APPOINTMENT, desk.clock)
    assert said.startswith("Nobody was told: No sender is known")


def test_nobody_is_told_of_what_is_past_or_when_nobody_asked(desk, clara):
    yesterday = desk.clock.now() - timedelta(days=1)

    past = plan(desk, tell=True, starts_at=yesterday, ends_at=None)
    plan(desk, tell=False)

    assert mails(desk) == []
    assert "over already" in said_of(desk.session, past, MessagePurpose.APPOINTMENT, desk.clock)
