"""Moving in on a page: upload, say which column is what, see the rows as they will be, watch, read the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from admin_app.config import Settings
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import ImportRun, RunState
from admin_app.policy import Permission
from admin_app.records.importing.files import DELIMITERS, ENCODINGS
from admin_app.records.importing.report import read_findings
from admin_app.records.importing.source import Source
from admin_app.records.importing.targets import SUBJECTS, targets
from admin_app.records.values import office_reading
from admin_app.services import import_desk
from admin_app.services.import_choices import Choices
from admin_app.services.import_files import ERRORS_FILE
from admin_app.services.suggest_mapping import Preview, Suggestion, choices_of, preview, suggest
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

page = Blueprint("imports", __name__, url_prefix="/admin/imports")

SHOWN_FINDINGS = 100
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """One uploaded table on the mapping page; `number` names its inputs."""

    number: int
    source: Source
    ours: bool
    suggestion: Suggestion | None
    chosen: dict[str, str]
    samples: list[list[str]]
    preview: Preview | None
    refusal: str | None


@page.get("/")
@rule(Permission.IMPORT)
def index() -> ResponseReturnValue:
    """The runs so far, and the place to drop files."""
    return _index(None)


def _index(refusal: str | None) -> str:
    runs = import_desk.latest_runs(office_session(), actor())
    return render_template("admin/imports/index.html", runs=runs, refusal=refusal)


@page.post("/")
@rule(Permission.IMPORT)
def upload() -> ResponseReturnValue:
    """Keep the files and go on to their columns."""
    uploads = [(file.filename or "", file.stream) for file in request.files.getlist("files") if file.filename]
    try:
        run = import_desk.receive(office_session(), uploads, _home(), actor(), clock())
    except Invalid as refusal:
        keep_nothing()
        return _index(refusal.sentence), refusal.status
    return redirect(url_for("imports.run", run_id=run.id))


@page.get("/<int:run_id>/")
@rule(Permission.IMPORT)
def run(run_id: int) -> ResponseReturnValue:
    """Where the run stands: its columns, its progress, or its result."""
    session = office_session()
    found = import_desk.find_run(session, run_id, actor())
    if found.state is RunState.UPLOADED:
        return _columns(found, Choices(), {}, None)
    told = import_desk.progress_of(session, found)
    if not told.finished:
        return render_template("admin/imports/progress.html", run=found, progress=told)
    return render_template(
        "admin/imports/result.html",
        run=found,
        findings=read_findings(_errors(found), SHOWN_FINDINGS),
        has_errors=_errors(found).is_file(),
        interrupted=found.state in (RunState.CHECKING, RunState.APPLYING, RunState.STOPPED),
    )


@page.post("/<int:run_id>/")
@rule(Permission.IMPORT)
def choose(run_id: int) -> ResponseReturnValue:
    """Show the rows as they will be, check them, or move them in."""
    session = office_session()
    found = import_desk.find_run(session, run_id, actor())
    act = request.form.get("act", "preview")
    if found.state is not RunState.UPLOADED:  # after a check, or to go on: what was chosen stands
        kept = found.options | {"dry_run": act == "check"}
        import_desk.start(session, found, Choices.from_json(kept), _home(), actor(), clock())
        return redirect(url_for("imports.run", run_id=found.id))
    mappings: dict[str, dict[str, str]] = {}
    try:
        choices = choices_of(request.form, {}, act == "check")
        mappings = dict(_mappings(found, choices))
        choices = choices_of(request.form, mappings, act == "check")
        if act == "preview":
            keep_nothing()
            return _columns(found, choices, mappings, None)
        import_desk.start(session, found, choices, _home(), actor(), clock())
    except Invalid as refusal:
        keep_nothing()
        return _columns(found, Choices(), mappings, refusal.sentence), refusal.status
    return redirect(url_for("imports.run", run_id=found.id))


@page.get("/<int:run_id>/progress")
@rule(Permission.IMPORT)
def progress(run_id: int) -> ResponseReturnValue:
    """How far the run got, as JSON for the bar."""
    session = office_session()
    told = import_desk.progress_of(session, import_desk.find_run(session, run_id, actor()))
    return jsonify(done=told.done, total=told.total, text=told.text, finished=told.finished)


@page.get("/<int:run_id>/errors.csv")
@rule(Permission.IMPORT)
def errors(run_id: int) -> ResponseReturnValue:
    """Every refused and doubtful row as a file."""
    found = import_desk.find_run(office_session(), run_id, actor())
    if not _errors(found).is_file():
        raise NotFound("This import left no list of errors")
    return send_file(
        _errors(found), "text/csv", as_attachment=True, download_name=f"import-{run_id}-errors.csv"
    )


def _home() -> Path:
    return cast(Settings, current_app.extensions["sawhorse_settings"]).home


def _errors(found: ImportRun) -> Path:
    return _home() / found.folder / ERRORS_FILE


def _mappings(found: ImportRun, choices: Choices) -> Iterator[tuple[str, dict[str, str]]]:
    """What the form says about the columns of each table that is not in our format."""
    for number, (source, ours) in enumerate(import_desk.tables_of(_home(), found, choices)):
        if not ours:
            said = {
                title: request.form.get(f"column-{number}-{place}", "")
                for place, title in enumerate(source.header)
            }
            yield source.name, {title: target for title, target in said.items() if target}


def _columns(
    found: ImportRun, choices: Choices, mappings: dict[str, dict[str, str]], refusal: str | None
) -> str:
    """The page on which columns are said to be what they are."""
    tables = import_desk.tables_of(_home(), found, choices)
    sheets = [_sheet(number, source, ours, choices, mappings) for number, (source, ours) in enumerate(tables)]
    offered = {subject: targets(subject) for subject in SUBJECTS}
    return render_template(
        "admin/imports/columns.html",
        run=found,
        sheets=sheets,
        choices=choices,
        offered=offered,
        encodings=ENCODINGS,
        delimiters=DELIMITERS,
        refusal=refusal,
    )


def _sheet(
    number: int, source: Source, ours: bool, choices: Choices, mappings: dict[str, dict[str, str]]
) -> Sheet:
    if ours:
        return Sheet(number, source, True, None, {}, [], None, None)
    found = suggest(office_session(), source)
    chosen = mappings.get(source.name, found.mapping)
    rows = [cells for (_, cells), _ in zip(source.rows(), range(_SAMPLES), strict=False)]
    samples = [[row[place] for row in rows if place < len(row)] for place in range(len(source.header))]
    shown, refusal = None, None
    if chosen:
        told = Choices(
            date_order=choices.date_order or found.date_order,
            decimal_mark=choices.decimal_mark or found.decimal_mark,
            cut_over=choices.cut_over or clock().today(),
        )
        try:
            shown = preview(source, chosen, told, office_reading(office_session()))
        except Invalid as error:
            refusal = error.sentence
    return Sheet(number, source, False, found, chosen, samples, shown, refusal)
