"""Two people edit one record: what does not overlap is merged, what does is shown to the second [L16, 144, 145].

A form carries the base it was filled from (`base_of`, signed by `sign_base`); a save compares base, what stands there
now and what is asked, field by field.  Tags merge as sets: added here and added there are both added.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Conflict, Invalid
from admin_app.models import AuditEntry, Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.records.encoding import encode

Base = Mapping[str, Any]
"""`{"entity": "Contact", "id": 7, "version": 3, "fields": {"first_name": "Clara", …}}`, values as in the history."""

LARGEST_BASE = 200_000
"""Characters of a signed base; more was not written here."""

_LOOKED_BACK = 200
"""Entries that are searched for the author of a change."""

_STALE = "This form is not one of ours, or too old; open the page again"


@dataclass(frozen=True, slots=True)
class Overlap:
    """One field that two people changed: what it was, what it is now and by whom, what was asked; values encoded."""

    key: str
    label: str
    base: Any
    theirs: Any
    yours: Any
    author: str
    at: datetime | None


class EditConflict(Conflict):
    """Somebody changed the same fields meanwhile; `overlaps` has both versions of each (409)."""

    def __init__(self, record: Entity, overlaps: Sequence[Overlap]) -> None:
        """Name the record, the fields and who was faster."""
        fields = ", ".join(overlap.label for overlap in overlaps)
        author = overlaps[0].author or "Somebody"
        super().__init__(
            f"{author} changed {fields} of {record} while you were editing; choose which version stays"
        )
        self.record = record
        self.overlaps = tuple(overlaps)


def base_of(record: Entity) -> dict[str, Any]:
    """What a form is filled from: the version and the form fields of a record, secrets left out."""
    return {
        "entity": type(record).__name__,
        "id": record.id,
        "version": record.version,
        "fields": {bound.key: encode(bound, getattr(record, bound.key)) for bound in _fields(type(record))},
    }


def _fields(entity: type[Entity]) -> list[BoundField]:
    return [bound for bound in fields_on(entity, Surface.FORM) if not bound.declared.secret]


def sign_base(base: Base, secret: str) -> str:
    """The base as one line of text that nobody but this office can write."""
    packed = zlib.compress(json.dumps(base, ensure_ascii=False, separators=(",", ":")).encode())
    body = base64.urlsafe_b64encode(packed).decode()
    return f"{body}.{_seal(body, secret)}"


def read_base(text: str, secret: str) -> dict[str, Any]:
    """The base out of a form; raises Invalid for one that was not signed here."""
    body, _, seal = text.rpartition(".")
    if len(text) > LARGEST_BASE or not hmac.compare_digest(seal.encode(), _seal(body, secret).encode()):
        raise Invalid(_STALE)
    base: dict[str, Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(body)))
    return base


def _seal(body: str, secret: str) -> str:
    key = hashlib.sha256(b"form base\0" + secret.encode()).digest()
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def merge(session: Session, record: Entity, read: dict[BoundField, Any], base: Base) -> list[str]:
    """Leave in `read` what is to be set on a record that changed since `base`; returns the labels kept from others.

    Raises EditConflict where both sides changed a field, Invalid for the base of another record.
    """
    if base.get("entity") != type(record).__name__ or base.get("id") != record.id:
        raise Invalid(_STALE)
    if base.get("version") == record.version:
        return []
    overlaps: list[Overlap] = []
    kept: list[str] = []
    for bound in _fields(type(record)):
        was, theirs = base["fields"].get(bound.key), encode(bound, getattr(record, bound.key))
        if _same(bound, was, theirs):
            continue
        yours = encode(bound, read[bound]) if bound in read else was
        if bound.kind is Kind.LINKS and bound in read:
            read[bound] = _merged_set(was, getattr(record, bound.key), read[bound])
            kept.append(bound.label)
        elif _same(bound, yours, was) or _same(bound, yours, theirs):
            read.pop(bound, None)
            kept.append(bound.label)
        else:
            author, at = _author(session, record, bound, int(base["version"]))
            overlaps.append(Overlap(bound.key, bound.label, was, theirs, yours, author, at))
    if overlaps:
        raise EditConflict(record, overlaps)
    return kept


def _same(bound: BoundField, one: Any, other: Any) -> bool:
    """Whether two encoded values mean the same; a link is the same whatever it is called by now."""
    if bound.kind is Kind.LINK:
        return bool((one or {}).get("id") == (other or {}).get("id"))
    if bound.kind is Kind.LINKS:
        return {linked["id"] for linked in one or ()} == {linked["id"] for linked in other or ()}
    return bool(one == other or (not one and not other and (one in (None, "") and other in (None, ""))))


def _merged_set(was: Any, theirs: Sequence[Any], yours: Sequence[Any]) -> list[Any]:
    """Theirs, with what you added and without what you took away."""
    before = {linked["id"] for linked in was or ()}
    asked = {record.id for record in yours}
    stays = [record for record in theirs if record.id in asked or record.id not in before]
    added = [record for record in yours if record.id not in before and record not in stays]
    return [*stays, *added]


def _author(session: Session, record: Entity, bound: BoundField, version: int) -> tuple[str, datetime | None]:
    """Who changed a field last since a version, and when."""
    since = (
        select(AuditEntry)
        .where(
            AuditEntry.entity == type(record).__name__,
            AuditEntry.entity_id == record.id,
            AuditEntry.version > version,
        )
        .order_by(AuditEntry.id.desc())
        .limit(_LOOKED_BACK)
    )
    for entry in session.scalars(since):
        if bound.key in (entry.after or {}):
            return entry.actor, entry.at
    return "", None
