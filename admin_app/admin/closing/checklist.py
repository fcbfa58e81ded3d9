"""The checklist of a month, and the lock at its end [91, M34]."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.closing.desk import desk, last_month, the_month
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.policy import Permission
from admin_app.records.month_checklist import read_checklist
from admin_app.services.lock_books import lock_books
from admin_app.services.month_statements import statements_due
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

MONTHS_OFFERED = 24


@desk.get("/")
@rule(Permission.PERIOD_LOCK)
def index() -> ResponseReturnValue:
    """What is done of a month and what is not; without a month, the last one that is over."""
    return _shown()


def _shown(error: str = "") -> str:
    text = request.values.get("month", "")
    month = the_month(text) if text else last_month()
    session, who = office_session(), actor()
    offered = [last_month()]
    while len(offered) < MONTHS_OFFERED:
        offered.append(offered[-1].before)
    due = statements_due(session, who, month.last)
    return render_template(
        "admin/closing/checklist.html",
        month=month,
        months=offered if month in offered else [month, *offered],
        todo=read_checklist(session, who, month.last),
        due=due,
        sent=sum(one.message is not None for one in due),
        error=error,
    )


@desk.post("/lock")
@rule(Permission.PERIOD_LOCK)
def lock() -> ResponseReturnValue:
    """Lock the books up to the end of the month."""
    month = the_month(request.form.get("month", ""))
    try:
        lock_books(office_session(), month.last, actor(), clock())
    except (Invalid, Unmet) as refusal:
        office_session().rollback()
        keep_nothing()
        return _shown(refusal.sentence), refusal.status
    flash(f"The books are locked until {month.last:%-d %B %Y}.", "success")
    return redirect(url_for("closing.index", month=month.key))
