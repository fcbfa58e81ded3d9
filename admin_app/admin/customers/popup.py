"""A pop-up of the profile: a short form over one record, shown, refused with what was typed, or done and left.

GET shows it, POST does it and leads back (post, redirect, get).  Without script the pop-up is a page of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import reading
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.record_page import authors, overlap_rows
from admin_app.kernel.errors import Conflict, Invalid, Refusal, Unmet
from admin_app.models import CustomerGroup, Entity
from admin_app.services.merge_edits import Base, EditConflict, base_of, read_base, sign_base
from admin_app.services.must_stay import refuse_what_must_stay
from admin_app.services.save_record import update_and_tell
from admin_app.web.company import actor, office_session
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing

Save = Callable[[dict[str, Any]], str]
"""Does what the form asks, given what was typed, and says so in a sentence."""


@dataclass(frozen=True, slots=True)
class Popup:
    """What one pop-up shows; `record` is what it edits, so that two editors meet [L16]; `back`: where to go on."""

    group: CustomerGroup
    title: str
    back: str
    sheet: Sheet | None = None
    button: str = "Save"
    danger: bool = False
    note: str = ""
    record: Entity | None = None
    template: str = "admin/customers/popup.html"
    more: Mapping[str, Any] = field(default_factory=dict)
    obstacle: str = ""
    """Why it cannot be done now; said in place of the button [L15]."""

    def answer(self, save: Save) -> ResponseReturnValue:
        """Show the form, or on POST run `save` and go back; what it refuses is said on the form, which stays filled."""
        if request.method != "POST":
            return self._shown(), 200
        try:
            said = save(self.sheet.read(request.form) if self.sheet else {})
        except (Invalid, Unmet, Conflict) as refusal:
            return self._refused(refusal)
        flash(said, "success")
        return redirect(self.back)

    def again(self) -> ResponseReturnValue:
        """The form once more as it was filled, for a button that only asks: nothing is kept."""
        if self.sheet is not None:
            self.sheet.read(request.form)
        office_session().rollback()
        keep_nothing()
        return self._shown(request.form.get("base", "")), 200

    def _refused(self, refusal: Refusal) -> ResponseReturnValue:
        # Nothing of the attempt may reach the page or the database: what was typed is on the sheet.
        office_session().rollback()
        keep_nothing()
        if self.sheet is None:
            flash(refusal.sentence, "error")
            return self._shown(request.form.get("base", "")), refusal.status
        if isinstance(refusal, Invalid):
            self.sheet.refuse(refusal)
        else:
            self.sheet.error = refusal.sentence
        if isinstance(refusal, EditConflict):
            # The next save starts from what stands there now, with the choices made on this page.
            return self._shown(self._fresh_base(), conflict=_both_versions(refusal)), refusal.status
        return self._shown(request.form.get("base", "")), refusal.status

    def _fresh_base(self) -> str:
        return sign_base(base_of(self.record), settings().secret_key) if self.record is not None else ""

    def _shown(self, base: str | None = None, conflict: Mapping[str, Any] | None = None) -> str:
        return render_template(
            self.template,
            page_title=self.title,
            group=self.group,
            sheet=self.sheet,
            back=self.back,
            button=self.button,
            danger=self.danger,
            note=self.note,
            obstacle=self.obstacle,
            base=self._fresh_base() if base is None else base,
            conflict=conflict,
            **self.more,
        )


def obstacle_to_deleting(entity: type[Entity], record_id: int) -> str:
    """The sentence that says why a record must stay; empty where it may go."""
    try:
        refuse_what_must_stay(office_session(), entity, [record_id])
    except Unmet as refusal:
        return refusal.sentence
    return ""


def save_over(record: Entity, values: Mapping[str, Any]) -> str:
    """Save what the form says over the record it was filled from, and say what somebody else changed meanwhile.

    Raises as `services.save_record.update` does.
    """
    saved = update_and_tell(office_session(), type(record), record.id, values, actor(), posted_base())
    if not saved.merged:
        return "Saved."
    return f"Saved. Somebody else changed {', '.join(saved.merged)} meanwhile; that was kept too."


def posted_base() -> Base | None:
    """What the posted form was filled from; raises Invalid for one that was not signed here."""
    text = request.form.get("base", "")
    return read_base(text, settings().secret_key) if text else None


def _both_versions(conflict: EditConflict) -> dict[str, Any]:
    """The overlapping fields as the page shows them, side by side."""
    return {
        "rows": overlap_rows(conflict.record, conflict.overlaps, reading()),
        "who": authors(conflict.overlaps),
        "when": conflict.overlaps[0].at,
    }
