"""How many portal users get in and how many links open, as the switches stand or as they would stand [108, W32, W33].

The page of the switches says with these figures what follows before it is saved.  One call::

    what_follows(session, Wanted(company=Level(on=False))).sentences
    # ("12 portal users lose access", "31 links stop working")

The same rules as `policy.client_scope` and `policy.link_scope` apply to one, told of all at once in two statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, and_, case, cast, exists, false, func, literal, or_, select, true, union
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement

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
    PortalAccount,
    PortalModule,
    Project,
    ProjectAccess,
)
from admin_app.policy.conditions import ABOUT_MODULE
from admin_app.policy.switches import LINKED

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Level:
    """The switch of one level and the modules it hides; None leaves either as it stands."""

    on: bool | None = None
    hides: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Switches that nobody saved yet: of the company, of brands and of customers by id."""

    company: Level = field(default_factory=Level)
    brands: Mapping[int, Level] = field(default_factory=dict)
    groups: Mapping[int, Level] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """Portal users who get in, those of them who see each module, and links that open their document."""

    users: int
    links: int
    modules: Mapping[PortalModule, int]


def count_reach(session: Session, wanted: Wanted | None = None, group_id: int | None = None) -> Reach:
    """Who gets in, everywhere or with one customer only; two statements."""
    levels = _Levels(wanted or Wanted())
    users = _users(session, levels, group_id)
    return Reach(users[0], _links(session, levels, group_id), users[1])


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change of switches does, in sentences with numbers; `takes_away`: ask before it is saved."""

    sentences: tuple[str, ...]
    takes_away: bool


def what_follows(session: Session, wanted: Wanted, group_id: int | None = None) -> Consequence:
    """What clients lose and gain by switches that nobody saved yet; nothing where nothing follows."""
    now, then = count_reach(session, group_id=group_id), count_reach(session, wanted, group_id)
    # Whoever loses the portal loses its parts with it; the parts are told of the hiding alone.
    hidden = count_reach(session, _hiding_alone(wanted), group_id) if then.users < now.users else then
    taken = [*_lost(now, then), *_no_longer_seen(now, hidden)]
    return Consequence((*taken, *_gained(now, then)), bool(taken))


def _hiding_alone(wanted: Wanted) -> Wanted:
    def hides(level: Level) -> Level:
        return Level(hides=level.hides)

    return Wanted(
        hides(wanted.company),
        {number: hides(level) for number, level in wanted.brands.items()},
        {number: hides(level) for number, level in wanted.groups.items()},
    )


def _lost(now: Reach, then: Reach) -> Iterator[str]:
    if then.users < now.users:
        lost = now.users - then.users
        yield f"{users_in_words(lost)} {_fitting('loses', 'lose', lost)} access"
    if then.links < now.links:
        lost = now.links - then.links
        yield f"{lost:,} {_fitting('link stops', 'links stop', lost)} working"


def _no_longer_seen(now: Reach, then: Reach) -> Iterator[str]:
    for module in PortalModule:
        lost = now.modules[module] - then.modules[module]
        if lost > 0:
            yield f"{users_in_words(lost)} no longer {_fitting('sees', 'see', lost)} {module.value}"


def _gained(now: Reach, then: Reach) -> Iterator[str]:
    if then.users > now.users:
        more = then.users - now.users
        yield f"{users_in_words(more)} {_fitting('gets', 'get', more)} in"
    if then.links > now.links:
        more = then.links - now.links
        yield f"{more:,} {_fitting('link works', 'links work', more)} again"


def users_in_words(count: int) -> str:
    """ "1 portal user", "12 portal users"."""
    return f"{count:,} portal {_fitting('user', 'users', count)}"


def _fitting(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


_USUAL = aliased(Brand)


class _Levels:
    """The switches as conditions on a statement that joins customer, company, brand and the usual brand."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def is_open(self) -> Clause:
        """Company, brand and customer let somebody in."""
        wanted = self.wanted
        company = _either(wanted.company.on, Company.portal_enabled_default)
        brand = func.coalesce(
            self._of_brands(Brand, lambda level: level.on, Brand.portal_on),
            self._of_brands(_USUAL, lambda level: level.on, _USUAL.portal_on),
            true(),
        )
        group = _by_id(CustomerGroup.id, wanted.groups, lambda level: level.on, CustomerGroup.portal_on)
        return and_(company, brand, group, CustomerGroup.archived_at.is_(None))

    def shows(self, module: PortalModule) -> Clause:
        """Neither company, brand nor customer hides a module."""
        wanted = self.wanted

        def said(level: Level) -> bool | None:
            return None if level.hides is None else module.value in level.hides

        hidden = or_(
            _either(said(wanted.company), names(Company.portal_hides, module)),
            func.coalesce(
                self._of_brands(Brand, said, names(Brand.portal_hides, module)),
                self._of_brands(_USUAL, said, names(_USUAL.portal_hides, module)),
                false(),
            ),
            _by_id(CustomerGroup.id, wanted.groups, said, names(CustomerGroup.portal_hides, module)),
        )
        return ~hidden

    def _of_brands(self, brand: Any, said: Any, stands: Any) -> Any:
        """What a brand says; NULL where there is none, so that the next one is asked."""
        return case((brand.id.is_(None), None), else_=_by_id(brand.id, self.wanted.brands, said, stands))


def _either(wanted: bool | None, stands: Any) -> Any:
    return stands if wanted is None else literal(wanted)


