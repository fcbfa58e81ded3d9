"""A client asks to be called: the estimator is told by mail, and by text where the company has a number [47, A53]."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Company, Event, OutboxMessage, Project, Task, User
from admin_app.services.request_call import call_made, request_call
from seeds.builders import a_contact
from seeds.work_builders import a_lead, a_project
from tests.services.desk import Desk
from tests.signing import a_user


@pytest.fixture
def lead(desk: Desk):
    """A lead whose estimator can be reached, and a company that has an address to write from."""
    desk.session.get_one(Company, 1).email = "office@harding.example"
    pete = a_user(desk.session, Role.ESTIMATOR, phone="07700 900123")
    clara = a_contact(desk.session, desk.group, phone="020 7946 0958")
    project = a_project(desk.session, desk.group, estimator_id=pete.id, contact_id=clara.id)
    return a_lead(desk.session, project)


def told(desk: Desk) -> list[OutboxMessage]:
    return list(desk.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_the_estimator_gets_one_mail_with_who_calls_where_and_what_they_said(desk, lead):
    """[A53]"""
    request_call(desk.session, lead, desk.actor, desk.clock, "After five, about the crane")

    (mail,) = told(desk)
    pete = desk.session.get_one(User, desk.session.get_one(Project, lead.project_id).estimator_id)
    assert (mail.recipient, mail.channel) == (pete.email, "mail")
    assert "Clara Client" in mail.subject and "020 7946 0958" in mail.body
    assert "After five, about the crane" in mail.body


def test_a_company_with_a_number_sends_a_text_message_too(desk, lead):
    desk.session.get_one(Company, 1).sms_sender = "+447700900999"
    desk.session.flush()

    request_call(desk.session, lead, desk.actor, desk.clock)

    assert [message.channel for message in told(desk)] == ["mail", "sms"]


def test_without_a_sender_the_call_is_on_the_list_all_the_same(desk, lead):
    desk.session.get_one(Company, 1).email = None
    desk.session.flush()

    request_call(desk.session, lead, desk.actor, desk.clock)

    assert told(desk) == [] and lead.call_requested_at is not None
    assert len(desk.session.scalars(select(Task)).all()) == len(desk.session.scalars(select(Event)).all()) == 1


def test_a_second_request_after_the_call_tells_again(desk, lead):
    request_call(desk.session, lead, desk.actor, desk.clock)
    call_made(desk.session, lead, desk.actor, desk.clock)
    request_call(desk.session, lead, desk.actor, desk.clock)

    assert len(told(desk)) == 2
