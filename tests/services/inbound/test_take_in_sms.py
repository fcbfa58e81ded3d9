"""Text messages land in their thread; STOP and START are obeyed, proven and confirmed once [99, 102]."""

import pytest
from sqlalchemy import func, select

from admin_app.models import Channel, Direction, Message, OutboxMessage, ReachEntry, ReachKind, ThreadState
from admin_app.services.inbound.take_in_mail import Fate
from admin_app.services.inbound.take_in_sms import take_in_sms
from admin_app.services.messages import reach
from seeds.builders import a_brand, a_company, a_contact, a_group
from seeds.work_builders import a_message, a_thread

NUMBER = "+447700900123"


@pytest.fixture
def clara(session):
    """Clara, whose number was typed as people type it; the company writes from its own."""
    a_company(session, sms_sender="+447700900000")
    a_brand(session, name="Harding Trees", is_default=True)
    return a_contact(session, a_group(session), mobile="07700 900123", primary=True)


def take(session, clock, body="Yes, Tuesday", sid="SM1", sender=NUMBER, **but):
    return take_in_sms(session, sender, body, sid, clock, **but)


def queued(session):
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_a_known_number_is_its_contacts_however_it_was_typed(session, clara, clock):
    message = take(session, clock).message

    assert (message.contact_id, message.author, message.channel) == (clara.id, "Clara Client", Channel.SMS)
    assert (message.thread.waits, message.group_id) == (True, clara.memberships[0].group_id)


def test_it_goes_on_in_the_newest_open_thread(session, clara, clock):
    thread = a_thread(session, clara.memberships[0].group)
    a_message(
        session, thread, direction=Direction.OUT, channel=Channel.SMS, contact_id=clara.id, address=NUMBER
    )

    assert take(session, clock).message.thread is thread


def test_the_same_message_enters_once(session, clara, clock):
    first, again = take(session, clock), take(session, clock)

    assert (again.fate, again.message) == (Fate.KNOWN, first.message)
    assert session.scalar(select(func.count(Message.id))) == 1


def test_an_unknown_number_is_a_request(session, clara, clock):
    message = take(session, clock, sender="+447700900999").message

    assert (message.group_id, message.author, message.thread.waits) == (None, "+447700900999", True)


def test_ten_thousand_signs_are_kept_whole(session, clara, clock):
    body = "🌳" * 9_999 + "."

    assert take(session, clock, body).message.body == body


@pytest.mark.parametrize("sender", ["AMAZON", "60777", "", "\x00", "x" * 500])
def test_what_is_no_number_is_kept_all_the_same(session, clara, clock, sender):
    assert take(session, clock, sender=sender).message.thread.group_id is None


def test_pictures_are_told_of_and_not_fetched(session, clara, clock):
    message = take(session, clock, "Look", pictures=2).message

    assert message.body == "Look\n\n[2 pictures or files came along; look for it at the SMS provider.]"


@pytest.mark.parametrize(
    "word", ["STOP", " stop! ", "StopAll", "STOP ALL", "Unsubscribe", "ARRÊT", "arret", "Stopp."]
)
def test_stop_is_kept_as_proof_and_confirmed_once(session, clara, clock, word):
    take(session, clock, word)
    take(session, clock, word)
    take(session, clock, word, sid="SM2")

    (entry,) = session.scalars(select(ReachEntry))
    assert (entry.kind, entry.channel, entry.said) == (ReachKind.OPT_OUT, Channel.SMS, word.strip())
    assert (entry.contact_id, entry.by, entry.at) == (clara.id, "Clara Client", clock.now())
    (row,) = queued(session)
    assert (row.recipient, row.channel) == (NUMBER, "sms")
    assert (
        row.body
        == "You will get no more text messages from Harding Trees. Answer START if you want them again."
    )
    assert not reach.standing(session, [NUMBER], Channel.SMS)[NUMBER].reached


@pytest.mark.parametrize(
    "body", ["Stop by on Friday", "please don't stop", "arrêt de bus", "stopped", "start on Monday"]
)
def test_a_sentence_with_the_word_in_it_is_for_a_person(session, clara, clock, body):
    message = take(session, clock, body).message

    assert message.thread.waits
    assert not session.scalars(select(ReachEntry)).all()
    assert not queued(session)


def test_stop_asks_nobody_for_an_answer_but_leaves_waiting_what_waited(session, clara, clock):
    quiet = take(session, clock, "STOP").message.thread
    assert (quiet.state, quiet.waits) == (ThreadState.DONE, False)
    assert [message.direction for message in quiet.messages] == [Direction.IN, Direction.OUT]

    busy = take(session, clock, "Where are you?", sid="SM2").message.thread
    take(session, clock, "START", sid="SM3")

    assert (busy.state, busy.waits) == (ThreadState.OPEN, True)


@pytest.mark.parametrize("word", ["START", "Unstop"])
def test_start_takes_it_back_and_is_confirmed(session, clara, clock, word):
    take(session, clock, "STOP")
    take(session, clock, word, sid="SM2")

    assert reach.standing(session, [NUMBER], Channel.SMS)[NUMBER].reached
    assert queued(session)[-1].body == (
        "You will get text messages from Harding Trees again. Answer STOP to end them."
    )


def test_start_without_a_stop_is_not_answered(session, clara, clock):
    take(session, clock, "START")

    assert not queued(session)
    assert not session.scalars(select(ReachEntry)).all()


def test_a_stranger_may_stop_too(session, clara, clock):
    take(session, clock, "STOP", sender="+447700900999")

    assert len(queued(session)) == 1
    assert not reach.standing(session, ["+447700900999"], Channel.SMS)["+447700900999"].reached


def test_without_a_number_of_ours_the_wish_holds_unconfirmed(session, clock):
    a_company(session)

    take(session, clock, "STOP")

    assert not queued(session)
    assert not reach.standing(session, [NUMBER], Channel.SMS)[NUMBER].reached
