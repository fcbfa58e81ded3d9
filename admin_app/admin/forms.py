"""Forms made from the declarations: each kind of field has one input, and what was typed goes below as it stands.

A form checks no rule and converts nothing: `values()` hands text to the services, whose Invalid comes back field by
field through `show_refusal`.  A link is a type-ahead over its id; a secret is written and never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import url_for
from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Field,
    Form,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import TextInput

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Conflict, Invalid, Refusal, Unmet
from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import sees_field, visible
from admin_app.records.linked import names_by_id
from admin_app.records.record_name import name_of
from admin_app.records.values import OFFICE_WAYS, Reading, typed

MOST_OPTIONS = 200
"""A table with more rows is never listed in a select; it is asked while typing."""

_HINTS: dict[Kind, dict[str, Any]] = {
    Kind.EMAIL: {"inputmode": "email", "autocomplete": "off"},
    Kind.PHONE: {"inputmode": "tel", "autocomplete": "off"},
    Kind.INTEGER: {"inputmode": "numeric"},
    Kind.DECIMAL: {"inputmode": "decimal"},
    Kind.MONEY: {"inputmode": "decimal"},
    Kind.COORDINATE: {"inputmode": "decimal"},
    Kind.DATE: {"placeholder": "17 Mar 2026", "autocomplete": "off"},
    Kind.INSTANT: {"autocomplete": "off"},
    Kind.LONG_TEXT: {"rows": 4},
    Kind.STRUCTURE: {"rows": 4, "placeholder": "height: 12"},
}
"""What the browser is told, so that a phone shows the right keys."""

_EXPLAINED: dict[Kind, str] = {
    Kind.STRUCTURE: "One a line, with a colon: height: 12",
}


SAID_ON_THE_FORM = (Invalid, Unmet, Conflict)
"""The refusals after which a form comes back filled, so that nothing typed is lost."""


class DateTimeInput(TextInput):
    """The browser's own picker of a day and a time."""

    input_type = "datetime-local"


class RecordForm(Form):
    """A form of one record; the fields are made by :func:`form_class`."""

    bound_fields: tuple[BoundField, ...] = ()
    line_errors: dict[str, str]
    """What is wrong with the lines of the form, by "lines-<place>-<field>"."""

    def values(self) -> dict[str, Any]:
        """What was typed, by field key, for the services: text, True or False, an id, a list of words or ids."""
        found: dict[str, Any] = {}
        for bound in self.bound_fields:
            data = self[bound.key].data
            if bound.declared.secret:
                if data:
                    found[bound.key] = data  # blank keeps what is stored
            elif bound.kind is Kind.BOOLEAN:
                found[bound.key] = bool(data)
            elif bound.kind is Kind.LINKS:
                found[bound.key] = [part for part in data or [] if part.strip()]
            else:
                found[bound.key] = data or ""
        return found

    def show_refusal(self, refusal: Refusal) -> None:
        """Put each sentence at its field; what belongs to no field of this form stands at the top."""
        names = {bound.column_key: bound.key for bound in self.bound_fields}
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        for key, sentence in fields.items():
            name = names.get(key, key)
            if name in self:
                self[name].errors = [*self[name].errors, sentence]
            elif key.startswith("lines-"):
                self.line_errors[key] = sentence
            else:
                self.form_errors.append(sentence)
        if not fields:
            self.form_errors.append(refusal.sentence)


def form_fields(
    entity: type[Entity], actor: Actor, *, short: bool = False, only: Iterable[str] | None = None
) -> tuple[BoundField, ...]:
    """The fields that this actor is asked for; `short`: those of the short create form [P21]."""
    asked = [
        bound
        for bound in fields_on(entity, Surface.FORM)
        if bound.kind is not Kind.CHILDREN and (bound.declared.secret or sees_field(actor, bound))
    ]
    if only is not None:
        wanted = set(only)
        return tuple(bound for bound in asked if bound.key in wanted)
    if short and any(bound.declared.short for bound in asked):
        return tuple(bound for bound in asked if bound.declared.short or bound.required)
    return tuple(asked)


@lru_cache(maxsize=256)
def form_class(bound_fields: tuple[BoundField, ...]) -> type[RecordForm]:
    """The form of these fields; made once."""
    inputs: dict[str, Any] = {bound.key: _input(bound) for bound in bound_fields}
    return type("DeclaredForm", (RecordForm,), {**inputs, "bound_fields": bound_fields})


def _input(bound: BoundField) -> Field:
    label, told = bound.label, dict(_HINTS.get(bound.kind, {}))
    if bound.declared.unit and bound.declared.unit != "stars":
        label = f"{label} ({bound.declared.unit})"
    if bound.max_length and bound.kind in (Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.LONG_TEXT):
        told["maxlength"] = bound.max_length
    common: dict[str, Any] = {
        "label": label,
        "description": bound.declared.help or _EXPLAINED.get(bound.kind, ""),
        "render_kw": told,
    }
    if bound.declared.secret:
        common["description"] = " ".join(
            filter(None, (common["description"], "Leave blank to keep what is stored"))
        )
        return PasswordField(**{**common, "render_kw": {"autocomplete": "new-password"}})
    match bound.kind:
        case Kind.BOOLEAN:
            return BooleanField(**common)
        case Kind.CHOICE:
            return SelectField(validate_choice=False, choices=_choices(bound), **common)
        case Kind.LINK:
            return SelectField(validate_choice=False, choices=[], **common)
        case Kind.LINKS:
            return SelectMultipleField(validate_choice=False, choices=[], **common)
        case Kind.LONG_TEXT | Kind.STRUCTURE:
            return TextAreaField(**common)
        case Kind.INSTANT:
            return StringField(widget=DateTimeInput(), **common)
        case _:
            return StringField(**common)


