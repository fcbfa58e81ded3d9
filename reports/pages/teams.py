"""Teams and estimators: who books, who wins and how sure that is, who has how much to do [124, 130]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.pages.blocks import present
from reports.pages.figure import Figure, drawn
from reports.pages.frame import desk, may_see, page, page_bar, show
from reports.pages.won import win_rates


@page.get("/teams")
@rule(Permission.REPORTS)
def teams() -> ResponseReturnValue:
    """Estimators by what they booked and how it went, crews by their hours."""
    bar = page_bar()

    def split(metric: str, kind: str, title: str, *by: str, note: str | None = None) -> Figure | None:
        if not may_see(metric):
            return None
        return drawn(desk().ask(bar.ask(metric, *by)), kind, title=title, note=note)

    few = "Under 20 rows no percentage is told."
    return show(
        "page.html",
        bar,
        page_title="Teams and estimators",
        tiles=[],
        blocks=present(
            (
                split("booked", "bars", "Booked by estimator", "estimator"),
                win_rates(bar) if may_see("win_rate") else None,
            ),
            (
                split("average_ticket", "bars", "Average ticket by estimator", "estimator"),
                split("margin", "bars", "Margin by estimator", "estimator"),
            ),
            (
                split("discount_share", "bars", "Discounts given by estimator", "estimator", note=few),
                split(
                    "estimate_against_actual",
                    "bars",
                    "Hours against estimate, by estimator",
                    "estimator",
                    note=few,
                ),
            ),
            split("hours_worked", "bars", "Hours worked by person", "crew"),
            split("workload", "heatmap", "Workload by person and month", "crew", "month"),
        ),
    )
