"""A short form asked of the declarations: the questions of one record, what was typed, and what is wrong with it.

The pop-ups of the profile and the new-customer page use it; nobody lists the fields of an entity by hand.  What was
typed stays on the sheet, so that a refused form comes back filled.  One call::

    sheet = Sheet(Address, reading, actor, record=address)
    save(session, address, sheet.read(request.form), actor)     # Invalid: sheet.refuse(refusal), and show it again
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import sees_field
from admin_app.records.values import Reading, typed

Options = Sequence[tuple[str, str]]

_INPUTS = {
    Kind.EMAIL: "email",
    Kind.PHONE: "tel",
    Kind.BOOLEAN: "checkbox",
    Kind.INSTANT: "datetime-local",
    Kind.CHOICE: "select",
    Kind.LINK: "select",
    Kind.LONG_TEXT: "textarea",
    Kind.STRUCTURE: "textarea",
}
"""How each kind of field is asked; everything else is one line of text, typed as people write it."""


@dataclass(slots=True)
class Question:
    """One field as the form asks it; `value` is text as typed ("on" for a tick), `error` a sentence."""

    bound: BoundField
    name: str
    input: str
    value: str = ""
    error: str | None = None
    options: Options = ()

    @property
    def label(self) -> str:
        """The words of the declaration."""
        return self.bound.label

    @property
    def help(self) -> str:
        """The help of the declaration."""
        return self.bound.declared.help

    @property
    def required(self) -> bool:
        """Whether an empty answer is refused."""
        return self.bound.required

    @property
    def max_length(self) -> int | None:
        """Characters that fit."""
        return self.bound.max_length


class Sheet:
    """The questions of one record."""

    def __init__(
        self,
        entity: type[Any],
        reading: Reading,
        actor: Actor,
        *,
        record: Any = None,
        only: Collection[str] = (),
        leave_out: Collection[str] = (),
        options: Mapping[str, Options] | None = None,
        prefix: str = "",
        short: bool = False,
    ) -> None:
        """Ask the FORM fields of `entity` that this actor may see, `record`'s values filled in.

        Links are asked only where `options` (id as text, words) are given; `prefix` makes the names of several
        sheets on one page differ; `short` asks only what the short create form asks [P21].
        """
        self.entity, self.reading, self.record, self.prefix = entity, reading, record, prefix
        self.error: str | None = None
        offered = options or {}
        self.questions = [
            self._ask(bound, offered.get(bound.key))
            for bound in fields_on(entity, Surface.FORM)
            if (not only or bound.key in only)
            and (not short or bound.declared.short)
            and bound.key not in leave_out
            and bound.kind not in (Kind.LINKS, Kind.CHILDREN)
            and (bound.kind is not Kind.LINK or bound.key in offered)
            # A secret is written without being read.
            and (bound.declared.secret or sees_field(actor, bound))
        ]

    def _ask(self, bound: BoundField, options: Options | None) -> Question:
        question = Question(bound, self.prefix + bound.key, _INPUTS.get(bound.kind, "text"))
        if bound.choices is not None:
            question.options = [
                (str(member.value), str(member.value).capitalize()) for member in bound.choices
            ]
        elif options is not None:
            question.options = options
        question.value = self._known(bound)
        return question

    def _known(self, bound: BoundField) -> str:
        """The record's value as the form shows it; of a new record the declared default."""
        if bound.declared.secret:
            return ""
        if self.record is None:
            default = bound.entity.__table__.c[bound.column_key].default
            value = default.arg if default is not None and default.is_scalar else None
        else:
            value = getattr(self.record, bound.column_key)
        if bound.kind is Kind.BOOLEAN:
            return "on" if value else ""
        if bound.kind is Kind.LINK:
            return str(value or "")
        return typed(bound, value, self.reading)

    def __getitem__(self, key: str) -> Question:
        """The question of one field; raises KeyError for a field that is not asked."""
        for question in self.questions:
            if question.bound.key == key:
                return question
        raise KeyError(key)

    def __contains__(self, key: str) -> bool:
        """Whether the field is asked."""
        return any(question.bound.key == key for question in self.questions)

    @property
    def wrong(self) -> list[Question]:
        """The questions with an error, in order."""
        return [question for question in self.questions if question.error]

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: ticks and choices alone say nothing."""
        return not any(q.value.strip() for q in self.questions if q.input not in ("checkbox", "select"))

    def also(self, other: Sheet) -> Sheet:
        """Ask the questions of `other` on the same sheet, after these."""
        self.questions += other.questions
        return self

    def part(self, entity: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """Of what was read, the values of one entity's fields."""
        keys = {question.bound.key for question in self.questions if question.bound.entity is entity}
        return {key: value for key, value in values.items() if key in keys}

    def read(self, form: Mapping[str, str]) -> dict[str, Any]:
        """What was typed, by the name of the field, as the services read it; the sheet keeps it to show it again.

        Raises Invalid for a link to something that was not offered: ids in a form are checked like ids in an address.
        """
        values: dict[str, Any] = {}
        for question in self.questions:
            question.value, question.error = form.get(question.name, ""), None
            if question.input == "checkbox":
                values[question.bound.key] = bool(question.value)
            else:
                values[question.bound.key] = question.value
        stray = {
            question.bound.key: f"This {question.label.lower()} is not offered here; choose another"
            for question in self.questions
            if question.bound.kind is Kind.LINK
            and question.value
            and question.value not in {value for value, _ in question.options}
        }
        if stray:
            raise Invalid(next(iter(stray.values())), stray)
        # Of a field that two people changed, the person may have chosen what the other one wrote.
        return {key: value for key, value in values.items() if form.get(f"choose-{key}") != "theirs"}

    def refuse(self, refusal: Invalid) -> None:
        """Put what a service found wrong at its fields; what names no field of this sheet stands at the top."""
        self.error = refusal.sentence
        for key, sentence in refusal.fields.items():
            bare = key.removeprefix(self.prefix)
            for question in self.questions:
                if bare in (question.bound.key, question.bound.column_key):
                    question.error = sentence
