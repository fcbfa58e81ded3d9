"""Whether the portal is open to somebody at all, and which parts of it: company, brand, customer, user [108, D1, W33].

Each switch is one predicate over what one select reads; a switch that is off closes every session and every link at
once.  A part of the portal is on unless one of the four levels hides it, so an override can only take away [W12, W16].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, and_, false, func, select, union
from sqlalchemy.orm import Session, aliased

from admin_app.kernel.actor import Actor, ActorKind, ClientScope
from admin_app.models import (
    AccessState,
    Brand,
    Company,
    Contact,
    CreditNote,
    CustomerGroup,
    DocumentLink,
    Invoice,
    Membership,
    MembershipRole,
    PortalAccount,
    PortalModule,
    Project,
    ProjectAccess,
)
from admin_app.models.kinds import KIND_OF
from admin_app.policy.conditions import ABOUT_MODULE

LINKED = {
    word: KIND_OF[word] for word in ("estimate", "invoice", "credit-note", "receipt", "event", "workorder")
}
"""What a document link can open, by the word for it."""
_USUAL = aliased(Brand)
"""The default brand, for customers without one; made once, since every request of a client asks."""
KEEPS_THE_ACCOUNT = (MembershipRole.BILLING,)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the switches look at: plain values, as they stand or as a preview proposes them."""

    contact_name: str
    company_on: bool
    brand_on: bool
    group_on: bool
    group_archived: bool
    contact_archived: bool
    has_account: bool
    account_on: bool
    is_member: bool
    has_project: bool
    is_primary: bool
    role: MembershipRole | None
    hidden: frozenset[str]
    """Modules that one of the levels hides."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing that must be on; `says` is the sentence where it is not."""

    name: str
    holds: Callable[[Standing], bool]
    says: str
    of_links_too: bool = True
    """Whether it closes document links as well as the portal itself."""


