"""The owner's overview: what came in, what is owed, what waits, and how sure we are [123]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.pages.frame import desk, drawn, page, page_bar, show


@page.get("/")
@rule(Permission.REPORTS)
def overview() -> ResponseReturnValue:
    """What was billed and what came in by month, never stacked."""
    bar = page_bar()
    cash = drawn(
        [desk().ask(bar.ask("invoiced", "month")), desk().ask(bar.ask("collected", "month"))],
        "bars",
        title="Invoiced and collected by month",
    )
    return show("overview.html", bar, cash=cash)
