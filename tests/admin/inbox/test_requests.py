"""A request of somebody unknown: a call, a customer, or not for us [100]."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.models import (
    Contact,
    Thread,
)
from seeds.builders import a_contact, a_group
from tests.admin.inbox.talk import thread
from tests.forms import send
from tests.signing import on_sqlite


@on_sqlite
def test_a_request_offers_a_call_a_customer_and_not_for_us(desk, office):
    page = desk.get(f"/admin/inbox/{office['beech']}").text

    assert "Nobody knows the sender yet" in page
    assert f"/admin/calls/new?thread={office['beech']}" in page
    assert "Not for us" in page
    assert "Keep sam@example.org as a contact" in page


def test_a_request_is_given_to_a_customer_and_its_sender_becomes_a_contact(desk, office, rows):
    answer = send(
        desk, f"/admin/inbox/{office['beech']}/customer", {"group": str(office["group"]), "keep": "yes"}
    )

    assert answer.status_code == 302
    with rows() as session:
        found = session.get_one(Thread, office["beech"])
        sam = session.scalars(select(Contact).where(Contact.email == "sam@example.org")).one()
        assert (found.group_id, found.messages[0].group_id) == (office["group"], office["group"])
        assert (sam.first_name, sam.last_name, found.messages[0].contact_id) == ("Sam", "Stranger", sam.id)
        assert sam.memberships[0].group_id == office["group"]


@on_sqlite
@pytest.mark.parametrize(
    ("group", "status", "sentence"),
    [
        ("", 422, "Choose the customer first"),
        ("x", 422, "Choose the customer first"),
        ("999999", 404, "no such"),
    ],
)
def test_without_a_customer_a_request_stays_one(desk, office, rows, group, status, sentence):
    answer = send(desk, f"/admin/inbox/{office['beech']}/customer", {"group": group})

    assert answer.status_code == status
    assert sentence in answer.text
    assert thread(rows, office["beech"]).group_id is None


@on_sqlite
def test_another_customers_thread_cannot_be_taken_over(desk, office, rows):
    with rows() as session:
        other = a_group(session, name="Otto").id

    answer = send(desk, f"/admin/inbox/{office['gate']}/customer", {"group": str(other)})

    assert answer.status_code == 409
    assert thread(rows, office["gate"]).group_id == office["group"]


@on_sqlite
def test_customers_of_that_name_are_proposed(desk, office, rows):
    with rows() as session:
        group = a_group(session, name="Mill Lane Farm")
        a_contact(session, group, first_name="Sam", last_name="Stranger")

    page = desk.get(f"/admin/inbox/{office['beech']}").text

    assert "It may be from" in page
    assert "Mill Lane Farm" in page
