"""Messages both ways in the portal: threads of documents, questions about nothing yet, photos [W9-W11, 100]."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.models import (
    Attachment,
    Channel,
    CustomerGroup,
    Direction,
    Invoice,
    Message,
    OutboxMessage,
    Thread,
    ThreadState,
)
from admin_app.services.messages.threads import answer
from seeds.portal_builders import a_document_link
from seeds.work_builders import a_message, a_thread
from tests.fixtures.office import ANN
from tests.portal.counting import costs_the_same
from tests.portal.household import HOSTILE, Household, a_picture, come_in, hostile_words_stand_as_text
from tests.portal.sending import send_from
from tests.portal.signing import link_path
from tests.signing import sign_in_as


def test_what_the_office_wrote_is_read_and_answered_in_its_thread(
    clara: FlaskClient, house: Household, rows: Any
):
    page = f"/portal/messages/{house.thread}"

    before = clara.get(page).get_data(as_text=True)
    answer = send_from(clara, page, page, words="Come in by the back gate.", key="k1")

    assert "We come to Fell the ash" in before
    assert answer.location == page
    assert "Come in by the back gate." in clara.get(page).get_data(as_text=True)
    with rows() as session:
        thread = session.scalars(select(Thread).where(Thread.public_id == house.thread)).one()
        said = session.scalars(select(Message).where(Message.direction == Direction.IN)).one()
        assert (thread.state, thread.waits) == (ThreadState.OPEN, True)
        assert (said.in_portal, said.contact_id, said.group_id) == (True, house.contact, house.group)
        assert (said.channel, said.address) == (Channel.MAIL, "clara@example.com")


def test_the_office_finds_it_waiting_in_its_inbox(app: Flask, clara: FlaskClient, house: Household):
    page = f"/portal/messages/{house.thread}"
    send_from(clara, page, page, words="Is the wood mine?", key="k1")
    desk = app.test_client()
    sign_in_as(desk)

    assert "Is the wood mine?" in desk.get("/admin/inbox/").get_data(as_text=True)


def test_a_second_press_says_it_once(clara: FlaskClient, house: Household, rows: Any):
    page = f"/portal/messages/{house.thread}"

    for _ in range(2):
        assert send_from(clara, page, page, words="Once.", key="same").status_code == 302

    with rows() as session:
        assert session.scalar(select(func.count(Message.id)).where(Message.body == "Once.")) == 1


@pytest.mark.parametrize("kind", ["proposals", "jobs", "invoices", "appointments", "requests", "projects"])
def test_words_about_a_document_begin_its_thread(clara: FlaskClient, house: Household, rows: Any, kind: str):
    public_id = {
        "proposals": house.estimate,
        "jobs": house.job,
        "invoices": house.invoice,
        "appointments": house.event,
        "requests": house.lead,
        "projects": house.project,
    }[kind]

    answer = send_from(
        clara, "/portal/details", f"/portal/{kind}/{public_id}/messages", words="About this.", key="k1"
    )

    assert answer.location == f"/portal/{kind}/{public_id}#messages"
    with rows() as session:
        said = session.scalars(select(Message).where(Message.body == "About this.")).one()
        assert said.thread.waits
        assert said.thread.project_id == house.project_id
        title = said.thread.public_id
    assert "About this." in clara.get(f"/portal/messages/{title}").get_data(as_text=True)


def test_a_photo_goes_along_and_is_judged_by_its_content(clara: FlaskClient, house: Household, rows: Any):
    page = f"/portal/messages/{house.thread}"

    send_from(clara, page, page, [("gate.png", a_picture("red"))], words="This is the gate.", key="k1")

    with rows() as session:
        kept = session.scalars(select(Attachment).where(Attachment.name == "gate.png")).one()
        assert (kept.content_type, kept.group_id, kept.project_id) == (
            "image/png",
            house.group,
            house.project_id,
        )
        assert kept.message_id is not None
        name = kept.public_id
    assert name in clara.get(page).get_data(as_text=True)
    with clara.get(f"/portal/files/{name}") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_file_that_is_not_kept_keeps_no_words_either_and_is_named(
    clara: FlaskClient, house: Household, rows: Any
):
    page = f"/portal/messages/{house.thread}"

    answer = send_from(
        clara, page, page, [("<b>page.jpg", b"<html><script>x</script>")], words="Look", key="k1"
    )

    words = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "&lt;b&gt;page.jpg cannot be sent" in words
    assert "Look</textarea>" in words  # what was typed is still there
    with rows() as session:
        assert session.scalar(select(func.count(Message.id)).where(Message.body == "Look")) == 0


def test_nothing_said_is_nothing_kept(clara: FlaskClient, house: Household, rows: Any):
    page = f"/portal/messages/{house.thread}"

    answer = send_from(clara, page, page, words=" \n ", key="k1")

    assert answer.status_code == 422
    assert "Write a few words" in answer.get_data(as_text=True)


def test_a_question_about_nothing_yet_begins_a_thread_of_its_own(
    clara: FlaskClient, house: Household, rows: Any
):
    page = "/portal/messages/new"

    for _ in range(2):
        answer = send_from(clara, page, page, subject="Firewood", words="Do you sell logs?", key="k1")

    assert "Do you sell logs?" in clara.get(answer.location).get_data(as_text=True)
    assert "Firewood" in clara.get("/portal/messages/").get_data(as_text=True)
    with rows() as session:
        thread = session.scalars(select(Thread).where(Thread.subject == "Firewood")).one()
        assert (thread.group_id, thread.about, thread.waits) == (house.group, None, True)


def test_a_question_without_a_subject_is_asked_for_one(clara: FlaskClient, house: Household):
    answer = send_from(clara, "/portal/messages/new", "/portal/messages/new", subject="", words="Hm", key="k")

    assert answer.status_code == 422
    assert "Say what it is about" in answer.get_data(as_text=True)


def test_another_household_s_thread_is_neither_read_nor_written(
    clara: FlaskClient, foreign: Household, rows: Any
):
    page = f"/portal/messages/{foreign.thread}"

    assert clara.get(page).status_code == 404
    assert send_from(clara, "/portal/details", page, words="Hello", key="k").status_code == 404
    about = f"/portal/invoices/{foreign.invoice}/messages"
    assert send_from(clara, "/portal/details", about, words="Hello", key="k").status_code == 404
    with rows() as session:
        assert session.scalar(select(func.count(Message.id)).where(Message.body == "Hello")) == 0


def test_a_key_of_somebody_else_s_form_hides_no_message(
    app: Flask, clara: FlaskClient, house: Household, foreign: Household, rows: Any, clock: Any
):
    otto = come_in(app, foreign, clock)
    page = f"/portal/messages/{foreign.thread}"
    send_from(otto, page, page, words="Otto's words", key="same")
    page = f"/portal/messages/{house.thread}"
    send_from(clara, page, page, words="Clara's words", key="same")

    with rows() as session:
        assert set(session.scalars(select(Message.body).where(Message.in_portal.is_(True)))) == {
            "Otto's words",
            "Clara's words",
        }


def test_by_the_link_to_an_invoice_one_writes_about_that_invoice(
    app: Flask, client: FlaskClient, house: Household, foreign: Household, rows: Any
):
    with rows() as session:
        invoice = session.scalars(select(Invoice).where(Invoice.public_id == house.invoice)).one()
        base = link_path(app, a_document_link(session, invoice))

    answer = send_from(
        client,
        f"{base}/invoices/{house.invoice}",
        f"{base}/invoices/{house.invoice}/messages",
        words="Who is this for?",
        key="k1",
    )

    assert answer.status_code == 302
    with rows() as session:
        said = session.scalars(select(Message).where(Message.body == "Who is this for?")).one()
        assert (said.contact_id, said.thread.about) == (None, "invoice")
    assert (
        send_from(
            client,
            f"{base}/invoices/{house.invoice}",
            f"{base}/proposals/{house.estimate}/messages",
            words="More?",
            key="k2",
        ).status_code
        == 404
    )


def test_with_messages_switched_off_nothing_is_written(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.get_one(CustomerGroup, house.group).portal_hides = ["messages"]

    about = f"/portal/appointments/{house.event}/messages"

    assert clara.get("/portal/messages/").status_code == 404
    assert send_from(clara, "/portal/details", about, words="Hello", key="k").status_code == 404
    assert "Messages about this" not in clara.get(f"/portal/appointments/{house.event}").get_data(
        as_text=True
    )


def test_who_writes_without_end_is_asked_to_call(clara: FlaskClient, house: Household, rows: Any, clock: Any):
    with rows() as session:
        thread = session.scalars(select(Thread).where(Thread.public_id == house.thread)).one()
        for _ in range(60):
            a_message(session, thread, in_portal=True, at=clock.now(), contact_id=house.contact)
    page = f"/portal/messages/{house.thread}"

    answer = send_from(clara, page, page, words="And another thing", key="k")

    assert answer.status_code == 429
    assert "call us" in answer.get_data(as_text=True)


def test_hostile_words_stand_there_as_text(clara: FlaskClient, house: Household):
    page = f"/portal/messages/{house.thread}"
    send_from(clara, page, page, words=HOSTILE, key="k1")

    hostile_words_stand_as_text(clara, page, "/portal/messages/")


def test_the_list_shows_what_waits_for_us_when_asked(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        other = a_thread(
            session, session.get_one(CustomerGroup, house.group), subject="The fence", waits=True
        )
        a_message(session, other, contact_id=house.contact)

    everything = clara.get("/portal/messages/").get_data(as_text=True)
    waiting = clara.get("/portal/messages/?show=waiting").get_data(as_text=True)

    assert "The fence" in everything
    assert "Project: Fell the ash" in everything
    assert "The fence" in waiting
    assert "Project: Fell the ash" not in waiting


def test_a_thread_in_which_nothing_was_said_is_no_conversation(
    clara: FlaskClient, house: Household, rows: Any
):
    with rows() as session:
        for message in session.scalars(select(Message)):
            session.delete(message)

    assert "Nothing was said yet" in clara.get("/portal/messages/").get_data(as_text=True)


def test_reading_costs_the_same_however_much_was_said(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    with (
        costs_the_same(app, clara, "/portal/messages/", f"/portal/messages/{house.thread}"),
        rows() as session,
    ):
        group = session.get_one(CustomerGroup, house.group)
        thread = session.scalars(select(Thread).where(Thread.public_id == house.thread)).one()
        for number in range(15):
            a_message(session, thread, body=f"Word {number}")
            a_message(session, a_thread(session, group, subject=f"Matter {number}"), contact_id=house.contact)


def test_an_answer_of_the_office_is_sent_to_whoever_wrote(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    """What is written in the portal is answered by mail, and the answer stands in the portal [100]."""
    page = f"/portal/messages/{house.thread}"
    send_from(clara, page, page, words="When do you come?", key="k1")
    with rows() as session:
        session.info["actor"] = ANN
        thread = session.scalars(select(Thread).where(Thread.public_id == house.thread)).one()
        answer(session, thread, ANN, session.info["clock"], Channel.MAIL, "At eight.", "a1")
    with rows() as session:
        assert session.scalars(select(OutboxMessage.recipient)).one() == "clara@example.com"
    assert "At eight." in clara.get(page).get_data(as_text=True)
