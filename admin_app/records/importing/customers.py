"""Customers, their people, places and tags: the checks across rows and the statements that move them in.

The rules are those of design section 11: `is_primary` speaks of the first group, a known email joins its contact to
the groups, one billing address a group, and what is flagged twice stays with the first.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from admin_app.kernel.text import new_public_id
from admin_app.models import (
    Address,
    Contact,
    CustomerGroup,
    EmailClaim,
    EmailUse,
    Membership,
    MembershipRole,
    Tag,
    User,
    group_tag,
)
from admin_app.records.guard import allow_bulk
from admin_app.records.images import table_of
from admin_app.records.importing.links import resolve_links
from admin_app.records.importing.schema import spec_of
from admin_app.records.importing.stage import GOOD
from admin_app.records.importing.under_way import Import
from admin_app.records.importing.upsert import (
    declared_values,
    drawn_id,
    good_and_known,
    good_and_new,
    insert_new,
    update_changed,
)

NO_SUCH_CUSTOMER = "The customer “{}” is neither in these files nor in the office"
TWICE = "“{}” stands in an earlier row already"
STAFF_EMAIL = "This email address belongs to a member of staff; a client contact needs another address"


def earlier_twin(table: Table, *keys: str) -> ColumnElement[bool]:
    """Whether an earlier good row has the same keys."""
    first = table.alias("first")
    same = and_(*(first.c[key] == table.c[key] for key in keys))
    return exists().where(same, first.c.line < table.c.line, first.c.fate == GOOD)


# ---------------------------------------------------------------------------------------------- groups


def find_groups(going: Import) -> None:
    """Which rows speak of customers that the office has, by the number that they came with or got by an export."""
    table = going.stage["groups"]
    going.resolve_target(
        "groups",
        [(CustomerGroup.external_id, table.c.external_id), (CustomerGroup.public_id, table.c.external_id)],
    )


def check_groups(going: Import) -> None:
    """One row a customer; links lead somewhere; a group without contacts is kept with a warning."""
    table = going.stage["groups"]
    going.refuse("groups", "external_id", earlier_twin(table, "external_id"), TWICE)
    resolve_links(going, spec_of("groups.csv"))


def warn_of_lonely_groups(going: Import) -> None:
    """Groups that nobody belongs to are kept; somebody should add a contact [P15]."""
    table, members = going.stage["groups"], going.stage["memberships"]
    if not going.has("contacts"):
        going.warn_of_file("groups", "No file of contacts came along; customers are kept without people")
        return
    people = going.stage["contacts"]
    staged = exists().where(
        members.c.group == table.c.external_id, people.c.line == members.c.line, people.c.fate == GOOD
    )
    kept = exists().where(Membership.group_id == table.c.target_id)
    going.warn("groups", "external_id", ~staged & ~kept, "No contact belongs to this customer")


def apply_groups(going: Import) -> None:
    """Move the customers in."""
    table = going.stage["groups"]
    values = declared_values(spec_of("groups.csv"), table)
    new = values | {name: table.c[name] for name in ("external_id", "created_at", "archived_at")}
    going.count("groups", "created", good_and_new(table))
    insert_new(going, CustomerGroup, table, new, good_and_new(table))
    present = going.present("groups")
    known = {key: value for key, value in values.items() if _is_told(key, present)}
    if "archived_at" in present:
        known["archived_at"] = table.c.archived_at
    update_changed(going, CustomerGroup, table, known, good_and_known(table))
    going.resolve_target("groups", [(CustomerGroup.external_id, table.c.external_id)])


def _is_told(key: str, present: frozenset[str]) -> bool:
    """Whether a file says this attribute: by its own column, or as what follows from another."""
    return (
        key.removesuffix("_id") in present
        or key in present
        or (key in _FOLLOWS_FROM and bool(_FOLLOWS_FROM[key] & present))
    )


_FOLLOWS_FROM: dict[str, frozenset[str]] = {
    "sort_name": frozenset({"name", "last_name", "first_name"}),
    "email_key": frozenset({"email"}),
    "match_key": frozenset({"line1"}),
}
"""Folded names and keys, and the columns that they are made of."""


# -------------------------------------------------------------------------------------------- contacts


def check_contacts(going: Import) -> None:
    """Who is who: by number, then by email; whom the staff's addresses and unknown customers shut out."""
    table, members = going.stage["contacts"], going.stage["memberships"]
    going.refuse("contacts", "external_id", earlier_twin(table, "external_id"), TWICE)
    staff = or_(
        exists().where(User.email_key == table.c.email_key),
        exists().where(EmailClaim.email_key == table.c.email_key, EmailClaim.use == EmailUse.STAFF),
    )
    going.refuse("contacts", "email", table.c.email_key.is_not(None) & staff, STAFF_EMAIL)
    resolve_links(going, spec_of("contacts.csv"))
    lost = exists().where(members.c.line == table.c.line, ~going.known_group(members.c.group))
    going.refuse("contacts", "groups", lost, NO_SUCH_CUSTOMER)
    nowhere = ~exists().where(members.c.line == table.c.line)
    going.warn("contacts", "groups", nowhere, "This contact belongs to no customer")
    _find_persons(going, table)
    _warn_of_two_primaries(going, table, members)


