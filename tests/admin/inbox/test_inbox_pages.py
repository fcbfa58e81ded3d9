"""The inbox at the desk: what waits, answers and who gets them, requests, mentions, Messages tabs [100, 103, E19]."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import (
    Attachment,
    Channel,
    Contact,
    CustomerGroup,
    Mention,
    Message,
    OutboxMessage,
    OutboxState,
    Thread,
    ThreadState,
)
from admin_app.records.inbox import Box, Wanted, count_boxes, inbox_page, talk_with
from admin_app.records.waiting_threads import waiting_for
from admin_app.services.messages.threads import NO_SUBJECT
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_company, a_contact, a_group, a_note
from seeds.work_builders import MORNING, a_message, a_project, a_thread, an_estimate
from tests.forms import read_off, send
from tests.signing import a_user, on_sqlite, sign_in_as


@pytest.fixture
def office(app, rows, clock, settings):
    """Clara asks about her gate, Sam whom nobody knows about a beech; Ann is at the desk."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session, email="office@ashworth.test", sms_sender="+447700900000", sms_on=True)
        group = a_group(session, name="The Hardings")
        clara = a_contact(session, group, email="clara@example.com", mobile="07700 900123", primary=True)
        project = a_project(session, group, title="Fell the ash")
        estimate = an_estimate(session, project)
        gate = a_thread(
            session, group, waits=True, about="estimate", about_id=estimate.id, project_id=project.id,
            subject="Estimate E-00012",
        )  # fmt: skip
        a_message(
            session, gate, contact_id=clara.id, address="clara@example.com", subject="Re: Estimate E-00012"
        )
        beech = a_thread(session, waits=True, subject="A beech fell")
        a_message(session, beech, author="Sam Stranger", address="sam@example.org", body="Can you come?")
        return {
            "gate": gate.id,
            "beech": beech.id,
            "group": group.id,
            "project": project.id,
            "clara": clara.id,
        }


@pytest.fixture
def desk(office, signed_in):
    return signed_in


def thread(rows, thread_id):
    with rows() as session:
        return session.get_one(Thread, thread_id)


def outbox(rows):
    with rows() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def key_of(page):
    return read_off(r'name="key" value="([^"]+)"', page.text)


def write(client, thread_id, body="On Tuesday.", channel="mail", **more):
    key = more.pop("key", None) or key_of(client.get(f"/admin/inbox/{thread_id}"))
    fields = {"key": key, "channel": channel, "body": body, **more}
    return send(client, f"/admin/inbox/{thread_id}/answer", fields)


@on_sqlite
def test_the_list_says_what_waits_and_counts_it(desk):
    page = desk.get("/admin/inbox/").text

    assert "Estimate E-00012" in page and "The Hardings" in page
    assert "A beech fell" in page and "Sam Stranger" in page
    assert re.search(r"To answer\s*<span class=\"sh-count\">2<", page)
    assert re.search(r"Requests\s*<span class=\"sh-count\">1<", page)
    assert "No mailbox is read yet" in page, "nothing is set in these settings"


@on_sqlite
@pytest.mark.parametrize(
    ("box", "words"),
    [
        ("mine", "Nothing is yours"),
        ("mentions", "Nobody mentions you"),
        ("waiting&q=zzz", "Here is no thread with “zzz”"),
        ("all&after=2020-01-01T00:00:00,1", "The list ends here"),
        ("no-such-box", "A beech fell"),
        ("waiting&after=nonsense", "A beech fell"),
        ("waiting&q=%00", "A beech fell"),
    ],
)
def test_each_list_has_words_for_being_empty(desk, box, words):
    assert words in desk.get(f"/admin/inbox/?box={box}").text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("harding", ["gate"]),
        ("e-00012", ["gate"]),
        ("clara", ["gate"]),
        ("Stranger", ["beech"]),
        ("sam@example", ["beech"]),
        ("beech", ["beech"]),
        ("100%", []),
    ],
)
def test_threads_are_found_by_customer_person_and_subject(office, rows, ann, words, found):
    with rows() as session:
        page = inbox_page(session, ann, Wanted(Box.ALL, words))

    assert [one.id for one in page.threads] == [office[name] for name in found]


