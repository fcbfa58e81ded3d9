"""The dashboard: one's own tiles in one's own order, and those that others share [125]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.models import SavedReport
from admin_app.policy import Permission
from admin_app.services.keep_report import readable_reports
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from reports.pages.frame import page, show
from reports.pages.told_reports import HEIGHT, WIDTH, told

MOST_TILES = 40
"""So many figures a page works out at most; more of them nobody reads."""


@page.get("/dashboards")
@rule(Permission.REPORTS)
def dashboards() -> ResponseReturnValue:
    """Every tile with its figure of now."""
    pinned = readable_reports(actor()).where(SavedReport.on_dashboard.is_(True)).limit(MOST_TILES)
    tiles = told(office_session().scalars(pinned).all())
    return show(
        "dashboards.html",
        own=[one for one in tiles if one.own],
        shared=[one for one in tiles if not one.own],
        spark_box=f"0 0 {WIDTH} {HEIGHT}",
        spark_width=WIDTH,
    )
