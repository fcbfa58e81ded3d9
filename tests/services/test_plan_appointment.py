"""A time with a client: planned, moved, called off, done [95, A52, P18]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import EventKind, EventState
from admin_app.services.plan_appointment import (
    call_off_event,
    clashes_at,
    event_done,
    move_event,
    plan_appointment,
)
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
