"""Acts on one or many records that take something away: asked with their numbers, done by the services, undone in one.

Bulk edit mode ticks records, or all that match the list's own address; the same address is read again on the second
request, and when it finds another number than was shown, the question is asked again [P25-P28, 34].
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.kernel.text import fold
from admin_app.models import BulkAct, CustomerGroup, Entity, Tag
from admin_app.policy import visible
from admin_app.records.record_name import name_of
from admin_app.records.values import office_reading
from admin_app.services import archive_record, bulk_change, delete_record, must_stay
from admin_app.services.bulk_change import Chosen
from admin_app.web.company import actor, office_session, today
from admin_app.web.office import keep_nothing

if TYPE_CHECKING:
    from admin_app.admin.entity_view import EntityView

MOST_TICKED = 1_000
"""So many single ticks one form may carry; more are chosen by "all that match"."""
MOST_NAMED = 5
"""So many names a question repeats."""
MOST_COUNTED_ALONG = 5_000
"""Above so many records the question no longer counts what goes along with them."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One act of the bulk bar: the button, the question, and who does it."""

    name: str
    label: str
    asks: str
    is_grave: bool
    do: Callable[[Session, type[Entity], Chosen, Actor], BulkAct]
    needs_tag: bool = False


def _delete(session: Session, entity: type[Entity], chosen: Chosen, who: Actor) -> BulkAct:
    return bulk_change.delete(session, entity, chosen, who, else_archive="else_archive" in request.form)


def _add_tag(session: Session, entity: type[Entity], chosen: Chosen, who: Actor) -> BulkAct:
    return bulk_change.add_tag(session, chosen, _word(), who)


def _remove_tag(session: Session, entity: type[Entity], chosen: Chosen, who: Actor) -> BulkAct:
    wanted = select(Tag.id).where(Tag.folded == fold(_word()))
    tag_id = session.scalar(visible(who, wanted))
    if tag_id is None:
        raise Unmet(f"There is no tag called “{_word()[:60]}”")
    return bulk_change.remove_tag(session, chosen, tag_id, who)


def _word() -> str:
    return request.form.get("tag", "").strip()


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("delete", "Delete", "Delete", True, _delete),
        Verb("archive", "Archive", "Archive", False, bulk_change.archive),
        Verb("unarchive", "Bring back", "Bring back", False, bulk_change.restore),
        Verb("add_tag", "Add tag", "Add the tag to", False, _add_tag, needs_tag=True),
        Verb("remove_tag", "Take off tag", "Take the tag off", False, _remove_tag, needs_tag=True),
    )
}


def verbs_for(view: EntityView) -> list[Verb]:
    """The acts that this entity and this reader have."""
    offered = {
        "delete": view.offers_mass_deletion,
        "archive": view.is_archivable,
        "unarchive": view.is_archivable,
        "add_tag": view.tags_key is not None,
        "remove_tag": view.tags_key is not None,
    }
    return [verb for name, verb in VERBS.items() if offered[name]]


def act(view: EntityView) -> ResponseReturnValue:
    """Ask, or do what was agreed to."""
    verb = VERBS.get(request.form.get("action", ""))
    if verb is None or verb not in verbs_for(view):
        raise NotAllowed("This act is not offered here")
    session, who = office_session(), actor()
    chosen = _chosen(view)
    ids = bulk_change.chosen_ids(session, view.entity, chosen, who)
    if not ids:
        keep_nothing()
        flash(f"Tick the {view.entity.plural} first, or choose all that match.", "warning")
        return redirect(view.back())
    if verb.needs_tag and not _word():
        keep_nothing()
        flash("Type the tag first.", "warning")
        return redirect(view.back())
    agreed = request.form.get("confirmed", "")
    if parse_id(agreed) != len(ids):
        keep_nothing()
        return _ask(view, verb, ids, changed=bool(agreed))
    done = verb.do(session, view.entity, ids, who)
    tell(done)
    return redirect(view.back())


def _chosen(view: EntityView) -> Chosen:
    """What was ticked, or everything that the list's address matches."""
    if request.form.get("everything"):
        params = parse_qs(request.form.get("matching", ""), max_num_fields=200)
        asked = view.list_request(params, office_reading(office_session()))
        found: Select[Any] = view.listing.matching(office_session(), actor(), asked, today())
        return found
    ticked = request.form.getlist("rowid")
    if len(ticked) > MOST_TICKED:
        raise Invalid(f"At most {MOST_TICKED} records are ticked one by one; choose all that match instead")
    return [number for text in ticked if (number := parse_id(text)) is not None]


