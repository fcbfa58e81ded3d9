"""What a preview proposed is saved by the services that always make it, and for this customer alone [113]."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotAllowed, Unmet
from admin_app.models import ProjectAccess
from admin_app.policy import Proposed
from admin_app.services.portal.keep_proposed import keep_proposed
from seeds.builders import a_company, a_contact, a_group
from seeds.portal_builders import access_to
from seeds.work_builders import a_project


def test_a_project_of_another_customer_is_neither_opened_nor_closed(
    session: Session, ann: Actor, clock: Clock
) -> None:
    """A number of somebody else's project is no change [114]."""
    a_company(session)
    group, other = a_group(session), a_group(session, name="Otto's pub")
    clara = a_contact(session, group)
    shut, opened = a_project(session, other), a_project(session, other)
    access_to(session, opened, clara)
    proposed = Proposed(opened=frozenset({shut.id}), closed=frozenset({opened.id}))
    assert keep_proposed(session, group, clara, proposed, ann, clock) == 0
    access = session.scalars(select(ProjectAccess)).one()
    assert (access.project_id, access.revoked_at) == (opened.id, None)


def test_parts_are_hidden_from_members_alone(session: Session, ann: Actor, clock: Clock) -> None:
    """Somebody from elsewhere has no place in the customer where that would be kept [W28]."""
    a_company(session)
    group = a_group(session)
    guest = a_contact(session, a_group(session, name="Elsewhere"))
    with pytest.raises(Unmet, match="only takes part in a project"):
        keep_proposed(session, group, guest, Proposed(hides=frozenset({"files"})), ann, clock)
    assert keep_proposed(session, group, guest, Proposed(hides=frozenset()), ann, clock) == 0


def test_whoever_may_not_grant_access_saves_nothing(session: Session, clock: Clock) -> None:
    """Asked of the service too, whichever door leads here."""
    a_company(session)
    group = a_group(session)
    cem = Actor(ActorKind.STAFF, "Cem", role=Role.CREW)
    with pytest.raises(NotAllowed):
        keep_proposed(session, group, a_contact(session, group), Proposed(group_on=False), cem, clock)
    assert group.portal_on
