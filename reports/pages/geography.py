"""Geography: what is billed and won in each city; a rate only with the number that it stands on [124]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.pages.blocks import present
from reports.pages.figure import Figure, drawn
from reports.pages.frame import desk, may_see, page, page_bar, show


@page.get("/geography")
@rule(Permission.REPORTS)
def geography() -> ResponseReturnValue:
    """Sorted bars by city: a map would show where people live."""
    bar = page_bar()

    def by_city(metric: str, kind: str, title: str, note: str | None = None) -> Figure | None:
        if not may_see(metric):
            return None
        return drawn(desk().ask(bar.ask(metric, "city")), kind, title=title, note=note)

    few = "Under 20 no percentage is told."
    return show(
        "page.html",
        bar,
        page_title="Geography",
        tiles=[],
        blocks=present(
            by_city("invoiced", "bars", "Invoiced by city"),
            (
                by_city("new_customers", "bars", "New customers by city"),
                by_city("leads", "bars", "Leads by city"),
            ),
            (
                by_city("average_invoice", "bars", "Average invoice by city"),
                by_city("overdue", "bars", "Overdue by city"),
            ),
            by_city("win_rate", "dots", "Win rate by city", few),
        ),
    )
