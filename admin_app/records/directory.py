"""The directory of customers: groups with their people, found by name, email or phone of either [R1, R7, R8, P2].

Pages follow each other by the last name seen (keyset), counts stop at 10,000, and a page costs the same number of
statements whatever it shows (design section 10).  One call::

    page = directory_page(session, actor, Wanted(text="kucera"))
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, or_, select, tuple_, union
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.models import Brand, Contact, CustomerGroup, GroupKind, Membership, Tag, group_tag
from admin_app.policy import visible
from admin_app.records.search import search_condition

PAGE = 50
MOST_COUNTED = 10_000
MOST_PEOPLE = 3
"""People shown beside a customer; the rest is on its profile."""
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers to show; `after` and `before` are marks that an earlier page gave."""

    text: str = ""
    kind: GroupKind | None = None
    brand_id: int | None = None
    tag_id: int | None = None
    archived: bool = False
    after: str = ""
    before: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for beyond "all customers"."""
        return bool(self.text or self.kind or self.brand_id or self.tag_id)


@dataclass(slots=True)
class DirectoryRow:
    """A customer with the first of its people, primary contact first, and its tags."""

    group: CustomerGroup
    people: list[Membership] = field(default_factory=list)
    more_people: int = 0
    tags: list[Tag] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DirectoryPage:
    """One page: its rows, the marks of its neighbours (empty at an end), the capped count in words."""

    rows: list[DirectoryRow]
    before: str
    after: str
    count: int

    @property
    def count_text(self) -> str:
        """ "1,234", or "10,000+" where counting stopped."""
        return f"{MOST_COUNTED:,}+" if self.count > MOST_COUNTED else f"{self.count:,}"


def directory_page(session: Session, actor: Actor, wanted: Wanted, size: int = PAGE) -> DirectoryPage:
    """One page of the customers that this actor may see: five statements, none of them a row at a time."""
    query = _narrowed(session, visible(actor, select(CustomerGroup)), wanted)
    counted = query.with_only_columns(CustomerGroup.id).limit(MOST_COUNTED + 1).subquery()
    count = session.scalar(select(func.count()).select_from(counted)) or 0
    groups, has_before, has_after = _one_page(session, query, wanted, size)
    return DirectoryPage(
        _with_people(session, actor, groups),
        before=_mark(groups[0]) if has_before and groups else "",
        after=_mark(groups[-1]) if has_after and groups else "",
        count=count,
    )


def matching(session: Session, text: str) -> ColumnElement[bool]:
    """The condition on customers whose own words or whose people's words hold `text`.

    Of a word that more than 10,000 records hold, that many are looked at: nobody pages through them, and a page stays
    as quick as for a rare word.
    """
    own = select(CustomerGroup.id).where(search_condition(session, CustomerGroup, text))
    people = (
        select(Membership.group_id)
        .join(Contact, Contact.id == Membership.contact_id)
        .where(search_condition(session, Contact, text))
    )
    looked_at = [select(hits.limit(MOST_COUNTED + 1).subquery().c[0]) for hits in (own, people)]
    # One set of numbers instead of OR: both databases then go through their search index and never the whole table.
    return CustomerGroup.id.in_(union(*looked_at))


def _narrowed(session: Session, query: Select[Any], wanted: Wanted) -> Select[Any]:
    query = query.where(
        CustomerGroup.archived_at.is_not(None) if wanted.archived else CustomerGroup.archived_at.is_(None)
    )
    if wanted.text:
        query = query.where(matching(session, wanted.text[:LONGEST_TEXT]))
    if wanted.kind is not None:
        query = query.where(CustomerGroup.kind == wanted.kind)
    if wanted.brand_id is not None:
        query = query.where(CustomerGroup.brand_id == wanted.brand_id)
    if wanted.tag_id is not None:
        carrying = select(group_tag.c.group_id).where(group_tag.c.tag_id == wanted.tag_id)
        query = query.where(CustomerGroup.id.in_(carrying))
    return query


def _one_page(
    session: Session, query: Select[Any], wanted: Wanted, size: int
) -> tuple[list[CustomerGroup], bool, bool]:
    """The groups of one page in order, and whether there is more before and after it."""
    place = tuple_(CustomerGroup.sort_name, CustomerGroup.id)
    order = (CustomerGroup.sort_name, CustomerGroup.id)
    query = query.outerjoin(Brand, Brand.id == CustomerGroup.brand_id).options(
        contains_eager(CustomerGroup.brand)
    )
    before, after = _read_mark(wanted.before), _read_mark(wanted.after)
    if before is not None:
        backwards = query.where(place < tuple_(*before)).order_by(*(part.desc() for part in order))
        groups = list(session.scalars(backwards.limit(size + 1)))
        has_before = len(groups) > size
        return groups[:size][::-1], has_before, True
    if after is not None:
        query = query.where(place > tuple_(*after))
    groups = list(session.scalars(query.order_by(*order).limit(size + 1)))
    return groups[:size], after is not None, len(groups) > size


def _with_people(session: Session, actor: Actor, groups: list[CustomerGroup]) -> list[DirectoryRow]:
    rows = {group.id: DirectoryRow(group) for group in groups}
    ids = list(rows)
    ranked = (
        select(
            Membership.id,
            func.row_number()
            .over(
                partition_by=Membership.group_id,
                order_by=(Membership.is_primary.desc(), Membership.position, Membership.id),
            )
            .label("place"),
            func.count().over(partition_by=Membership.group_id).label("people"),
        )
        .where(Membership.group_id.in_(ids))
        .subquery()
    )
    first = (
        select(Membership, ranked.c.people)
        .join(ranked, ranked.c.id == Membership.id)
        .join(Contact, Contact.id == Membership.contact_id)
        .options(contains_eager(Membership.contact))
        .where(ranked.c.place <= MOST_PEOPLE)
        .order_by(Membership.group_id, ranked.c.place)
    )
    for membership, people in session.execute(visible(actor, first)):
        row = rows[membership.group_id]
        row.people.append(membership)
        row.more_people = max(0, people - MOST_PEOPLE)
    for group_id, tags in _tags_of(session, actor, ids).items():
        rows[group_id].tags = tags
    return list(rows.values())


def _tags_of(session: Session, actor: Actor, group_ids: list[int]) -> dict[int, list[Tag]]:
    carried: dict[int, list[Tag]] = defaultdict(list)
    query: Select[Any] = (
        select(group_tag.c.group_id, Tag)
        .join(Tag, Tag.id == group_tag.c.tag_id)
        .where(group_tag.c.group_id.in_(group_ids))
        .order_by(Tag.folded)
    )
    for group_id, tag in session.execute(visible(actor, query)):
        carried[group_id].append(tag)
    return carried


def _mark(group: CustomerGroup) -> str:
    """The place of a row in the order, for the address of the next page."""
    said = json.dumps([group.sort_name, group.id], ensure_ascii=False)
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _read_mark(mark: str) -> tuple[str, int] | None:
    """The place that a mark names; anything else than a mark of ours means the first page."""
    if not mark or len(mark) > 2_000:
        return None
    try:
        name, number = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (ValueError, TypeError):
        return None
    usable = isinstance(name, str) and isinstance(number, int) and not isinstance(number, bool)
    return (name, number) if usable and "\0" not in name and 0 < number < 2**62 else None


def known_brands(session: Session, actor: Actor) -> list[Brand]:
    """The brands that can be chosen, by name."""
    query = select(Brand).where(Brand.archived_at.is_(None)).order_by(Brand.name)
    return list(session.scalars(visible(actor, query)))


def found_tags(session: Session, actor: Actor, text: str, limit: int = 20) -> list[Tag]:
    """Tags whose words begin with `text`, for suggestions while typing."""
    from admin_app.kernel.text import fold

    query = select(Tag).order_by(Tag.folded).limit(limit)
    if folded := fold(text):
        query = query.where(or_(Tag.folded == folded, Tag.folded.startswith(folded, autoescape=True)))
    return list(session.scalars(visible(actor, query)))
