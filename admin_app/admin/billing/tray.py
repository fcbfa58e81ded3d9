"""The To invoice tray: look through the drafts, tick, issue and send them in one step [A77, D7]."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.billing.desk import desk
from admin_app.admin.today.desk import asked, brands, moment, narrowed_to
from admin_app.kernel.errors import Invalid
from admin_app.policy import Permission
from admin_app.records.service_plans import count_due
from admin_app.records.to_invoice import MOST_SHOWN, waiting
from admin_app.records.today import TodayFilter, rows_of
from admin_app.records.today_lines import LINES
from admin_app.services.issue_many import Issued, issue_many
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today


@desk.get("/tray")
@rule(Permission.MONEY_READ)
def tray() -> ResponseReturnValue:
    """What waits to be invoiced, of one brand or one's own where the address says so."""
    return _shown([])


@desk.post("/tray")
@rule(Permission.MONEY_WRITE)
def issue_ticked() -> ResponseReturnValue:
    """Issue the ticked drafts, and send them where the button says so; each row says what became of it."""
    ids = [int(text) for text in request.form.getlist("invoice") if text.isascii() and text.isdigit()]
    if not ids:
        raise Invalid("Tick at least one invoice")
    send = request.form.get("act") == "send"
    return _shown(issue_many(office_session(), ids, actor(), clock(), send=send))


def _shown(results: list[Issued]) -> str:
    offered = brands()
    wanted = asked(offered)
    line = next(one for one in LINES if one.key == "to-invoice")
    only = select(rows_of(actor(), line, moment(), wanted).subquery().c.id)
    rows = waiting(office_session(), actor(), only if wanted != TodayFilter() else None)
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.invoice.currency] = sums.get(row.invoice.currency, 0) + row.asks
    return render_template(
        "admin/billing/tray.html",
        rows=rows,
        results=results,
        sums=sums,
        is_full=len(rows) == MOST_SHOWN,
        today=today(),
        narrowed=narrowed_to(wanted, offered),
        plans_due=count_due(office_session(), actor(), today()),
    )
