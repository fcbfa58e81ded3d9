"""Mails are queued once, sent at least once under one Message-ID, and never pretended as sent (security.md, 7)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Brand, Company, OutboxMessage, OutboxState
from admin_app.outbox.drain import LEASE, PAUSES, Drained, drain, try_again
from admin_app.outbox.mail import MailServer, OutboxFolder, compose, postman
from admin_app.services.queue_mail import queue_mail
from tests.outbox.conftest import free_port


@pytest.fixture
def queue(transaction, clock):
    """A function that queues a mail to Clara and gives back its row."""

    def one(subject="Your invoice N-00012", recipient="clara@example.com", body="Hello Clara\n", **options):
        with transaction() as session:
            return queue_mail(session, recipient, subject, body, clock, **options)

    return one


def later(clock, **by: float) -> FixedClock:
    return FixedClock(clock.now() + timedelta(**by))


def now_of(transaction, message: OutboxMessage) -> OutboxMessage:
    with transaction() as session:
        found: OutboxMessage = session.get_one(OutboxMessage, message.id)
        return found


def test_a_queued_mail_arrives_as_it_was_written(transaction, queue, server, post_office, clock):
    message = queue("Rechnung für Łukasz – 1.234,50 €", body="Grüße\naus Łódź\n.\nEnd of a line with a dot\n")

    assert drain(transaction, server, clock) == Drained(sent=1)

    (mail,) = post_office.mails
    assert mail["Subject"] == "Rechnung für Łukasz – 1.234,50 €"
    assert mail["From"] == "office@ashworth.test"
    assert mail["To"] == "clara@example.com"
    assert mail["Message-ID"] == message.message_id
    assert mail.get_content().replace("\r\n", "\n") == "Grüße\naus Łódź\n.\nEnd of a line with a dot\n"
    kept = now_of(transaction, message)
    assert (kept.state, kept.sent_at, kept.last_error) == (OutboxState.SENT, clock.now(), None)


def test_a_mail_is_sent_once(transaction, queue, server, post_office, clock):
    queue()

    drain(transaction, server, clock)
    drain(transaction, server, later(clock, days=1))

    assert len(post_office.mails) == 1


def test_the_same_act_queues_one_mail(transaction, queue):
    first, second = queue(key="invoice-12-issued"), queue(key="invoice-12-issued")

    assert first.id == second.id
    with transaction() as session:
        assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_what_was_rolled_back_sends_nothing(transaction, server, post_office, clock):
    with pytest.raises(RuntimeError), transaction() as session:
        queue_mail(session, "clara@example.com", "Never", "", clock)
        raise RuntimeError("the act failed")

    assert drain(transaction, server, clock) == Drained()
    assert post_office.mails == []


def test_a_server_that_is_away_is_tried_again_later_and_later(transaction, queue, clock):
    away = MailServer.at(f"smtp://127.0.0.1:{free_port()}")
    message = queue()
    now = clock.now()

    for tries, pause in enumerate(PAUSES, start=1):
        assert drain(transaction, away, FixedClock(now)) == Drained(delayed=1)
        kept = now_of(transaction, message)
        assert (kept.state, kept.attempts, kept.due_at) == (OutboxState.WAITING, tries, now + pause)
        assert "does not answer" in (kept.last_error or "")
        assert drain(transaction, away, FixedClock(kept.due_at - timedelta(seconds=1))) == Drained()
        now = kept.due_at
    drain(transaction, away, FixedClock(now))

    assert now_of(transaction, message).state is OutboxState.FAILED


def test_when_the_server_is_back_the_mail_goes_with_its_first_message_id(
    transaction, queue, server, post_office, clock
):
    message = queue()
    drain(transaction, MailServer.at(f"smtp://127.0.0.1:{free_port()}"), clock)

    drain(transaction, server, later(clock, minutes=2))

    assert [mail["Message-ID"] for mail in post_office.mails] == [message.message_id]


def test_a_refused_address_fails_at_once_and_says_why(transaction, queue, server, post_office, clock):
    post_office.answers = ["550 No such person here"]
    message = queue()

    assert drain(transaction, server, clock) == Drained(failed=1)

    kept = now_of(transaction, message)
    assert kept.state is OutboxState.FAILED
    assert kept.last_error == "The mail server said 550: No such person here"


@pytest.mark.parametrize("where", ["answers", "answers_to_data"])
def test_a_server_that_asks_for_patience_gets_it(transaction, queue, server, post_office, clock, where):
    setattr(post_office, where, ["451 Try again later"])
    message = queue()

    assert drain(transaction, server, clock) == Drained(delayed=1)
    assert now_of(transaction, message).state is OutboxState.WAITING
    assert drain(transaction, server, later(clock, minutes=2)) == Drained(sent=1)


def test_one_bad_address_does_not_hold_up_the_others(transaction, queue, server, post_office, clock):
    post_office.answers = ["550 No such person here"]
    for number in range(4):
        queue(f"Number {number}")

    assert drain(transaction, server, clock) == Drained(sent=3, failed=1)


def test_a_worker_that_died_loses_nothing(transaction, queue, server, post_office, clock):
    """It claimed the mail and was killed: when the lease is over, another worker sends it."""

    class Killed(BaseException):
        pass

    class Dying:
        def carry(self, mail, sender, recipient):
            raise Killed

    message = queue()
    with pytest.raises(Killed):
        drain(transaction, Dying(), clock)

    assert drain(transaction, server, later(clock, minutes=1)) == Drained(), "the lease still holds"
    assert drain(transaction, server, FixedClock(clock.now() + LEASE)) == Drained(sent=1)
    assert post_office.mails[0]["Message-ID"] == message.message_id


def test_two_workers_take_different_messages(transaction, queue, server, post_office, clock):
    first, second = queue("First"), queue("Second")

    class Nosy:
        """While it carries one message, another worker drains."""

        def carry(self, mail, sender, recipient):
            drain(transaction, server, clock)
            return server.carry(mail, sender, recipient)

    drain(transaction, Nosy(), clock)

    assert sorted(mail["Subject"] for mail in post_office.mails) == ["First", "Second"]
    assert {now_of(transaction, m).state for m in (first, second)} == {OutboxState.SENT}


def test_without_a_mail_server_mails_lie_in_files_and_wait(transaction, queue, settings, server, clock):
    message = queue("Grüße")
    folder = postman(settings)
    assert isinstance(folder, OutboxFolder)

    assert drain(transaction, folder, clock) == Drained(kept=1)
    drain(transaction, folder, later(clock, hours=1))

    (file,) = (settings.home / "outbox").iterdir()
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o077 == 0, "mails are read by their owner only"
    assert message.message_id.encode() in file.read_bytes()
    kept = now_of(transaction, message)
    assert kept.state is OutboxState.WAITING
    assert "No mail server is set" in (kept.last_error or "")
    assert drain(transaction, server, later(clock, days=1)) == Drained(sent=1), "it goes once there is one"


def test_a_failed_mail_can_be_tried_again_and_a_sent_one_cannot(
    transaction, queue, server, post_office, clock
):
    post_office.answers = ["550 Not yet"]
    failed, sent = queue("First"), queue("Second")
    drain(transaction, server, clock)
    with transaction() as session:
        try_again(session, failed, clock)
        try_again(session, sent, clock)

    assert drain(transaction, server, clock) == Drained(sent=1)
    assert [mail["Subject"] for mail in post_office.mails] == ["Second", "First"]


@pytest.mark.parametrize(
    "line", ["Hello\r\nBcc: everybody@example.com", "Hello\nX: y", "Hello\rX", "Hello\x00", "Hello\u2028x"]
)
def test_a_subject_cannot_smuggle_a_header(queue, line):
    with pytest.raises(Invalid):
        queue(line)


@pytest.mark.parametrize(
    "address",
    [
        "clara@example.com\r\nBcc: all@example.com",
        "clara",
        "clara@",
        "a@b@c",
        "clara@example.com, otto@example.com",
        "",
    ],
)
def test_an_address_is_one_address(queue, address):
    with pytest.raises(Invalid):
        queue(recipient=address)


def test_a_header_that_slipped_through_is_refused_when_it_is_composed(clock):
    message = OutboxMessage(
        sender="a@b.test",
        recipient="c@d.test",
        subject="x\r\nBcc: e@f.test",
        body="",
        message_id="<1@b.test>",
    )

    with pytest.raises(ValueError, match="linefeed or carriage return"):
        compose(message, clock)


def test_without_a_sender_nothing_is_queued(transaction, clock):
    with transaction() as session:
        session.scalars(select(Company)).one().email = None

    with transaction() as session, pytest.raises(Unmet):
        queue_mail(session, "clara@example.com", "Hello", "", clock)


def test_the_brand_is_the_sender_where_it_has_an_address(transaction, queue, clock):
    with transaction() as session:
        north = Brand(name="North", key="north", email="hello@north.test")
        session.add(north)

    assert queue(brand=north).sender == "hello@north.test"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587)),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, from_start=True)),
        (
            "smtp://ann%40x.test:p%2Fw@mail.example.com:2525",
            MailServer("mail.example.com", 2525, "ann@x.test", "p/w"),
        ),
    ],
)
def test_the_address_of_the_mail_server_is_read(url, server):
    assert MailServer.at(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://host:port"]
)
def test_an_address_that_is_none_is_refused_with_a_sentence(url):
    with pytest.raises(Invalid, match="reads smtp"):
        MailServer.at(url)


def test_a_password_never_travels_in_the_open(transaction, queue, server, post_office, clock):
    """The listener offers no encryption, and "127.1" is a name for it that the product does not trust."""
    elsewhere = MailServer("127.1", server.port, "ann", "secret")
    message = queue()

    assert drain(transaction, elsewhere, clock) == Drained(delayed=1)

    assert "must not travel in the open" in (now_of(transaction, message).last_error or "")
    assert post_office.mails == []
