"""Deleting for good, and what must stay [R12-R16, A11, A17-A19, M13, M33]."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import (
    Address,
    AuditEntry,
    Brand,
    Change,
    Contact,
    CustomerGroup,
    EmailClaim,
    Invoice,
    InvoiceState,
    Membership,
    Payment,
    SearchDoc,
    Tag,
    Task,
)
from admin_app.services.claim_email import claim_for_staff
from admin_app.services.delete_record import delete, delete_many, what_goes
from admin_app.services.save_record import create


def a_family(session, ann, name="Finch", email="clara@finch.example"):
    group = create(session, CustomerGroup, {"name": name, "kind": "household"}, ann)
    clara = create(session, Contact, {"first_name": "Clara", "last_name": name, "email": email}, ann)
    otto = create(session, Contact, {"first_name": "Otto", "last_name": name}, ann)
    for contact in (clara, otto):
        create(session, Membership, {"group": group.id, "contact": contact.id}, ann)
    create(session, Address, {"group": group.id, "line1": f"1 {name} Street"}, ann)
    create(session, Task, {"title": "Ring back", "group": group.id}, ann)
    session.commit()
    return group, clara, otto


def test_the_primary_contact_cannot_be_deleted(session, ann):
    _, clara, otto = a_family(session, ann)

    with pytest.raises(
        Unmet, match="Clara Finch is the primary contact of Finch; star another contact first"
    ):
        delete(session, Contact, clara.id, ann)  # [A11]
    delete(session, Contact, otto.id, ann)

    assert session.scalars(select(Contact.first_name)).all() == ["Clara"]


def test_a_customer_goes_with_all_that_is_only_theirs_and_leaves_its_images(session, ann):
    group, _, otto = a_family(session, ann)
    other = create(session, CustomerGroup, {"name": "Team North", "kind": "team"}, ann)
    create(session, Membership, {"group": other.id, "contact": otto.id}, ann)
    session.add(Invoice(group_id=group.id, title="Draft"))
    session.flush()
    announced = dict(what_goes(session, CustomerGroup, [group.id]))

    delete(session, CustomerGroup, group.id, ann)

    assert announced == {
        "memberships": 2,
        "address": 1,
        "task": 1,
        "draft invoice": 1,
        "contact who belongs to no other customer": 1,
    }
    assert session.scalars(select(CustomerGroup.name)).all() == ["Team North"]
    assert session.scalars(select(Contact.first_name)).all() == ["Otto"]
    assert not session.scalars(select(Address)).all()
    deleted = select(AuditEntry.entity).where(AuditEntry.change == Change.DELETED)
    assert sorted(session.scalars(deleted)) == [
        "Address", "Contact", "CustomerGroup", "Invoice", "Membership", "Membership", "Task",
    ]  # fmt: skip
    image = session.scalar(
        select(AuditEntry).where(AuditEntry.entity == "Contact", AuditEntry.before.is_not(None))
    )
    assert image is not None
    assert image.before["email"] == "clara@finch.example"
    gone = select(SearchDoc.txt).where(SearchDoc.txt.contains("finch"))
    assert session.scalars(gone).all() == ["otto finch"]


def test_a_customer_with_an_issued_invoice_or_a_payment_stays(session, ann):
    group, *_ = a_family(session, ann)
    day = date(2026, 3, 1)
    session.add(Invoice(group_id=group.id, state=InvoiceState.ISSUED, number="N-1", issued_on=day))
    session.add(Payment(group_id=group.id, amount=100, paid_on=day))
    session.flush()

    with pytest.raises(Unmet, match="Finch has 1 issued invoice and 1 payment, which must be kept; archive"):
        delete(session, CustomerGroup, group.id, ann)  # [M33]

    assert session.get(CustomerGroup, group.id) is not None


def test_only_the_owner_erases_a_customer(session, ann):
    group, *_ = a_family(session, ann)
    pete = replace(ann, name="Pete", role=Role.OFFICE)

    with pytest.raises(NotAllowed):
        delete(session, CustomerGroup, group.id, pete)  # [A18]


def test_the_email_of_a_deleted_contact_comes_back_only_for_a_client(session, ann):
    _, _, otto = a_family(session, ann)
    otto.email = "otto@finch.example"  # as an import would bring it: without a claim
    session.flush()
    delete(session, Contact, otto.id, ann)

    with pytest.raises(Invalid, match="client contact"):
        claim_for_staff(session, "Otto@Finch.example")  # [R14]
    again = create(
        session, Contact, {"first_name": "Otto", "last_name": "F", "email": "otto@finch.example"}, ann
    )

    assert again.id  # [R15]
    assert session.scalars(select(EmailClaim.email_key)).all().count("otto@finch.example") == 1


def test_the_billing_address_goes_last(session, ann):
    group, *_ = a_family(session, ann)
    billing = session.scalars(select(Address)).one()
    site = create(session, Address, {"group": group.id, "line1": "The yard"}, ann)

    with pytest.raises(Unmet, match="1 Finch Street is the billing address of Finch"):
        delete(session, Address, billing.id, ann)
    assert delete_many(session, Address, [billing.id, site.id], ann) == 2


def test_an_issued_invoice_is_voided_not_deleted(session, ann):
    group, *_ = a_family(session, ann)
    invoice = Invoice(group_id=group.id, state=InvoiceState.ISSUED, number="N-1", issued_on=date(2026, 3, 1))
    session.add(invoice)
    session.flush()

    with pytest.raises(Unmet, match="Invoice N-1 was issued and is kept; void it instead"):
        delete(session, Invoice, invoice.id, ann)  # [M13]


def test_what_others_stand_on_says_how_many_they_are(session, ann):
    north = create(session, Brand, {"name": "North", "key": "north"}, ann)
    create(session, CustomerGroup, {"name": "Finch", "kind": "household", "brand": north.id}, ann)

    with pytest.raises(Unmet, match="This brand is used by 1 customer and must stay"):
        delete(session, Brand, north.id, ann)


def test_a_deleted_tag_leaves_a_trace_at_every_customer_who_had_it(session, ann):
    group, *_ = a_family(session, ann)
    group.tags = [Tag(name="VIP")]
    session.flush()
    version, tag = group.version, group.tags[0]

    delete(session, Tag, tag.id, ann)

    last = session.scalars(
        select(AuditEntry).where(AuditEntry.entity == "CustomerGroup").order_by(AuditEntry.id.desc())
    ).first()
    assert last is not None
    assert (last.before, last.after) == ({"tags": [{"id": tag.id, "name": "VIP"}]}, {"tags": []})
    session.refresh(group)
    assert (group.version, group.tags) == (version + 1, [])


def test_nobody_deletes_what_is_not_there(session, ann):
    for number in (4711, 2**63, -(10**30)):
        with pytest.raises(NotFound):
            delete(session, Task, number, ann)
