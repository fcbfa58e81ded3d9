"""The rule behind many rows at once is the rule that `explain` prints of each of them [L4, 113]."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import ClientScope
from admin_app.models import (
    Contact,
    CustomerGroup,
    Estimate,
    EstimateState,
    Event,
    EventKind,
    PortalModule,
)
from admin_app.policy import (
    Closed,
    as_client,
    client_scope,
    explain,
    reasons,
    reasons_for_each,
    scopes_of,
    visible,
)
from seeds.builders import a_company, a_contact, a_group, a_note, a_task, an_event
from seeds.portal_builders import MORNING, a_portal_account, access_to
from seeds.work_builders import a_project, an_estimate
from tests.records.lists import statements


@pytest.fixture
def group(session: Session) -> CustomerGroup:
    """A customer with two projects; the portal is on."""
    a_company(session, portal_enabled_default=True)
    return a_group(session)


@pytest.fixture
def clara(session: Session, group: CustomerGroup) -> Contact:
    """The primary contact, with a portal user."""
    contact = a_contact(session, group, primary=True)
    a_portal_account(session, contact)
    return contact


def everything(session: Session, group: CustomerGroup, contact: Contact) -> list[Any]:
    """A record of each sort: seen, not opened, a draft, not shared, of another customer, never shown."""
    opened, shut = a_project(session, group), a_project(session, group, title="Grind the stump")
    access_to(session, opened, contact)
    elsewhere = a_project(session, a_group(session, name="Otto"))
    sent = {"state": EstimateState.SENT, "sent_at": MORNING}
    return [
        opened,
        shut,
        elsewhere,
        an_estimate(session, opened, **sent),
        an_estimate(session, opened),
        an_estimate(session, shut, **sent),
        an_event(session, group),
        an_event(session, group, project_id=opened.id, kind=EventKind.CALL),
        an_event(session, group, project_id=shut.id, kind=EventKind.VISIT),
        a_note(session, group),
        a_task(session, group),
    ]


def test_the_reasons_of_many_rows_are_word_for_word_those_of_each(
    session: Session, group: CustomerGroup, clara: Contact
) -> None:
    """One rule, said the same way by `explain` and by the lists [L4]."""
    otto = a_contact(session, group, first_name="Otto")
    a_portal_account(session, otto)
    things = everything(session, group, clara)
    scopes = scopes_of(session, [clara.id, otto.id], group.id)
    said: list[str] = []
    for thing in things:
        found = reasons_for_each(session, scopes, thing)
        for contact in (clara, otto):
            scope = client_scope(session, contact.id, group.id)
            assert scope == scopes[contact.id]
            assert isinstance(scope, ClientScope)
            actor = as_client(contact.name, scope)
            reason = found[contact.id]
            assert reason.says == explain(actor, thing)
            assert reason.says.startswith("Shown" if reason.shown else "Hidden")
            assert reasons(session, scope, type(thing), [thing.id]) == {thing.id: reason}
            shown = session.scalar(visible(actor, select(type(thing)).where(type(thing).id == thing.id)))
            assert (shown is not None) is reason.shown, reason.says
            said.append(reason.says)
    assert any(one.startswith("Shown") for one in said)
    assert "Hidden: it belongs to another customer" in said
    assert "Hidden: it was not sent" in said
    assert "Hidden: its project was not opened to them" in said
    assert "Hidden: records of this kind are not shown to clients" in said


def test_a_closed_portal_is_the_reason_for_everything(
    session: Session, group: CustomerGroup, clara: Contact
) -> None:
    """The switch is named, so that a page can lead to it [L4, W33]."""
    (event,) = [an_event(session, group, contact_id=clara.id)]
    group.portal_on = False
    session.flush()
    scopes = scopes_of(session, [clara.id], group.id)
    assert isinstance(scopes[clara.id], Closed)
    (reason,) = reasons_for_each(session, scopes, event).values()
    assert not reason.shown
    assert (reason.says, reason.lacks) == ("Hidden: the portal is switched off for this customer", "group_on")


def test_a_client_with_a_link_is_asked_about_its_document_alone(
    session: Session, group: CustomerGroup, clara: Contact
) -> None:
    """Links have a scope like everybody [L4]."""
    scope = ClientScope(group.id, clara.id, frozenset(PortalModule), document=("event", 7))
    event = an_event(session, group, contact_id=clara.id)
    assert reasons(session, scope, Event, [event.id])[event.id].lacks == "reached"


def test_many_clients_and_rows_cost_a_fixed_number_of_statements(
    session: Session, group: CustomerGroup, clara: Contact
) -> None:
    """One for the scopes, one for each twenty clients, one for the rows of a kind."""
    people = [clara, *(a_contact(session, group, first_name=f"No {number}") for number in range(24))]
    project = a_project(session, group)
    rows = [an_estimate(session, project) for _ in range(8)]
    for contact in people[1:]:
        a_portal_account(session, contact)
    session.flush()
    with statements(session) as asked:
        scopes = scopes_of(session, [one.id for one in people], group.id)
    assert len(asked) == 1 and len(scopes) == 25
    with statements(session) as asked:
        assert len(reasons_for_each(session, scopes, rows[0])) == 25
    assert len(asked) == 2
    with statements(session) as asked:
        assert len(reasons(session, scopes[clara.id], Estimate, [one.id for one in rows])) == 8
    assert len(asked) == 1
