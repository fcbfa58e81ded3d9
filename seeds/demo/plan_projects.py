"""Which projects the demo company had in its last ten months: asked, offered, done and billed; plain values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from admin_app.models import PaymentWay
from seeds.demo.plan import PlannedGroup, PlannedLine

SEED = 20_260_302
PROJECTS = 90
DAYS = 300
"""How far back the first of them was asked for."""


class Outcome(enum.StrEnum):
    """How a project goes; how far it is today follows from the day on which it was asked for."""

    WON = "won"
    CALLED = "somebody has called back"
    PUT_OFF = "put off to next season"
    NO_GO = "declined as a lead"
    TOO_DEAR = "the estimate was declined"
    SILENT = "the estimate ran out"
    CHANGES = "the client wished for changes"


_WEIGHTS = {
    Outcome.WON: 64,
    Outcome.CALLED: 5,
    Outcome.PUT_OFF: 5,
    Outcome.NO_GO: 6,
    Outcome.TOO_DEAR: 9,
    Outcome.SILENT: 7,
    Outcome.CHANGES: 4,
}


@dataclass(frozen=True)
class PlannedProject:
    """One project: what is asked for, how it is offered, how it ends, and how it is paid.

    `deposit` and `discount` in percent; `days_to_work` from the answer to the work, `days_to_pay` from the invoice.
    """

    number: int
    group: int
    asked_on: date
    lines: tuple[PlannedLine, ...]
    extra: PlannedLine | None
    """An optional line; taken when `number` is even."""
    outcome: Outcome
    deposit: int | None
    discount: int | None
    in_parts: bool
    """The first service is billed before the others are done [A75]."""
    days_to_work: int
    days_to_pay: int | None
    way: PaymentWay

    @property
    def title(self) -> str:
        """What it is about."""
        return self.lines[0].words


def plan_projects(groups: list[PlannedGroup], today: date) -> list[PlannedProject]:
    """The projects as seen from `today`, in the order in which they were asked for."""
    dice = Random(SEED)  # noqa: S311  (a story, no secret)
    days = sorted(int(DAYS * dice.random()) for _ in range(PROJECTS))
    found = []
    for number, ago in enumerate(reversed(days), start=1):
        asked_on = today - timedelta(days=ago)
        known = [group for group in groups if group.since < asked_on and group.number != 5]
        found.append(_project(dice, number, dice.choice(known), asked_on))
    return found


def _project(dice: Random, number: int, group: PlannedGroup, asked_on: date) -> PlannedProject:
    jobs = dice.sample(group.brand.jobs, k=dice.choices((1, 2, 3), weights=(35, 40, 25))[0])
    lines = tuple(PlannedLine(job.words, dice.randint(1, job.most), job.cents) for job in jobs)
    others = [job for job in group.brand.jobs if job not in jobs]
    extra = dice.choice(others) if others and dice.random() < 0.3 else None
    return PlannedProject(
        number=number,
        group=group.number,
        asked_on=asked_on,
        lines=lines,
        extra=PlannedLine(extra.words, 1, extra.cents) if extra else None,
        outcome=dice.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))[0],
        deposit=dice.choice((20, 30)) if dice.random() < 0.25 else None,
        discount=dice.choice((5, 10)) if dice.random() < 0.2 else None,
        in_parts=len(lines) > 1 and dice.random() < 0.3,
        days_to_work=dice.randint(3, 20),
        days_to_pay=min(60, int(dice.expovariate(1 / 14))) if dice.random() < 0.85 else None,
        way=dice.choices(list(PaymentWay), weights=(30, 45, 8, 10, 6, 1))[0],
    )
