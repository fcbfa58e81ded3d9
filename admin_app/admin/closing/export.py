"""The journal for the tax adviser: mapped accounts, three formats, each entry once, earlier files again [91]."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.closing.desk import desk, last_month
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Conflict, Invalid, NotFound, Unmet
from admin_app.models import AccountMapping, ExportFormat, JournalExport
from admin_app.models.engine import writing
from admin_app.policy import Permission, visible
from admin_app.records.journal_entries import accounts_used
from admin_app.records.journal_export.accounts import Chart
from admin_app.records.month_checklist import exports_so_far
from admin_app.services.export_journal import (
    DatevNumbers,
    Wanted,
    datev_numbers,
    keep_datev_numbers,
    keep_export,
    keep_mapping,
    mapping_of,
    write_journal,
)
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing

ENDINGS = {ExportFormat.CSV: "csv", ExportFormat.BEANCOUNT: "beancount", ExportFormat.DATEV: "csv"}
TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.BEANCOUNT: "text/plain; charset=utf-8",
    ExportFormat.DATEV: "text/csv; charset=windows-1252",
}


@desk.get("/journal")
@rule(Permission.PERIOD_LOCK)
def journal() -> ResponseReturnValue:
    """Choose days and format; the files that left before."""
    return _shown()


def _shown(error: str = "") -> str:
    month = last_month()
    typed = {
        "format": request.values.get("format", ExportFormat.CSV.value),
        "from": request.values.get("from", month.first.isoformat()),
        "to": request.values.get("to", month.last.isoformat()),
    }
    exports = exports_so_far(office_session(), actor())
    return render_template(
        "admin/closing/journal.html", typed=typed, formats=list(ExportFormat), exports=exports, error=error
    )


@desk.post("/journal")
@rule(Permission.PERIOD_LOCK)
def export_journal() -> ResponseReturnValue:
    """Write the file while nothing is held, then mark what left."""
    session = office_session()
    storage = FolderStorage(settings().files)
    try:
        wanted = _wanted()
        session.rollback()
        with writing(False):
            written = write_journal(session, storage, wanted, actor(), clock())
            session.rollback()
        export = keep_export(session, written, actor())
    except (Invalid, Unmet, Conflict) as refusal:
        session.rollback()
        keep_nothing()
        return _shown(refusal.sentence), refusal.status
    count = f"{export.entries:,} {'entry' if export.entries == 1 else 'entries'}"
    flash(
        " ".join((f"{count} ready for the adviser.", *(f"{remark}." for remark in written.remarks))),
        "success",
    )
    return redirect(url_for("closing.journal"))


def _wanted() -> Wanted:
    told = request.form.get("format", "")
    if told not in list(ExportFormat):
        raise Invalid("Choose one of the formats", {"format": "Choose one of the formats"})
    again = bool(request.form.get("again"))
    return Wanted(ExportFormat(told), _day("from"), _day("to"), again)


def _day(name: str) -> date:
    return parse_date(request.form.get(name, ""))


@desk.get("/exports/<int:export_id>/file")
@rule(Permission.PERIOD_LOCK)
def export_file(export_id: int) -> ResponseReturnValue:
    """A file that left before, as it left."""
    query = select(JournalExport).where(JournalExport.id == export_id)
    export: JournalExport | None = office_session().scalar(visible(actor(), query))
    if export is None or export.store_key is None:
        raise NotFound("There is no such export")
    path = FolderStorage(settings().files).path(export.store_key)
    if not path.is_file():
        raise NotFound("This file is no longer here")
    start = "EXTF_journal" if export.format is ExportFormat.DATEV else "journal"
    name = f"{start}-{export.starts_on}-{export.ends_on}-{export.id}.{ENDINGS[export.format]}"
    return send_file(path, mimetype=TYPES[export.format], as_attachment=True, download_name=name)


@desk.get("/accounts")
@rule(Permission.PERIOD_LOCK)
def accounts() -> ResponseReturnValue:
    """Our accounts and the adviser's."""
    return _accounts()


def _accounts(error: str = "") -> str:
    session = office_session()
    numbers = datev_numbers(session)
    used = accounts_used(session)
    own = {one.account: one for one in session.scalars(visible(actor(), select(AccountMapping)))}
    return render_template(
        "admin/closing/accounts.html",
        used=sorted({*used, *own}),
        own=own,
        proposed=mapping_of(session, numbers.chart),
        numbers=numbers,
        charts=list(Chart),
        typed=request.form,
        error=error,
    )


@desk.post("/accounts")
@rule(Permission.PERIOD_LOCK)
def keep_accounts() -> ResponseReturnValue:
    """Keep the adviser's codes and numbers."""
    session = office_session()
    try:
        told = {
            account: (request.form.get(f"code-{place}", ""), request.form.get(f"name-{place}", ""))
            for place, account in enumerate(request.form.getlist("account"))
        }
        known = {*accounts_used(session), *session.scalars(select(AccountMapping.account))}
        keep_mapping(session, {name: said for name, said in told.items() if name in known}, actor())
        keep_datev_numbers(session, _numbers(), actor())
    except Invalid as refusal:
        session.rollback()
        keep_nothing()
        return _accounts(refusal.sentence), refusal.status
    flash("Saved.", "success")
    return redirect(url_for("closing.accounts"))


def _numbers() -> DatevNumbers:
    said = {}
    for name, label, longest in (
        ("consultant", "Consultant number", 7),
        ("client", "Client number", 5),
        ("first_month", "First month", 2),
    ):
        text = request.form.get(name, "").strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= longest):
            raise Invalid(f"{label}: write at most {longest} digits", {name: f"At most {longest} digits"})
        said[name] = int(text)
    chart = request.form.get("chart", "")
    return DatevNumbers(
        said["consultant"],
        said["client"],
        said["first_month"] or 1,
        Chart(chart) if chart in list(Chart) else Chart.SKR03,
    )
