"""A mail leaves by SMTP; what the client or the mail server answers comes back by IMAP to where it belongs [100]."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from admin_app.jobs.fetch_mail import fetch_mail
from admin_app.jobs.send_messages import send_messages
from admin_app.jobs.shift import Shift
from admin_app.models import Channel, Message, OutboxMessage, OutboxState, ReachEntry, Thread, ThreadState
from admin_app.models.engine import open_engine
from admin_app.services.messages.threads import answer
from seeds.builders import a_contact, a_group
from seeds.work_builders import a_thread
from tests.services.inbound.letters import a_bounce, a_mail


@pytest.fixture
def shift(settings, clock, transaction, server, imap_server):
    """An office that sends to a real mail server and reads a real mailbox; a mail to Clara has just gone."""
    engine = open_engine(settings.database_url)
    told = replace(
        settings,
        smtp_url=f"smtp://{server.host}:{server.port}",
        imap_url=imap_server.url(),
        reply_address="replies@ashworth.test",
    )
    yield Shift(told, engine, clock)
    engine.dispose()


@pytest.fixture
def went(shift, transaction, ann, clock, post_office):
    """The mail as Clara's server received it."""
    with transaction() as session:
        group = a_group(session)
        a_contact(session, group, email="clara@example.com", primary=True)
        thread = a_thread(session, group, state=ThreadState.DONE)
        answer(session, thread, ann, clock, Channel.MAIL, "Shall we come on Tuesday?", "one")
        a_thread(session, group, subject="Something newer")
    send_messages(shift)
    (mail,) = post_office.mails
    return mail


def test_clara_presses_answer_and_it_lands_in_the_thread(shift, went, imap_server, transaction):
    quoted = f"Yes.\n\nOn Tue, Ashworth wrote:\n> {went.get_content().strip()}"
    imap_server.put(
        a_mail(quoted, to=went["Reply-To"], subject=f"Re: {went['Subject']}", In_Reply_To=went["Message-ID"])
    )

    fetch_mail(shift)

    with transaction() as session:
        thread = session.scalars(select(Thread).where(Thread.subject == "The gate")).one()
        assert [message.body.splitlines()[0] for message in thread.messages] == [
            "Shall we come on Tuesday?",
            "Yes.",
        ]
        assert (thread.state, thread.waits) == (ThreadState.OPEN, True)


def test_the_signed_address_alone_is_enough_from_wherever_the_answer_comes(
    shift, went, imap_server, transaction
):
    imap_server.put(a_mail("He says yes.", sender="carl@elsewhere.test", to=went["Reply-To"]))

    fetch_mail(shift)

    with transaction() as session:
        message = session.scalars(select(Message).where(Message.body == "He says yes.")).one()
        assert message.thread.subject == "The gate"


def test_a_mail_that_comes_back_is_told_where_it_was_sent(shift, went, imap_server, transaction):
    imap_server.put(a_bounce(went["Message-ID"], went["To"]))

    fetch_mail(shift)

    with transaction() as session:
        row = session.scalars(select(OutboxMessage)).one()
        assert (row.state, row.last_error) == (
            OutboxState.FAILED,
            "It came back: 550 5.1.1 No such user here",
        )
        assert [entry.address for entry in session.scalars(select(ReachEntry))] == ["clara@example.com"]
        assert len(session.scalars(select(Message)).all()) == 1, "nobody has anything to answer"
