"""Who gets a message, why, and why others do not [26, L14]."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.models import Channel, MembershipRole, MessagePurpose, ProjectContact
from admin_app.services.messages.reach import Standing, bounced, opt_out, works
from admin_app.services.messages.resolve import (
    REMINDERS,
    Person,
    choose,
    everybody,
    recipients_for,
)
from seeds.builders import a_contact, a_task, an_event
from seeds.work_builders import an_estimate

P, MAIL, SMS = MessagePurpose, Channel.MAIL, Channel.SMS


def chosen(session, about, purpose, channel=MAIL):
    return [one.name for one in recipients_for(session, about, purpose, channel).chosen]


def reasons(resolved):
    return {one.name: one.why for one in resolved.skipped}


def test_each_purpose_asks_for_the_role_that_answers_for_it(session, office):
    office.person("Paula", primary=True)
    office.person("Bill", "billing")
    office.open_to(office.person("Abel", "approver"))
    office.person("Terry", "tenant")
    estimate = an_estimate(session, office.project)
    event = an_event(session, office.group)

    assert chosen(session, estimate, P.INVOICE) == ["Bill Client"]
    assert chosen(session, estimate, P.ESTIMATE) == ["Abel Client"]
    assert chosen(session, event, P.APPOINTMENT) == ["Terry Client"]
    assert chosen(session, estimate, P.FREE) == ["Paula Client"]


def test_everybody_is_accounted_for_with_a_reason(session, office):
    office.person("Paula", primary=True)
    office.person("Bill", "billing")
    office.person("Noel", email=None)
    office.person("Olga", archived_at=office.project.created_at)

    found = recipients_for(session, office.project, P.RECEIPT, MAIL)

    assert [one.why for one in found.chosen] == ["Bill Client is the billing contact"]
    assert reasons(found) == {
        "Paula Client": "Bill Client gets it",
        "Noel Client": "Noel Client has no email address",
        "Olga Client": "Olga Client is archived",
    }


def test_the_contact_of_the_project_comes_before_the_primary_one(session, office):
    office.person("Paula", primary=True)
    office.project.contact_id = office.person("Rita").id

    assert chosen(session, office.project, P.INVOICE) == ["Rita Client"]


def test_the_architect_of_another_customer_speaks_for_the_project(session, office):
    office.person("Paula", primary=True)
    architect = a_contact(session, first_name="Arno", last_name="Architect", email="arno@plan.test")
    session.add(ProjectContact(project_id=office.project.id, contact_id=architect.id))
    office.project.contact_id = architect.id
    session.flush()

    assert chosen(session, office.project, P.TASK) == ["Arno Architect"]


def test_the_primary_contact_stands_in_for_a_billing_contact_who_cannot_be_reached(session, office, clock):
    office.person("Paula", primary=True)
    bill = office.person("Bill", "billing")
    bounced(session, bill.email, MAIL, "mail server", "550 no such user", clock)

    found = recipients_for(session, office.project, P.INVOICE, MAIL)

    assert [one.name for one in found.chosen] == ["Paula Client"]
    assert reasons(found) == {"Bill Client": "A mail to bill@client.test came back on 17 March 2026"}
    works(session, bill.email, MAIL, "Ann", "spoke to him", clock)
    assert chosen(session, office.project, P.INVOICE) == ["Bill Client"]


def test_who_said_stop_gets_nothing_on_that_channel_and_everything_on_the_other(session, office, clock):
    paula = office.person("Paula", primary=True)
    opt_out(session, "07700 900100", SMS, "Paula", "STOP", clock)

    found = recipients_for(session, an_event(session, office.group), P.APPOINTMENT, SMS)

    assert found.chosen == ()
    assert reasons(found) == {"Paula Client": "Paula Client asked on 17 March 2026 for no more text messages"}
    assert chosen(session, office.project, P.INVOICE) == [paula.name]


def test_a_tenant_of_the_project_is_told_and_tenants_elsewhere_are_not(session, office):
    office.person("Paula", primary=True)
    here, elsewhere = office.person("Terry", "tenant"), office.person("Tom", "tenant")
    event = an_event(session, office.group, project_id=office.project.id)
    assert chosen(session, event, P.APPOINTMENT) == [here.name, elsewhere.name]
    session.add(ProjectContact(project_id=office.project.id, contact_id=here.id))
    session.flush()

    assert chosen(session, event, P.APPOINTMENT) == [here.name]


def test_who_is_named_in_the_appointment_is_told_alone(session, office):
    office.person("Terry", "tenant")
    paula = office.person("Paula", primary=True)

    assert chosen(session, an_event(session, office.group, contact_id=paula.id), P.APPOINTMENT) == [
        paula.name
    ]


def test_an_estimate_goes_to_nobody_to_whom_the_project_is_closed(session, office):
    paula = office.person("Paula", primary=True)
    estimate = an_estimate(session, office.project)

    assert reasons(recipients_for(session, estimate, P.ESTIMATE, MAIL)) == {
        "Paula Client": "The project is not open to Paula Client"
    }
    office.open_to(paula)
    assert chosen(session, estimate, P.ESTIMATE) == ["Paula Client"]


def test_a_switched_off_channel_reaches_nobody_but_our_own_people(session, office):
    office.person("Paula", primary=True)
    office.company.mail_on = False

    found = recipients_for(session, office.project, P.INVOICE, MAIL)

    assert found.nobody_because == "Mails to clients are switched off in the settings"
    (call,) = recipients_for(session, office.project, P.CALL_REQUEST, MAIL).chosen
    assert (call.user_id, call.address) == (office.project.estimator_id, "pete@ashworth.test")


@pytest.mark.parametrize("purpose", sorted(REMINDERS))
def test_a_customer_without_reminders_gets_none(session, office, purpose):
    office.person("Paula", primary=True)
    office.group.reminders = False

    assert recipients_for(session, office.project, purpose, MAIL).nobody_because.endswith("gets no reminders")


def test_a_number_in_a_wall_gets_no_text(session, office):
    office.person("Paula", primary=True, mobile=None, phone="020 7946 0123")
    office.person("Rita", mobile=None, phone="+49 151 23456789")

    found = everybody(session, office.group.id, SMS)

    assert [one.address for one in found.chosen] == ["+49 151 23456789"]
    assert reasons(found) == {"Paula Client": "Paula Client has no mobile number"}


def test_a_task_of_nobody_tells_nobody(session, office):
    found = recipients_for(session, a_task(session), P.TASK, MAIL)

    assert found.nobody_because == "It belongs to no customer, so there is nobody to tell"


def test_a_customer_without_people_says_so(session, office):
    found = recipients_for(session, office.group, P.FREE, MAIL)

    assert found.nobody_because == "Clara Client household has no contacts"


PEOPLE = st.lists(
    st.builds(
        Person,
        contact_id=st.integers(1, 10**6),
        name=st.sampled_from(["Ann", "Bob", "Cem"]),
        address=st.sampled_from([None, "a@x.test", "b@x.test", "c@x.test"]),
        role=st.sampled_from([None, *MembershipRole]),
        is_primary=st.booleans(),
        speaks_for_project=st.booleans(),
        takes_part=st.booleans(),
        meets=st.booleans(),
        got_it=st.booleans(),
        has_access=st.booleans(),
        archived=st.booleans(),
    ),
    unique_by=lambda person: person.contact_id,
    max_size=8,
)


@given(st.sampled_from(P), st.sampled_from(Channel), PEOPLE)
def test_nobody_is_lost_and_no_address_is_told_twice(purpose, channel, people):
    found = choose(purpose, channel, people, {"c@x.test": Standing()})

    told = {one.contact_id for one in found.chosen}
    passed_over = {one.contact_id for one in found.skipped}
    assert told | passed_over == {person.contact_id for person in people}
    assert not told & passed_over
    addresses = [one.address for one in found.chosen]
    assert len(set(addresses)) == len(addresses)
    assert all(one.why for one in found.chosen)
    assert all(one.why for one in found.skipped)
