"""Work: hours, what they cost, what is left over of what was invoiced, and who has how much to do [61-67, 124]."""

from __future__ import annotations

from admin_app.policy import Permission
from reports.metrics.base import Basis, Metric, Ratio, Total, Unit
from reports.sources.base import Source
from reports.sources.work import (
    BILLED_WITH_COSTS,
    COMPLETED_PLANNED,
    COMPLETED_WORKED,
    COSTS,
    HOURS_PLANNED,
    HOURS_WORKED,
    MARGIN,
    WORKLOAD,
)

SUBJECT = "Work"


def _hours(name: str, label: str, source: Source, basis: Basis) -> Total:
    return Total(
        name,
        label,
        source.sentence,
        Unit.HOURS,
        basis,
        permission=Permission.WORK_READ,
        subject=SUBJECT,
        source=source,
    )


def _told_of_costs(name: str, label: str, source: Source, good: str) -> Total:
    """A sum that tells what work costs us."""
    return Total(
        name,
        label,
        source.sentence,
        Unit.MONEY,
        Basis.ARISEN,
        permission=Permission.COSTS_READ,
        good=good,
        subject=SUBJECT,
        source=source,
    )


_MARGIN = _told_of_costs("margin", "Margin", MARGIN, "up")

METRICS: tuple[Metric, ...] = (
    _hours("hours_worked", "Hours worked", HOURS_WORKED, Basis.WORKED),
    _hours("hours_planned", "Hours planned", HOURS_PLANNED, Basis.ACCEPTED),
    _hours("workload", "Workload", WORKLOAD, Basis.SCHEDULED),
    _told_of_costs("cost", "Cost of work", COSTS, "down"),
    _MARGIN,
    Ratio(
        "margin_share",
        "Margin share",
        "Margin divided by the net bills of the same projects, those whose costs are known.",
        Unit.SHARE,
        Basis.ARISEN,
        permission=Permission.COSTS_READ,
        good="up",
        subject=SUBJECT,
        over=_MARGIN,
        under=Total(
            "billed_with_costs",
            "Billed where costs are known",
            BILLED_WITH_COSTS.sentence,
            Unit.MONEY,
            Basis.ISSUED,
            source=BILLED_WITH_COSTS,
        ),
    ),
    Ratio(
        "estimate_against_actual",
        "Hours against estimate",
        "Hours worked on completed workorders divided by the hours that their estimates planned; 100 %: as planned.",
        Unit.SHARE,
        Basis.COMPLETED,
        permission=Permission.WORK_READ,
        good="down",
        subject=SUBJECT,
        over=_hours("completed_worked", "Hours worked", COMPLETED_WORKED, Basis.COMPLETED),
        under=_hours("completed_planned", "Hours planned", COMPLETED_PLANNED, Basis.COMPLETED),
    ),
)
