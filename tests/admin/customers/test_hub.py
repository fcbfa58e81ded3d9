"""The hub: customers with their people, found, narrowed and paged [R1, R7, R8, P2, P3, A2, A23, 7, 35]."""

import pytest

from admin_app.kernel.actor import Role
from admin_app.models import Company, GroupKind
from seeds.builders import a_brand, a_contact, a_group, a_tag, an_event
from tests.admin.customers.counter import Statements


def names_on(counter, query=""):
    page = counter.page(f"/admin/customers/{query}")
    return [name for name in ("Finch household", "Zebra Ltd", "Łukasz Works", "Anders team") if name in page]


@pytest.fixture
def crowd(counter):
    """Three more customers: a business with Eve and a brand, one with accents, an archived one."""
    session = counter.look()
    north = a_brand(session)
    zebra = a_group(session, name="Zebra Ltd", kind=GroupKind.BUSINESS, brand_id=north.id)
    a_contact(session, zebra, primary=True, first_name="Eve", last_name="Nováková", phone="+44 20 7123 4567")
    zebra.tags.append(a_tag(session, "VIP"))
    a_group(session, name="Łukasz Works")
    a_group(session, name="Anders team", kind=GroupKind.TEAM, archived_at=counter.clock.now())
    session.commit()
    return zebra


def test_the_hub_lists_active_customers_with_their_people(counter, crowd):
    page = counter.page("/admin/customers/")

    assert names_on(counter) == ["Finch household", "Zebra Ltd", "Łukasz Works"]
    assert "Eve Nováková" in page and "clara@finch.example" in page and "+44 20 7123 4567" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=lukasz", ["Łukasz Works"]),  # accents do not matter
        ("?q=novakova", ["Zebra Ltd"]),  # by a contact's name [R8]
        ("?q=CLARA@finch", ["Finch household"]),  # by email
        ("?q=(0)20 7123-45", ["Zebra Ltd"]),  # by part of a phone number in another format
        ("?kind=business", ["Zebra Ltd"]),
        ("?archived=1", ["Anders team"]),
        ("?q=%00%1b&kind=nonsense&brand=x&tag=99999999999999999999&after=!!!", None),
        ("?q=nobody at all", []),
    ],
)
def test_search_and_chips_narrow_the_list(counter, crowd, query, found):
    if found is None:  # what means nothing narrows nothing
        found = ["Finch household", "Zebra Ltd", "Łukasz Works"]

    assert names_on(counter, query) == found


def test_brand_and_tag_narrow_the_list(counter, crowd):
    tag = crowd.tags[0]

    assert names_on(counter, f"?brand={crowd.brand_id}") == ["Zebra Ltd"]
    assert names_on(counter, f"?tag={tag.id}") == ["Zebra Ltd"]
    assert "tag VIP" in counter.page(f"/admin/customers/?tag={tag.id}")


def test_a_search_without_a_hit_says_what_was_searched(counter):
    page = counter.page("/admin/customers/?q=Wilhelmina")

    assert "Nobody found" in page and "“Wilhelmina”" in page and "Clear the search" in page


def test_pages_follow_each_other_and_lead_back(counter):
    session = counter.look()
    for number in range(120):
        a_group(session, name=f"Customer {number:03}")
    session.commit()

    first = counter.page("/admin/customers/")
    second = counter.page(_address(first, "next"))
    third = counter.page(_address(second, "next"))
    again = counter.page(_address(third, "prev"))

    assert "Customer 049" in first and "Customer 050" not in first
    assert "Customer 050" in second and "Customer 099" in second
    assert "Customer 100" in third and "Finch household" in third and 'rel="next"' not in third
    assert "Customer 050" in again and "Customer 099" in again and "Customer 100" not in again


def _address(page, rel):
    import html
    import re

    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def test_a_page_costs_the_same_statements_whatever_it_shows(counter):
    with Statements(counter.client) as few:
        counter.page("/admin/customers/?q=finch")
    session = counter.look()
    for number in range(60):
        group = a_group(session, name=f"Finch {number}")
        for child in range(5):
            a_contact(session, group, primary=child == 0, first_name=f"Child {child}", last_name="Finch")
        group.tags.append(a_tag(session, f"tag {number}"))
    session.commit()

    with Statements(counter.client) as many:
        page = counter.page("/admin/customers/?q=finch")

    assert many.count == few.count
    assert "and 2 more" in page


def test_an_empty_office_says_what_the_hub_will_hold(signed_in):
    page = signed_in.get("/admin/customers/").get_data(as_text=True)

    assert "No customers yet" in page and "Add the first customer" in page


def test_the_live_search_answers_with_addresses_that_open_the_profile(counter, crowd):
    found = counter.get("/admin/customers/search?q=clara").get_json()

    assert [hit["kind"] for hit in found] == ["contact"]
    assert counter.get(found[0]["url"]).headers["Location"] == f"{counter.home}/contacts"
    assert counter.get("/admin/customers/search?q=").get_json() == []


def test_a_contact_of_two_customers_leads_to_both(counter, crowd):
    session = counter.look()
    from admin_app.models import Membership

    clara = counter.membership("Clara").contact
    session.add(Membership(group_id=crowd.id, contact_id=clara.id))
    session.commit()

    answer = counter.get(f"/admin/customers/of/contact/{clara.id}", follow_redirects=True)

    assert "Finch household" in answer.text and "Zebra Ltd" in answer.text


@pytest.mark.parametrize(
    "path",
    ["of/contact/999999", "of/spaceship/1", "of/customer/99999999999999999999", "12345678901234567890"],
)
def test_what_does_not_exist_is_not_found(counter, path):
    assert counter.get(f"/admin/customers/{path}", follow_redirects=True).status_code == 404


def test_a_crew_sees_only_customers_of_its_own_work_and_no_money_or_email(counter, crowd):
    counter.sits_down(Role.CREW)
    from sqlalchemy import select

    from admin_app.models import User

    session = counter.look()
    cem = session.scalars(select(User).where(User.role == Role.CREW)).one()
    assert names_on(counter) == []
    group = counter.group
    an_event(session, group, assignee_id=cem.id)
    group.tags.append(a_tag(session, "slow payer"))
    session.commit()

    page = counter.page("/admin/customers/")

    assert "Finch household" in page and "Zebra" not in page
    assert "clara@finch.example" not in page and "Balance" not in page
    assert counter.get(f"/admin/customers/{crowd.id}").status_code == 404
    assert "slow payer" not in page and "slow payer" not in counter.page()
    assert counter.get("payments").status_code == 403


def test_a_stranger_is_asked_to_sign_in(counter, client):
    for path in ("/admin/customers/", counter.home, f"{counter.home}/payments"):
        assert "/login" in client.get(path).headers["Location"]
    assert counter.look().get(Company, 1) is not None
