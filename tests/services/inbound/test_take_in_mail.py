"""A mail lands where it belongs, once, and nobody puts words into another's thread [100, 102; issue 4 "Bad input"]."""

from io import BytesIO

import pytest
from sqlalchemy import func, select

from admin_app.config import Settings, read_settings
from admin_app.models import (
    Attachment,
    Channel,
    Direction,
    Message,
    OutboxMessage,
    OutboxState,
    ReachEntry,
    ReachKind,
    Thread,
    ThreadState,
)
from admin_app.services.inbound.keep_files import keep_files
from admin_app.services.inbound.read_mail import read_mail
from admin_app.services.inbound.take_in_mail import Fate, known_before, take_in_mail
from admin_app.services.messages import reach
from admin_app.services.messages.reply_address import signed
from admin_app.services.messages.threads import answer, claim_for_customer
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_company, a_contact, a_group
from seeds.work_builders import a_message, a_thread
from tests.services.inbound.letters import a_bounce, a_mail, raw

SECRET = "a key that only tests use, never an office"
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF"


@pytest.fixture
def settings(tmp_path):
    return read_settings(
        {
            "SAWHORSE_HOME": str(tmp_path / "home"),
            "SAWHORSE_SECRET_KEY": SECRET,
            "SAWHORSE_REPLY_ADDRESS": "replies@ashworth.test",
        }
    )


@pytest.fixture
def clara(session):
    """Clara of the Hardings, who write to a company that has an address."""
    a_company(session, email="office@ashworth.test", sms_sender="+447700900000")
    group = a_group(session, name="The Hardings")
    return a_contact(session, group, email="clara@example.com", primary=True), group


@pytest.fixture
def take(session, clock, settings):
    """A function that takes a raw mail in."""

    def take_it(mail, at=None):
        read, kept = keep_files(FolderStorage(settings.files), read_mail(mail))
        return take_in_mail(session, read, kept, SECRET, at or clock)

    return take_it


def address_of(settings: Settings, thread: Thread) -> str:
    """Where answers of a thread go."""
    address = signed(settings, thread)
    assert address is not None
    return address


def messages(session):
    return session.scalar(select(func.count(Message.id)))


def test_an_answer_to_a_signed_address_lands_in_its_thread_whoever_writes(session, clara, take, settings):
    _, group = clara
    thread = a_thread(session, group, state=ThreadState.DONE)

    taken = take(a_mail(sender="carl@elsewhere.test", to=f"Ashworth <{address_of(settings, thread)}>"))

    assert taken.message.thread is thread
    assert (taken.message.group_id, taken.message.author) == (group.id, "carl@elsewhere.test")
    assert (thread.state, thread.waits) == (ThreadState.OPEN, True)


@pytest.mark.parametrize("header", ["Cc", "Delivered-To", "X-Original-To"])
def test_the_signed_address_counts_wherever_the_mail_server_left_it(session, clara, take, settings, header):
    thread = a_thread(session, clara[1])

    taken = take(
        raw(f"From: x@y.test\nTo: office@ashworth.test\n{header}: {address_of(settings, thread)}", b"hi")
    )

    assert taken.message.thread is thread


@pytest.mark.parametrize("spoil", ["mac", "name", "key"])
def test_a_forged_address_lands_as_a_mail_of_its_sender_never_in_the_foreign_thread(
    session, clara, take, settings, spoil
):
    foreign = a_thread(session, clara[1], subject="Invoice N-00012", state=ThreadState.OPEN)
    name, _, mac = address_of(settings, foreign).partition("@")[0].rpartition(".")
    if spoil == "mac":
        address = f"{name}.{'a' * len(mac)}@ashworth.test"
    elif spoil == "name":
        other = address_of(settings, a_thread(session)).partition("@")[0].rpartition(".")[0]
        address = f"{other}.{mac}@ashworth.test"
    else:
        address = address_of(
            read_settings(
                {
                    "SAWHORSE_HOME": str(settings.home),
                    "SAWHORSE_SECRET_KEY": "the key of quite another installation",
                    "SAWHORSE_REPLY_ADDRESS": "replies@ashworth.test",
                }
            ),
            foreign,
        )

    taken = take(a_mail(sender="Mallory <mallory@evil.test>", to=address))

    assert taken.message.thread is not foreign
    assert taken.message.group_id is None
    assert taken.message.thread.state is ThreadState.OPEN, "it is a request like any other"
    assert not session.scalars(select(Message).where(Message.thread_id == foreign.id)).all()


