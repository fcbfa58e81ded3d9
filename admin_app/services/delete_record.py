"""Deleting for good, and saying before what goes along [R12-R16, A10, A11, A17-A19, M13, M33].

A record that others stand on is not deleted: customers with issued documents are archived, issued invoices voided,
staff switched off.  What goes leaves its before-image in the history, and the email of a client contact stays claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, exists, insert, literal, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import (
    Contact,
    CustomerGroup,
    EmailClaim,
    EmailUse,
    Entity,
    Estimate,
    Invoice,
    InvoiceState,
    Lead,
    Membership,
    Project,
    Tag,
)
from admin_app.models.types import LARGEST_ID
from admin_app.policy import demand, rights_of, visible
from admin_app.records import bulk
from admin_app.records.images import Ids, what_falls
from admin_app.services.must_stay import COUNTED, capped_count, refuse_what_must_stay

EMAIL_STAYS = (
    "The email address of a deleted contact cannot be used for another kind of user; it may come back only for a "
    "client contact"
)
BEGUN: tuple[type[Estimate | Lead | Project], ...] = (Estimate, Lead, Project)
"""What goes with a customer while it was only begun, each before what it stands on."""
FINAL = "A deleted customer cannot be restored"
"""The dialog says so before [A19]."""


def delete(session: Session, entity: type[Entity], record_id: int, actor: Actor) -> None:
    """Delete one record and what belongs to it; see :func:`delete_many`."""
    delete_many(session, entity, [record_id], actor)


def delete_many(session: Session, entity: type[Entity], ids: Sequence[int], actor: Actor) -> int:
    """Delete records and what belongs to them; returns how many of `ids` there were.

    Raises NotAllowed [A18], NotFound for one that the actor may not see, Unmet for one that must stay: then none goes.
    """
    demand(actor, rights_of(entity).delete)
    wanted = _seen(session, entity, ids, actor)
    refuse_what_must_stay(session, entity, wanted)
    if entity is Tag:
        for tag_id in wanted:
            tagged = select(CustomerGroup.id).where(CustomerGroup.tags.any(Tag.id == tag_id))
            bulk.remove_link(session, CustomerGroup, list(session.scalars(tagged)), "tags", tag_id)
    if entity is Contact:
        _keep_claims(session, wanted)
    if entity is CustomerGroup:
        return _delete_customers(session, wanted)
    return bulk.delete_records(session, entity, wanted)


def _seen(session: Session, entity: type[Entity], ids: Sequence[int], actor: Actor) -> list[int]:
    """The ids, each once; raises NotFound unless this actor may see every one of them."""
    asked = sorted(set(ids))
    if any(abs(one) > LARGEST_ID for one in asked):
        raise NotFound(f"There is no such {entity.singular}")
    found: list[int] = []
    for part in bulk.parts(asked):
        found.extend(session.scalars(visible(actor, select(entity.id).where(entity.id.in_(part)))))
    if len(found) < len(asked):
        raise NotFound(f"There is no such {entity.singular}")
    return asked


def _delete_customers(session: Session, ids: Sequence[int]) -> int:
    """Customers go with what was only begun for them, and with the contacts who belong to nobody else."""
    lonely: list[int] = []
    drafts: list[int] = []
    for part in bulk.parts(ids):
        lonely.extend(session.scalars(_contacts_only_of(part)))
        drafts.extend(session.scalars(_drafts_of(part)))
    bulk.delete_records(session, Invoice, drafts)
    for begun in BEGUN:  # nothing of it went out, or the customer would be kept
        for part in bulk.parts(ids):
            bulk.delete_records(session, begun, list(session.scalars(_of_these(begun, part))))
    deleted = bulk.delete_records(session, CustomerGroup, ids)
    # Asked again: a contact of two deleted customers in different parts is lonely only now.
    for part in bulk.parts(sorted(set(lonely))):
        left = list(session.scalars(select(Contact.id).where(Contact.id.in_(part), _belongs_nowhere())))
        _keep_claims(session, left)
        bulk.delete_records(session, Contact, left)
    return deleted


def _drafts_of(group_ids: Ids) -> Select[Any]:
    return select(Invoice.id).where(Invoice.group_id.in_(group_ids), Invoice.state == InvoiceState.DRAFT)


def _of_these(begun: type[Estimate | Lead | Project], group_ids: Ids) -> Select[Any]:
    return select(begun.id).where(begun.group_id.in_(group_ids))


def _contacts_only_of(group_ids: Sequence[int]) -> Select[Any]:
    """Contacts of these customers; whether they belong to others too is asked again when these are gone."""
    return select(Membership.contact_id).where(Membership.group_id.in_(group_ids)).distinct()


def _belongs_nowhere() -> Any:
    return ~exists().where(Membership.contact_id == Contact.id)


def _keep_claims(session: Session, contact_ids: Sequence[int]) -> None:
    """An email stays claimed for clients when its contact goes, also one that an import brought [R14, R15]."""
    for part in bulk.parts(contact_ids):
        unclaimed = select(Contact.email_key, literal(EmailUse.CLIENT, EmailClaim.use.type)).where(
            Contact.id.in_(part),
            Contact.email_key.is_not(None),
            ~exists().where(EmailClaim.email_key == Contact.email_key),
        )
        session.execute(insert(EmailClaim).from_select(["email_key", "use"], unclaimed))


Words = tuple[str, str]
"""The word for one of a kind, and for several."""

ALONE: Words = ("contact who belongs to no other customer", "contacts who belong to no other customer")


def what_goes(session: Session, entity: type[Entity], ids: Sequence[int]) -> list[tuple[str, int]]:
    """What a deletion takes along, for its confirmation: word and count, each at most COUNTED + 1 [R12, P28]."""
    counts: dict[Words, int] = {}
    for part in bulk.parts(sorted(set(ids))):
        for falling, falling_ids in what_falls(entity, part):
            if falling is not entity:
                _add(
                    counts,
                    (falling.singular, falling.plural),
                    capped_count(session, select(falling.id).where(falling.id.in_(falling_ids))),
                )
        if entity is CustomerGroup:
            _add(counts, ("draft invoice", "draft invoices"), capped_count(session, _drafts_of(part)))
            for begun in BEGUN:
                words = (begun.singular, begun.plural)
                _add(counts, words, capped_count(session, _of_these(begun, part)))
            _add(counts, ALONE, capped_count(session, _lonely_after(part)))
        if entity is Tag:
            tagged = select(CustomerGroup.id).where(CustomerGroup.tags.any(Tag.id.in_(part)))
            _add(counts, ("customer loses the tag", "customers lose the tag"), capped_count(session, tagged))
    return [(one if count == 1 else several, count) for (one, several), count in counts.items() if count]


def _lonely_after(group_ids: Sequence[int]) -> Select[Any]:
    here = exists().where(Membership.contact_id == Contact.id, Membership.group_id.in_(group_ids))
    elsewhere = exists().where(Membership.contact_id == Contact.id, Membership.group_id.not_in(group_ids))
    return select(Contact.id).where(here, ~elsewhere)


def _add(counts: dict[Words, int], words: Words, count: int) -> None:
    counts[words] = min(counts.get(words, 0) + count, COUNTED + 1)
