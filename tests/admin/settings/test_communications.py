"""Settings > Communications: what clients hear by itself, when, and in which words [E7-E9, E15-E18, 98, 101]."""

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import (
    Brand,
    Channel,
    Company,
    CustomerGroup,
    Ladder,
    MessagePurpose,
    MessageTemplate,
    ReminderStep,
)
from seeds.builders import a_contact, a_group
from tests.admin.settings.pages import edit, typed_into
from tests.forms import send
from tests.signing import a_user, on_sqlite, sign_in_as

PAGE = "/admin/settings/communications"
TEMPLATES = f"{PAGE}/templates"


@pytest.fixture
def office(rows, client):
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", currency="GBP", email="office@ashworth.test"))
        session.add(Brand(name="Harbour", key="harbour", phone="020 7946 0958", is_default=True))
        a_user(session)
        clara = a_group(session, name="Clara Client")
        a_contact(session, clara, first_name="Clara", last_name="Client", email="clara@client.test")
    sign_in_as(client)
    return client


def rungs(rows):
    with rows() as session:
        return [
            (step.ladder, step.days, step.channel, step.enabled)
            for step in session.scalars(select(ReminderStep).order_by(ReminderStep.ladder, ReminderStep.days))
        ]


def the_company(rows):
    with rows() as session:
        return session.scalars(select(Company)).one()


def test_only_save_makes_a_switch_hold(office, rows):
    """[E8, E9]: the page asks nothing by itself; what is saved holds, and is shown again."""
    assert edit(office, PAGE, tell_start_dates="y", quiet_from="21:30").status_code == 302

    company = the_company(rows)
    assert company.tell_start_dates
    assert company.quiet_from == "21:30"
    assert 'value="21:30"' in office.get(PAGE).text


def test_the_form_as_it_was_shown_changes_nothing(office, rows):
    before = the_company(rows).version

    assert edit(office, PAGE).status_code == 302

    assert the_company(rows).version == before


def test_the_page_of_the_company_leaves_communication_alone(office, rows):
    edit(office, PAGE, sms_sender="+442079460000")

    assert "quiet_from" not in typed_into(office.get("/admin/settings/"))
    edit(office, "/admin/settings/", name="Ashworth Ltd")

    assert the_company(rows).sms_sender == "+442079460000"
    assert the_company(rows).mail_on


@on_sqlite
@pytest.mark.parametrize(
    ("key", "typed"),
    [("quiet_from", "nine"), ("quiet_until", "24:00"), ("day_starts", "7"), ("day_ends", "06:00")],
)
def test_times_of_day_are_times(office, rows, key, typed):
    answer = edit(office, PAGE, **{key: typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text, "what was typed is kept"
    assert "Write a time of day as 07:30" in answer.text or "ends after it starts" in answer.text


@on_sqlite
def test_without_servers_the_page_says_what_becomes_of_messages(office):
    text = office.get(PAGE).text

    assert "No mail server is set" in text
    assert "No provider is set" in text


def test_the_usual_reminders_come_with_one_press(office, rows):
    """[101]: estimates on days 3 and 7, invoices on days -3, 3, 14 and 30, appointments the day before."""
    assert "Nobody is reminded of anything yet" in office.get(PAGE).text

    send(office, f"{PAGE}/reminders", {"usual": "1"})

    assert [(ladder.value, days) for ladder, days, _, _ in rungs(rows)] == [
        ("appointment", -1), ("estimate", 3), ("estimate", 7),
        ("invoice", -3), ("invoice", 3), ("invoice", 14), ("invoice", 30),
    ]  # fmt: skip
    assert "3 days before it is due" in office.get(PAGE).text


def test_a_reminder_is_added_switched_and_removed(office, rows):
    send(office, f"{PAGE}/reminders", {"ladder": "invoice", "days": "5", "side": "before", "channel": "sms"})
    assert rungs(rows) == [(Ladder.INVOICE, -5, Channel.SMS, True)]

    send(office, f"{PAGE}/reminders/1", {"act": "off"})
    assert rungs(rows) == [(Ladder.INVOICE, -5, Channel.SMS, False)]

    send(office, f"{PAGE}/reminders/1", {"act": "remove"})
    assert rungs(rows) == []


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"ladder": "estimate", "days": "0", "channel": "mail"}, "Choose a day from 1 to 120"),
        ({"ladder": "estimate", "days": "three", "channel": "mail"}, "Write the days as a whole number"),
        ({"ladder": "appointment", "days": "31", "channel": "mail"}, "Choose a day from -30 to -1"),
    ],
)
def test_a_reminder_out_of_reach_is_refused_in_a_sentence(office, rows, typed, said):
    answer = send(office, f"{PAGE}/reminders", typed, follow_redirects=True)

    assert said in answer.text
    assert rungs(rows) == []