def sent(session, thread, ann, clock, body="We come on Tuesday.", key="one"):
    row = answer(session, thread, ann, clock, Channel.MAIL, body, key)
    row.state = OutboxState.SENT
    session.flush()
    return row


def test_an_answer_to_our_mail_lands_in_its_thread(session, clara, take, ann, clock):
    thread = a_thread(session, clara[1])
    row = sent(session, thread, ann, clock)
    a_thread(session, clara[1], subject="Something newer")

    taken = take(a_mail(In_Reply_To=row.message_id, subject="Re: The gate"))

    assert taken.message.thread is thread


def test_a_colleague_of_the_client_may_answer_and_an_answer_to_an_answer_is_followed(
    session, clara, take, ann, clock
):
    thread = a_thread(session, clara[1])
    row = sent(session, thread, ann, clock)
    a_contact(session, clara[1], first_name="Carl", last_name="Client", email="carl@example.com")

    taken = take(a_mail(sender="carl@example.com", References=f"<unknown@x.test> {row.message_id}"))
    again = take(a_mail(message_id="<two@example.com>", In_Reply_To="<one@example.com>"))

    assert taken.message.thread is thread
    assert again.message.thread is thread


def test_a_stranger_who_names_our_mail_does_not_get_into_its_thread(session, clara, take, ann, clock):
    thread = a_thread(session, clara[1])
    row = sent(session, thread, ann, clock)

    taken = take(a_mail(sender="mallory@evil.test", In_Reply_To=row.message_id))

    assert taken.message.thread is not thread
    assert taken.message.group_id is None


def test_a_known_contact_goes_on_in_the_newest_open_thread(session, clara, take):
    contact, group = clara
    older, newer, done = (
        a_thread(session, group, subject=name, state=state)
        for name, state in (("older", "open"), ("newer", "open"), ("done", "done"))
    )
    for thread in (older, newer, done):
        a_message(session, thread, contact_id=contact.id, address="clara@example.com")

    assert take(a_mail(subject="Something else")).message.thread is newer


def test_a_known_contact_without_an_open_thread_begins_one_of_the_customer(session, clara, take):
    taken = take(a_mail(subject="Something new", sender="CLARA@Example.com"))

    thread = taken.message.thread
    assert (thread.group_id, thread.subject, thread.waits) == (clara[1].id, "Something new", True)
    assert (taken.message.contact_id, taken.message.author) == (clara[0].id, "Clara Client")


def test_a_stranger_becomes_a_request_and_his_next_mail_is_part_of_it(session, clara, take):
    first = take(a_mail(sender="Sam Stranger <sam@example.org>", message_id="<1@o>", subject="A tree fell"))
    second = take(a_mail(sender="sam@example.org", message_id="<2@o>", subject="And another"))

    thread = first.message.thread
    assert (thread.group_id, thread.state, thread.waits, thread.subject) == (
        None,
        "open",
        True,
        "A tree fell",
    )
    assert second.message.thread is thread


def test_a_form_of_our_web_page_is_answered_where_its_visitor_asks_for_it(session, clara, take):
    taken = take(a_mail(sender="noreply@website.test", Reply_To="Vera <vera@example.org>"))

    assert taken.message.address == "vera@example.org"


def test_a_request_becomes_a_customers_with_its_messages_and_files(session, clara, take):
    thread = take(a_mail(sender="sam@example.org", files=[("plan.pdf", PDF)])).message.thread

    claim_for_customer(session, thread, clara[1], clara[0])

    (file,) = session.scalars(select(Attachment))
    (message,) = thread.messages
    assert (thread.group_id, message.group_id, file.group_id) == (clara[1].id,) * 3
    assert (file.message_id, message.contact_id) == (message.id, clara[0].id)


