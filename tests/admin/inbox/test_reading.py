"""A thread is read: hostile words as typed, files as attachments, quoted letters folded, and by whom [100]."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import (
    Attachment,
    Channel,
    Message,
    Thread,
)
from admin_app.records.inbox import Box, Wanted, inbox_page
from admin_app.records.waiting_threads import waiting_for
from admin_app.services.messages.threads import NO_SUBJECT
from admin_app.storage.folder import FolderStorage
from seeds.work_builders import a_message, a_thread
from tests.admin.inbox.talk import HOSTILE
from tests.signing import on_sqlite, sign_in_as


@on_sqlite
def test_files_are_sent_as_attachments_that_nothing_runs(desk, office, rows, settings):
    kept = FolderStorage(settings.files).store(BytesIO(b"hello"), limit=100)
    with rows() as session:
        message = session.scalars(select(Message).where(Message.thread_id == office["gate"])).one()
        file = Attachment(
            group_id=office["group"], message_id=message.id, name="plan.txt", content_type="text/plain",
            size=5, sha256="0" * 64, store_key=kept.key,
        )  # fmt: skip
        session.add(file)
        session.flush()
        number = file.id

    answer = desk.get(f"/admin/inbox/{office['gate']}/files/{number}")

    assert answer.data == b"hello"
    answer.close()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert desk.get(f"/admin/inbox/{office['beech']}/files/{number}").status_code == 404
    assert "plan.txt" in desk.get(f"/admin/inbox/{office['gate']}").text


@on_sqlite
@pytest.mark.parametrize(
    "path",
    [
        "/admin/inbox/",
        "/admin/inbox/{gate}",
        "/admin/customers/{group}/messages",
        "/admin/projects/{project}/messages",
    ],
)
def test_what_a_stranger_writes_is_shown_as_typed(desk, office, rows, path):
    with rows() as session:
        gate = session.get_one(Thread, office["gate"])
        gate.subject = HOSTILE
        a_message(session, gate, author=HOSTILE, subject=HOSTILE, body=HOSTILE, address="x@y.test")

    page = desk.get(path.format(**office)).text

    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@on_sqlite
def test_a_quoted_letter_is_folded_away_and_can_be_seen(desk, office, rows):
    with rows() as session:
        gate = session.get_one(Thread, office["gate"])
        a_message(
            session, gate, body="Yes, come.\n\nOn Tue, Ashworth <office@ashworth.test> wrote:\n> Shall we?"
        )

    page = desk.get(f"/admin/inbox/{office['gate']}").text

    assert '<p class="ib-words">Yes, come.</p>' in page
    assert "Show the whole message" in page
    assert "&gt; Shall we?" in page


@on_sqlite
def test_a_text_message_is_called_by_what_it_is(desk, rows, office):
    with rows() as session:
        one = a_thread(session, waits=True, subject=NO_SUBJECT)
        a_message(session, one, channel=Channel.SMS, subject="", author="+447700900888")

    assert "Text message" in desk.get("/admin/inbox/").text
    assert NO_SUBJECT not in desk.get("/admin/inbox/").text


@on_sqlite
def test_an_analyst_reads_and_is_offered_no_act(office, client):
    sign_in_as(client, Role.ANALYST)

    page = client.get(f"/admin/inbox/{office['gate']}")

    assert page.status_code == 200
    assert "Is the gate code still 1234?" in page.text
    assert not re.search(r"Send answer|Take it|Mark done|Hand over", page.text)


@on_sqlite
def test_a_crew_sees_no_message(office, client, rows):
    user = sign_in_as(client, Role.CREW)

    assert client.get("/admin/inbox/").status_code == 403
    with rows() as session:
        assert waiting_for(session, user.as_actor()) == 0
        assert not inbox_page(session, user.as_actor(), Wanted(Box.ALL)).threads


@on_sqlite
@pytest.mark.parametrize("path", ["/admin/inbox/999999", "/admin/inbox/99999999999999999999"])
def test_a_thread_that_is_not_there_is_not_found(desk, path):
    assert desk.get(path).status_code == 404
