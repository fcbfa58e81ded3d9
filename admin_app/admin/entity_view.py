"""The generated pages of an entity: list, forms, details, deletion, export, all read from its declarations.

Flask-Admin gives the frame (names, addresses, menu); its own way to the database, which commits by itself and swallows
refusals, is closed: every page below calls the services, and the request's transaction is the office's
(design section 2, "Transactions"; dependencies.md F1-F17).  An entity that wants nothing of its own needs one line::

    EntityView(Tag, "tags")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_admin.base import expose

from admin_app.admin import bulk, export_page, list_page, record_page
from admin_app.admin.cells import Cell, record_url
from admin_app.admin.form_pages import FormPages
from admin_app.admin.frame import DELETE, READ, WRITE
from admin_app.kernel.errors import NotFound
from admin_app.models import Entity
from admin_app.policy import Permission, holds
from admin_app.records.export import exportable
from admin_app.records.linked import searchable
from admin_app.records.listing import ListRequest, read_request
from admin_app.records.values import Reading, office_reading
from admin_app.services.keep_preference import recall, remember
from admin_app.web.company import actor, office_session, today
from admin_app.web.office import keep_nothing

__all__ = ["DELETE", "READ", "WRITE", "EntityView"]


class EntityView(FormPages):
    """The pages of one entity under /admin/<address>/."""

    # ------------------------------------------------------------------ the list

    def list_request(self, params: Mapping[str, Sequence[str]], reading: Reading) -> ListRequest:
        """What the address asks for, in the columns that the reader chose."""
        session, who = office_session(), actor()
        chosen = recall(session, who, self._columns_key).split()
        return read_request(self.entity, who, params, reading, columns=chosen, usual=self.usual_order)

    def told(self, values: dict[str, Any]) -> dict[str, Any]:
        """What the list says of a row, by field key; an entity whose state is derived says it here."""
        return values

    @property
    def _columns_key(self) -> str:
        return f"columns:{self.endpoint}"

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """One page of the list; nonsense in the address is said on the page and never breaks it (F8)."""
        session, who, reading = office_session(), actor(), office_reading(office_session())
        params = request.args.to_dict(flat=False)
        asked = self.list_request(params, reading)
        page = self.listing.page(session, who, asked, today())
        dresser = list_page.dresser_for(page, reading, today())
        base, bulk_mode = self.home(), self._bulk_mode()
        inputs = list_page.panel(session, who, self.entity, asked, reading)
        answer = self.render(
            "admin/model/list.html",
            asked=asked,
            page=page,
            heads=list_page.heads(base, params, asked, self.entity, dresser.one_currency),
            rows=list_page.dressed_rows(page, dresser, self.told),
            chips=list_page.chips(session, who, base, params, asked, reading),
            panel=inputs,
            panel_kept=list_page.kept_by_panel(params, inputs),
            kept=list_page.kept_by_search(params),
            verbs=bulk.verbs_for(self) if bulk_mode else [],
            columns=list_page.column_choices(self.entity, who, asked),
            sizes=list_page.sizes(base, params, asked),
            link=lambda **changes: list_page.link_to(base, params, **changes),
            next_url=self._neighbour(params, "after", page.next),
            previous_url=self._neighbour(params, "before", page.previous),
            first_url=list_page.link_to(base, params),
            here=request.full_path.rstrip("?"),
            query=request.query_string.decode("ascii", "replace"),
            searchable=searchable(self.entity),
            bulk_mode=bulk_mode,
            may_export=holds(who, Permission.EXPORT),
            may_bulk=holds(who, Permission.BULK) and self.may(WRITE) and self._has_bulk_acts(),
            home_url=base,
            first_bare=list_page.link_to(base, {}, bulk="1" if bulk_mode else None),
            export_kept=[(name, text) for name, texts in params.items() for text in texts if text],
            export_columns=[(bound.key, bound.label, True) for bound in exportable(self.entity, who)],
            record_prefix=self._prefix(),
            edit_prefix=f"{self.get_url('.edit_view')}?id=",
            delete_prefix=f"{self.get_url('.delete_view')}?id=",
        )
        return answer, 422 if asked.problems else 200

    def _prefix(self) -> str:
        """The address of a record's page without its id, so that a row costs no address building."""
        return record_url(self.entity, 0)[:-1]

    def _bulk_mode(self) -> bool:
        return bool(request.args.get("bulk")) and holds(actor(), Permission.BULK) and self.may(WRITE)

    def _has_bulk_acts(self) -> bool:
        return self.offers_mass_deletion or self.is_archivable or self.tags_key is not None

    def _neighbour(self, params: Mapping[str, Sequence[str]], name: str, place: str | None) -> str | None:
        return list_page.link_to(self.home(), params, **{name: place}) if place else None

    @expose("/columns/", methods=("POST",))
    def columns_view(self) -> ResponseReturnValue:
        """Remember which columns the reader wants to see; none: the usual ones."""
        keys = [key for key in request.form.getlist("column") if key.isidentifier()]
        remember(office_session(), actor(), self._columns_key, " ".join(keys))
        return redirect(self.back())

    # ------------------------------------------------------------------ one record

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """Everything of a record that the reader may see, and what happened to it."""
        record = self.find()
        reading = office_reading(office_session())
        return self.render(
            self.details_template_of_ours,
            record=record,
            facts=self.shown_facts(record),
            timeline=record_page.timeline(office_session(), actor(), record, reading, request.args)
            if holds(actor(), Permission.AUDIT)
            else None,
            back_url=self.back(),
            may_restore=holds(actor(), Permission.AUDIT) and self.may_edit,
            **self.details_extras(record),
        )

    def shown_facts(self, record: Entity) -> list[tuple[str, Cell]]:
        """What the page says field by field; an entity that shows some of it in its own way overrides this."""
        return record_page.facts(record, actor(), office_reading(office_session()), today())

    @expose("/delete/", methods=("GET", "POST"))
    def delete_view(self) -> ResponseReturnValue:
        """Ask with everything that goes along counted, then delete [P28]."""
        if not self.can_be_deleted:
            raise NotFound(f"A {self.entity.singular} is not deleted here")
        record = self.find()
        if request.method == "GET" or "confirmed" not in request.form:
            keep_nothing()
            return bulk.ask_deletion_of_one(self, record)
        return bulk.delete_one(self, record)

    @expose("/archive/", methods=("POST",))
    def archive_view(self) -> ResponseReturnValue:
        """Put a record aside, or bring it back [R12, D6]."""
        return bulk.archive_one(self, self.find(), back_again="restore" in request.form)

    @expose("/restore/", methods=("POST",))
    def restore_view(self) -> ResponseReturnValue:
        """Put a record back to what it was before one change of its timeline."""
        return record_page.restore(self, self.find(), request.form.get("entry", ""))

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """An act on the ticked records or on all that match: asked with its numbers first, then done."""
        return bulk.act(self)

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """The filtered list as a file, streamed [42]."""
        return export_page.send(self, export_type)

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """Nothing: type-aheads ask /admin/lookup/."""
        raise NotFound("Type-aheads ask /admin/lookup/")

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> ResponseReturnValue:
        """Nothing: lists are not edited cell by cell (F6, F7, F9)."""
        raise NotFound("Lists are not edited cell by cell")
