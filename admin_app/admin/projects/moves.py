"""The steps that a project's documents can take, for the menu of its row: status is changed from the list [A40].

Which steps lead away from a state is read from the tables of the flow alone, so that a page of projects costs nothing
more; whether a guard is in the way is said by the page that takes the step.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from admin_app.flow import FLOWS, Step
from admin_app.policy import holds
from admin_app.records.projects import ProjectCard, Stage, StepCard
from admin_app.web.company import actor

OWN_PAGES = {"schedule": "projects.schedule_work", "cancel": "projects.cancel_work"}
"""Steps of a workorder with a page of their own."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step: the words of its button and the page that asks what it asks."""

    label: str
    url: str


def moves_of(card: ProjectCard) -> list[Move]:
    """The steps of estimate, workorder and invoice that lead on from where they stand; the lead has its drop-down."""
    return [
        Move(row.label, url)
        for step in card.steps
        if step.exists and step.stage is not Stage.LEAD
        for row in FLOWS[step.stage.value].steps
        if row.offered and holds(actor(), row.permission) and step.state in row.sources
        for url in [_page_of(card, step, row)]
        if url
    ]


def _page_of(card: ProjectCard, step: StepCard, row: Step) -> str:
    """The page that takes a step of a document; "" where it is taken in the workspace only."""
    back, number = request.path, step.document_id
    if step.stage is Stage.ESTIMATE:
        return _url(
            "projects.estimate_step",
            project_id=card.project.id,
            estimate_id=number,
            step=row.name,
            back=back,
        )
    if row.name in OWN_PAGES:
        return _url(OWN_PAGES[row.name], project_id=card.project.id, work=number, back=back)
    column = _column_of(step, row)
    return (
        _url("pipeline.move", kind=step.stage.value, number=number, column=column, back=back)
        if column
        else ""
    )


def _column_of(step: StepCard, row: Step) -> str:
    """The column of the board into which the step leads; "" where it leads into none."""
    # The board draws the same drop-downs as the lists do, so it is asked for when it is needed.
    from admin_app.admin.pipeline.moves import STEPS

    for (kind, column), by_state in STEPS.items():
        if kind == step.stage.value and by_state.get(step.state) == row.name:
            return column
    return ""


def _url(endpoint: str, **values: object) -> str:
    if endpoint not in current_app.view_functions:
        return ""
    return url_for(endpoint, **values)  # type: ignore[arg-type]
