"""What messages can be about: the records, their words in addresses, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.models import (
    Brand,
    CustomerGroup,
    Entity,
    Estimate,
    Payment,
    Project,
    Thread,
)
from admin_app.models.kinds import KIND_OF

KINDS: Mapping[str, type[Entity]] = {word: kind for word, kind in KIND_OF.items() if word != "file"}
"""The word of a kind, as `Thread.about` and addresses carry it → its record."""

_WORDS = {kind: word for word, kind in KINDS.items()}


def word_of(about: Entity) -> str:
    """The word of a record's kind; raises TypeError for what no message is about."""
    word = _WORDS.get(type(about))
    if word is None:
        raise TypeError(f"No message is about a {type(about).__name__}")
    return word


def id_of(about: Any) -> int:
    """The number by which threads know a record: all revisions of an estimate are one matter."""
    number: int = about.first_id if isinstance(about, Estimate) else about.id
    return number


def record_of(session: Session, thread: Thread) -> Entity | None:
    """What a thread is about, an estimate in its latest revision; None for a question out of the blue."""
    if thread.about is None or thread.about not in KINDS:
        return None
    record = session.get(KINDS[thread.about], thread.about_id)
    if not isinstance(record, Estimate):
        return record
    later = select(Estimate).where(Estimate.base_id == record.id).order_by(Estimate.revision.desc()).limit(1)
    return session.scalar(later) or record


def group_of(about: Any) -> CustomerGroup | None:
    """Whose it is; a task may be nobody's."""
    group: CustomerGroup | None = about if isinstance(about, CustomerGroup) else about.group
    return group


def project_of(about: Any) -> Project | None:
    """The project it belongs to, if any."""
    project: Project | None = about if isinstance(about, Project) else getattr(about, "project", None)
    return project


def brand_of(session: Session, about: Any) -> Brand | None:
    """The name under which we speak: the document's brand, the project's, the customer's, the default one."""
    project, group = project_of(about), group_of(about)
    named = (
        getattr(about, "brand", None)
        or (project.brand if project is not None else None)
        or (group.brand if group is not None else None)
    )
    if named is not None:
        brand: Brand = named
        return brand
    return session.scalar(select(Brand).order_by(Brand.is_default.desc(), Brand.id).limit(1))


def number_of(about: Any) -> str:
    """The number people know it by: "E-00012 revision 2"; "" where it has none."""
    if isinstance(about, Estimate):
        return str(about) if about.number else ""
    if isinstance(about, Payment):
        return about.reference or ""
    return getattr(about, "number", None) or ""


def title_of(about: Any) -> str:
    """What it is about in a few words: its own title, else its project's; "" where nobody gave one."""
    if isinstance(about, CustomerGroup):
        return ""
    own = getattr(about, "title", None)
    project = project_of(about)
    return own or (project.title if project is not None else "") or ""


def heading_of(about: Any) -> str:
    """How a thread about it is called: "Invoice N-00012: Fell the ash", "Task: Order the scaffold"."""
    if isinstance(about, CustomerGroup):
        return about.name[:300]
    kind = "receipt" if isinstance(about, Payment) else type(about).singular
    named = f"{kind.capitalize()} {number_of(about)}".strip()
    title = title_of(about)
    return (f"{named}: {title}" if title else named)[:300]
