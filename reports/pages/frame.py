"""What every page of figures stands on: the blueprint, the desk of this request, and the frame that draws it [129].

A page is a view that asks and shows::

    @page.get("/receivables")
    @rule(Permission.REPORTS)
    def receivables() -> ResponseReturnValue:
        bar = page_bar()
        return show("receivables.html", bar, ageing=drawn(desk().ask(bar.ask("ageing", "bucket")), "bars"))
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template

from admin_app.kernel.errors import NotAllowed
from admin_app.web.company import actor, clock, office_session, zone
from reports.engine import Desk
from reports.metrics import METRICS
from reports.pages.bar import PageBar, page_bar
from reports.pages.figure import Figure, drawn

page = Blueprint("reports", __name__, url_prefix="/reports")


def desk() -> Desk:
    """The desk at which this request asks, for the person who is signed in; one a request."""
    if "desk" not in g:
        g.desk = Desk(office_session(), actor(), clock())
    found: Desk = g.desk
    return found


def may_see(*metrics: str) -> bool:
    """Whether the reader may see all these figures; what his role does not see is left off the page [138]."""
    for name in metrics:
        metric = METRICS.get(name)
        if metric is None:
            return False
        try:
            desk().demand(metric)
        except NotAllowed:
            return False
    return True


def show(template: str, bar: PageBar | None = None, **told: Any) -> str:
    """A page of figures: `templates/reports/<template>` with the page bar and what the view found out."""
    return render_template(f"reports/{template}", bar=bar, zone=zone(), **told)


__all__ = ["Figure", "PageBar", "desk", "drawn", "may_see", "page", "page_bar", "show"]
