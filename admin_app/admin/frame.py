"""The frame of the generated pages: what Flask-Admin gives, with its own ways to the database closed.

Its create, update and delete commit by themselves and swallow refusals; here they are refused, nothing is scaffolded,
and a page that fails is not called twice (design section 2, "Transactions"; dependencies.md F1-F17).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

from flask import request
from flask_admin.contrib.sqla.view import ModelView
from wtforms import Form

from admin_app.admin.words import WORDS
from admin_app.models import CustomerGroup, Entity, Tag
from admin_app.models.field import Kind, fields_of
from admin_app.policy import Permission, holds, rights_of
from admin_app.records.listing import Listing
from admin_app.web.company import actor
from admin_app.web.database import db
from admin_app.web.paths import own_path

READ, WRITE, DELETE = "read", "write", "delete"


class Frame(ModelView):
    """What every generated page of one entity stands on."""

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
