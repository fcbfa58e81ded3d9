"""The generated pages of an entity: list, forms, details, deletion, export, all read from its declarations.

Flask-Admin gives the frame (names, addresses, menu); its own way to the database, which commits by itself and swallows
refusals, is closed: every page below calls the services, and the request's transaction is the office's
(design section 2, "Transactions"; dependencies.md F1-F17).  An entity that wants nothing of its own needs one line::

    EntityView(Tag, "tags")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, cast

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin.base import expose
from flask_admin.contrib.sqla.view import ModelView
from werkzeug.datastructures import MultiDict
from wtforms import Form

from admin_app.admin import bulk, export_page, list_page, record_page
from admin_app.admin.cells import record_url
from admin_app.admin.forms import (
    SAID_ON_THE_FORM,
    RecordForm,
    first_values,
    form_fields,
    open_form,
    record_values,
)
from admin_app.admin.words import WORDS
from admin_app.kernel.errors import NotFound, Refusal
from admin_app.kernel.parsing import parse_id
from admin_app.models import CustomerGroup, Entity, Tag
from admin_app.models.field import BoundField, Kind, fields_of
from admin_app.policy import Permission, holds, rights_of
from admin_app.records.export import exportable
from admin_app.records.linked import searchable
from admin_app.records.listing import Listing, ListRequest, read_request
from admin_app.records.values import Reading, office_reading
from admin_app.services import save_record
from admin_app.services.keep_preference import recall, remember
from admin_app.services.merge_edits import Base
from admin_app.services.save_record import EditConflict
from admin_app.services.tag_customer import tag_named
from admin_app.web.company import actor, office_session, today
from admin_app.web.database import db
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

READ, WRITE, DELETE = "read", "write", "delete"


class EntityView(ModelView):
    """The pages of one entity under /admin/<address>/."""

    access: ClassVar[Mapping[str, Permission | str]] = {
        "index_view": READ,
        "columns_view": READ,
        "create_view": WRITE,
        "edit_view": WRITE,
        "details_view": READ,
        "delete_view": DELETE,
        "archive_view": WRITE,
        "restore_view": Permission.AUDIT,
        "action_view": Permission.BULK,
        "export": Permission.EXPORT,
        "ajax_lookup": READ,
        "ajax_update": WRITE,
    }
    """Which right of the entity each page asks for; read by web/access.py."""

    usual_order: ClassVar[str | None] = None
    """How the list is sorted when nobody chose; None: what `records.sorting` finds."""
    can_be_created: ClassVar[bool] = True
    can_be_edited: ClassVar[bool] = True
    can_be_deleted: ClassVar[bool] = True
    not_asked: ClassVar[frozenset[str]] = frozenset()
    """Form fields that a service owns and that no form of these pages may set."""
    shown_at: ClassVar[tuple[str, str] | None] = None
    """Endpoint and argument of a page of its own, where a record has one; None: the details."""
    form_template: ClassVar[str] = "admin/model/{}.html"
    """Where the pages "create" and "edit" are drawn."""
    details_template_of_ours: ClassVar[str] = "admin/model/details.html"
    empty_words: ClassVar[str] = ""
    """What this list will hold, for the page before the first record."""

    def __init__(self, model: type[Entity], address: str, name: str | None = None) -> None:
        """Serve `model` under /admin/<address>/; the address is the endpoint too."""
        super().__init__(
            model, db, name=name or model.plural.capitalize(), endpoint=address, url=f"/admin/{address}"
        )
        self.listing = Listing(model)

    # ------------------------------------------------------------------ what Flask-Admin would do by itself

    def _refresh_cache(self) -> None:
        """Scaffold nothing: no converter of Flask-Admin looks at our columns (F7, F13)."""
        self._form_ajax_refs: dict[str, Any] = {}

    def init_actions(self) -> None:
        """Offer no action of Flask-Admin's; its mass deletion commits by itself."""
        self._actions: list[Any] = []
        self._actions_data: dict[str, Any] = {}

    def scaffold_auto_joins(self) -> list[Any]:
        """Join nothing: the list engine writes its own statements."""
        return []

    def scaffold_form(self) -> type[Form]:
        """Have no form of Flask-Admin's."""
        return Form

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a page once; Flask-Admin would call it a second time after a TypeError."""
        return fn(self, *args, **kwargs)

    def create_model(self, form: Any) -> Any:
        """Refuse the way that commits by itself."""
        raise RuntimeError("Records are saved by services.save_record")

    def update_model(self, form: Any, model: Any) -> bool:
        """Refuse the way that commits by itself."""
        raise RuntimeError("Records are saved by services.save_record")

    def delete_model(self, model: Any) -> bool:
        """Refuse the way that commits by itself."""
        raise RuntimeError("Records are deleted by services.delete_record")

    def handle_view_exception(self, exc: Exception) -> bool:
        """Let every refusal and every surprise reach the handlers of web/refusals.py (F11)."""
        raise exc

    # ------------------------------------------------------------------ rights and wording

    @property
    def entity(self) -> type[Entity]:
        """The entity of these pages."""
        return cast(type[Entity], self.model)

    def may(self, right: str) -> bool:
        """Whether the reader holds a right of this entity: "read", "write" or "delete"."""
        return holds(actor(), getattr(rights_of(self.entity), right))

    @property
    def may_create(self) -> bool:
        """Whether the reader is offered a new record."""
        return self.can_be_created and self.may(WRITE)

    @property
    def may_edit(self) -> bool:
        """Whether the reader is offered the form of a record."""
        return self.can_be_edited and self.may(WRITE)

    @property
    def may_delete(self) -> bool:
        """Whether the reader is offered the bin."""
        return self.can_be_deleted and self.may(DELETE)

    @property
    def offers_mass_deletion(self) -> bool:
        """Whether several records at once may be deleted."""
        return self.may_delete

    @property
    def is_archivable(self) -> bool:
        """Whether records of this entity can be put aside instead of deleted."""
        return hasattr(self.entity, "archived_at")

    @property
    def tags_key(self) -> str | None:
        """The set of tags on the entity, where it has one."""
        tagged = (b.key for b in fields_of(self.entity) if b.kind is Kind.LINKS and b.target is Tag)
        return next(tagged, None)

    @property
    def is_customers(self) -> bool:
        """Whether these are the customers, whose deletion is final and mostly refused [A19, M33]."""
        return self.entity is CustomerGroup

    def create_blueprint(self, admin: Any) -> Any:
        """Tell where the records of this entity are shown, so that links to them lead there."""
        pages = admin.app.extensions.setdefault("sawhorse_record_pages", {})
        admin.app.jinja_env.globals.update(WORDS)
        pages[self.entity] = self.shown_at or (f"{self.endpoint}.details_view", "id")
        return super().create_blueprint(admin)

    def ask(self, **question: Any) -> str:
        """The page that asks before something goes."""
        return self.render("admin/model/confirm.html", back_url=self.back(), **question)

    def home(self) -> str:
        """The address of the list."""
        return self.get_url(".index_view")

    def back(self) -> str:
        """Where the reader came from, if it is a page of this site; else the list (F17)."""
        return own_path(request.values.get("url"), self.home())

    # ------------------------------------------------------------------ the list

    def list_request(self, params: Mapping[str, Sequence[str]], reading: Reading) -> ListRequest:
        """What the address asks for, in the columns that the reader chose."""
        session, who = office_session(), actor()
        chosen = recall(session, who, self._columns_key).split()
        return read_request(self.entity, who, params, reading, columns=chosen, usual=self.usual_order)

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
            rows=list_page.dressed_rows(page, dresser),
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

    # ------------------------------------------------------------------ forms

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

    # ------------------------------------------------------------------ one record

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """Everything of a record that the reader may see, and what happened to it."""
        record = self.find()
        reading = office_reading(office_session())
        return self.render(
            self.details_template_of_ours,
            record=record,
            facts=record_page.facts(record, actor(), reading, today()),
            timeline=record_page.timeline(office_session(), actor(), record, reading, request.args)
            if holds(actor(), Permission.AUDIT)
            else None,
            back_url=self.back(),
            may_restore=holds(actor(), Permission.AUDIT) and self.may_edit,
            **self.details_extras(record),
        )

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


def refused(refusal: Refusal, url: str) -> ResponseReturnValue:
    """Go back with the sentence of a refusal; nothing of the request is kept."""
    keep_nothing()
    flash(refusal.sentence, "error")
    return redirect(url)
