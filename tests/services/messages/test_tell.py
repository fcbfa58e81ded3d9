"""Telling a client something once, in the thread of what it is about (design section 8, security.md promise 7)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM, Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import Channel, Direction, Message, MessagePurpose, OutboxState, Thread, ThreadState
from admin_app.services.messages.reach import opt_out
from admin_app.services.messages.resolve import Recipient, everybody
from admin_app.services.messages.tell import tell
from admin_app.services.messages.withdraw import withdraw
from seeds.builders import a_task, an_event

P, MAIL, SMS = MessagePurpose, Channel.MAIL, Channel.SMS


def test_a_told_appointment_waits_in_the_outbox_and_stands_in_its_thread(session, office, ann, clock):
    paula = office.person("Paula", primary=True)
    event = an_event(session, office.group)

    (row,) = tell(session, P.APPOINTMENT, event, ann, clock, key="event-1-planned")

    assert (row.recipient, row.sender, row.channel) == ("paula@client.test", "hello@north.test", "mail")
    assert (row.purpose, row.reason) == ("appointment", "Paula Client is the primary contact")
    assert (row.contact_id, row.group_id) == (paula.id, office.group.id)
    message = session.scalars(select(Message)).one()
    assert (message.direction, message.outbox_id, message.body) == (Direction.OUT, row.id, row.body)
    assert (message.author, message.address) == ("Ann Ashworth", "paula@client.test")
    thread = message.thread
    assert (thread.about, thread.about_id, thread.state, thread.waits) == (
        "event", event.id, ThreadState.DONE, False,
    )  # fmt: skip


def test_the_same_act_is_told_once(session, office, ann, clock):
    office.person("Paula", primary=True)
    event = an_event(session, office.group)

    first = tell(session, P.APPOINTMENT, event, ann, clock, key="event-1")
    office.brand.email = "other@south.test"  # a new domain makes no new act
    again = tell(session, P.APPOINTMENT, event, ann, clock, key="event-1")

    assert [row.id for row in first] == [row.id for row in again]
    assert len(office.outbox()) == len(session.scalars(select(Message)).all()) == 1
    (other,) = tell(session, P.APPOINTMENT, event, ann, clock, key="event-2")
    assert other.id != first[0].id


def test_each_of_several_people_gets_an_own_message(session, office, ann, clock):
    office.person("Paula", primary=True)
    office.person("Rita")
    to = everybody(session, office.group.id, MAIL).chosen

    rows = tell(
        session, P.FREE, office.group, ann, clock, to=to, subject="Hello", body="{{as typed}}", key="k"
    )

    assert {row.recipient for row in rows} == {"paula@client.test", "rita@client.test"}
    assert {row.body for row in rows} == {"{{as typed}}"}
    assert len({row.message_id for row in rows}) == 2
    assert len(session.scalars(select(Thread)).all()) == 1


def test_nobody_who_said_stop_is_written_to_even_when_chosen_by_hand(session, office, ann, clock):
    paula, _ = office.person("Paula", primary=True), office.person("Rita")
    to = everybody(session, office.group.id, MAIL).chosen
    opt_out(session, paula.email, MAIL, "Paula", "Please stop", clock)

    (row,) = tell(session, P.FREE, office.group, ann, clock, to=to, subject="S", body="B", key="k")

    assert row.recipient == "rita@client.test"
    with pytest.raises(Unmet, match="asked on 17 March 2026 for no more mails"):
        tell(session, P.FREE, office.group, ann, clock, to=to[:1], subject="S", body="B", key="k")


def test_where_nobody_can_be_told_it_is_said(session, office, ann, clock):
    office.person("Paula", primary=True, email=None)

    with pytest.raises(Unmet, match="Paula Client has no email address"):
        tell(session, P.TASK, a_task(session, office.group), ann, clock, key="k")
    assert office.outbox() == []


def test_a_text_goes_to_the_number_as_networks_take_it(session, office, ann, clock):
    office.person("Paula", primary=True, mobile="07700 900 123")

    (row,) = tell(session, P.APPOINTMENT, an_event(session, office.group), ann, clock, channel=SMS, key="k")

    assert (row.channel, row.recipient, row.sender, row.subject) == (
        "sms", "+447700900123", "+447700900999", "",
    )  # fmt: skip
    assert row.message_id.endswith("@sms>")


def test_a_text_of_ten_thousand_signs_is_refused(session, office, ann, clock):
    office.person("Paula", primary=True)

    with pytest.raises(Invalid, match=r"would take 66 parts; at most 10 are sent, which is 1,530 signs"):
        tell(session, P.FREE, office.group, ann, clock, channel=SMS, body="x" * 10_000, key="k")


def test_without_a_number_to_send_from_no_text_is_written(session, office, ann, clock):
    office.person("Paula", primary=True)
    office.company.sms_sender = None

    with pytest.raises(Unmet, match="No SMS sender is known"):
        tell(session, P.FREE, office.group, ann, clock, channel=SMS, body="Hello", key="k")


def test_a_number_that_is_none_is_refused(session, office, ann, clock):
    to = [Recipient(None, None, "Somebody", "12", "by hand")]

    with pytest.raises(Invalid, match="“12” is not a phone number"):
        tell(session, P.FREE, office.group, ann, clock, channel=SMS, to=to, body="Hello", key="k")


def test_a_call_request_reaches_the_estimator_and_no_thread_of_the_client(session, office, ann, clock):
    (row,) = tell(session, P.CALL_REQUEST, office.project, ann, clock, key="call-1")

    assert (row.recipient, row.contact_id) == ("pete@ashworth.test", None)
    assert session.scalars(select(Message)).all() == []


def test_a_message_can_be_held_back(session, office, clock):
    office.person("Paula", primary=True)
    morning = clock.now() + timedelta(hours=10)

    (row,) = tell(
        session, P.APPOINTMENT, an_event(session, office.group), SYSTEM, clock, key="k", not_before=morning
    )

    assert row.due_at == morning
    assert session.scalars(select(Message)).one().author == "North Tree Care"


@pytest.mark.parametrize("role", [Role.CREW, Role.SUBCONTRACTOR, Role.ANALYST])
def test_who_may_not_write_to_clients_does_not(session, office, clock, role):
    office.person("Paula", primary=True)

    with pytest.raises(NotAllowed):
        tell(session, P.FREE, office.group, Actor(ActorKind.STAFF, "Cory", 9, role), clock, key="k")


def test_a_withdrawn_message_never_goes_and_a_sent_one_cannot_be_withdrawn(session, office, ann, clock):
    office.person("Paula", primary=True)
    event = an_event(session, office.group)
    (row,) = tell(session, P.APPOINTMENT, event, ann, clock, key="k")
    withdraw(session, row, ann)
    assert (row.state, row.last_error) == (OutboxState.WITHDRAWN, "Withdrawn by Ann Ashworth")

    (sent,) = tell(session, P.APPOINTMENT, event, ann, clock, key="other")
    sent.state = OutboxState.SENT
    session.flush()
    with pytest.raises(Unmet, match="has gone already"):
        withdraw(session, sent, ann)
    sent.state, sent.leased_until = OutboxState.WAITING, clock.now() + timedelta(minutes=1)
    session.flush()
    with pytest.raises(Unmet, match="going out just now"):
        withdraw(session, sent, ann)
