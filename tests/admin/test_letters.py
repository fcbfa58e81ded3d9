"""Writing to clients from the desk: channel, recipients with their reasons, templates, once [A29, A30, L14]."""

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import (
    Channel,
    Company,
    Membership,
    Message,
    OutboxMessage,
    Thread,
)
from admin_app.services.messages.reach import opt_out
from seeds.builders import a_brand, a_contact, a_group
from seeds.work_builders import a_project, a_template
from tests.forms import read_off, send
from tests.signing import a_user, on_sqlite, sign_in_as


@pytest.fixture
def office(rows, client):
    """Clara and her husband Carl are a customer; the company can write mails."""
    with rows() as session:
        session.add(
            Company(
                id=1,
                name="Ashworth & Sons",
                currency="GBP",
                country="GB",
                email="office@ashworth.test",
                sms_sender="+447700900999",
            )
        )
        a_user(session)
        clara = a_group(session, name="The Clients")
        a_contact(
            session, clara, first_name="Clara", last_name="Client", email="clara@client.test", mobile="07700 900123"
        )
        a_contact(session, clara, first_name="Carl", last_name="Client", email="carl@client.test", phone=None)
        session.scalars(select(Membership).where(Membership.contact_id == 1)).one().is_primary = True
        a_project(session, clara, title="Fell the ash")
    sign_in_as(client)
    return client


def outbox(rows):
    with rows() as session:
        return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()


def filled(page, **but):
    """What the letter form would send as it stands."""
    told = {
        "key": read_off(r'name="key" value="([^"]+)"', page.text),
        "contact": re.findall(r'name="contact" value="(\d+)" checked', page.text),
        "body": read_off(r'<textarea[^>]*name="body"[^>]*>\r?\n?([^<]*)</textarea>', page.text),
    }
    subject = re.search(r'name="subject"[^>]*value="([^"]*)"', page.text)
    return told | ({"subject": subject[1]} if subject else {}) | but


def test_a_mail_from_the_side_bar_goes_to_whom_was_ticked(office, rows):
    """[A29]: the side bar opens the form; who gets it is said before it is sent."""
    assert "/admin/write/customer/1" in office.get("/admin/customers/1").text
    page = office.get("/admin/write/customer/1")
    assert "clara@client.test" in page.text
    assert "carl@client.test" in page.text

    typed = filled(page, contact=["2"], subject="The gate", body="Is it open?")
    answer = send(office, "/admin/write/customer/1", typed, follow_redirects=True)

    assert "Mail on its way to carl@client.test" in answer.text
    (mail,) = outbox(rows)
    assert (mail.recipient, mail.subject, mail.body) == ("carl@client.test", "The gate", "Is it open?")


def test_a_letter_stands_in_the_thread_of_its_customer(office, rows):
    send(office, "/admin/write/project/1", filled(office.get("/admin/write/project/1"), subject="A", body="B"))

    with rows() as session:
        thread = session.scalars(select(Thread)).one()
        assert (thread.about, thread.group_id, thread.project_id) == ("project", 1, 1)
        assert session.scalars(select(Message.body)).all() == ["B"]


def test_two_presses_send_one_mail_each(office, rows):
    typed = filled(office.get("/admin/write/customer/1"), contact=["1", "2"], subject="A", body="B")

    for _ in range(2):
        send(office, "/admin/write/customer/1", typed)

    assert [mail.recipient for mail in outbox(rows)] == ["clara@client.test", "carl@client.test"]


def test_words_left_as_proposed_greet_each_by_name(office, rows):
    with rows() as session:
        a_template(session)
    page = office.get("/admin/write/customer/1?template=1")
    assert "we are back on 7 January" in page.text

    send(office, "/admin/write/customer/1?template=1", filled(page, contact=["1", "2"]))

    assert [mail.body.splitlines()[0] for mail in outbox(rows)] == ["Dear Clara Client,", "Dear Carl Client,"]


def test_a_text_goes_to_a_mobile_number(office, rows):
    """[A30]: Carl has no number, and the form says so."""
    page = office.get("/admin/write/customer/1?channel=sms")
    assert "Carl Client has no mobile number" in page.text

    answer = send(office, "/admin/write/customer/1?channel=sms", filled(page, body="We come at nine"))

    assert answer.status_code == 302
    (text,) = outbox(rows)
    assert (text.channel, text.recipient, text.body) == (Channel.SMS, "+447700900123", "We come at nine")


@on_sqlite
def test_a_text_of_ten_thousand_signs_is_refused_and_kept(office, rows):
    typed = filled(office.get("/admin/write/customer/1?channel=sms"), body="long " * 2_000)

    answer = send(office, "/admin/write/customer/1?channel=sms", typed)

    assert answer.status_code == 422
    assert "long long long" in answer.text
    assert outbox(rows) == []


def test_whoever_opted_out_is_not_offered(office, rows, clock):
    """[102]: the reason stands where the name would."""
    with rows() as session:
        opt_out(session, "clara@client.test", Channel.MAIL, "Clara Client", "no mails, thank you", clock)

    page = office.get("/admin/write/customer/1")
    assert 'value="1"' not in "".join(re.findall(r'<input[^>]*name="contact"[^>]*>', page.text))
    answer = send(
        office, "/admin/write/customer/1", filled(page, contact=["1"], subject="A", body="B")
    )

    assert answer.status_code == 422
    assert outbox(rows) == []


@on_sqlite
def test_why_somebody_is_proposed_stands_beside_the_name(office):
    """[L14]: an appointment is told to whoever opens the site, everything else to the primary contact."""
    text = office.get("/admin/write/project/1").text

    assert re.search(r'value="1" checked>.*?Clara Client is the primary contact', text, re.S)
    assert re.search(r'value="2">.*?Carl Client belongs to the customer', text, re.S)


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"contact": []}, "Choose to whom it goes"),
        ({"contact": ["77"]}, "Choose to whom it goes"),
        ({"subject": " "}, "A mail needs a subject"),
        ({"subject": "A\r\nBcc: all@client.test"}, "one line"),
        ({"body": " "}, "A message needs words"),
    ],
)
def test_what_cannot_be_sent_is_said_with_everything_kept(office, rows, typed, said):
    told = filled(office.get("/admin/write/customer/1"), subject="The gate", body="Is it open?") | typed

    answer = send(office, "/admin/write/customer/1", told)

    assert answer.status_code == 422
    assert said in answer.text
    assert "Is it open?" in answer.text or typed.get("body")
    assert outbox(rows) == []


@on_sqlite
def test_without_contacts_the_form_says_so(office, rows):
    with rows() as session:
        a_group(session, name="Nobody's")

    page = office.get("/admin/write/customer/2")

    assert "This customer has no contacts" in page.text
    assert "Send mail" not in page.text


@on_sqlite
def test_mails_switched_off_in_the_settings_say_so(office, rows):
    with rows() as session:
        session.scalars(select(Company)).one().mail_on = False

    assert "switched off in the settings" in office.get("/admin/write/customer/1").text


@on_sqlite
@pytest.mark.parametrize(("role", "status"), [(Role.ESTIMATOR, 200), (Role.CREW, 403), (Role.ANALYST, 403)])
def test_who_may_write_to_clients(office, rows, app, role, status):
    with rows() as session:
        a_brand(session)
        a_user(session, role)
    other = app.test_client()
    sign_in_as(other, role)

    assert other.get("/admin/write/customer/1").status_code == status
