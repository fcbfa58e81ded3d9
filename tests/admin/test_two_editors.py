"""Two people edit one record at every door that has a form: what fits is merged and said, what does not is shown."""

from __future__ import annotations

import html
import re

import pytest

from admin_app.kernel.actor import Role
from admin_app.models import Address, CustomerGroup
from tests.admin.customers.counter import typed_on
from tests.admin.two_customers import world
from tests.forms import send
from tests.signing import sign_in_as


@pytest.fixture
def two(app, rows, clock):
    """Ash and Birch; the editors meet at Ash."""
    app.extensions["sawhorse_clock"] = clock
    return world(rows, clock)


@pytest.fixture
def bea(app, two):
    """A colleague of ann's at a desk of her own."""
    client = app.test_client()
    sign_in_as(client, Role.OFFICE)
    return client


def test_a_pop_up_merges_what_fits_and_says_so(two, signed_in, bea, rows):
    path = f"/admin/customers/{two.ash.id}/addresses/{two.ash.ids['address']}/edit"
    anns, beas = typed_on(signed_in.get(path)), typed_on(bea.get(path))

    send(bea, path, beas | {"city": "Bea's town"})
    answer = send(signed_in, path, anns | {"line2": "Ann's floor"}, follow_redirects=True)

    assert "City" in answer.text and "kept too" in answer.text
    with rows() as session:
        address = session.get_one(Address, two.ash.ids["address"])
        assert (address.city, address.line2) == ("Bea's town", "Ann's floor")


def test_a_pop_up_shows_both_versions_of_an_overlap_and_keeps_the_first(two, signed_in, bea, rows):
    path = f"/admin/customers/{two.ash.id}/addresses/{two.ash.ids['address']}/edit"
    anns, beas = typed_on(signed_in.get(path)), typed_on(bea.get(path))

    send(bea, path, beas | {"city": "Beaville"})
    answer = send(signed_in, path, anns | {"city": "Annstadt", "line2": "Typed beside it"})

    assert answer.status_code == 409
    for shown in ("Beaville", "Annstadt", "Typed beside it", "Bea Okafor"):
        assert shown in html.unescape(answer.text)
    with rows() as session:
        assert session.get_one(Address, two.ash.ids["address"]).city == "Beaville"


def test_the_generated_form_notices_what_a_bulk_act_did_meanwhile(two, signed_in, bea, rows):
    """A tag that a colleague put on many customers is not taken off by a form that was opened before."""
    path = f"/admin/groups/edit/?id={two.ash.id}"
    page = signed_in.get(path)
    base = re.search(r'name="base" value="([^"]+)"', page.text)
    assert base
    data = {"action": "add_tag", "rowid": str(two.ash.id), "tag": "Spring round", "confirmed": "1"}
    assert send(bea, "/admin/groups/action/", data).status_code == 302

    form = {
        "base": base[1],
        "name": "Ash renamed",
        "kind": "household",
        "rating": "0",
        "tax_profile": "standard",
    }
    answer = send(signed_in, path, form | {"tags": ["Ashgrove tag"], "notes": "Ashgrove notes"})

    assert answer.status_code == 302, answer.text
    with rows() as session:
        group = session.get_one(CustomerGroup, two.ash.id)
        assert group.name == "Ash renamed"
        assert {tag.name for tag in group.tags} == {"Ashgrove tag", "Spring round"}
