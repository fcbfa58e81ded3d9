"""What the settings pages share: their blueprint, saving a declared form, and one's own password asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request

from admin_app.admin.forms import SAID_ON_THE_FORM, RecordForm
from admin_app.admin.record_page import overlap_rows
from admin_app.admin.sign_in import own_password_fits
from admin_app.kernel.errors import Invalid
from admin_app.models import Entity
from admin_app.records.values import office_reading
from admin_app.services import save_record
from admin_app.services.merge_edits import Base, EditConflict
from admin_app.web.company import office_session
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing

desk = Blueprint("settings", __name__, url_prefix="/admin/settings")

PASSWORD = "your_password"  # noqa: S105  (the name of the input)
WRONG_PASSWORD = "This is not your password; it is asked because this change is a sensitive one"  # noqa: S105

Saving = Callable[[Mapping[str, Any], Base], Any]


@dataclass(frozen=True, slots=True)
class Editing:
    """A form on its way: the signed base it was filled from, and what two people changed at once."""

    form: RecordForm
    base: str = ""
    overlaps: tuple[Mapping[str, str], ...] = ()
    who: str = ""
    status: int = 200


def signed_base(record: Entity) -> str:
    """What the form of a record was filled from, sealed, so that a save can tell what others changed since."""
    return save_record.sign_base(save_record.base_of(record), settings().secret_key)


def save_edit(form: RecordForm, save: Saving) -> Editing | None:
    """Save a posted form; None when it is saved, else the form to be shown again with what is in its way."""
    signed = request.form.get("base", "")
    try:
        base = save_record.read_base(signed, settings().secret_key)
        values = form.values()
        for key in [key for key in values if request.form.get(f"choose-{key}") == "theirs"]:
            del values[key]  # the other person's version stays
        save(values, base)
    except EditConflict as conflict:
        keep_nothing()
        rows = overlap_rows(conflict.record, conflict.overlaps, office_reading(office_session()))
        author = conflict.overlaps[0].author or "Somebody"
        return Editing(form, signed_base(conflict.record), tuple(rows), author, 409)
    except SAID_ON_THE_FORM as refusal:
        keep_nothing()
        form.show_refusal(refusal)
        return Editing(form, signed, status=refusal.status)
    return None


def confirm_password() -> None:
    """Check the password typed with a sensitive change, and tell the rules below that it was right.

    The transaction is given back meanwhile, since a hash takes its time.  Raises Invalid at the field, and Busy after
    too many tries.
    """
    typed = request.form.get(PASSWORD, "")
    if not typed or not own_password_fits(typed):
        raise Invalid(WRONG_PASSWORD, {PASSWORD: WRONG_PASSWORD})
    office_session().info["password_confirmed"] = True
