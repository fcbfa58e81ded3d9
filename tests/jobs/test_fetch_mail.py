"""The mailbox is read over IMAP, from a server that really listens; nothing is lost, nothing comes twice [100]."""

import logging
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from admin_app.gateways.imap import Mailbox
from admin_app.jobs.fetch_mail import fetch_mail
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.jobs.worker import Worker
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Attachment, Job, Message
from admin_app.models.engine import open_engine
from admin_app.services.inbound.read_mail import LARGEST_MAIL
from tests.services.inbound.letters import a_mail, raw

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF"


@pytest.fixture
def shift(settings, clock, imap_server):
    engine = open_engine(settings.database_url)
    yield Shift(replace(settings, imap_url=imap_server.url()), engine, clock)
    engine.dispose()


def kept(rows):
    with rows() as session:
        return [
            (message.author, message.body)
            for message in session.scalars(select(Message).order_by(Message.id))
        ]


def test_unread_mails_are_taken_in_and_marked(shift, imap_server, rows):
    imap_server.put(
        a_mail("one", message_id="<1@x>"), a_mail("two", message_id="<2@x>", files=[("a.pdf", PDF)])
    )

    fetch_mail(shift)
    imap_server.put(a_mail("three", message_id="<3@x>"))
    fetch_mail(shift)

    assert [body for _, body in kept(rows)] == ["one", "two", "three"]
    assert all(mail.seen for mail in imap_server.mails)
    with rows() as session:
        assert [file.name for file in session.scalars(select(Attachment))] == ["a.pdf"]


def test_a_mail_is_marked_only_after_it_was_kept(shift, imap_server, rows):
    """The server breaks off between the two: the mail comes again and is known."""
    imap_server.put(a_mail())
    imap_server.breaks_at = "UID STORE"
    with pytest.raises(Unmet, match="broke off"):
        fetch_mail(shift)
    assert len(kept(rows)) == 1
    assert not imap_server.mails[0].seen

    imap_server.breaks_at = ""
    fetch_mail(shift)

    assert len(kept(rows)) == 1
    assert imap_server.mails[0].seen


def test_a_mail_that_cannot_be_kept_stays_unread_and_the_next_one_comes_in(shift, imap_server, rows, caplog):
    folder = shift.settings.files
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the store should be")
    imap_server.put(a_mail(message_id="<1@x>", files=[("a.pdf", PDF)]), a_mail("two", message_id="<2@x>"))

    with caplog.at_level(logging.ERROR):
        fetch_mail(shift)

    assert [body for _, body in kept(rows)] == ["two"]
    assert [mail.seen for mail in imap_server.mails] == [False, True]
    assert "mail <1@x> was not taken in" in caplog.text


def test_with_the_database_away_nothing_is_marked(shift, imap_server):
    imap_server.put(a_mail())
    with shift.engine.begin() as connection:
        connection.execute(text("DROP TABLE reach_entry"))
        connection.execute(text("ALTER TABLE message RENAME TO message_away"))

    with pytest.raises(Exception, match="message"):
        fetch_mail(shift)

    assert not imap_server.mails[0].seen


def test_of_a_mail_that_is_too_large_only_the_head_is_fetched(shift, imap_server, rows):
    imap_server.put(raw("From: clara@example.com\nSubject: Film", b"x" * (LARGEST_MAIL + 1)))

    fetch_mail(shift)

    ((author, body),) = kept(rows)
    assert author == "clara@example.com"
    assert body.startswith("[This mail is too large to be read (40 MB)")


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH"])
def test_a_server_that_breaks_off_loses_nothing(shift, imap_server, rows, command):
    imap_server.put(a_mail())
    imap_server.breaks_at = command
    with pytest.raises(Unmet, match=r"The mail server at 127\.0\.0\.1"):
        fetch_mail(shift)

    imap_server.breaks_at = ""
    fetch_mail(shift)

    assert len(kept(rows)) == 1


@pytest.mark.parametrize(
    ("but", "sentence"),
    [
        ({"password": "wrong"}, "The mail server at 127.0.0.1 refused our name and password"),
        ({"folder": "Nowhere"}, "The mailbox has no folder Nowhere"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(shift, imap_server, but, sentence):
    wrong = replace(shift.settings, imap_url=imap_server.url(**but))

    with pytest.raises(Unmet, match=sentence):
        fetch_mail(replace(shift, settings=wrong))


@pytest.mark.parametrize(
    "url", ["http://a:b@c", "imaps://host", "imaps://a:b@host:port", "imaps://a:b@", "x"]
)
def test_an_address_that_is_none_is_refused_in_a_sentence(url):
    with pytest.raises(Invalid, match="SAWHORSE_IMAP_URL reads imaps://name:password@host/INBOX"):
        Mailbox.at(url)


def test_the_address_says_where_and_as_whom():
    box = Mailbox.at("imaps://office%40ashworth.test:p%40ss@imap.example.com/Answers%2F2026")

    assert (box.host, box.port, box.from_start) == ("imap.example.com", 993, True)
    assert (box.name, box.password, box.folder) == ("office@ashworth.test", "p@ss", "Answers/2026")


def test_the_worker_looks_every_minute_and_says_what_went_wrong(settings, clock, imap_server, rows):
    imap_server.password = "another"
    worker = Worker(
        replace(settings, imap_url=imap_server.url("wrong")), clock, {"fetch mail": HANDLERS["fetch mail"]}
    )
    worker.work_off()
    with rows() as session:
        job = session.scalars(select(Job).where(Job.name == "fetch mail")).one()
        assert (job.due_at - clock.now()).total_seconds() == 60
        job.due_at = clock.now()

    worker.work_off()
    worker.close()

    with rows() as session:
        job = session.scalars(select(Job).where(Job.name == "fetch mail")).one()
        assert job.last_error == "The mail server at 127.0.0.1 refused our name and password"


def test_without_an_address_nothing_is_asked(settings, clock, imap_server):
    engine = open_engine(settings.database_url)

    fetch_mail(Shift(settings, engine, clock))

    engine.dispose()
    assert not imap_server.heard
