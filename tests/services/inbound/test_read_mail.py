"""Mails of strangers are read, whatever they hold [100; security.md, "Requests"]."""

import time

import pytest

from admin_app.services.inbound.html_text import text_of
from admin_app.services.inbound.quoted import newly_said
from admin_app.services.inbound.read_mail import LARGEST_MAIL, LONGEST_TEXT, MOST_FILES, read_mail
from tests.services.inbound.letters import a_bounce, a_mail, raw

LONGEST_SECONDS = 20
"""Far more than any of these needs, far less than one that was made to keep us busy would take."""


def test_a_letter_is_read():
    read = read_mail(
        a_mail("Grüße aus Köln", subject="Öffnung", In_Reply_To="<b@x>", References="<a@x> <b@x>")
    )

    assert (read.sender, read.sender_name, read.subject) == ("clara@example.com", "Clara Client", "Öffnung")
    assert (read.body, read.origin) == ("Grüße aus Köln", "<one@example.com>")
    assert read.answers == ("<b@x>", "<a@x>"), "the nearest first"
    assert (read.automatic, read.bounce, read.files, read.left_out) == ("", None, (), ())


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain; charset=iso-8859-1", "Grüße".encode("latin-1")),
        ("text/plain; charset=no-such-charset", "Grüße".encode()),
        ("text/plain", "Grüße".encode()),
        ("text/plain", "Grüße".encode("cp1252")),
        ("text/plain; charset=us-ascii", "Grüße".encode()),
        ("text/plain; charset=utf-8", "Grüße".encode("latin-1")),
    ],
)
def test_words_are_read_in_any_charset_and_in_the_wrong_one(content_type, body):
    assert read_mail(raw(f"From: a@b.test\nContent-Type: {content_type}", body)).body == "Grüße"


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("=?utf-8?q?Die_Buche_f=C3=A4llen?=", "Die Buche fällen"),
        ("=?utf-8?b?a?=", "=?utf-8?b?a?="),
        ("=?no-such?q?a=FCb?=", "aüb"),
        ("=?utf-8?q?one=0D=0ABcc:_x@y.test?=", "one Bcc: x@y.test"),
        ("a\n b\n c", "a b c"),
        ("\xc3\xbcber", "über"),
        ("=?utf-8?q?nul=00_bell=07?=", "nul bell"),
        ("x" * 5_000, "x" * 299 + "…"),
    ],
)
def test_a_subject_becomes_one_line_that_can_be_kept(subject, read):
    assert read_mail(raw(f"From: a@b.test\nSubject: {subject}")).subject == read


def test_a_mail_without_a_message_id_is_named_by_its_content():
    one, same, other = (read_mail(a_mail(words, message_id=None)) for words in ("a", "a", "b"))

    assert one.origin == same.origin != other.origin


def test_html_is_read_as_text_and_nothing_of_its_scripts_is():
    read = read_mail(
        raw(
            "From: a@b.test\nContent-Type: text/html; charset=utf-8",
            b"<html><head><title>T</title><style>p{}</style></head><body onload=alert(1)><p>Hello <b>you</b>,</p>"
            b"<script>alert('x')</script><div>see <a href='https://example.com/plan'>the plan</a></div>"
            b"<ul><li>one<li>two</ul><blockquote>old words</blockquote>1 &lt; 2 &amp; 3<img src=x onerror=alert(1)>",
        )
    )

    assert read.body == (
        "Hello you,\nsee the plan (https://example.com/plan)\n* one\n* two\n> old words\n1 < 2 & 3"
    )


def test_where_a_mail_is_both_the_text_is_taken():
    assert read_mail(a_mail("as text", html="<p>as html</p>")).body == "as text"


def test_a_link_that_runs_something_is_no_link():
    assert text_of("<a href='javascript:alert(1)'>press</a>") == "press"


