"""The notepad of a customer and of its projects: names, the bin and its undo, what waits to be seen [A32-A34, 103]."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Mention, Note
from seeds.builders import a_group, a_note
from seeds.work_builders import a_project
from tests.signing import a_user


@pytest.fixture
def project(counter):
    group = counter.group
    made = a_project(counter.session, group).id
    counter.session.commit()
    return made


def test_a_note_names_a_colleague_who_marks_it_as_seen(counter):
    """[103] looking at the page marks nothing."""
    counter.look()
    a_user(counter.session, Role.ESTIMATOR, name="Pete Novák")
    counter.session.commit()
    counter.post("notes", {"body": "@Pete Novák <b>ring</b> her"})
    note = counter.look().scalars(select(Note.id)).one()
    assert '<span class="cu-mention">@Pete Novák</span> &lt;b&gt;ring' in counter.page()
    assert "Mark as seen" not in counter.page()

    counter.sits_down(Role.ESTIMATOR)
    for _ in range(2):
        assert "Mark as seen" in counter.page()
    assert counter.look().scalars(select(Mention.seen_at)).one() is None
    counter.post(f"notes/{note}/seen")

    assert counter.look().scalars(select(Mention.seen_at)).one() is not None
    assert "Mark as seen" not in counter.page()


def test_a_note_goes_into_the_bin_and_comes_back(counter):
    """[A34]"""
    counter.post("notes", {"body": "Gate code 12, " + "ask twice " * 10})
    note = counter.look().scalars(select(Note.id)).one()

    said = counter.post(f"notes/{note}/remove", {"back": counter.home}, follow_redirects=True).text
    assert counter.look().scalars(select(Note)).all() == [] and "Note “Gate code 12, ask twice" in said
    undo = re.search(r'action="(/admin/history/acts/\d+/undo)"', said)
    assert undo
    counter.post(undo[1], {"url": counter.home})

    assert "Gate code 12" in counter.page()


def test_a_note_of_a_project_stands_there_and_is_named_on_the_profile(counter, project):
    """[103]"""
    counter.post("notes", {"body": "Mind the pond", "project": str(project)})
    counter.post("notes", {"body": "Likes tea"})

    there = counter.page(f"/admin/projects/{project}/tasks")
    here = counter.page()

    assert "Mind the pond" in there and "Likes tea" not in there
    assert "Likes tea" in here and f'/admin/projects/{project}/tasks#notes">Fell the ash' in here


def test_notes_and_projects_of_another_customer_are_not_found(counter):
    counter.look()
    other = a_group(counter.session, name="Other")
    note, project = a_note(counter.session, other).id, a_project(counter.session, other).id
    counter.session.commit()

    for path in (f"notes/{note}/seen", f"notes/{note}/remove"):
        assert counter.post(path).status_code == 404
    assert counter.post("notes", {"body": "x", "project": str(project)}).status_code == 404


def test_an_empty_note_is_refused_above_the_page(counter):
    assert "Write a few words first" in counter.post("notes", {"body": " "}, follow_redirects=True).text


def test_the_names_under_an_at_are_those_who_work_here(counter):
    counter.look()
    a_user(counter.session, Role.ESTIMATOR, name="Pete Novák")
    a_user(counter.session, Role.OFFICE, name="Gone Away", active=False)
    counter.session.commit()

    names = counter.get("/admin/customers/colleagues").json

    assert "Pete Novák" in names and "Gone Away" not in names
    counter.sits_down(Role.ANALYST)
    assert counter.get("/admin/customers/colleagues").status_code == 403
