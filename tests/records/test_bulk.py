"""Many records by one statement, with their history [143, L5]."""

from sqlalchemy import func, select

from admin_app.models import AuditEntry, Change, CustomerGroup, SearchDoc, Tag, Task, TaskState
from admin_app.records import bulk
from seeds.builders import a_brand, a_group, a_tag, a_task


def images(session, change=Change.CHANGED):
    wanted = select(AuditEntry).where(AuditEntry.change == change).order_by(AuditEntry.id)
    return session.scalars(wanted).all()


def test_only_records_that_differ_are_touched(session, clock):
    tasks = [a_task(session, state=state) for state in (TaskState.OPEN, TaskState.DONE, TaskState.OPEN)]
    session.commit()

    changed = bulk.set_value(session, Task, [task.id for task in tasks], "state", TaskState.DONE)

    assert changed == 2
    assert [task.state for task in tasks] == [TaskState.DONE] * 3
    assert [task.version for task in tasks] == [2, 1, 2]
    assert {task.updated_at for task in tasks} == {clock.now()}
    assert [(image.entity_id, image.before, image.after) for image in images(session)] == [
        (task.id, {"state": "open"}, {"state": "done"}) for task in (tasks[0], tasks[2])
    ]


def test_an_edit_that_was_not_written_yet_is_in_the_image(session):
    group = a_group(session, rating=1)
    session.commit()

    group.rating = 2
    bulk.set_value(session, CustomerGroup, [group.id], "rating", 3)

    assert [(image.before, image.after) for image in images(session)] == [
        ({"rating": 1}, {"rating": 2}),
        ({"rating": 2}, {"rating": 3}),
    ]
    assert (group.rating, group.version) == (3, 3)


def test_nothing_becomes_something_and_nothing_again(session):
    north = a_brand(session, name="North")
    group = a_group(session)
    session.commit()

    counts = [
        bulk.set_value(session, CustomerGroup, [group.id], "brand", brand)
        for brand in (north, north, None, None)
    ]

    named = {"brand": {"id": north.id, "name": "North"}}
    assert counts == [1, 0, 1, 0]
    assert [(image.before, image.after) for image in images(session)] == [
        ({"brand": None}, named),
        (named, {"brand": None}),
    ]


def test_links_are_added_and_removed_where_they_change_something(session):
    vip, late = a_tag(session, "VIP"), a_tag(session, "late")
    groups = [a_group(session, tags=tags) for tags in ([vip], [late], [])]
    session.commit()
    ids = [group.id for group in groups]

    added = bulk.add_link(session, CustomerGroup, ids, "tags", vip.id)
    removed = bulk.remove_link(session, CustomerGroup, ids, "tags", late.id)

    assert (added, removed) == (2, 1)
    assert [[tag.name for tag in group.tags] for group in groups] == [["VIP"], ["VIP"], ["VIP"]]
    assert [group.version for group in groups] == [1, 3, 2]
    assert [[tag["name"] for tag in image.after["tags"]] for image in images(session)] == [
        ["VIP", "late"], ["VIP"], ["VIP"],
    ]  # fmt: skip


def test_what_is_deleted_leaves_images_and_no_search_text(session):
    group = a_group(session, name="Finch")
    tasks = [a_task(session, group, title=f"Task {number}") for number in range(3)]
    other = a_group(session, name="Sparrow")
    session.commit()
    ids = [task.id for task in tasks]

    assert bulk.delete_records(session, CustomerGroup, [group.id]) == 1

    deleted = images(session, Change.DELETED)
    assert [(image.entity, image.entity_id) for image in deleted] == [
        *(("Task", task_id) for task_id in ids), ("CustomerGroup", group.id),
    ]  # fmt: skip
    assert session.scalars(select(SearchDoc.txt)).all() == ["sparrow"]
    assert session.scalars(select(CustomerGroup)).all() == [other]
    assert group.name == "Finch"  # a page may still say what went


def test_more_records_than_one_statement_names(session):
    number = bulk.PART + 10
    tag = a_tag(session)
    session.add_all(CustomerGroup(name=f"Customer {n}") for n in range(number))
    session.commit()
    ids = list(session.scalars(select(CustomerGroup.id)))

    assert bulk.add_link(session, CustomerGroup, ids, "tags", tag.id) == number
    assert (
        session.scalar(
            select(func.count()).select_from(CustomerGroup).where(CustomerGroup.tags.any(Tag.id == tag.id))
        )
        == number
    )
    assert len(images(session)) == number
