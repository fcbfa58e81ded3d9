"""The forms of the generated pages: a record is entered or edited, refused with everything typed kept, merged [144].

What was typed goes to the services as it stands; an overlap with somebody else's edit shows both versions (409).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin.base import expose
from werkzeug.datastructures import MultiDict

from admin_app.admin import record_page
from admin_app.admin.cells import record_url
from admin_app.admin.forms import (
    SAID_ON_THE_FORM,
    RecordForm,
    first_values,
    form_fields,
    open_form,
    record_values,
)
from admin_app.admin.frame import Frame
from admin_app.kernel.errors import NotFound, Refusal
from admin_app.kernel.parsing import parse_id
from admin_app.models import Entity, Tag
from admin_app.models.field import BoundField, Kind
from admin_app.records.values import office_reading
from admin_app.services import save_record
from admin_app.services.merge_edits import Base
from admin_app.services.save_record import EditConflict
from admin_app.services.tag_customer import tag_named
from admin_app.web.company import actor, office_session
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path


class FormPages(Frame):
    """The pages that ask for a record."""

    def asked_fields(self, *, short: bool = False) -> tuple[BoundField, ...]:
        """The fields that the forms of this entity ask this reader for."""
        found = form_fields(self.entity, actor(), short=short)
        return tuple(bound for bound in found if bound.key not in self.not_asked)

    def given(self, bound_fields: Sequence[BoundField]) -> dict[str, Any]:
        """What the address fills into a new record's form: `?group=17` from a customer's page."""
        wanted = {bound.key for bound in bound_fields}
        return {key: text for key, text in request.args.items() if key in wanted}

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """The form of a new record: short first, the whole one on demand with what was typed [P21-P23]."""
        if not self.can_be_created:
            raise NotFound("Nothing of this kind is entered here")
        whole = bool(request.values.get("advanced"))
        asked = self.asked_fields(short=not whole)
        if request.method == "GET" or "_advanced" in request.form:
            return self._new_form(asked, whole)
        form = self._posted(asked)
        try:
            record = self.create_record(self._values(form))
        except SAID_ON_THE_FORM as refusal:
            return self._again(form, refusal, whole=whole)
        flash(f"{record} saved.", "success")
        return redirect(self._after_saving(record))

    def _new_form(self, asked: tuple[BoundField, ...], whole: bool) -> ResponseReturnValue:
        reading = office_reading(office_session())
        if request.method == "POST":  # from the short form: nothing is saved, nothing typed is lost
            keep_nothing()
            asked = self.asked_fields()
            whole = True
            typed = self._posted(self.asked_fields(short=True))
            data = first_values(asked, reading) | {f.key: typed[f.key].data for f in typed.bound_fields}
        else:
            data = first_values(asked, reading) | self.given(asked)
        form = open_form(office_session(), actor(), asked, data=data, creating=True)
        return self.form_page(form, None, whole=whole)

    def _posted(self, asked: tuple[BoundField, ...]) -> RecordForm:
        return open_form(office_session(), actor(), asked, posted=cast(MultiDict[str, str], request.form))

    def _values(self, form: RecordForm) -> dict[str, Any]:
        """What was typed, with the words of tags turned into the tags, new ones made."""
        values = form.values()
        for bound in form.bound_fields:
            if bound.kind is Kind.LINKS and bound.target is Tag:
                values[bound.key] = [tag_named(office_session(), word).id for word in values[bound.key]]
        return values

    def create_record(self, values: Mapping[str, Any]) -> Entity:
        """Make the record; an entity whose making is an act of its own overrides this."""
        return save_record.create(office_session(), self.entity, values, actor())

    def update_record(self, record: Entity, values: Mapping[str, Any], base: Base) -> save_record.Saved:
        """Change the record; an entity whose change is an act of its own overrides this."""
        return save_record.update_and_tell(office_session(), self.entity, record.id, values, actor(), base)

    def _again(
        self,
        form: RecordForm,
        refusal: Refusal,
        *,
        record: Entity | None = None,
        whole: bool = True,
        base: str = "",
    ) -> ResponseReturnValue:
        """The form comes back filled, each refusal at its field; nothing of the request is kept."""
        office_session().rollback()  # a rule may have spoken after values were put into the record
        keep_nothing()
        form.show_refusal(refusal)
        return self.form_page(form, record, whole=whole, base=base), refusal.status

    def form_page(
        self,
        form: RecordForm,
        record: Entity | None,
        *,
        whole: bool = True,
        base: str = "",
        overlaps: Sequence[Mapping[str, Any]] = (),
        who: str = "",
        when: Any = None,
    ) -> str:
        """The page around a form, for a new record or an existing one."""
        shorter = record is None and not whole and len(self.asked_fields()) > len(form.bound_fields)
        page = self.form_template.format("create" if record is None else "edit")
        return self.render(
            page,
            form=form,
            record=record,
            whole=whole,
            is_short=shorter,
            base=base,
            overlaps=overlaps,
            conflict_who=who,
            conflict_when=when,
            back_url=self.back(),
            **self.form_extras(form, record),
        )

    def form_extras(self, form: RecordForm, record: Entity | None) -> dict[str, Any]:
        """What the form page of one entity needs besides."""
        return {}

    def details_extras(self, record: Entity) -> dict[str, Any]:
        """What the details page of one entity needs besides."""
        return {}

    def find(self, *, lock: bool = False) -> Entity:
        """The record that `id` names; raises NotFound for nonsense, the unknown and the invisible alike (F10)."""
        number = parse_id(request.values.get("id"))
        if number is None:
            raise NotFound(f"There is no such {self.entity.singular}")
        return save_record.find(office_session(), self.entity, number, actor(), lock=lock)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        """The form of a record; a save merges what others saved meanwhile, and shows both where it overlaps [144]."""
        if not self.can_be_edited:
            raise NotFound(f"A {self.entity.singular} is not edited here")
        record = self.find()
        asked = self.asked_fields()
        if request.method == "GET":
            reading = office_reading(office_session())
            form = open_form(office_session(), actor(), asked, data=record_values(record, asked, reading))
            return self.form_page(form, record, base=self._signed(record))
        return self._save_edit(record, self._posted(asked))

    def _signed(self, record: Entity) -> str:
        return save_record.sign_base(save_record.base_of(record), settings().secret_key)

    def _save_edit(self, record: Entity, form: RecordForm) -> ResponseReturnValue:
        signed = request.form.get("base", "")
        try:
            base = save_record.read_base(signed, settings().secret_key)
            values = self._values(form)
            for key in [key for key in values if request.form.get(f"choose-{key}") == "theirs"]:
                del values[key]  # the other person's version stays
            saved = self.update_record(record, values, base)
        except EditConflict as conflict:
            return self._conflict(form, conflict)
        except SAID_ON_THE_FORM as refusal:
            return self._again(form, refusal, record=record, base=signed)
        if saved.merged:
            flash(
                f"Saved, together with what somebody else changed meanwhile: {', '.join(saved.merged)}.",
                "success",
            )
        else:
            flash(f"{saved.record} saved.", "success")
        return redirect(self._after_saving(saved.record))

    def _conflict(self, form: RecordForm, conflict: EditConflict) -> ResponseReturnValue:
        """409: both versions side by side, everything typed kept, and a base with which the next save fits."""
        keep_nothing()
        record, first = conflict.record, conflict.overlaps[0]
        rows = record_page.overlap_rows(record, conflict.overlaps, office_reading(office_session()))
        page = self.form_page(
            form,
            record,
            base=self._signed(record),
            overlaps=rows,
            who=first.author or "Somebody",
            when=first.at,
        )
        return page, 409

    def _after_saving(self, record: Entity) -> str:
        if "_add_another" in request.form:
            return self.get_url(".create_view", url=self.back())
        if "_continue_editing" in request.form:
            return self.get_url(".edit_view", id=record.id, url=self.back())
        back = request.values.get("url")
        return own_path(back, self.record_url(record))

    def record_url(self, record: Entity) -> str:
        """The page on which a saved record is shown."""
        return record_url(self.entity, record.id)
