"""A customer in one go, and who joins and leaves it [R5, R22-R28, A7-A11, P12-P15, P21-P23, 12, 19, 28]."""

from typing import Any

import pytest
from sqlalchemy import select

from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import Address, Contact, CustomerGroup, EmailClaim, EmailUse, Membership, MembershipRole
from admin_app.services.add_contact import add_contact, remove_contact
from admin_app.services.create_customer import NewCustomer, NewPerson, create_customer
from admin_app.services.likely_doubles import likely_doubles
from admin_app.services.save_record import create, update
from admin_app.services.set_billing_address import set_billing_address
from admin_app.services.star_contact import star_contact
from seeds.builders import a_group, a_user

CLARA = {
    "first_name": "Clara",
    "last_name": "Finch",
    "email": "clara@finch.example",
    "phone": "020 7946 0958",
}
OTTO = {"first_name": "Otto", "last_name": "Finch"}


def finches(session, ann, **but):
    given: dict[str, Any] = {
        "group": {"name": "Finch Household", "kind": "household"},
        "people": [NewPerson(CLARA), NewPerson(OTTO)],
        "addresses": [{"line1": "1 High Street", "city": "York"}, {"line1": "The yard"}],
        "billing": 1,
    }
    return create_customer(session, NewCustomer(**given | but), ann)


def test_a_customer_is_made_with_contacts_and_addresses_in_one_go(session, ann):
    group = finches(session, ann)

    members = session.scalars(select(Membership).order_by(Membership.position)).all()
    assert [(m.contact.name, m.is_primary) for m in members] == [("Clara Finch", True), ("Otto Finch", False)]
    addresses = session.scalars(select(Address).order_by(Address.line1)).all()
    assert [(a.line1, a.is_billing) for a in addresses] == [("1 High Street", False), ("The yard", True)]
    assert group.name == "Finch Household"


def test_the_contact_with_the_mark_gets_the_star(session, ann):
    finches(session, ann, primary=1)

    starred = session.scalars(select(Membership).where(Membership.is_primary)).one()
    assert starred.contact.name == "Otto Finch"


@pytest.mark.parametrize(
    ("but", "fields"),
    [
        ({"group": {"name": " ", "kind": "household"}}, {"name"}),  # [R23]
        ({"people": []}, {"contact-0-first_name"}),  # [R26]
        ({"people": [NewPerson({"first_name": "Clara"})]}, {"contact-0-last_name"}),  # [R26]
        ({"people": [NewPerson(CLARA), NewPerson({"email": "no email"})]},
         {"contact-1-first_name", "contact-1-last_name", "contact-1-email"}),
        ({"addresses": [{"city": "York"}]}, {"address-0-line1"}),
        ({"addresses": [{"line1": "A"}, {"line1": "a "}]}, {"address-1-line1"}),
        ({"group": {"name": "Fin\x00ch", "kind": "cat"}}, {"name", "kind"}),
    ],
)  # fmt: skip
def test_everything_wrong_is_told_at_its_field(session, ann, but, fields):
    with pytest.raises(Invalid) as refused:
        finches(session, ann, **but)

    assert set(refused.value.fields) == fields


def test_a_known_email_joins_the_same_person_to_another_customer(session, ann):
    first = finches(session, ann)
    other = a_group(session, name="Team North")

    added = add_contact(
        session, other, CLARA | {"email": "CLARA@finch.example", "last_name": "Fink"}, {}, ann
    )

    clara = added.membership.contact
    assert added.was_known
    assert added.warnings == (
        "clara@finch.example belongs to Clara Finch, who joined; the name “Clara Fink” was not kept",
    )
    assert added.membership.is_primary
    assert {m.group_id for m in clara.memberships} == {first.id, other.id}  # [R5]
    with pytest.raises(Invalid, match="Clara Finch already belongs to Team North"):
        add_contact(session, other, CLARA, {}, ann)


