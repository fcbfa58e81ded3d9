"""What a client says to an appointment, and how long it holds [95, W12]."""

from datetime import timedelta
from typing import Any

import pytest

from admin_app.kernel.actor import Actor, ClientScope
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import ClientAnswer, Contact, CustomerGroup, Event, EventState, PortalModule
from admin_app.policy import as_client
from admin_app.services.plan_appointment import move_event
from admin_app.services.portal.answer_appointment import ask_to_move, confirm
from seeds.builders import a_company, a_contact, a_group, an_event


@pytest.fixture
def people(session) -> tuple[CustomerGroup, Contact]:
    a_company(session, portal_enabled_default=True)
    group = a_group(session)
    return group, a_contact(session, group, primary=True)


@pytest.fixture
def event(session, clock, people) -> Event:
    group, contact = people
    return an_event(session, group, starts_at=clock.now() + timedelta(days=2), contact_id=contact.id)


def seen_by(people, **but) -> Actor:
    group, contact = people
    facts: dict[str, Any] = {"modules": frozenset(PortalModule), "sees_account": True} | but
    return as_client(contact.name, ClientScope(group.id, contact.id, **facts))


def test_a_confirmation_stands_until_the_office_moves_the_appointment(session, clock, ann, people, event):
    confirm(session, event, seen_by(people), clock)
    said: ClientAnswer | None = event.client_answer
    assert said is ClientAnswer.CONFIRMED

    later = event.starts_at + timedelta(hours=3)
    move_event(session, event, later, None, None, False, ann, clock)

    assert event.client_answer is None
    assert event.client_answered_at is None


def test_another_person_who_comes_takes_no_answer_back(session, clock, ann, people, event):
    confirm(session, event, seen_by(people), clock)

    move_event(session, event, event.starts_at, event.starts_at + timedelta(hours=1), None, False, ann, clock)

    assert event.client_answer is ClientAnswer.CONFIRMED


def test_without_the_messages_a_wish_to_move_still_reaches_the_office(session, clock, people, event):
    quiet = seen_by(people, modules=frozenset({PortalModule.APPOINTMENTS}))

    message = ask_to_move(session, event, "Rather on Monday", quiet, clock, "k")

    assert message.thread.waits
    assert event.client_answer is ClientAnswer.MOVE


def test_a_preview_answers_nothing(session, clock, people, event):
    with pytest.raises(NotFound):
        confirm(session, event, seen_by(people, preview=True), clock)


def test_with_appointments_switched_off_nothing_is_answered(session, clock, people, event):
    with pytest.raises(NotFound):
        confirm(session, event, seen_by(people, modules=frozenset()), clock)


def test_what_was_called_off_is_not_confirmed(session, clock, people, event):
    event.state = EventState.CANCELLED
    session.flush()

    with pytest.raises(Unmet, match="called off"):
        confirm(session, event, seen_by(people), clock)


def test_another_time_is_asked_for_in_words(session, clock, people, event):
    with pytest.raises(Invalid, match="which days"):
        ask_to_move(session, event, "\n", seen_by(people), clock, "k")
