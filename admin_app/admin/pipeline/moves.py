"""Which step of the flow leads a card into which column; everything else says why it does not [68, L15].

The columns are states, so a move is a step: by name for the states from which it leads there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from admin_app.flow import FLOWS
from admin_app.records.pipeline import (
    BILL,
    CUSTOM,
    DONE,
    ESTIMATE,
    INVOICED,
    LEAD,
    NEW_REQUESTS,
    POSTPONED,
    TO_INVOICE,
    WORK,
    Card,
    Column,
)

STATUS = "status"
"""Stands for every column of the company's own statuses."""

STEPS: dict[tuple[str, str], dict[str, str]] = {
    (LEAD, NEW_REQUESTS): {"custom": "renew", "postponed": "resume"},
    (LEAD, STATUS): dict.fromkeys(("draft", "for approval", "new", "custom", "postponed"), "work"),
    (LEAD, POSTPONED): dict.fromkeys(("draft", "for approval", "new", "custom"), "postpone"),
    (ESTIMATE, "estimate-draft"): {"sent": "revise", "changes requested": "revise"},
    (ESTIMATE, "estimate-sent"): {"draft": "send"},
    (ESTIMATE, "estimate-changes"): {"sent": "request_changes"},
    (ESTIMATE, "work-new"): {"sent": "confirm"},
    (WORK, "work-new"): {"scheduled": "unschedule"},
    (WORK, "work-scheduled"): {"new": "schedule"},
    (WORK, "work-in-progress"): {
        "new": "start",
        "scheduled": "start",
        "finished": "reopen",
        "completed": "reopen",
    },
    (WORK, "work-finished"): {"in progress": "finish"},
    (WORK, TO_INVOICE): {"in progress": "complete", "finished": "complete"},
    (BILL, INVOICED): {"draft": "issue"},
}
"""(kind of card, column) → the step that leads there, by the state in which the card is."""

_OWN_PAGE = {"schedule": "projects.schedule_work"}
"""Steps of workorders that ask more than a dialogue of the board."""


@dataclass(frozen=True, slots=True)
class Way:
    """A column into which a card can go: the words of the button and the page that asks what the step asks."""

    column: str
    title: str
    label: str
    url: str


def place_of(column: str) -> str:
    """The column as the table names it."""
    return STATUS if column.startswith(CUSTOM) else column


def step_into(kind: str, state: str, column: str) -> str:
    """The step that leads from a state into a column; "" where none does."""
    return STEPS.get((kind, place_of(column)), {}).get(state, "")


def ways_of(card: Card, columns: Sequence[Column], here: str, board: str) -> list[Way]:
    """The columns that a card standing in `here` can go to; `board` is the address to come back to."""
    found = []
    for column in columns:
        if column.key == here or not column.is_offered:
            continue
        url, label = way_into(card.kind, card.id, card.state, column, card.project_id, card.group_id, board)
        if url:
            found.append(Way(column.key, column.title, label, url))
    return found


def way_into(
    kind: str, number: int, state: str, column: Column, project_id: int, group_id: int, board: str
) -> tuple[str, str]:
    """The page that moves a document into a column, and what its button says; ("", "") where nothing does."""
    if kind == LEAD and column.key == "estimate-draft":
        return url_for("projects.new_estimate", project_id=project_id, back=board), "Write estimate"
    if (kind, column.key, state) == (BILL, DONE, "issued"):
        return url_for("customers.new_payment", group_id=group_id, invoice=number), "Record payment"
    step = step_into(kind, state, column.key)
    if not step:
        return "", ""
    label = column.title if step == "work" else FLOWS[kind].rows(step)[0].label
    if kind == ESTIMATE:
        url = url_for(
            "projects.estimate_step", project_id=project_id, estimate_id=number, step=step, back=board
        )
    elif step in _OWN_PAGE:
        url = url_for(_OWN_PAGE[step], project_id=project_id, back=board)
    else:
        url = url_for("pipeline.move", kind=kind, number=number, column=column.key, back=board)
    return url, label


_ORDER = (LEAD, ESTIMATE, WORK, BILL)
_FIRST = {
    ESTIMATE: "Write its estimate first",
    WORK: "Its workorder follows when the estimate is confirmed, and begins as new",
    BILL: "Its invoice follows when the workorder is completed",
}
"""What must happen before a card can be among the documents of a later kind."""


def why_not(kind: str, state: str, column: Column) -> str:
    """Why a card cannot go into a column, as a sentence without its full stop."""
    into = WORK if column.key == TO_INVOICE and kind in (LEAD, ESTIMATE) else column.kind
    if _ORDER.index(into) < _ORDER.index(kind):
        word = FLOWS[kind].called
        return f"{FLOWS[kind].article.capitalize()} {word} does not become {_article(into)} {into} again"
    if into != kind and not STEPS.get((kind, column.key)):
        return _FIRST[into]
    states = STEPS.get((kind, place_of(column.key)), {})
    if states:
        return f"It is {state}; into “{column.title}” it comes from {_list(list(states))}"
    if column.key == DONE:
        return "It comes here by itself when it is paid"
    return f"No step leads from {state} into “{column.title}”"


def _article(kind: str) -> str:
    return FLOWS[kind].article


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