def _choices(bound: BoundField) -> list[tuple[str, str]]:
    """The members of the enum in words; nothing may be chosen where nothing may be stored."""
    members = [(str(member.value), str(member.value).capitalize()) for member in bound.choices or ()]
    return members if not _may_be_empty(bound) else [("", ""), *members]


def _may_be_empty(bound: BoundField) -> bool:
    return bool(inspect(bound.entity).columns[bound.column_key].nullable)


def record_values(record: Entity, bound_fields: Sequence[BoundField], reading: Reading) -> dict[str, Any]:
    """What the form of a record shows first; secrets stay below."""
    currency = getattr(record, "currency", None)
    return {
        bound.key: _shown(record, bound, reading, currency)
        for bound in bound_fields
        if not bound.declared.secret
    }


def _shown(record: Entity, bound: BoundField, reading: Reading, currency: str | None) -> Any:
    if bound.kind is Kind.LINK:
        linked = getattr(record, bound.column_key)
        return "" if linked is None else str(linked)
    value = getattr(record, bound.key)
    if bound.kind is Kind.LINKS:
        return [_link_value(linked) for linked in value]
    return value if bound.kind is Kind.BOOLEAN else typed(bound, value, reading, currency)


def _link_value(linked: Entity) -> str:
    """What stands for a record of a set in a form: a tag's own word (there is one called 2024), else the id."""
    return str(linked) if hasattr(linked, "folded") else str(linked.id)


def first_values(bound_fields: Sequence[BoundField], reading: Reading) -> dict[str, Any]:
    """What the form of a new record shows first: the defaults of its columns; the office's own ways [M7]."""
    shown: dict[str, Any] = {}
    for bound in bound_fields:
        if bound.kind in (Kind.LINK, Kind.LINKS) or bound.declared.secret:
            continue
        default = inspect(bound.entity).columns[bound.key].default
        if bound.key in OFFICE_WAYS:
            shown[bound.key] = getattr(reading, bound.key)
        elif default is not None and default.is_scalar:
            value = default.arg
            shown[bound.key] = value if bound.kind is Kind.BOOLEAN else typed(bound, value, reading)
    return shown


def open_form(
    session: Session,
    actor: Actor,
    bound_fields: tuple[BoundField, ...],
    *,
    posted: MultiDict[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
    prefix: str = "",
    creating: bool = False,
) -> RecordForm:
    """The form with what was posted or else with `data`, its links named and offered.

    `creating`: required fields are marked.  Costs one statement a link with something to show or offer.
    """
    form = form_class(bound_fields)(posted, data=dict(data or {}), prefix=prefix)
    form.form_errors, form.line_errors = [], {}
    for bound in bound_fields:
        asked = form[bound.key]
        if bound.required or (bound.kind is not Kind.BOOLEAN and bound.key == "name"):
            asked.flags.required = True
        if bound.kind is Kind.LINK:
            _offer_link(session, actor, bound, asked)
        elif bound.kind is Kind.LINKS:
            _offer_links(asked, bound)
    return form


def _offer_link(session: Session, actor: Actor, bound: BoundField, asked: Any) -> None:
    """A short table is a plain select; of a long one only the chosen record is known, the rest is asked."""
    target = bound.target
    assert target is not None
    blank = [("", "")]
    if is_short(target):
        rows = short_list(session, actor, target)
        if rows is not None:
            asked.choices = [*blank, *((str(record_id), name) for record_id, name in rows)]
            return
    chosen = str(asked.data or "")
    names = names_by_id(session, actor, target, [int(chosen)]) if _is_id(chosen) else {}
    asked.choices = [*blank, *((str(record_id), name) for record_id, name in names.items())]
    asked.render_kw = {**(asked.render_kw or {}), "data-typeahead-url": lookup_url(bound)}


def _offer_links(asked: Any, bound: BoundField) -> None:
    words = [str(word) for word in asked.data or []]
    asked.choices = [(word, word) for word in words]
    told = {"data-typeahead-url": lookup_url(bound)}
    if hasattr(bound.target, "folded"):
        told["data-typeahead-create"] = ""
    asked.render_kw = {**(asked.render_kw or {}), **told}


def is_short(target: type[Entity]) -> bool:
    """Whether a table may be short enough for a select: brands, staff, rates; never people or their papers."""
    return target.group_path is None and not hasattr(target, "memberships")


def short_list(session: Session, actor: Actor, target: type[Entity]) -> list[tuple[int, str]] | None:
    """All records of a short table by name, or None where it turned out to be long."""
    listed: Select[Any] = select(target.id).add_columns(name_of(target))
    query = listed.order_by(name_of(target), target.id).limit(MOST_OPTIONS + 1)
    columns = inspect(target).column_attrs
    if "archived_at" in columns:
        query = query.where(columns["archived_at"].class_attribute.is_(None))
    rows = [(row[0], row[1]) for row in session.execute(visible(actor, query))]
    return rows if len(rows) <= MOST_OPTIONS else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def lookup_url(bound: BoundField) -> str:
    """Where the type-ahead of a link asks: the look-up of the linked entity."""
    assert bound.target is not None
    return url_for("lookup.find", kind=bound.target.__tablename__)
