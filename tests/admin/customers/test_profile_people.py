"""Contacts and addresses of a profile: plus, pencil, star, bin, tick, key, pin [A4-A11, P4-P15, R13-R17, 30]."""

import pytest
from sqlalchemy import select

from admin_app.gateways.geocoder import Place
from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Unmet
from admin_app.models import Address, Contact, EmailClaim, Membership
from seeds.builders import a_contact, a_group, an_address


def test_the_plus_adds_a_contact(counter):
    """[A7]"""
    answer = counter.fill(
        "contacts/new", first_name="Nora", last_name="Finch", email="nora@finch.example", role="tenant"
    )

    assert answer.headers["Location"] == f"{counter.home}/contacts"
    nora = counter.membership("Nora")
    assert (nora.role.value, nora.is_primary) == ("tenant", False)


def test_a_person_known_by_email_joins(counter):
    """[R5]"""
    session = counter.look()
    a_contact(
        session, a_group(session, name="Other"), first_name="Dora", last_name="Design", email="dora@d.example"
    )
    session.commit()

    answer = counter.fill(
        "contacts/new", first_name="D.", last_name="Design", email="DORA@d.example", role="general"
    )

    assert answer.status_code == 302
    assert counter.membership("Dora").contact.email == "dora@d.example"
    assert len(counter.look().scalars(select(Contact).where(Contact.last_name == "Design")).all()) == 1


def test_the_pencil_edits_a_contact(counter):
    """[A8]"""
    otto = counter.membership("Otto")

    counter.fill(f"contacts/{otto.id}/edit", phone="0044 20 7946 0000", role="billing")

    otto = counter.membership("Otto")
    assert (otto.contact.phone, otto.role.value) == ("+44 20 7946 0000", "billing")


def test_the_star_moves(counter):
    """[A9]"""
    counter.post(f"contacts/{counter.membership('Otto').id}/star")

    assert {m.contact.first_name: m.is_primary for m in counter.group.memberships} == {
        "Clara": False,
        "Otto": True,
    }


def test_the_primary_contact_cannot_be_deleted(counter):
    """[A11, 20]"""
    answer = counter.post(f"contacts/{counter.membership('Clara').id}/delete")

    assert answer.status_code == 409
    assert "star another contact first" in answer.text
    assert counter.membership("Clara")


def test_the_bin_warns_that_the_email_stays_a_clients(counter):
    """[R14-R16, 22]"""
    counter.post(f"contacts/{counter.membership('Otto').id}/star")
    clara = counter.membership("Clara").id
    assert "cannot be used for another kind of user" in counter.page(f"contacts/{clara}/delete")

    counter.post(f"contacts/{clara}/delete")

    assert counter.look().scalar(select(Contact).where(Contact.first_name == "Clara")) is None
    assert counter.session.scalar(select(EmailClaim).where(EmailClaim.email_key == "clara@finch.example"))


def test_a_contact_of_two_customers_is_removed_from_one(counter):
    person = counter.membership("Otto").contact_id
    session = counter.look()
    other = a_group(session, name="Other")
    session.add(Membership(group_id=other.id, contact_id=person))
    other_id = other.id
    session.commit()
    otto = counter.membership("Otto").id
    assert "stays there" in counter.page(f"contacts/{otto}/delete")

    counter.post(f"contacts/{otto}/delete")

    places = (
        counter.look()
        .scalars(select(Membership.group_id).join(Contact).where(Contact.first_name == "Otto"))
        .all()
    )
    assert places == [other_id]


def test_another_customers_records_are_not_found_here(counter):
    session = counter.look()
    other = a_group(session, name="Other")
    a_contact(session, other, first_name="Eve", last_name="Else")
    address = an_address(session, other).id
    eve = session.scalars(select(Membership).where(Membership.group_id == other.id)).one().id
    session.commit()

    for path in (
        f"contacts/{eve}/edit",
        f"contacts/{eve}/delete",
        f"addresses/{address}/edit",
        f"addresses/{address}/place",
    ):
        assert counter.get(path).status_code == 404
        assert counter.post(path, {"first_name": "Mallory"}).status_code == 404
    assert counter.post(f"contacts/{eve}/star").status_code == 404
    assert counter.post(f"addresses/{address}/billing").status_code == 404


