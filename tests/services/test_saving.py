"""Saving by declaration: shape, rights, rules, and edits that somebody made meanwhile [144, 145, L16, R10, R11]."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import (
    Address,
    AuditEntry,
    Brand,
    Contact,
    CustomerGroup,
    Event,
    GroupKind,
    Invoice,
    InvoiceLine,
    InvoiceState,
    Payment,
    PaymentMethod,
    SiteAsset,
    Tag,
    Task,
    User,
)
from admin_app.services.archive_record import archive, restore
from admin_app.services.save_record import (
    EditConflict,
    base_of,
    create,
    read_base,
    sign_base,
    update,
    update_and_tell,
)
from seeds.builders import a_brand, a_contact, a_group, a_tag, an_address


def test_typed_values_and_text_are_both_read(session, ann):
    brand, tag = a_brand(session), a_tag(session, "VIP")

    by_form = create(
        session,
        CustomerGroup,
        {
            "name": "Finch",
            "kind": GroupKind.TEAM,
            "rating": 3,
            "brand": brand.id,
            "tags": [tag.id],
            "newsletter": True,
        },
        ann,
    )
    by_file = create(
        session,
        CustomerGroup,
        {"name": " Finch ", "kind": "team", "rating": "3", "brand_id": str(brand.id), "tags": [str(tag.id)],
         "newsletter": "yes"},
        ann,
    )  # fmt: skip

    for group in (by_form, by_file):
        assert (group.name, group.kind, group.rating, group.brand, group.tags, group.newsletter) == (
            "Finch", GroupKind.TEAM, 3, brand, [tag], True,
        )  # fmt: skip


def test_what_is_left_blank_has_its_default(session, ann):
    group = create(
        session, CustomerGroup, {"name": "Finch", "kind": "", "rating": None, "description": ""}, ann
    )

    assert (group.kind, group.rating, group.description) == (GroupKind.HOUSEHOLD, 0, None)


@pytest.mark.parametrize(
    ("entity", "values", "field"),
    [
        (CustomerGroup, {"name": ""}, "name"),
        (CustomerGroup, {}, "name"),
        (CustomerGroup, {"name": "x" * 201}, "name"),
        (CustomerGroup, {"name": "a\x00b"}, "name"),
        (CustomerGroup, {"name": "a\x07b"}, "name"),
        (CustomerGroup, {"name": "\ud800"}, "name"),
        (CustomerGroup, {"name": 5}, "name"),
        (CustomerGroup, {"name": "F", "rating": 6}, "rating"),
        (CustomerGroup, {"name": "F", "rating": "6"}, "rating"),
        (CustomerGroup, {"name": "F", "rating": True}, "rating"),
        (CustomerGroup, {"name": "F", "rating": 2**70}, "rating"),
        (CustomerGroup, {"name": "F", "kind": "cat"}, "kind"),
        (CustomerGroup, {"name": "F", "newsletter": "perhaps"}, "newsletter"),
        (CustomerGroup, {"name": "F", "brand": 4711}, "brand"),
        (CustomerGroup, {"name": "F", "brand": "north"}, "brand"),
        (CustomerGroup, {"name": "F", "brand": 2**80}, "brand"),
        (CustomerGroup, {"name": "F", "tags": [4711]}, "tags"),
        (CustomerGroup, {"name": "F", "tags": "VIP"}, "tags"),
        (CustomerGroup, {"name": "F", "balance": 5}, "balance"),
        (CustomerGroup, {"name": "F", "sort_name": "x"}, "sort_name"),
        (CustomerGroup, {"name": "F", "version": 9}, "version"),
        (CustomerGroup, {"name": "F", "id": 9}, "id"),
        (Contact, {"first_name": "A", "last_name": "B", "email": "no email"}, "email"),
        (Contact, {"first_name": "A", "last_name": "B", "phone": "x"}, "phone"),
        (Event, {"title": "Visit", "starts_at": "yesterdayish"}, "starts_at"),
        (Event, {"title": "Visit", "starts_at": datetime(2026, 1, 1)}, "starts_at"),  # noqa: DTZ001 - naive on purpose
        (Task, {"title": "Ring", "due_on": "2026-02-30"}, "due_on"),
        (Task, {"title": "Ring", "due_on": datetime(2026, 1, 1, tzinfo=UTC)}, "due_on"),
        (Address, {"line1": "A", "lat": 91.0}, "lat"),
        (Address, {"line1": "A", "lat": float("nan")}, "lat"),
        (SiteAsset, {"name": "Oak", "attributes": {"height_m": float("inf")}}, "attributes"),
        (SiteAsset, {"name": "Oak", "attributes": {"species": "a\x00"}}, "attributes"),
        (SiteAsset, {"name": "Oak", "attributes": "no colon"}, "attributes"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field(session, ann, entity, values, field):
    if entity in (Event, Address, SiteAsset):
        values = values | {"group": a_group(session).id}

    with pytest.raises(Invalid) as refused:
        create(session, entity, values, ann)

    assert set(refused.value.fields) == {field}
    assert all(not sentence[0].islower() for sentence in refused.value.fields.values())


def test_dates_and_decimals_are_exact(session, ann):
    invoice = Invoice(group=a_group(session), currency="EUR")
    session.add(invoice)
    session.flush()
    line = InvoiceLine(
        invoice=invoice, position=1, description="Oak", quantity=1, unit_price=Decimal("10"), net=1000
    )
    session.add(line)
    session.flush()

    update(session, InvoiceLine, line.id, {"quantity": Decimal("2.25"), "unit_price": "64.2250"}, ann)
    update(session, Invoice, invoice.id, {"due_on": "2026-04-01"}, ann)

    assert (line.quantity, line.unit_price) == (Decimal("2.25"), Decimal("64.225"))
    assert invoice.due_on == date(2026, 4, 1)


def test_rights_are_asked_before_anything_else(session, ann):
    group = a_group(session)
    dora, carl = replace(ann, role=Role.ANALYST), replace(ann, id=7, role=Role.CREW)

    for actor in (dora, carl):
        with pytest.raises(NotAllowed):
            create(session, CustomerGroup, {}, actor)
        with pytest.raises(NotAllowed):
            update(session, CustomerGroup, group.id, {"name": "X"}, actor)


def test_what_is_not_there_is_not_found(session, ann):
    for number in (4711, 0, -1, 2**63, 10**30):
        with pytest.raises(NotFound, match="There is no such customer"):
            update(session, CustomerGroup, number, {"name": "X"}, ann)


def test_edits_that_do_not_overlap_are_merged_and_told(session, ann):
    group = a_group(session, name="Finch", rating=1, notes="Old")
    base = base_of(group)
    update(session, CustomerGroup, group.id, {"name": "Finch & Sons"}, replace(ann, name="Pete"))

    saved = update_and_tell(
        session, CustomerGroup, group.id, {"name": "Finch", "rating": 4, "notes": "Old"}, ann, base=base
    )

    assert (group.name, group.rating, group.notes) == ("Finch & Sons", 4, "Old")
    assert saved.merged == ("Name",)


def test_an_overlap_is_shown_with_both_versions_and_nothing_is_lost(session, ann, clock):
    group = a_group(session, name="Finch", rating=1)
    base = base_of(group)
    session.info["actor"] = replace(ann, name="Pete")
    update(session, CustomerGroup, group.id, {"name": "Finch & Sons", "rating": 2}, ann)
    session.info["actor"] = ann

    with pytest.raises(EditConflict) as conflict:
        update(session, CustomerGroup, group.id, {"name": "Finch Ltd", "rating": 2}, ann, base=base)

    (overlap,) = conflict.value.overlaps
    assert (overlap.key, overlap.label) == ("name", "Name")
    assert (overlap.base, overlap.theirs, overlap.yours) == ("Finch", "Finch & Sons", "Finch Ltd")
    assert (overlap.author, overlap.at) == ("Pete", clock.now())
    assert conflict.value.status == 409
    assert conflict.value.sentence == (
        "Pete changed Name of Finch & Sons while you were editing; choose which version stays"
    )
    assert group.name == "Finch & Sons"


def test_tags_merge_as_sets(session, ann):
    vip, late, sport = (a_tag(session, name) for name in ("VIP", "late", "sport"))
    group = a_group(session, tags=[vip, late])
    base = base_of(group)
    update(session, CustomerGroup, group.id, {"tags": [vip.id, late.id, sport.id]}, ann)

    update(session, CustomerGroup, group.id, {"tags": [vip.id]}, ann, base=base)

    assert {tag.name for tag in group.tags} == {"VIP", "sport"}


def test_a_link_that_two_changed_is_an_overlap(session, ann):
    north, harbour = a_brand(session, name="North", key="n"), a_brand(session, name="Harbour", key="h")
    group = a_group(session)
    base = base_of(group)
    update(session, CustomerGroup, group.id, {"brand": north.id}, ann)

    with pytest.raises(EditConflict) as conflict:
        update(session, CustomerGroup, group.id, {"brand": harbour.id}, ann, base=base)

    assert conflict.value.overlaps[0].theirs == {"id": north.id, "name": "North"}


def test_a_base_is_ours_and_of_this_record(session, ann):
    group, other = a_group(session), a_group(session, name="Other")
    signed = sign_base(base_of(group), "a secret")

    assert read_base(signed, "a secret") == base_of(group)
    for forged in (signed[:-1] + ("0" if signed[-1] != "0" else "1"), "x" + signed, "", ".", "é.é"):
        with pytest.raises(Invalid):
            read_base(forged, "a secret")
    with pytest.raises(Invalid):
        read_base(signed, "another secret")
    with pytest.raises(Invalid):
        update(session, CustomerGroup, other.id, {"name": "X"}, ann, base=base_of(group))


def test_saving_what_stands_there_already_leaves_no_trace(session, ann):
    group = a_group(session, name="Finch", tags=[a_tag(session)])
    session.commit()
    written = len(session.scalars(select(AuditEntry)).all())

    update(session, CustomerGroup, group.id, {"name": "Finch", "tags": [group.tags[0].id], "rating": 0}, ann)

    assert (group.version, len(session.scalars(select(AuditEntry)).all())) == (1, written)


def test_an_empty_secret_means_leave_it(session, ann):
    method = PaymentMethod(group=a_group(session), token="pm_123", last4="4242")
    session.add(method)
    session.flush()

    update(session, PaymentMethod, method.id, {"token": None, "last4": "4711"}, ann)

    assert (method.token, method.last4) == ("pm_123", "4711")
    assert "token" not in base_of(method)["fields"]


def test_one_email_one_contact(session, ann):
    a_contact(session, first_name="Clara", last_name="Finch", email="clara@finch.example")

    with pytest.raises(Invalid, match="Clara Finch already has this email address"):
        create(
            session, Contact, {"first_name": "C", "last_name": "F", "email": "CLARA@finch.example"}, ann
        )  # [R5]


def test_tags_are_compared_folded(session, ann):
    a_tag(session, "VIP")

    for again in ("vip", " Víp "):
        with pytest.raises(Invalid, match="already a tag “VIP”"):
            create(session, Tag, {"name": again}, ann)


def test_one_brand_is_the_default(session, ann):
    north = create(session, Brand, {"name": "North", "key": "n", "is_default": True}, ann)
    harbour = create(session, Brand, {"name": "Harbour", "key": "h", "is_default": True}, ann)

    assert (north.is_default, harbour.is_default) == (False, True)


def test_an_issued_invoice_keeps_all_but_due_date_and_notes(session, ann):
    group = a_group(session)
    invoice = Invoice(group=group, state=InvoiceState.ISSUED, number="N-1", issued_on=date(2026, 3, 1))
    session.add(invoice)
    session.flush()

    update(session, Invoice, invoice.id, {"due_on": "2026-05-01", "notes": "Promised"}, ann)
    with pytest.raises(Unmet, match="Invoice N-1 is issued"):
        update(session, Invoice, invoice.id, {"title": "Other"}, ann)  # [M12]


def test_money_is_never_simply_saved(session, ann):
    with pytest.raises(Unmet, match="never simply saved"):
        create(
            session, Payment, {"group": a_group(session).id, "paid_on": "2026-03-01", "amount": "10.00"}, ann
        )


def test_staff_are_saved_by_their_own_rules(session, ann):
    contact = a_contact(session, email="clara@finch.example")

    with pytest.raises(Invalid, match="belongs to a client contact"):
        create(session, User, {"name": "Clara", "email": contact.email, "role": "office"}, ann)  # [R16]


def test_an_address_stays_with_its_customer(session, ann):
    address, other = an_address(session, a_group(session)), a_group(session, name="Other")

    with pytest.raises(Unmet, match="added to another customer there"):
        update(session, Address, address.id, {"group": other.id}, ann)


def test_archived_records_come_back(session, ann, clock):
    group = a_group(session)

    archive(session, CustomerGroup, group.id, ann)  # [R12, D6]
    seen = [group.archived_at]
    restore(session, CustomerGroup, group.id, ann)
    assert [*seen, group.archived_at] == [clock.now(), None]
    with pytest.raises(Unmet, match="deleted, not archived"):
        archive(session, Address, an_address(session, group).id, ann)
