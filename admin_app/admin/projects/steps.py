"""The steps of a document as its page shows them: open ones as buttons, closed ones with reason and fix [L15, 68]."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import current_app, url_for

from admin_app.admin.projects.desk import step_url
from admin_app.flow import Offer, Step
from admin_app.models import Project

FIXES: dict[str, str] = {
    "statuses": "lead-statuses.index_view",
}
"""Word of a guard → the endpoint of a page without a project in its address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A step on offer: its button leads to `url`; closed ones carry the sentence and the page that mends it."""

    name: str
    label: str
    url: str
    asks: bool
    """Whether it opens a page that asks for something; else it is posted at once."""
    danger: bool = False
    reason: str = ""
    fix_url: str | None = None
    fix_label: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it can be taken now."""
        return not self.reason


def step_choices(offers: Iterable[Offer], project: Project, url_of: Callable[[Step], str]) -> list[Choice]:
    """The offers of a document as buttons; what a step asks for on its own page is no obstacle before that page."""
    return [
        Choice(
            offer.step.name,
            offer.step.label,
            url_of(offer.step),
            asks=bool(offer.step.asks),
            danger=offer.step.danger,
            reason="" if offer.fix in offer.step.asks else offer.reason,
            fix_url=fix_url(offer.fix, project),
            fix_label=offer.fix_label,
        )
        for offer in offers
    ]


def fix_url(word: str, project: Project) -> str | None:
    """Where an obstacle is removed: a tab or act of the project called by the guard's word, or a page of its own."""
    if word in FIXES and FIXES[word] in current_app.view_functions:
        return url_for(FIXES[word])
    return step_url(word, project.id) or (
        step_url("estimate", project.id) if word == "new_estimate" else None
    )
