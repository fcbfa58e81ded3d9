"""The lists of the inbox: what waits, counts, search, pages, mentions, the tabs elsewhere [100, 103, E19]."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from admin_app.kernel.actor import Role
from admin_app.models import (
    CustomerGroup,
    Mention,
    Thread,
)
from admin_app.records.inbox import Box, Wanted, count_boxes, inbox_page, talk_with
from admin_app.records.waiting_threads import waiting_for
from seeds.builders import a_group, a_note
from seeds.work_builders import MORNING, a_message, a_thread
from tests.admin.inbox.talk import write
from tests.forms import send
from tests.signing import a_user, on_sqlite


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