def _ask(view: EntityView, verb: Verb, ids: Sequence[int], *, changed: bool) -> str:
    """The question with everything it means in numbers [P28]."""
    session, entity = office_session(), view.entity
    count = _counted(entity, len(ids))
    along: list[tuple[str, int]] = []
    staying = 0
    if verb.name == "delete":
        if len(ids) <= MOST_COUNTED_ALONG:
            along = delete_record.what_goes(session, entity, ids)
        staying = len(must_stay.must_be_kept(session, ids)) if view.is_customers else 0
    going = len(ids) - staying
    return view.ask(
        title=f"{verb.asks} {count}?" if not verb.needs_tag else f"{verb.asks} {count}: {_word()}",
        button=f"{verb.asks if going else 'Archive'} {_counted(entity, going or staying)}",
        is_grave=verb.is_grave,
        names=_names(session, entity, ids),
        unnamed=max(0, len(ids) - MOST_NAMED),
        along=along,
        must_stay=staying,
        is_final=verb.name == "delete" and view.is_customers,
        can_be_undone=verb.name != "delete" or not view.is_customers,
        warning="The number has changed since you looked; this is how many there are now." if changed else "",
        action=view.get_url(".action_view"),
        carried=_carried(len(ids)),
    )


def _counted(entity: type[Entity], number: int) -> str:
    """How many of what: "1 customer", "2,500 customers"."""
    return f"{number:,} {entity.singular if number == 1 else entity.plural}"


def _names(session: Session, entity: type[Entity], ids: Sequence[int]) -> list[str]:
    query = select(name_of(entity)).where(entity.id.in_(list(ids[:MOST_NAMED]))).order_by(entity.id)
    return list(session.scalars(query))


def _carried(count: int) -> list[tuple[str, str]]:
    """What the second request must say again, with the number that was agreed to."""
    names = ("action", "everything", "matching", "tag", "url", "rowid")
    said = [(name, text) for name in names for text in request.form.getlist(name)]
    return [*said, ("confirmed", str(count))]


def tell(done: BulkAct, back: str = "") -> None:
    """Say what was done, with the way back where there is one; whoever takes it returns to `back`."""
    is_final = done.kind == bulk_change.DELETE and done.entity == CustomerGroup.__name__
    if done.count and not is_final:
        told = {"text": f"{done.summary}.", "action_url": url_for("history.undo", act_id=done.id), "back": back}
        flash(json.dumps(told), "undo")
    else:
        flash(f"{done.summary}.", "success")


# ------------------------------------------------------------------------------------------ one record


def ask_deletion_of_one(view: EntityView, record: Entity) -> str:
    """The question before one record goes, with its name and what goes along."""
    session = office_session()
    reason = ""
    try:
        must_stay.refuse_what_must_stay(session, view.entity, [record.id])
    except Unmet as refusal:
        reason = refusal.sentence
    return view.ask(
        title=f"Delete {record}?",
        button=f"Delete {view.entity.singular}",
        is_grave=True,
        names=[],
        unnamed=0,
        along=delete_record.what_goes(session, view.entity, [record.id]),
        must_stay=0,
        is_final=view.is_customers,
        can_be_undone=False,
        reason=reason,
        warning="",
        action=view.get_url(".delete_view"),
        carried=[("id", str(record.id)), ("url", view.home()), ("confirmed", "1")],
        archive_id=record.id if view.is_archivable and getattr(record, "archived_at", None) is None else None,
    )


def delete_one(view: EntityView, record: Entity) -> ResponseReturnValue:
    """Delete it; the services say what must stay."""
    name = str(record)
    delete_record.delete(office_session(), view.entity, record.id, actor())
    flash(f"{name} deleted.", "success")
    return redirect(view.back())


def archive_one(view: EntityView, record: Entity, *, back_again: bool) -> ResponseReturnValue:
    """Put one record aside or bring it back."""
    if not view.is_archivable:
        raise NotFound(f"A {view.entity.singular} is not archived")
    change = archive_record.restore if back_again else archive_record.archive
    change(office_session(), view.entity, record.id, actor())
    flash(f"{record} {'is back' if back_again else 'archived'}.", "success")
    return redirect(view.back())