SWITCHES: tuple[Switch, ...] = (
    Switch("company_on", lambda s: s.company_on, "The customer portal is switched off for everybody"),
    Switch("brand_on", lambda s: s.brand_on, "The customer portal is switched off for this brand"),
    Switch("group_on", lambda s: s.group_on, "The portal is switched off for this customer"),
    Switch("group_here", lambda s: not s.group_archived, "This customer is archived"),
    Switch("contact_here", lambda s: not s.contact_archived, "This contact is archived"),
    Switch("has_account", lambda s: s.has_account, "This contact has no portal user yet", of_links_too=False),
    Switch("account_on", lambda s: s.account_on or not s.has_account, "The portal user is switched off"),
    Switch(
        "belongs",
        lambda s: s.is_member or s.has_project,
        "This contact belongs neither to the customer nor to one of its open projects",
    ),
)
"""What must be on, from the company down to the user; the first that is off is what `Closed` says."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The portal is not open to somebody; `why` is a sentence for the staff, clients are told nothing."""

    why: str
    switch: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Changes that nobody saved yet: a preview with them shows what a client would see [113].

    None leaves a switch as it stands; `hides` are the modules hidden from this user with this customer.
    """

    account_on: bool | None = None
    group_on: bool | None = None
    hides: frozenset[str] | None = None
    opened: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()


def client_scope(
    session: Session,
    contact_id: int,
    group_id: int,
    *,
    proposed: Proposed | None = None,
    preview: bool = False,
) -> ClientScope | Closed:
    """What this contact may look at with this customer now, or which switch closes the portal to them.

    One statement.  A preview also shows what a contact without a portal user would see.
    """
    row = session.execute(_standing_of([contact_id], group_id)).first()
    if row is None:
        return Closed("There is no such contact or customer")
    standing = _standing(row)
    if proposed is not None:
        standing = _as_proposed(standing, row, proposed)
    if preview and not standing.has_account:
        standing = replace(standing, has_account=True, account_on=True)
    scope = _scope_of(standing, contact_id, group_id)
    if isinstance(scope, Closed):
        return scope
    return replace(
        scope,
        preview=preview,
        opened=proposed.opened if proposed else frozenset(),
        closed=proposed.closed if proposed else frozenset(),
    )


def scopes_of(session: Session, contact_ids: Sequence[int], group_id: int) -> dict[int, ClientScope | Closed]:
    """What each of these contacts may look at with one customer now, as `client_scope` says it of one.

    One statement, however many they are; a contact that is not there is not in it.
    """
    rows = session.execute(_standing_of(contact_ids, group_id)) if contact_ids else ()
    return {row.contact_id: _scope_of(_standing(row), row.contact_id, group_id) for row in rows}


def _scope_of(standing: Standing, contact_id: int, group_id: int) -> ClientScope | Closed:
    off = _first_off(standing)
    if off is not None:
        return Closed(off.says, off.name)
    return ClientScope(
        group_id,
        contact_id,
        modules=modules_of(standing),
        sees_account=standing.is_primary or standing.role in KEEPS_THE_ACCOUNT,
    )


def link_scope(session: Session, link: DocumentLink) -> ClientScope | Closed:
    """What a document link opens now: its document, or nothing where it was taken back or a switch is off [W33]."""
    if link.revoked_at is not None:
        return Closed("This link was taken back", "link")
    contacts = [link.contact_id] if link.contact_id is not None else None
    row = session.execute(_standing_of(contacts, link.group_id)).first()
    if row is None:
        return Closed("There is no such contact or customer")
    standing = _standing(row)
    needed = [one for one in SWITCHES if one.of_links_too]
    if link.contact_id is None:
        needed = [one for one in needed if one.name not in ("contact_here", "account_on", "belongs")]
    off = next((one for one in needed if not one.holds(standing)), None)
    if off is not None:
        return Closed(off.says, off.name)
    if link.contact_id is not None and _was_shut_out(session, link):
        return Closed("The project was closed to this contact again", "access")
    wanted = ABOUT_MODULE.get(link.about)
    modules = modules_of(standing)
    if wanted is not None and wanted not in modules:
        return Closed(f"The part “{wanted.value}” of the portal is hidden", "module")
    return ClientScope(
        link.group_id,
        link.contact_id,
        modules=modules,
        document=(link.about, link.about_id),
        link_id=link.id,
    )


def modules_of(standing: Standing) -> frozenset[str]:
    """The parts of the portal that no level hides."""
    return frozenset(one for one in PortalModule if one.value not in standing.hidden)


def clients_of(session: Session, contact_id: int) -> list[tuple[int, str]]:
    """The customers whose things a contact may look at, by id and name [R5, R6]: own ones, those of open projects.

    Whether the portal is open for each of them is for `client_scope` to say.
    """
    own = select(Membership.group_id).where(Membership.contact_id == contact_id)
    opened = (
        select(Project.group_id)
        .join(ProjectAccess, ProjectAccess.project_id == Project.id)
        .where(ProjectAccess.contact_id == contact_id, ProjectAccess.state.in_(AccessState.open()))
    )
    found = session.execute(
        select(CustomerGroup.id, CustomerGroup.name)
        .where(CustomerGroup.id.in_(union(own, opened).scalar_subquery()))
        .order_by(CustomerGroup.sort_name, CustomerGroup.id)
    )
    return [(number, name) for number, name in found]


def as_client(name: str, scope: ClientScope) -> Actor:
    """The client as services and the history see one."""
    return Actor(ActorKind.CLIENT, name, scope.contact_id, client=scope)


def _first_off(standing: Standing) -> Switch | None:
    return next((one for one in SWITCHES if not one.holds(standing)), None)


def _standing_of(contact_ids: Sequence[int] | None, group_id: int) -> Select[Any]:
    """Everything that the switches look at, a row for each contact that is there; None: for nobody by name."""
    usual = aliased(Brand)
    return (
        select(
            Contact.id.label("contact_id"),
            Contact.first_name,
            Contact.last_name,
            Contact.archived_at,
            PortalAccount.id.label("account_id"),
            PortalAccount.active,
            Membership.id.label("membership_id"),
            Membership.is_primary,
            Membership.role,
            Membership.portal_hides.label("user_hides"),
            CustomerGroup.portal_on,
            CustomerGroup.archived_at.label("group_archived_at"),
            CustomerGroup.portal_hides.label("group_hides"),
            func.coalesce(Brand.portal_on, usual.portal_on).label("brand_on"),
            Brand.portal_hides.label("brand_hides"),
            usual.portal_hides.label("usual_hides"),
            Company.portal_enabled_default,
            Company.portal_hides.label("company_hides"),
            select(func.count(ProjectAccess.id))
            .join(Project, Project.id == ProjectAccess.project_id)
            .where(
                Project.group_id == group_id,
                ProjectAccess.contact_id == Contact.id,
                ProjectAccess.state.in_(AccessState.open()),
            )
            .correlate(Contact)
            .scalar_subquery()
            .label("projects"),
        )
        .select_from(CustomerGroup)
        .join(Company, Company.id == 1)
        .outerjoin(Brand, Brand.id == CustomerGroup.brand_id)
        .outerjoin(usual, and_(CustomerGroup.brand_id.is_(None), usual.is_default.is_(True)))
        .outerjoin(Contact, Contact.id.in_(contact_ids) if contact_ids is not None else false())
        .outerjoin(PortalAccount, PortalAccount.contact_id == Contact.id)
        .outerjoin(
            Membership,
            and_(Membership.contact_id == Contact.id, Membership.group_id == CustomerGroup.id),
        )
        .where(CustomerGroup.id == group_id, *([Contact.id.is_not(None)] if contact_ids is not None else []))
    )


def _standing(row: Any) -> Standing:
    return Standing(
        contact_name=f"{row.first_name or ''} {row.last_name or ''}".strip(),
        company_on=bool(row.portal_enabled_default),
        brand_on=row.brand_on is None or bool(row.brand_on),
        group_on=bool(row.portal_on),
        group_archived=row.group_archived_at is not None,
        contact_archived=row.archived_at is not None,
        has_account=row.account_id is not None,
        account_on=bool(row.active),
        is_member=row.membership_id is not None,
        has_project=bool(row.projects),
        is_primary=bool(row.is_primary),
        role=row.role,
        hidden=_hidden(row, row.user_hides),
    )


def _hidden(row: Any, user_hides: Any) -> frozenset[str]:
    brand = row.brand_hides if row.brand_hides is not None else row.usual_hides
    return frozenset(
        (*(row.company_hides or ()), *(brand or ()), *(row.group_hides or ()), *(user_hides or ()))
    )


def _as_proposed(standing: Standing, row: Any, proposed: Proposed) -> Standing:
    """The standing as it would be after changes that nobody saved yet."""
    if proposed.account_on is not None:
        standing = replace(standing, has_account=True, account_on=proposed.account_on)
    if proposed.group_on is not None:
        standing = replace(standing, group_on=proposed.group_on)
    if proposed.hides is not None:
        standing = replace(standing, hidden=_hidden(row, proposed.hides))
    if proposed.opened:
        standing = replace(standing, has_project=True)
    return standing


def _was_shut_out(session: Session, link: DocumentLink) -> bool:
    """The document's project was open to the contact, and is no longer; for an estimate: it is not open now [R33]."""
    kind: Any = LINKED[link.about]
    project_id = Invoice.project_id if kind is CreditNote else kind.project_id
    query = select(ProjectAccess.state).join(kind, kind.id == link.about_id)
    if kind is CreditNote:
        query = query.join(Invoice, Invoice.id == CreditNote.invoice_id)
    state = session.scalar(
        query.where(ProjectAccess.project_id == project_id, ProjectAccess.contact_id == link.contact_id)
    )
    if link.about == "estimate":
        return state not in AccessState.open()
    return state is AccessState.REVOKED


def standing_of(session: Session, contact_id: int, group_id: int) -> Standing | None:
    """What the switches look at for one contact with one customer; None where either is not there."""
    row = session.execute(_standing_of([contact_id], group_id)).first()
    return _standing(row) if row is not None else None