def test_an_email_of_staff_is_refused_for_a_contact(session, ann):
    group = a_group(session)
    bea = a_user(session, "bea")

    with pytest.raises(Invalid) as refused:
        add_contact(session, group, CLARA | {"email": bea.email.upper()}, {}, ann)  # [R14-R16]

    assert set(refused.value.fields) == {"email"}


def test_a_contacts_email_is_claimed_for_clients(session, ann):
    finches(session, ann)

    claim = session.scalars(select(EmailClaim)).one()
    assert (claim.email_key, claim.use, claim.contact.name) == (
        "clara@finch.example",
        EmailUse.CLIENT,
        "Clara Finch",
    )


def test_the_star_moves_and_is_never_simply_taken_away(session, ann):
    group = finches(session, ann)
    clara, otto = session.scalars(select(Contact).order_by(Contact.first_name)).all()

    star_contact(session, group.id, otto.id, ann)  # [A9]
    update(session, Membership, membership_of(session, otto).id, {"role": "billing"}, ann)

    assert membership_of(session, otto).is_primary
    assert not membership_of(session, clara).is_primary
    assert membership_of(session, otto).role is MembershipRole.BILLING
    with pytest.raises(Invalid, match="star another one instead"):
        update(session, Membership, membership_of(session, otto).id, {"is_primary": False}, ann)
    for contact_id in (otto.id, 10**30):
        with pytest.raises(NotFound):
            star_contact(session, a_group(session).id, contact_id, ann)


def place_of(session, group, contact):
    here = select(Membership).where(Membership.contact_id == contact.id, Membership.group_id == group.id)
    return session.scalars(here).one()


def membership_of(session, contact):
    return session.scalars(select(Membership).where(Membership.contact_id == contact.id)).one()


def test_the_tick_moves_and_is_never_simply_taken_away(session, ann):
    group = finches(session, ann)
    house, yard = session.scalars(select(Address).order_by(Address.line1)).all()

    set_billing_address(session, group.id, house.id, ann)  # [P12]

    assert (house.is_billing, yard.is_billing) == (True, False)
    update(session, Address, yard.id, {"is_billing": True}, ann)
    assert (house.is_billing, yard.is_billing) == (False, True)
    with pytest.raises(Invalid, match="tick another one instead"):
        update(session, Address, yard.id, {"is_billing": False}, ann)


def test_who_leaves_the_last_customer_is_deleted_and_others_stay(session, ann):
    group = finches(session, ann)
    clara, otto = session.scalars(select(Contact).order_by(Contact.first_name)).all()
    other = a_group(session, name="Team North")
    add_contact(session, other, CLARA, {}, ann)
    star_contact(session, group.id, otto.id, ann)

    assert remove_contact(session, place_of(session, group, clara), ann) is False
    with pytest.raises(Unmet, match="Otto Finch is the primary contact of Finch Household"):
        remove_contact(session, place_of(session, group, otto), ann)  # [A11]
    add_contact(session, group, CLARA, {}, ann)
    star_contact(session, group.id, clara.id, ann)
    assert remove_contact(session, place_of(session, group, otto), ann) is True

    assert session.scalars(select(Contact.first_name)).all() == ["Clara"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"email": "Clara@Finch.example"}, "email"),
        ({"phone": "+44 (0)20 7946-0958"}, "phone"),
        ({"name": "Finch Houshold"}, "name"),
        ({"name": "household  FÍNCH"}, "name"),
    ],
)
def test_a_likely_double_is_seen_while_typing(session, ann, typed, why):
    group = finches(session, ann)
    a_group(session, name="Sparrow Household")

    (double,) = likely_doubles(session, ann, **typed)  # [12]

    assert (double.group_id, double.name) == (group.id, "Finch Household")
    assert why in double.why
    assert likely_doubles(session, ann, **typed, leave_out=group.id) == []


def test_an_address_is_not_kept_twice(session, ann):
    group = finches(session, ann)

    with pytest.raises(Invalid, match="already has this address"):
        create(session, Address, {"group": group.id, "line1": "1  HIGH street"}, ann)
    assert session.get(CustomerGroup, group.id) is group
