"""What every page of one customer shows around its tab: people, addresses, balances, notepad, counts [R9, A3].

The number of statements is the same for a customer with one contact and with a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from admin_app.kernel.actor import Actor
from admin_app.models import (
    Address,
    Attachment,
    Contact,
    CustomerBalance,
    CustomerGroup,
    Event,
    Invoice,
    Membership,
    Note,
    Payment,
    PaymentMethod,
    Project,
    SiteAsset,
    Subscription,
    Tag,
    Task,
    TaskState,
    group_tag,
)
from admin_app.policy import Permission, holds, visible
from admin_app.records.file_editions import is_newest
from admin_app.records.service_plans import plans_of

MOST_SHOWN = 200
"""People and addresses of one customer that its pages show."""
NOTES_SHOWN = 20
MOST_COUNTED = 999


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """The customer as its header, map and side bar show it."""

    group: CustomerGroup
    tags: list[Tag]
    people: list[Membership]
    addresses: list[Address]
    balances: list[CustomerBalance]
    notes: list[Note]
    plans: list[Subscription]
    counts: Mapping[str, int]

    @property
    def primary(self) -> Membership | None:
        """The primary contact, where there is one [P15]."""
        return next((membership for membership in self.people if membership.is_primary), None)

    @property
    def billing(self) -> Address | None:
        """The address used on invoices, where there is one [P12, P13]."""
        return next((address for address in self.addresses if address.is_billing), None)

    @property
    def more_notes(self) -> int:
        """Notes that the notepad does not show."""
        return max(0, self.counts["notes"] - len(self.notes))


def read_card(session: Session, actor: Actor, group: CustomerGroup) -> CustomerCard:
    """Read what stands around the tabs: eight statements, of rows that this actor may see."""
    people = (
        select(Membership)
        .join(Contact, Contact.id == Membership.contact_id)
        .options(contains_eager(Membership.contact))
        .where(Membership.group_id == group.id)
        .order_by(Membership.is_primary.desc(), Membership.position, Membership.id)
        .limit(MOST_SHOWN)
    )
    addresses = (
        select(Address)
        .where(Address.group_id == group.id)
        .order_by(Address.is_billing.desc(), Address.id)
        .limit(MOST_SHOWN)
    )
    tags = (
        select(Tag)
        .join(group_tag, group_tag.c.tag_id == Tag.id)
        .where(group_tag.c.group_id == group.id)
        .order_by(Tag.folded)
    )
    notes = (
        select(Note)
        .options(joinedload(Note.project))
        .where(Note.group_id == group.id)
        .order_by(Note.id.desc())
        .limit(NOTES_SHOWN)
    )
    return CustomerCard(
        group=group,
        tags=list(session.scalars(visible(actor, tags))),
        people=list(session.scalars(visible(actor, people))),
        addresses=list(session.scalars(visible(actor, addresses))),
        balances=_balances(session, actor, group),
        notes=list(session.scalars(visible(actor, notes))),
        plans=plans_of(session, actor, group),
        counts=_counts(session, actor, group),
    )


def _balances(session: Session, actor: Actor, group: CustomerGroup) -> list[CustomerBalance]:
    """What is owed and left, one row a currency; the group itself has passed `visible` already."""
    if not holds(actor, Permission.MONEY_READ):
        return []
    query = (
        select(CustomerBalance).where(CustomerBalance.group_id == group.id).order_by(CustomerBalance.currency)
    )
    return list(session.scalars(query))


def _counts(session: Session, actor: Actor, group: CustomerGroup) -> dict[str, int]:
    """How many rows each tab holds, counted no further than 999, in one statement."""
    counted: dict[str, type[Any]] = {
        "projects": Project,
        "contacts": Membership,
        "addresses": Address,
        "payments": Payment,
        "invoices": Invoice,
        "tasks": Task,
        "events": Event,
        "files": Attachment,
        "billing": PaymentMethod,
        "assets": SiteAsset,
        "notes": Note,
    }
    columns = []
    for name, entity in counted.items():
        rows: Select[Any] = select(entity.id).where(entity.group_id == group.id)
        if entity is Task:
            rows = rows.where(Task.state.in_((TaskState.OPEN, TaskState.IN_PROGRESS)))
        if entity is Attachment:
            rows = rows.where(is_newest())
        capped = visible(actor, rows).limit(MOST_COUNTED).subquery()
        columns.append(select(func.count()).select_from(capped).scalar_subquery().label(name))
    row = session.execute(select(*columns)).one()
    return {name: int(getattr(row, name)) for name in counted}
