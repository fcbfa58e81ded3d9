"""The statements of a month: who gets one, sent by the worker, with a result for each customer [90]."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.closing.desk import Month, desk, the_month
from admin_app.kernel.errors import Unmet
from admin_app.policy import Permission
from admin_app.services.month_statements import is_sending, start_sending, statements_due
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing


@desk.get("/<month>/statements")
@rule(Permission.PERIOD_LOCK)
def statements(month: str) -> ResponseReturnValue:
    """Who gets a statement, and what became of each."""
    return _shown(the_month(month))


def _shown(month: Month, error: str = "") -> str:
    due = statements_due(office_session(), actor(), month.last)
    return render_template(
        "admin/closing/statements.html",
        month=month,
        due=due,
        sent=sum(one.message is not None for one in due),
        waiting=sum(one.message is None and one.reachable for one in due),
        unreachable=sum(not one.reachable for one in due),
        sending=is_sending(office_session(), month.last),
        error=error,
    )


@desk.post("/<month>/statements")
@rule(Permission.PERIOD_LOCK)
def send_statements(month: str) -> ResponseReturnValue:
    """Hand them to the worker; whoever has his already gets no second one."""
    which = the_month(month)
    try:
        start_sending(office_session(), which.last, actor(), clock())
    except Unmet as refusal:
        office_session().rollback()
        keep_nothing()
        return _shown(which, refusal.sentence), refusal.status
    return redirect(url_for("closing.statements", month=which.key))


@desk.get("/<month>/statements/progress")
@rule(Permission.PERIOD_LOCK)
def progress(month: str) -> ResponseReturnValue:
    """How many are queued, as JSON for the bar."""
    which = the_month(month)
    due = [one for one in statements_due(office_session(), actor(), which.last) if one.reachable]
    done = sum(one.message is not None for one in due)
    return jsonify(
        done=done,
        total=len(due),
        text=f"{done:,} of {len(due):,} statements",
        finished=not is_sending(office_session(), which.last),
    )
