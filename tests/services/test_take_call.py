"""A call becomes work in one act: everything of it, once, or nothing [44, A52, L14]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed
from admin_app.models import (
    Address,
    Company,
    Contact,
    CustomerGroup,
    Direction,
    Event,
    EventKind,
    Lead,
    Membership,
    OutboxMessage,
    Priority,
    Project,
)
from admin_app.records.callers import find_callers
from admin_app.services.take_call import Call, KnownAlready, NewCaller, take_call
from seeds.builders import a_contact, a_group, a_user, an_address
from seeds.work_builders import a_message, a_project, a_thread
from tests.records.lists import statements

NINE = datetime(2026, 3, 18, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
LUCY = NewCaller(
    {"first_name": "Łucja", "last_name": "Kučera", "phone": "020 7946 0991", "email": "lucja@kucera.example"}
)
MILL_LANE = {"line1": "12 Mill Lane", "city": "Barnsford", "postcode": "BN1 2AB"}


@pytest.fixture
def desk(desk):
    """The desk of a company that has an address to write from."""
    desk.session.scalars(select(Company)).one().email = "office@ashworth.test"
    desk.session.flush()
    return desk


@pytest.fixture
def clara(desk):
    """Clara of the desk's customer, with one site."""
    contact = a_contact(desk.session, desk.group, primary=True, email="clara@finch.example")
    an_address(desk.session, desk.group, is_billing=True)
    return contact


def take(desk, key=None, **said):
    return take_call(desk.session, Call(**{"title": "Fell the ash"} | said), desk.actor, desk.clock, key)


def how_many(session):
    kinds = (CustomerGroup, Contact, Address, Project, Lead, Event, OutboxMessage)
    return tuple(session.scalar(select(func.count()).select_from(kind)) for kind in kinds)


def test_a_call_of_somebody_new_makes_customer_site_lead_visit_and_confirmation(desk):
    pete = a_user(desk.session, "pete")
    before = how_many(desk.session)

    taken = take(
        desk,
        caller=LUCY,
        place=MILL_LANE,
        request="It leans over the shed.",
        priority="urgent",
        estimator=str(pete.id),
        starts_at=NINE,
        ends_at=TEN,
        tell=True,
    )

    assert how_many(desk.session) == tuple(number + 1 for number in before)
    lead, project, event = taken.lead, taken.lead.project, taken.event
    assert event is not None and project.contact is not None and project.address is not None
    assert lead.group.name == "Kučera household"
    assert (lead.priority, lead.request) == (Priority.URGENT, "It leans over the shed.")
    assert (project.estimator_id, project.contact.last_name) == (pete.id, "Kučera")
    assert (event.kind, event.starts_at, event.ends_at) == (EventKind.VISIT, NINE, TEN)
    assert (event.assignee_id, event.project_id, event.address) == (pete.id, project.id, project.address)
    assert taken.told == "Łucja Kučera is told by mail."
    mail = desk.session.scalars(select(OutboxMessage)).one()
    assert mail.recipient == "lucja@kucera.example" and mail.contact_id == project.contact_id


def test_a_call_of_a_known_customer_adds_only_what_is_new(desk, clara):
    other = a_contact(desk.session, desk.group, first_name="Ben", last_name="Finch")
    before = how_many(desk.session)

    taken = take(desk, group_id=desk.group.id, contact_id=other.id, place=MILL_LANE)

    added = [after - old for after, old in zip(how_many(desk.session), before, strict=True)]
    assert added == [0, 0, 1, 1, 1, 0, 0]
    project = taken.lead.project
    assert project.contact == other and project.address is not None
    assert project.address.line1 == "12 Mill Lane" and taken.event is None


def test_without_a_word_contact_and_site_are_the_customers_own(desk, clara):
    taken = take(desk, group_id=desk.group.id)

    assert taken.lead.project.contact == clara
    assert taken.lead.project.address is not None


def test_the_same_form_twice_makes_one_lead_and_other_content_is_refused(desk, clara):
    said = {"group_id": desk.group.id, "starts_at": NINE, "ends_at": TEN, "tell": True}
    first = take(desk, key="once", **said)
    after = how_many(desk.session)

    again = take(desk, key="once", **said)

    assert again.lead == first.lead and how_many(desk.session) == after
    with pytest.raises(Conflict):
        take(desk, key="once", **said | {"title": "Fell the oak"})