def _find_persons(going: Import, table: Table) -> None:
    """Rows of one person: the same email joins a contact of the office, or the first row that has it [R5]."""
    going.resolve_target(
        "contacts", [(Contact.external_id, table.c.external_id), (Contact.public_id, table.c.external_id)]
    )
    other = exists().where(Contact.email_key == table.c.email_key, Contact.id != table.c.target_id)
    going.refuse("contacts", "email", other, "This email address belongs to another contact of the office")
    first = table.alias("first")
    leader = select(func.min(first.c.line)).where(
        first.c.email_key == table.c.email_key, first.c.fate == GOOD
    )
    going.fill(table, {"leads": func.coalesce(leader.scalar_subquery(), table.c.line)}, table.c.fate == GOOD)
    lead = aliased(table, name="lead")
    two = exists().where(
        lead.c.line == table.c.leads, lead.c.line != table.c.line, lead.c.target_id != table.c.target_id
    )
    going.refuse("contacts", "email", two, "An earlier row gives this email address to another contact")
    joined = exists().where(
        lead.c.line == table.c.leads,
        lead.c.line != table.c.line,
        lead.c.sort_name != table.c.sort_name,
    )
    going.warn(
        "contacts",
        "email",
        joined,
        "An earlier row has this email address with another name; they are one contact",
    )
    going.resolve_target("contacts", [(Contact.email_key, table.c.email_key)])
    renamed = exists().where(
        Contact.id == table.c.target_id,
        Contact.email_key == table.c.email_key,
        func.coalesce(Contact.external_id, Contact.public_id) != table.c.external_id,
        Contact.sort_name != table.c.sort_name,
    )
    going.warn(
        "contacts",
        "email",
        renamed,
        "This email address is known with another name; the row joins that contact",
    )


def _warn_of_two_primaries(going: Import, table: Table, members: Table) -> None:
    earlier = members.alias("earlier")
    twice = exists().where(
        members.c.line == table.c.line,
        members.c.flagged == 1,
        earlier.c.group == members.c.group,
        earlier.c.flagged == 1,
        earlier.c.line < members.c.line,
    )
    going.warn(
        "contacts", "is_primary", twice, "This customer has a primary contact in an earlier row, which stays"
    )


def apply_contacts(going: Import) -> None:
    """Move the people in, then their places in the groups, then the claims of their addresses."""
    table = going.stage["contacts"]
    values = declared_values(spec_of("contacts.csv"), table)
    leads = table.c.leads == table.c.line
    new = values | {name: table.c[name] for name in ("external_id", "created_at", "archived_at")}
    going.count("contacts", "created", good_and_new(table) & leads)
    insert_new(going, Contact, table, new, good_and_new(table) & leads)
    # A row that only joins a known person by email does not rename them.
    own = exists().where(
        Contact.id == table.c.target_id,
        or_(Contact.external_id == table.c.external_id, Contact.public_id == table.c.external_id),
    )
    present = going.present("contacts")
    known = {key: value for key, value in values.items() if _is_told(key, present)}
    if "archived_at" in present:
        known["archived_at"] = table.c.archived_at
    update_changed(going, Contact, table, known, good_and_known(table) & leads & own)
    going.count("contacts", "updated", (table.c.fate == GOOD) & ~leads)
    if going.dry:
        return
    going.resolve_target(
        "contacts", [(Contact.external_id, table.c.external_id), (Contact.email_key, table.c.email_key)]
    )
    _apply_memberships(going, table)
    _claim_emails(going, table)


