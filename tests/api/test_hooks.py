"""Providers bring mail and SMS to /hooks: signed, once, and nothing changes without a signature (security.md)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_app.gateways.signatures import mail_signature, sms_signature
from admin_app.jobs.fetch_mail import fetch_mail
from admin_app.jobs.shift import Shift
from admin_app.models import Attachment, AuditEntry, Message, OutboxMessage, ReachEntry, Thread
from admin_app.models.engine import open_engine
from admin_app.services.inbound.read_mail import LARGEST_MAIL
from seeds.builders import a_company
from tests.services.inbound.letters import a_mail

KEY = "the key of the mail hook"
TOKEN = "token of the account"
PUBLIC = "https://office.ashworth.test"
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF"


@pytest.fixture
def settings(settings):
    sms_url = f"https://AC123:{TOKEN.replace(' ', '%20')}@sms.example.com/2010-04-01"
    return replace(settings, hook_key=KEY, sms_url=sms_url, public_url=PUBLIC)


@pytest.fixture
def client(app, clock, rows):
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session, sms_sender="+447700900000")
    return app.test_client()


@pytest.fixture
def bring(client, clock):
    """A function that brings a mail, signed as it should be unless told otherwise."""

    def bring_it(mail, *, key=KEY, age=timedelta(0), signed=None, **headers):
        stamp = str(int((clock.now() - age).timestamp()))
        told = {
            "Content-Type": "message/rfc822",
            "X-Sawhorse-Timestamp": stamp,
            "X-Sawhorse-Signature": mail_signature(key, stamp, mail if signed is None else signed),
        }
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post("/hooks/mail", data=mail, headers=told)

    return bring_it


@pytest.fixture
def text(client):
    """A function that brings a text message, signed as it should be unless told otherwise."""

    def bring_it(
        body="Yes, Tuesday", sid="SM1", *, token=TOKEN, url=f"{PUBLIC}/hooks/sms", signature=None, **more
    ):
        fields = {"From": "+447700900123", "To": "+447700900000", "Body": body, "MessageSid": sid, **more}
        told = sms_signature(token, url, fields.items()) if signature is None else signature
        return client.post("/hooks/sms", data=fields, headers={"X-Twilio-Signature": told})

    return bring_it


def count(rows, kind):
    with rows() as session:
        return session.scalar(select(func.count(kind.id)))


def nothing_changed(rows):
    return [count(rows, kind) for kind in (Message, Thread, Attachment, ReachEntry, OutboxMessage)] == [0] * 5


def test_a_signed_mail_is_taken_in_once(bring, rows):
    mail = a_mail(files=[("plan.pdf", PDF)])

    first, again = bring(mail), bring(mail)

    assert (first.status_code, first.json["fate"]) == (200, "kept")
    assert (again.status_code, again.json["fate"]) == (200, "known before")
    assert (count(rows, Message), count(rows, Attachment)) == (1, 1)
    with rows() as session:
        assert {
            entry.door for entry in session.scalars(select(AuditEntry).where(AuditEntry.entity == "Message"))
        } == {"hook"}


def test_the_same_mail_by_hook_and_mailbox_enters_once(bring, rows, settings, clock, imap_server):
    bring(a_mail())
    imap_server.put(b"Received: from elsewhere\r\n" + a_mail())
    engine = open_engine(settings.database_url)

    fetch_mail(Shift(replace(settings, imap_url=imap_server.url()), engine, clock))

    engine.dispose()
    assert count(rows, Message) == 1
    assert imap_server.mails[0].seen


@pytest.mark.parametrize(
    "but",
    [
        {"key": "another key"},
        {"signed": b"other bytes"},
        {"age": timedelta(minutes=5, seconds=1)},
        {"age": -timedelta(minutes=5, seconds=1)},
        {"X_Sawhorse_Signature": ""},
        {"X_Sawhorse_Signature": "ü"},
        {"X_Sawhorse_Timestamp": ""},
        {"X_Sawhorse_Timestamp": "NaN"},
        {"X_Sawhorse_Timestamp": "9" * 400},
    ],
    ids=str,
)
def test_a_forged_or_old_mail_is_refused_and_changes_nothing(bring, rows, but):
    assert bring(a_mail(), **but).status_code == 403
    assert nothing_changed(rows)


def test_four_minutes_on_the_way_are_no_forgery(bring):
    assert bring(a_mail(), age=timedelta(minutes=4)).status_code == 200


def test_only_a_raw_mail_is_taken(bring, rows):
    assert bring(a_mail(), Content_Type="application/x-www-form-urlencoded").status_code == 415
    assert nothing_changed(rows)


def test_a_mail_beyond_the_limit_is_refused_unread(bring, rows):
    assert bring(b"x" * (LARGEST_MAIL + 1)).status_code == 413
    assert nothing_changed(rows)


def test_a_signed_mail_of_any_bytes_is_taken_in(bring, rows):
    for number, mail in enumerate((b"", b"\x00\xff", b"Subject: =?x?\r\n\r\n", b"From: <>\r\n\r\n\x00")):
        assert bring(mail).status_code == 200
        assert count(rows, Message) == number + 1


def test_a_signed_text_message_is_taken_in_once(text, rows):
    first, again = text(), text()

    assert (first.status_code, again.status_code, first.mimetype) == (200, 200, "text/xml")
    assert "<Response/>" in first.text
    assert count(rows, Message) == 1


def test_stop_by_text_message_is_kept_and_confirmed_once(text, rows):
    for sid in ("SM1", "SM1", "SM2"):
        assert text("STOP", sid).status_code == 200

    assert (count(rows, ReachEntry), count(rows, OutboxMessage)) == (1, 1)


@pytest.mark.parametrize(
    "but",
    [
        {"token": "another"},
        {"signature": ""},
        {"signature": "ü"},
        {"url": "https://elsewhere.test/hooks/sms"},
        {"url": f"{PUBLIC}/hooks/mail"},
    ],
    ids=str,
)
def test_a_forged_text_message_is_refused_and_changes_nothing(text, rows, but):
    assert text("STOP", **but).status_code == 403
    assert nothing_changed(rows)


def test_a_field_added_on_the_way_is_a_forgery(client, rows):
    fields = {"From": "+447700900123", "Body": "hi", "MessageSid": "SM1"}
    signature = sms_signature(TOKEN, f"{PUBLIC}/hooks/sms", fields.items())

    answer = client.post(
        "/hooks/sms", data=fields | {"NumMedia": "1"}, headers={"X-Twilio-Signature": signature}
    )

    assert answer.status_code == 403
    assert nothing_changed(rows)


def test_the_signature_is_that_of_the_providers_own_example():
    """The worked example of the provider's documentation, https://www.twilio.com/docs/usage/security."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }

    url = "https://mycompany.com/myapp.php?foo=1&bar=2"

    assert sms_signature("12345", url, fields.items()) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize("sid", ["", "x" * 121, "SM\x00"])
def test_a_text_message_without_a_usable_id_is_refused(text, rows, sid):
    assert text(sid=sid).status_code == 422
    assert nothing_changed(rows)


def test_a_form_beyond_the_limit_is_refused(text, rows):
    assert text("x" * 300_000).status_code == 413
    assert nothing_changed(rows)


def test_ten_thousand_signs_arrive(text, rows):
    assert text("ä" * 10_000).status_code == 200
    with rows() as session:
        assert session.scalars(select(Message)).one().body == "ä" * 10_000


def test_without_a_key_there_is_no_such_address(settings, open_office, bring):
    bare = open_office(replace(settings, hook_key=None, sms_url=None)).test_client()

    assert [bare.post(f"/hooks/{name}").status_code for name in ("mail", "sms")] == [404, 404]