@pytest.mark.parametrize(
    ("person", "sure"),
    [
        ({"first_name": "Cl.", "last_name": "F.", "email": "CLARA@finch.example"}, False),
        ({"first_name": "Somebody", "last_name": "Else", "phone": "+44 20 7946 0958"}, False),
        ({"first_name": "Clara", "last_name": "Client"}, True),
    ],
    ids=["email", "phone", "name, sure"],
)
def test_somebody_known_is_told_before_a_double_is_made(desk, person, sure):
    group = a_group(desk.session, name="Clara Client")
    a_contact(desk.session, group, primary=True, phone="020 7946 0958", email="clara@finch.example")
    desk.session.flush()
    before = how_many(desk.session)

    with pytest.raises(KnownAlready) as refusal:
        take(desk, caller=NewCaller(person))

    assert group.id in [double.group_id for double in refusal.value.doubles]
    assert how_many(desk.session) == before
    if sure:
        assert take(desk, caller=NewCaller(person), sure=True).lead.group_id != group.id


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, {"who"}),
        ({"caller": NewCaller({})}, {"person-first_name"}),
        ({"caller": LUCY, "title": " "}, {"title"}),
        (
            {"caller": NewCaller({"last_name": "K", "email": "no"}), "title": "", "place": {"city": "B"}},
            {"person-email", "title", "site-line1"},
        ),
        ({"group": True, "title": ""}, {"title"}),
        ({"group": True, "place": {"line1": "1 Mill Street", "postcode": "8000", "country": "DK"}}, {"site-line1"}),
        ({"group": True, "estimator": "77"}, {"estimator"}),
        ({"group": True, "starts_at": TEN, "ends_at": NINE}, {"slot"}),
        ({"group": True, "priority": "soon"}, {"priority"}),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(desk, clara, said, fields):
    said = dict(said)
    if said.pop("group", False):
        said["group_id"] = desk.group.id
    before = how_many(desk.session)

    with pytest.raises(Invalid) as refusal, desk.session.begin_nested():
        take(desk, **said)

    assert fields <= set(refusal.value.fields)
    assert how_many(desk.session) == before


def test_a_site_or_a_person_of_another_customer_is_no_choice(desk, clara):
    stranger = a_group(desk.session, name="Otto")
    site, otto = an_address(desk.session, stranger), a_contact(desk.session, stranger, first_name="Otto")

    for said in ({"address_id": site.id}, {"contact_id": otto.id}):
        with pytest.raises(Invalid), desk.session.begin_nested():
            take(desk, group_id=desk.group.id, **said)


@pytest.mark.parametrize("email", [None, "jo@ray.example"], ids=["no address", "no sender"])
def test_nobody_who_can_be_told_is_said_and_the_call_is_kept(desk, email):
    desk.session.scalars(select(Company)).one().email = None
    caller = NewCaller({"first_name": "Jo", "last_name": "Ray", "email": email})

    taken = take(desk, caller=caller, starts_at=NINE, ends_at=TEN, tell=True)

    assert taken.event is not None and taken.told.startswith("Nobody was told: ")
    assert desk.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_a_clash_is_told_and_never_refused(desk, clara):
    pete = a_user(desk.session, "pete")
    said = {"group_id": desk.group.id, "estimator": pete.id, "starts_at": NINE, "ends_at": TEN}

    assert take(desk, **said).clashes == ()
    assert [clash.who for clash in take(desk, **said).clashes] == ["Pete Novák"]


def test_a_message_of_a_stranger_becomes_the_callers(desk):
    thread = a_thread(desk.session, None, waits=True)
    message = a_message(desk.session, thread, direction=Direction.IN)

    taken = take(desk, caller=LUCY, thread_id=thread.id)

    assert (thread.group_id, thread.project_id) == (taken.lead.group_id, taken.lead.project_id)
    assert message.contact_id == taken.lead.project.contact_id


def test_crews_and_analysts_take_no_calls(desk, clara):
    for role in (Role.CREW, Role.ANALYST):
        somebody = Actor(ActorKind.STAFF, "Somebody", id=9, role=role)
        with pytest.raises(NotAllowed):
            take_call(desk.session, Call("Fell the ash", group_id=desk.group.id), somebody, desk.clock)


# ---------------------------------------------------------------------- who calls


@pytest.mark.parametrize("typed", ["7946 09", "+44 (0)20 7946 0991", "kuc", "Łucja Kučera", "mill lane", "ku"])
def test_a_caller_is_found_by_a_piece_of_number_name_or_street(desk, typed):
    group = take(desk, caller=LUCY, place=MILL_LANE).lead.group
    a_project(desk.session, a_group(desk.session, name="Somebody else"))

    (caller,) = find_callers(desk.session, desk.actor, typed)

    assert (caller.group_id, caller.customer, caller.person) == (group.id, "Kučera household", "Łucja Kučera")
    assert (caller.place, caller.contact_id is not None) == ("12 Mill Lane", True)


def test_looking_for_a_caller_costs_the_same_however_many_there_are(desk):
    def cost():
        with statements(desk.session) as sent:
            find_callers(desk.session, desk.actor, "kucera")
        return len(sent)

    take(desk, caller=LUCY)
    first = cost()
    for number in range(12):
        group = a_group(desk.session, name=f"Kucera {number}")
        a_contact(desk.session, group, primary=True, last_name=f"Kucera {number}")
    desk.session.flush()

    assert cost() == first <= 6
    assert len(find_callers(desk.session, desk.actor, "kucera")) == 8


def test_archived_customers_do_not_call(desk):
    group = take(desk, caller=LUCY).lead.group
    group.archived_at = NINE
    desk.session.flush()

    assert find_callers(desk.session, desk.actor, "kucera") == []
    assert desk.session.scalar(select(func.count()).select_from(Membership)) == 1