def test_the_same_mail_enters_once_whichever_way_it_comes(session, clara, take, clock):
    first = take(a_mail(files=[("plan.pdf", PDF)]))
    by_another_way = b"Received: from imap.example.com\r\n" + a_mail(files=[("plan.pdf", PDF)])

    assert known_before(session, read_mail(by_another_way)) is first.message
    again = take(by_another_way)

    assert (again.fate, again.message) == (Fate.KNOWN, first.message)
    assert (messages(session), session.scalar(select(func.count(Attachment.id)))) == (1, 1)


def test_two_mails_with_one_message_id_are_both_kept(session, clara, take):
    """Some programs give all their mails the same one."""
    first, second, again = (take(a_mail(words)) for words in ("The first", "The second", "The second"))

    assert (first.fate, second.fate, again.fate) == (Fate.KEPT, Fate.KEPT, Fate.KNOWN)
    assert messages(session) == 2


def test_files_are_judged_by_content_and_what_is_not_kept_is_said(session, clara, take, settings):
    picture = b"<svg onload=alert(1)>"
    taken = take(a_mail("See below", files=[("plan.pdf", PDF), ("photo.jpg", picture), ("x.exe", b"MZ\x90")]))

    (file,) = session.scalars(select(Attachment))
    assert (file.name, file.content_type, file.group_id) == ("plan.pdf", "application/pdf", clara[1].id)
    assert FolderStorage(settings.files).path(file.store_key).read_bytes() == PDF
    assert taken.message.body.startswith("See below\n\n[photo.jpg was not kept. ")
    assert "[x.exe was not kept. " in taken.message.body


def test_twenty_megabytes_come_along_and_thirty_do_not(session, clara, take):
    large = PDF + b" " * 20_000_000
    take(a_mail(message_id="<20@x>", files=[("large.pdf", large)]))
    taken = take(a_mail(message_id="<30@x>", files=[("larger.pdf", large + b" " * 9_000_000)]))

    (file,) = session.scalars(select(Attachment))
    assert (file.name, file.size) == ("large.pdf", len(large))
    assert "[larger.pdf was not kept. " in taken.message.body


@pytest.mark.parametrize(
    "name",
    ["", "\x00", "Robert'); DROP TABLE message;--", "<script>alert(1)</script>", "‮gnihtemos", "x" * 900],
)
def test_hostile_names_and_subjects_are_kept_as_words(session, clara, clock, name):
    """They are shown as typed; what no database can keep is left out."""
    mail = read_mail(a_mail(sender="x@y.test"))
    mail = type(mail)(mail.origin, mail.sender, name, "", mail.to, name, "hello")

    message = take_in_mail(session, mail, [], SECRET, clock).message
    assert message is not None

    shown = name.replace("\x00", "")
    assert message.author == (shown[:200] or "x@y.test")
    assert message.subject == shown[:300]


def test_a_mail_without_a_sender_is_a_request_all_the_same(session, clara, take):
    message = take(raw("Subject: who am I", b"hello")).message

    assert (message.author, message.address, message.thread.waits) == (
        "Somebody without an address",
        "",
        True,
    )


def automatic(**but):
    return a_mail("I am away until May", Auto_Submitted="auto-replied", **but)


def test_an_automatic_answer_is_kept_in_its_thread_but_nobody_waits(session, clara, take, ann, clock):
    thread = a_thread(session, clara[1])
    row = sent(session, thread, ann, clock)
    before = (thread.state, thread.waits)

    taken = take(automatic(In_Reply_To=row.message_id))

    assert taken.message.thread is thread
    assert (thread.state, thread.waits) == before


@pytest.mark.parametrize("sender", ["robot@elsewhere.test", "clara@example.com"])
def test_an_automatic_mail_never_makes_a_request(session, clara, take, sender):
    one, two = (take(automatic(sender=sender, message_id=f"<{n}@x>")) for n in (1, 2))

    assert (one.message.thread.state, one.message.thread.waits) == (ThreadState.DONE, False)
    assert two.message.thread is one.message.thread, "what one program sends gathers in one place"


def test_a_newsletter_is_no_request_but_a_client_behind_a_mailing_list_is_heard(
    session, clara, take, settings
):
    """The addresses of many companies are lists of their staff, and their mails look like newsletters."""
    thread = a_thread(session, clara[1])

    newsletter = take(a_mail(sender="shop@news.test", message_id="<1@x>", List_Id="<news.shop.test>"))
    known = take(a_mail(message_id="<2@x>", List_Unsubscribe="<https://example.com/u>"))
    answer = take(
        a_mail(sender="info@firm.test", message_id="<3@x>", List_Id="<i>", to=address_of(settings, thread))
    )

    assert not newsletter.message.thread.waits
    assert known.message.thread.waits
    assert answer.message.thread is thread
    assert thread.waits