@on_sqlite
def test_a_reminder_twice_is_refused(office, rows):
    rung = {"ladder": "estimate", "days": "3", "channel": "mail"}
    send(office, f"{PAGE}/reminders", rung)

    answer = send(office, f"{PAGE}/reminders", rung, follow_redirects=True)

    assert "This reminder is there already" in answer.text
    assert len(rungs(rows)) == 1


# ------------------------------------------------------------------------------------------------- words


def words(purpose="free", channel="mail", **but):
    told = {"name": "Away", "purpose": purpose, "channel": channel, "brand": ""}
    return told | {"subject": "We are away", "body": "Dear {{contact}},\n\nback on 7 January."} | but


def test_words_of_our_own_take_the_place_of_the_shipped_ones(office, rows):
    shown = office.get(f"{TEMPLATES}/new?purpose=invoice&channel=mail")
    assert "Invoice {{number}}" in shown.text, "they begin with the words that hold now"

    answer = send(office, f"{TEMPLATES}/new?purpose=invoice&channel=mail", words("invoice", name="Bill"))

    assert answer.status_code == 302
    with rows() as session:
        row = session.scalars(select(MessageTemplate)).one()
        assert (row.purpose, row.channel, row.brand_id) == (MessagePurpose.INVOICE, Channel.MAIL, None)
    assert "Your own" in office.get(TEMPLATES).text


def test_an_unknown_placeholder_is_refused_by_name(office, rows):
    answer = send(office, f"{TEMPLATES}/new", words(body="Dear {{contakt}}"))

    assert answer.status_code == 422
    assert "{{contakt}} is not a placeholder" in answer.text
    assert "did you mean {{contact}}" in answer.text
    assert "Dear {{contakt}}" in answer.text, "what was typed is kept"
    with rows() as session:
        assert session.scalar(select(MessageTemplate.id)) is None


@on_sqlite
def test_a_placeholder_of_another_purpose_is_refused(office):
    answer = send(office, f"{TEMPLATES}/new", words(body="{{caller}} calls"))

    assert answer.status_code == 422
    assert "has no meaning in a message of the kind" in answer.text


@on_sqlite
def test_the_preview_shows_a_real_customer_and_saves_nothing(office, rows):
    answer = send(office, f"{TEMPLATES}/new", words(preview="1"))

    letter = re.search(r'st-letter">(.*?)</div>', answer.text, re.S)
    assert letter is not None
    assert "Dear Clara" in letter[1]
    assert "Shown with Clara Client" in answer.text
    with rows() as session:
        assert session.scalar(select(MessageTemplate.id)) is None


@on_sqlite
def test_a_preview_runs_nothing_that_a_template_says(office):
    typed = words(body="{{contact}} <script>alert(1)</script> {% set x = 1 %}{{ contact }}", preview="1")

    answer = send(office, f"{TEMPLATES}/new", typed)

    assert "<script>alert(1)" not in answer.text
    assert "{% set x = 1 %}" in answer.text


@on_sqlite
def test_a_text_message_says_how_many_it_becomes(office):
    typed = words(channel="sms", body="ä" * 161 + "ł", preview="1")

    answer = send(office, f"{TEMPLATES}/new?channel=sms", typed)

    assert "162 characters, sent as 3 text messages" in answer.text


def test_a_brand_has_one_text_for_a_purpose(office, rows):
    typed = words("invoice", brand="1")
    send(office, f"{TEMPLATES}/new?purpose=invoice", typed)

    answer = send(office, f"{TEMPLATES}/new?purpose=invoice", typed | {"name": "Other"})

    assert answer.status_code == 422
    assert "There are words for Harbour already" in answer.text
    assert send(office, f"{TEMPLATES}/new?purpose=invoice", typed | {"brand": ""}).status_code == 302


def test_a_template_is_changed_and_removed(office, rows):
    send(office, f"{TEMPLATES}/new", words())
    send(office, f"{TEMPLATES}/1", words(subject="We are back"))
    with rows() as session:
        assert session.scalar(select(MessageTemplate.subject)) == "We are back"

    send(office, f"{TEMPLATES}/1/remove", {})

    with rows() as session:
        assert session.scalar(select(MessageTemplate.id)) is None
        assert session.scalar(select(CustomerGroup.id)) is not None


@on_sqlite
@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.CREW, Role.ANALYST])
def test_only_the_office_changes_how_clients_are_written_to(office, rows, app, role):
    with rows() as session:
        a_user(session, role)
    other = app.test_client()
    sign_in_as(other, role)

    assert other.get(PAGE).status_code == 403
    assert send(other, f"{PAGE}/reminders", {"usual": "1"}).status_code == 403
    assert other.get(TEMPLATES).status_code == 403
