"""Saved reports: kept, renamed, shared, put on the dashboard, mailed weekly, watched, deleted with a way back [125]."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import Invalid
from admin_app.models import SavedReport
from admin_app.policy import Permission
from admin_app.services import keep_report as keeping
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.paths import own_path
from reports.engine.threshold import read_threshold
from reports.pages.asked import in_order
from reports.pages.frame import desk, page, show
from reports.pages.told_reports import asked_by, told


@page.get("/saved")
@rule(Permission.REPORTS)
def saved() -> ResponseReturnValue:
    """One's own reports with what is done with them, those of others that are shared, and the weekly letter."""
    found = told(office_session().scalars(keeping.readable_reports(actor())).all(), compare=False)
    return show(
        "saved.html",
        own=[one for one in found if one.own],
        shared=[one for one in found if not one.own],
        digest=keeping.wants_digest(office_session(), actor()),
    )


@page.post("/saved")
@rule(Permission.REPORTS)
def keep() -> ResponseReturnValue:
    """Keep the question of the explorer, and do what the button says with it."""
    asked = in_order(parse_qsl(request.form.get("query", "")))
    answer = desk().ask(asked.settled)
    session, who = office_session(), actor()
    report = keeping.keep_report(session, request.form.get("title", ""), asked.address, who)
    match request.form.get("then", "save"):
        case "share":
            keeping.share(session, report, True, who)
            said = "Kept and shared"
        case "dashboard":
            keeping.put_on_dashboard(session, report, True, who)
            said = "On your dashboard"
        case "mail":
            keeping.mail_weekly(session, report, True, who)
            said = "Mailed to you each Monday"
        case "alert":
            _watch(report)
            said = f"You get a mail when {answer.metric.label.lower()} crosses the threshold"
        case _:
            said = "Kept"
    flash(f"{said}: {report.title}.", "success")
    return redirect(f"{url_for('reports.explore')}?{asked.address}")


@page.post("/saved/<int:report_id>/rename")
@rule(Permission.REPORTS)
def rename_report(report_id: int) -> ResponseReturnValue:
    """Give it another title."""
    keeping.rename(office_session(), _own(report_id), request.form.get("title", ""), actor())
    flash("Renamed.", "success")
    return _back()


@page.post("/saved/<int:report_id>/share")
@rule(Permission.REPORTS)
def share_report(report_id: int) -> ResponseReturnValue:
    """Share it, or keep it to oneself again."""
    report, on = _own(report_id), _is_on()
    keeping.share(office_session(), report, on, actor())
    flash(f"{report.title} is {'shared' if on else 'yours alone'}.", "success")
    return _back()


@page.post("/saved/<int:report_id>/dashboard")
@rule(Permission.REPORTS)
def pin_report(report_id: int) -> ResponseReturnValue:
    """Put it on the dashboard, or take it off."""
    report, on = _own(report_id), _is_on()
    keeping.put_on_dashboard(office_session(), report, on, actor())
    flash(f"{report.title} is {'on' if on else 'off'} the dashboard.", "success")
    return _back()


@page.post("/saved/<int:report_id>/move")
@rule(Permission.REPORTS)
def move_report(report_id: int) -> ResponseReturnValue:
    """Move its tile one place forward or back."""
    by = {"forward": -1, "back": 1}.get(request.form.get("to", ""))
    if by is None:
        raise Invalid("A tile moves forward or back")
    keeping.move_tile(office_session(), _own(report_id), by, actor())
    return _back()


@page.post("/saved/<int:report_id>/mail")
@rule(Permission.REPORTS)
def mail_report(report_id: int) -> ResponseReturnValue:
    """Send it to oneself each week, or not any more."""
    report, on = _own(report_id), _is_on()
    keeping.mail_weekly(office_session(), report, on, actor())
    flash(f"{report.title} is {'mailed to you each Monday' if on else 'not mailed any more'}.", "success")
    return _back()


@page.post("/saved/<int:report_id>/alert")
@rule(Permission.REPORTS)
def watch_report(report_id: int) -> ResponseReturnValue:
    """Watch it at a threshold; empty fields watch nothing."""
    report = _own(report_id)
    _watch(report)
    watched = report.alert_over is not None or report.alert_under is not None
    flash(f"{report.title} is {'watched each day' if watched else 'not watched any more'}.", "success")
    return _back()


@page.post("/saved/<int:report_id>/delete")
@rule(Permission.REPORTS)
def delete_report(report_id: int) -> ResponseReturnValue:
    """Forget it; the message brings it back."""
    report = _own(report_id)
    title = report.title
    keeping.delete_report(office_session(), report, actor())
    undo = {
        "text": f"Deleted: {title}.",
        "action_url": url_for("reports.bring_back_report", report_id=report_id),
    }
    flash(json.dumps(undo), "undo")
    return redirect(url_for("reports.saved"))


@page.post("/saved/<int:report_id>/bring-back")
@rule(Permission.REPORTS)
def bring_back_report(report_id: int) -> ResponseReturnValue:
    """Make a deleted report again."""
    report = keeping.bring_back(office_session(), report_id, actor())
    flash(f"Back again: {report.title}.", "success")
    return redirect(url_for("reports.saved"))


@page.post("/saved/digest")
@rule(Permission.REPORTS)
def choose_digest() -> ResponseReturnValue:
    """Get the weekly letter, or not any more."""
    on = _is_on()
    keeping.choose_digest(office_session(), on, actor())
    flash(f"The weekly letter {'comes each Monday' if on else 'does not come any more'}.", "success")
    return redirect(url_for("reports.saved"))


def _own(report_id: int) -> SavedReport:
    return keeping.own_report(office_session(), report_id, actor())


def _watch(report: SavedReport) -> None:
    """Read the thresholds of the form in the unit of the figure and keep them."""
    answer = desk().ask(asked_by(report).settled)
    unit, currency = answer.metric.unit, answer.currency or desk().currency
    over, under = (
        read_threshold(request.form.get(name, ""), name, unit, currency, desk().locale)
        for name in ("over", "under")
    )
    if request.form.get("then") == "alert" and over is None and under is None:
        raise Invalid(
            "Write the threshold above or below which you want to be told", {"over": "Write a number"}
        )
    keeping.alert_at(office_session(), report, over, under, actor())


def _is_on() -> bool:
    return request.form.get("on") == "yes"


def _back() -> ResponseReturnValue:
    return redirect(own_path(request.form.get("url"), url_for("reports.saved")))
