"""A dialogue that asks what a step asks: shown, refused with what was typed, or done and left.

Unlike `customers.popup.Popup` it edits no record, so its questions are its own.  GET shows it, POST does it; without
script it is a page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from admin_app.flow.machine import StepClosed
from admin_app.kernel.errors import Refusal
from admin_app.models import CustomerGroup
from admin_app.web.company import office_session
from admin_app.web.office import keep_nothing

Act = Callable[[Mapping[str, str]], str | Response]
"""Does what was asked, given what was typed, and says so in a sentence, or answers where to go on."""


@dataclass(slots=True)
class Asked:
    """One question; `input` is text, date, textarea, checkbox, select, radio or ticks (several of `options`)."""

    name: str
    label: str
    input: str = "text"
    value: str = ""
    help: str = ""
    options: Sequence[tuple[str, str]] = ()
    required: bool = False
    longest: int = 400
    error: str = ""
    ticked: frozenset[str] = frozenset()
    """What is ticked, where several can be."""


@dataclass(slots=True)
class Dialog:
    """What one dialogue shows; `obstacle` says in place of the button why it cannot be done, `fix` how to mend it."""

    group: CustomerGroup
    title: str
    button: str
    back: str
    questions: list[Asked] = field(default_factory=list)
    note: str = ""
    danger: bool = False
    obstacle: str = ""
    fix: tuple[str, str] | None = None
    """Address and words of the way to mend the obstacle."""
    fixes: Callable[[str, str], tuple[str, str] | None] | None = None
    """Finds the address of what mends a refused step, by the word of its guard."""
    error: str = ""
    points: Sequence[str] = ()
    """What follows, a sentence each, beneath the note."""
    template: str = "admin/projects/dialog.html"
    more: Mapping[str, object] = field(default_factory=dict)
    """What a template of its own needs besides."""

    def answer(self, act: Act) -> ResponseReturnValue:
        """Show it, or on POST do it and go back; what is refused is said on it, with everything typed kept."""
        if request.method != "POST":
            return self.shown(), 200
        for question in self.questions:
            if question.input == "ticks":
                question.ticked = frozenset(request.form.getlist(question.name))
            else:
                question.value = request.form.get(question.name, "")
        try:
            said = act({question.name: question.value for question in self.questions})
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            return self._refused(refusal)
        if isinstance(said, Response):
            return said
        flash(said, "success")
        return redirect(self.back)

    def _refused(self, refusal: Refusal) -> ResponseReturnValue:
        # Nothing of the attempt may reach the page or the database: what was typed is in the questions.
        office_session().rollback()
        keep_nothing()
        self.error = refusal.sentence
        if isinstance(refusal, StepClosed) and self.fixes is not None:
            self.fix = self.fixes(refusal.fix, refusal.fix_label)
        for question in self.questions:
            question.error = getattr(refusal, "fields", {}).get(question.name, "")
        return self.shown(), refusal.status

    def shown(self) -> str:
        """The page, which js/profile.js also shows over another one."""
        return render_template(
            self.template,
            page_title=self.title,
            dialog=self,
            group=self.group,
            key=request.form.get("key") or secrets.token_urlsafe(24),
            **self.more,
        )
