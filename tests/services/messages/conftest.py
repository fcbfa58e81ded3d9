"""A customer with people of every role, and a project: whom messages might reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.models import (
    AccessState,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    Membership,
    MembershipRole,
    OutboxMessage,
    Project,
    ProjectAccess,
)
from seeds.builders import a_brand, a_company, a_contact, a_group, a_user
from seeds.work_builders import a_project


@dataclass
class Office:
    """A company that may write, its customer and the people there."""

    session: Session
    company: Company
    brand: Brand
    group: CustomerGroup
    project: Project
    people: dict[str, Contact] = field(default_factory=dict)

    def person(self, name: str, role: str = "general", *, primary: bool = False, **but: Any) -> Contact:
        """A contact of the customer, called after the first name, with mail and mobile unless told otherwise."""
        number = 900100 + len(self.people)
        facts: dict[str, Any] = {
            "first_name": name,
            "last_name": "Client",
            "email": f"{name.lower()}@client.test",
            "mobile": f"+44 7700 {number}",
        }
        contact = a_contact(self.session, **facts | but)
        self.session.add(
            Membership(
                group_id=self.group.id,
                contact_id=contact.id,
                is_primary=primary,
                role=MembershipRole(role),
                position=len(self.people),
            )
        )
        self.session.flush()
        self.people[name] = contact
        return contact

    def open_to(self, *contacts: Contact) -> None:
        """Open the project to them."""
        for contact in contacts:
            self.session.add(
                ProjectAccess(
                    project_id=self.project.id,
                    contact_id=contact.id,
                    state=AccessState.INVITED,
                    granted_at=datetime(2026, 3, 1, tzinfo=UTC),
                )
            )
        self.session.flush()

    def outbox(self) -> list[OutboxMessage]:
        """What waits or went."""
        return list(self.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


@pytest.fixture
def office(session, clock) -> Office:
    """Harding & Daughters with the brand North and one customer; pete estimates its project to fell the ash."""
    company = a_company(session, email="office@harding.test", sms_sender="+447700900999")
    brand = a_brand(session, is_default=True, email="hello@north.test", phone="+44 20 7946 0000")
    group = a_group(session)
    pete = a_user(session, "pete", phone="+44 7700 900555")
    return Office(session, company, brand, group, a_project(session, group, estimator_id=pete.id))