def _apply_memberships(going: Import, table: Table) -> None:
    members = going.stage["memberships"]
    going.resolve_groups("memberships")
    person = select(table.c.target_id).where(table.c.line == members.c.line, table.c.fate == GOOD)
    going.fill(members, {"contact_id": person.scalar_subquery()})
    known = exists().where(
        Membership.group_id == members.c.group_id, Membership.contact_id == members.c.contact_id
    )
    twin = members.alias("twin")
    again = exists().where(
        twin.c.group_id == members.c.group_id,
        twin.c.contact_id == members.c.contact_id,
        or_(
            twin.c.line < members.c.line, and_(twin.c.line == members.c.line, twin.c.place < members.c.place)
        ),
    )
    usable = members.c.contact_id.is_not(None) & members.c.group_id.is_not(None)
    going.fill(members, {"known": 1}, known)
    going.fill(members, {"known": 1}, again)
    going.stage.count_up(going.session.connection(), members.name)
    _insert_memberships(going, members, usable & members.c.known.is_(None))


def _insert_memberships(going: Import, members: Table, where: ColumnElement[bool]) -> None:
    """Add the places in the groups; the first of each group that has no primary contact becomes it."""
    kept = table_of(Membership)
    in_file = (members.c.line, members.c.place)
    position = func.row_number().over(partition_by=members.c.group_id, order_by=in_file)
    rank = func.row_number().over(
        partition_by=members.c.group_id, order_by=(members.c.flagged.desc(), *in_file)
    )
    has_primary = exists().where(Membership.group_id == members.c.group_id, Membership.is_primary)
    source = (
        select(
            members.c.group_id,
            members.c.contact_id,
            func.coalesce(members.c.role, literal(MembershipRole.GENERAL.value)),
            case((has_primary, False), else_=rank == 1),
            position - 1,
            literal(going.run_id),
            drawn_id(going),
            literal(going.now, kept.c.created_at.type),
            literal(going.now, kept.c.updated_at.type),
        )
        .where(where)
        .order_by(*in_file)
    )
    names = ["group_id", "contact_id", "role", "is_primary", "position", "import_run_id", "public_id"]
    statement = insert(kept).from_select([*names, "created_at", "updated_at"], source, include_defaults=False)
    going.session.connection().execute(statement)


def _claim_emails(going: Import, table: Table) -> None:
    """The addresses of clients are claimed for clients; a claim that outlived its contact finds a new one [R14-R16]."""
    here = and_(table.c.fate == GOOD, table.c.leads == table.c.line, table.c.email_key.is_not(None))
    claimed = exists().where(EmailClaim.email_key == table.c.email_key)
    person = select(Contact.email_key, literal(EmailUse.CLIENT.value), Contact.id).where(
        Contact.id.in_(select(table.c.target_id).where(here, ~claimed)), Contact.email_key.is_not(None)
    )
    going.session.connection().execute(
        insert(table_of(EmailClaim)).from_select(
            ["email_key", "use", "contact_id"], person, include_defaults=False
        )
    )
    again = select(Contact.id).where(Contact.email_key == EmailClaim.email_key).scalar_subquery()
    orphaned = and_(
        EmailClaim.contact_id.is_(None),
        EmailClaim.email_key.in_(select(table.c.email_key).where(here)),
    )
    going.session.execute(
        update(EmailClaim)
        .where(orphaned)
        .values(contact_id=again)
        .execution_options(synchronize_session=False)
    )


# ------------------------------------------------------------------------------------------- addresses


