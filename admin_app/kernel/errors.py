"""Refusals: the sentences with which the office says no.

A refusal carries its HTTP status in its class, so that every door (page, JSON, command) answers alike
and no rule knows about doors.  Surprises are not refusals: they stay exceptions and reach the log whole.
"""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A rule of the office said no; the message is a whole sentence for the person who asked."""

    status = 409

    def __init__(self, sentence: str, *, fix_url: str | None = None) -> None:
        """Say `sentence`; `fix_url` is the page on which the obstacle can be removed, where there is one."""
        super().__init__(sentence)
        self.sentence = sentence
        self.fix_url = fix_url


class Unmet(Refusal):
    """Something must be true first (a guard, a balance, a state)."""

    status = 409


class NotAllowed(Refusal):
    """The role of this person does not include the act."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or not for this person: both look the same from outside."""

    status = 404


class Busy(Refusal):
    """Too many tries, or the database is held by somebody else; try again after `retry_after` seconds."""

    status = 429

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        """Say `sentence`; the door answers with `Retry-After: retry_after` (seconds)."""
        super().__init__(sentence)
        self.retry_after = retry_after


class Conflict(Refusal):
    """Somebody else changed the same thing meanwhile, or the same key came back with other content."""

    status = 409


class Invalid(Refusal):
    """What was typed cannot be kept; `fields` says which field and why, one sentence each."""

    status = 422

    def __init__(self, sentence: str, fields: Mapping[str, str] | None = None) -> None:
        """Say `sentence`; `fields` maps the name of a field to the sentence shown beside it."""
        super().__init__(sentence)
        self.fields: dict[str, str] = dict(fields or {})
