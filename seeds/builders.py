"""One function a kind of record: say only what the test or the story is about.

Each adds the record to the session and flushes, so that it has its id; nobody commits here.  The cast of the tests:
ann owns, pete estimates, bea keeps the books, cem is crew, sue subcontracts, ada analyses; clara and otto are
clients.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Role
from admin_app.models import (
    Address,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    Event,
    GroupKind,
    Membership,
    Note,
    SiteAsset,
    Tag,
    Task,
    User,
)
from admin_app.models.base import Base

Record = TypeVar("Record", bound=Base)

CAST: dict[str, tuple[str, Role]] = {
    "ann": ("Ann Ashworth", Role.OWNER),
    "bea": ("Bea Okafor", Role.OFFICE),
    "pete": ("Pete Novák", Role.ESTIMATOR),
    "cem": ("Cem Yılmaz", Role.CREW),
    "sue": ("Sue Kowalski", Role.SUBCONTRACTOR),
    "ada": ("Ada Brandt", Role.ANALYST),
}
"""The staff of every test and of the demo: short name → full name and role."""


def _kept(session: Session, record: Record) -> Record:
    session.add(record)
    session.flush()  # the id is needed by what is built next
    return record


def a_company(session: Session, **but: Any) -> Company:
    """The one company row: euros, London time, English."""
    facts: dict[str, Any] = {"id": 1, "name": "Harding & Daughters", "country": "GB", "currency": "EUR"}
    facts |= {"zone": "Europe/London", "language": "en"}
    return _kept(session, Company(**facts | but))


def a_brand(session: Session, **but: Any) -> Brand:
    """A brand called North."""
    facts: dict[str, Any] = {"name": "North Tree Care", "key": "north"}
    return _kept(session, Brand(**facts | but))


def a_user(session: Session, who: str = "ann", **but: Any) -> User:
    """A member of the cast, without a password until a test sets one."""
    name, role = CAST[who]
    facts: dict[str, Any] = {"name": name, "role": role, "email": f"{who}@ashworth.test", "active": True}
    return _kept(session, User(**facts | but))


def a_group(session: Session, **but: Any) -> CustomerGroup:
    """A household called "Clara Client household" that belongs to no brand."""
    facts: dict[str, Any] = {"name": "Clara Client household", "kind": GroupKind.HOUSEHOLD}
    return _kept(session, CustomerGroup(**facts | but))


def a_contact(session: Session, group: CustomerGroup | None = None, **but: Any) -> Contact:
    """Clara, in `group` where one is given; `primary=True` makes her its primary contact."""
    facts: dict[str, Any] = {"first_name": "Clara", "last_name": "Client"}
    primary = bool(but.pop("primary", False))
    contact = _kept(session, Contact(**facts | but))
    if group is not None:
        _kept(session, Membership(group_id=group.id, contact_id=contact.id, is_primary=primary))
    return contact


def an_address(session: Session, group: CustomerGroup, **but: Any) -> Address:
    """A site of `group` in Aarhus that is not its billing address."""
    facts: dict[str, Any] = {"line1": "1 Mill Street", "city": "Aarhus", "postcode": "8000", "country": "DK"}
    return _kept(session, Address(group_id=group.id, **facts | but))


def a_tag(session: Session, name: str = "VIP", **but: Any) -> Tag:
    """A tag; give it to a group by appending it to `group.tags`."""
    return _kept(session, Tag(name=name, **but))


def a_task(session: Session, group: CustomerGroup | None = None, **but: Any) -> Task:
    """An open task to call back."""
    facts: dict[str, Any] = {"title": "Call back about the oak", "group_id": group.id if group else None}
    return _kept(session, Task(**facts | but))


def an_event(session: Session, group: CustomerGroup, **but: Any) -> Event:
    """A visit at nine in the morning (UTC) of 2 March 2026."""
    facts: dict[str, Any] = {"title": "Survey visit", "starts_at": datetime(2026, 3, 2, 9, tzinfo=UTC)}
    return _kept(session, Event(group_id=group.id, **facts | but))


def a_note(session: Session, group: CustomerGroup, **but: Any) -> Note:
    """A word on the notepad."""
    facts: dict[str, Any] = {"body": "Prefers to be called after five", "author": "Ann Ashworth"}
    return _kept(session, Note(group_id=group.id, **facts | but))


def an_asset(session: Session, group: CustomerGroup, **but: Any) -> SiteAsset:
    """An oak by the gate, checked on 1 May 2025."""
    facts: dict[str, Any] = {"name": "Oak by the gate", "checked_on": date(2025, 5, 1)}
    return _kept(session, SiteAsset(group_id=group.id, **facts | but))
