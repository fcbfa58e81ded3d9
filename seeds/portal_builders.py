"""Builders of the client's side, in the manner of `seeds.builders`: say only what a test is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.text import new_public_id
from admin_app.models import (
    AccessState,
    Brand,
    Checkout,
    Contact,
    ContactChange,
    CustomerGroup,
    DocumentLink,
    Entity,
    Mandate,
    PaymentMethod,
    PortalAccount,
    PortalLook,
    Project,
    ProjectAccess,
)
from admin_app.services.messages.about import group_of, id_of, word_of
from seeds.builders import _kept

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""Nine o'clock (UTC) on 2 March 2026: when the things that builders make began."""


def a_portal_account(session: Session, contact: Contact, **but: Any) -> PortalAccount:
    """A portal user who may sign in; without a password, by a mailed link."""
    return _kept(session, PortalAccount(**{"contact_id": contact.id, "invited_at": MORNING} | but))


def access_to(session: Session, project: Project, contact: Contact, **but: Any) -> ProjectAccess:
    """The project is open to the contact."""
    return _kept(
        session,
        ProjectAccess(
            **{
                "project_id": project.id,
                "contact_id": contact.id,
                "state": AccessState.INVITED,
                "granted_at": MORNING,
                "granted_by": "Ann Ashworth",
            }
            | but
        ),
    )


def a_document_link(
    session: Session, about: Entity, contact: Contact | None = None, **but: Any
) -> DocumentLink:
    """A living link to a document, for a contact or for whoever holds it."""
    group = group_of(about)
    assert group is not None, "only what belongs to a customer has a link"
    return _kept(
        session,
        DocumentLink(
            **{
                "group_id": group.id,
                "about": word_of(about),
                "about_id": id_of(about),
                "contact_id": contact.id if contact is not None else None,
                "made_at": MORNING,
                "made_by": "Ann Ashworth",
            }
            | but
        ),
    )


def a_contact_change(session: Session, contact: Contact, group: CustomerGroup, **but: Any) -> ContactChange:
    """A client wants another phone number written down."""
    return _kept(
        session,
        ContactChange(
            **{
                "contact_id": contact.id,
                "group_id": group.id,
                "before": {"phone": contact.phone},
                "after": {"phone": "+442079460000"},
                "asked_at": MORNING,
            }
            | but
        ),
    )


def a_portal_look(session: Session, **but: Any) -> PortalLook:
    """The company's look: a green accent."""
    return _kept(session, PortalLook(**{"accent": "#17612d"} | but))


def a_checkout(session: Session, group: CustomerGroup, brand: Brand, **but: Any) -> Checkout:
    """Somebody is about to pay ten at the provider's page."""
    return _kept(
        session,
        Checkout(
            **{
                "key": new_public_id(),
                "group_id": group.id,
                "brand_id": brand.id,
                "amount": 1000,
                "currency": "EUR",
                "started_at": MORNING,
            }
            | but
        ),
    )


def a_mandate(
    session: Session, group: CustomerGroup, card: PaymentMethod | None = None, **but: Any
) -> Mandate:
    """The client's word that a saved card may be charged."""
    return _kept(
        session,
        Mandate(
            **{
                "group_id": group.id,
                "payment_method_id": card.id if card is not None else None,
                "given_by": "Clara Client",
                "words": "You may charge this card for the invoices of my plan.",
                "given_at": MORNING,
            }
            | but
        ),
    )
