"""What a mail server says of an address is remembered; answers find their thread; stale mails stay [100, 102]."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import FixedClock
from admin_app.models import Channel, EventState, Membership, OutboxMessage, OutboxState, ReachEntry
from admin_app.models import MessagePurpose as P
from admin_app.outbox.drain import MOST_SILENCES, Drained, drain, try_again
from admin_app.outbox.mail import MailServer
from admin_app.services.messages.reach import opt_out, standing
from admin_app.services.messages.reply_address import signed, thread_named
from admin_app.services.messages.tell import tell
from admin_app.services.messages.threads import receive, thread_of
from admin_app.services.queue_mail import queue_mail
from seeds.builders import a_contact, a_group, an_event
from tests.outbox.conftest import free_port


@pytest.fixture
def told(transaction, clock):
    """A function that tells Clara of her appointment and gives back the row and the event."""

    def one(key="k"):
        with transaction() as session:
            group = a_group(session)
            contact = a_contact(session, email="clara@example.com")
            session.add(Membership(group_id=group.id, contact_id=contact.id, is_primary=True))
            event = an_event(session, group, starts_at=clock.now() + timedelta(days=3))
            (row,) = tell(session, P.APPOINTMENT, event, SYSTEM, clock, key=key)
            return row, event

    return one


@pytest.mark.parametrize(
    ("answer", "is_bounce"),
    [
        ("550 No such person here", True),
        ("550 5.1.1 User unknown", True),
        ("553 mailbox name not allowed", True),
        ("550 5.7.1 We do not like your letters", False),
        ("554 Transaction failed", False),
        ("552 5.2.2 Mailbox full", False),
    ],
)
def test_only_an_unknown_mailbox_marks_an_address(transaction, server, post_office, clock, answer, is_bounce):
    post_office.answers = [answer]
    with transaction() as session:
        queue_mail(session, "clara@example.com", "Hello", "", clock)

    assert drain(transaction, server, clock) == Drained(failed=1)

    with transaction() as session:
        known = standing(session, ["clara@example.com"], Channel.MAIL)["clara@example.com"]
    assert (known.bounced is not None) is is_bounce


def test_a_letter_refused_for_its_content_says_nothing_of_the_address(
    transaction, server, post_office, clock
):
    post_office.answers_to_data = ["550 This looks like spam"]
    with transaction() as session:
        queue_mail(session, "clara@example.com", "Hello", "", clock)
    drain(transaction, server, clock)

    with transaction() as session:
        assert session.scalars(select(ReachEntry)).all() == []


def test_answers_go_to_an_address_that_names_the_thread(
    transaction, server, post_office, clock, settings, told
):
    settings = replace(settings, reply_address="replies@ashworth.test")
    _, event = told()

    drain(transaction, server, clock, signer=partial(signed, settings))

    (mail,) = post_office.mails
    with transaction() as session:
        thread = thread_named(session, settings.secret_key, mail["Reply-To"])
        assert thread is not None
        assert (thread.about, thread.about_id) == ("event", event.id)
    assert mail["In-Reply-To"] is None
    assert mail["Auto-Submitted"] == "auto-generated"


def test_an_answer_names_the_mail_that_it_answers(transaction, server, post_office, clock, told):
    _, event = told()
    with transaction() as session:
        thread = thread_of(session, event)
        receive(
            session, thread, Channel.MAIL, "clara@example.com", "C", "Re", "Yes", "<a1@example.com>", clock
        )
        tell(session, P.FREE, event, SYSTEM, clock, subject="Re", body="Good", key="other")

    drain(transaction, server, clock)

    assert [mail["In-Reply-To"] for mail in post_office.mails] == ["<a1@example.com>"] * 2
    assert [mail["Auto-Submitted"] for mail in post_office.mails] == ["auto-generated", None]


def test_a_strangers_message_id_smuggles_no_header(transaction, server, post_office, clock, told):
    _, event = told()
    with transaction() as session:
        thread = thread_of(session, event)
        receive(
            session, thread, Channel.MAIL, "clara@example.com", "C", "Re", "x",
            "<a@b>\r\nBcc: all@example.com", clock,
        )  # fmt: skip

    assert drain(transaction, server, clock) == Drained(sent=1)
    (mail,) = post_office.mails
    assert mail["Bcc"] is None
    assert mail["In-Reply-To"] is None


def test_who_said_stop_while_a_mail_waited_does_not_get_it(transaction, server, post_office, clock, told):
    row, _ = told()
    with transaction() as session:
        opt_out(session, "clara@example.com", Channel.MAIL, "Clara", "Stop", clock)

    assert drain(transaction, server, clock) == Drained(withdrawn=1)

    assert post_office.mails == []
    with transaction() as session:
        kept = session.get_one(OutboxMessage, row.id)
        assert (kept.state, kept.last_error) == (
            OutboxState.WITHDRAWN,
            "Clara Client asked on 17 March 2026 for no more mails",
        )
        try_again(session, kept, clock)
    assert drain(transaction, server, clock) == Drained(), "withdrawn is withdrawn"


def test_an_appointment_that_was_called_off_is_not_announced_any_more(
    transaction, server, post_office, clock, told
):
    _, event = told()
    with transaction() as session:
        session.get_one(type(event), event.id).state = EventState.CANCELLED
        queue_mail(session, "otto@example.com", "Hello", "", clock)

    assert drain(transaction, server, clock) == Drained(sent=1, withdrawn=1)
    assert post_office.recipients == ["otto@example.com"]


def test_a_server_that_is_away_is_not_asked_for_every_single_mail(transaction, clock):
    """A hundred waiting mails and a server that hangs would hold the worker for half an hour."""
    with transaction() as session:
        for number in range(20):
            queue_mail(session, "clara@example.com", f"Number {number}", "", clock)
    away = MailServer.at(f"smtp://127.0.0.1:{free_port()}")

    assert drain(transaction, away, clock) == Drained(delayed=MOST_SILENCES)


def test_a_worker_that_came_late_does_not_undo_what_another_did(transaction, server, post_office, clock):
    """It held a mail for longer than its lease, while another worker sent it."""
    with transaction() as session:
        row = queue_mail(session, "clara@example.com", "Hello", "", clock)

    class Slow:
        def carry(self, mail, sender, recipient):
            later = FixedClock(clock.now() + timedelta(minutes=6))
            assert drain(transaction, server, later) == Drained(sent=1)
            return MailServer.at(f"smtp://127.0.0.1:{free_port()}").carry(mail, sender, recipient)

    drain(transaction, Slow(), clock, most=1)

    with transaction() as session:
        assert session.get_one(OutboxMessage, row.id).state is OutboxState.SENT
    assert len(post_office.mails) == 1