def test_files_come_along_under_their_names():
    read = read_mail(a_mail(files=[("Plan für Eiche.pdf", b"%PDF-1.7 x"), ("../../etc/passwd", b"x")]))

    assert [file.content for file in read.files] == [b"%PDF-1.7 x", b"x"]
    assert read.files[0].name == "Plan für Eiche.pdf"


def test_more_files_than_a_letter_has_are_told_of_but_not_kept():
    read = read_mail(a_mail(files=[(f"{n}.txt", b"x") for n in range(MOST_FILES + 5)]))

    assert len(read.files) == MOST_FILES
    assert read.left_out == ("5 more files came along and were not kept.",)


def test_a_forwarded_mail_is_part_of_the_words():
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: old\r\n\r\nthe old words"
    body = b"--b\r\n\r\nsee below\r\n--b\r\n" + inner + b"\r\n--b--"

    read = read_mail(raw("From: a@b.test\nContent-Type: multipart/mixed; boundary=b", body))

    assert read.body == "see below\n\nthe old words"


def nested(kind: str, times: int) -> bytes:
    body = b"x"
    for n in range(times):
        head = b"Content-Type: message/rfc822\r\n\r\n"
        if kind == "multipart":
            head = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        body = head + body
    return b"From: a@b.test\r\nSubject: bomb\r\n" + body


BOMBS = {
    "parts in parts": nested("multipart", 250),
    "parts in parts in parts": nested("multipart", 5_000),
    "mails in mails": nested("mail", 3_000),
    "many parts": raw(
        "From: a@b.test\nSubject: bomb\nContent-Type: multipart/mixed; boundary=b",
        b"--b\r\n\r\nx\r\n" * 50_000,
    ),
    "brackets": raw("From: " + "(" * 100_000 + "\nSubject: bomb"),
    "recipients": raw("To: " + "a@b.test, " * 100_000 + "\nSubject: bomb"),
    "headers": raw("X-A: b\n" * 100_000 + "Subject: bomb"),
    "encoded words": raw("Subject: bomb\nFrom: " + "=?utf-8?q?a?= " * 100_000),
    "tags": raw("Subject: bomb\nContent-Type: text/html", b"<a " * 500_000),
    "declarations": raw("Subject: bomb\nContent-Type: text/html", b"<![CDATA[" * 100_000),
    "comments": raw("Subject: bomb\nContent-Type: text/html", b"<!--" * 100_000),
    "scripts": raw("Subject: bomb\nContent-Type: text/html", b"<script>" * 100_000),
    "entities": raw("Subject: bomb\nContent-Type: text/html", b"&#" + b"9" * 100_000 + b";"),
    "charset of minutes": raw("Subject: bomb\nContent-Type: text/plain; charset=punycode", b"abc-" * 300_000),
    "quotes": raw("Subject: bomb", b"On Tuesday a wrote\r\n" * 100_000),
    "marks": raw("Subject: bomb", b"> " * 200_000 + b"\r\n" + b">\r\n" * 100_000),
    "nothing": b"\r\nSubject: bomb\r\n",
    "zeros": b"Subject: bomb\r\n\r\n" + b"\x00" * 1_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=list(BOMBS))
def test_a_mail_made_to_break_us_is_read_soon_and_fits(bomb):
    began = time.process_time()

    read = read_mail(bomb)
    newly_said(read.body)

    assert time.process_time() - began < LONGEST_SECONDS
    assert len(read.body) <= LONGEST_TEXT
    assert "\x00" not in read.body + read.subject + read.sender


