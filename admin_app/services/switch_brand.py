"""A customer or a project changes its brand: what follows is counted first, then done [A24, A36, A37, D5, 141].

Drafts and future documents carry the new brand with its address, phone and bank details; what was issued or sent keeps
the brand it went out with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.models import (
    Brand,
    CustomerGroup,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceState,
    Project,
)
from admin_app.money.ledger import lock_customer
from admin_app.policy import demand, rights_of, visible
from admin_app.services.record_rules import put
from admin_app.services.save_record import update

Subject = Project | CustomerGroup


@dataclass(frozen=True, slots=True)
class BrandSwitch:
    """What follows from a switch: numbers of documents; `brand` None: the one above takes over."""

    brand: str | None
    projects: int
    draft_invoices: int
    draft_estimates: int
    issued_invoices: int
    sent_estimates: int

    @property
    def sentences(self) -> Sequence[str]:
        """The consequences in words, for the page that asks."""
        name = self.brand or "the brand of the customer, else of the company"
        said = []
        if self.projects:
            alone = self.projects == 1
            own = "of its own goes" if alone else "of their own go"
            said.append(f"{_many(self.projects, 'project')} without a brand {own} along.")
        drafts = _both(self.draft_invoices, "draft invoice", self.draft_estimates, "draft estimate")
        said.append(f"{drafts} will carry {name}." if drafts else "No draft is waiting.")
        said.append(f"New documents and mails come from {name}, with its address, phone and bank details.")
        kept = _both(self.issued_invoices, "issued invoice", self.sent_estimates, "sent estimate")
        if kept:
            alone = self.issued_invoices + self.sent_estimates == 1
            said.append(f"{kept} {'keeps the brand it' if alone else 'keep the brand they'} went out with.")
        return said


def what_a_brand_switch_does(session: Session, subject: Subject, brand: Brand | None) -> BrandSwitch:
    """Count what a switch would touch and what it would leave; the subject has passed the policy already."""
    waiting = (EstimateState.DRAFT,)
    drafts, offers = _documents(subject, Invoice), _documents(subject, Estimate)
    issued = Invoice.state != InvoiceState.DRAFT
    gone = (EstimateState.DRAFT, EstimateState.SUPERSEDED)
    return BrandSwitch(
        brand=brand.name if brand is not None else None,
        projects=_count(session, _following(subject)),
        draft_invoices=_count(session, drafts & (Invoice.state == InvoiceState.DRAFT)),
        draft_estimates=_count(session, offers & Estimate.state.in_(waiting)),
        issued_invoices=_count(session, drafts & issued),
        sent_estimates=_count(session, offers & Estimate.state.not_in(gone)),
    )


def switch_brand(session: Session, subject: Subject, brand: Any, actor: Actor) -> Brand | None:
    """Give a customer or a project a brand (by id or as a record; empty: none of its own), and its drafts with it.

    Raises NotAllowed, and Invalid for a brand that is none or is archived.
    """
    demand(actor, rights_of(type(subject)).write)
    group_id = subject.group_id if isinstance(subject, Project) else subject.id
    lock_customer(session, group_id)
    chosen = _chosen(session, brand, actor, subject)
    update(session, type(subject), subject.id, {"brand": chosen.id if chosen else ""}, actor)
    drafts = select(Invoice).where(_documents(subject, Invoice), Invoice.state == InvoiceState.DRAFT)
    for draft in session.scalars(drafts.order_by(Invoice.id)):
        now = draft.project.brand if draft.project is not None else None
        put(session, draft, {"brand": now or draft.group.brand})
    return chosen


def _chosen(session: Session, brand: Any, actor: Actor, subject: Subject) -> Brand | None:
    if brand in (None, ""):
        return None
    number = brand.id if isinstance(brand, Brand) else brand
    if isinstance(number, str):
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Invalid("Choose one of the brands", {"brand": "Choose one of the brands"})
        number = int(number)
    found: Brand | None = session.scalar(visible(actor, select(Brand).where(Brand.id == number)))
    if found is None:
        raise Invalid("Choose one of the brands", {"brand": "Choose one of the brands"})
    if found.archived_at is not None and found.id != subject.brand_id:
        raise Invalid(f"{found.name} is archived; choose another brand", {"brand": "This brand is archived"})
    return found


def _following(subject: Subject) -> ColumnElement[bool]:
    """The projects that go along: a customer's without a brand of their own; of a project none."""
    if isinstance(subject, Project):
        return Project.id.is_(None)
    return (Project.group_id == subject.id) & Project.brand_id.is_(None)


def _documents(subject: Subject, kind: type[Invoice] | type[Estimate]) -> ColumnElement[bool]:
    """The documents whose brand follows the subject."""
    if isinstance(subject, Project):
        return kind.project_id == subject.id
    own = select(Project.id).where(Project.group_id == subject.id, Project.brand_id.is_not(None))
    return (kind.group_id == subject.id) & or_(kind.project_id.is_(None), kind.project_id.not_in(own))


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0


def _many(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number:,} {word}s"


def _both(first: int, word: str, second: int, other: str) -> str:
    """ "2 draft invoices and 1 draft estimate", without what there is none of."""
    parts = [_many(number, name) for number, name in ((first, word), (second, other)) if number]
    return " and ".join(parts)
