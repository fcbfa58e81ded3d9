"""The history writer: who changed what, when, through which door [143, R10, R11]."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update

from admin_app.models import (
    Address,
    AuditEntry,
    Change,
    Contact,
    CustomerGroup,
    Event,
    ImportRun,
    Invoice,
    InvoiceLine,
    Membership,
    PaymentMethod,
    SiteAsset,
    Tag,
)
from admin_app.models.base import OfficeSession
from admin_app.models.field import fields_of
from admin_app.records.encoding import decode, encode, kept_fields
from admin_app.records.guard import allow_bulk
from admin_app.records.images import table_of, write_images
from seeds.builders import a_brand, a_contact, a_group, a_tag, an_address


def entries(session, entity):
    wanted = select(AuditEntry).where(AuditEntry.entity == entity.__name__).order_by(AuditEntry.id)
    return session.scalars(wanted).all()


def test_an_edit_is_written_down_with_who_when_where_and_what(session, clock):
    north, harbour = a_brand(session, name="North", key="n"), a_brand(session, name="Harbour", key="h")
    group = a_group(session, name="Finch", brand=north, rating=2)
    session.commit()

    group.name, group.brand, group.rating = "Finch & Sons", harbour, 5
    session.commit()

    created, edited = entries(session, CustomerGroup)
    assert (created.change, created.before, created.after["name"]) == (Change.CREATED, None, "Finch")
    assert (edited.change, edited.entity_id, edited.group_id) == (Change.CHANGED, group.id, group.id)
    assert (edited.actor, edited.actor_kind, edited.door, edited.at) == (
        "Ann Ashworth", "staff", "test", clock.now(),
    )  # fmt: skip
    assert edited.before == {"name": "Finch", "brand": {"id": north.id, "name": "North"}, "rating": 2}
    assert edited.after == {
        "name": "Finch & Sons",
        "brand": {"id": harbour.id, "name": "Harbour"},
        "rating": 5,
    }
    assert (edited.name, edited.version) == ("Finch & Sons", 2)
    assert group.updated_at == clock.now()


def test_the_version_counts_edits_of_form_fields_and_links_only(session):
    group = a_group(session)
    session.commit()
    seen = [group.version]

    for change in (
        {"notes": "Beware of the dog"},  # a form field
        {"balance": 1200},  # a cache
        {"last_visit_on": date(2026, 3, 1)},  # a cache
        {"archived_at": datetime(2026, 3, 1, tzinfo=UTC)},  # on no form
        {"tags": [a_tag(session)]},  # links
        {"notes": "Beware of the dog"},  # nothing new
    ):
        for key, value in change.items():
            setattr(group, key, value)
        session.commit()
        seen.append(group.version)

    assert seen == [1, 2, 2, 2, 2, 3, 3]
    told = [list(entry.after) for entry in entries(session, CustomerGroup) if entry.change is Change.CHANGED]
    assert told == [["notes"], ["archived_at"], ["tags"]]  # caches leave no entry


def test_a_secret_is_told_but_never_shown(session):
    method = PaymentMethod(group=a_group(session), token="pm_1234567890", last4="4242")
    session.add(method)
    session.commit()

    method.token = "pm_0987654321"
    session.commit()
    session.delete(method)
    session.commit()

    created, edited, deleted = entries(session, PaymentMethod)
    assert created.after["token"] == "•••"
    assert (edited.before, edited.after) == ({"token": "•••"}, {"token": "•••"})
    assert deleted.before["token"] == "•••"


def test_a_deletion_keeps_images_of_all_that_the_database_takes_along(session):
    group = a_group(session, name="Finch", tags=[a_tag(session, "VIP")])
    address = an_address(session, group, line1="1 High Street")
    session.commit()
    address_id = address.id

    session.delete(group)
    session.commit()

    (_, deleted), (_, gone) = entries(session, CustomerGroup), entries(session, Address)
    assert (deleted.change, deleted.after, deleted.before["tags"][0]["name"]) == (Change.DELETED, None, "VIP")
    assert deleted.before["public_id"] == group.public_id
    assert (gone.change, gone.entity_id, gone.group_id) == (Change.DELETED, address_id, group.id)
    assert gone.before["line1"] == "1 High Street"


def test_what_an_import_makes_carries_the_run_instead_of_an_entry(session, clock):
    run = ImportRun(at=clock.now())
    session.add(run)
    session.flush()
    group = a_group(session, import_run_id=run.id)
    session.commit()

    group.name = "Changed"
    session.commit()

    assert [entry.change for entry in entries(session, CustomerGroup)] == [Change.CHANGED]


def test_nothing_changes_without_a_name(database):
    from admin_app.models.engine import open_engine

    engine = open_engine(database)
    with OfficeSession(engine) as nobodys, pytest.raises(RuntimeError, match="without anybody's name"):
        nobodys.add(CustomerGroup(name="Finch"))
        nobodys.flush()
    engine.dispose()


def test_an_act_and_another_door_are_named_in_the_entry(session, ann):
    session.info.update(actor=replace(ann, name="Pete"), door="import", reason="Moved house")

    a_group(session)
    session.flush()

    (entry,) = entries(session, CustomerGroup)
    assert (entry.actor, entry.door, entry.reason) == ("Pete", "import", "Moved house")


def test_a_value_overwritten_before_it_was_read_is_still_in_the_before_image(session):
    group_id = a_group(session, name="Finch", notes="Old").id
    session.commit()
    session.expunge_all()
    group = session.get(CustomerGroup, group_id)
    session.expire(group)

    group.notes = "New"
    session.commit()

    assert entries(session, CustomerGroup)[-1].before == {"notes": "Old"}


def test_images_written_by_the_database_read_like_those_of_the_session(session):
    group = a_group(session, name="Bö\"b' \\ <x>", tags=[a_tag(session, "b"), a_tag(session, "a")], rating=3)
    address = an_address(session, group, lat=51.5074, lon=-0.1278, country="gb")
    a_contact(session, group, first_name="Clara", last_name="Finch")
    asset = SiteAsset(
        group=group, address=address, name="Oak", attributes={"height_m": 12.5, "protected": True}
    )
    event = Event(group=group, title="Visit", starts_at=datetime(2026, 3, 17, 9, 30, 1, 5, tzinfo=UTC))
    invoice = Invoice(group=group, due_on=date(2026, 4, 1), subtotal=-1 + 2**40)
    session.add_all([asset, event, invoice])
    session.flush()
    line = InvoiceLine(
        invoice=invoice,
        position=1,
        description="Oak",
        quantity=Decimal("2.25"),
        unit_price=Decimal("64.22"),
        net=1,
    )
    session.add(line)
    session.commit()

    member = session.scalars(select(Membership)).one()
    for record in (group, address, asset, event, invoice, line, member):
        entity = type(record)
        write_images(session, entity, [record.id], Change.CHANGED)
        image = entries(session, entity)[-1]
        assert image.name == str(record)
        for bound in kept_fields(entity):
            value = getattr(record, bound.key)
            assert decode(bound, image.before[bound.key]) == decode(bound, encode(bound, value)), bound.key
            if bound.kind not in ("instant", "coordinate"):
                assert image.before[bound.key] == encode(bound, value), bound.key


def test_every_declared_value_comes_back_as_it_was(session):
    event = Event(group=a_group(session), title="Visit", starts_at=datetime(2026, 3, 17, 9, 30, tzinfo=UTC))
    session.add(event)
    session.flush()

    for bound in fields_of(Event):
        value = getattr(event, bound.key)
        expected = value.id if bound.key == "group" else value
        assert decode(bound, encode(bound, value)) == expected


@pytest.mark.parametrize("statement", [
    update(CustomerGroup).values(rating=0),
    update(table_of(CustomerGroup)).values(rating=0),
    delete(table_of(CustomerGroup)),
])  # fmt: skip
def test_a_bulk_statement_past_the_history_is_refused(session, statement):
    a_group(session)

    with pytest.raises(RuntimeError, match="would leave no trace"):
        session.execute(statement)
    with pytest.raises(RuntimeError, match="would leave no trace"):
        session.connection().execute(statement)
    with allow_bulk("a test answers for it"):
        session.connection().execute(statement)


def test_caches_may_be_set_in_bulk_for_they_have_no_history(session):
    group = a_group(session)
    session.flush()

    session.connection().execute(update(table_of(CustomerGroup)).values(balance=5))
    session.execute(update(CustomerGroup).values({CustomerGroup.balance: 7}))

    session.refresh(group)
    assert (group.balance, group.version, len(entries(session, CustomerGroup))) == (7, 1, 1)
    with pytest.raises(RuntimeError, match="would leave no trace"):
        session.connection().execute(update(table_of(CustomerGroup)).values(balance=5, rating=1))


def test_raw_statements_and_links_are_guarded_too(session):
    from sqlalchemy import text

    group = a_group(session, tags=[a_tag(session)])

    for statement in ("UPDATE customer_group SET rating = 1", "delete from group_tag"):
        with pytest.raises(RuntimeError, match="would leave no trace"):
            session.execute(text(statement))
    assert group.tags


def test_the_history_itself_is_written_once(session):
    a_group(session)
    (entry,) = entries(session, CustomerGroup)

    with pytest.raises(RuntimeError, match="written once"), allow_bulk("even here"):
        session.connection().execute(update(AuditEntry).values(actor="Nobody"))
    entry.actor = "Nobody"
    with pytest.raises(RuntimeError, match="written once"):
        session.flush()
    session.rollback()
    group = a_group(session)
    session.flush()
    session.delete(entries(session, CustomerGroup)[0])
    with pytest.raises(RuntimeError, match="written once"):
        session.flush()
    assert group is not None


def test_a_change_and_its_entry_live_and_die_together(session):
    group = a_group(session, name="Finch")
    session.commit()

    group.name = "Sparrow"
    session.flush()
    session.rollback()

    assert [entry.change for entry in entries(session, CustomerGroup)] == [Change.CREATED]


def test_a_contact_has_its_settled_name_and_key(session):
    contact = a_contact(session, first_name="Łukasz", last_name="Kučera", email="L.K@Example.com")

    assert (contact.sort_name, contact.email_key) == ("kucera lukasz", "l.k@example.com")
    contact.last_name = "Novák"
    session.flush()
    assert contact.sort_name == "novak lukasz"
    assert list(entries(session, Contact)[-1].after) == ["last_name"]
    assert session.scalars(select(Tag)).all() == []