def test_a_mail_that_is_too_large_tells_who_wrote_it():
    read = read_mail(a_mail() + b"x" * LARGEST_MAIL)

    assert (read.sender, read.subject, read.body) == ("clara@example.com", "The gate", "")
    assert read.left_out[0].startswith("This mail is too large to be read (40 MB)")


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto-Submitted": "auto-replied"}, "a program sent it by itself"),
        ({"Auto-Submitted": "no"}, ""),
        ({"Precedence": "bulk"}, "a program sent it by itself"),
        ({"Precedence": "list"}, "it went to many"),
        ({"List-Unsubscribe": "<https://example.com/u>"}, "it went to many"),
        ({"X-Autoreply": "yes"}, "an automatic answer"),
        ({"Return-Path": "<>"}, "a mail server sent it"),
        ({"Subject": "Automatische Antwort: Angebot"}, "an automatic answer"),
        ({"Subject": "Out of the office on Friday?"}, "an automatic answer"),
        ({"Subject": "Office hours"}, ""),
    ],
)
def test_what_no_person_wrote_is_recognised(headers, why):
    head = "\n".join(f"{name}: {value}" for name, value in headers.items())

    assert read_mail(raw(f"From: a@b.test\n{head}", b"x")).automatic == why


def test_a_mail_that_runs_in_a_circle_is_recognised():
    assert read_mail(raw("Received: by x\n" * 61 + "From: a@b.test")).automatic == "it runs in a circle"


def test_a_report_of_a_mail_server_names_the_mail_the_address_and_the_words():
    bounce = read_mail(a_bounce("<abc@ashworth.test>", "Clara@Example.com")).bounce

    assert bounce is not None
    assert bounce.message_ids == ("<abc@ashworth.test>",)
    assert bounce.recipients == {"clara@example.com"}
    assert bounce.words == "550 5.1.1 No such user here"


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_a_report_that_nothing_is_lost_is_no_bounce(action):
    assert read_mail(a_bounce("<abc@ashworth.test>", "clara@example.com", action=action)).bounce is None


def test_a_report_without_the_standard_form_counts_when_it_names_a_mail():
    words = b"This is the qmail-send program.\nI couldn't deliver it.\n\nMessage-ID: <abc@ashworth.test>\n"

    bounce = read_mail(raw("From: MAILER-DAEMON@mx.test\nSubject: failure notice", words)).bounce

    assert bounce is not None
    assert bounce.message_ids == ("<abc@ashworth.test>",)
    assert bounce.words.startswith("This is the qmail-send program.")


ANSWER = "Yes, come on Tuesday.\n\nClara"


@pytest.mark.parametrize(
    "below",
    [
        "On Tue, 3 Mar 2026 at 10:00, Ashworth <office@ashworth.test> wrote:\n> Shall we come?\n> Ann",
        "On Tue, 3 Mar 2026 at 10:00, Ashworth & Sons of Otley\n<office@ashworth.test> wrote:\n\n> Shall we come?",
        "Am 03.03.2026 um 10:00 schrieb Ashworth <office@ashworth.test>:\n> Shall we come?",
        "Le mar. 3 mars 2026 à 10:00, Ashworth <office@ashworth.test> a écrit :\n> Shall we come?",
        "-----Original Message-----\nFrom: Ashworth\nSent: Tuesday\nSubject: Estimate\n\nShall we come?",
        "________________________________\nFrom: Ashworth <office@ashworth.test>\nSent: Tuesday\nTo: Clara\n"
        "Subject: Estimate\n\nShall we come?",
        "Von: Ashworth <office@ashworth.test>\nGesendet: Dienstag\nAn: Clara\nBetreff: Angebot\n\nShall we come?",
        "> Shall we come?\n> Ann",
    ],
)
def test_the_letter_that_is_answered_is_cut_off(below):
    told = newly_said(f"{ANSWER}\n\n{below}")

    assert (told.words, told.cut) == (ANSWER, True)


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        "> only a quote",
        "On Tuesday I wrote you:\n",
        "From: the road\nyou see it",
        "Forwarded:\n\nFrom: Bob\nthe gate is blue",
        "",
    ],
)
def test_what_is_no_quoted_letter_stays(text):
    assert newly_said(text).words.strip() == text.strip()
    assert not newly_said(text).cut


def test_an_answer_beneath_the_quote_is_what_is_said():
    told = newly_said("On Tue, Ashworth <office@ashworth.test> wrote:\n> Shall we come?\n\nYes, come.")

    assert told.words == "Yes, come."