def check_addresses(going: Import) -> None:
    """Whose address it is; the same place twice is kept once; of two billing addresses the first stays."""
    table = going.stage["addresses"]
    going.refuse("addresses", "group", ~going.known_group(table.c.group), NO_SUCH_CUSTOMER)
    resolve_links(going, spec_of("addresses.csv"))
    twin = earlier_twin(table, "group", "match_key")
    going.skip("addresses", "line1", twin, "This customer has the same address in an earlier row")
    first = table.alias("first")
    billing = exists().where(
        first.c.group == table.c.group, first.c.is_billing, first.c.line < table.c.line, first.c.fate == GOOD
    )
    said = "This customer has a billing address in an earlier row, which stays; this one is kept as a site"
    going.warn("addresses", "is_billing", table.c.is_billing & billing, said)
    going.resolve_groups("addresses")
    _find_addresses(going, table)


def _find_addresses(going: Import, table: Table) -> None:
    found = select(Address.id).where(
        Address.group_id == table.c.group_id, Address.match_key == table.c.match_key
    )
    going.fill(table, {"target_id": found.scalar_subquery()}, table.c.group_id.is_not(None))


def apply_addresses(going: Import) -> None:
    """Move the places in; a group that has no billing address yet gets the first that is flagged, else the first."""
    table = going.stage["addresses"]
    going.resolve_groups("addresses")
    _find_addresses(going, table)
    has_one = exists().where(Address.group_id == table.c.group_id, Address.is_billing)
    rank = func.row_number().over(
        partition_by=table.c.group_id,
        order_by=(
            func.coalesce(table.c.is_billing, False).desc(),
            table.c.target_id.is_not(None).desc(),
            table.c.line,
        ),
    )
    ranked = select(table.c.line, rank.label("rank")).where(table.c.fate == GOOD, ~has_one).subquery()
    billing = table.c.line.in_(select(ranked.c.line).where(ranked.c.rank == 1))
    values = declared_values(spec_of("addresses.csv"), table)
    new = values | {"group_id": table.c.group_id, "is_billing": billing}
    going.count("addresses", "created", good_and_new(table))
    insert_new(going, Address, table, new, good_and_new(table))
    present = going.present("addresses")
    known = {key: value for key, value in values.items() if _is_told(key, present)}
    known["is_billing"] = or_(Address.__table__.c.is_billing, billing)
    update_changed(going, Address, table, known, good_and_known(table))


# ------------------------------------------------------------------------------------------------ tags


def check_tags(going: Import) -> None:
    """Whose tag it is; the same word twice is one tag."""
    table = going.stage["tags"]
    going.refuse("tags", "group", ~going.known_group(table.c.group), NO_SUCH_CUSTOMER)
    going.skip(
        "tags", "tag", earlier_twin(table, "group", "folded"), "This customer has the tag in an earlier row"
    )


def apply_tags(going: Import) -> None:
    """Make the words that are new, then stick them on."""
    table = going.stage["tags"]
    going.resolve_groups("tags")
    if going.dry:
        _count_new_tags(going, table)
        return
    first = select(func.min(table.c.line)).where(table.c.fate == GOOD).group_by(table.c.folded)
    unknown = ~exists().where(Tag.folded == table.c.folded)
    for line in going.session.execute(
        select(table.c.tag, table.c.folded).where(table.c.line.in_(first), unknown, table.c.fate == GOOD)
    ).all():
        going.session.add(
            Tag(name=line.tag, folded=line.folded, public_id=new_public_id(), import_run_id=going.run_id)
        )
    going.session.flush()  # the links name the words by id
    word = select(Tag.id).where(Tag.folded == table.c.folded).scalar_subquery()
    going.fill(table, {"tag_id": word}, table.c.fate == GOOD)
    stuck = exists().where(group_tag.c.group_id == table.c.group_id, group_tag.c.tag_id == table.c.tag_id)
    fresh = and_(table.c.fate == GOOD, ~stuck)
    going.count("tags", "created", fresh)
    source = select(table.c.group_id, table.c.tag_id).where(fresh).distinct()
    with allow_bulk("import: the run is the trace"):
        going.session.connection().execute(insert(group_tag).from_select(["group_id", "tag_id"], source))


def _count_new_tags(going: Import, table: Table) -> None:
    stuck = exists().where(
        group_tag.c.group_id == table.c.group_id, group_tag.c.tag_id == Tag.id, Tag.folded == table.c.folded
    )
    going.count("tags", "created", and_(table.c.fate == GOOD, ~stuck))
