"""The letter form: to whom and why, in which words, by which channel; one form for every door [L14, 98, 99]."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import Channel, CustomerGroup, Entity, OutboxMessage
from admin_app.policy import Permission
from admin_app.services.messages.about import KINDS, group_of, heading_of
from admin_app.services.messages.by_hand import (
    Addressees,
    Letter,
    addressees,
    templates_for,
    words_for,
)
from admin_app.services.messages.words import Draft
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

CALLED = {Channel.MAIL: "Mail", Channel.SMS: "Text message"}
"""What the channels are called."""

Send = Callable[[Any, Letter, str], Sequence[OutboxMessage]]
"""Queues what was written about a record, under a key drawn with the form."""


@dataclass(slots=True)
class LetterForm:
    """A letter on its way: what was typed, and what is wrong with it by input."""

    about: Entity
    channel: Channel
    people: Addressees
    words: Draft
    template: int | None = None
    to: frozenset[int] = frozenset()
    subject: str = ""
    body: str = ""
    key: str = ""
    error: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def letter(self) -> Letter:
        """What is to be sent; words that were left as proposed are written anew for each recipient."""
        as_proposed = (self.subject, self.body) == (self.words.subject, self.words.body)
        return Letter(
            self.channel,
            tuple(sorted(self.to)),
            None if as_proposed else self.subject,
            None if as_proposed else self.body,
            self.template,
        )


def answer(find: Callable[[], Entity], send: Send, paper: tuple[str, str] | None = None) -> ResponseReturnValue:
    """Show the form, or send it; `find` gives the record, `paper` its file's name and address where one goes along.

    What is refused is said on the form with everything typed kept.
    """
    form = _opened(find())
    if request.method != "POST":
        return _page(form, paper), 200
    _read(form)
    try:
        if not form.to:
            raise Invalid("Choose to whom it goes", {"contact": "Choose at least one"})
        sent = send(form.about, form.letter, form.key)
    except (Invalid, Unmet) as refusal:
        office_session().rollback()
        keep_nothing()
        again = _opened(find())
        _read(again)
        again.error = refusal.sentence
        again.wrong = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
        return _page(again, paper), refusal.status
    to = ", ".join(dict.fromkeys(message.recipient for message in sent))
    flash(f"{CALLED[form.channel]} on its way to {to}.", "success")
    return redirect(_back(form.about))


def _opened(about: Entity) -> LetterForm:
    """The form with the words that hold for its channel and template."""
    session, who = office_session(), actor()
    channel = next((one for one in Channel if one.value == request.values.get("channel")), Channel.MAIL)
    people = addressees(session, about, channel)
    first = next(iter(people.people), None)
    template = _number(request.values.get("template", ""))
    words = words_for(session, about, channel, who, clock(), first, template)
    proposed = people.proposed or frozenset({first.contact_id} if first and first.contact_id else ())
    return LetterForm(
        about,
        channel,
        people,
        words,
        template,
        frozenset(one for one in proposed if one is not None),
        words.subject,
        words.body,
        secrets.token_urlsafe(12),
    )


def _read(form: LetterForm) -> None:
    """Put what was posted into the form."""
    chosen = (_number(text) for text in request.form.getlist("contact"))
    form.to = frozenset(one for one in chosen if one is not None)
    form.subject = request.form.get("subject", "")
    form.body = request.form.get("body", "").replace("\r\n", "\n")
    if form.words.body.endswith("\n") and form.body == form.words.body.rstrip("\n"):
        form.body = form.words.body  # a browser drops the last line break of a text area's value
    form.key = request.form.get("key", "")[:40]


def _page(form: LetterForm, paper: tuple[str, str] | None) -> str:
    session, group = office_session(), group_of(form.about)
    if group is None:
        raise NotFound("It belongs to no customer, so there is nobody to write to")
    return render_template(
        "admin/papers/send.html",
        page_title=_title(form),
        form=form,
        group=group,
        paper=paper if form.channel is Channel.MAIL else None,
        templates=templates_for(session, form.about, form.channel, actor()),
        channels=[(one, CALLED[one], _here(channel=one.value)) for one in Channel],
        here=_here,
        back=_back(form.about),
        may_set=Permission.SETTINGS,
    )


def _title(form: LetterForm) -> str:
    """ "Write a mail" to a customer, "Text message about invoice H-00012" about anything else."""
    if isinstance(form.about, CustomerGroup):
        return "Write a mail" if form.channel is Channel.MAIL else "Send a text message"
    return f"{CALLED[form.channel]} about {_named(form.about)}"


def _named(about: Entity) -> str:
    heading = heading_of(about)
    return heading[:1].lower() + heading[1:] if heading.split(" ")[0] in _WORDS else heading


_WORDS = frozenset(word.split("-")[0].capitalize() for word in KINDS)
"""With what headings begin that are words and no names."""


def _here(**changed: Any) -> str:
    """The address of this form with other choices."""
    kept = {"back": request.values.get("back"), "channel": request.values.get("channel"), **changed}
    return f"{request.path}?{urlencode({key: value for key, value in kept.items() if value})}"


def _back(about: Entity) -> str:
    """The page of this site that the form was opened from, else the customer's."""
    group = group_of(about)
    home = url_for("customers.profile", group_id=group.id) if group else url_for("admin.index")
    return own_path(request.values.get("back"), home)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
