"""The list engine: total orders, pages by place and by number, filters by declaration, scopes [7, 35, 151; P21-P28]."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid
from admin_app.models import (
    Contact,
    CustomerGroup,
    Event,
    GroupKind,
    Invoice,
    Payment,
    PaymentMethod,
    Task,
    User,
)
from admin_app.records.listing import Listing, read_request
from admin_app.records.sorting import orders_of
from admin_app.records.values import Reading
from seeds.builders import a_brand, a_contact, a_group, a_tag, a_task, a_user, an_asset, an_event
from tests.records.lists import TODAY, fill, names, show

CREW = Actor(ActorKind.STAFF, "Carl", 3, Role.CREW)
DORA = Actor(ActorKind.STAFF, "Dora", 4, Role.ANALYST)
CLARA = Actor(ActorKind.CLIENT, "Clara", 1)


@pytest.fixture
def many(session: Session) -> Session:
    fill(session, 230)
    return session


@pytest.mark.parametrize("entity", [CustomerGroup, Invoice, Payment, Task])
@pytest.mark.parametrize("down", ["", "-"])
def test_pages_follow_each_other_in_every_order_and_come_back(many, ann, entity, down):
    for key in orders_of(entity):
        seen: list[int] = []
        page = show(many, ann, entity, sort=down + key, size="50")
        pages = [page]
        while page.next and len(pages) < 10:
            page = show(many, ann, entity, sort=down + key, size="50", after=page.next)
            pages.append(page)
        seen = [row.id for one in pages for row in one.rows]

        back = [[row.id for row in page.rows]]
        while page.previous and len(back) < 10:
            page = show(many, ann, entity, sort=down + key, size="50", before=page.previous)
            back.insert(0, [row.id for row in page.rows])
        by_number = [show(many, ann, entity, sort=down + key, size="50", page=str(n)) for n in range(1, 6)]

        assert sorted(seen) == list(range(1, 231)), key
        assert [row for part in back for row in part] == seen, key
        assert [row.id for one in by_number for row in one.rows] == seen, key


def test_rows_without_a_value_come_last_whichever_way_the_list_runs(session, ann):
    for name, day in (("a", None), ("b", date(2026, 1, 1)), ("c", date(2026, 2, 1))):
        a_group(session, name=name, last_visit_on=day)

    assert names(show(session, ann, CustomerGroup, sort="last_visit_on")) == ["b", "c", "a"]
    assert names(show(session, ann, CustomerGroup, sort="-last_visit_on")) == ["c", "b", "a"]


def test_names_sort_by_their_folded_form(session, ann):
    for name in ("Zimmer", "Ångström", "Émile", "abel"):
        a_group(session, name=name)

    assert names(show(session, ann, CustomerGroup)) == ["abel", "Ångström", "Émile", "Zimmer"]


def test_payments_sort_by_the_name_of_their_customer(many, ann):
    page = show(many, ann, Payment, sort="group", size="25")

    assert [row.cells["group"][1] for row in page.rows] == [f"Customer {n:05}" for n in range(1, 26)]


def test_a_page_number_of_twenty_digits_shows_the_last_page(many, ann):
    page = show(many, ann, CustomerGroup, size="50", page="9" * 20)

    assert names(page)[-1] == "Customer 00230"
    assert page.next is None
    assert any("fewer pages" in notice for notice in page.notices)


@pytest.mark.parametrize(
    "params",
    [
        {"page": "-3"},
        {"page": "²"},
        {"page": "0"},
        {"size": "999999999999999999999"},
        {"size": "x"},
        {"after": "%%%"},
        {"after": "WzAsMSwgImEiLCAiYiJd"},
        {"after": "W10"},
        {"after": "WzAsOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LCJhIl0"},
        {"before": "eyJhIjoxfQ"},
        {"sort": "password_hash"},
        {"sort": "id; drop table tag"},
        {"search": "\x00"},
        {"archived": "maybe"},
        {"nosuch__from": "1"},
        {"kind__is": "castle"},
        {"balance__from": "lots"},
        {"balance__from": "9" * 40},
        {"last_visit_on__from": "31.02.2026"},
        {"last_visit_on__last": "-5"},
        {"brand__is": "1 OR 1=1"},
        {"brand__is": "9" * 30},
        {"tags__any": "\x00"},
        {"name__has": "%' OR '1'='1"},
    ],
)
def test_nonsense_in_the_address_never_breaks_the_list(many, ann, params):
    # [F8] and "Bad input": the page comes, and says what it did not understand.
    page = show(many, ann, CustomerGroup, **params)

    assert page.count_text


def test_counts_stop_at_ten_thousand(session, ann):
    fill(session, 10_001)

    page = show(session, ann, CustomerGroup)

    assert page.count_text == "10,000+"


def test_a_large_list_is_not_sorted_without_an_index(many, ann):
    refused = show(many, ann, CustomerGroup, large=100, sort="rating")
    given = show(many, ann, CustomerGroup, sort="-rating")

    assert names(refused)[0] == "Customer 00001"
    assert "not sorted by Stars" in refused.notices[0]
    assert given.rows[0].cells["name"] == "Customer 00227"
    assert not given.notices


# ------------------------------------------------------------------------------------------ filters


@pytest.fixture
def three(session: Session) -> Session:
    north, south = a_brand(session), a_brand(session, name="South", key="south")
    vip, slow = a_tag(session), a_tag(session, "slow payer")
    one = a_group(
        session, name="Müller & Söhne", brand=north, balance=12_345, last_visit_on=date(2026, 3, 10), rating=5
    )
    two = a_group(session, name="100%_sure", kind=GroupKind.TEAM, brand=south, newsletter=True, balance=-500)
    a_group(session, name="Plain", last_visit_on=date(2025, 1, 2))
    one.tags += [vip, slow]
    two.tags += [vip]
    session.flush()
    return session


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"name__has": "MULLER"}, ["Müller & Söhne"]),
        ({"name__has": "%_"}, ["100%_sure"]),
        ({"name__starts": "pl"}, ["Plain"]),
        ({"name__is": "plain"}, ["Plain"]),
        ({"kind__is": "team"}, ["100%_sure"]),
        ({"kind__is": ["team", "household"]}, ["100%_sure", "Müller & Söhne", "Plain"]),
        ({"newsletter__is": "yes"}, ["100%_sure"]),
        ({"newsletter__is": "no"}, ["Müller & Söhne", "Plain"]),
        ({"balance__from": "123.45"}, ["Müller & Söhne"]),
        ({"balance__to": "-1"}, ["100%_sure"]),
        ({"balance__is": "0"}, ["Plain"]),
        ({"rating__from": "5"}, ["Müller & Söhne"]),
        ({"last_visit_on__from": "1.3.2026"}, ["Müller & Söhne"]),
        ({"last_visit_on__to": "2026-01-01"}, ["Plain"]),
        ({"last_visit_on__last": "30"}, ["Müller & Söhne"]),
        ({"last_visit_on__older": "30"}, ["Plain"]),
        ({"last_visit_on__empty": "1"}, ["100%_sure"]),
        ({"last_visit_on__filled": "1"}, ["Müller & Söhne", "Plain"]),
        ({"brand__empty": "1"}, ["Plain"]),
        ({"tags__any": "vip"}, ["100%_sure", "Müller & Söhne"]),
        ({"tags__any": ["VIP", "Slow Payer"]}, ["100%_sure", "Müller & Söhne"]),
        ({"tags__all": ["vip", "slow payer"]}, ["Müller & Söhne"]),
        ({"tags__none": "slow payer"}, ["100%_sure", "Plain"]),
        ({"tags__empty": "1"}, ["Plain"]),
        ({"tags__any": "vip", "balance__from": "1"}, ["Müller & Söhne"]),
    ],
)
def test_filters_say_what_they_mean(three, ann, params, found):
    page = show(three, ann, CustomerGroup, **params)

    assert names(page) == found
    assert page.count == len(found)
    assert not page.notices


def test_a_link_is_filtered_by_the_record_that_it_leads_to(three, ann):
    brand = a_brand(three, name="West", key="west")
    a_group(three, name="Westerner", brand=brand)

    assert names(show(three, ann, CustomerGroup, brand__is=str(brand.id))) == ["Westerner"]


def test_an_instant_is_filtered_by_the_days_of_the_company(session, ann):
    group = a_group(session)
    an_event(session, group, title="Late", starts_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    zone = Reading(zone="Europe/Berlin")
    request = read_request(Event, ann, {"starts_at.from": ["2026-03-02"]}, zone)

    assert Listing(Event).page(session, ann, request, TODAY).count == 1


def test_what_a_target_hides_cannot_be_asked_through_a_link(session, ann):
    # Flask-Admin's filters on a relationship would expose every text column of the target.
    page = show(session, ann, CustomerGroup, brand__iban__has="DE")
    secret = show(session, ann, PaymentMethod, token__has="pm_")

    assert "no filter called" in page.notices[0]
    assert "no filter called" in secret.notices[0]
    assert "password_hash" not in {bound.key for bound in show(session, ann, User).columns}


def test_an_act_refuses_a_filter_that_was_not_understood(three, ann):
    request = read_request(CustomerGroup, ann, {"kind.is": ["castle"]}, Reading())

    with pytest.raises(Invalid, match="Nothing was changed"):
        Listing(CustomerGroup).matching(three, ann, request, TODAY)


def test_archived_records_are_hidden_until_asked_for(session, ann, clock):
    a_group(session, name="Here")
    a_group(session, name="Gone", archived_at=clock.now())

    assert names(show(session, ann, CustomerGroup)) == ["Here"]
    assert names(show(session, ann, CustomerGroup, archived="yes")) == ["Gone"]
    assert names(show(session, ann, CustomerGroup, archived="all")) == ["Gone", "Here"]


# ------------------------------------------------------------------------------------------ search


def test_customers_are_found_by_their_people_and_payments_by_their_customer(session, ann):
    group = a_group(session, name="Birch House")
    a_contact(session, group, first_name="Łukasz", last_name="Kučera", phone="+44 20 7946 0958")
    session.add(Payment(group_id=group.id, paid_on=TODAY, amount=5, unallocated=5, reference="X-1"))
    session.flush()

    assert names(show(session, ann, CustomerGroup, search="kucera")) == ["Birch House"]
    assert names(show(session, ann, Contact, search="7946 09")) == ["Łukasz Kučera"]
    assert show(session, ann, Payment, search="birch").count == 1
    assert show(session, ann, Payment, search="x-1").count == 1
    assert show(session, ann, Payment, search="oak").count == 0


# ------------------------------------------------------------------------------------------ who sees what


def test_a_crew_sees_its_own_customers_and_no_money(session, ann):
    cem = a_user(session, "cem")
    crew = cem.as_actor()
    mine, other = a_group(session, name="Mine"), a_group(session, name="Other")
    a_task(session, mine, assignee_id=cem.id)
    an_asset(session, other)

    page = show(session, crew, CustomerGroup)

    assert names(page) == ["Mine"]
    assert "balance" not in {bound.key for bound in page.columns}
    assert "no filter called" in show(session, crew, CustomerGroup, balance__from="1").notices[0]


def test_a_client_sees_no_row_of_any_office_list(many):
    assert show(many, CLARA, CustomerGroup).count == 0
    assert show(many, CLARA, Payment).rows == ()


def test_a_linked_record_out_of_scope_shows_no_name(session, ann):
    cem = a_user(session, "cem")
    other = a_group(session, name="Not yours")
    # The task is his, so he sees it; its customer becomes visible through it, another one's brand does not.
    a_task(session, other, assignee_id=cem.id)

    rows = show(session, cem.as_actor(), Task).rows

    assert rows[0].cells["group"] == (other.id, "Not yours")
    assert show(session, DORA, Task).rows[0].cells["assignee"] is None