def _by_id(column: Any, levels: Mapping[int, Level], said: Any, stands: Any) -> Any:
    """What stands, but for the records of which something else is wanted."""
    changed = [
        (column == number, literal(said(level)))
        for number, level in levels.items()
        if said(level) is not None
    ]
    return case(*changed, else_=stands) if changed else stands


def names(column: Any, module: PortalModule) -> Clause:
    """Whether a stored list of modules names this one; the names are fixed words, none inside another."""
    found: Clause = cast(column, Text).contains(f'"{module.value}"')
    return found


def _joined(query: Any) -> Any:
    """Company, the customer's brand and the usual brand beside the customer."""
    return (
        query.join(Company, Company.id == 1)
        .outerjoin(Brand, Brand.id == CustomerGroup.brand_id)
        .outerjoin(_USUAL, and_(CustomerGroup.brand_id.is_(None), _USUAL.is_default.is_(True)))
    )


def _users(session: Session, levels: _Levels, group_id: int | None) -> tuple[int, dict[PortalModule, int]]:
    """Accounts that get in with at least one customer, and those that see each module with one."""
    own: Any = select(Membership.contact_id, Membership.group_id)
    opened: Any = (
        select(ProjectAccess.contact_id, Project.group_id)
        .join(Project, Project.id == ProjectAccess.project_id)
        .where(ProjectAccess.state.in_(AccessState.open()))
    )
    if group_id is not None:
        own, opened = own.where(Membership.group_id == group_id), opened.where(Project.group_id == group_id)
    places = union(own, opened).subquery()
    seen = {
        module: and_(levels.shows(module), ~func.coalesce(names(Membership.portal_hides, module), false()))
        for module in PortalModule
    }
    account = PortalAccount.id
    query = (
        select(
            func.count(account.distinct()),
            *(func.count(case((seen[module], account)).distinct()) for module in PortalModule),
        )
        .select_from(PortalAccount)
        .join(Contact, Contact.id == PortalAccount.contact_id)
        .join(places, places.c.contact_id == Contact.id)
        .join(CustomerGroup, CustomerGroup.id == places.c.group_id)
        .outerjoin(
            Membership,
            and_(Membership.contact_id == Contact.id, Membership.group_id == CustomerGroup.id),
        )
    )
    query = _joined(query).where(
        PortalAccount.active.is_(True), Contact.archived_at.is_(None), levels.is_open()
    )
    if group_id is not None:  # few people: SQLite would begin with every account otherwise
        query = query.where(PortalAccount.contact_id.in_(select(places.c.contact_id)))
    row = session.execute(query).one()
    return int(row[0]), {module: int(row[1 + place]) for place, module in enumerate(PortalModule)}


def _links(session: Session, levels: _Levels, group_id: int | None) -> int:
    """Links that open their document now."""
    of_module = or_(
        *(
            and_(
                DocumentLink.about == word,
                levels.shows(module),
                ~func.coalesce(names(Membership.portal_hides, module), false()),
            )
            for word, module in ABOUT_MODULE.items()
            if word in LINKED
        )
    )
    query = (
        select(func.count(DocumentLink.id))
        .select_from(DocumentLink)
        .join(CustomerGroup, CustomerGroup.id == DocumentLink.group_id)
        .outerjoin(Contact, Contact.id == DocumentLink.contact_id)
        .outerjoin(PortalAccount, PortalAccount.contact_id == Contact.id)
        .outerjoin(
            Membership,
            and_(
                Membership.contact_id == DocumentLink.contact_id,
                Membership.group_id == DocumentLink.group_id,
            ),
        )
    )
    query = _joined(query).where(
        DocumentLink.revoked_at.is_(None),
        levels.is_open(),
        of_module,
        or_(DocumentLink.contact_id.is_(None), _may_hold_it()),
    )
    if group_id is not None:
        query = query.where(DocumentLink.group_id == group_id)
    return session.scalar(query) or 0


def _may_hold_it() -> Clause:
    """The contact of the link is here, not switched off, belongs to the customer, and was not shut out."""
    in_a_project = exists().where(
        ProjectAccess.contact_id == DocumentLink.contact_id,
        ProjectAccess.state.in_(AccessState.open()),
        ProjectAccess.project_id == Project.id,
        Project.group_id == DocumentLink.group_id,
    )
    return and_(
        Contact.archived_at.is_(None),
        or_(PortalAccount.id.is_(None), PortalAccount.active.is_(True)),
        or_(Membership.id.is_not(None), in_a_project),
        or_(*(and_(DocumentLink.about == word, _not_shut_out(word)) for word in LINKED)),
    )


def _not_shut_out(word: str) -> Clause:
    """The project of the document is open to the contact (an estimate's), or was never closed again [R33]."""
    kind: Any = LINKED[word]
    access = select(ProjectAccess.id).where(ProjectAccess.contact_id == DocumentLink.contact_id)
    if kind is CreditNote:
        access = (
            access.join(Invoice, Invoice.project_id == ProjectAccess.project_id)
            .join(CreditNote, CreditNote.invoice_id == Invoice.id)
            .where(CreditNote.id == DocumentLink.about_id)
        )
    else:
        access = access.join(kind, kind.project_id == ProjectAccess.project_id).where(
            kind.id == DocumentLink.about_id
        )
    if word == "estimate":
        return access.where(ProjectAccess.state.in_(AccessState.open())).exists()
    return ~access.where(ProjectAccess.state == AccessState.REVOKED).exists()
