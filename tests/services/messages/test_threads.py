"""What comes back is kept once, in the thread where it belongs, and answered to whoever wrote [100, 102]."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Attachment, Channel, Message, Thread, ThreadState
from admin_app.services.messages import reach
from admin_app.services.messages.reply_address import looks_signed, signed, thread_named
from admin_app.services.messages.threads import (
    answer,
    assign,
    claim_for_customer,
    close,
    receive,
    reopen,
    thread_of,
)
from seeds.builders import a_group, a_user
from seeds.work_builders import a_thread, an_estimate

MAIL, SMS = Channel.MAIL, Channel.SMS


def a_mail(session, clock, thread=None, address="paula@client.test", origin="<1@client.test>", **but):
    facts = {"author": "Paula", "subject": "Re: the ash", "body": "Yes, go on."} | but
    files = facts.pop("files", ())
    return receive(
        session, thread, MAIL, address, facts["author"], facts["subject"], facts["body"], origin, clock, files
    )


def test_all_revisions_of_an_estimate_are_one_thread(session, office):
    first = an_estimate(session, office.project, number="E-1")
    second = an_estimate(session, office.project, number="E-1", revision=2, base_id=first.id)

    assert thread_of(session, first).id == thread_of(session, second).id
    assert thread_of(session, first).subject == "Estimate E-1: Fell the ash"


def test_what_came_in_opens_the_thread_and_enters_once(session, office, clock):
    paula = office.person("Paula", primary=True)
    thread = thread_of(session, office.project)
    assert (thread.state, thread.waits) == (ThreadState.DONE, False)

    message = a_mail(session, clock, thread, address="PAULA@client.test")
    again = a_mail(session, clock, thread, body="the same once more")

    assert message.id == again.id
    assert (message.contact_id, message.group_id) == (paula.id, office.group.id)
    assert (thread.state, thread.waits) == (ThreadState.OPEN, True)


def test_the_same_id_from_the_other_channel_is_another_message(session, office, clock):
    first = a_mail(session, clock, origin="17")
    second = receive(session, None, SMS, "+447700900123", "", "", "Hello", "17", clock)

    assert first.id != second.id


def test_a_known_sender_finds_the_customer_and_an_unknown_one_stays_a_question(session, office, clock):
    office.person("Paula", primary=True)

    assert a_mail(session, clock).thread.group_id == office.group.id
    stranger = a_mail(session, clock, address="who@else.test", origin="<2@x>", subject="").thread
    assert (stranger.group_id, stranger.subject, stranger.waits) == (None, "(without a subject)", True)


def test_a_number_is_known_however_it_was_typed(session, office, clock):
    paula = office.person("Paula", primary=True, mobile="07700 900123")

    message = receive(session, None, SMS, "+447700900123", "", "", "On my way", "SM1", clock)

    assert (message.contact_id, message.author) == (paula.id, "Paula Client")


def test_signs_that_no_database_keeps_are_left_out_and_nothing_is_lost(session, office, clock):
    message = a_mail(
        session, clock, subject="A\x00B\r\nBcc: x" * 50, body="one\x00\r\ntwo\ud800", author="P\x07" * 300
    )
    session.flush()

    assert message.body == "one\ntwo"
    assert "\n" not in message.subject
    assert len(message.subject) == 300


def test_an_answer_goes_to_whoever_wrote_last(session, office, ann, clock):
    office.person("Paula", primary=True)
    rita = office.person("Rita")
    thread = thread_of(session, office.project)
    a_mail(session, clock, thread, address="rita@client.test")

    row = answer(session, thread, ann, clock, MAIL, "We come on Monday.", "form-1")
    again = answer(session, thread, ann, clock, MAIL, "We come on Monday.", "form-1")

    assert row.id == again.id
    assert (row.recipient, row.subject, row.contact_id) == ("rita@client.test", "Re: the ash", rita.id)
    assert row.reason == "Rita Client wrote last"
    assert thread.waits is False
    assert answer(session, thread, ann, clock, SMS, "By text too.", "form-2").recipient == "+447700900101"


def test_an_answer_to_a_stranger_goes_back_where_it_came_from(session, office, ann, clock):
    thread = a_mail(session, clock, address="who@else.test").thread

    assert answer(session, thread, ann, clock, MAIL, "Hello", "f").recipient == "who@else.test"
    with pytest.raises(Unmet, match="No address is known to which an answer by text message could go"):
        answer(session, thread, ann, clock, SMS, "Hello", "f")
    with pytest.raises(Invalid, match="needs words"):
        answer(session, thread, ann, clock, MAIL, " ", "g")


def test_nobody_who_said_stop_is_answered_by_that_channel(session, office, ann, clock):
    office.person("Paula", primary=True, mobile="07700 900123")
    message = receive(session, None, SMS, "+447700900123", "", "", "STOP", "SM1", clock)
    reach.opt_out(session, "+447700900123", SMS, "Paula Client", "STOP", clock)

    with pytest.raises(Unmet, match="no more text messages"):
        answer(session, message.thread, ann, clock, SMS, "Sorry", "f")


def test_a_question_out_of_the_blue_becomes_a_customers(session, office, clock):
    file = Attachment(name="a.png", content_type="image/png", size=1, sha256="0" * 64, store_key="k")
    session.add(file)
    session.flush()
    message = a_mail(session, clock, address="who@else.test", files=[file])
    paula = office.person("Paula", primary=True)

    claim_for_customer(session, message.thread, office.group, paula)

    assert (message.group_id, message.contact_id) == (office.group.id, paula.id)
    assert (file.group_id, file.message_id) == (office.group.id, message.id)
    with pytest.raises(Unmet, match="belongs to another customer"):
        claim_for_customer(session, message.thread, a_group(session, name="Otto"))


def test_a_thread_is_looked_after_until_it_is_closed_and_reopened(session, office, ann, clock):
    pete = a_user(session, "bea")
    thread = a_mail(session, clock).thread

    assert assign(session, thread, pete, ann).assignee_id == pete.id
    assert (close(session, thread, ann).state, thread.waits) == (ThreadState.DONE, False)
    assert (reopen(session, thread, ann).state, thread.waits) == (ThreadState.OPEN, True)
    pete.active = False
    with pytest.raises(Unmet, match="switched off"):
        assign(session, thread, pete, ann)


def test_the_address_for_answers_names_its_thread_and_cannot_be_made_up(session, office, settings):
    settings = replace(settings, reply_address="replies@harding.test")
    thread, other = thread_of(session, office.project), a_thread(session)
    address = signed(settings, thread)
    assert address is not None
    key = settings.secret_key

    assert thread_named(session, key, address) is thread
    assert thread_named(session, key, address.upper()) is thread, "some mail programs change capitals"
    assert len(address.partition("@")[0]) <= 64
    theirs = signed(settings, other)
    assert theirs is not None
    forged = theirs.partition(".")[0] + "." + address.partition(".")[2]
    assert thread_named(session, key, forged) is None
    assert looks_signed(forged)
    assert thread_named(session, "another key", address) is None
    assert thread_named(session, key, "replies@harding.test") is None
    assert signed(replace(settings, reply_address=None), thread) is None


def test_of_consent_and_delivery_each_latest_word_holds(session, office, clock):
    """Making sure that an address works is no consent [102]."""
    office.person("Paula", primary=True)
    one = "paula@client.test"
    reach.opt_out(session, one, MAIL, "Paula", "unsubscribe", clock)
    reach.bounced(session, one, MAIL, "server", "550", clock)
    reach.works(session, "Paula@Client.test", MAIL, "Ann", "called", clock)

    standing = reach.standing(session, [one, "nobody@x.test", "no address"], MAIL)

    assert standing[one].opted_out is not None
    assert standing[one].bounced is None
    assert standing["nobody@x.test"].reached
    with pytest.raises(Invalid, match="proof"):
        reach.opt_in(session, one, MAIL, "Ann", " ", clock)
    reach.opt_in(session, one, MAIL, "Ann", "said so on the phone", clock)
    assert reach.standing(session, [one], MAIL)[one].reached
    history = reach.history_of(session, one, MAIL)
    assert [entry.kind.value for entry in history] == ["opted out", "bounced", "works", "opted in"]
    assert {entry.contact_id for entry in history} == {office.people["Paula"].id}


def test_messages_of_a_thread_are_in_order(session, office, ann, clock):
    office.person("Paula", primary=True)
    thread = a_mail(session, clock).thread
    answer(session, thread, ann, clock, MAIL, "Thank you", "f")

    session.refresh(thread)
    assert [m.direction.value for m in thread.messages] == ["in", "out"]
    assert session.scalars(select(Thread)).one() is thread
    assert len(session.scalars(select(Message)).all()) == 2
