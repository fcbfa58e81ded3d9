"""One run of a notebook: how far it is, what it told, on which evidence, whether it says the same again [135-137]."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from admin_app.config import Settings
from admin_app.kernel.errors import NotFound
from admin_app.models import NotebookRun, NotebookRunState, User
from admin_app.policy import Permission
from admin_app.services.ask_for_notebook import ask_for_notebook, find_run
from admin_app.services.keep_report import keep_report, put_on_dashboard
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, zone
from reports.engine.periods import days_of
from reports.engine.query import metric_of
from reports.gallery.catalogue import catalogue
from reports.gallery.compare import compare
from reports.gallery.given import WITHOUT_DAYS
from reports.gallery.words import words
from reports.metrics import METRICS
from reports.pages.frame import desk, page, show

FINISHED = (NotebookRunState.DONE, NotebookRunState.FAILED)


@page.get("/runs/<int:run_id>")
@rule(Permission.REPORTS)
def run(run_id: int) -> ResponseReturnValue:
    """A run that is under way, or what came out of it with the evidence."""
    found = _run(run_id)
    titles = {one.name: one.title for one in catalogue()}
    told: dict[str, Any] = {
        "run": found,
        "title": titles.get(found.notebook, found.notebook),
        "shipped": found.notebook in titles,
        "asked_by": _asker(found),
    }
    if found.state not in FINISHED:
        return show("run_progress.html", text=_how_far(found), **told)
    kept = _result(found)
    session = office_session()
    earlier = session.get(NotebookRun, found.verifies_id) if found.verifies_id else None
    later = session.scalars(select(NotebookRun).where(NotebookRun.verifies_id == found.id))
    return show(
        "run.html",
        blocks=list(_blocks(kept["pieces"])),
        seconds=kept["seconds"],
        output_hash=output_hash(found),
        parameters=[(name, value) for name, value in found.parameters.items() if value is not None],
        earlier=earlier,
        comparison=compare(earlier, found) if earlier is not None else None,
        verified=[(one, compare(found, one)) for one in later if one.state is NotebookRunState.DONE],
        has_page=lambda endpoint: f"reports.{endpoint}" in current_app.view_functions,
        **told,
    )


@page.get("/runs/<int:run_id>/progress")
@rule(Permission.REPORTS)
def run_progress(run_id: int) -> ResponseReturnValue:
    """How far a run is, as JSON for the page that waits."""
    found = _run(run_id)
    under_way = found.state is not NotebookRunState.WAITING
    return jsonify(done=int(under_way), total=2, text=_how_far(found), finished=found.state in FINISHED)


@page.post("/runs/<int:run_id>/verify")
@rule(Permission.REPORTS)
def verify_run(run_id: int) -> ResponseReturnValue:
    """Ask for the same run again; its page holds both against each other."""
    found = _run(run_id)
    again = ask_for_notebook(
        office_session(),
        actor=actor(),
        clock=clock(),
        notebook=found.notebook,
        parameters=found.parameters,
        verifies=found,
    )
    return redirect(url_for("reports.run", run_id=again.id))


@page.post("/runs/<int:run_id>/tile")
@rule(Permission.REPORTS)
def publish_figure(run_id: int) -> ResponseReturnValue:
    """Make a figure that a run told a tile of one's own dashboard: its question, asked anew each time [136]."""
    found = _run(run_id)
    name = request.form.get("figure", "")
    piece = next((one for one in _result(found)["pieces"] if one.get("name") == name), None)
    if piece is None or not piece.get("query"):
        raise NotFound("This run told no figure of that name that stands for a question")
    session = office_session()
    query = question_of_tile(piece["query"], found)
    report = keep_report(session, piece["label"], query, actor())
    put_on_dashboard(session, report, True, actor())
    flash(f"“{piece['label']}” is on your dashboard.", "success")
    return redirect(url_for("reports.run", run_id=found.id))


def question_of_tile(address: str, found: NotebookRun) -> str:
    """The question of a figure as a tile asks it.

    Days that the run filled in, since nobody named any, move on with the calendar; days that were named stay.
    """
    asked_on = found.asked_at.astimezone(ZoneInfo(zone())).date()
    pairs = parse_qsl(address)
    if ("as_of", asked_on.isoformat()) not in pairs:
        return address
    first, last = (one.isoformat() for one in days_of(WITHOUT_DAYS, asked_on))
    rest = [pair for pair in pairs if pair[0] != "as_of"]
    if ("from", first) in rest and ("to", last) in rest:
        rest = [pair for pair in rest if pair[0] not in ("from", "to")] + [("period", WITHOUT_DAYS)]
    return urlencode(rest)


def output_hash(found: NotebookRun) -> str:
    """SHA-256 over the figures of a run, in hex: equal sums say that two runs told the same."""
    return hashlib.sha256(json.dumps(found.figures, sort_keys=True).encode()).hexdigest()


def _run(run_id: int) -> NotebookRun:
    """The run, for somebody who may see every figure in it; raises NotFound and NotAllowed [138]."""
    found = find_run(office_session(), run_id, actor())
    for name in found.metric_versions:
        if name in METRICS:
            desk().demand(metric_of(name))
    return found


def _asker(found: NotebookRun) -> str:
    asker = office_session().get(User, found.asked_by_id) if found.asked_by_id is not None else None
    return asker.name if asker is not None else "somebody who has left"


def _how_far(found: NotebookRun) -> str:
    if found.state is NotebookRunState.RUNNING:
        return "Running; most notebooks take less than 20 seconds"
    ahead = office_session().scalar(
        select(func.count(NotebookRun.id)).where(
            NotebookRun.id < found.id,
            NotebookRun.state.in_((NotebookRunState.WAITING, NotebookRunState.RUNNING)),
        )
    )
    return f"Waiting for the worker; {ahead} before this one" if ahead else "Waiting for the worker"


def _result(found: NotebookRun) -> dict[str, Any]:
    """What was kept of a run; a run that failed before its first cell kept nothing."""
    if found.result_key is None:
        return {"pieces": [], "seconds": None}
    settings = cast(Settings, current_app.extensions["sawhorse_settings"])
    with FolderStorage(settings.files).open(found.result_key) as file:
        return cast(dict[str, Any], json.load(file))


def _blocks(kept: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The pieces as the page sets them: markdown as nodes, figures told one after the other side by side."""
    first = True
    for kind, group in groupby(kept, key=lambda piece: piece["kind"]):
        if kind == "told":
            yield {"kind": "told", "figures": [_with_day(piece) for piece in group]}
            continue
        for piece in group:
            if kind == "text":
                nodes = words(piece["markdown"])
                # The first heading is the title of the page.
                yield {"kind": "text", "nodes": nodes[1:] if first else nodes}
                first = False
            else:
                yield piece


def _with_day(piece: dict[str, Any]) -> dict[str, Any]:
    """A figure with its day as a day."""
    return piece | ({"as_of": date.fromisoformat(piece["as_of"])} if piece.get("as_of") else {})
