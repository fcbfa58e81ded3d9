"""Versions of a file: one name, one list, at most one of them shown to the client [103, 104]."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.errors import Invalid, NotAllowed
from admin_app.models import Attachment
from admin_app.records.file_editions import Editions, editions_of, is_newest
from admin_app.services.file_editions import (
    add_edition,
    editions_in_order,
    remove_edition,
    rename_file,
    share_edition,
)
from admin_app.services.store_file import attach, keep_upload
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_group
from seeds.work_builders import a_project
from tests.services.desk import Desk
from tests.signing import a_user


@pytest.fixture
def store(tmp_path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


@pytest.fixture
def plan(desk: Desk, store):
    """The first version of a plan of a project."""
    project = a_project(desk.session, desk.group)
    return attach(desk.session, desk.group, brought(store, "one"), desk.actor, project)


def brought(store: FolderStorage, text: str, name: str = "Plan.txt"):
    return keep_upload(store, io.BytesIO(text.encode()), name)


def numbers(desk: Desk, one: Attachment) -> list[int]:
    return [edition.edition for edition in editions_in_order(desk.session, one, desk.actor)]


def shown(desk: Desk) -> list[Attachment]:
    return list(desk.session.scalars(select(Attachment).where(is_newest()).order_by(Attachment.id)))


def test_a_new_version_takes_name_and_place_of_the_file_and_stands_for_it(desk, store, plan):
    second = add_edition(desk.session, plan, brought(store, "two", "scan-0017.txt"), desk.actor)
    third = add_edition(desk.session, plan, brought(store, "three"), desk.actor)
    other = attach(desk.session, desk.group, brought(store, "x", "Other.txt"), desk.actor)

    assert (second.name, second.project_id, second.group_id) == ("Plan.txt", plan.project_id, plan.group_id)
    assert numbers(desk, second) == [3, 2, 1] and {plan.first_id, third.first_id} == {plan.id}
    assert shown(desk) == [third, other]
    assert editions_of(desk.session, desk.actor, shown(desk)) == {third.id: Editions(3), other.id: Editions(1)}


def test_a_version_of_another_type_changes_the_ending_only(desk, store, plan):
    csv = add_edition(desk.session, plan, brought(store, "a;b\n", "x.csv"), desk.actor)

    assert csv.name == "Plan.csv"


def test_the_same_content_again_is_no_version(desk, store, plan):
    with pytest.raises(Invalid, match="version 1 once more"):
        add_edition(desk.session, plan, brought(store, "one"), desk.actor)


def test_the_client_sees_one_version_until_another_is_shared(desk, store, plan):
    """[104] sharing belongs to the version."""
    share_edition(desk.session, plan, True, desk.actor)
    second = add_edition(desk.session, plan, brought(store, "two"), desk.actor)

    assert [plan.shared, second.shared] == [True, False]
    assert editions_of(desk.session, desk.actor, [second])[second.id] == Editions(2, shared=1)
    share_edition(desk.session, second, True, desk.actor)
    assert [plan.shared, second.shared] == [False, True]
    share_edition(desk.session, plan, False, desk.actor)
    assert [plan.shared, second.shared] == [False, True]
    share_edition(desk.session, second, False, desk.actor)
    assert editions_of(desk.session, desk.actor, [second])[second.id] == Editions(2)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Site plan", "Site plan.txt"),
        ("Site plan.TXT", "Site plan.txt"),
        ("v1.2 of it", "v1.2 of it.txt"),
        ("../../etc/passwd", "passwd.txt"),
        ("evil.html", "evil.html.txt"),
    ],
)
def test_a_file_is_renamed_with_all_its_versions_and_keeps_its_ending(desk, store, plan, typed, name):
    second = add_edition(desk.session, plan, brought(store, "two"), desk.actor)

    rename_file(desk.session, plan, typed, desk.actor)

    assert plan.name == second.name == name


@pytest.mark.parametrize("typed", ["", "  ", "..", "/", "x" * 201])
def test_a_name_that_says_nothing_is_refused(desk, plan, typed):
    with pytest.raises(Invalid):
        rename_file(desk.session, plan, typed, desk.actor)


def test_the_first_version_goes_and_the_others_stay_one_file(desk, store, plan):
    second = add_edition(desk.session, plan, brought(store, "two"), desk.actor)
    third = add_edition(desk.session, plan, brought(store, "three"), desk.actor)

    remove_edition(desk.session, plan, desk.actor)

    assert {second.first_id, third.first_id} == {second.id} and numbers(desk, third) == [3, 2]
    remove_edition(desk.session, second, desk.actor)
    assert [one.first_id for one in shown(desk)] == [None] and shown(desk) == [third]


def test_the_newest_goes_and_the_one_before_stands_again(desk, store, plan):
    second = add_edition(desk.session, plan, brought(store, "two"), desk.actor)

    remove_edition(desk.session, second, desk.actor)

    assert shown(desk) == [plan] and numbers(desk, plan) == [1]


def test_the_file_goes_with_all_its_versions(desk, store, plan):
    second = add_edition(desk.session, plan, brought(store, "two"), desk.actor)

    assert remove_edition(desk.session, second, desk.actor, whole=True) == "Plan.txt"

    assert shown(desk) == []


def test_the_crew_changes_no_file(desk, store, plan):
    worker = a_user(desk.session, Role.CREW).as_actor()

    for act in (
        lambda: add_edition(desk.session, plan, brought(store, "two"), worker),
        lambda: share_edition(desk.session, plan, True, worker),
        lambda: rename_file(desk.session, plan, "Mine", worker),
        lambda: remove_edition(desk.session, plan, worker),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_two_versions_brought_at_once_get_two_numbers(rows, store):
    """Both wait for the first version of the file; neither takes the other's number."""
    with rows() as session:
        made = attach(session, a_group(session), brought(store, "one"), session.info["actor"])
        first = made.id
    together = threading.Barrier(2)

    def bring(text: str) -> int:
        kept = brought(store, text)
        together.wait(timeout=20)
        with rows() as session:
            return add_edition(session, session.get_one(Attachment, first), kept, SYSTEM).edition

    with ThreadPoolExecutor(2) as hands:
        assert sorted(hands.map(bring, ["two", "three"])) == [2, 3]
    with rows() as session:
        assert set(session.scalars(select(Attachment.first_id))) == {first}
