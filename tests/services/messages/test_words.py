"""What a message says: shipped words, templates of the company and of its brands, placeholders [98, E15-E18]."""

from datetime import UTC, date, datetime, timedelta

import pytest

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.sms_text import measure
from admin_app.models import Channel, MessagePurpose
from admin_app.services.messages.placeholders import PLACEHOLDERS
from admin_app.services.messages.resolve import Recipient
from admin_app.services.messages.shipped import SHIPPED
from admin_app.services.messages.words import check_words, draft, placeholders_for, template_for
from seeds.builders import a_brand, a_task, an_address, an_event
from seeds.work_builders import a_template, an_estimate

P, MAIL, SMS = MessagePurpose, Channel.MAIL, Channel.SMS
PAULA = Recipient(None, None, "Paula Client", "paula@client.test", "")


@pytest.mark.parametrize("purpose", P)
def test_every_purpose_has_a_mail(purpose):
    assert (purpose, MAIL) in SHIPPED


@pytest.mark.parametrize(("purpose", "channel"), sorted(SHIPPED))
def test_the_shipped_words_know_their_placeholders_and_keep_calm(purpose, channel):
    subject, body = SHIPPED[purpose, channel]

    check_words(purpose, channel, subject, body)
    assert "!" not in subject + body


@pytest.mark.parametrize(("purpose", "channel"), sorted(SHIPPED))
def test_what_is_printed_has_no_brace_left(session, office, ann, clock, purpose, channel):
    told = draft(session, purpose, channel, an_estimate(session, office.project), ann, clock, PAULA)

    assert not any(mark in told.subject + told.body for mark in ("{{", "}}", "[[", "]]", "None"))
    assert "\n\n\n" not in told.body


def test_an_appointment_is_told_in_the_time_on_the_wall(session, office, ann, clock):
    """Nine in the morning UTC on 2 June is ten o'clock in London."""
    place = an_address(session, office.group)
    event = an_event(
        session, office.group, starts_at=datetime(2026, 6, 2, 9, tzinfo=UTC), address_id=place.id
    )

    told = draft(session, P.APPOINTMENT, MAIL, event, ann, clock, PAULA)

    assert "Tuesday, June 2, 2026" in told.subject
    assert "10:00" in told.subject
    assert "1 Mill Street, 8000 Aarhus" in told.body
    assert "comes to you" not in told.body, "nobody is named to come"
    assert told.missing == ("who_comes", "link"), "nobody is told, and no portal is open"


@pytest.mark.parametrize("language", ["en", "en_GB", "de", "fr"])
def test_a_text_about_an_appointment_travels_as_plain_signs(session, office, ann, clock, language):
    """Babel prints times and amounts with narrow blanks, which would halve the room."""
    office.company.language = language
    event = an_event(session, office.group)

    told = draft(session, P.APPOINTMENT, SMS, event, ann, clock, PAULA)

    assert not measure(told.body).unicode or ("\u202f" not in told.body and "\xa0" not in told.body)
    assert measure(told.body).parts <= 2
    assert language not in ("en", "en_GB") or not measure(told.body).unicode


def test_the_template_of_the_brand_goes_before_the_one_of_the_company(session, office, ann, clock):
    estimate = an_estimate(session, office.project)
    assert template_for(session, P.ESTIMATE, MAIL, estimate) is None
    a_template(session, "Of the house", purpose=P.ESTIMATE, subject="House {{title}}", body="x")
    other = a_brand(session, name="South", key="south")
    a_template(session, "South", purpose=P.ESTIMATE, subject="South", body="x", brand_id=other.id)
    assert draft(session, P.ESTIMATE, MAIL, estimate, ann, clock, PAULA).subject == "House Fell the ash"

    a_template(session, "North", purpose=P.ESTIMATE, subject="North", body="x", brand_id=office.brand.id)

    assert draft(session, P.ESTIMATE, MAIL, estimate, ann, clock, PAULA).subject == "North"


def test_what_a_person_typed_is_never_read_as_a_placeholder(session, office, ann, clock):
    """security.md, promise 6: a title with braces is printed, not replaced."""
    office.project.title = "{{amount}} [[x]] {{company}}\r\nBcc: all@example.com"
    template = a_template(session, subject="About {{title}}", body="{{title}} {{ contact }}")

    told = draft(session, P.FREE, MAIL, office.project, ann, clock, PAULA, template)

    assert "Harding" not in told.body
    assert "\n" not in told.subject
    assert told.body.endswith("Paula Client\n")


def test_a_placeholder_without_a_value_prints_nothing_and_is_named(session, office, ann, clock):
    template = a_template(
        session, subject="S", body="Due: {{due}}.\n[[By {{due}} at {{place}}]]\nEnd {{number}}"
    )

    told = draft(session, P.FREE, MAIL, office.project, ann, clock, PAULA, template)

    assert told.body == "Due: .\nEnd\n"
    assert set(told.missing) == {"due", "place", "number"}


@pytest.mark.parametrize(
    ("subject", "body", "says"),
    [
        ("Hello", "{{amont}}", "{{amont}} is not a placeholder; did you mean {{amount}}?"),
        ("{{nonsense}}", "x", "{{nonsense}} is not a placeholder"),
        ("Hello", "{{time}}", "{{time}} has no meaning in a message of the kind “invoice”"),
        ("Hello", "Dear {{contact}", "begins with {{"),
        ("Hello", "Dear {{ {{contact}} }}", "is missing"),
        ("Hello", "[[by {{due}}", "may be left out"),
        ("Hello", "{{7*7}}", "{{7*7}} is not a placeholder"),
        ("Hello", "{{contact.__class__}}", "is not a placeholder"),
        ("", "x", "needs a subject"),
        ("Hello", "  ", "needs words"),
    ],
)
def test_a_template_that_would_print_nonsense_is_refused_with_its_reason(subject, body, says):
    with pytest.raises(Invalid) as refusal:
        check_words(P.INVOICE, MAIL, subject, body)

    assert says in refusal.value.sentence


def test_a_text_template_has_no_subject_and_fits():
    with pytest.raises(Invalid, match="no subject"):
        check_words(P.INVOICE, SMS, "Hello", "x")
    with pytest.raises(Invalid, match="at most 10"):
        check_words(P.INVOICE, SMS, "", "x" * 1531)


def test_without_words_for_a_channel_nothing_is_made_up(session, office, ann, clock):
    with pytest.raises(Unmet, match="no words for “credit note” as a text message"):
        draft(session, P.CREDIT_NOTE, SMS, office.project, ann, clock, PAULA)


def test_every_placeholder_is_explained_and_offered_somewhere():
    offered = {name for purpose in P for name in placeholders_for(purpose)}

    assert offered == set(PLACEHOLDERS)
    assert all(one.says for one in PLACEHOLDERS.values())


@pytest.mark.parametrize(("late", "says"), [(0, ""), (1, "1 day"), (14, "14 days")])
def test_days_late_are_counted_from_the_due_day(session, office, ann, clock, late, says):
    template = a_template(session, subject="S", body="Late: {{days_late}}")
    task = a_task(session, office.group, due_on=date(2026, 3, 17) - timedelta(days=late))

    assert (
        draft(session, P.FREE, MAIL, task, ann, clock, PAULA, template).body
        == f"Late: {says}".rstrip() + "\n"
    )
