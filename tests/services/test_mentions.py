"""Colleagues named in a note with @ find it until they saw it [103]."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Mention
from admin_app.records.mentions import count_unseen, unseen_notes
from admin_app.services.add_note import add_note
from admin_app.services.mentions import mark_seen, pieces_of
from seeds.builders import a_group
from seeds.work_builders import a_project
from tests.services.desk import Desk
from tests.signing import a_user

PEOPLE = {1: "Ann Ashworth", 2: "Pete Novák", 3: "Ann Berg", 4: "Cem Yılmaz", 5: "İpek Ann"}


def named(body: str) -> list[tuple[str, int]]:
    return [(piece.text, piece.user_id) for piece in pieces_of(body, PEOPLE) if piece.user_id]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("@Ann Ashworth, ring her", [("@Ann Ashworth", 1)]),
        ("ask @pete novák.", [("@pete novák", 2)]),
        ("(@Pete) and @Cem", [("@Pete", 2), ("@Cem", 4)]),
        ("@Ann", []),
        ("@Ann Berg@Cem", [("@Ann Berg", 3)]),
        ("pete@cem.example", []),
        ("@Peter is no colleague", []),
        ("@@Cem", [("@Cem", 4)]),
        ("@", []),
        ("İİ @Cem Yılmaz", [("@Cem Yılmaz", 4)]),
        ("@İpek", [("@İpek", 5)]),
    ],
)
def test_a_name_behind_an_at_is_found_where_it_means_one_person(body, found):
    assert named(body) == found


@given(st.text(alphabet="@ annAN pete.İ\n", max_size=60))
def test_the_pieces_are_the_note_whatever_was_typed(body):
    assert "".join(piece.text for piece in pieces_of(body, PEOPLE)) == body


@pytest.fixture
def pete(desk: Desk):
    return a_user(desk.session, Role.ESTIMATOR, name="Pete Novák")


def test_whoever_is_named_finds_the_note_once_until_it_was_seen(desk, pete):
    """[103]"""
    note = add_note(desk.session, desk.group, "@Pete Novák and @Pete: the gate", desk.actor)
    who = pete.as_actor()

    assert [one.id for one in unseen_notes(desk.session, who)] == [note.id]
    assert count_unseen(desk.session, who) == 1
    assert mark_seen(desk.session, note, who, desk.clock)
    assert not mark_seen(desk.session, note, who, desk.clock)
    assert unseen_notes(desk.session, who) == [] and count_unseen(desk.session, who) == 0


def test_nobody_is_told_of_their_own_words_and_nobody_who_left_is_named(desk, pete):
    gone = a_user(desk.session, Role.OFFICE, name="Bea Okafor", active=False)

    add_note(desk.session, desk.group, f"@{pete.name} @{gone.name}", pete.as_actor())

    assert desk.session.scalars(select(Mention)).all() == []


def test_the_crew_finds_only_notes_that_it_may_see(desk):
    cem = a_user(desk.session, Role.CREW, name="Cem Yılmaz")

    add_note(desk.session, desk.group, "@Cem Yılmaz, bring the saw", desk.actor)

    assert unseen_notes(desk.session, cem.as_actor()) == []


def test_a_note_belongs_to_a_project_of_its_customer(desk):
    """[103]"""
    project = a_project(desk.session, desk.group)
    other = a_project(desk.session, a_group(desk.session, name="Other"))

    assert add_note(desk.session, desk.group, "Mind the pond", desk.actor, project).project_id == project.id
    with pytest.raises(Unmet, match="another customer"):
        add_note(desk.session, desk.group, "Mind the pond", desk.actor, other)
    with pytest.raises(Invalid):
        add_note(desk.session, desk.group, " \n ", desk.actor)