def test_addresses_are_added_edited_and_deleted(counter):
    """[P5, P8, A4]"""
    counter.fill("addresses/new", line1="The yard", country="gb", is_site="on")
    yard = counter.look().scalar(select(Address.id).where(Address.line1 == "The yard"))
    counter.fill(f"addresses/{yard}/edit", city="Leeds", access_notes="Key under the pot")
    again = counter.fill("addresses/new", line1="the YARD", country="GB")

    assert again.status_code == 422 and "already has this address" in again.text
    assert counter.look().get(Address, yard).city == "Leeds"
    counter.post(f"addresses/{yard}/delete")
    assert counter.look().get(Address, yard) is None


def test_exactly_one_address_is_the_billing_address(counter):
    """[P12, P13, I11]"""
    session = counter.look()
    yard = an_address(session, counter.group, line1="The yard").id
    session.commit()

    counter.post(f"addresses/{yard}/billing")

    assert {a.line1: a.is_billing for a in counter.group.addresses} == {
        "1 Mill Street": False,
        "The yard": True,
    }
    refused = counter.post(f"addresses/{yard}/delete")
    assert refused.status_code == 409 and "tick another address first" in refused.text
    untick = counter.fill(f"addresses/{yard}/edit", is_billing="")
    assert untick.status_code == 422 and "exactly one billing address" in untick.text


def test_the_key_shows_the_way_in_to_those_who_work_there_only(counter):
    """[P9-P11]"""
    session = counter.look()
    an_address(
        session, counter.group, line1="The yard", access_notes="Code 4711", access_contact_name="Tom Tenant"
    )
    session.commit()
    assert "Code 4711" in counter.page("addresses")

    counter.sits_down(Role.ANALYST)

    for path in ("", "addresses", "timeline"):
        assert "4711" not in counter.get(path).text and "Tom Tenant" not in counter.get(path).text


def test_a_pin_is_dragged_typed_and_refused_halfway(counter):
    address = counter.group.addresses[0].id
    as_script = {"headers": {"Accept": "application/json"}}

    dragged = counter.post(f"addresses/{address}/place", {"lat": "53.1", "lon": "-4.2"}, **as_script)
    assert dragged.get_json() == {"said": "The pin is where you put it."}
    assert (counter.group.addresses[0].lat, counter.group.addresses[0].lon) == (53.1, -4.2)
    for lat, lon in (("91", "0"), ("nan", "0"), ("1e3", "2"), ("53", "")):
        assert (
            counter.post(f"addresses/{address}/place", {"lat": lat, "lon": lon}, **as_script).status_code
            == 422
        )
    assert "needs both numbers" in counter.post(f"addresses/{address}/place", {"lat": "53", "lon": ""}).text
    assert '"lat": 53.1' in counter.page().replace("&#34;", '"')


class Geocoder:
    """A geocoder that knows one place, or is away."""

    def __init__(self, away: bool = False) -> None:
        self.away = away

    def suggest(self, text: str) -> list[Place]:
        if self.away:
            raise Unmet("The geocoder does not answer; type the address by hand")
        return [Place("12 Mill Lane", "CB2 1RX", "Cambridge", None, "GB", 52.2, 0.1)]


@pytest.mark.parametrize("away", [False, True])
def test_suggestions_come_from_known_addresses_and_the_geocoder(counter, app, away):
    """[A5, 30]"""
    app.extensions["sawhorse_geocoder"] = Geocoder(away)

    found = counter.get("/admin/customers/suggest?q=mill+str").get_json()

    texts = [place["text"] for place in found["places"]]
    assert texts[0] == "1 Mill Street, 8000 Aarhus, DK"
    if away:
        assert len(texts) == 1 and "does not answer" in found["said"]
    else:
        assert texts[1] == "12 Mill Lane, CB2 1RX Cambridge, GB" and found["places"][1]["lat"] == 52.2


def test_map_tiles_come_only_from_the_company_setting(counter):
    """The page's policy names their origin; without a setting there is none."""
    from admin_app.models import Company

    session, address = counter.look(), counter.group.addresses[0]
    address.lat, address.lon = 53.1, -4.2
    session.commit()
    assert "tiles" not in counter.get().headers["Content-Security-Policy"]
    company = counter.look().get_one(Company, 1)
    company.map_tiles_url = "https://{s}.tiles.example/{z}/{x}/{y}.png"
    session.commit()

    answer = counter.get()

    assert "https://*.tiles.example" in answer.headers["Content-Security-Policy"]
    assert "tiles.example/{z}" in answer.text