def test_our_own_mail_that_comes_back_is_let_go(session, clara, take, ann, clock):
    row = sent(session, a_thread(session, clara[1]), ann, clock)
    before = messages(session)

    taken = take(a_mail(sender="office@ashworth.test", message_id=row.message_id))
    circle = take(automatic(sender="Office@Ashworth.test", message_id="<new@x>"))

    assert (taken.fate, circle.fate) == (Fate.LET_GO, Fate.LET_GO)
    assert messages(session) == before


def test_a_bounce_marks_address_and_mail_with_the_servers_words(session, clara, take, ann, clock):
    thread = a_thread(session, clara[1])
    row = sent(session, thread, ann, clock)
    kept = messages(session)

    taken, again = (take(a_bounce(row.message_id, row.recipient)) for _ in range(2))

    assert (taken.fate, again.fate) == (Fate.BOUNCE, Fate.LET_GO)
    assert row.state is OutboxState.FAILED
    assert row.last_error == "It came back: 550 5.1.1 No such user here"
    (entry,) = session.scalars(select(ReachEntry))
    assert (entry.kind, entry.said, entry.contact_id) == (
        ReachKind.BOUNCED,
        "550 5.1.1 No such user here",
        clara[0].id,
    )
    assert not reach.standing(session, [row.recipient], Channel.MAIL)[row.recipient].reached
    assert messages(session) == kept


@pytest.mark.parametrize("named", ["<not-ours@ashworth.test>", None])
def test_a_report_about_no_mail_of_ours_marks_nobody(session, clara, take, ann, clock, named):
    row = sent(session, a_thread(session, clara[1]), ann, clock)
    if named is None:
        row.state = OutboxState.WAITING

    taken = take(a_bounce(named or row.message_id, "clara@example.com"))

    assert taken.fate is Fate.LET_GO
    assert not session.scalars(select(ReachEntry)).all()


def test_a_report_about_another_address_fails_the_mail_but_marks_nobody(session, clara, take, ann, clock):
    row = sent(session, a_thread(session, clara[1]), ann, clock)

    take(a_bounce(row.message_id, "victim@example.org"))

    assert row.state is OutboxState.FAILED
    assert not session.scalars(select(ReachEntry)).all()


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("unsubscribe", ""),
        ("Re: Estimate E-00012", "Unsubscribe."),
        ("AW: Angebot", "abmelden\n\n> Dear Clara"),
    ],
)
def test_unsubscribe_by_mail_is_obeyed_with_the_words_as_proof(session, clara, take, subject, body):
    taken = take(a_mail(body, subject=subject))

    standing = reach.standing(session, ["clara@example.com"], Channel.MAIL)["clara@example.com"]
    assert standing.opted_out is not None
    assert subject in standing.opted_out.said
    assert (taken.message.thread.state, taken.message.thread.waits) == (ThreadState.DONE, False)


@pytest.mark.parametrize("body", ["Stop by on Friday", "Can I unsubscribe from the plan?", "stop"])
def test_words_that_may_mean_the_work_are_answered_by_a_person(session, clara, take, body):
    taken = take(a_mail(body, subject="Re: Estimate"))

    assert taken.message.thread.waits
    assert not session.scalars(select(ReachEntry)).all()


def test_what_came_in_is_shown_as_coming_in(session, clara, take):
    message = take(a_mail()).message

    assert (message.direction, message.channel, message.outbox_id) == (Direction.IN, Channel.MAIL, None)
    assert not session.scalars(select(OutboxMessage)).all(), "nothing is answered by itself"


def test_a_stored_file_of_a_mail_that_came_before_is_no_second_file(session, clara, take, settings):
    storage = FolderStorage(settings.files)
    storage.store(BytesIO(PDF), limit=1_000)
    take(a_mail(files=[("a.pdf", PDF)]))

    assert session.scalar(select(func.count(Attachment.id))) == 1
