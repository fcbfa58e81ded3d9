"""Acts over many records and their undo [P25-P28, 34, 143, L5]."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import NotAllowed, Unmet
from admin_app.models import AuditEntry, BulkAct, CustomerGroup, GroupKind, Payment, Tag, Task, TaskState
from admin_app.services import bulk_change
from admin_app.services.save_record import create, update
from admin_app.services.undo_act import undo
from seeds.builders import a_brand, a_group, a_tag, a_task


def tagged(session, word):
    return select(CustomerGroup.id).where(CustomerGroup.tags.any(Tag.name == word)).order_by(CustomerGroup.id)


def test_undo_leaves_what_a_colleague_edited_and_who_had_the_tag_before(session, ann):
    vip, old = a_tag(session, "VIP"), a_tag(session, "old")
    groups = [a_group(session, name=f"Customer {number:03}") for number in range(250)]
    for group in groups[:40]:
        group.tags = [vip, old]
    session.commit()

    act = bulk_change.add_tag(session, select(CustomerGroup.id), "vip", ann)
    session.commit()
    for group in groups[100:103]:
        update(session, CustomerGroup, group.id, {"rating": 5}, replace(ann, name="Pete"))
    session.commit()
    undoing = undo(session, act.id, ann)
    session.commit()

    assert act.count == 210
    assert undoing.count == 207
    left = session.scalars(tagged(session, "VIP")).all()
    assert left == [group.id for group in (*groups[:40], *groups[100:103])]
    assert session.scalars(tagged(session, "old")).all() == [group.id for group in groups[:40]]
    assert [kept["name"] for kept in act.kept or ()] == ["Customer 100", "Customer 101", "Customer 102"]
    assert undoing.summary == "Undone for 207: Tag “VIP” added to 210 customers; 3 left as they are"


def test_every_touched_record_has_its_before_image_and_a_higher_version(session, ann):
    groups = [a_group(session, name=f"Customer {number}") for number in range(3)]
    groups[0].tags = [a_tag(session, "VIP")]
    session.commit()
    versions = [group.version for group in groups]

    act = bulk_change.add_tag(session, [group.id for group in groups], "VIP", ann)

    images = session.scalars(
        select(AuditEntry).where(AuditEntry.act_id == act.id).order_by(AuditEntry.id)
    ).all()
    tag = {"id": groups[0].tags[0].id, "name": "VIP"}
    assert [(image.entity_id, image.before, image.after) for image in images] == [
        (group.id, {"tags": []}, {"tags": [tag]}) for group in groups[1:]
    ]
    assert [group.version - was for group, was in zip(groups, versions, strict=True)] == [0, 1, 1]
    assert [image.version for image in images] == [group.version for group in groups[1:]]
    assert {image.actor for image in images} == {"Ann Ashworth"}


def test_taking_a_tag_off_leaves_the_others_on(session, ann):
    vip, late = a_tag(session, "VIP"), a_tag(session, "pays late")
    group = a_group(session, tags=[vip, late])

    act = bulk_change.remove_tag(session, [group.id], vip.id, ann)

    assert group.tags == [late]
    undo(session, act.id, ann)
    assert {tag.name for tag in group.tags} == {"VIP", "pays late"}


def test_an_act_over_a_filter_does_not_follow_the_filter_it_changes(session, ann):
    for number in range(3):
        a_group(session, name=f"Team {number}", kind=GroupKind.TEAM)
    a_group(session, name="Household")
    teams = select(CustomerGroup.id).where(CustomerGroup.kind == GroupKind.TEAM)

    act = bulk_change.set_field(session, CustomerGroup, teams, "kind", "business", ann)

    kinds = select(CustomerGroup.kind).order_by(CustomerGroup.id)
    assert act.count == 3
    assert session.scalars(kinds).all() == [GroupKind.BUSINESS] * 3 + [GroupKind.HOUSEHOLD]
    undo(session, act.id, ann)
    assert session.scalars(kinds).all() == [GroupKind.TEAM] * 3 + [GroupKind.HOUSEHOLD]


def test_a_brand_switch_is_undone_to_the_brands_that_were(session, ann):
    north, harbour = (
        a_brand(session, name="North", key="north"),
        a_brand(session, name="Harbour", key="harbour"),
    )
    groups = [a_group(session, brand=brand) for brand in (north, harbour, None)]
    session.commit()

    act = bulk_change.set_brand(session, [group.id for group in groups], harbour.id, ann)
    assert [group.brand for group in groups] == [harbour] * 3
    undo(session, act.id, ann)

    assert act.count == 2
    assert [group.brand for group in groups] == [north, harbour, None]


def test_archived_customers_come_back(session, ann):
    groups = [a_group(session) for _ in range(3)]
    first = bulk_change.archive(session, CustomerGroup, [groups[0].id], ann)

    act = bulk_change.archive(session, CustomerGroup, [group.id for group in groups], ann)
    assert all(group.archived_at for group in groups)
    undo(session, act.id, ann)

    assert (first.count, act.count) == (1, 2)
    assert [bool(group.archived_at) for group in groups] == [True, False, False]
    assert [group.version for group in groups] == [1, 1, 1]  # archiving is no edit of the form


def test_deleted_tasks_are_made_again_under_their_numbers(session, ann):
    group = a_group(session)
    tasks = [a_task(session, group, title=f"Task {number}") for number in range(3)]
    session.commit()
    known = {task.id: task.public_id for task in tasks}

    act = bulk_change.delete(session, Task, list(known), ann)
    assert session.scalar(select(func.count()).select_from(Task)) == 0
    undo(session, act.id, ann)

    back = session.scalars(select(Task).order_by(Task.id)).all()
    assert {task.id: task.public_id for task in back} == known
    assert [(task.title, task.state, task.group_id) for task in back] == [
        (f"Task {number}", TaskState.OPEN, group.id) for number in range(3)
    ]


def test_an_act_is_undone_once(session, ann):
    act = bulk_change.archive(session, CustomerGroup, [a_group(session).id], ann)
    undo(session, act.id, ann)

    with pytest.raises(Unmet, match="undone already"):
        undo(session, act.id, ann)


def test_deleted_customers_stay_deleted(session, ann):
    act = bulk_change.delete(session, CustomerGroup, [a_group(session).id], ann)

    with pytest.raises(Unmet, match="cannot be restored"):
        undo(session, act.id, ann)  # [A19]


def test_customers_with_money_stop_a_deletion_or_are_archived(session, ann):
    plain, paying = a_group(session, name="Plain"), a_group(session, name="Paying")
    session.add(Payment(group_id=paying.id, amount=100, paid_on=date(2026, 3, 1)))
    session.flush()
    both = [plain.id, paying.id]

    with pytest.raises(Unmet, match="1 of these 2 customers have documents or payments"):
        bulk_change.delete(session, CustomerGroup, both, ann)  # [M33]
    assert session.scalar(select(func.count()).select_from(CustomerGroup)) == 2
    act = bulk_change.delete(session, CustomerGroup, both, ann, else_archive=True)

    assert act.summary == "1 customer deleted, 1 with issued invoices or payments archived instead"
    assert paying.archived_at is not None


def test_who_may_not_change_many_may_not(session, ann):
    dora = replace(ann, role=Role.ANALYST)
    group = a_group(session)

    with pytest.raises(NotAllowed):
        bulk_change.add_tag(session, [group.id], "VIP", dora)
    with pytest.raises(NotAllowed):
        bulk_change.delete(session, CustomerGroup, [group.id], replace(ann, role=Role.OFFICE))
    assert session.scalars(select(BulkAct)).all() == []


def test_a_field_with_rules_of_its_own_is_not_changed_in_bulk(session, ann):
    north = create(session, CustomerGroup, {"name": "North", "kind": "team"}, ann)

    with pytest.raises(Unmet, match="Name is changed one customer at a time"):
        bulk_change.set_field(session, CustomerGroup, [north.id], "name", "South", ann)
