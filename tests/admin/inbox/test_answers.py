"""A thread is answered, once, by mail or text; handed on, done and open again [100, 102, L14]."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import (
    Channel,
    Message,
    OutboxMessage,
    OutboxState,
    ThreadState,
)
from tests.admin.inbox.talk import key_of, outbox, thread, write
from tests.forms import send
from tests.signing import a_user, on_sqlite


@on_sqlite
def test_the_thread_shows_who_gets_the_answer_and_why_before_it_goes(desk, office):
    page = desk.get(f"/admin/inbox/{office['gate']}").text

    assert "Is the gate code still 1234?" in page
    assert "to Clara Client, clara@example.com" in page
    assert "Clara Client wrote last." in page
    assert "Open the estimate" in page
    assert "Fell the ash" in page


def test_an_answer_goes_once_however_often_it_is_pressed(desk, office, rows):
    key = key_of(desk.get(f"/admin/inbox/{office['gate']}"))

    first, again = (write(desk, office["gate"], key=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (302, 302)
    (row,) = outbox(rows)
    assert (row.recipient, row.body, row.subject) == (
        "clara@example.com",
        "On Tuesday.",
        "Re: Estimate E-00012",
    )
    with rows() as session:
        assert session.scalar(select(func.count(Message.id)).where(Message.outbox_id == row.id)) == 1
    kept = thread(rows, office["gate"])
    assert (kept.waits, kept.state) == (False, ThreadState.OPEN)


@on_sqlite
def test_an_answer_by_text_message_and_done_in_one_press(desk, office, rows):
    answer = write(desk, office["gate"], channel="sms", then="done")

    assert answer.location == "/admin/inbox/"
    (row,) = outbox(rows)
    assert (row.channel, row.recipient) == ("sms", "+447700900123")
    assert thread(rows, office["gate"]).state is ThreadState.DONE


@on_sqlite
@pytest.mark.parametrize(
    ("but", "sentence"),
    [
        ({"body": "   "}, "An answer needs words"),
        ({"channel": "pigeon"}, "Choose how the answer goes"),
        ({"channel": "sms", "body": "x" * 2_000}, "text message"),
    ],
)
def test_a_refused_answer_says_why_and_keeps_what_was_typed(desk, office, rows, but, sentence):
    answer = write(desk, office["gate"], **but)

    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert but.get("body", "On Tuesday.").strip() in answer.text
    assert not outbox(rows)
    assert thread(rows, office["gate"]).waits


@on_sqlite
def test_who_asked_for_no_more_mails_is_not_answered_by_mail_and_the_page_says_so(desk, office, rows, clock):
    from admin_app.services.messages.reach import opt_out

    with rows() as session:
        opt_out(session, "clara@example.com", Channel.MAIL, "Clara", "unsubscribe", clock)

    page = desk.get(f"/admin/inbox/{office['gate']}").text
    refused = write(desk, office["gate"])

    assert "Clara Client asked on 17 March 2026 for no more mails" in page
    assert re.search(r'value="mail"[^>]*disabled', page)
    assert re.search(r'value="sms" checked', page)
    assert refused.status_code == 409
    assert not outbox(rows)


@on_sqlite
@pytest.mark.parametrize(
    ("state", "word"),
    [
        (OutboxState.WAITING, "Waits to go out"),
        (OutboxState.SENT, "Sent"),
        (OutboxState.FAILED, "Not delivered"),
        (OutboxState.WITHDRAWN, "Withdrawn"),
    ],
)
def test_the_thread_says_how_our_messages_fared(desk, office, rows, state, word):
    write(desk, office["gate"])
    with rows() as session:
        row = session.scalars(select(OutboxMessage)).one()
        row.state, row.last_error = state, "550 No such user"

    page = desk.get(f"/admin/inbox/{office['gate']}").text

    assert word in page
    assert ("550 No such user" in page) is (state is not OutboxState.SENT)


@on_sqlite
def test_a_paper_that_went_along_is_a_link_to_it(desk, office, rows):
    write(desk, office["gate"])
    with rows() as session:
        row = session.scalars(select(OutboxMessage)).one()
        row.papers = [{"paper": "credit-note", "id": 7}, {"name": "statement.pdf", "store_key": "x"}]

    page = desk.get(f"/admin/inbox/{office['gate']}").text

    assert 'href="/admin/papers/credit-note/7.pdf"' in page
    assert "statement.pdf" in page


@on_sqlite
def test_a_thread_is_taken_handed_on_and_given_back(desk, office, rows):
    with rows() as session:
        pete, ann = a_user(session, Role.ESTIMATOR).id, a_user(session, Role.OWNER).id

    def owner():
        return thread(rows, office["gate"]).assignee_id

    send(desk, f"/admin/inbox/{office['gate']}/take")
    assert owner() == ann
    assert "Estimate E-00012" in desk.get("/admin/inbox/?box=mine").text
    send(desk, f"/admin/inbox/{office['gate']}/assign", {"user": str(pete)})
    assert owner() == pete
    assert "Estimate E-00012" not in desk.get("/admin/inbox/?box=mine").text
    send(desk, f"/admin/inbox/{office['gate']}/assign", {"user": ""})
    assert owner() is None


@on_sqlite
@pytest.mark.parametrize("role", [Role.CREW, Role.ANALYST, None])
def test_a_thread_is_handed_only_to_who_writes_to_clients(desk, office, rows, role):
    with rows() as session:
        number = a_user(session, role).id if role else 999_999

    answer = send(desk, f"/admin/inbox/{office['gate']}/assign", {"user": str(number)})

    assert answer.status_code == 409
    assert thread(rows, office["gate"]).assignee_id is None


@on_sqlite
def test_done_and_open_again(desk, office, rows):
    send(desk, f"/admin/inbox/{office['beech']}/done")
    assert (thread(rows, office["beech"]).state, thread(rows, office["beech"]).waits) == (
        ThreadState.DONE,
        False,
    )
    assert "Undo" in desk.get("/admin/inbox/").text

    send(desk, f"/admin/inbox/{office['beech']}/reopen")
    assert (thread(rows, office["beech"]).state, thread(rows, office["beech"]).waits) == (
        ThreadState.OPEN,
        True,
    )
