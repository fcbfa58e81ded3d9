"""What interprets the tables: which steps a document offers, why one is closed, and the move itself [M38, L15].

A guard is a named predicate with the sentence that it says when it does not hold and the word for the page on which
the obstacle can be removed.  It looks at the document and at *facts*: a frozen dataclass a document, gathered by
`services/take.py`, of what the document alone cannot know (money received, forms filled, today).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from admin_app.kernel.errors import NotFound, Unmet
from admin_app.policy import Permission


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened to a document; `services/reactions.py` says what follows."""

    name: str


@dataclass(frozen=True, slots=True)
class Guard:
    """What must be true before a step: `holds(document, facts)`, the sentence otherwise, and where it is mended."""

    name: str
    holds: Callable[[Any, Any], bool]
    sentence: str | Callable[[Any, Any], str]
    fix: str = ""
    """The word for the page that removes the obstacle ("lines", "forms"); the doors know its address."""
    fix_label: str = ""

    def why(self, document: Any, facts: Any) -> str:
        """The sentence about this document."""
        return self.sentence if isinstance(self.sentence, str) else self.sentence(document, facts)


@dataclass(frozen=True, slots=True)
class Step:
    """One move: from any of `sources` to `target`, for those with the permission, when every guard holds."""

    name: str
    sources: tuple[enum.StrEnum, ...]
    target: enum.StrEnum
    permission: Permission
    guards: tuple[Guard, ...] = ()
    events: tuple[Event, ...] = ()
    label: str = ""
    """The button: a verb with its object ("Send estimate")."""
    offered: bool = True
    """False for what only the program does: expiry, the return of a superseded revision."""
    asks: tuple[str, ...] = ()
    """What the person must say with it: "reason", "until", "status", "how"."""
    danger: bool = False
    by: str = ""
    """The use case that alone takes it, because more than the state moves with it: a function of `services/`.

    "" where the table says all there is; `Flow.taken_by` reads it.
    """


@dataclass(frozen=True, slots=True)
class Offer:
    """A step as a door shows it: open, or closed with its reason and the way to mend it."""

    step: Step
    reason: str = ""
    fix: str = ""
    fix_label: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it can be taken now."""
        return not self.reason


class StepClosed(Unmet):
    """A guard said no: its name and the word for what mends it go with the sentence."""

    def __init__(self, guard: Guard, sentence: str) -> None:
        """Say the guard's sentence."""
        super().__init__(sentence)
        self.guard = guard.name
        self.fix = guard.fix
        self.fix_label = guard.fix_label


@dataclass(frozen=True, slots=True)
class Flow:
    """The table of one kind of document."""

    name: str
    """The word in addresses: "estimate"."""
    states: type[enum.StrEnum]
    steps: tuple[Step, ...]
    word: str = ""
    """How sentences call the document, where that is another word: "workorder"."""
    by: str = ""
    """The use case that alone takes every step of this document, where one does."""
    _by_name: dict[str, tuple[Step, ...]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the rows by their step."""
        for step in self.steps:
            self._by_name[step.name] = (*self._by_name.get(step.name, ()), step)

    @property
    def step_names(self) -> tuple[str, ...]:
        """The names of all steps, each once, in the order of the table."""
        return tuple(self._by_name)

    def rows(self, name: str) -> tuple[Step, ...]:
        """The rows of one step; raises NotFound for a word that is no step."""
        if name not in self._by_name:
            raise NotFound(f"“{name[:40]}” is no step of {self.article} {self.called}")
        return self._by_name[name]

    def taken_by(self, name: str) -> str:
        """The use case that alone takes a step, "" where taking it is all; raises NotFound for no step."""
        return self.rows(name)[0].by or self.by

    @property
    def called(self) -> str:
        """The word for the document in a sentence."""
        return self.word or self.name

    @property
    def article(self) -> str:
        """ "an" before a vowel, else "a"."""
        return "an" if self.called[0] in "aeiou" else "a"

    def from_state(self, state: enum.StrEnum) -> Iterator[Step]:
        """The rows that begin in a state, guards aside."""
        return (step for step in self.steps if state in step.sources)

    def offers(self, document: Any, facts: Any) -> list[Offer]:
        """The steps that a person can be shown from where the document stands, closed ones with their reason."""
        return [
            self._judge(step, document, facts) for step in self.from_state(document.state) if step.offered
        ]

    def offer(self, name: str, document: Any, facts: Any) -> Offer:
        """One step by name, with the reason where it is closed, also by the state alone."""
        rows = self.rows(name)
        fitting = [row for row in rows if document.state in row.sources]
        if not fitting:
            return Offer(rows[0], self._wrong_state(rows, document))
        judged = [self._judge(row, document, facts) for row in fitting]
        return next((offer for offer in judged if offer.is_open), judged[0])

    def demand(self, name: str, document: Any, facts: Any) -> Step:
        """The row to be taken; raises NotFound for a word that is no step, Unmet where it is closed."""
        rows = self.rows(name)
        fitting = [row for row in rows if document.state in row.sources]
        if not fitting:
            raise Unmet(self._wrong_state(rows, document))
        refusal: StepClosed | None = None
        for row in fitting:
            refusal = refusal_of(row, document, facts)
            if refusal is None:
                return row
        assert refusal is not None
        raise refusal

    def move(self, document: Any, step: Step) -> None:
        """Put the document into the state to which a demanded step leads: the only assignment of a state."""
        document.state = step.target

    def _judge(self, step: Step, document: Any, facts: Any) -> Offer:
        refusal = refusal_of(step, document, facts)
        if refusal is None:
            return Offer(step)
        return Offer(step, refusal.sentence, refusal.fix, refusal.fix_label)

    def _wrong_state(self, rows: tuple[Step, ...], document: Any) -> str:
        sources = list(dict.fromkeys(source.value for row in rows for source in row.sources))
        wanted = sources[0] if len(sources) == 1 else f"{', '.join(sources[:-1])} or {sources[-1]}"
        return f"This {self.called} is {document.state.value}; to {_verb(rows[0])} it must be {wanted}"


def refusal_of(step: Step, document: Any, facts: Any) -> StepClosed | None:
    """The first guard of a step that does not hold, as the refusal it makes; None where the way is open."""
    for guard in step.guards:
        if not guard.holds(document, facts):
            return StepClosed(guard, guard.why(document, facts))
    return None


def _verb(step: Step) -> str:
    """ "send" of the step "send", "request changes" of "request_changes"."""
    return step.name.replace("_", " ")
