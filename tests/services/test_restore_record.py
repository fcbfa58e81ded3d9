"""Putting a record back as the history has it [143, A19]."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import NotAllowed, NotFound, Unmet
from admin_app.models import (
    Address,
    AuditEntry,
    Change,
    Contact,
    CustomerGroup,
    Event,
    Membership,
    Payment,
    PaymentMethod,
    Task,
)
from admin_app.services.delete_record import delete
from admin_app.services.restore_record import restore
from admin_app.services.save_record import update
from admin_app.services.star_contact import star_contact
from seeds.builders import a_brand, a_contact, a_group, a_tag, a_task, an_address, an_event


def last_entry(session, entity, change=Change.CHANGED):
    wanted = select(AuditEntry).where(AuditEntry.entity == entity.__name__, AuditEntry.change == change)
    return session.scalars(wanted.order_by(AuditEntry.id.desc())).first()


def test_an_edit_is_taken_back_and_that_is_written_down_too(session, ann):
    north, harbour = a_brand(session, name="North", key="n"), a_brand(session, name="Harbour", key="h")
    vip, late = a_tag(session, "VIP"), a_tag(session, "late")
    group = a_group(session, name="Finch", brand=north, tags=[vip], rating=2)
    update(
        session,
        CustomerGroup,
        group.id,
        {"name": "Sparrow", "brand": harbour.id, "tags": [late.id], "rating": 5, "kind": "team"},
        ann,
    )
    edit = last_entry(session, CustomerGroup)
    update(session, CustomerGroup, group.id, {"notes": "Since then"}, ann)

    restore(session, edit.id, ann)

    assert (group.name, group.brand, group.tags, group.rating, group.kind.value) == (
        "Finch", north, [vip], 2, "household",
    )  # fmt: skip
    assert group.notes == "Since then"  # only what that edit changed goes back
    assert last_entry(session, CustomerGroup).after["name"] == "Finch"
    assert group.version == 4


def test_a_deleted_contact_comes_back_under_the_old_number_with_its_customers(session, ann):
    group = a_group(session)
    a_contact(session, group, first_name="Clara", last_name="Finch")
    otto = a_contact(session, group, first_name="Otto", last_name="Finch", email="otto@finch.example")
    session.commit()
    star_contact(
        session, group.id, session.scalars(select(Contact.id).where(Contact.first_name == "Clara")).one(), ann
    )
    known = (otto.id, otto.public_id)
    delete(session, Contact, otto.id, ann)

    back = restore(session, last_entry(session, Contact, Change.DELETED).id, ann)

    assert (back.id, back.public_id) == known
    members = session.scalars(select(Membership).order_by(Membership.id)).all()
    assert [(m.contact.first_name, m.is_primary) for m in members] == [("Clara", True), ("Otto", False)]
    with pytest.raises(Unmet, match="exists already"):
        restore(session, last_entry(session, Contact, Change.DELETED).id, ann)


def test_a_number_that_was_given_away_is_not_taken_back(session, ann):
    task = a_task(session, title="First")
    session.commit()
    old = task.id
    delete(session, Task, task.id, ann)
    session.add(Task(id=old, title="Second"))
    session.flush()

    back = restore(session, last_entry(session, Task, Change.DELETED).id, ann)

    assert back.id != old
    assert [t.title for t in session.scalars(select(Task).order_by(Task.id))] == ["Second", "First"]


def test_what_it_was_linked_to_is_gone(session, ann):
    group = a_group(session)
    session.commit()
    event = an_event(session, group)
    session.commit()
    delete(session, Event, event.id, ann)
    entry = last_entry(session, Event, Change.DELETED)
    delete(session, CustomerGroup, group.id, ann)

    with pytest.raises(Unmet, match="does not exist any more"):
        restore(session, entry.id, ann)


def test_a_restored_address_does_not_take_the_tick(session, ann):
    group = a_group(session)
    old = an_address(session, group, line1="Old house", is_billing=True)
    session.commit()
    delete(session, Address, old.id, ann)
    new = an_address(session, group, line1="New house", is_billing=True)
    session.commit()

    restore(session, last_entry(session, Address, Change.DELETED).id, ann)

    ticked = session.scalars(select(Address.line1).where(Address.is_billing)).all()
    assert len(ticked) == 1
    assert new.id


def test_what_is_never_restored(session, ann):
    group = a_group(session)
    session.add(PaymentMethod(group=group, token="pm_1"))
    session.add(Payment(group=group, amount=1, paid_on=date(2026, 3, 1)))
    session.flush()
    empty = a_group(session, name="Empty")
    session.commit()
    delete(session, CustomerGroup, empty.id, ann)
    method = session.scalars(select(PaymentMethod)).one()
    delete(session, PaymentMethod, method.id, ann)

    for entity, change, sentence in (
        (CustomerGroup, Change.DELETED, "A deleted customer cannot be restored"),  # [A19]
        (CustomerGroup, Change.CREATED, "the record did not exist"),
        (Payment, Change.CREATED, "not restored from the history"),
        (PaymentMethod, Change.DELETED, "Provider's token was not kept"),
    ):
        with pytest.raises(Unmet, match=sentence):
            restore(session, last_entry(session, entity, change).id, ann)


def test_who_may_not_restore_may_not(session, ann):
    a_group(session)
    session.flush()
    entry = last_entry(session, CustomerGroup, Change.CREATED)

    with pytest.raises(NotAllowed):
        restore(session, entry.id, replace(ann, role=Role.ESTIMATOR))
    for number in (4711, 10**30):
        with pytest.raises(NotFound):
            restore(session, number, ann)
