"""A new customer on one page, short or advanced, with its doubles told before [R22-R28, P8, P21-P23, 2, 12]."""

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Address, Contact, CustomerGroup
from seeds.builders import a_brand

NEW = "/admin/customers/new"

TYPED = {
    "name": "Nightingale & Sons",
    "kind": "business",
    "contact-0-first_name": "Flora",
    "contact-0-last_name": "Nightingale",
    "contact-0-email": "flora@nightingale.example",
    "contact-0-phone": "020 7946 0111",
    "primary": "0",
}


def made(counter):
    return counter.look().scalar(select(CustomerGroup).where(CustomerGroup.name == "Nightingale & Sons"))


def test_the_short_form_makes_a_customer(counter):
    answer = counter.post(
        NEW, TYPED | {"address-0-line1": "4 Song Lane", "address-0-city": "Bath", "billing": "0"}
    )

    group = made(counter)
    assert answer.status_code == 302 and answer.headers["Location"] == f"/admin/customers/{group.id}"
    assert group.kind == "business"
    assert [(m.contact.name, m.is_primary) for m in group.memberships] == [("Flora Nightingale", True)]
    assert [(a.line1, a.is_billing, a.is_site) for a in group.addresses] == [("4 Song Lane", True, True)]


def test_two_contacts_and_two_addresses_in_one_form_with_primary_and_billing_chosen(counter):
    a_brand(counter.look(), is_default=True)
    counter.session.commit()
    typed = TYPED | {
        "advanced": "1",
        "contact-3-first_name": "Theo",
        "contact-3-last_name": "Nightingale",
        "contact-3-role": "billing",
        "contact-7-first_name": "",
        "primary": "3",
        "address-0-line1": "4 Song Lane",
        "address-0-is_site": "on",
        "address-2-line1": "PO Box 12",
        "address-2-country": "gb",
        "billing": "2",
        "tags": "VIP, hedge work; vip",
        "newsletter": "on",
    }

    counter.post(f"{NEW}?advanced=1", typed)

    group = made(counter)
    people = {m.contact.first_name: (m.is_primary, m.role.value) for m in group.memberships}
    places = {a.line1: (a.is_billing, a.is_site, a.country) for a in group.addresses}
    assert people == {"Flora": (False, "general"), "Theo": (True, "billing")}
    assert places == {"4 Song Lane": (False, True, None), "PO Box 12": (True, False, "GB")}
    assert [tag.name for tag in group.tags] == ["hedge work", "VIP"]
    assert group.newsletter


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, "Name is missing"),
        ({"contact-0-last_name": ""}, "Last name is missing"),
        (
            {
                "contact-0-first_name": "",
                "contact-0-last_name": "",
                "contact-0-email": "",
                "contact-0-phone": "",
            },
            "at least one contact",
        ),
        ({"contact-0-email": "flora at home"}, "is not an email address"),
        ({"name": "Night\x00ingale"}, "control character"),
        ({"address-0-line1": "", "address-0-city": "Bath"}, "Street and number is missing"),
        ({"kind": "circus"}, "is not one of"),
        ({"name": "x" * 300}, "at most 200 fit"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(counter, changes, told):
    answer = counter.post(NEW, TYPED | changes)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in page
    assert "flora@nightingale.example" in page or "contact-0-email" in changes
    assert made(counter) is None
    assert counter.look().scalar(select(Contact).where(Contact.last_name == "Nightingale")) is None


def test_mistakes_in_several_parts_are_told_together(counter):
    page = counter.post(
        NEW, TYPED | {"name": "", "contact-0-email": "nonsense", "address-0-city": "Bath"}
    ).text

    assert "Name is missing" in page and "is not an email address" in page and "Street and number" in page


def test_an_email_claimed_by_staff_is_refused(counter):
    from admin_app.services.claim_email import claim_for_staff

    claim_for_staff(counter.look(), "flora@nightingale.example")
    counter.session.commit()

    assert "belongs to a member of staff" in counter.post(NEW, TYPED).text
    assert made(counter) is None


def test_a_known_email_joins_the_known_person(counter):
    """[R5]: one contact, two customers, no double."""
    counter.post(NEW, TYPED | {"contact-0-email": "Clara@Finch.example"})

    assert [m.contact.name for m in made(counter).memberships] == ["Clara Finch"]


def test_without_script_more_lines_and_the_advanced_form_keep_what_was_typed(counter):
    another = counter.post(NEW, TYPED | {"more": "contact"}).text
    advanced = counter.post(f"{NEW}?advanced=1", TYPED | {"more": "advanced"}).text

    assert 'name="contact-1-first_name"' in another and "flora@nightingale.example" in another
    assert 'name="tax_profile"' in advanced and "flora@nightingale.example" in advanced
    assert made(counter) is None


def test_the_email_is_recommended_not_required(counter):
    """[R27]"""
    assert "Strongly recommended" in counter.page(NEW)

    assert counter.post(NEW, TYPED | {"contact-0-email": ""}).status_code == 302


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("name=Finch+houshold", "name like this"),
        ("email=CLARA@finch.example", "this email"),
        ("phone=%2B44+20+7946+0958", "this phone"),
        ("first_name=&last_name=&name=Wilhelmina", None),
        ("email=%00", None),
        ("phone=95", None),
    ],
)
def test_a_double_is_told_while_typing(counter, query, why):
    found = counter.get(f"/admin/customers/lookalikes?{query}").get_json()

    if why is None:
        assert found == []
    else:
        assert [(one["name"], one["url"]) for one in found] == [("Finch household", counter.home)]
        assert why in found[0]["why"]


def test_the_customer_at_hand_is_no_double_of_itself(counter):
    found = counter.get(
        f"/admin/customers/lookalikes?email=clara@finch.example&not={counter.group_id}"
    ).get_json()

    assert found == []


def test_those_who_may_not_write_are_refused(counter):
    for role in (Role.CREW, Role.ANALYST):
        counter.sits_down(role)
        assert counter.get(NEW).status_code == 403
        assert counter.post(NEW, TYPED).status_code == 403
    assert counter.look().scalar(select(Address).where(Address.line1 == "4 Song Lane")) is None
