"""The history as a page: what changed, narrowed; acts over many records, undo, making again [143, L5]."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import AuditEntry, BulkAct, Change, CustomerGroup, Task
from admin_app.models.base import OfficeSession
from admin_app.services import bulk_change
from admin_app.services.delete_record import delete
from seeds.builders import a_group, a_task, a_user
from tests.forms import send
from tests.signing import on_sqlite, sign_in_as


@pytest.fixture
def changes(session: OfficeSession, ann) -> CustomerGroup:
    """A customer renamed and tagged, and a task that was deleted."""
    group = a_group(session, name="Finch")
    task = a_task(session, group, title="Ring back")
    session.commit()
    group.name = "Finch & <b>Sons</b>"
    session.commit()
    bulk_change.add_tag(session, [group.id], "VIP", ann)
    delete(session, Task, task.id, ann)
    session.commit()
    return group


def seen(client: FlaskClient, **asked: object) -> str:
    answer = client.get("/admin/history/", query_string=asked)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_tells_who_changed_what(signed_in, changes):
    page = seen(signed_in)

    assert "Finch &amp; &lt;b&gt;Sons&lt;/b&gt;" in page
    assert "Name: Finch → Finch &amp;" in page
    assert "Tag “VIP” added to 1 customer" in page
    assert "Ann Ashworth" in page


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "shown", "hidden"),
    [
        ({"entity": "Task"}, ["Ring back"], ["Name: Finch"]),
        ({"entity": "CustomerGroup", "change": "changed"}, ["Name: Finch"], ["Ring back"]),
        ({"change": "deleted"}, ["Ring back", "Make it again"], ["Name: Finch"]),
        ({"since": "2026-03-17"}, ["Name: Finch"], ["No change like this"]),
        ({"since": "2026-03-18"}, ["from 18 Mar 2026"], ["Name: Finch"]),
        ({"until": "2026-03-16"}, ["No change like this"], ["Name: Finch"]),
        ({"entity": "Task", "record": "4711"}, ["No change like this"], ["Ring back"]),
        ({"person": "4711"}, ["No change like this"], ["Ring back"]),
    ],
)
def test_the_page_is_narrowed(signed_in, changes, asked, shown, hidden):
    page = seen(signed_in, **asked)

    assert all(words in page for words in shown)
    assert not any(words in page for words in hidden)


@on_sqlite
@pytest.mark.parametrize(
    "asked",
    [
        {"entity": "Secret"},
        {"since": "yesterdayish"},
        {"person": "9" * 30},
        {"before": "-1"},
        {"change": "\x00"},
    ],
)
def test_what_nobody_can_mean_is_left_out(signed_in, changes, asked):
    assert "Name: Finch" in seen(signed_in, **asked)


@on_sqlite
def test_a_person_is_found_by_the_changes_they_made(signed_in, session, ann, changes):
    from dataclasses import replace

    bea = a_user(session, "bea", email="bea@other.example")
    session.commit()
    session.info["actor"] = replace(ann, id=bea.id, name="Bea Booker")
    changes.notes = "By Bea"
    session.commit()

    page = seen(signed_in, person=bea.id)

    assert "By Bea" in page
    assert "Name: Finch" not in page


@on_sqlite
def test_older_changes_are_reached_page_by_page(signed_in, session):
    for number in range(120):
        a_group(session, name=f"Customer {number:03}")
    session.commit()
    pages = [seen(signed_in, entity="CustomerGroup")]

    while "Older changes" in pages[-1]:
        address = pages[-1].split('">Older changes')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
        pages.append(signed_in.get(address).get_data(as_text=True))

    assert len(pages) == 3
    assert [sum(f"Customer {number:03}" in page for page in pages) for number in range(120)] == [1] * 120


def test_an_act_is_undone_from_the_page(signed_in, session, changes):
    act_id = session.scalars(select(BulkAct.id).where(BulkAct.kind == "add tag")).one()
    session.commit()

    answer = send(signed_in, f"/admin/history/acts/{act_id}/undo", follow_redirects=True)

    assert "Undone for 1: Tag “VIP” added to 1 customer" in answer.get_data(as_text=True)
    session.refresh(changes)
    assert changes.tags == []
    assert send(signed_in, f"/admin/history/acts/{act_id}/undo").status_code == 409


def test_a_deleted_record_is_made_again_from_the_page(signed_in, session, changes):
    entry = session.scalars(
        select(AuditEntry.id).where(AuditEntry.entity == "Task", AuditEntry.change == Change.DELETED)
    ).one()
    session.commit()

    answer = send(signed_in, "/admin/history/restore", {"entry": entry})

    assert answer.status_code == 302
    assert session.scalars(select(Task.title)).all() == ["Ring back"]


@on_sqlite
def test_only_the_office_reads_the_history(signed_in, changes):
    for role in (Role.ESTIMATOR, Role.CREW, Role.ANALYST):
        sign_in_as(signed_in, role)
        assert signed_in.get("/admin/history/").status_code == 403
        assert send(signed_in, "/admin/history/restore", {"entry": 1}).status_code == 403