def test_pages_follow_one_another_without_gap_or_double(rows, ann, clock):
    with rows() as session:
        for number in range(95):
            a_thread(session, last_at=MORNING + timedelta(minutes=number // 3), waits=True)
    seen, after = [], ""
    while True:
        with rows() as session:
            page = inbox_page(session, ann, Wanted(Box.WAITING, after=after))
        seen += [one.id for one in page.threads]
        after = page.after
        if not after:
            break

    assert len(seen) == len(set(seen)) == 95
    with rows() as session:
        assert waiting_for(session, ann) == 95
        assert count_boxes(session, ann)[Box.WAITING] == 95


def test_a_list_costs_the_same_few_statements_however_long_it_is(office, rows, ann):
    from sqlalchemy import event

    def statements(session):
        said = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *told: said.append(told[2]))
        inbox_page(session, ann, Wanted(Box.ALL))
        count_boxes(session, ann)
        return len(said)

    with rows() as session:
        few = statements(session)
    with rows() as session:
        for number in range(30):
            one = a_thread(session, a_group(session, name=f"Customer {number}"))
            a_message(session, one)
    with rows() as session:
        many = statements(session)

    assert few == many
    assert few <= 5


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


@on_sqlite
def test_a_request_offers_a_call_a_customer_and_not_for_us(desk, office):
    page = desk.get(f"/admin/inbox/{office['beech']}").text

    assert "Nobody knows the sender yet" in page
    assert f"/admin/calls/new?thread={office['beech']}" in page
    assert "Not for us" in page
    assert "Keep sam@example.org as a contact" in page


def test_a_request_is_given_to_a_customer_and_its_sender_becomes_a_contact(desk, office, rows):
    answer = send(
        desk, f"/admin/inbox/{office['beech']}/customer", {"group": str(office["group"]), "keep": "yes"}
    )

    assert answer.status_code == 302
    with rows() as session:
        found = session.get_one(Thread, office["beech"])
        sam = session.scalars(select(Contact).where(Contact.email == "sam@example.org")).one()
        assert (found.group_id, found.messages[0].group_id) == (office["group"], office["group"])
        assert (sam.first_name, sam.last_name, found.messages[0].contact_id) == ("Sam", "Stranger", sam.id)
        assert sam.memberships[0].group_id == office["group"]


@on_sqlite
@pytest.mark.parametrize(
    ("group", "status", "sentence"),
    [
        ("", 422, "Choose the customer first"),
        ("x", 422, "Choose the customer first"),
        ("999999", 404, "no such"),
    ],
)
def test_without_a_customer_a_request_stays_one(desk, office, rows, group, status, sentence):
    answer = send(desk, f"/admin/inbox/{office['beech']}/customer", {"group": group})

    assert answer.status_code == status
    assert sentence in answer.text
    assert thread(rows, office["beech"]).group_id is None


@on_sqlite
def test_another_customers_thread_cannot_be_taken_over(desk, office, rows):
    with rows() as session:
        other = a_group(session, name="Otto").id

    answer = send(desk, f"/admin/inbox/{office['gate']}/customer", {"group": str(other)})

    assert answer.status_code == 409
    assert thread(rows, office["gate"]).group_id == office["group"]


@on_sqlite
def test_customers_of_that_name_are_proposed(desk, office, rows):
    with rows() as session:
        group = a_group(session, name="Mill Lane Farm")
        a_contact(session, group, first_name="Sam", last_name="Stranger")

    page = desk.get(f"/admin/inbox/{office['beech']}").text

    assert "It may be from" in page
    assert "Mill Lane Farm" in page


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


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


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
def test_mentions_of_the_reader_stand_there_until_seen(desk, office, rows, clock):
    with rows() as session:
        group = session.get_one(CustomerGroup, office["group"])
        ann, pete = a_user(session, Role.OWNER), a_user(session, Role.ESTIMATOR)
        mine = Mention(note_id=a_note(session, group, body="@Ann call her").id, user_id=ann.id)
        his = Mention(note_id=a_note(session, group, body="@Pete look at it").id, user_id=pete.id)
        session.add_all([mine, his])
        session.flush()
        numbers = (mine.id, his.id)

    page = desk.get("/admin/inbox/?box=mentions").text
    assert "@Ann call her" in page and "@Pete look at it" not in page
    assert send(desk, f"/admin/inbox/mentions/{numbers[1]}/seen").status_code == 404
    assert send(desk, f"/admin/inbox/mentions/{numbers[0]}/seen").status_code == 302

    assert "@Ann call her" not in desk.get("/admin/inbox/?box=mentions").text
    with rows() as session:
        assert session.get_one(Mention, numbers[0]).seen_at == clock.now()


@on_sqlite
def test_profile_and_project_show_everything_said_the_latest_first(desk, office, rows):
    write(desk, office["gate"], "We come on Tuesday.")
    with rows() as session:
        group = session.get_one(CustomerGroup, office["group"])
        a_message(session, a_thread(session, group, subject="The hedge"), body="And the hedge?")

    profile = desk.get(f"/admin/customers/{office['group']}/messages").text
    project = desk.get(f"/admin/projects/{office['project']}/messages").text

    assert profile.index("And the hedge?") < profile.index("We come on Tuesday.") < profile.index("gate code")
    assert "We come on Tuesday." in project and "And the hedge?" not in project
    assert "Can you come?" not in profile, "a stranger's words are nobody's"


def test_older_messages_follow_page_by_page(office, rows, ann):
    with rows() as session:
        gate = session.get_one(Thread, office["gate"])
        for number in range(150):
            a_message(session, gate, body=f"Message {number}")
    with rows() as session:
        latest = talk_with(session, ann, group_id=office["group"])
        older = talk_with(session, ann, group_id=office["group"], before=latest.before)

    assert len(latest.messages) == 100
    assert [len(older.messages), older.before] == [51, None]
    assert older.messages[-1].id < latest.messages[0].id


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
